"""Best matches between keyword lists, and the best of many scores."""

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import kernel
from wordloom.kernels.heap import replace_worst

__all__ = ["best_match_scores", "keep_best"]


@kernel
def best_match_scores(
    cosines: NDArray[np.float32],
    left_members: NDArray[np.int32],
    left_splits: NDArray[np.int64],
    left_weights: NDArray[np.float32],
    right_members: NDArray[np.int32],
    right_splits: NDArray[np.int64],
    right_weights: NDArray[np.float32],
    scores: NDArray[np.float32],
) -> None:
    """Score each left document against each right one by best-match alignment.

    Each keyword meets its closest one on the other side; the (weighted) means of both directions
    are averaged. What a left keyword finds in a right document is worked out once for all left
    documents that have the keyword.

    Args:
        cosines: float32 (n_left_keywords, n_right_keywords).
        left_members: int32, the keywords of one left document after the other, as rows of
            `cosines`.
        left_splits: int64 (n_left + 1,), where each document starts in `left_members`.
        left_weights: float32 (n_left_keywords,), positive.
        right_members: int32, the same for the right documents, as columns of `cosines`.
        right_splits: int64 (n_right + 1,).
        right_weights: float32 (n_right_keywords,), positive.
        scores: float32 (n_left, n_right), written; 0 where a document has no keyword.
    """
    n_left, n_right = len(left_splits) - 1, len(right_splits) - 1
    n_rows, n_columns = cosines.shape
    closest = np.empty((n_rows, n_right), np.float32)
    # Four rows at a time, so that the places are read and the short loops begun a quarter as often.
    whole = n_rows - n_rows % 4
    for row in range(0, whole, 4):
        a, b, c, d = cosines[row], cosines[row + 1], cosines[row + 2], cosines[row + 3]
        for right in range(n_right):
            p = q = r = s = np.float32(-np.inf)
            for place in range(right_splits[right], right_splits[right + 1]):
                column = right_members[place]
                if a[column] > p:
                    p = a[column]
                if b[column] > q:
                    q = b[column]
                if c[column] > r:
                    r = c[column]
                if d[column] > s:
                    s = d[column]
            closest[row, right] = p
            closest[row + 1, right] = q
            closest[row + 2, right] = r
            closest[row + 3, right] = s
    for row in range(whole, n_rows):
        for right in range(n_right):
            p = np.float32(-np.inf)
            for place in range(right_splits[right], right_splits[right + 1]):
                if cosines[row, right_members[place]] > p:
                    p = cosines[row, right_members[place]]
            closest[row, right] = p
    # Weights lie as the members do, divided by their document's sum.
    shares = np.empty(len(right_members), np.float32)
    for right in range(n_right):
        total = np.float32(0.0)
        for place in range(right_splits[right], right_splits[right + 1]):
            total += right_weights[right_members[place]]
        for place in range(right_splits[right], right_splits[right + 1]):
            shares[place] = right_weights[right_members[place]] / total
    nearest = np.empty(n_columns, np.float32)
    forward = np.empty(n_right, np.float32)
    for left in range(n_left):
        first, last = left_splits[left], left_splits[left + 1]
        if first == last:
            scores[left] = 0.0
            continue
        nearest[:] = -np.inf
        forward[:] = 0.0
        left_total = np.float32(0.0)
        for place in range(first, last):
            row = left_members[place]
            weight = left_weights[row]
            left_total += weight
            for column in range(n_columns):
                if cosines[row, column] > nearest[column]:
                    nearest[column] = cosines[row, column]
            for right in range(n_right):
                forward[right] += weight * closest[row, right]
        for right in range(n_right):
            start, end = right_splits[right], right_splits[right + 1]
            if start == end:
                scores[left, right] = 0.0
                continue
            backward = np.float32(0.0)
            for place in range(start, end):
                backward += shares[place] * nearest[right_members[place]]
            both = np.float32(0.5) * (forward[right] / left_total + backward)
            # A cosine is above 1 by rounding at most.
            scores[left, right] = min(both, np.float32(1.0))


@kernel
def keep_best(
    scores: NDArray[np.float32],
    first_left: int,
    first_right: int,
    n_names: int,
    one_heap: bool,
    left_best: NDArray[np.float32],
    left_names: NDArray[np.int64],
    right_best: NDArray[np.float32],
    right_names: NDArray[np.int64],
) -> None:
    """Keep the best scores of documents, or of pairs of documents, in heaps.

    A heap is a row of scores with the worst at its front, filled with -infinity to begin with.
    Scores of 0 stand for nothing in common and are passed over, as are those of a document with
    itself and, where the two blocks are the same, the second of each pair.

    Args:
        scores: float32 (n_left, n_right), each left document against each right one.
        first_left: The number of the first left document; below 0 where the left ones are not
            documents of the collection, so that nothing is passed over.
        first_right: The number of the first right document.
        n_names: How many documents there are: a pair is named left * n_names + right.
        one_heap: Keep the best pairs, in the only row of `left_best`; else the best documents for
            each left document and, unless `right_best` has no rows, for each right one.
        left_best: float32 (n_left or 1, count), heaps.
        left_names: int64 of the same shape, what the scores belong to.
        right_best: float32 (n_right or 0, count), heaps.
        right_names: int64 of the same shape.
    """
    both_ways = len(right_best) > 0
    for left in range(scores.shape[0]):
        heap = 0 if one_heap else left
        start = 0
        if first_left == first_right:
            start = left + 1
        for right in range(start, scores.shape[1]):
            score = scores[left, right]
            if score == 0.0:
                continue
            name = first_right + right
            if one_heap:
                name += (first_left + left) * n_names
            worst = left_best[heap, 0]
            if score > worst or (score == worst and name < left_names[heap, 0]):
                replace_worst(left_best[heap], left_names[heap], score, name)
            if both_ways:
                other = first_left + left
                worst = right_best[right, 0]
                if score > worst or (score == worst and other < right_names[right, 0]):
                    replace_worst(right_best[right], right_names[right], score, other)
