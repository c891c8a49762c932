from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordloom.errors import DataWarning, InputError
from wordloom.text import word_counter
from wordloom.text.batches import TextBatch, pack_texts
from wordloom.text.corpus import Corpus
from wordloom.text.tokenizer import Tokenizer

SPACES = Tokenizer("spaces")


class Memory:
    """A source in memory, one list of documents for each batch."""

    def __init__(self, *batches, total_bytes=None, name="memory"):
        self.packed = batches
        self.total_bytes = total_bytes
        self.name = name

    def batches(self, batch_bytes=1 << 20):
        for number, documents in enumerate(self.packed):
            offsets = np.cumsum([0, *map(len, documents)], dtype=np.int64)
            yield TextBatch(np.frombuffer(b"".join(documents), np.uint8), offsets, number)


def texts_of(corpus):
    words = corpus.vocabulary.words
    return [
        " ".join(words[word] for word in corpus.document(number))
        for number in range(corpus.n_documents)
    ]


def reference(documents, min_count=1, max_words=None):
    counts = Counter(word for document in documents for word in document.split())
    order = sorted(counts, key=lambda word: (-counts[word], word.encode()))
    kept = [word for word in order if counts[word] >= min_count][:max_words]
    texts = [" ".join(w for w in document.split() if w in kept) for document in documents]
    return kept, [counts[word] for word in kept], texts


DOCUMENTS = st.lists(
    st.lists(st.sampled_from([*"abcdefé", "ab", "a\1", "word" * 9, "word" * 9 + "s"])).map(
        " ".join
    ),
    max_size=6,
)


@settings(max_examples=50)
@given(
    batches=st.lists(DOCUMENTS, max_size=4),
    min_count=st.integers(1, 3),
    max_words=st.none() | st.integers(1, 4),
)
def test_a_corpus_is_what_plain_python_counts(batches, min_count, max_words):
    documents = [document for batch in batches for document in batch]
    words, counts, texts = reference(documents, min_count, max_words)
    source = Memory(*([document.encode() for document in batch] for batch in batches))
    if not words:
        with pytest.raises(InputError):
            Corpus.build(source, tokenizer=SPACES, min_count=min_count)
        return
    corpus = Corpus.build(source, tokenizer=SPACES, min_count=min_count, max_words=max_words)
    assert corpus.vocabulary.words == words
    assert corpus.vocabulary.counts.tolist() == counts
    assert corpus.vocabulary.document_counts.tolist() == [
        sum(word in document.split() for document in documents) for word in words
    ]
    assert texts_of(corpus) == texts
    assert corpus.n_documents == corpus.vocabulary.n_documents == len(documents)
    assert corpus.n_tokens == sum(counts)
    assert corpus.n_raw_tokens == sum(len(document.split()) for document in documents)


def test_slices_and_blocks_smaller_than_a_batch_change_nothing(monkeypatch):
    generator = np.random.default_rng(7)
    documents = [
        " ".join(f"w{word}" for word in generator.zipf(1.4, 300) if word < 5000) for _ in range(40)
    ]
    monkeypatch.setattr(word_counter, "SLICE", 16)
    monkeypatch.setattr("wordloom.text.corpus_builder.BLOCK", 64)
    corpus = Corpus.from_texts(documents, tokenizer=SPACES, min_count=2)
    words, counts, texts = reference(documents, min_count=2)
    assert corpus.vocabulary.words == words
    assert corpus.vocabulary.counts.tolist() == counts
    assert texts_of(corpus) == texts


def test_too_many_distinct_words_drop_the_rarest_and_say_so():
    rare = [f"rare{number}" for number in range(90)]
    batches = [[f"a b a {' '.join(rare[start : start + 10])}"] for start in range(0, 90, 10)]
    source = Memory(*([text.encode() for text in batch] for batch in batches), name="big.txt")
    with pytest.warns(DataWarning, match=r"big.txt has more than 40 distinct words"):
        corpus = Corpus.build(source, tokenizer=SPACES, min_count=1, max_distinct_words=40)
    assert len(corpus.vocabulary) <= 40
    assert corpus.vocabulary.words[:2] == ["a", "b"]
    assert corpus.vocabulary.counts[:2].tolist() == [18, 9]
    assert corpus.vocabulary.document_counts[:2].tolist() == [9, 9]
    # Words that were forgotten leave no token, those that stayed are where they were.
    held = set(corpus.vocabulary.words)
    assert texts_of(corpus) == [
        " ".join(word for word in batch[0].split() if word in held) for batch in batches
    ]
    assert {"rare0", "rare89"} & held == {"rare89"}


def test_a_reduction_leaves_a_quarter_of_the_room_free():
    text = " ".join(f"w{number:02} " * (number + 1) for number in range(50))
    with pytest.warns(DataWarning, match=r"forgotten 1 time:"):
        corpus = Corpus.build(
            Memory([text.encode()]), tokenizer=SPACES, min_count=1, max_distinct_words=40
        )
    assert corpus.vocabulary.words == [f"w{number}" for number in range(49, 19, -1)]


