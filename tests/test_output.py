import pytest

from wordloom.errors import InputError
from wordloom.output import check_writable, new_file, new_folder


def is_ours(folder):
    return (folder / "mark").exists()


def write_folder(folder, text):
    with new_folder(folder, "the thing", is_ours) as aside:
        (aside / "mark").write_text(text)


def test_a_file_appears_when_the_block_ends_and_not_before(tmp_path):
    with new_file(tmp_path / "a.txt") as aside:
        aside.write_text("new")
        assert not (tmp_path / "a.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path, error):
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(error), new_file(tmp_path / "a.txt") as aside:
        aside.write_text("half")
        raise error
    assert (tmp_path / "a.txt").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_what_the_system_refuses_is_explained(tmp_path):
    with (
        pytest.raises(InputError, match=r"^The report cannot be saved to .*No such file"),
        new_file(tmp_path / "none" / "a.txt", "the report") as aside,
    ):
        aside.write_text("x")


def test_an_earlier_folder_of_the_kind_is_replaced(tmp_path):
    write_folder(tmp_path / "deep" / "thing", "one")
    write_folder(tmp_path / "deep" / "thing", "two")
    assert (tmp_path / "deep" / "thing" / "mark").read_text() == "two"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["thing"]


def test_an_error_leaves_the_old_folder_and_nothing_else(tmp_path):
    write_folder(tmp_path / "thing", "old")
    with (
        pytest.raises(KeyboardInterrupt),
        new_folder(tmp_path / "thing", "the thing", is_ours) as aside,
    ):
        (aside / "mark").write_text("half")
        raise KeyboardInterrupt
    assert (tmp_path / "thing" / "mark").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["thing"]


@pytest.mark.parametrize("place", ["folder", "file", "/"])
def test_other_folders_and_files_are_never_replaced(tmp_path, place):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "thesis.txt").write_text("precious")
    (tmp_path / "file").write_text("precious")
    with pytest.raises(InputError, match="The thing is saved to a new or empty folder"):
        write_folder(tmp_path / place, "x")


def test_outputs_are_checked_before_the_work(tmp_path):
    (tmp_path / "file").write_text("x")
    check_writable(tmp_path / "new")
    check_writable(tmp_path / "deep" / "new", make_folders=True)
    with pytest.raises(InputError, match="does not exist"):
        check_writable(tmp_path / "deep" / "new")
    with pytest.raises(InputError, match="is a file"):
        check_writable(tmp_path / "file" / "new")
