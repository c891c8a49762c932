import gzip
import os
import struct
import tracemalloc
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.embedding.lazy_vectors import LazyVectors
from wordloom.errors import DataWarning, FormatError, InputError, WordloomError
from wordloom.formats.content import open_content
from wordloom.formats.fasttext.binary import FORMATS
from wordloom.formats.fasttext.file import is_fasttext
from wordloom.formats.loading import load

MAGIC = 793712314
WORDS = ["cough", "</s>", "fever", "naïve", "日本", "a", "coughs"]
COUNTS = [9, 8, 5, 5, 2, 1, 1]
UNKNOWN = ["coughing", "feverish", "日", "x", "naïvely"]
BOTH_WAYS = pytest.mark.parametrize("memory_map", [False, True])


def fnv(data):
    code = 2166136261
    for byte in data:
        code = ((code ^ (byte | 0xFFFFFF00 if byte > 127 else byte)) * 16777619) % 2**32
    return code


def ngrams(word, min_n, max_n):
    """The n-grams of a word's bytes by fastText's rule, which takes all bytes for UTF-8."""
    marked = b"<" + word + b">"
    starts = [place for place, byte in enumerate(marked) if byte & 0xC0 != 0x80] + [len(marked)]
    last = len(starts) - 1
    return [
        marked[starts[first] : starts[first + n]]
        for first in range(last)
        for n in range(max(min_n, 1), max_n + 1)
        if first + n <= last and not (n == 1 and (first == 0 or first + n == last))
    ]


def buckets(word, min_n, max_n, n_buckets, encoding="utf-8"):
    if word == "</s>":
        return []
    return [fnv(ngram) % n_buckets for ngram in ngrams(word.encode(encoding), min_n, max_n)]


def file_bytes(
    table,
    words=WORDS,
    counts=COUNTS,
    *,
    version=12,
    labels=(),
    dim=None,
    n_buckets=40,
    min_n=2,
    max_n=3,
    model=2,
    word_ngrams=1,
    pruned=None,
    quantised=None,
    encoding="utf-8",
    output_rows=None,
):
    """A file of fastText, put together from the description of the format."""
    dim = table.shape[1] if dim is None else dim
    parts = [] if version == 0 else [struct.pack("<ii", MAGIC, version)]
    settings = [dim, 5, 4, 1, 6, word_ngrams, 2, model, n_buckets, min_n, max_n, 100]
    parts.append(struct.pack("<12id", *settings, 1e-4))
    parts.append(struct.pack("<iiiq", len(words) + len(labels), len(words), len(labels), 77))
    if version:
        parts.append(struct.pack("<q", -1 if pruned is None else len(pruned)))
    for word, count in zip(words, counts, strict=True):
        word = word if isinstance(word, bytes) else word.encode(encoding)
        parts.append(word + b"\0" + struct.pack("<qb", count, 0))
    parts += [label.encode(encoding) + b"\0" + struct.pack("<qb", 3, 1) for label in labels]
    parts += [struct.pack("<ii", *pair) for pair in pruned or ()]
    if version:
        parts.append(b"\0" if quantised is None else b"\1")
    if quantised is None:
        parts.append(struct.pack("<qq", *table.shape) + table.astype("<f4").tobytes())
    else:
        parts.append(quantised)
    output = np.zeros((len(labels) or len(words) if output_rows is None else output_rows, dim))
    if version:
        parts.append(b"\0")
    parts.append(struct.pack("<qq", *output.shape) + output.astype("<f4").tobytes())
    return b"".join(parts)


def random_table(n_rows, dim=3, seed=0):
    return np.random.default_rng(seed).standard_normal((n_rows, dim)).astype(np.float32)


def expected(word, table, words=WORDS, min_n=2, max_n=3, n_buckets=40, encoding="utf-8"):
    rows = [len(words) + bucket for bucket in buckets(word, min_n, max_n, n_buckets, encoding)]
    return table[([words.index(word)] if word in words else []) + rows].mean(axis=0)


def check_vectors(embedding, table, words=WORDS, unknown=UNKNOWN, **sizes):
    for word in [*words, *unknown]:
        wanted = expected(word, table, words, **sizes)
        np.testing.assert_allclose(embedding[word], wanted, rtol=1e-5, atol=1e-6)


