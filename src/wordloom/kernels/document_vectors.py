"""Vectors of documents that tell which n-grams they hold, by the cosine.

Q. Le and T. Mikolov (2014), Distributed Representations of Sentences and Documents (PV-DBOW); with
n-grams, B. Li et al. (2015); with the cosine, T. Thongtan and T. Phienthrakul (2019), Sentiment
Classification Using Document Embeddings Trained with Cosine Similarity. All vectors keep length 1:
a step is taken along the plain gradient, and the vector is then put back on the sphere.

A document meets its n-grams in chunks. Within a chunk its vector stands still, and the steps of all
n-grams and of a few negative samples, each counting several times, are summed up for it.
"""

import math

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import inline_kernel, kernel
from wordloom.kernels.negative_sampling import next_random, uniform_below
from wordloom.kernels.prefetch import LINE, prefetch

__all__ = ["CHUNK", "train_documents"]

CHUNK = 48
AHEAD = 4
TINY = np.float32(1e-12)
TOWARDS, AWAY = np.float32(1), np.float32(-1)


@inline_kernel
def shuffle(ids: NDArray[np.int32], first: int, last: int, state: np.uint64) -> np.uint64:
    """Put a part of a list in random order."""
    for place in range(first, last - 1):
        state = next_random(state)
        other = place + uniform_below(state, last - place)
        ids[place], ids[other] = ids[other], ids[place]
    return state


@inline_kernel
def step_of(
    product: np.float32, sign: np.float32, scale: np.float32, rate: np.float32
) -> np.float32:
    """Return the step of a pair of vectors along each other, from their product."""
    odds = np.float32(math.exp(-sign * scale * product))
    return rate * scale * sign * odds / (1 + odds)


@inline_kernel
def loss_of(product: np.float32, sign: np.float32, scale: np.float32) -> np.float32:
    """Return the logistic loss of a pair of vectors."""
    return np.float32(math.log1p(math.exp(-sign * scale * product)))


@inline_kernel
def learn_pair(
    vectors: NDArray[np.float32],
    row: np.int64,
    document: NDArray[np.float32],
    total: NDArray[np.float32],
    sign: np.float32,
    scale: np.float32,
    rate: np.float32,
) -> np.float32:
    """Turn an n-gram and a document towards each other (sign 1) or away (-1); return the loss.

    The n-gram's vector takes its step at once, the document's is added to `total`.
    """
    vector = vectors[row]
    product, square = np.float32(0), np.float32(0)
    for column in range(len(total)):
        product += vector[column] * document[column]
        square += vector[column] * vector[column]
    step = step_of(product, sign, scale, rate)
    shrink = 1 / np.sqrt(max(square + step * step + 2 * step * product, TINY))
    for column in range(len(total)):
        total[column] += step * vector[column]
        vector[column] = (vector[column] + step * document[column]) * shrink
    return loss_of(product, sign, scale)


@inline_kernel
def move(document: NDArray[np.float32], total: NDArray[np.float32]) -> None:
    """Take the summed step, and return to length 1."""
    square = np.float32(0)
    for column in range(len(total)):
        document[column] += total[column]
        square += document[column] * document[column]
        total[column] = 0
    shrink = 1 / np.sqrt(max(square, TINY))
    for column in range(len(total)):
        document[column] *= shrink


@kernel
def train_documents(
    vectors: NDArray[np.float32],
    documents: NDArray[np.float32],
    ids: NDArray[np.int32],
    starts: NDArray[np.int64],
    order: NDArray[np.int64],
    table: NDArray[np.int32],
    scale: np.float32,
    rates: NDArray[np.float32],
    negative: np.float32,
    samples: int,
    seed: np.uint64,
) -> float:
    """Go once through documents, changing their vectors and those of n-grams.

    Args:
        vectors: float32 (n_ngrams, dim), of length 1 each; changed. Other threads may change them
            at the same time.
        documents: float32 (n_documents, dim), of length 1 each; changed.
        ids: int32 (n_entries,), the n-grams of each document; their order changes.
        starts: int64 (n_documents + 1,), where those of each document begin.
        order: int64, the documents to go through.
        table: int32, n-grams as often as they shall be drawn as negative samples.
        scale: What a cosine is multiplied by before the logistic function.
        rates: float32 (2,), the learning rates at the beginning and at the end, which the step of
            each pair of vectors follows linearly.
        negative: For how many negative samples those of a chunk stand, for each of its n-grams.
        samples: How many are drawn for a chunk.
        seed: Of the random draws.

    Returns:
        The summed loss.
    """
    dim, state = vectors.shape[1], seed
    total = np.zeros(dim, np.float32)
    loss = 0.0
    for place in range(len(order)):
        rate = rates[0] + (rates[1] - rates[0]) * np.float32(place / len(order))
        first, last = starts[order[place]], starts[order[place] + 1]
        document = documents[order[place]]
        state = shuffle(ids, first, last, state)
        for begin in range(first, last, CHUNK):
            end = min(begin + CHUNK, last)
            for entry in range(begin, end):
                if entry + AHEAD < last:
                    for column in range(0, dim, LINE):
                        prefetch(vectors, np.int64(ids[entry + AHEAD]), np.int64(column))
                row = np.int64(ids[entry])
                loss += float(learn_pair(vectors, row, document, total, TOWARDS, scale, rate))
            weight = negative * np.float32(end - begin) / np.float32(samples)
            for _ in range(samples):
                state = next_random(state)
                row = np.int64(table[uniform_below(state, len(table))])
                loss += float(weight) * float(
                    learn_pair(vectors, row, document, total, AWAY, scale, rate * weight)
                )
            move(document, total)
    return loss
