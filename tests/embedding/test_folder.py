import json
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordloom.embedding import folder as module
from wordloom.embedding.folder import is_module_folder, load, save
from wordloom.embedding.static import StaticEmbedding
from wordloom.embedding.subwords import Subwords
from wordloom.errors import FormatError, InputError
from wordloom.safetensors_file import read_tensors, write_tensors
from wordloom.text.tokenizer import Tokenizer
from wordloom.text.vocabulary import Vocabulary

PRESETS = ["words", "spaces", "strip", "tfhub", "keras", "characters", "marks"]
ENGLISH = [
    "The dry cough; don't ignore the FEVER (in 2020)!",
    "snake_case, 'quoted' text\tand\nlines -- été!",
    "cough cough lung-fever.",
]


@pytest.fixture
def saved(embedding, tmp_path):
    return embedding.save(tmp_path / "toy")


@pytest.fixture
def saved_with_subwords(embedding, subwords, tmp_path):
    able = StaticEmbedding(
        embedding.vocabulary, embedding.vectors, oov="subwords", subwords=subwords
    )
    return able.save(tmp_path / "able")


def edit_config(folder, **changes):
    config = json.loads((folder / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, **changes}), "utf-8")


def edit_tensor(folder, name, tensor):
    """Replace a tensor of a saved embedding, or take it out."""
    tensors = {**read_tensors(folder / "model.safetensors"), name: tensor}
    if tensor is None:
        del tensors[name]
    write_tensors(folder / "model.safetensors", tensors)


def test_everything_comes_back(embedding, subwords, tmp_path):
    full = StaticEmbedding(
        embedding.vocabulary,
        embedding.vectors,
        name="Name | with\nodd «characters»",
        tokenizer=Tokenizer("strip", lowercase=True),
        oov="zero",
        pooling="sqrtn",
        report={"seconds": 1.5, "losses": [0.3, 0.2], "threads": 2},
        common_component=np.arange(7),
        subwords=subwords,
    )
    again = load(full.save(tmp_path / "toy"))
    np.testing.assert_array_equal(again.vectors, full.vectors)
    np.testing.assert_array_equal(again.common_component, full.common_component)
    for name in ("min_n", "max_n", "n_buckets"):
        assert getattr(again.subwords, name) == getattr(subwords, name)
    np.testing.assert_array_equal(again.subwords.buckets, subwords.buckets)
    np.testing.assert_array_equal(again.subwords.vectors, subwords.vectors)
    for name in ("name", "tokenizer", "oov", "pooling", "report"):
        assert getattr(again, name) == getattr(full, name)
    assert again.vocabulary.words == full.vocabulary.words
    for name in ("counts", "document_counts", "n_documents"):
        np.testing.assert_array_equal(
            getattr(again.vocabulary, name), getattr(full.vocabulary, name)
        )
    np.testing.assert_array_equal(again.embed(ENGLISH), full.embed(ENGLISH))


