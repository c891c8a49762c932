"""TF-IDF of word n-grams."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import FormatError
from wordloom.text.ngram_counts import NgramCounts
from wordloom.text.word_ngrams import WordNgrams, saved_list

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["NgramTfidf"]


class NgramTfidf:
    """Sparse features of texts: sublinear TF-IDF of word n-grams, rows of length 1.

    The weight of an n-gram in a text is ``(1 + ln count) · (1 + ln((1 + n_texts) / (1 + df)))``,
    the one of scikit-learn's ``TfidfVectorizer(sublinear_tf=True)``. Counting on integers takes
    a fraction of that class's time, and what was learned is saved as integers.

    Tokens are those of the tokenizer's preset "words". With punctuation marks as further tokens,
    accuracy in cross-validation on the training texts of IMDB, SciCite and BBC rose or fell by a
    quarter of a point at most; with n-grams of three words, by a third of a point on held-out texts
    of the first two.

    Args:
        max_n: Length of the longest n-grams, in tokens.
        min_df: In how many training texts an n-gram must occur; see `WordNgrams`.

    Raises:
        InputError: `max_n` or `min_df` is below 1.

    Example:
        >>> tfidf = NgramTfidf(max_n=2)
        >>> tfidf.fit_transform(["good film", "bad film"]).shape
        (2, 5)
    """

    def __init__(self, max_n: int = 2, min_df: int | None = None) -> None:
        self.ngrams = WordNgrams(max_n, min_df)
        self.idf: NDArray[np.float64] = np.zeros(0)

    def __len__(self) -> int:
        return len(self.idf)

    def fit_transform(self, texts: Sequence[str]) -> "csr_array":
        """Learn the n-grams of training texts.

        Args:
            texts: The training texts.

        Returns:
            float64 sparse (n_texts, n_features), their features.
        """
        counts = self.ngrams.learn(texts)
        self.idf = 1 + np.log((1 + len(texts)) / (1 + counts.frequencies()))
        return self.weigh(counts)

    def transform(self, texts: Sequence[str]) -> "csr_array":
        """Compute the features of texts.

        Args:
            texts: Any texts; n-grams that training did not keep are passed over.

        Returns:
            float64 sparse (n_texts, n_features).
        """
        return self.weigh(self.ngrams.count(texts))

    def weigh(self, counts: NgramCounts) -> "csr_array":
        """Turn counts into TF-IDF rows of length 1."""
        from scipy.sparse import csr_array

        weights = (1 + np.log(counts.counts.astype(np.float64))) * self.idf[counts.columns]
        rows = np.repeat(np.arange(len(counts)), np.diff(counts.starts))
        weights /= np.sqrt(np.bincount(rows, weights * weights))[rows]
        # liblinear takes 32-bit indices, where they are enough.
        small = len(weights) <= np.iinfo(np.int32).max
        starts = counts.starts.astype(np.int32) if small else counts.starts
        found = csr_array((weights, counts.columns, starts), shape=(len(counts), counts.n_ngrams))
        found.sort_indices()
        return found

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Return the arrays that `from_tensors` needs, by name, for saving."""
        return {**self.ngrams.tensors(), "ngrams.idf": self.idf}

    @classmethod
    def from_tensors(
        cls, tensors: Mapping[str, NDArray[np.generic]], max_n: int, min_df: int | None = None
    ) -> "NgramTfidf":
        """Make the features from the arrays of `tensors`.

        Raises:
            FormatError: An array is missing, of a wrong type, or does not fit the others.
        """
        tfidf = cls(max_n, min_df)
        tfidf.ngrams.restore(tensors)
        tfidf.idf = saved_list(tensors, "ngrams.idf", np.float64).view(np.float64)
        if len(tfidf.idf) != len(tfidf.ngrams) or not np.all(np.isfinite(tfidf.idf)):
            raise FormatError(
                f"A saved TF-IDF needs one finite idf for each of its {len(tfidf.ngrams.words)} "
                f"words and {len(tfidf.ngrams) - len(tfidf.ngrams.words)} n-grams. Received: "
                f"{len(tfidf.idf)} numbers. The file is damaged."
            )
        return tfidf