@settings(max_examples=30)
@given(
    st.lists(st.lists(st.integers(0, 30), max_size=12), min_size=1, max_size=12), st.integers(2, 9)
)
def test_counts_and_tokens_agree_after_any_reductions(batches, max_distinct):
    texts = ["", *(" ".join(f"w{number}" for number in batch) for batch in batches), "most " * 200]
    source = Memory(*([text.encode()] for text in texts))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wordloom.text.corpus.warnings.warn", lambda *args, **kwargs: None)
        corpus = Corpus.build(
            source, tokenizer=SPACES, min_count=1, max_distinct_words=max_distinct
        )
    assert len(corpus.vocabulary) <= max_distinct
    found = np.bincount(corpus.tokens, minlength=len(corpus.vocabulary))
    assert found.tolist() == corpus.vocabulary.counts.tolist()
    for kept, text in zip(texts_of(corpus), texts, strict=True):
        remaining = iter(text.split())
        assert all(word in remaining for word in kept.split())


def test_a_limit_that_leaves_no_word_is_named():
    source = Memory([b"a b c d e"])
    with pytest.raises(InputError, match=r"occurs 0 times\. Raise `max_distinct_words`"):
        Corpus.build(source, min_count=1, max_distinct_words=2)


def test_documents_that_become_empty_stay():
    corpus = Corpus.from_texts(["a a", "", "b", "a"], min_count=2)
    assert corpus.documents.tolist() == [0, 2, 2, 2, 3]
    assert corpus.document(2).tolist() == []
    with pytest.raises(IndexError, match="0 to 3, not 4"):
        corpus.document(4)


def test_a_saved_corpus_loads_as_it_was_built(tmp_path):
    built = Corpus.from_texts(
        ["A b b", "c A b"], tmp_path / "new" / "corpus", tokenizer=SPACES, min_count=2
    )
    loaded = Corpus.load(tmp_path / "new" / "corpus")
    assert loaded.vocabulary.words == ["b", "A"]
    np.testing.assert_array_equal(loaded.tokens, built.tokens)
    np.testing.assert_array_equal(loaded.documents, built.documents)
    assert (loaded.tokens.dtype, loaded.documents.dtype) == (np.int32, np.int64)
    assert not loaded.tokens.flags.writeable
    assert loaded.tokenizer == SPACES
    assert (loaded.min_count, loaded.n_raw_tokens, loaded.source) == (2, 6, "the texts")
    assert {item.name for item in (tmp_path / "new").iterdir()} == {"corpus"}
    assert repr(loaded) == "Corpus(the texts: 2 documents, 5 tokens, 2 words)"


def test_a_temporary_corpus_goes_away_with_its_object():
    corpus = Corpus.from_texts(["a"], min_count=1)
    folder = corpus.folder
    assert folder.is_dir()
    del corpus
    assert not folder.parent.exists()


def test_a_corpus_is_replaced_and_nothing_else_is(tmp_path):
    (tmp_path / "empty").mkdir()
    for _ in range(2):
        corpus = Corpus.from_texts(["a"], tmp_path / "empty", min_count=1)
        assert corpus.vocabulary.words == ["a"]
    (tmp_path / "empty" / "thesis.txt").write_text("precious")
    with pytest.raises(InputError, match="holds other files"):
        Corpus.from_texts(["b"], tmp_path / "empty", min_count=1)
    with pytest.raises(InputError, match="a file"):
        Corpus.from_texts(["b"], tmp_path / "empty" / "thesis.txt", min_count=1)
    assert (tmp_path / "empty" / "thesis.txt").read_text() == "precious"
    assert {item.name for item in tmp_path.iterdir()} == {"empty"}


def test_an_unwritable_place_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot be saved"):
        Corpus.from_texts(["a"], tmp_path / "file" / "corpus", min_count=1)


class Failing(Memory):
    def __init__(self, error):
        super().__init__([b"a b c"])
        self.error = error

    def batches(self, batch_bytes=1 << 20):
        yield from super().batches()
        raise self.error


@pytest.mark.parametrize("error", [InputError("damaged archive"), KeyboardInterrupt()])
def test_a_failed_build_leaves_the_old_corpus_and_nothing_else(tmp_path, error):
    Corpus.from_texts(["old"], tmp_path / "corpus", min_count=1)
    with pytest.raises(type(error)):
        Corpus.build(Failing(error), tmp_path / "corpus", min_count=1)
    assert Corpus.load(tmp_path / "corpus").vocabulary.words == ["old"]
    assert {item.name for item in tmp_path.iterdir()} == {"corpus"}


def test_a_corpus_that_cannot_be_put_in_place_leaves_the_old_one(tmp_path, monkeypatch):
    Corpus.from_texts(["old"], tmp_path / "corpus", min_count=1)
    rename = Path.rename

    def refuse_new(path, target):
        if path.name.endswith(".partial"):
            raise OSError(28, "No space left on device")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse_new)
    with pytest.raises(InputError, match="No space left on device"):
        Corpus.from_texts(["new"], tmp_path / "corpus", min_count=1)
    assert Corpus.load(tmp_path / "corpus").vocabulary.words == ["old"]
    assert {item.name for item in tmp_path.iterdir()} == {"corpus"}


