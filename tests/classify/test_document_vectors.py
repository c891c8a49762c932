import numpy as np
import pytest

from wordloom.classify.document_vectors import DocumentModel, DocumentVectors, sampling_table
from wordloom.errors import FormatError, InputError, TrainingError
from wordloom.text.word_ngrams import WordNgrams

TRAINER = DocumentVectors(dim=16, epochs=30, learning_rate=0.02)
SYNONYMS = ["film movie", "car auto", "dog hound", "gun rifle", "hut cabin", "lad boy"]


@pytest.fixture(scope="module")
def ngrams():
    return WordNgrams(1)


@pytest.fixture(scope="module")
def counts(ngrams):
    """Texts on six topics; each text has one of two synonyms of its topic, never both."""
    random = np.random.default_rng(0)
    texts = []
    for place in range(600):
        topic = place % len(SYNONYMS)
        words = [f"w{topic}x{number}" for number in random.integers(0, 40, 12)]
        texts.append(" ".join([*words, random.choice(SYNONYMS[topic].split())]))
    return ngrams.learn(texts)


@pytest.fixture(scope="module")
def model(counts):
    return TRAINER.train(counts, threads=1)


def test_synonyms_that_never_meet_come_together_through_other_words(model, ngrams):
    words = " ".join(SYNONYMS).split()
    vectors = model.embed(ngrams.count(words))
    cosines, topics = vectors @ vectors.T, np.arange(len(words)) // 2
    same = topics[:, None] == topics
    assert cosines[same].min() > 0.6
    assert cosines[~same].max() < 0.5


def test_one_thread_gives_the_same_bits_for_the_same_seed(counts, model):
    assert np.array_equal(TRAINER.train(counts, threads=1).vectors, model.vectors)
    other = TRAINER.train(counts, threads=1, seed=1)
    assert not np.array_equal(other.vectors, model.vectors)


@pytest.mark.parametrize("threads", [1, 3])
def test_texts_of_a_topic_lie_together(counts, threads):
    vectors = TRAINER.train(counts, threads=threads).embed(counts)
    cosines, topics = vectors @ vectors.T, np.arange(len(counts)) % len(SYNONYMS)
    same = topics[:, None] == topics
    assert cosines[same].mean() > 0.7
    assert cosines[~same].mean() < 0.5


def test_vectors_have_length_one_and_are_zero_where_nothing_is_known(model, ngrams):
    found = model.embed(ngrams.count(["film", "", "green", "car w1x1 car"]))
    assert found.shape == (4, model.dim) == (4, 16)
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), [1, 0, 0, 1], atol=1e-5)


def test_a_text_has_the_direction_of_the_sum_of_its_ngrams(model, ngrams):
    counts = ngrams.count(["film movie w0x1 film"])
    total = model.vectors[counts.columns].sum(axis=0)
    assert len(counts.columns) == 3
    np.testing.assert_allclose(
        model.embed(counts)[0], total / np.linalg.norm(total), rtol=1e-4, atol=1e-6
    )


def test_a_text_has_the_same_vector_alone_and_among_others(model, ngrams):
    texts = ["film", "car w1x1", "", "movie w0x1 w0x2 movie", "auto"]
    together = model.embed(ngrams.count(texts))
    alone = np.concatenate([model.embed(ngrams.count([text])) for text in texts])
    assert np.array_equal(together, alone)


def test_no_text_has_no_vector(model, ngrams):
    assert model.embed(ngrams.count([])).shape == (0, 16)


def test_embedding_changes_nothing(model, counts):
    columns, vectors = counts.columns.copy(), model.vectors.copy()
    model.embed(counts)
    assert np.array_equal(counts.columns, columns)
    assert np.array_equal(model.vectors, vectors)


def test_negative_samples_are_drawn_by_counts_to_the_power_of_three_quarters():
    frequencies = np.array([1, 16, 81, 256])
    table = sampling_table(frequencies)
    expected = np.array([1, 8, 27, 64]) / 100
    np.testing.assert_allclose(np.bincount(table) / len(table), expected, atol=1 / len(table))


def test_comes_back_from_its_tensors(model, counts):
    again = DocumentModel.from_tensors(model.tensors(), counts.n_ngrams)
    assert np.array_equal(again.embed(counts), model.embed(counts))


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("documents.vectors", lambda vectors: vectors[1:]),
        ("documents.vectors", lambda vectors: vectors[0]),
        ("documents.vectors", lambda vectors: vectors * np.nan),
        ("documents.vectors", lambda vectors: vectors.astype(np.float64)),
    ],
)
def test_damaged_tensors_are_refused(model, counts, name, damage):
    tensors = model.tensors()
    with pytest.raises(FormatError, match="damaged"):
        DocumentModel.from_tensors(tensors | {name: damage(tensors[name])}, counts.n_ngrams)


def test_a_missing_tensor_is_named(counts):
    with pytest.raises(FormatError, match=r"documents\.vectors"):
        DocumentModel.from_tensors({}, counts.n_ngrams)


def test_texts_without_ngrams_are_refused():
    with pytest.raises(InputError, match="2 texts without any"):
        TRAINER.train(WordNgrams(1).learn(["", " "]))


def test_a_diverging_training_is_stopped(counts):
    with pytest.raises(TrainingError, match="Lower learning_rate"):
        DocumentVectors(dim=16, epochs=2, learning_rate=float("inf")).train(counts, threads=1)


def test_the_bar_reaches_its_end(counts, capsys):
    DocumentVectors(dim=16, epochs=1).train(counts, threads=1, progress=True)
    assert "Document vectors" in capsys.readouterr().err
