import io
import json
import tarfile
import warnings
from contextlib import suppress
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wordloom.errors import DataWarning, FormatError, WordloomError
from wordloom.formats.content import open_content
from wordloom.formats.loading import load
from wordloom.formats.registry import detect
from wordloom.formats.tensorflow.read import split_lines
from wordloom.safetensors_file import write_tensors
from wordloom.text.tokenizer import Tokenizer

NAME = "embeddings/.ATTRIBUTES/VARIABLE_VALUE"
# What of a graph by TensorFlow Hub's exporter tells how it splits and pools.
GRAPH = b"\n\x05 StaticRegexReplace \\pP SparseSegmentSqrtN"
TEXTS = ["a dry cough!", "COVID-19  cough", "", "unknown words"]


@pytest.fixture
def module(tmp_path, write_bundle):
    """A text module with three words and a bucket for the others."""
    folder = tmp_path / "swivel"
    table = np.array([[1, 0], [0, 1], [2, 2], [0, 0]], np.float32)
    write_bundle(folder / "variables" / "variables", {NAME: table})
    (folder / "assets").mkdir()
    (folder / "assets" / "tokens.txt").write_text("dry\ncough\nCOVID19\n")
    (folder / "saved_model.pb").write_bytes(GRAPH)
    return folder


def pack(module, path, mode="w:gz", extra=(), root="."):
    with tarfile.open(path, mode) as archive:
        archive.add(module, root)
        for member, data in extra:
            archive.addfile(member, io.BytesIO(data))
    return path


def test_a_text_module_is_recognised_and_read(module):
    assert detect(open_content(module)).name == "saved-model"
    embedding = load(module)
    assert (embedding.name, embedding.oov, embedding.pooling) == ("swivel", "zero", "sqrtn")
    assert embedding.tokenizer == Tokenizer("tfhub")
    assert embedding.vocabulary.words == ["dry", "cough", "COVID19"]
    # Unknown words count: "a", and the empty one between two spaces.
    expected = [[1 / 3**0.5, 1 / 3**0.5], [2 / 3**0.5, 3 / 3**0.5], [0, 0], [0, 0]]
    np.testing.assert_allclose(embedding.embed(TEXTS), expected, rtol=1e-6)


def test_chosen_and_first_words(module):
    assert load(module, words=["COVID19", "x"]).vocabulary.words == ["COVID19"]
    assert load(module, limit=2).vocabulary.words == ["dry", "cough"]


@pytest.mark.parametrize(("name", "mode"), [("m.tar.gz", "w:gz"), ("m.tgz", "w:gz"), ("m", "w")])
def test_a_packed_module_is_read(module, tmp_path, name, mode):
    path = pack(module, tmp_path / name, mode)
    assert detect(open_content(path)).name == "saved-model-archive"
    embedding = load(path)
    assert embedding.name == "m"
    np.testing.assert_array_equal(embedding.embed(TEXTS), load(module).embed(TEXTS))


def test_an_archive_with_an_odd_name_is_read(module, tmp_path):
    assert load(pack(module, tmp_path / "...tar.gz")).name == "module"


def test_a_packed_folder_is_read_and_two_of_them_are_not(module, tmp_path):
    assert len(load(pack(module, tmp_path / "m.tgz", root="swivel"))) == 3
    other = tarfile.TarInfo("other/saved_model.pb")
    path = pack(module, tmp_path / "m.tgz", extra=[(other, b"")], root="swivel")
    with pytest.raises(FormatError, match="if it holds one SavedModel"):
        load(path)