def test_a_failed_build_leaves_no_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(InputError):
        Corpus.build(Failing(InputError("damaged archive")))
    assert not list(tmp_path.iterdir())


def test_min_count_above_every_count_is_explained():
    message = (
        "`min_count=5` leaves no word: the corpus has 4 tokens and its most frequent word occurs "
        "3 times. Lower `min_count`."
    )
    with pytest.raises(InputError) as caught:
        Corpus.from_texts(["a a", "a b"])
    assert str(caught.value) == message


@pytest.mark.parametrize("batches", [[], [[]], [[b"", b""]], [[b" \n"]]])
def test_a_source_without_tokens_is_named(batches):
    with pytest.raises(InputError, match=r"Received: empty\.txt, in which .* found no tokens"):
        Corpus.build(Memory(*batches, name="empty.txt"))


@pytest.mark.parametrize("encoding", ["utf-16", "cp1251"])
def test_other_encodings_and_binary_files_are_refused(encoding):
    source = Memory([("Слово за слово. " * 50).encode(encoding)], name="old.txt")
    with pytest.raises(InputError, match=r"Received: old\.txt, which looks like a binary file"):
        Corpus.build(source, min_count=1)


def test_a_few_invalid_bytes_are_replaced_counted_and_reported():
    source = Memory([b"caf\xe9 au lait " * 3], name="latin.txt")
    with pytest.warns(
        DataWarning, match=r"^3 invalid UTF-8 sequences were .* in latin\.txt"
    ) as seen:
        corpus = Corpus.build(source, min_count=1)
    assert corpus.vocabulary.words == ["au", "caf", "lait"]
    assert corpus.notes == [str(seen[0].message)]
    assert Path(seen[0].filename) == Path(__file__)
    with pytest.warns(DataWarning, match=r"^3 invalid") as seen:
        Corpus.from_texts(["x\ud800"], min_count=1)
    assert Path(seen[0].filename) == Path(__file__)


@pytest.mark.parametrize("wrong", [{"min_count": 0}, {"max_words": 0}])
def test_settings_out_of_range_are_named(wrong):
    with pytest.raises(InputError, match=rf"`{next(iter(wrong))}` must .* Received: 0"):
        Corpus.from_texts(["a"], **wrong)


@pytest.mark.parametrize(("total_bytes", "shown"), [(2, "bytes"), (None, "tokens")])
def test_progress_counts_bytes_where_their_number_is_known(monkeypatch, total_bytes, shown):
    seen = []

    class Bar:
        def __init__(self, *arguments, **options):
            seen.append((arguments, options))

        def __enter__(self):
            return seen.append

        def __exit__(self, *error):
            return None

    monkeypatch.setattr("wordloom.text.corpus_builder.progress_bar", Bar)
    source = Memory([b"a b c"], [b"d"], total_bytes=total_bytes)
    Corpus.build(source, min_count=1, progress=True)
    assert seen[0] == (("Reading", total_bytes, shown), {"show": True})
    assert seen[1:] == ([0, 1] if total_bytes else [3, 4])


def test_a_missing_folder_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="A corpus is a folder"):
        Corpus.load(tmp_path / "none")


def test_texts_must_be_a_list():
    with pytest.raises(InputError, match="A list of texts is needed"):
        Corpus.from_texts("one text")


def test_large_texts_are_read_in_several_batches():
    from wordloom.text.corpus import TextsSource

    texts = ["a" * 5, "b", "", "c" * 40, "d"]
    batches = list(TextsSource(pack_texts(texts)).batches(6))
    assert [batch.texts() for batch in batches] == [["aaaaa", "b", ""], ["c" * 40], ["d"]]


TEXTS = ["a b c a", "b a c c", "a b", "c b a a"]


def fingerprint(texts, folder=None, **more):
    return Corpus.from_texts(texts, folder, min_count=1, **more).fingerprint


def test_the_same_text_has_the_same_fingerprint_wherever_it_lies(tmp_path):
    assert fingerprint(TEXTS) == fingerprint(TEXTS, tmp_path / "corpus")
    assert Corpus.load(tmp_path / "corpus").fingerprint == fingerprint(TEXTS)


@pytest.mark.parametrize(
    "other",
    [
        ["a b c a", "b a c b", "a b", "c b a a"],  # One token is another one.
        ["a b c a", "b a c c", "b a", "c b a a"],  # Two have changed places.
        ["a b c a", "b a c c", "a b c", "b a a"],  # A document ends elsewhere.
        ["a b d a", "b a d d", "a b", "d b a a"],  # A word is spelt differently.
        ["a b c a", "b a c c", "a b", "c b a a", ""],
    ],
)
def test_a_small_change_of_the_text_gives_another_fingerprint(other):
    assert fingerprint(other) != fingerprint(TEXTS)


def test_a_change_in_the_middle_of_a_long_text_gives_another_fingerprint():
    texts = ["a b c d e f g h"] * 5000
    other = texts.copy()
    other[2500] = "a b d c e f g h"
    assert fingerprint(other) != fingerprint(texts)
