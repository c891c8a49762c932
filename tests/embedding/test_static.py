import numpy as np
import pytest

from wordloom.embedding import static
from wordloom.embedding.pooling import POOLINGS
from wordloom.embedding.static import OOV_POLICIES, StaticEmbedding
from wordloom.embedding.subwords import Subwords
from wordloom.errors import InputError, UnknownWordError
from wordloom.kernels.subwords import ngram_buckets
from wordloom.text.batches import TextBatch
from wordloom.text.vocabulary import Vocabulary

TEXTS = [
    "The dry cough, the fever.",
    "",
    "quite unknown words",
    "Unknown cough and unknown fever: the lung!",
    "Don't; été 日 2020 snake_case",
    "Coughs, feverish coughs, and a dryly xyzzy: coughs.",
]


def variant(embedding, **changes):
    settings = {
        "oov": embedding.oov,
        "pooling": embedding.pooling,
        "subwords": embedding.subwords,
        **changes,
    }
    return StaticEmbedding(embedding.vocabulary, embedding.vectors, **settings)


def composed(embedding, word):
    """Return the mean of the vectors of a word's known n-grams, or None; from the definition."""
    subwords, raw = embedding.subwords, word.encode()
    sizes = subwords.min_n, subwords.max_n, subwords.n_buckets
    buckets = ngram_buckets(np.frombuffer(raw, np.uint8), np.array([0, len(raw)]), *sizes)[1]
    used = subwords.buckets.tolist()
    rows = [subwords.vectors[used.index(bucket)] for bucket in buckets if bucket in used]
    return np.mean(rows, axis=0) if rows else None


def unknown_vector(embedding, word):
    """Return what the OOV policy gives an unknown word, None for nothing."""
    if embedding.oov == "subwords":
        return composed(embedding, word)
    return np.zeros(embedding.dim) if embedding.oov == "zero" else None


def reference(embedding, text, pooling):
    """Pool one text with plain NumPy, from the definition."""
    vocabulary = embedding.vocabulary
    total, documents = vocabulary.counts.sum(), vocabulary.n_documents
    rows, weights, known = [], [], 0
    for word in embedding.tokenizer.tokenize(text):
        inside = word in vocabulary
        index = vocabulary[word] if inside else None
        row = embedding.vectors[index] if inside else unknown_vector(embedding, word)
        if row is None:
            continue
        known += row.any()
        rows.append(row)
        count = vocabulary.counts[index] if inside else 0
        with_word = vocabulary.document_counts[index] if inside else 0
        weights.append(
            np.log((1 + documents) / (1 + with_word)) + 1
            if pooling == "idf"
            else 1e-3 / (1e-3 + count / total)
        )
    if known == 0:
        return np.zeros(embedding.dim)
    rows, weights = np.array(rows, float), np.array(weights)
    return {
        "mean": lambda: rows.mean(axis=0),
        "sum": lambda: rows.sum(axis=0),
        "sqrtn": lambda: rows.sum(axis=0) / np.sqrt(len(rows)),
        "max": lambda: rows.max(axis=0),
        "idf": lambda: weights @ rows / weights.sum(),
        "sif": lambda: weights @ rows / len(rows),
    }[pooling]()


@pytest.mark.parametrize("oov", OOV_POLICIES)
@pytest.mark.parametrize("pooling", POOLINGS)
def test_embed_follows_the_definition(embedding, subwords, pooling, oov):
    embedding = variant(embedding, oov=oov, subwords=subwords)
    expected = [reference(embedding, text, pooling) for text in TEXTS]
    np.testing.assert_allclose(embedding.embed(TEXTS, pooling), expected, rtol=1e-5, atol=1e-6)


def test_the_embeddings_own_pooling_is_the_default(embedding):
    np.testing.assert_array_equal(
        variant(embedding, pooling="sqrtn").embed(TEXTS), embedding.embed(TEXTS, "sqrtn")
    )


@pytest.mark.parametrize("oov", OOV_POLICIES)
@pytest.mark.parametrize("pooling", POOLINGS)
def test_threads_and_blocks_do_not_change_the_result(
    embedding, subwords, pooling, oov, monkeypatch
):
    embedding = variant(embedding, oov=oov, subwords=subwords)
    random = np.random.default_rng(5)
    words = [*embedding.vocabulary.words, "unknown", "coughing", "feverish"]
    texts = [" ".join(random.choice(words, size)) for size in random.integers(0, 400, 300)]
    whole = embedding.embed(texts, pooling, threads=1)
    monkeypatch.setattr(static, "BLOCK_CHARACTERS", 1000)
    for threads in (1, 2, 5):
        np.testing.assert_array_equal(embedding.embed(texts, pooling, threads=threads), whole)


def test_no_texts_make_no_rows(embedding):
    assert embedding.embed([]).shape == (0, 7)
    assert embedding.embed_tokens([]).vectors.shape == (0, 7)


@pytest.mark.parametrize("oov", OOV_POLICIES)
def test_token_vectors_are_the_words_vectors(embedding, subwords, oov):
    embedding = variant(embedding, oov=oov, subwords=subwords)
    found = embedding.embed_tokens(TEXTS)
    assert len(found) == len(TEXTS)
    for number, text in enumerate(TEXTS):
        tokens = embedding.tokenizer.tokenize(text)
        expected = [
            (word, embedding[word] if word in embedding else unknown_vector(embedding, word))
            for word in tokens
        ]
        expected = [(word, vector) for word, vector in expected if vector is not None]
        assert found[number].tokens == [word for word, _ in expected]
        for vector, (_, row) in zip(found[number].vectors, expected, strict=True):
            np.testing.assert_allclose(vector, row, rtol=1e-6)
    with pytest.raises(IndexError):
        found[len(TEXTS)]