@pytest.fixture
def table():
    return random_table(len(WORDS) + 40)


@pytest.fixture
def path(tmp_path, table):
    path = tmp_path / "toy.bin"
    path.write_bytes(file_bytes(table))
    return path


@BOTH_WAYS
@pytest.mark.parametrize("version", [0, 11, 12])
def test_known_and_unknown_words_get_fasttexts_vectors(tmp_path, table, version, memory_map):
    path = tmp_path / "toy.bin"
    path.write_bytes(file_bytes(table, version=version))
    embedding = load(path, memory_map=memory_map)
    assert embedding.vocabulary.words == WORDS
    assert embedding.vocabulary.counts.tolist() == COUNTS
    assert (embedding.name, embedding.oov) == ("toy", "subwords")
    check_vectors(embedding, table)
    np.testing.assert_array_equal(embedding["</s>"], table[1])


@BOTH_WAYS
def test_the_shortest_ngram_is_one_character_where_the_file_says_none(tmp_path, table, memory_map):
    path = tmp_path / "toy.bin"
    path.write_bytes(file_bytes(table, min_n=0))
    check_vectors(load(path, memory_map=memory_map), table, min_n=0)


@BOTH_WAYS
@pytest.mark.parametrize("settings", [{"max_n": 0, "word_ngrams": 2}, {"n_buckets": 0}])
def test_rows_that_are_no_character_ngrams_are_left_alone(tmp_path, settings, memory_map):
    table = random_table(len(WORDS) + settings.get("n_buckets", 40))
    path = tmp_path / "toy.bin"
    path.write_bytes(file_bytes(table, **settings))
    embedding = load(path, memory_map=memory_map)
    np.testing.assert_array_equal(embedding.vectors, table[: len(WORDS)])
    assert (embedding.oov, embedding.subwords) == ("skip", None)


@BOTH_WAYS
@pytest.mark.parametrize("version", [11, 12])
def test_supervised_files_give_words_and_report_labels(tmp_path, table, version, memory_map):
    labels = ["__label__é", "__label__b"]
    path = tmp_path / "toy.bin"
    path.write_bytes(file_bytes(table, labels=labels, model=3, version=version))
    embedding = load(path, memory_map=memory_map)
    assert embedding.vocabulary.words == WORDS
    assert (embedding.report["labels"], embedding.report["n_labels"]) == (labels, 2)
    assert embedding.report["settings"]["model"] == "supervised"
    if version == 12:
        check_vectors(embedding, table)
    else:  # supervised models had no n-grams yet
        np.testing.assert_array_equal(embedding.vectors, table[: len(WORDS)])


def test_what_is_known_of_the_training_is_reported(path):
    report = load(path).report
    assert (report["corpus_words"], report["vocabulary"], report["epochs"]) == (77, 7, 4)
    assert report["settings"]["loss"] == "negative sampling"
    assert report["settings"]["n_buckets"] == 40


@BOTH_WAYS
def test_pruned_ngrams_do_not_count(tmp_path, memory_map):
    kept = sorted({*buckets("cough", 2, 3, 40)[:4], *buckets("fever", 2, 3, 40)[1:3]}, reverse=True)
    table = random_table(len(WORDS) + len(kept))
    places = [(bucket, (place + 2) % len(kept)) for place, bucket in enumerate(kept)]
    path = tmp_path / "toy.bin"
    path.write_bytes(file_bytes(table, pruned=places))
    embedding = load(path, memory_map=memory_map)
    place_of = dict(places)
    for word in [*WORDS, "coughing"]:
        own = [WORDS.index(word)] if word in WORDS else []
        known = [bucket for bucket in buckets(word, 2, 3, 40) if bucket in place_of]
        rows = own + [len(WORDS) + place_of[bucket] for bucket in known]
        np.testing.assert_allclose(embedding[word], table[rows].mean(axis=0), rtol=1e-5, atol=1e-6)