@settings(max_examples=25, deadline=None)
@given(words=st.lists(st.text(), unique=True, max_size=8))
def test_odd_words_come_back(words, tmp_path_factory):
    vectors = np.arange(2 * len(words)).reshape(-1, 2)
    encodable = [word.encode("utf-8", "replace").decode("utf-8") for word in words]
    if len(set(encodable)) < len(words):
        return
    folder = tmp_path_factory.mktemp("odd") / "toy"
    again = load(StaticEmbedding(Vocabulary.from_words(words), vectors).save(folder))
    for word, vector in zip(words, vectors, strict=True):
        np.testing.assert_array_equal(again[word], vector)
    lines = (folder / "vocabulary.txt").read_bytes().split(b"\n")
    assert len(lines) == len(words) + 1
    vocabulary = json.loads((folder / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    assert sorted(vocabulary.values()) == list(range(len(words) + 1))


def test_the_vectors_are_mapped_and_not_read(saved_with_subwords):
    embedding = load(saved_with_subwords)
    for array in (embedding.vectors, embedding.subwords.vectors, embedding.subwords.buckets):
        while isinstance(array, np.ndarray):
            assert not array.flags.owndata
            array = array.base
        assert isinstance(array, memoryview) or type(array).__name__ == "mmap"


def test_the_folder_holds_what_others_need(saved):
    names = {path.name for path in saved.iterdir()}
    assert names == {
        "model.safetensors",
        "config.json",
        "modules.json",
        "tokenizer.json",
        "vocabulary.txt",
        "README.md",
    }
    assert len({path.stat().st_mode for path in saved.iterdir()}) == 1  # all equally readable
    modules = json.loads((saved / "modules.json").read_text("utf-8"))
    assert modules[0]["type"] == "sentence_transformers.models.StaticEmbedding"
    card = (saved / "README.md").read_text("utf-8")
    assert card.startswith("---\nlibrary_name: wordloom\n")
    assert "# toy\n" in card
    assert "{" not in card
    assert (saved / "vocabulary.txt").read_text("utf-8").startswith("the\t900\ncough\t50\n")


def test_the_card_shows_the_training_report(embedding, vectors, tmp_path):
    report = {
        "algorithm": "skip|gram",
        "settings": {"dim": 100, "alpha": 0.025},
        "losses": [0.31234567, 0.25],
        "words_per_second": 1234567.8,
        "seed": None,
    }
    StaticEmbedding(embedding.vocabulary, vectors, report=report).save(tmp_path / "toy")
    card = (tmp_path / "toy" / "README.md").read_text("utf-8")
    for row in (
        "| algorithm | skip\\|gram |",
        "| settings dim | 100 |",
        "| settings alpha | 0.025 |",
        "| losses | 0.31235, 0.25 |",
        "| words per second | 1,234,568 |",
    ):
        assert row in card
    assert "seed" not in card


def test_subwords_work_from_the_saved_folder(saved_with_subwords, embedding, subwords):
    again = load(saved_with_subwords)
    assert again.oov == "subwords"
    able = StaticEmbedding(
        embedding.vocabulary, embedding.vectors, oov="subwords", subwords=subwords
    )
    np.testing.assert_array_equal(
        again.embed(["a feverish cough"]), able.embed(["a feverish cough"])
    )
    card = (saved_with_subwords / "README.md").read_text("utf-8")
    assert "`subwords`: the mean of the vectors of their character n-grams (3 to 4 char" in card
    assert f"{len(subwords)} of 5,000 buckets" in card
    assert "{" not in card


def test_model2vec_opens_a_folder_with_subwords(saved_with_subwords):
    model2vec = pytest.importorskip("model2vec")
    model = model2vec.StaticModel.from_pretrained(saved_with_subwords)
    known = ["the dry cough"]
    np.testing.assert_allclose(
        model.encode(known), load(saved_with_subwords).embed(known), atol=1e-6
    )


@pytest.mark.parametrize("lowercase", [True, False])
@pytest.mark.parametrize("preset", PRESETS)
def test_model2vec_encodes_the_same_vectors(embedding, preset, lowercase, tmp_path):
    model2vec = pytest.importorskip("model2vec")
    tokenizer = Tokenizer(preset, lowercase)
    words = {word for text in ENGLISH for word in tokenizer.tokenize(text) if word}
    words = sorted(words)[::2]  # the others stay unknown
    vectors = np.random.default_rng(1).standard_normal((len(words), 5))
    ours = StaticEmbedding(Vocabulary.from_words(words), vectors, tokenizer=tokenizer)
    theirs = model2vec.StaticModel.from_pretrained(ours.save(tmp_path / "toy"))
    assert ours.embed(ENGLISH).any()
    np.testing.assert_allclose(theirs.encode(ENGLISH), ours.embed(ENGLISH), atol=1e-6)
    # Longer than the 512 tokens at which model2vec stops unless it is told otherwise; it adds up
    # in float32.
    long = [" ".join(ENGLISH * 100)]
    np.testing.assert_allclose(theirs.encode(long), ours.embed(long), atol=2e-5)


def test_a_word_named_unk_keeps_its_row(tmp_path):
    model2vec = pytest.importorskip("model2vec")
    embedding = StaticEmbedding(
        Vocabulary.from_words(["[UNK]", "cough"]), [[1], [2]], tokenizer=Tokenizer("spaces")
    )
    model = model2vec.StaticModel.from_pretrained(embedding.save(tmp_path / "toy"))
    np.testing.assert_array_equal(model.encode(["[UNK]", "cough", "other"]), [[1], [2], [0]])


def test_saving_again_replaces_the_folder(saved, embedding, vectors):
    opened = load(saved)
    StaticEmbedding(embedding.vocabulary, vectors + 1).save(saved)
    np.testing.assert_array_equal(load(saved).vectors, vectors + 1)
    np.testing.assert_array_equal(opened.vectors, vectors)  # its file lives as long as it does
    opened.save(saved)
    np.testing.assert_array_equal(load(saved).vectors, vectors)
    assert [path.name for path in saved.parent.iterdir()] == ["toy"]


def test_other_folders_and_files_are_not_replaced(embedding, tmp_path):
    foreign = tmp_path / "thesis"
    foreign.mkdir()
    embedding.save(foreign)  # empty: nothing is lost
    (foreign / "config.json").write_text("{}")
    with pytest.raises(InputError, match="which holds other files"):
        embedding.save(foreign)
    file = tmp_path / "file"
    file.write_text("text")
    with pytest.raises(InputError, match=r"Received: .*file, a file"):
        embedding.save(file)
    with pytest.raises(InputError, match="cannot be saved to"):
        embedding.save(file / "below")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "thesis"]


def test_a_link_to_a_folder_stays_a_link(saved, embedding, vectors, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(saved)
    StaticEmbedding(embedding.vocabulary, vectors + 1).save(link)
    assert link.is_symlink()
    np.testing.assert_array_equal(load(saved).vectors, vectors + 1)
    assert {path.name for path in tmp_path.iterdir()} == {"toy", "link"}
    with pytest.raises(InputError):
        embedding.save("/")


def test_a_failure_leaves_the_old_folder_and_nothing_else(saved, embedding, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "model_card", interrupt)
    with pytest.raises(KeyboardInterrupt):
        embedding.save(saved)
    assert [path.name for path in saved.parent.iterdir()] == ["toy"]
    assert load(saved).name == "toy"


def test_vectors_that_are_not_finite_are_not_saved(embedding, vectors, tmp_path):
    vectors[2, 3] = np.nan
    with pytest.raises(InputError, match="NaN or infinity in the vector of 'fever'"):
        StaticEmbedding(embedding.vocabulary, vectors).save(tmp_path / "toy")
    assert not any(tmp_path.iterdir())


def test_ngrams_that_are_not_finite_are_not_saved(embedding, tmp_path):
    subwords = Subwords(3, 6, 9, [5], np.full((1, 7), np.inf))
    with pytest.raises(InputError, match="in the vector of a character n-gram"):
        StaticEmbedding(embedding.vocabulary, embedding.vectors, subwords=subwords).save(
            tmp_path / "toy"
        )
    assert not any(tmp_path.iterdir())


def test_a_report_that_is_no_json_is_refused(embedding, vectors, tmp_path):
    for report in ({"loss": float("nan")}, {"when": object()}):
        with pytest.raises(InputError, match="must fit into JSON"):
            save(StaticEmbedding(embedding.vocabulary, vectors, report=report), tmp_path / "toy")
    assert not any(tmp_path.iterdir())


def test_only_wordlooms_folders_are_recognised(saved, tmp_path):
    assert is_module_folder(saved)
    assert not is_module_folder(tmp_path)
    assert not is_module_folder(tmp_path / "absent")


def test_an_absent_folder_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="does not exist") as caught:
        load(tmp_path / "absent")
    assert not isinstance(caught.value, FormatError)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_an_incomplete_folder_says_what_is_missing(saved, name):
    (saved / name).unlink()
    with pytest.raises(FormatError, match=f"without {name}"):
        load(saved)


def test_truncated_and_foreign_files_are_recognised(saved):
    path = saved / "model.safetensors"
    content = path.read_bytes()
    header = struct.pack("<Q", 1 << 60)
    for wrong in (b"", content[:4], content[:100], content[:-1], b"PK\3\4" * 50, header + content):
        path.write_bytes(wrong)
        with pytest.raises(FormatError, match=r"cannot be opened\. .*model\.safetensors"):
            load(saved)
    path.write_bytes(content)
    assert load(saved).name == "toy"


@pytest.mark.parametrize(
    "config", ["", "[]", "{", "[" * 100_000, "\ud800", '{"model_type": "bert"}', "5"]
)
def test_a_foreign_config_is_recognised(saved, config):
    (saved / "config.json").write_bytes(config.encode("utf-8", "surrogatepass"))
    with pytest.raises(FormatError, match=r"config\.json"):
        load(saved)


@pytest.mark.parametrize(
    "changes",
    [
        {"n_words": 11},
        {"n_words": 9},
        {"n_words": -1},
        {"n_words": True},
        {"n_words": "10"},
        {"dim": 8},
        {"dim": None},
        {"name": 5},
        {"oov": "magic"},
        {"oov": ["skip"]},
        {"pooling": "magic"},
        {"tokenizer": {"preset": "magic"}},
        {"tokenizer": None},
        {"report": []},
    ],
)
def test_settings_that_do_not_fit_are_refused(saved, changes):
    edit_config(saved, **changes)
    with pytest.raises(FormatError, match="Save the embedding again"):
        load(saved)


@pytest.mark.parametrize("changes", [{"format_version": 3}, {"format_version": "1"}, {"kind": "x"}])
def test_newer_versions_ask_for_an_update(saved, changes):
    edit_config(saved, **changes)
    with pytest.raises(FormatError, match="Update wordloom"):
        load(saved)


@pytest.mark.parametrize(
    ("name", "tensor"),
    [
        ("embeddings", np.zeros((11, 6), np.float32)),
        ("embeddings", np.zeros((11, 7), np.float64)),
        ("embeddings", np.ones((11, 7), np.float32)),
        ("embeddings", None),
        ("vocabulary.offsets", np.arange(11)),
        ("vocabulary.offsets", None),
        ("vocabulary.counts", np.zeros(9, np.int64)),
        ("vocabulary.n_documents", np.zeros(0, np.int64)),
        ("common_component", np.zeros(6, np.float32)),
    ],
)
def test_tensors_that_do_not_fit_are_refused(saved, name, tensor):
    edit_tensor(saved, name, tensor)
    with pytest.raises(FormatError, match="Save the embedding again"):
        load(saved)


@pytest.mark.parametrize(
    "sizes",
    [
        None,
        [3, 4, 5000],
        {},
        {"min_n": 3, "max_n": 4},
        {"min_n": 3, "max_n": 4, "n_buckets": "5000"},
        {"min_n": True, "max_n": 4, "n_buckets": 5000},
        {"min_n": 0, "max_n": 4, "n_buckets": 5000},
        {"min_n": 5, "max_n": 4, "n_buckets": 5000},
        {"min_n": 3, "max_n": 10**9, "n_buckets": 5000},
        {"min_n": 3, "max_n": 4, "n_buckets": 10},
        {"min_n": 3, "max_n": 4, "n_buckets": 0},
        {"min_n": 3, "max_n": 4, "n_buckets": 2**40},
    ],
)
def test_sizes_of_subwords_that_do_not_fit_are_refused(saved_with_subwords, sizes):
    edit_config(saved_with_subwords, subwords=sizes)
    with pytest.raises(FormatError, match="Save the embedding again"):
        load(saved_with_subwords)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("ngrams", lambda rows: None),
        ("ngrams", lambda rows: rows[1:]),
        ("ngrams", lambda rows: rows[:, 1:]),
        ("ngrams", lambda rows: rows.astype(np.float64)),
        ("ngram_buckets", lambda buckets: None),
        ("ngram_buckets", lambda buckets: buckets[:-1]),
        ("ngram_buckets", lambda buckets: buckets[::-1]),
        ("ngram_buckets", lambda buckets: buckets - 4000),
        ("ngram_buckets", lambda buckets: buckets + 4000),
        ("ngram_buckets", lambda buckets: np.zeros_like(buckets)),
        ("ngram_buckets", lambda buckets: buckets.astype(np.int64)),
        ("ngram_buckets", lambda buckets: buckets[:, None]),
    ],
)
def test_tensors_of_subwords_that_do_not_fit_are_refused(saved_with_subwords, name, change):
    tensor = read_tensors(saved_with_subwords / "model.safetensors")[name]
    edit_tensor(saved_with_subwords, name, change(tensor))
    with pytest.raises(FormatError, match="Save the embedding again"):
        load(saved_with_subwords)


