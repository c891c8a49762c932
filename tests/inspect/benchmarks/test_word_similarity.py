import numpy as np
import pytest

from wordloom.datasets.benchmark_files import WordPairs
from wordloom.embedding.static import StaticEmbedding
from wordloom.embedding.subwords import Subwords
from wordloom.inspect.benchmarks.word_similarity import SimilarityBenchmark
from wordloom.kernels.subwords import ngram_buckets
from wordloom.text.batches import pack_texts
from wordloom.text.vocabulary import Vocabulary

WORDS = ["cough", "fever", "Rome", "[PAD]", "咳嗽"]
VECTORS = [[3, 0], [3, 4], [0, 2], [0, 0], [-1, 0]]


def benchmark(*pairs, match_case=False):
    left, right, scores = zip(*pairs, strict=True)
    return SimilarityBenchmark(WordPairs("toy", left, right, np.array(scores)), match_case)


@pytest.fixture
def embedding():
    return StaticEmbedding(Vocabulary.from_words(WORDS), VECTORS)


def test_a_pair_gets_its_cosine_and_the_first_word_counts(embedding):
    answers = benchmark(("cough", "fever", 9), ("fever", "rome", 2), ("咳嗽", "cough", 1)).answers(
        embedding
    )
    assert answers.values == pytest.approx([0.6, 0.8, -1.0])
    assert answers.covered.all()
    assert answers.in_vocabulary.all()


def test_a_pair_without_both_vectors_is_not_covered_and_has_similarity_0(embedding):
    answers = benchmark(("cough", "flu", 9), ("flu", "cold", 2), ("cough", "[PAD]", 1)).answers(
        embedding
    )
    assert answers.values.tolist() == [0, 0, 0]
    assert not answers.covered.any()


def test_a_vector_that_is_not_finite_is_none():
    embedding = StaticEmbedding(Vocabulary.from_words(["cough", "flu"]), [[1, 0], [np.inf, 1]])
    answers = benchmark(("cough", "flu", 9)).answers(embedding)
    assert (answers.values.tolist(), answers.covered.tolist()) == ([0], [False])


def test_case_can_be_made_to_count(embedding):
    pair = ("fever", "rome", 2)
    assert benchmark(pair).answers(embedding).covered.all()
    assert not benchmark(pair, match_case=True).answers(embedding).covered.any()


def test_unknown_words_are_composed_where_the_policy_says_so(embedding):
    coughs = pack_texts(["coughs"])
    _, buckets = ngram_buckets(coughs.data, coughs.offsets, 3, 3, 1000)
    used = np.unique(buckets)
    subwords = Subwords(3, 3, 1000, used, np.tile([0.0, 1.0], (len(used), 1)))
    lower = StaticEmbedding(
        Vocabulary.from_words(["cough", "fever"]), VECTORS[:2], oov="subwords", subwords=subwords
    )
    pairs = benchmark(("cough", "coughs", 9), ("fever", "COUGHS", 2), ("cough", "xyz", 0))
    answers = pairs.answers(lower)
    assert answers.values == pytest.approx([0.0, 0.8, 0.0])
    assert answers.covered.tolist() == [True, True, False]
    assert answers.in_vocabulary.tolist() == [False, False, False]
    assert not pairs.answers(lower.replaced(oov="skip")).covered.any()


def test_only_chosen_pairs_count():
    pairs = benchmark(("a", "b", 1), ("c", "d", 2), ("e", "f", 3), ("g", "h", 0))
    values, items = np.array([1.0, 2.0, 3.0, 9.0]), np.array([True, True, True, False])
    assert pairs.score(values, items) == 1.0
    assert pairs.score(values, np.ones(4, np.bool_)) == pytest.approx(-0.2)
    assert np.isnan(pairs.resampled(values[None], items, 5, 0)).all()