def quantised_bytes(n_rows, dim, width, norms, seed=0):
    """A quantised table, and the matrix that it stands for."""
    random = np.random.default_rng(seed)
    widths = [width] * (dim // width) + ([dim % width] if dim % width else [])
    codes = random.integers(0, 256, (n_rows, len(widths)), np.uint8)
    centroids = [random.standard_normal((256, w)).astype("<f4") for w in widths]
    matrix = np.concatenate([c[codes[:, i]] for i, c in enumerate(centroids)], axis=1)
    parts = [struct.pack("<?qqi", norms, n_rows, dim, codes.size), codes.tobytes()]
    parts.append(struct.pack("<iiii", dim, len(widths), width, widths[-1]))
    parts += [c.tobytes() for c in centroids]
    if norms:
        norm_codes = random.integers(0, 256, n_rows, np.uint8)
        norm_values = random.standard_normal(256).astype("<f4")
        parts += [norm_codes.tobytes(), struct.pack("<iiii", 1, 1, 1, 1), norm_values.tobytes()]
        matrix = matrix * norm_values[norm_codes, None]
    return b"".join(parts), matrix


@BOTH_WAYS
@pytest.mark.parametrize(("width", "norms"), [(2, False), (3, True), (1, True), (9, False)])
def test_quantised_tables_are_put_together(tmp_path, width, norms, memory_map):
    quantised, matrix = quantised_bytes(len(WORDS) + 40, 5, min(width, 5), norms)
    if width == 9:  # wider than a row, as fastText writes it then
        quantised = quantised.replace(
            struct.pack("<iiii", 5, 1, 5, 5), struct.pack("<4i", 5, 1, 9, 5)
        )
    path = tmp_path / "toy.ftz"
    path.write_bytes(file_bytes(matrix, quantised=quantised, model=3, labels=["__label__a"]))
    check_vectors(load(path, memory_map=memory_map), matrix)


@BOTH_WAYS
def test_a_selection_of_words_keeps_all_ngrams(path, table, memory_map):
    chosen = load(path, words=["fever", "a", "unheard"], memory_map=memory_map)
    assert chosen.vocabulary.words == ["fever", "a"]
    assert chosen.vocabulary.counts.tolist() == [5, 1]
    first = load(path, limit=2, memory_map=memory_map)
    assert first.vocabulary.words == WORDS[:2]
    whole = load(path)
    for embedding in (chosen, first):
        np.testing.assert_array_equal(embedding["coughing"], whole["coughing"])
        for word in embedding.vocabulary.words:
            np.testing.assert_array_equal(embedding[word], whole[word])
    with pytest.raises(InputError, match="none of them chosen"):
        load(path, words=["unheard"], memory_map=memory_map)


@BOTH_WAYS
def test_ngrams_are_those_of_the_files_bytes(tmp_path, memory_map):
    words = ["kterž", "více", "ú"]
    table = random_table(3 + 40)
    path = tmp_path / "toy.bin"
    path.write_bytes(file_bytes(table, words, [3, 2, 1], encoding="cp852"))
    embedding = load(path, encoding="cp852", memory_map=memory_map)
    assert embedding.vocabulary.words == words
    check_vectors(embedding, table, words, ["kterú", "žíž"], encoding="cp852")
    with pytest.warns(DataWarning, match="3 words are not utf-8"):
        escaped = load(path, memory_map=memory_map)
    assert escaped.vocabulary.words == [r"kter\xa7", r"v\xa1ce", r"\xa3"]
    np.testing.assert_array_equal(escaped.vectors, embedding.vectors)


def test_compressed_files_are_read_through(tmp_path, path, table):
    packed = tmp_path / "toy.bin.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    for memory_map in (False, True):
        embedding = load(packed, memory_map=memory_map)
        assert embedding.name == "toy"
        check_vectors(embedding, table)


@BOTH_WAYS
def test_the_output_table_is_never_read(path, table, memory_map):
    content = path.read_bytes()
    path.write_bytes(content[: -4 * 3 * len(WORDS) - 17])
    check_vectors(load(path, memory_map=memory_map), table)


def test_a_mapped_file_reads_what_is_used_and_nothing_else(path, monkeypatch):
    embedding = load(path, memory_map=True).replaced(pooling="sum")
    monkeypatch.setattr(LazyVectors, "all", lambda self: pytest.fail("all rows were asked for"))
    whole = load(path)
    texts = ["cough naïve coughing", "", "fever x y fever", "日本"]
    np.testing.assert_allclose(embedding["cough"], whole["cough"], rtol=1e-6)
    for pooling in ("mean", "sum", "max", "sif"):
        found, wanted = embedding.embed(texts, pooling), whole.embed(texts, pooling)
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)
    tokens, wanted = embedding.embed_tokens(texts), whole.embed_tokens(texts)
    assert tokens.tokens == wanted.tokens
    np.testing.assert_allclose(tokens.vectors, wanted.vectors, rtol=1e-5, atol=1e-6)