@pytest.fixture
def able(embedding, subwords):
    return embedding.replaced(oov="subwords", subwords=subwords)


def size_of(folder):
    return (folder / "model.safetensors").stat().st_size


@pytest.mark.parametrize("dtype", ["float16", "int8"])
def test_smaller_numbers_come_back_nearly(able, dtype, tmp_path):
    folder = able.save(tmp_path / "small", dtype)
    again = load(folder)
    for ours, wanted in (
        (again.vectors, able.vectors),
        (again.subwords.vectors, able.subwords.vectors),
    ):
        assert ours.dtype == np.float32
        largest = np.abs(wanted).max(axis=1, keepdims=True)
        # Half of the last digit: 11 bits of each number, or a 127th of the row's largest.
        allowed = np.abs(wanted) * 2**-11 + 2**-25 if dtype == "float16" else largest / 127 / 2
        assert np.all(np.abs(ours - wanted) <= allowed * 1.001)
        assert not np.array_equal(ours, wanted)
    assert again.vocabulary.words == able.vocabulary.words
    assert size_of(folder) < size_of(able.save(tmp_path / "large"))
    config = json.loads((folder / "config.json").read_text("utf-8"))
    assert (config["format_version"], config["embedding_dtype"]) == (2, dtype)
    # What was rounded once stays as it is.
    np.testing.assert_array_equal(load(again.save(folder, dtype)).vectors, again.vectors)
    assert f"| numbers stored as | {dtype}" in (folder / "README.md").read_text("utf-8")


