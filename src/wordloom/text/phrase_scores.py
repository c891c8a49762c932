"""How strongly two neighbours belong together: NPMI and the word2phrase score."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import InputError
from wordloom.text.vocabulary import Vocabulary

__all__ = ["DEFAULTS", "Score", "npmi", "word2phrase_score"]

DEFAULTS: Final = {"npmi": (0.6, 10), "word2phrase": (100.0, 5)}
"""The scorings with their default thresholds and least counts: for word2phrase those of the
program; for NPMI what keeps names and terms in reviews and papers, while most pairs of everyday
words, such as "this movie" (0.56), stay apart."""


def npmi(
    counts: NDArray[np.int64],
    left_counts: NDArray[np.int64],
    right_counts: NDArray[np.int64],
    n_tokens: int,
) -> NDArray[np.float64]:
    """Return normalised pointwise mutual information, ln(p(ab) / (p(a) p(b))) / -ln p(ab).

    From Bouma 2009. All probabilities are shares of the tokens. 1 means that neither word occurs
    without the other, 0 that the two are independent.

    Args:
        counts: int64 (n,), how often each pair occurs; at least 1 and less than `n_tokens`.
        left_counts: int64 (n,), how often its left word occurs.
        right_counts: int64 (n,), how often its right word occurs.
        n_tokens: How many tokens the text has.

    Returns:
        float64 (n,), from -1 to 1.

    Example:
        >>> npmi(np.array([10]), np.array([10]), np.array([100]), 10_000).round(3).tolist()
        [0.667]
    """
    information = np.log(n_tokens) - np.log(counts)
    apart = 2 * np.log(n_tokens) - np.log(left_counts) - np.log(right_counts)
    score: NDArray[np.float64] = (apart - information) / information
    return score


def word2phrase_score(
    counts: NDArray[np.int64],
    left_counts: NDArray[np.int64],
    right_counts: NDArray[np.int64],
    n_tokens: int,
    discount: int,
) -> NDArray[np.float64]:
    """Return the score of word2phrase, (count(ab) - discount) * tokens / (count(a) count(b)).

    From Mikolov et al. 2013, arXiv 1310.4546, equation 6; the program multiplies by the number of
    tokens, so that thresholds keep their meaning in texts of different sizes.

    Args:
        counts: int64 (n,), how often each pair occurs.
        left_counts: int64 (n,), how often its left word occurs.
        right_counts: int64 (n,), how often its right word occurs.
        n_tokens: How many tokens the text has.
        discount: What is taken off each count, so that rare pairs score low.

    Returns:
        float64 (n,).

    Example:
        >>> word2phrase_score(np.array([15]), np.array([20]), np.array([50]), 10_000, 5).tolist()
        [100.0]
    """
    score: NDArray[np.float64] = (counts - discount) / left_counts / right_counts * n_tokens
    return score


@dataclass(frozen=True)
class Score:
    """A scoring, the least score of a phrase and its least count.

    Attributes:
        scoring: "npmi" or "word2phrase".
        threshold: The least score.
        min_count: The least count; for word2phrase also the discount.

    Raises:
        InputError: An attribute is out of range.
    """

    scoring: str
    threshold: float
    min_count: int

    def __post_init__(self) -> None:
        lowest, highest = (-1, 1) if self.scoring == "npmi" else (0, math.inf)
        if not lowest <= self.threshold <= highest:
            raise InputError(
                f"The threshold of {self.scoring!r} is a number from {lowest} to {highest}. "
                f"Received: {self.threshold!r}."
            )

    @classmethod
    def with_defaults(
        cls, scoring: str, threshold: float | None = None, min_count: int | None = None
    ) -> "Score":
        """Return a score in which the scoring's own defaults stand for None.

        Raises:
            InputError: There is no scoring of this name, or a value is out of range.

        Example:
            >>> Score.with_defaults("word2phrase")
            Score(scoring='word2phrase', threshold=100.0, min_count=5)
        """
        if scoring not in DEFAULTS:
            raise InputError(f"A scoring is one of {', '.join(DEFAULTS)}. Received: {scoring!r}.")
        usual_threshold, usual_count = DEFAULTS[scoring]
        return cls(
            scoring,
            usual_threshold if threshold is None else threshold,
            usual_count if min_count is None else min_count,
        )

    def of_pairs(
        self,
        counts: NDArray[np.int64],
        left_counts: NDArray[np.int64],
        right_counts: NDArray[np.int64],
        n_tokens: int,
    ) -> NDArray[np.float64]:
        """Return the scores of pairs, float64 (n,)."""
        if self.scoring == "npmi":
            return npmi(counts, left_counts, right_counts, n_tokens)
        return word2phrase_score(counts, left_counts, right_counts, n_tokens, self.min_count)

    def limits(self, vocabulary: Vocabulary) -> NDArray[np.float64]:
        """Return the rise and the reach of each word, which bound the score of its pairs.

        A pair occurs at most as often as its rarer word, and scores grow with that count. With it
        put in, NPMI is ln p(frequent) / ln p(rare), and word2phrase's score is
        (1 - discount / count(rare)) * tokens / count(frequent): the rise of the rarer word times
        the reach of the more frequent one, which is the lesser of the two such products.

        Returns:
            float64 (n_words, 2), NaN for words that no phrase can have.
        """
        counts, offsets = vocabulary.counts, vocabulary.offsets
        unfit = (counts < self.min_count) | (offsets[1:] == offsets[:-1])
        spaces = np.flatnonzero(vocabulary.data == ord(" "))
        unfit[np.searchsorted(offsets, spaces, "right") - 1] = True
        shares = np.where(unfit, np.nan, counts / counts.sum())
        if self.scoring == "npmi":
            reach = -np.log(shares)
            rise = 1 / np.maximum(reach, np.finfo(np.float64).tiny)
        else:
            reach = 1 / shares
            rise = np.where(unfit, np.nan, 1 - self.min_count / np.maximum(counts, 1))
        return np.stack([rise, reach], axis=1)