def test_nothing_of_an_archive_leaves_the_temporary_folder(module, tmp_path):
    names = ["../escaped", "assets/../../escaped", "/escaped", "assets/..", "assets/a/b", "other"]
    extra = []
    for name in names:
        member = tarfile.TarInfo(name)
        member.size = 4
        extra.append((member, b"evil"))
    link = tarfile.TarInfo("assets/link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    hard = tarfile.TarInfo("variables/hard")
    hard.type, hard.linkname = tarfile.LNKTYPE, "../../escaped"
    before = sorted(tmp_path.rglob("*"))
    path = pack(module, tmp_path / "m.tgz", extra=[*extra, (link, b""), (hard, b"")])
    assert len(load(path)) == 3
    assert sorted(tmp_path.rglob("*")) == sorted([*before, path])


def test_an_archive_that_expands_without_end_is_stopped(module, tmp_path):
    bomb = tarfile.TarInfo("assets/bomb")
    bomb.size = 1 << 27
    path = pack(module, tmp_path / "m.tgz", extra=[(bomb, bytes(bomb.size))])
    with pytest.raises(FormatError, match="times their bytes"):
        load(path)


def test_cut_and_changed_archives_are_refused_or_read(module, tmp_path):
    warnings.simplefilter("ignore", DataWarning)
    whole = pack(module, tmp_path / "m", "w").read_bytes()
    for size in range(0, len(whole), 397):
        (tmp_path / "m").write_bytes(whole[:size])
        try:
            assert len(load(tmp_path / "m", format="saved-model-archive")) == 3
        except WordloomError:
            assert size < len(whole) - 1024
    for place in range(0, len(whole), 211):
        (tmp_path / "m").write_bytes(whole[:place] + b"\xb5" + whole[place + 1 :])
        with suppress(WordloomError):
            load(tmp_path / "m", format="saved-model-archive")


def test_an_archive_of_something_else_is_named(tmp_path):
    with tarfile.open(tmp_path / "m.tgz", "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("assets/readme"))
    with pytest.raises(FormatError, match="if it holds one SavedModel"):
        load(tmp_path / "m.tgz")


def test_a_graph_of_another_kind_is_read_with_a_warning(module):
    (module / "saved_model.pb").write_bytes(b"SparseSegmentMean")
    with pytest.warns(DataWarning, match="tokenizer 'spaces' and the pooling 'mean'"):
        embedding = load(module)
    assert (embedding.tokenizer.preset, embedding.pooling) == ("spaces", "mean")


def test_vectors_of_hashed_words_are_left_out_with_a_warning(module, write_bundle):
    write_bundle(module / "variables" / "variables", {NAME: np.ones((5, 2), np.float32)})
    with pytest.warns(DataWarning, match="share 2 vectors by hash"):
        assert len(load(module)) == 3


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"dense": np.ones((4, 2)), "other": np.ones((9, 9))}, "where these might: dense, other"),
        ({"steps": np.array([1])}, "where these might: none"),
        ({NAME: np.ones((2, 2), np.float32)}, r"tokens\.txt with 3 lines"),
        ({NAME: np.ones((7, 2), np.float32)}, r"tokens\.txt with 3 lines"),
        ({NAME: np.full((4, 2), np.nan, np.float32)}, "vector of 'dry', line 1"),
        ({NAME: np.ones((4, 0), np.float32), "n": np.ones(1)}, "at least one number for each"),
    ],
)
def test_other_models_are_refused(module, write_bundle, arrays, message):
    write_bundle(module / "variables" / "variables", arrays)
    with pytest.raises(FormatError, match=message):
        load(module)


def test_repeated_words_and_missing_files_are_refused(module):
    (module / "assets" / "tokens.txt").write_text("dry\ncough\ndry\n")
    with pytest.raises(FormatError, match="'dry' again"):
        load(module)
    (module / "assets" / "tokens.txt").unlink()
    with pytest.raises(FormatError, match="with no asset"):
        load(module)
    (module / "variables" / "variables.index").unlink()
    with pytest.raises(FormatError, match=r"holds variables/variables\.index"):
        load(module)


def test_an_asset_far_too_large_for_words_is_not_read(module):
    with (module / "assets" / "tokens.txt").open("rb+") as file:
        file.truncate(1 << 40)
    with pytest.raises(FormatError, match=r"tokens\.txt of 1,099,511,627,776 bytes"):
        load(module)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(config=st.binary(max_size=20) | st.sampled_from([b"[]", b"{}", b"[" * 99999]))
def test_settings_that_are_none_are_refused(module, config):
    extra = module / "assets.extra"
    extra.mkdir(exist_ok=True)
    (extra / "wordloom.json").write_bytes(config)
    with pytest.raises(FormatError, match=r"wordloom\.json"):
        load(module)


@pytest.mark.parametrize("key", ["tokenizer", "oov", "pooling"])
def test_wrong_settings_of_ours_are_refused(module, key):
    zeros = np.zeros(3, np.int64)
    counts = {"counts": zeros, "document_counts": zeros, "n_documents": np.zeros(1, np.int64)}
    config = {
        "format_version": 1,
        "name": "ours",
        "tokenizer": Tokenizer().settings(),
        "oov": "skip",
        "pooling": "max",
    }
    extra = module / "assets.extra"
    extra.mkdir()
    write_tensors(
        extra / "vocabulary.safetensors", {f"vocabulary.{name}": a for name, a in counts.items()}
    )
    (extra / "wordloom.json").write_text(json.dumps(config))
    assert (load(module).name, load(module).pooling) == ("ours", "max")
    (extra / "wordloom.json").write_text(json.dumps({**config, key: [7]}))
    with pytest.raises(FormatError, match="is damaged"):
        load(module)


@given(st.lists(st.binary(max_size=3), max_size=5), st.booleans())
def test_lines_are_split_as_tensorflow_does(lines, ended):
    lines = [line.replace(b"\n", b"") for line in lines]
    text = b"\n".join(lines) + b"\n" * (ended and bool(lines))
    expected = text.split(b"\n")
    expected = [
        line.removesuffix(b"\r") for line in (expected[:-1] if not expected[-1] else expected)
    ]
    data, offsets = split_lines(np.frombuffer(text, np.uint8))
    found = [data[a:b].tobytes() for a, b in pairwise(offsets)]
    assert found == expected


def test_holes_of_a_sparse_file_are_not_filled(tmp_path):
    header = bytearray(tarfile.TarInfo("saved_model.pb").tobuf(tarfile.GNU_FORMAT))
    header[156:157] = tarfile.GNUTYPE_SPARSE
    header[386:410] = b"00000000000\0" * 2
    header[483:495] = b"%011o\0" % (1 << 32)  # its size with the holes
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    path = tmp_path / "m.tar"
    path.write_bytes(bytes(header) + bytes(1024))
    with tarfile.open(path) as archive:
        assert archive.getmembers()[0].size == 1 << 32
    with pytest.raises(FormatError, match="without or with more than one"):
        load(path)
