import _thread
import json
import re
import time
from collections import Counter
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordloom.cooccurrence import index, stripes
from wordloom.cooccurrence.blocks import BlockWriter
from wordloom.cooccurrence.cooccurrences import Cooccurrences
from wordloom.cooccurrence.index import Index
from wordloom.cooccurrence.memory import parse_memory
from wordloom.cooccurrence.runs import Reader, Runs
from wordloom.errors import FormatError, InputError
from wordloom.text.corpus import Corpus

ARRAYS = ("block_starts", "rows", "columns", "counts", "row_sums", "column_sums")


@pytest.fixture(autouse=True, scope="module")
def small_stripes():
    with patch.object(stripes, "WORDS_PER_STRIPE", 4), patch.object(stripes, "LEAST_STRIPES", 3):
        yield


def reference(corpus, window, symmetric):
    cells = Counter()
    for number in range(corpus.n_documents):
        words = corpus.document(number).tolist()
        for right, a in enumerate(words):
            for left in range(max(right - window, 0), right):
                for cell in [(a, words[left]), (words[left], a)][: 1 + symmetric]:
                    cells[cell] += 1 / (right - left)
    return cells


def cells_of(counts):
    """The cells by row and column word, after a check that they lie where they should."""
    cells = {}
    n_stripes = counts.n_stripes
    assert len(counts.block_starts) == n_stripes**2 + 1
    for block in range(n_stripes**2):
        part = slice(*counts.block_starts[block : block + 2].tolist())
        rows = counts.rows[part].astype(int) * n_stripes + block // n_stripes
        columns = counts.columns[part].astype(int) * n_stripes + block % n_stripes
        keys = list(zip(rows.tolist(), columns.tolist(), strict=True))
        assert keys == sorted(set(keys))
        cells |= dict(zip(keys, counts.counts[part].tolist(), strict=True))
    return cells


def least_memory(corpus, **settings):
    with pytest.raises(InputError, match="`memory` must be at least") as caught:
        Cooccurrences.count(corpus, memory=1, **settings)
    return int(re.search(r"least ([\d,]+) bytes", str(caught.value))[1].replace(",", ""))


def random_corpus(n_documents=40, n_words=60, length=50):
    generator = np.random.default_rng(3)
    lengths = generator.integers(0, length, n_documents)
    documents = [
        " ".join(f"w{word % n_words}" for word in generator.zipf(1.3, size)) for size in lengths
    ]
    return Corpus.from_texts(documents, min_count=1)


def content(counts):
    return [getattr(counts, name).tobytes() for name in ARRAYS]


DOCUMENTS = st.lists(
    st.lists(st.sampled_from([f"w{n}" for n in range(14)]), max_size=30).map(" ".join),
    min_size=1,
    max_size=8,
).filter(lambda documents: any(" " in document for document in documents))


@settings(max_examples=40)
@given(
    documents=DOCUMENTS,
    window=st.integers(1, 12) | st.just(255),
    symmetric=st.booleans(),
    threads=st.integers(1, 3),
    share=st.sampled_from([0.0, 0.1, 0.5]),
)
def test_counts_are_what_plain_python_counts(documents, window, symmetric, threads, share):
    corpus = Corpus.from_texts(documents, min_count=1)
    options = {"window": window, "symmetric": symmetric}
    counts = Cooccurrences.count(corpus, threads=1, **options)
    expected = reference(corpus, window, symmetric)
    cells = cells_of(counts)
    assert cells == pytest.approx(expected, rel=1e-6)
    if symmetric:
        assert all(cells[column, row] == count for (row, column), count in cells.items())
    words = range(len(corpus.vocabulary))
    assert counts.row_sums == pytest.approx(
        [sum(count for (row, _), count in expected.items() if row == word) for word in words]
    )
    assert counts.column_sums == pytest.approx(
        [sum(count for (_, column), count in expected.items() if column == word) for word in words]
    )
    # From the least memory to a bit more: in many runs, in a few, in one.
    memory = least_memory(corpus, threads=1, **options) + int(share * 40 * corpus.n_tokens)
    with patch.object(index, "BLOCK", 5), patch.object(index, "GROUP", 3):
        again = Cooccurrences.count(corpus, threads=threads, memory=memory, **options)
    assert content(again) == content(counts)
    assert content(Cooccurrences.load(again.folder)) == content(counts)