def test_words_are_looked_up_by_policy(embedding, vectors):
    np.testing.assert_array_equal(embedding["fever"], vectors[2])
    assert "fever" in embedding
    assert "Fever" not in embedding
    with pytest.raises(UnknownWordError, match="no vector for 'Fever'"):
        embedding["Fever"]
    assert issubclass(UnknownWordError, KeyError)
    np.testing.assert_array_equal(variant(embedding, oov="zero")["Fever"], np.zeros(7))


def test_unknown_words_are_composed_with_subwords_alone(embedding, subwords):
    able = variant(embedding, oov="subwords", subwords=subwords)
    np.testing.assert_allclose(able["coughs"], composed(able, "coughs"), rtol=1e-6)
    np.testing.assert_array_equal(able["cough"], embedding["cough"])
    assert "coughs" not in able
    vectors, known = able.word_vectors(["xyzzy", "coughs", "cough", "coughs"])
    assert known.tolist() == [False, True, True, True]
    np.testing.assert_array_equal(
        vectors, [np.zeros(7), able["coughs"], able["cough"], able["coughs"]]
    )
    with pytest.raises(UnknownWordError, match="no vector for 'xyzzy'"):
        able["xyzzy"]
    with pytest.raises(UnknownWordError, match="no vector for 'coughs'"):
        variant(able, oov="skip")["coughs"]
    np.testing.assert_array_equal(variant(able, oov="zero")["coughs"], np.zeros(7))


def test_each_distinct_unknown_token_is_composed_once(embedding, subwords, monkeypatch):
    composed_words = []
    original = Subwords.compose

    def watched(self, data, offsets):
        composed_words.extend(TextBatch(data[: offsets[-1]], offsets).texts())
        return original(self, data, offsets)

    monkeypatch.setattr(Subwords, "compose", watched)
    able = variant(embedding, oov="subwords", subwords=subwords)
    able.embed(["coughs, the coughs", "xyzzy and coughs", "dry cough"])
    assert composed_words == ["coughs", "xyzzy", "and"]
    composed_words.clear()
    variant(able, oov="skip").embed(["coughs"])
    assert composed_words == []


def test_subwords_stay_when_the_pooling_changes(embedding, subwords):
    able = variant(embedding, oov="subwords", subwords=subwords)
    fitted = able.with_common_component(["coughs and fevers", "the cough"])
    assert fitted.subwords is subwords
    np.testing.assert_array_equal(fitted["coughs"], able["coughs"])


def test_vectors_cannot_be_written(embedding):
    with pytest.raises(ValueError, match="read-only"):
        embedding.vectors[0, 0] = 1


def test_the_common_component_is_taken_out_of_sif_alone(embedding):
    texts = ["the dry cough", "the fever", "the lung and the cough"]
    fitted = embedding.with_common_component(texts)
    plain = embedding.embed(texts, "sif").astype(float)
    component = np.linalg.svd(plain, full_matrices=False)[2][0]
    expected = plain - np.outer(plain @ component, component)
    np.testing.assert_allclose(fitted.embed(texts), expected, atol=1e-6)
    np.testing.assert_array_equal(fitted.embed(texts, "mean"), embedding.embed(texts, "mean"))
    assert embedding.common_component is None
    again = fitted.with_common_component(texts)
    np.testing.assert_array_equal(again.common_component, fitted.common_component)
    with pytest.raises(InputError, match="none with a known word"):
        embedding.with_common_component(["nothing", ""])


@pytest.mark.parametrize("pooling", ["idf", "sif"])
def test_a_pooling_that_needs_counts_says_so(vectors, pooling):
    vocabulary = Vocabulary.from_words(map(str, range(len(vectors))))
    with pytest.raises(InputError, match=f"'{pooling}' needs to know .* Take pooling='mean'"):
        StaticEmbedding(vocabulary, vectors).embed(["1"], pooling)


def test_wrong_input_is_refused_with_the_rule(embedding, vectors):
    vocabulary = embedding.vocabulary
    with pytest.raises(InputError, match=r"one of skip, zero, subwords. Received: 'hash'"):
        StaticEmbedding(vocabulary, vectors, oov="hash")
    with pytest.raises(InputError, match=r"subwords=None\. Train with FastText"):
        StaticEmbedding(vocabulary, vectors, oov="subwords")
    with pytest.raises(InputError, match="7 numbers for a word and 2 for an n-gram"):
        StaticEmbedding(vocabulary, vectors, subwords=Subwords(3, 6, 9, [1], [[1, 2]]))
    with pytest.raises(InputError, match=r"one of mean, sum, .* Received: 'median'"):
        embedding.embed(["a"], "median")
    with pytest.raises(InputError, match=r"10 words and vectors of shape \(9, 7\)"):
        StaticEmbedding(vocabulary, vectors[1:])
    with pytest.raises(InputError, match="each of the 7 axes"):
        StaticEmbedding(vocabulary, vectors, common_component=[1.0])
    with pytest.raises(InputError, match="A list of texts"):
        embedding.embed("the dry cough")
    for wrong in (["the", None], ["the", b"cough"]):
        with pytest.raises(InputError, match="Every text must be a str"):
            embedding.embed(wrong)
    with pytest.raises(InputError, match="At least 1 thread"):
        embedding.embed(["the"], threads=0)
