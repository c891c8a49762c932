import numpy as np
import pytest

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import DataWarning, FormatError, WordloomError
from wordloom.formats.content import open_content
from wordloom.formats.loading import load
from wordloom.formats.registry import detect
from wordloom.formats.saving import save
from wordloom.text.vocabulary import Vocabulary

VECTORS = np.float32([[0.1, -2], [3, 1e-7], [5, 0]])


def saved(folder, words=("cough", "dry cough", "fever"), counts=None):
    vocabulary = Vocabulary.from_words(words, counts)
    return save(StaticEmbedding(vocabulary, VECTORS), folder, format="projector")


def test_the_tables_are_what_the_projector_wants(tmp_path):
    folder = saved(tmp_path / "toy.projector")
    assert (folder / "vectors.tsv").read_text() == "0.1\t-2\n3\t1e-07\n5\t0\n"
    assert (folder / "metadata.tsv").read_text() == "cough\ndry cough\nfever\n"
    assert 'tensor_path: "vectors.tsv"' in (folder / "projector_config.pbtxt").read_text()
    saved(folder, counts=[9, 5, 1])
    expected = "word\tcount\ncough\t9\ndry cough\t5\nfever\t1\n"
    assert (folder / "metadata.tsv").read_text() == expected


@pytest.mark.parametrize("counts", [None, [9, 5, 1]])
def test_what_is_written_reads_back(tmp_path, counts):
    folder = saved(tmp_path / "toy", counts=counts)
    assert detect(open_content(folder)).name == "projector"
    embedding = load(folder)
    assert embedding.name == "toy"
    assert embedding.vocabulary.words == ["cough", "dry cough", "fever"]
    assert embedding.vocabulary.counts.tolist() == (counts or [0, 0, 0])
    assert np.array_equal(embedding.vectors, VECTORS)
    part = load(folder, words=["fever"])
    assert (part.vocabulary.words, part.vectors.tolist()) == (["fever"], [[5, 0]])
    assert load(folder, limit=1).vocabulary.words == ["cough"]


def test_tables_of_other_programs_are_read(tmp_path):
    folder = saved(tmp_path / "toy")
    (folder / "vectors.tsv").rename(folder / "tensors.tsv")
    (folder / "metadata.tsv").write_bytes(b"Id\tWord\r\n7\ta\r\n8\tb\r\n9\tc\r\n")
    assert load(folder).vocabulary.words == ["a", "b", "c"]
    (folder / "metadata.tsv").write_bytes(b"a\nb\nc\n\n")
    assert load(folder).vocabulary.words == ["a", "b", "c"]


def test_words_with_tabs_become_escapes(tmp_path):
    with pytest.warns(DataWarning, match="cannot hold 3 words"):
        folder = saved(tmp_path / "toy", ("a\tb", "a\nb", ""))
    assert load(folder).vocabulary.words == [r"a\x09b", r"a\x0ab", r"\x"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("metadata.tsv", b"a\nb\n", "2 words and more vectors"),
        ("metadata.tsv", b"a\nb\nc\nd\n", "3 vectors and more words"),
        ("metadata.tsv", b"word\tn\na\t1\nb\n", "line 3, with 1"),
        ("metadata.tsv", b"", "0 words and more vectors"),
        ("vectors.tsv", b"1\t2\n3\n5\t6\n", "line 2, with 1"),
        ("vectors.tsv", b"1\t2\n3\tx\n5\t6\n", "line 2, where field 2 is 'x'"),
        ("vectors.tsv", b"1\t2\n3\tnan\n5\t6\n", "line 2, where the vector of 'dry cough'"),
        ("vectors.tsv", b"", "from 1 to 65,536 dimensions"),
    ],
)
def test_damaged_tables_are_refused(tmp_path, name, text, message):
    folder = saved(tmp_path / "toy")
    (folder / name).write_bytes(text)
    with pytest.raises(FormatError, match=message):
        load(folder)


def test_files_cut_anywhere_give_an_embedding_or_an_error(tmp_path):
    folder = saved(tmp_path / "toy", counts=[9, 5, 1])
    for name in ("vectors.tsv", "metadata.tsv"):
        whole = (folder / name).read_bytes()
        for end in range(len(whole)):
            (folder / name).write_bytes(whole[:end])
            try:
                assert len(load(folder)) == 3
            except WordloomError:
                assert end < len(whole) - 1
        (folder / name).write_bytes(whole)


def test_an_incomplete_folder_is_refused(tmp_path):
    folder = saved(tmp_path / "toy")
    (folder / "vectors.tsv").unlink()
    with pytest.raises(FormatError, match=r"holds vectors\.tsv and metadata\.tsv"):
        load(folder, format="projector")
