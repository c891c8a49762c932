"""The best answers to many analogy questions at once.

Thousands of questions are made of a few hundred words. So the cosines of these words with a block
of candidates are computed once, as one matrix product; then each question adds (or multiplies)
three rows of the result, which lie in cache.
"""

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import kernel
from wordloom.kernels.matrix_product import add_product

__all__ = ["BLOCK", "EPSILON", "best_answers"]

BLOCK = 128
"""How many candidates are looked at a time."""

EPSILON = 0.001
"""What keeps 3CosMul from dividing by zero (Levy and Goldberg 2014)."""


@kernel
def best_answers(
    vectors: NDArray[np.float32],
    candidates: NDArray[np.int32],
    inverse: NDArray[np.float32],
    used: NDArray[np.float32],
    questions: NDArray[np.int32],
    inputs: NDArray[np.int32],
    multiply: bool,
    block: NDArray[np.float32],
    products: NDArray[np.float32],
    inverted: NDArray[np.float32],
    values: NDArray[np.float32],
    answers: NDArray[np.int32],
) -> None:
    """Find d of each question "a is to b as c is to d"; of equal scores the smallest id wins.

    Args:
        vectors: float32 (n_words, dim).
        candidates: int32 (n_candidates,), rising: the words that may be found.
        inverse: float32 (n_candidates,), one over their lengths.
        used: float32 (round_up(n_used), row_length(dim)), of length one: the questions' words.
        questions: int32 (n_questions, 3), their rows in `used`: a, b, c.
        inputs: int32 (n_questions, 3), their ids, which are no answers.
        multiply: Whether the score is 3CosMul; else it is 3CosAdd.
        block: float32 (dim, row_length(BLOCK)), room.
        products: float32 (round_up(n_used), row_length(BLOCK)), room.
        inverted: float32, room of the same shape for 3CosMul.
        values: float32 (n_questions,), changed: the best scores, at first -infinity.
        answers: int32 (n_questions,), changed: the best words, at first -1.
    """
    dim = vectors.shape[1]
    scores = np.empty(BLOCK, np.float32)
    one, half = np.float32(1), np.float32(0.5)
    for first in range(0, len(candidates), BLOCK):
        n = min(BLOCK, len(candidates) - first)
        for place in range(n):
            row, scale = vectors[candidates[first + place]], inverse[first + place]
            for axis in range(dim):
                block[axis, place] = row[axis] * scale
        products[:] = np.float32(0)
        add_product(products, used, block, len(used), n, dim)
        if multiply:
            for word in range(len(used)):
                line, below = products[word], inverted[word]
                for place in range(n):
                    line[place] = (line[place] + one) * half
                    below[place] = one / (line[place] + np.float32(EPSILON))
        for question in range(len(questions)):
            a, b, c = questions[question]
            plus, and_plus = products[b], products[c]
            floor = values[question]
            better = np.int32(0)
            if multiply:
                minus = inverted[a]
                for place in range(n):
                    scores[place] = plus[place] * and_plus[place] * minus[place]
                    better += np.int32(scores[place] > floor)
            else:
                minus = products[a]
                for place in range(n):
                    scores[place] = plus[place] + and_plus[place] - minus[place]
                    better += np.int32(scores[place] > floor)
            if better == 0:
                continue
            for place in range(n):
                if scores[place] > values[question]:
                    word = candidates[first + place]
                    if (
                        word != inputs[question, 0]
                        and word != inputs[question, 1]
                        and word != inputs[question, 2]
                    ):
                        values[question], answers[question] = scores[place], word