def test_little_memory_takes_every_way_out_and_changes_nothing():
    corpus = random_corpus()
    seen = Counter()

    def watch(owner, name, happened):
        method = getattr(owner, name)

        def watched(self, *arguments):
            result = method(self, *arguments)
            seen[owner.__name__, name] += happened(result)
            return result

        return patch.object(owner, name, watched)

    expected = content(Cooccurrences.count(corpus, threads=1))
    memory = least_memory(corpus)
    with (
        watch(Index, "read", bool),
        watch(Index, "add", bool),
        watch(Runs, "spill", lambda _: 1),
        watch(BlockWriter, "fill", lambda fits: not fits),
    ):
        counts = Cooccurrences.count(corpus, threads=3, memory=memory)
    assert content(counts) == expected
    assert seen["Index", "read"] > 2  # parts
    assert seen["Runs", "spill"] > seen["Index", "read"] * counts.n_stripes  # cut stripes
    assert seen["BlockWriter", "fill"]  # columns taken in several goes


def test_a_row_too_long_to_be_read_at_once_is_read_in_pieces():
    corpus = random_corpus()
    expected = content(Cooccurrences.count(corpus, threads=1))
    memory = least_memory(corpus)
    table_bytes = Runs.table_bytes
    long_rows = []
    add_long_row = Reader.add_long_row

    def watched(self, *arguments):
        long_rows.append(arguments[1])
        return add_long_row(self, *arguments)

    with (
        patch.object(Runs, "table_bytes", lambda self, stripe: table_bytes(self, stripe) + 10**6),
        patch.object(Reader, "add_long_row", watched),
    ):
        counts = Cooccurrences.count(corpus, threads=2, memory=memory)
    assert len(set(long_rows)) > len(corpus.vocabulary) / 2
    assert content(counts) == expected


def test_counts_know_the_corpus_they_come_from(tmp_path):
    corpus = Corpus.from_texts(["a rose is a rose", "is it"], min_count=1)
    counts = Cooccurrences.count(corpus, tmp_path / "counts", window=3)
    loaded = Cooccurrences.load(tmp_path / "counts")
    assert loaded.vocabulary.words == corpus.vocabulary.words
    assert loaded.tokenizer == corpus.tokenizer
    assert (loaded.n_tokens, loaded.window, loaded.symmetric) == (7, 3, True)
    assert loaded.source == corpus.source
    assert repr(loaded) == "Cooccurrences(the texts: window 3, 10 cells of 4 words)"
    others = [
        Cooccurrences.count(corpus, window=2),
        Cooccurrences.count(corpus, window=3, symmetric=False),
        Cooccurrences.count(Corpus.from_texts(["a rose is a rose"], min_count=1), window=3),
    ]
    assert loaded.fingerprint == counts.fingerprint
    assert len({loaded.fingerprint, *(other.fingerprint for other in others)}) == 4


def test_a_temporary_folder_goes_away_with_the_counts():
    counts = Cooccurrences.count(Corpus.from_texts(["a b"], min_count=1))
    folder = counts.folder
    assert folder.is_dir()
    del counts
    assert not folder.parent.exists()


def test_a_single_word_may_stand_beside_itself():
    counts = Cooccurrences.count(Corpus.from_texts(["a a a"], min_count=1), window=2)
    assert (counts.n_stripes, counts.n_cells, counts.counts.tolist()) == (1, 1, [5.0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"window": 0}, "`window` must be a whole number from 1 to 255. Received: 0"),
        ({"window": 256}, "`window` must be"),
        ({"window": 2.5}, "`window` must be"),
        ({"threads": 0}, "`threads` must be"),
        ({"memory": "many"}, "`memory` must be an amount such as '4GB'.*Received: 'many'"),
        ({"memory": "4iB"}, "`memory` must be an amount"),
        ({"memory": -5}, "`memory` must be an amount"),
        ({"memory": True}, "`memory` must be an amount"),
        ({"memory": "9" * 400}, "`memory` must be an amount"),
        ({"memory": "0.1KB"}, "`memory` must be at least [0-9,]+ bytes for 2 words. Received: 100"),
    ],
)
def test_settings_out_of_range_are_refused(options, message, tmp_path):
    corpus = Corpus.from_texts(["a b"], min_count=1)
    with pytest.raises(InputError, match=message):
        Cooccurrences.count(corpus, tmp_path / "counts", **options)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("4GB", 4 * 10**9),
        (" 1.5 gib ", 3 << 29),
        ("12", 12),
        ("7B", 7),
        (10**12, 10**12),
        ("2tb", 2 * 10**12),
        ("1KiB", 1024),
    ],
)
def test_memory_has_units(text, size):
    assert parse_memory(text) == size


