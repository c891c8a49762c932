import numpy as np
import pytest

from wordloom.kernels.document_vectors import CHUNK, train_documents

N_NGRAMS, DIM = 300, 20
SCALE, NEGATIVE = np.float32(6), np.float32(5)
WRAP = 1 << 64


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def below(state, bound):
    return ((state >> 32) * bound) >> 32


def following(state):
    return (state * 6364136223846793005 + 1442695040888963407) % WRAP


class Texts:
    """Documents of 5, no, 60 (more than a chunk) and 9 n-grams."""

    def __init__(self):
        random = np.random.default_rng(0)
        sizes = [5, 0, 60, 9]
        self.starts = np.cumsum([0, *sizes])
        self.ids = random.integers(0, N_NGRAMS, self.starts[-1]).astype(np.int32)
        self.vectors = unit(random.normal(size=(N_NGRAMS, DIM)))
        self.documents = unit(random.normal(size=(len(sizes), DIM)))
        self.table = random.permutation(np.arange(N_NGRAMS, dtype=np.int32).repeat(3))

    def train(self, order=(2, 0, 3, 1), rates=(0.2, 0.1), samples=8, seed=3):
        return train_documents(
            self.vectors,
            self.documents,
            self.ids,
            self.starts,
            np.array(order),
            self.table,
            SCALE,
            np.array(rates, np.float32),
            NEGATIVE,
            samples,
            np.uint64(seed),
        )


def reference(texts, order, rates, samples, seed):
    """The same in plain Python and float64: shuffled chunks, then negative samples, then a move."""
    vectors, documents = texts.vectors.astype(float), texts.documents.astype(float)
    state, loss = seed, 0.0
    for place, number in enumerate(order):
        rate = rates[0] + (rates[1] - rates[0]) * place / len(order)
        grams = texts.ids[texts.starts[number] : texts.starts[number + 1]].tolist()
        for at in range(len(grams) - 1):
            state = following(state)
            other = at + below(state, len(grams) - at)
            grams[at], grams[other] = grams[other], grams[at]
        for begin in range(0, len(grams), CHUNK):
            chunk = grams[begin : begin + CHUNK]
            pairs = [(gram, 1, 1.0) for gram in chunk]
            for _ in range(samples):
                state = following(state)
                gram = int(texts.table[below(state, len(texts.table))])
                pairs.append((gram, -1, float(NEGATIVE) * len(chunk) / samples))
            total = np.zeros(DIM)
            for gram, sign, weight in pairs:
                margin = sign * float(SCALE) * (vectors[gram] @ documents[number])
                step = rate * weight * float(SCALE) * sign / (1 + np.exp(margin))
                loss += weight * np.log1p(np.exp(-margin))
                total += step * vectors[gram]
                vectors[gram] += step * documents[number]
                vectors[gram] /= np.linalg.norm(vectors[gram])
            documents[number] += total
            documents[number] /= np.linalg.norm(documents[number])
    return vectors, documents, loss


def test_training_equals_the_reference():
    texts, order, rates = Texts(), (2, 0, 3, 1), (0.2, 0.1)
    vectors, documents, expected = reference(texts, order, rates, 8, 3)
    loss = texts.train(order, rates)
    np.testing.assert_allclose(texts.vectors, vectors, atol=1e-4)
    np.testing.assert_allclose(texts.documents, documents, atol=1e-4)
    assert loss == pytest.approx(expected, rel=1e-4)


def test_only_the_documents_asked_for_move():
    texts, before = Texts(), Texts().documents
    texts.train(order=(0, 3))
    moved = np.any(texts.documents != before, axis=1)
    assert moved.tolist() == [True, False, False, True]


def test_lengths_stay_one_at_any_rate():
    texts = Texts()
    for seed in range(20):
        texts.train(rates=(5.0, 0.0), seed=seed)
    np.testing.assert_allclose(np.linalg.norm(texts.vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(texts.documents, axis=1), 1, atol=1e-5)


def test_ngrams_change_their_order_but_never_their_document():
    texts, before = Texts(), Texts().ids
    texts.train()
    assert not np.array_equal(texts.ids, before)
    for first, last in zip(texts.starts[:-1], texts.starts[1:], strict=True):
        assert sorted(texts.ids[first:last]) == sorted(before[first:last])


def test_ngrams_come_to_lie_nearest_to_the_document_that_holds_them():
    texts = Texts()
    texts.ids[:] = np.arange(len(texts.ids))
    for seed in range(300):
        texts.train(rates=(0.004, 0.004), samples=100, seed=7919 * seed + 1)
    cosines = texts.vectors[texts.ids] @ texts.documents[[0, 2, 3]].T
    owner = np.repeat([0, 1, 2], [5, 60, 9])
    assert np.mean(cosines.argmax(axis=1) == owner) > 0.9
