"""Analogies: a is to b as c is to what?"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError
from wordloom.inspect.neighbors import Neighbor, NeighborIndex, as_neighbors, in_parts
from wordloom.inspect.queries import query_vectors, unit_vectors
from wordloom.kernels.analogies import BLOCK, EPSILON, best_answers
from wordloom.kernels.compile import read_only
from wordloom.kernels.matrix_product import round_up, row_length

__all__ = ["METHODS", "analogy", "solve_analogies"]

METHODS = ("3cosadd", "3cosmul")
"""How an answer is scored: by a sum or by a product of cosines."""


def analogy(
    embedding: StaticEmbedding,
    positive: Sequence[str],
    negative: Sequence[str] = (),
    count: int = 10,
    *,
    method: str = "3cosadd",
    max_rank: int | None = None,
) -> list[Neighbor]:
    """Find the words that are near some words and far from others.

    "a is to b as c is to what?" has the positive words b and c and the negative word a.

    - 3cosadd (Mikolov et al. 2013): the cosine with the sum of the positive words' unit vectors
      less the negative ones'.
    - 3cosmul (Levy and Goldberg 2014): the product of (cos + 1) / 2 with the positive words,
      divided by the product of (cos + 1) / 2 + 0.001 with the negative ones. No single word can
      decide alone.

    Args:
        embedding: The word vectors.
        positive: Words that the answer should be near.
        negative: Words that it should be far from.
        count: How many answers to give.
        method: "3cosadd" or "3cosmul".
        max_rank: Only this many of the most frequent words can be answers; None allows all.

    Returns:
        The answers, the best first, without the words of the question; `similarity` is the score.

    Raises:
        InputError: A word has no vector, there is no word, a name is unknown, or a number is
            below 1.

    Example:
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> vocabulary = Vocabulary.from_words(["man", "woman", "king", "queen", "egg"])
        >>> vectors = [[1, 0, 0], [1, 1, 0], [1, 0, 1], [1, 1, 1], [-1, 0, 0]]
        >>> embedding = StaticEmbedding(vocabulary, vectors)
        >>> [near.word for near in analogy(embedding, ["king", "woman"], ["man"])]
        ['queen', 'egg']
    """
    check_method(method)
    words = [*as_list(positive), *as_list(negative)]
    if not words:
        raise InputError("An analogy needs a word to be near to or far from. Received: none.")
    vectors, own = query_vectors(embedding, words)
    units = unit_vectors(vectors)
    index = NeighborIndex(embedding, max_rank)
    if method == "3cosadd":
        signs = np.repeat([1.0, -1.0], [len(positive), len(negative)])
        found = index.nearest((signs @ units)[None], count, own[None])
        return as_neighbors(embedding, *found)[0]
    if count < 1:
        raise InputError(f"At least 1 answer can be asked for. Received: count={count}.")
    cosines = embedding.vectors[: len(index.candidates)] @ units.T * index.scales[:, None]
    shifted = (cosines + 1) / 2
    scores = shifted[:, : len(positive)].prod(axis=1)
    scores /= (shifted[:, len(positive) :] + np.float32(EPSILON)).prod(axis=1)
    scores[np.isin(index.candidates, own)] = -np.inf
    best = np.lexsort((index.candidates, -scores))[: min(count, len(scores))]
    best = best[scores[best] > -np.inf]
    return as_neighbors(embedding, scores[None, best], index.candidates[None, best])[0]


def solve_analogies(
    embedding: StaticEmbedding,
    questions: NDArray[np.int64],
    method: str = "3cosadd",
    max_rank: int | None = None,
) -> NDArray[np.int64]:
    """Answer many questions "a is to b as c is to what?" at once.

    Args:
        embedding: The word vectors.
        questions: int64 (n_questions, 3), the ids of a, b and c.
        method: "3cosadd" or "3cosmul", as `analogy` explains them.
        max_rank: Only this many of the most frequent words can be answers; None allows all.

    Returns:
        int64 (n_questions,), the id of the best answer that is not a word of the question; -1
        where there is none.

    Raises:
        InputError: The questions are not of that shape, an id is out of range, the method is
            unknown, or `max_rank` is below 1.

    Example:
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> vocabulary = Vocabulary.from_words(["man", "woman", "king", "queen", "egg"])
        >>> vectors = [[1, 0, 0], [1, 1, 0], [1, 0, 1], [1, 1, 1], [-1, 0, 0]]
        >>> embedding = StaticEmbedding(vocabulary, vectors)
        >>> solve_analogies(embedding, np.array([[0, 1, 2], [2, 3, 0]])).tolist()
        [3, 1]
    """
    check_method(method)
    asked = np.asarray(questions)
    n_words, dim = len(embedding), embedding.dim
    if asked.ndim != 2 or asked.shape[1] != 3 or asked.dtype.kind not in "iu":
        raise InputError(
            "Analogy questions are whole numbers of shape (n_questions, 3). "
            f"Received: {asked.dtype} of shape {asked.shape}."
        )
    if asked.size and not 0 <= asked.min() <= asked.max() < n_words:
        raise InputError(
            f"The words of questions are ids from 0 to {n_words - 1}. "
            f"Received: from {asked.min()} to {asked.max()}."
        )
    if not len(asked):
        return np.empty(0, np.int64)
    index = NeighborIndex(embedding, max_rank)
    used, rows = np.unique(asked, return_inverse=True)
    units = np.zeros((round_up(len(used)), row_length(dim)), np.float32)
    units[: len(used), :dim] = unit_vectors(embedding.vectors[used])
    places = read_only(rows.reshape(asked.shape).astype(np.int32))
    inputs = read_only(asked.astype(np.int32))

    def work(start: int, end: int) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        values = np.full(len(asked), -np.inf, np.float32)
        answers = np.full(len(asked), -1, np.int32)
        products = np.zeros((2, len(units), row_length(BLOCK)), np.float32)
        best_answers(
            embedding.vectors,
            index.candidates[start:end],
            index.scales[start:end],
            read_only(units),
            places,
            inputs,
            method == "3cosmul",
            np.zeros((dim, row_length(BLOCK)), np.float32),
            products[0],
            products[1],
            values,
            answers,
        )
        return values, answers

    _ = index.scales
    operations = len(index.candidates) * (len(used) * dim + 3 * len(asked))
    parts = in_parts(work, len(index.candidates), operations)
    # Of equal values the first is taken, which has the smaller id.
    best = np.array([values for values, _ in parts]).argmax(axis=0)
    found = np.array([answers for _, answers in parts], np.int64)
    answered: NDArray[np.int64] = found[best, np.arange(len(asked))]
    return answered


def check_method(method: str) -> None:
    """Refuse a method that does not exist."""
    if method not in METHODS:
        raise InputError(f"The method is one of {', '.join(METHODS)}. Received: {method!r}.")


def as_list(words: Sequence[str]) -> list[str]:
    """Return words as a list; a single str is refused."""
    if isinstance(words, str):
        raise InputError(f"A list of words is needed. Received: {words!r}. Write [word].")
    return list(words)
