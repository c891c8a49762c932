"""TF-IDF over word n-grams, kept as integers: each n-gram is a shorter one and one word more."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import FormatError, InputError
from wordloom.text.batches import pack_texts
from wordloom.text.interning import intern
from wordloom.text.tokenizer import Tokenizer, Tokens
from wordloom.text.vocabulary import Vocabulary

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["NgramTfidf"]

UNKNOWN = -1
# Below this many training texts every n-gram counts. On 1,700 BBC articles n-grams of one text
# are two thirds of all features, and accuracy in cross-validation is no higher with them.
FEW_TEXTS = 1000


class NgramTfidf:
    """Sparse features of texts: sublinear TF-IDF of word n-grams, rows of length 1.

    The weight of an n-gram in a text is ``(1 + ln count) · (1 + ln((1 + n_texts) / (1 + df)))``,
    the one of scikit-learn's ``TfidfVectorizer(sublinear_tf=True)``. Counting on integers takes
    a third of that class's time, and what was learned is saved as integers.

    Tokens are those of the tokenizer's preset "words". With punctuation marks as further tokens,
    accuracy in cross-validation on the training texts of IMDB, SciCite and BBC rose or fell by a
    quarter of a point at most; with n-grams of three words, by a third of a point on held-out texts
    of the first two.

    Args:
        max_n: Length of the longest n-grams, in tokens.
        min_df: An n-gram must occur in this many training texts; rarer ones are left out. None
            takes 1 below 1,000 texts, where every word counts, and 2 from there on.

    Raises:
        InputError: `max_n` or `min_df` is below 1.

    Example:
        >>> tfidf = NgramTfidf(max_n=2)
        >>> tfidf.fit_transform(["good film", "bad film"]).shape
        (2, 5)
    """

    def __init__(self, max_n: int = 2, min_df: int | None = None) -> None:
        if max_n < 1 or (min_df is not None and min_df < 1):
            raise InputError(
                f"max_n and min_df must be at least 1. Received: max_n={max_n}, min_df={min_df}."
            )
        self.max_n = max_n
        self.min_df = min_df
        self.tokenizer = Tokenizer()
        self.words = Vocabulary.from_words([])
        self.keys: list[NDArray[np.int64]] = [np.zeros(0, np.int64)] * (max_n - 1)
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
        found_tokens = self.tokenizer.tokenize_batch(pack_texts(texts))
        every_word, grams = intern(found_tokens)
        rows = text_of_each(found_tokens)
        grams, kept, counts = self.select(grams, rows, len(texts), len(every_word))
        self.words = Vocabulary.from_words(every_word.word(index) for index in kept.tolist())
        tokens, blocks, self.keys = grams, [counts], []
        for length in range(2, self.max_n + 1):
            keys, places = self.join(grams, tokens, rows, length)
            unique, found = np.unique(keys, return_inverse=True)
            found, kept, counts = self.select(found, rows[places], len(texts), len(unique))
            grams = np.full(len(tokens), UNKNOWN)
            grams[places] = found
            self.keys.append(unique[kept])
            blocks.append(counts)
        frequencies = np.concatenate([document_frequencies(counts) for counts in blocks])
        self.idf = 1 + np.log((1 + len(texts)) / (1 + frequencies))
        return self.weigh(blocks)

    def transform(self, texts: Sequence[str]) -> "csr_array":
        """Compute the features of texts.

        Args:
            texts: Any texts; n-grams that training did not keep are passed over.

        Returns:
            float64 sparse (n_texts, n_features).
        """
        found_tokens = self.tokenizer.tokenize_batch(pack_texts(texts))
        tokens = self.words.find(found_tokens.data, found_tokens.offsets).astype(np.int64)
        rows = text_of_each(found_tokens)
        grams, blocks = tokens, [count(tokens, rows, len(texts), len(self.words))]
        for length, known in enumerate(self.keys, start=2):
            keys, places = self.join(grams, tokens, rows, length)
            found = np.searchsorted(known, keys)
            found[found == len(known)] = UNKNOWN
            if len(known):
                found[known[found] != keys] = UNKNOWN
            grams = np.full(len(tokens), UNKNOWN)
            grams[places] = found
            blocks.append(count(grams, rows, len(texts), len(known)))
        return self.weigh(blocks)

    def select(
        self, grams: NDArray[np.int64], rows: NDArray[np.int64], n_texts: int, n_grams: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], "csr_array"]:
        """Drop rare n-grams: return the new ids, the old id of each one kept, and the counts."""
        counts = count(grams, rows, n_texts, n_grams)
        least = self.min_df or (1 if n_texts < FEW_TEXTS else 2)
        kept = np.flatnonzero(document_frequencies(counts) >= least)
        new_ids = np.full(n_grams + 1, UNKNOWN)
        new_ids[kept] = np.arange(len(kept))
        return new_ids[grams], kept, counts[:, kept]

    def join(
        self,
        grams: NDArray[np.int64],
        tokens: NDArray[np.int64],
        rows: NDArray[np.int64],
        length: int,
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Make n-grams from those one token shorter: return their keys and where they start.

        The key of an n-gram is ``id of its first n-1 tokens · n_words + id of its last token``, so
        the n-grams that share a beginning share a range of keys.
        """
        last = length - 1
        whole = (grams[:-last] >= 0) & (tokens[last:] >= 0) & (rows[:-last] == rows[last:])
        places = np.flatnonzero(whole)
        return grams[places] * len(self.words) + tokens[places + last], places

    def weigh(self, blocks: "list[csr_array]") -> "csr_array":
        """Turn counts, one block for each length of n-gram, into TF-IDF rows of length 1."""
        from scipy.sparse import csr_array, hstack

        counts = csr_array(hstack(blocks, format="csr"), dtype=np.float64)
        weights = (1 + np.log(counts.data)) * self.idf[counts.indices]
        rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
        counts.data = weights / np.sqrt(np.bincount(rows, weights * weights))[rows]
        return counts

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Return the arrays that `from_tensors` needs, by name, for saving."""
        return {
            **self.words.tensors(),
            "ngrams.keys": np.concatenate([np.zeros(0, np.int64), *self.keys]),
            "ngrams.sizes": np.array([len(keys) for keys in self.keys], np.int64),
            "ngrams.idf": self.idf,
        }

    @classmethod
    def from_tensors(
        cls, tensors: Mapping[str, NDArray[np.generic]], max_n: int, min_df: int | None = None
    ) -> "NgramTfidf":
        """Make the features from the arrays of `tensors`.

        Raises:
            FormatError: An array is missing, of a wrong type, or does not fit the others.
        """
        tfidf = cls(max_n, min_df)
        tfidf.words = Vocabulary.from_tensors(tensors)
        keys = tensor(tensors, "ngrams.keys", np.int64).view(np.int64)
        sizes = tensor(tensors, "ngrams.sizes", np.int64).view(np.int64)
        tfidf.idf = tensor(tensors, "ngrams.idf", np.float64).view(np.float64)
        if len(sizes) != max_n - 1 or np.any(sizes < 0) or sizes.sum() != len(keys):
            raise FormatError(
                f"The saved sizes of n-grams must be {max_n - 1} numbers that add up to the "
                f"{len(keys)} keys. Received: {sizes.tolist()}. The file is damaged."
            )
        tfidf.keys = np.split(keys, np.cumsum(sizes)[:-1]) if max_n > 1 else []
        shorter = len(tfidf.words)
        for known in tfidf.keys:
            top = shorter * len(tfidf.words)
            if np.any(known < 0) or np.any(known >= top) or np.any(known[1:] <= known[:-1]):
                raise FormatError(
                    f"Saved n-gram keys must rise from 0 to less than {top}, and these do not. "
                    "The file is damaged."
                )
            shorter = len(known)
        if len(tfidf.idf) != len(tfidf.words) + len(keys) or not np.all(np.isfinite(tfidf.idf)):
            raise FormatError(
                f"A saved TF-IDF needs one finite idf for each of its {len(tfidf.words)} words and "
                f"{len(keys)} n-grams. Received: {len(tfidf.idf)} numbers. The file is damaged."
            )
        return tfidf


def text_of_each(tokens: Tokens) -> NDArray[np.int64]:
    """Return the number of the text in which each token stands."""
    lengths = np.diff(tokens.splits)
    return np.repeat(np.arange(len(lengths)), lengths)


def count(
    grams: NDArray[np.int64], rows: NDArray[np.int64], n_texts: int, n_grams: int
) -> "csr_array":
    """Count how often each n-gram occurs in each text; -1 is passed over."""
    from scipy.sparse import csr_array

    known = grams >= 0
    columns = grams[known].astype(np.int32)
    starts = np.zeros(n_texts + 1, np.int32)
    np.cumsum(np.bincount(rows[known], minlength=n_texts), out=starts[1:])
    counts = csr_array(
        (np.ones(len(columns), np.float32), columns, starts), shape=(n_texts, n_grams)
    )
    counts.sum_duplicates()
    return counts


def document_frequencies(counts: "csr_array") -> NDArray[np.int64]:
    """Return in how many texts each n-gram occurs."""
    return np.bincount(counts.indices, minlength=counts.shape[1])


def tensor(
    tensors: Mapping[str, NDArray[np.generic]], name: str, dtype: type[np.generic]
) -> NDArray[np.generic]:
    """Return a saved array with one axis, or raise the error for one that is not as it should."""
    found = tensors.get(name)
    if found is None or found.dtype != dtype or found.ndim != 1:
        received = "nothing" if found is None else f"{found.dtype} of shape {found.shape}"
        raise FormatError(
            f"'{name}' must be {np.dtype(dtype)} with one axis. Received: {received}. "
            "The file is damaged or of another format."
        )
    return found
