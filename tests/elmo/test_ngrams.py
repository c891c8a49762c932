import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wordloom.elmo.ngrams import discounts_of, ngram_perplexity


def pairs(text):
    return np.asarray(text[:-1], np.int32), np.asarray(text[1:], np.int32)


@given(st.lists(st.integers(0, 4), min_size=3, max_size=60), st.integers(0, 4))
def test_probabilities_of_all_that_may_follow_sum_to_one(text, context):
    """The perplexity of one prediction is 1 / its probability."""
    sums = np.zeros(2)
    for word in range(5):
        judged = np.array([context], np.int32), np.array([word], np.int32)
        sums += 1 / np.array(ngram_perplexity(pairs(text), judged, 5))
    np.testing.assert_allclose(sums, 1)


def test_three_discounts_follow_from_counts_of_counts():
    counts = np.repeat([1, 2, 3, 4], [8, 4, 2, 1])
    y = 8 / (8 + 2 * 4)
    expected = [0, 1 - 2 * y * 4 / 8, 2 - 3 * y * 2 / 4, 3 - 4 * y * 1 / 2]
    np.testing.assert_allclose(discounts_of(counts), expected)


def test_bigrams_know_what_follows_what():
    random = np.random.default_rng(0)
    text = [0]
    for _ in range(4000):
        follows = [3 * text[-1] % 20, int(random.integers(20))]
        text.append(follows[int(random.random() < 0.2)])
    # Entropy of a step: the likely word, or one of 20.
    likely, other = 0.8 + 0.2 / 20, 0.2 / 20
    entropy = -likely * np.log(likely) - 19 * other * np.log(other)
    found = ngram_perplexity(pairs(text), pairs(text), 20)
    assert abs(np.log(found.bigram) - entropy) < 0.1
    assert found.unigram > found.bigram


def test_a_text_that_was_never_seen_is_one_of_all_words():
    found = ngram_perplexity((np.array([0]), np.array([1])), (np.array([2]), np.array([3])), 50)
    assert found.unigram > 50