def test_who_asks_for_all_vectors_of_a_mapped_file_gets_them(path):
    embedding, whole = load(path, memory_map=True), load(path)
    np.testing.assert_array_equal(embedding.vectors, whole.vectors)
    assert embedding.vectors is embedding.vectors
    np.testing.assert_array_equal(embedding.subwords.vectors, whole.subwords.vectors)


def test_many_words_are_composed_block_by_block(tmp_path, monkeypatch, table):
    monkeypatch.setattr("wordloom.formats.fasttext.vectors.WORDS_AT_ONCE", 2)
    monkeypatch.setattr("wordloom.formats.fasttext.binary.BLOCK", 24)
    path = tmp_path / "toy.bin"
    path.write_bytes(file_bytes(table))
    for memory_map in (False, True):
        check_vectors(load(path, memory_map=memory_map), table)


@BOTH_WAYS
def test_the_first_of_repeated_words_stays(tmp_path, memory_map):
    path = tmp_path / "toy.bin"
    path.write_bytes(file_bytes(random_table(3 + 40), ["b", "a", "b"], [3, 2, 1]))
    with pytest.warns(DataWarning, match="1 words occur again"):
        embedding = load(path, memory_map=memory_map)
    assert embedding.vocabulary.words == ["b", "a"]
    assert embedding.vectors.shape == (2, 3)
    assert embedding.vocabulary.counts.tolist() == [3, 2]


@pytest.mark.parametrize("row", [2, 30])
def test_nan_is_refused(tmp_path, table, row):
    table[row, 1] = np.nan
    path = tmp_path / "toy.bin"
    path.write_bytes(file_bytes(table))
    with pytest.raises(FormatError, match=r"toy\.bin is damaged.* holds NaN or infinity"):
        load(path)


def test_the_row_of_nan_is_counted_from_the_start_of_the_table(tmp_path, monkeypatch, table):
    monkeypatch.setattr("wordloom.formats.fasttext.binary.BLOCK", 24)
    table[3, 1] = np.nan
    path = tmp_path / "toy.bin"
    path.write_bytes(file_bytes(table))
    with pytest.raises(FormatError, match="row 1 of its table from row 2 on holds NaN"):
        load(path)


def test_the_first_words_of_a_file_without_ngrams_are_read_no_further(tmp_path, monkeypatch):
    monkeypatch.setattr("wordloom.formats.fasttext.binary.BLOCK", 12)
    table = random_table(len(WORDS))
    table[1] = np.nan
    path = tmp_path / "toy.bin"
    path.write_bytes(file_bytes(table, n_buckets=0, min_n=0, max_n=0))
    assert np.array_equal(load(path, limit=1).vectors, table[:1])


def test_counts_are_not_known_where_the_text_has_no_tokens(tmp_path, table):
    content = bytearray(file_bytes(table))
    content[76:84] = bytes(8)
    path = tmp_path / "toy.bin"
    path.write_bytes(content)
    assert not load(path).vocabulary.counts.any()


def test_files_are_recognised_by_their_start(table):
    for version in (0, 11, 12):
        assert is_fasttext(file_bytes(table, version=version))
    for start in (b"", b"\0" * 200, b"7 3\ncough 1 2 3\n" * 20, bytes(range(256)), b"PAR1" * 30):
        assert not is_fasttext(start)


# The integers of the header: magic and version, settings, sizes of the dictionary, in bytes.
FIELDS = [(0, 4), (4, 4), *((8 + 4 * i, 4) for i in range(12)), (56, 8)]
FIELDS += [(64, 4), (68, 4), (72, 4), (76, 8), (84, 8)]