def test_documents_of_one_word_have_no_pairs(tmp_path):
    corpus = Corpus.from_texts(["a", "", "b"], min_count=1)
    with pytest.raises(InputError, match="of whose 3 documents none has more than one word"):
        Cooccurrences.count(corpus, tmp_path / "counts")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("spill", [False, True])
def test_a_full_disk_leaves_what_was_there(tmp_path, spill):
    resource = pytest.importorskip("resource")
    corpus = random_corpus()
    options = {"memory": least_memory(corpus) if spill else "4GB", "threads": 2}
    earlier = Cooccurrences.count(corpus, tmp_path / "counts", window=2, **options)
    expected = content(earlier)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
    try:
        with pytest.raises(InputError, match=r"counts cannot be saved to .*room"):
            Cooccurrences.count(corpus, tmp_path / "counts", window=5, **options)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [item.name for item in tmp_path.iterdir()] == ["counts"]
    assert content(Cooccurrences.load(tmp_path / "counts")) == expected


def test_ctrl_c_leaves_nothing_behind(tmp_path, monkeypatch):
    corpus = random_corpus()
    add = Index.add

    calls = []

    def slow(self, *arguments):
        calls.append(arguments)
        if len(calls) == 1:
            _thread.interrupt_main()
        time.sleep(0.01)
        return add(self, *arguments)

    monkeypatch.setattr(Index, "add", slow)
    with pytest.raises(KeyboardInterrupt):
        Cooccurrences.count(corpus, tmp_path / "counts", threads=2)
    assert len(calls) < len(corpus.vocabulary) / 4  # it ended soon
    assert not list(tmp_path.iterdir())


def test_a_thread_that_fails_ends_all(monkeypatch, tmp_path):
    fill = BlockWriter.fill

    def failing(self, source, desk, stripe, *rest):
        if stripe == 1:
            time.sleep(0.05)  # while the others wait for it
            raise MemoryError("no more")
        return fill(self, source, desk, stripe, *rest)

    monkeypatch.setattr(BlockWriter, "fill", failing)
    with pytest.raises(MemoryError, match="no more"):
        Cooccurrences.count(random_corpus(), tmp_path / "counts", threads=3)
    assert not list(tmp_path.iterdir())


def test_a_corpus_that_went_away_is_named(tmp_path):
    corpus = Corpus.from_texts(["a b"], tmp_path / "corpus", min_count=1)
    (tmp_path / "corpus" / "tokens.npy").unlink()
    with pytest.raises(InputError, match=r"tokens\.npy cannot be read"):
        Cooccurrences.count(corpus)


@pytest.mark.parametrize("tokens", [[0, 1, 2], [0, 1, -1], [0, 1]])
def test_a_corpus_that_another_one_replaced_is_named(tokens, tmp_path):
    corpus = Corpus.from_texts(["a b a"], tmp_path / "corpus", min_count=1)
    (tmp_path / "corpus" / "tokens.npy").unlink()  # what is mapped stays
    np.save(tmp_path / "corpus" / "tokens.npy", np.array(tokens, np.int32))
    with pytest.raises(InputError, match=r"tokens\.npy has changed since the corpus was opened"):
        Cooccurrences.count(corpus)


def test_progress_is_shown_on_stderr_alone(capsys):
    corpus = random_corpus()
    Cooccurrences.count(corpus, threads=2, progress=True)
    Cooccurrences.count(corpus, memory=least_memory(corpus), progress=True)
    shown = capsys.readouterr()
    assert "words/s" in shown.err
    assert "cells/s" in shown.err
    assert not shown.out


