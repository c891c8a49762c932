import json
from contextlib import suppress

import numpy as np
import pytest

from wordloom.elmo.options import ELMoOptions
from wordloom.elmo.published import find_published, read_published, write_published
from wordloom.errors import FormatError, InputError

h5py = pytest.importorskip("h5py")

TEXTS = ["The bank of the river. It was wet!", "Bank"]
CELL = "RNN_0/RNN/MultiRNNCell/Cell1/LSTMCell"


@pytest.fixture
def published(elmo, tmp_path):
    return write_published(elmo, tmp_path / "net")


def read(folder):
    return read_published(folder / "options.json", folder / "weights.hdf5")


@pytest.fixture
def tree(published):
    with h5py.File(published / "weights.hdf5", "r+") as tree:
        yield tree


def test_a_network_survives_the_published_files_and_our_folder(elmo, published, tmp_path):
    again = read(published)
    assert again.name == "net"
    assert again.options == elmo.options
    assert again.vocabulary is None
    assert (again.embed(TEXTS) == elmo.embed(TEXTS)).all()
    back = write_published(again, tmp_path / "again")
    assert (back / "options.json").read_text() == (published / "options.json").read_text()
    with h5py.File(back / "weights.hdf5") as new, h5py.File(published / "weights.hdf5") as old:
        for name in elmo.options.shapes:
            assert new[name].dtype == np.float32
            assert (new[name][...] == old[name][...]).all()


def test_a_published_folder_is_replaced_and_no_other(elmo, published):
    write_published(elmo, published)
    (published / "notes.txt").write_text("precious")
    with pytest.raises(InputError, match="holds other files"):
        write_published(elmo, published)


@pytest.mark.parametrize(
    ("options", "weights", "others"),
    [
        ("options.json", "lm_weights.hdf5", ["lm_embeddings_0.hdf5"]),
        ("elmo_small_options.json", "elmo_small_weights.hdf5", []),
        ("b_options.json", "b_weights.hdf5", ["a.hdf5"]),
        ("options.json", "model.h5", []),
    ],
)
def test_published_names_are_found(published, tmp_path, options, weights, others):
    folder = tmp_path / "other"
    folder.mkdir()
    for old, new in (("options.json", options), ("weights.hdf5", weights)):
        (published / old).rename(folder / new)
    for other in others:
        h5py.File(folder / other, "w").close()
    assert find_published(folder) == (folder / options, folder / weights)
    assert find_published(folder / weights) == (folder / options, folder / weights)


def test_what_is_not_published_is_not_found(published, tmp_path):
    assert find_published(tmp_path) is None
    assert find_published(published / "options.json") is None
    (published / "more_weights.hdf5").write_bytes((published / "weights.hdf5").read_bytes())
    assert find_published(published) is None
    (published / "weights.hdf5").write_text("no HDF5")
    (published / "more_weights.hdf5").unlink()
    assert find_published(published) is None


def test_other_tensors_are_passed_over_and_other_floats_are_read(elmo, published, tree):
    tree["more/numbers"] = np.arange(5)
    half = tree["char_embed"][...].astype(np.float64)
    del tree["char_embed"]
    tree["char_embed"] = half
    tree.close()
    assert (read(published).embed(TEXTS) == elmo.embed(TEXTS)).all()


def test_tensors_that_do_not_fit_are_named_with_both_shapes(published, tree):
    del tree[f"{CELL}/B"]
    tree[f"{CELL}/B"] = np.zeros(44, np.float32)
    tree.close()
    with pytest.raises(FormatError, match=rf"'{CELL}/B' .*\(48,\).* \(44,\)"):
        read(published)


def test_a_missing_layer_is_named(published, tree):
    del tree["RNN_0/RNN/MultiRNNCell/Cell1"]
    tree.close()
    with pytest.raises(FormatError, match=f"has the tensor '{CELL}/W_0' of shape"):
        read(published)


def test_options_of_another_network_are_refused(published):
    options = ELMoOptions(lstm_dim=9, projection_dim=5).to_json()
    (published / "options.json").write_text(json.dumps(options))
    with pytest.raises(FormatError, match=r"'char_embed' .*\(261, 16\).* \(261, 3\)"):
        read(published)


def put(tree, place, content):
    del tree[place]
    tree[place] = content


HOSTILE = {
    "external link": lambda tree: put(tree, "char_embed", h5py.ExternalLink("x.hdf5", "/a")),
    "soft link": lambda tree: put(tree, "char_embed", h5py.SoftLink("/CNN/b_cnn_0")),
    "soft link of a group": lambda tree: put(tree, "CNN", h5py.SoftLink("/RNN_0")),
    "group": lambda tree: (tree.__delitem__("char_embed"), tree.create_group("char_embed")),
    "dataset for a group": lambda tree: put(tree, "CNN", np.zeros(3)),
    "strings": lambda tree: put(tree, "char_embed", ["a", "b"]),
    "whole numbers": lambda tree: put(tree, "char_embed", np.zeros((261, 3), np.int32)),
    "nothing stored": lambda tree: (
        tree.__delitem__("char_embed"),
        tree.create_dataset("char_embed", (261, 3), np.float32),
    ),
    "huge": lambda tree: (
        tree.__delitem__("char_embed"),
        tree.create_dataset("char_embed", (1 << 30, 1 << 20), np.float32, chunks=(64, 64)),
    ),
    "external storage": lambda tree: (
        tree.__delitem__("char_embed"),
        tree.create_dataset("char_embed", (261, 3), np.float32, external="/etc/hostname"),
    ),
    "virtual": lambda tree: (
        tree.__delitem__("char_embed"),
        tree.create_virtual_dataset("char_embed", virtual()),
    ),
    "no axes": lambda tree: put(tree, "char_embed", np.float32(3)),
    "empty": lambda tree: put(tree, "char_embed", h5py.Empty("f4")),
    "beyond float32": lambda tree: put(tree, "char_embed", np.full((261, 3), 1e300)),
    "NaN": lambda tree: put(tree, "char_embed", np.full((261, 3), np.nan, np.float32)),
}


def virtual():
    layout = h5py.VirtualLayout((261, 3), np.float32)
    layout[:] = h5py.VirtualSource("other.hdf5", "secret", (261, 3))
    return layout


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_are_refused(published, tree, change):
    change(tree)
    tree.close()
    with pytest.raises(FormatError, match=r"char_embed|CNN"):
        read(published)


def test_truncated_and_damaged_files_are_refused(published, elmo):
    place = published / "weights.hdf5"
    whole = place.read_bytes()
    for kept in (8, 20, 100, len(whole) // 2, len(whole) - 1):
        place.write_bytes(whole[:kept])
        with pytest.raises(FormatError):
            read(published)
    random = np.random.default_rng(0)
    for _ in range(60):
        # Where the structure lies; numbers may be any.
        broken = bytearray(whole)
        for byte in random.integers(8, 3000, 4).tolist():
            broken[byte] = int(random.integers(256))
        place.write_bytes(broken)
        with suppress(FormatError):
            assert read(published).options == elmo.options


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"{}", b"[" * 2_000_000])
def test_options_that_are_none_are_refused(published, content):
    (published / "options.json").write_bytes(content)
    with pytest.raises(FormatError, match=r"options\.json"):
        read(published)


def test_files_that_are_not_there(published):
    with pytest.raises(InputError, match="cannot be read"):
        read_published(published / "none.json", published / "weights.hdf5")
    with pytest.raises(FormatError, match="not a sound HDF5 file"):
        read_published(published / "options.json", published / "none.hdf5")