def test_float32_stays_readable_for_the_first_version(saved):
    assert json.loads((saved / "config.json").read_text("utf-8"))["format_version"] == 1


@pytest.mark.parametrize(
    "row", [[0, 0], [1e-45, 0], [-1e-40, 1e-41], [3.4e38, -3.4e38], [1e-30, 1]]
)
def test_int8_takes_any_finite_numbers(row, tmp_path):
    embedding = StaticEmbedding(Vocabulary.from_words(["a"]), np.float32([row]))
    again = load(embedding.save(tmp_path / "odd", "int8"))
    scale = np.abs(embedding.vectors).max() / 127
    np.testing.assert_allclose(again.vectors, embedding.vectors, rtol=0, atol=scale * 0.51 + 1e-43)


def test_what_does_not_fit_into_float16_is_refused(tmp_path):
    embedding = StaticEmbedding(Vocabulary.from_words(["a"]), [[70_000.0]])
    with pytest.raises(InputError, match="reach 65,504"):
        embedding.save(tmp_path / "large", "float16")
    with pytest.raises(InputError, match="float32, float16, int8"):
        embedding.save(tmp_path / "large", "float64")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "tensor"),
    [
        ("weights", None),
        ("weights", np.ones(10, np.float32)),
        ("weights", np.ones(11, np.float64)),
        ("ngram_weights", None),
        ("embeddings", np.zeros((11, 7), np.float16)),
        ("ngrams", np.zeros((1, 7), np.int8)),
    ],
)
def test_damaged_quantised_tensors_are_refused(able, name, tensor, tmp_path):
    folder = able.save(tmp_path / "small", "int8")
    edit_tensor(folder, name, tensor)
    with pytest.raises(FormatError, match=f"'{name}'"):
        load(folder)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", 3, None])
