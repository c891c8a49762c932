import pytest

from wordloom.compare.folder import JOBS, OURS, own_folder, vectors_folder
from wordloom.compare.journal import Journal
from wordloom.errors import InputError


@pytest.fixture
def earlier(tmp_path):
    """A folder with all files of a comparison, and one of somebody else."""
    folder = tmp_path / "out"
    folder.mkdir()
    with Journal(folder / JOBS, {"data": "abc"}):
        pass
    for name in OURS - {JOBS}:
        (folder / name).mkdir()
    (folder / "letter.txt").write_text("dear")
    return folder


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_a_new_folder_is_made_with_those_above_it(tmp_path):
    with own_folder(tmp_path / "new" / "out", overwrite=False):
        assert names(tmp_path / "new" / "out") == set()


def test_an_earlier_comparison_stays_unless_overwritten_and_other_files_always(earlier):
    with own_folder(earlier, overwrite=False):
        assert names(earlier) == OURS | {"letter.txt"}
    with own_folder(earlier, overwrite=True):
        assert names(earlier) == {"letter.txt"}


def test_a_comparison_that_was_killed_at_the_very_start_goes_on(tmp_path):
    (tmp_path / JOBS).touch()
    with own_folder(tmp_path, overwrite=False):
        assert names(tmp_path) == {JOBS}


def test_a_second_comparison_is_kept_out_until_the_first_is_over(earlier):
    pytest.importorskip("fcntl")
    with own_folder(earlier, overwrite=False):
        with (
            pytest.raises(InputError, match="another process"),
            own_folder(earlier, overwrite=True),
        ):
            pass
        assert names(earlier) == OURS | {"letter.txt"}
    with own_folder(earlier, overwrite=False):
        pass


@pytest.mark.parametrize("content", [None, "", "{}\n"])
def test_what_is_no_comparison_is_left_alone(tmp_path, content):
    (tmp_path / "letter.txt").write_text("dear")
    if content:
        (tmp_path / JOBS).write_text(content)
    before = names(tmp_path)
    for folder, why in ((tmp_path, "other files"), (tmp_path / "letter.txt", "a file")):
        with pytest.raises(InputError, match=why), own_folder(folder, overwrite=True):
            pass
    assert names(tmp_path) == before


def test_vectors_are_there_only_while_they_are_needed(tmp_path):
    (tmp_path / "vectors" / "of-a-killed-process").mkdir(parents=True)
    with pytest.raises(KeyboardInterrupt), vectors_folder(tmp_path) as vectors:
        assert names(vectors) == set()
        assert vectors.is_absolute()
        (vectors / "1").mkdir()
        raise KeyboardInterrupt
    assert names(tmp_path) == set()
