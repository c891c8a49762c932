"""Word n-grams as whole numbers: each is one that is a token shorter, and one token more."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import FormatError, InputError
from wordloom.kernels.compile import read_only
from wordloom.kernels.ngrams import build_keys, find_keys, intern_keys
from wordloom.kernels.words import slot_count
from wordloom.text.batches import pack_texts
from wordloom.text.interning import intern
from wordloom.text.ngram_counts import NgramCounts, frequent, listed, side_by_side
from wordloom.text.text_edges import text_edges
from wordloom.text.tokenizer import Tokenizer, Tokens
from wordloom.text.vocabulary import Vocabulary
from wordloom.text.word_shapes import shape

__all__ = ["LONGEST", "WordNgrams", "saved_list"]

LONGEST: Final = 16
"""Tokens of the longest n-grams that can be asked for."""

# Below this many training texts every n-gram counts. On 1,700 BBC articles n-grams of one text
# are two thirds of all features, and accuracy in cross-validation is no higher with them.
FEW_TEXTS = 1000


class WordNgrams:
    """The n-grams of training texts, and those of any text that are among them.

    An n-gram is kept if it occurs in enough training texts; then so do its parts.

    Args:
        max_n: Length of the longest n-grams, in tokens; at most 16.
        min_df: An n-gram must occur in this many training texts; None takes 1 below 1,000 texts,
            where every word counts, and 2 from there on.
        tokenizer: Splits texts; None takes the preset "words".
        shapes: Whether a word of fewer texts is taken by its shape, see `shape`.
        edges: Whether words that open or close a text count as features of their own besides.

    Attributes:
        words: The tokens, shapes among them.
        keys: For each length from 2 on, int64, rising: the n-grams, each as the number of its
            first n-1 tokens times the number of words, plus the number of its last token.
        edge_words: int64 each, rising: the words that are known in the opening, and in the close.

    Raises:
        InputError: `max_n` or `min_df` is no whole number, below 1, or too high.

    Example:
        >>> len(WordNgrams(max_n=2).learn(["good film", "bad film"]).columns)
        6
    """

    def __init__(
        self,
        max_n: int = 2,
        min_df: int | None = None,
        tokenizer: Tokenizer | None = None,
        *,
        shapes: bool = False,
        edges: bool = False,
    ) -> None:
        least = 1 if min_df is None else min_df
        if not (type(max_n) is type(least) is int and 1 <= max_n <= LONGEST and least >= 1):
            raise InputError(
                f"max_n and min_df must be whole numbers, at least 1, and max_n at most {LONGEST}. "
                f"Received: max_n={max_n!r}, min_df={min_df!r}."
            )
        self.max_n = max_n
        self.min_df = min_df
        self.tokenizer = tokenizer or Tokenizer()
        self.shapes = shapes
        self.edges = edges
        self.words = Vocabulary.from_words([])
        self.keys: list[NDArray[np.int64]] = [np.zeros(0, np.int64)] * (max_n - 1)
        self.edge_words: list[NDArray[np.int64]] = [np.zeros(0, np.int64)] * (2 * edges)

    def __len__(self) -> int:
        return len(self.words) + sum(map(len, self.keys)) + sum(map(len, self.edge_words))

    def learn(self, texts: Sequence[str]) -> NgramCounts:
        """Choose the n-grams of training texts.

        Args:
            texts: The training texts.

        Returns:
            Those of each text.
        """
        least = self.min_df or (1 if len(texts) < FEW_TEXTS else 2)
        found = self.tokenizer.tokenize_batch(pack_texts(texts))
        every_word, ids = self.spelled(found, least)
        tokens, kept = frequent(ids, found.splits, len(every_word), least)
        words = [every_word[index] for index in kept.tolist()]
        # In rising order, here and below: numbers do not depend on the order of the texts.
        order = sorted(range(len(words)), key=words.__getitem__)
        self.words = Vocabulary.from_words(words[place] for place in order)
        tokens = ranks(np.array(order, np.int64))[tokens]
        grams, blocks, self.keys = tokens, [listed(tokens, found.splits, len(kept))], []
        for length in range(2, self.max_n + 1):
            keys = self.join(grams, tokens, found.splits, length)
            unique = np.empty(len(keys), np.int64)
            grams = np.empty(len(keys), np.int32)
            n_keys = intern_keys(keys, np.empty(slot_count(len(keys)), np.int64), unique, grams)
            grams, kept = frequent(grams, found.splits, n_keys, least)
            rising = np.argsort(unique[kept])
            grams = ranks(rising)[grams]
            self.keys.append(unique[kept][rising])
            blocks.append(listed(grams, found.splits, len(kept)))
        self.edge_words = []
        for mask in text_edges(found.splits) if self.edges else ():
            own, kept = frequent(np.where(mask, tokens, -1), found.splits, len(words), least)
            self.edge_words.append(kept)
            blocks.append(listed(own, found.splits, len(kept)))
        return side_by_side(blocks)

    def count(self, texts: Sequence[str]) -> NgramCounts:
        """Find the known n-grams of texts.

        Args:
            texts: Any texts.

        Returns:
            Those of each text.
        """
        found = self.tokenizer.tokenize_batch(pack_texts(texts))
        tokens = self.numbers(found)
        grams, blocks = tokens, [listed(tokens, found.splits, len(self.words))]
        for length, known in enumerate(self.keys, start=2):
            keys = self.join(grams, tokens, found.splits, length)
            slots = np.empty(slot_count(len(known)), np.int64)
            build_keys(read_only(known), slots)
            grams = np.empty(len(keys), np.int32)
            find_keys(keys, read_only(known), slots, grams)
            blocks.append(listed(grams, found.splits, len(known)))
        edges = text_edges(found.splits) if self.edges else ()
        for mask, known in zip(edges, self.edge_words, strict=True):
            numbers = np.full(len(self.words) + 1, -1, np.int32)
            numbers[known] = np.arange(len(known))
            own = numbers[np.where(mask, tokens, -1)]
            blocks.append(listed(own, found.splits, len(known)))
        return side_by_side(blocks)

    def spelled(self, found: Tokens, least: int) -> tuple[list[str], NDArray[np.int32]]:
        """Return the words or shapes that occur, and which of them each token is."""
        words, ids = intern(found)
        names = words.words
        if not self.shapes:
            return names, ids.astype(np.int32)
        texts = listed(ids.astype(np.int32), found.splits, len(names)).frequencies()
        numbers: dict[str, int] = {}
        renumbered = [
            numbers.setdefault(name if often else shape(name), len(numbers))
            for name, often in zip(names, (texts >= least).tolist(), strict=True)
        ]
        return list(numbers), np.array(renumbered, np.int32)[ids]

    def numbers(self, found: Tokens) -> NDArray[np.int32]:
        """Return the number of each token, or of its shape; -1 if it has none."""
        if not self.shapes:
            return self.words.find(found.data, found.offsets).astype(np.int32)
        words, ids = intern(found)
        numbers = self.words.find(words.data, words.offsets).astype(np.int32)
        unknown = np.flatnonzero(numbers < 0)
        numbers[unknown] = self.words.ids([shape(words.word(word)) for word in unknown.tolist()])
        return numbers[ids]

    def join(
        self,
        grams: NDArray[np.int32],
        tokens: NDArray[np.int32],
        splits: NDArray[np.int64],
        length: int,
    ) -> NDArray[np.int64]:
        """Return the key of the n-gram that begins at each token, -1 for none."""
        keys = np.full(len(tokens), -1, np.int64)
        last = length - 1
        if len(tokens) > last:
            whole = (grams[:-last] >= 0) & (tokens[last:] >= 0)
            joined = grams[:-last].astype(np.int64) * len(self.words) + tokens[last:]
            keys[:-last][whole] = joined[whole]
        # None reaches from one text into the next.
        for behind in range(1, length):
            ends = splits[1:] - behind
            keys[ends[ends >= splits[:-1]]] = -1
        return keys

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Return the arrays that `restore` needs, by name, for saving."""
        return {
            **self.words.tensors(),
            "ngrams.keys": np.concatenate([np.zeros(0, np.int64), *self.keys]),
            "ngrams.sizes": np.array([len(keys) for keys in self.keys], np.int64),
            **{f"ngrams.edge{place}": known for place, known in enumerate(self.edge_words)},
        }

    def restore(self, tensors: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over the arrays that `tensors` returned.

        Raises:
            FormatError: An array is missing, of a wrong type, or does not fit the others.
        """
        self.words = Vocabulary.from_tensors(tensors)
        keys = saved_list(tensors, "ngrams.keys", np.int64).view(np.int64)
        sizes = saved_list(tensors, "ngrams.sizes", np.int64).view(np.int64)
        if len(sizes) != self.max_n - 1 or np.any(sizes < 0) or sizes.sum() != len(keys):
            raise FormatError(
                f"The saved sizes of n-grams must be {self.max_n - 1} numbers that add up to the "
                f"{len(keys)} keys. Received: {sizes.tolist()}. The file is damaged."
            )
        self.keys = np.split(keys, np.cumsum(sizes)[:-1]) if self.max_n > 1 else []
        shorter = len(self.words)
        for known in self.keys:
            top = shorter * len(self.words)
            if np.any(known < 0) or np.any(known >= top) or np.any(known[1:] <= known[:-1]):
                raise FormatError(
                    f"Saved n-gram keys must rise from 0 to less than {top}, and these do not. "
                    "The file is damaged."
                )
            shorter = len(known)
        self.edge_words = [
            saved_list(tensors, f"ngrams.edge{place}", np.int64).view(np.int64)
            for place in range(2 * self.edges)
        ]
        for known in self.edge_words:
            if np.any(np.diff(known, prepend=-1, append=len(self.words)) < 1):
                raise FormatError(
                    "Saved words of openings and closes must rise from 0 to less than "
                    f"{len(self.words)}, and these do not. The file is damaged."
                )


def ranks(order: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return the place of each number in an order, and -1 behind them, for -1."""
    places = np.empty(len(order) + 1, np.int32)
    places[order], places[-1] = np.arange(len(order)), -1
    return places


def saved_list(
    tensors: Mapping[str, NDArray[np.generic]], name: str, dtype: type[np.generic]
) -> NDArray[np.generic]:
    """Return a saved array with one axis.

    Raises:
        FormatError: It is missing, or of another type or shape.
    """
    found = tensors.get(name)
    if found is None or found.dtype != dtype or found.ndim != 1:
        received = "nothing" if found is None else f"{found.dtype} of shape {found.shape}"
        raise FormatError(
            f"'{name}' must be {np.dtype(dtype)} with one axis. Received: {received}. "
            "The file is damaged or of another format."
        )
    return found