def test_a_forged_type_is_refused(able, dtype, tmp_path):
    folder = able.save(tmp_path / "small", "int8")
    edit_config(folder, embedding_dtype=dtype)
    with pytest.raises(FormatError):
        load(folder)


@pytest.mark.parametrize("dtype", ["float16", "int8"])
def test_model2vec_gives_the_same_vectors_from_smaller_numbers(embedding, dtype, tmp_path):
    model2vec = pytest.importorskip("model2vec")
    folder = embedding.save(tmp_path / "small", dtype)
    theirs = model2vec.StaticModel.from_pretrained(folder).encode(ENGLISH)
    tolerance = 2e-3 if dtype == "float16" else 1e-6  # model2vec adds up in float16
    np.testing.assert_allclose(theirs, load(folder).embed(ENGLISH), atol=tolerance)
    np.testing.assert_allclose(theirs, embedding.embed(ENGLISH), atol=0.02)


def test_the_encoding_of_ngrams_comes_back(embedding, subwords, tmp_path):
    sizes = (subwords.min_n, subwords.max_n, subwords.n_buckets, subwords.buckets)
    latin = Subwords(*sizes, subwords.vectors, encoding="latin-1")
    folder = embedding.replaced(oov="subwords", subwords=latin).save(tmp_path / "latin")
    assert load(folder).subwords.encoding == latin.encoding
    config = json.loads((folder / "config.json").read_text("utf-8"))
    assert config["format_version"] == 2
    edit_config(folder, subwords={**config["subwords"], "encoding": "no such"})
    with pytest.raises(FormatError, match="no such"):
        load(folder)