@BOTH_WAYS
@pytest.mark.parametrize(("place", "size"), FIELDS)
def test_hostile_sizes_are_refused_before_memory_is_taken(tmp_path, table, place, size, memory_map):
    content = file_bytes(table, labels=["__label__a"], model=3)
    packed = tmp_path / "toy.bin.gz"
    tracemalloc.start()
    for value in (-1, -(2 ** (8 * size - 1)), 2 ** (8 * size - 1) - 1, 0):
        changed = bytearray(content)
        changed[place : place + size] = value.to_bytes(size, "little", signed=True)
        path = tmp_path / "toy.bin"
        path.write_bytes(changed)
        packed.write_bytes(gzip.compress(changed))
        for file in (path, packed):
            check_outcome(file, memory_map)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50e6


def check_outcome(path, memory_map=False):
    """A damaged file gives an embedding or an error that names it; nothing else."""
    content = open_content(path)
    for format_ in FORMATS:
        format_.recognises(content)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", DataWarning)
        try:
            embedding = load(path, format="fasttext", memory_map=memory_map)
            assert len(embedding.vectors) == len(embedding.vocabulary.words)
            embedding.embed(["coughing fever"])
        except WordloomError as error:
            assert isinstance(error, FormatError)
            assert path.name in str(error)


@pytest.mark.parametrize("quantise", [False, True])
def test_files_that_are_cut_short_are_refused(tmp_path, quantise):
    quantised, matrix = quantised_bytes(5, 2, 1, norms=True)
    kept = [(3, 1), (5, 0), (8, 2)]
    content = file_bytes(
        matrix,
        ["a", "</s>"],
        [2, 1],
        labels=["__label__a"],
        pruned=kept,
        quantised=quantised if quantise else None,
        output_rows=0,
    )
    path = tmp_path / "toy.bin"
    # Within the long codebook every 256th byte stands for all.
    for end in sorted(
        {*range(400), *range(400, len(content), 256), *range(len(content) - 17)[-40:]}
    ):
        if end < len(content) - 17:
            path.write_bytes(content[:end])
            with pytest.raises(FormatError, match=r"toy\.bin"):
                load(path, format="fasttext")


@given(st.data())
def test_single_bytes_that_changed_are_noticed_or_harmless(data):
    quantise = data.draw(st.booleans())
    quantised, matrix = quantised_bytes(5, 2, 1, norms=True)
    content = bytearray(
        file_bytes(
            matrix,
            ["a", "</s>"],
            [2, 1],
            version=data.draw(st.sampled_from([0, 12])) if not quantise else 12,
            labels=["__label__a"],
            pruned=[(3, 1), (5, 0), (8, 2)] if quantise else None,
            n_buckets=40 if quantise else 3,
            quantised=quantised if quantise else None,
        )
    )
    place = data.draw(st.integers(0, min(len(content), 400) - 1))
    content[place] = data.draw(st.integers(0, 255))
    with TemporaryDirectory() as folder:
        path = Path(folder, "toy.bin")
        path.write_bytes(content)
        check_outcome(path, data.draw(st.booleans()))


@given(st.binary(max_size=300))
def test_junk_is_refused(junk):
    with TemporaryDirectory() as folder:
        path = Path(folder, "toy.bin")
        path.write_bytes(struct.pack("<ii", MAGIC, 12) + junk)
        with pytest.raises(FormatError, match=r"toy\.bin"):
            load(path)


SENTENCES = [
    f"{stem}{ending} and a dry naïve {stem} of 日本 with {other}{ending}"
    for stem in ("cough", "fever", "infection", "patient", "lung")
    for other in ("treat", "virus", "été", "x-ray", "cell")
    for ending in ("", "s", "ing", "ed")
]


def train(tmp_path, kind, **settings):
    """Train with the fastText package."""
    fasttext = pytest.importorskip("fasttext")
    text = tmp_path / "text.txt"
    labelled = [f"__label__{i % 3} {sentence}" for i, sentence in enumerate(SENTENCES)]
    text.write_text("\n".join(labelled if kind == "supervised" else SENTENCES), "utf-8")
    trainer = getattr(fasttext, f"train_{kind}")
    usual = {"dim": 8, "epoch": 2, "bucket": 500, "minCount": 1, "thread": 1, "verbose": 0}
    return trainer(str(text), **(usual | settings)), text