def test_something_else_is_not_replaced(tmp_path):
    (tmp_path / "note.txt").write_text("keep")
    with pytest.raises(InputError, match="which holds other files"):
        Cooccurrences.count(Corpus.from_texts(["a b"], min_count=1), tmp_path)
    assert (tmp_path / "note.txt").read_text() == "keep"


@pytest.fixture
def folder(tmp_path):
    corpus = Corpus.from_texts(["a b c d a b", "d a b e"], min_count=1)
    Cooccurrences.count(corpus, tmp_path / "counts", window=2)
    return tmp_path / "counts"


def change(**entries):
    def damage(folder):
        path = folder / "cooccurrences.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | entries))

    return damage


def put(name, index, value):
    def damage(folder):
        array = np.load(folder / name)
        array[index] = value
        np.save(folder / name, array)

    return damage


def append(name):
    def damage(folder):
        with (folder / name).open("ab") as file:
            file.write(b"\0" * 8)

    return damage


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda f: (f / "cooccurrences.json").unlink(), "json cannot be read"),
        (lambda f: (f / "cooccurrences.json").write_text("{"), "json is not JSON"),
        (lambda f: (f / "cooccurrences.json").write_text("[" * 100_000), "json is not JSON"),
        (lambda f: (f / "cooccurrences.json").write_text("3"), "does not say 'format'"),
        (change(format="wordloom corpus"), "does not say 'format'"),
        (change(version=2), "of version 2"),
        (change(window="2"), "'window' in its cooccurrences.json is no whole number"),
        (change(n_cells=0), "'n_cells' in its"),
        (change(n_cells=7), "of shape"),
        (change(n_stripes=2), "5 words are not dealt to 2 stripes"),
        (change(n_stripes=10**9), "'n_stripes' in its"),
        (change(n_words=6), "count different words"),
        (change(symmetric=1), "'symmetric' in its"),
        (change(fingerprint=None), "'fingerprint' in its"),
        (change(tokenizer={"preset": "x"}), "Saved tokenizer settings"),
        (lambda f: (f / "vocabulary.safetensors").write_bytes(b"x"), "vocabulary.safetensors"),
        (lambda f: (f / "rows.npy").unlink(), "rows.npy cannot be read"),
        (append("counts.npy"), "counts.npy holds more than its array"),
        (put("counts.npy", 3, np.nan), "finite numbers above 0"),
        (put("counts.npy", 3, np.inf), "finite numbers above 0"),
        (put("counts.npy", 3, 0), "finite numbers above 0"),
        (put("counts.npy", 3, -1), "finite numbers above 0"),
        (put("rows.npy", 0, 4), "not among the words of their block"),
        (put("columns.npy", -1, 4), "not among the words of their block"),
        (put("block_starts.npy", 0, 1), "blocks do not go from 0"),
        (put("block_starts.npy", -1, 1), "blocks do not go from 0"),
        (put("block_starts.npy", 1, 10), "blocks do not go from 0"),
        (put("row_sums.npy", 0, np.nan), "row_sums.npy"),
        (put("column_sums.npy", 0, -1), "column_sums.npy"),
    ],
)
def test_a_damaged_folder_is_named(folder, damage, reason):
    damage(folder)
    with pytest.raises(FormatError, match=reason) as caught:
        Cooccurrences.load(folder)
    assert str(folder) in str(caught.value)


@pytest.mark.parametrize("name", [f"{name}.npy" for name in ARRAYS])
def test_a_truncated_file_is_named(folder, name):
    (folder / name).write_bytes((folder / name).read_bytes()[:-1])
    with pytest.raises(FormatError, match=name):
        Cooccurrences.load(folder)


def test_counts_that_are_not_there_are_named(tmp_path):
    with pytest.raises(InputError, match="which is none"):
        Cooccurrences.load(tmp_path / "counts")


def test_a_run_that_was_cut_is_found(tmp_path):
    with (tmp_path / "spilled").open("w+b") as file:
        runs = Runs(file, stripes.Stripes(1, 1))
        with pytest.raises(OSError, match="shorter than what was written"):
            runs.read(np.zeros(1, np.int64), 0)
