"""Linear support vector machines by dual coordinate descent, on weighted n-grams and vectors.

C.-J. Hsieh et al. (2008), A Dual Coordinate Descent Method for Large-scale Linear SVM, algorithm 1
with the squared hinge loss; the bias is one more feature of value 1, as in liblinear. A row is the
n-grams of a text, each counting as the square root of its weight and all divided by their length,
beside a row of dense features. No such matrix is ever written: for a label's own weights of
n-grams the sums run over the numbers of n-grams alone.
"""

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import kernel
from wordloom.kernels.negative_sampling import next_random, uniform_below

__all__ = ["add_ngram_scores", "row_lengths", "train_svm"]


@kernel
def row_lengths(
    starts: NDArray[np.int64],
    columns: NDArray[np.int32],
    weights: NDArray[np.float32],
    lengths: NDArray[np.float32],
) -> None:
    """Compute how long the rows of n-grams are.

    Args:
        starts: int64 (n_texts + 1,), where the n-grams of each text begin.
        columns: int32 (n_entries,), the n-grams of the texts.
        weights: float32 (n_ngrams,), the square of each n-gram's value.
        lengths: float32 (n_texts,), written: the Euclidean length of each row.
    """
    for text in range(len(starts) - 1):
        total = np.float32(0)
        for entry in range(starts[text], starts[text + 1]):
            total += weights[columns[entry]]
        lengths[text] = np.sqrt(total)


@kernel
def train_svm(
    starts: NDArray[np.int64],
    columns: NDArray[np.int32],
    weights: NDArray[np.float32],
    lengths: NDArray[np.float32],
    dense: NDArray[np.float32],
    texts: NDArray[np.int64],
    signs: NDArray[np.float32],
    costs: NDArray[np.float32],
    tolerance: float,
    max_epochs: int,
    seed: int,
    duals: NDArray[np.float64],
    ngram_weights: NDArray[np.float32],
    dense_weights: NDArray[np.float32],
) -> int:
    """Fit one label against the rest; goes on from the duals and weights that it is given.

    The score of a text is ``Σ ngram_weights[its n-grams] / length + dense · dense_weights + bias``.

    Args:
        starts: int64 (n_all + 1,), where the n-grams of each text begin.
        columns: int32 (n_entries,), the n-grams of the texts.
        weights: float32 (n_ngrams,), the square of each n-gram's value.
        lengths: float32 (n_all,), see `row_lengths`; 0 for texts without a weighted n-gram.
        dense: float32 (n_all, n_dense), the dense features.
        texts: int64 (n_texts,), which texts are trained on; written: their order changes.
        signs: float32 (n_all,), 1 for texts of the label, -1 for others.
        costs: float32 (n_all,), how much an error on each text costs (C).
        tolerance: Stop when the projected gradients of an epoch lie within this of each other.
        max_epochs: Times to go through the texts at most.
        seed: Seed of the order.
        duals: float64 (n_all,), changed; zeros to begin with.
        ngram_weights: float32 (n_ngrams,), changed; zeros to begin with.
        dense_weights: float32 (n_dense + 1,), changed; the last one is the bias.

    Returns:
        How many epochs it took.
    """
    state = next_random(np.uint64(seed))
    n_texts, n_dense = len(texts), dense.shape[1]
    active = n_texts
    highest_before = np.inf
    for epoch in range(max_epochs):
        highest, lowest = -np.inf, np.inf
        for place in range(active):
            state = next_random(state)
            other = place + uniform_below(state, active - place)
            texts[place], texts[other] = texts[other], texts[place]
        place = 0
        while place < active:
            text = texts[place]
            length = lengths[text]
            scale = 1 / length if length > 0 else np.float32(0)
            total, square = np.float32(0), np.float32(0)
            for entry in range(starts[text], starts[text + 1]):
                total += ngram_weights[columns[entry]]
            score = scale * total + dense_weights[n_dense]
            row = dense[text]
            for column in range(n_dense):
                score += row[column] * dense_weights[column]
                square += row[column] * row[column]
            sign, diagonal = signs[text], 0.5 / costs[text]
            gradient = sign * score - 1 + duals[text] * diagonal
            projected = gradient
            if duals[text] == 0:
                if gradient > highest_before:
                    # Bound to stay 0: out of the way until all others are settled.
                    active -= 1
                    texts[place], texts[active] = texts[active], texts[place]
                    continue
                projected = min(gradient, 0.0)
            highest, lowest = max(highest, projected), min(lowest, projected)
            if abs(projected) > 1e-12:
                before = duals[text]
                own = (1.0 if length > 0 else 0.0) + square + 1 + diagonal
                duals[text] = max(before - gradient / own, 0.0)
                step = np.float32((duals[text] - before) * sign)
                share = step * scale
                for entry in range(starts[text], starts[text + 1]):
                    ngram = columns[entry]
                    ngram_weights[ngram] += share * weights[ngram]
                for column in range(n_dense):
                    dense_weights[column] += step * row[column]
                dense_weights[n_dense] += step
            place += 1
        if highest - lowest <= tolerance:
            if active == n_texts:
                return epoch + 1
            active = n_texts
            highest_before = np.inf
            continue
        highest_before = highest if highest > 0 else np.inf
    return max_epochs


@kernel
def add_ngram_scores(
    starts: NDArray[np.int64],
    columns: NDArray[np.int32],
    weights: NDArray[np.float32],
    squares: NDArray[np.float32],
    scores: NDArray[np.float64],
) -> None:
    """Add to the scores of texts what their n-grams say for each label.

    Args:
        starts: int64 (n_texts + 1,), where the n-grams of each text begin.
        columns: int32 (n_entries,), the n-grams of the texts.
        weights: float32 (n_ngrams, n_labels), as `train_svm` learned them.
        squares: float32 (n_ngrams, n_labels), the squares of the n-grams' values.
        scores: float64 (n_texts, n_labels), changed.
    """
    n_labels = weights.shape[1]
    for text in range(len(starts) - 1):
        for label in range(n_labels):
            total, length = np.float32(0), np.float32(0)
            for entry in range(starts[text], starts[text + 1]):
                ngram = columns[entry]
                total += weights[ngram, label]
                length += squares[ngram, label]
            if length > 0:
                scores[text, label] += total / np.sqrt(length)