@BOTH_WAYS
@pytest.mark.parametrize(
    ("kind", "settings", "quantisation"),
    [
        ("unsupervised", {}, None),
        ("unsupervised", {"minn": 1, "maxn": 3, "model": "cbow", "loss": "hs"}, None),
        ("unsupervised", {"minn": 0, "maxn": 0}, None),
        ("supervised", {"wordNgrams": 2}, None),
        ("supervised", {"minn": 2, "maxn": 4}, None),
        ("supervised", {"minn": 2, "maxn": 4}, {}),
        ("supervised", {"minn": 2, "maxn": 4, "dim": 7}, {"cutoff": 320, "qnorm": True, "dsub": 3}),
    ],
)
def test_vectors_equal_those_of_the_fasttext_package(
    tmp_path, kind, settings, quantisation, memory_map
):
    model, text = train(tmp_path, kind, **settings)
    if quantisation is not None:
        model.quantize(str(text), retrain=False, **quantisation)
    path = tmp_path / "model.bin"
    model.save_model(str(path))
    embedding = load(path, memory_map=memory_map)
    assert embedding.vocabulary.words == model.get_words()
    check_against(model, embedding)


def check_against(model, embedding, unknown=(*UNKNOWN, "infectiology", "ÉTÉ")):
    for words in (embedding.vocabulary.words, list(unknown)):
        found, known = embedding.word_vectors(words)
        wanted = np.array([model.get_word_vector(word) for word in words])
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-6)
        assert not wanted[~known].any()


@pytest.fixture
def real():
    return Path(os.environ["WORDLOOM_DATA"], "vectors", "fasttext")


@pytest.mark.data
@BOTH_WAYS
def test_a_real_file_gives_the_vectors_of_its_text_twin(real, memory_map):
    embedding = load(real / "crime-and-punishment.bin", memory_map=memory_map)
    lines = (real / "crime-and-punishment.vec").read_text("utf-8").splitlines()[1:]
    assert embedding.vocabulary.words == [line.split(" ")[0] for line in lines]
    wanted = np.array([line.split()[1:] for line in lines], np.float32)
    # Text has five digits.
    np.testing.assert_allclose(embedding.vectors, wanted, rtol=1e-4, atol=1e-6)


@pytest.mark.data
@BOTH_WAYS
@pytest.mark.parametrize("name", ["lee_fasttext_new", "crime-and-punishment"])
def test_real_files_equal_the_fasttext_package(real, name, memory_map):
    fasttext = pytest.importorskip("fasttext")
    path = real / f"{name}.bin"
    check_against(fasttext.load_model(str(path)), load(path, memory_map=memory_map))


@pytest.mark.data
@BOTH_WAYS
@pytest.mark.parametrize(
    ("name", "encoding"), [("cp852_fasttext", "cp852"), ("non_ascii_fasttext", "utf-8")]
)
def test_odd_encodings_equal_the_fasttext_package(tmp_path, real, name, encoding, memory_map):
    """These files have no version, which the package demands: it gets them with one."""
    fasttext = pytest.importorskip("fasttext")
    path = real / f"{name}.bin"
    embedding = load(path, encoding=encoding, memory_map=memory_map)
    content = path.read_bytes()
    tables = 56 + 20 + sum(len(word.encode(encoding)) + 10 for word in embedding.vocabulary.words)
    rows, dim = struct.unpack_from("<qq", content, tables)
    output = tables + 16 + 4 * rows * dim
    signed = [struct.pack("<ii", MAGIC, 12), content[:76], struct.pack("<q", -1)]
    signed += [content[76:tables], b"\0", content[tables:output], b"\0", content[output:]]
    new = tmp_path / "new.bin"
    new.write_bytes(b"".join(signed))
    model = fasttext.load_model(str(new))
    for word in [*embedding.vocabulary.words, "žluťoučký", "kůň", "nejneobhospodařovávanějšímu"]:
        wanted = model.get_word_vector(word.encode(encoding))
        np.testing.assert_allclose(embedding[word], wanted, rtol=0, atol=1e-6)
