"""A table of word vectors from contextual ones: the mean of a word over its contexts."""

import warnings
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wordloom.elmo.sentences import sentence_splits
from wordloom.elmo.token_layers import check_layer
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import DataWarning, InputError
from wordloom.text.batches import in_blocks, pack_texts
from wordloom.text.interning import intern
from wordloom.text.vocabulary import Vocabulary

if TYPE_CHECKING:
    from wordloom.elmo.embedding import ELMoEmbedding

__all__ = ["static_from"]

BLOCK_CHARACTERS = 1 << 18
LAYER_BYTES = 1 << 28


def static_from(
    embedding: "ELMoEmbedding",
    texts: Iterable[str],
    words: Sequence[str] | None = None,
    *,
    min_count: int = 5,
    max_occurrences: int = 100,
    layer: int | None = None,
) -> StaticEmbedding:
    """Return word vectors that are the means of words' vectors over their contexts.

    After Bommasani, Davis and Cardie 2020, "Interpreting pretrained contextualized representations
    via reductions to static embeddings" (ACL 2020), who found them better than the vectors of words
    that stand alone.

    Args:
        embedding: The contextual embedding.
        texts: The texts that the contexts are taken from; they are read once.
        words: Which words; None takes all that occur often enough.
        min_count: How often, unless words are given.
        max_occurrences: How many occurrences of a word are taken at most, its first ones. Sentences
            without one that is still needed are passed over, which saves most of the time where
            only frequent words are asked for.
        layer: Which layer, from 0; None takes the weighted sum of all.

    Returns:
        The table, with counts of how often words occur in the texts, by falling count, and the
        embedding's name and tokenizer. Words that do not occur are left out, with a `DataWarning`.

    Raises:
        InputError: An argument is out of range, a word is given twice, or no word occurs.

    Example:
        >>> from wordloom.elmo.embedding import ELMoEmbedding
        >>> from wordloom.elmo.network_at_random import random_weights
        >>> from wordloom.elmo.options import ELMoOptions
        >>> options = ELMoOptions(8, 4, character_dim=2, filters=((1, 4), (2, 4)), n_highway=1)
        >>> elmo = ELMoEmbedding(options, random_weights(options, seed=1))
        >>> table = static_from(elmo, ["By the bank.", "A bank by the river"], min_count=2)
        >>> table.vocabulary.words, table.vectors.shape
        (['the', 'bank'], (2, 8))
    """
    if layer is not None:
        layer = check_layer(layer, embedding.n_layers)
    for name, value in (("min_count", min_count), ("max_occurrences", max_occurrences)):
        if value < 1:
            raise InputError(f"`{name}` is at least 1. Received: {value!r}.")
    sums = ContextSums(embedding, words, max_occurrences, layer)
    for block in in_blocks(texts, BLOCK_CHARACTERS):
        sums.add(block)
    return sums.table(1 if words is not None else min_count)


class ContextSums:
    """Adds up the vectors of words' occurrences.

    Args:
        embedding: The contextual embedding.
        words: Which words; None takes all.
        most: How many occurrences of a word are added at most.
        layer: Which layer; None takes the weighted sum of all.
    """

    def __init__(
        self,
        embedding: "ELMoEmbedding",
        words: Sequence[str] | None,
        most: int,
        layer: int | None,
    ) -> None:
        self.embedding = embedding
        self.most = most
        self.layer = layer
        self.closed = words is not None
        known = Vocabulary.from_words([] if words is None else list(words))
        self.rows = {
            word.encode("utf-8", "surrogatepass"): row for row, word in enumerate(words or [])
        }
        self.counts = np.zeros(len(known), np.int64)
        self.document_counts = np.zeros(len(known), np.int64)
        self.sums = np.zeros((len(known), embedding.dim), np.float32)
        self.n_documents = 0

    def add(self, texts: list[str]) -> None:
        """Add the occurrences in some texts."""
        embedding = self.embedding
        tokens = embedding.tokenizer.tokenize_batch(pack_texts(texts))
        words, ids = intern(tokens)
        rows = self.rows_of(words)[ids]
        wanted = np.flatnonzero(rows >= 0)
        rows = rows[wanted]
        # Which occurrence of its word each token is, counted from the first text on.
        order = np.argsort(rows, kind="stable")
        first = np.searchsorted(rows[order], rows[order])
        occurrence = np.empty(len(rows), np.int64)
        occurrence[order] = np.arange(len(rows)) - first + self.counts[rows[order]]
        documents = np.searchsorted(tokens.splits, wanted, side="right")
        pairs = np.unique(np.stack([documents, rows]), axis=1)
        self.document_counts += np.bincount(pairs[1], minlength=len(self.counts))
        self.counts += np.bincount(rows, minlength=len(self.counts))
        self.n_documents += len(texts)
        needed, rows = wanted[occurrence < self.most], rows[occurrence < self.most]
        splits = tokens.splits
        if embedding.sentences:
            cased = not embedding.tokenizer.lowercase
            splits = sentence_splits(words, ids, splits, cased=cased)
        sentences = np.unique(np.searchsorted(splits, needed, side="right") - 1)
        for part in self.parts(np.diff(splits)[sentences]):
            chosen = sentences[part]
            lengths = np.diff(splits)[chosen]
            ends = np.cumsum(lengths)
            places = np.arange(ends[-1]) + np.repeat(splits[chosen] - (ends - lengths), lengths)
            layers = embedding.word_layers(words, ids[places], np.concatenate([[0], ends]))
            inside = slice(*np.searchsorted(needed, [places[0], places[-1] + 1]))
            vectors = embedding.mixed(layers) if self.layer is None else layers[self.layer]
            self.add_vectors(rows[inside], vectors[np.searchsorted(places, needed[inside])])

    def parts(self, lengths: NDArray[np.int64]) -> Iterator[slice]:
        """Cut sentences of these lengths into parts whose layers fit into memory."""
        room = LAYER_BYTES // (4 * self.embedding.n_layers * self.embedding.dim)
        ends = np.cumsum(lengths)
        start = 0
        while start < len(lengths):
            before = ends[start - 1] if start else 0
            end = max(start + 1, int(np.searchsorted(ends, before + room, side="right")))
            yield slice(start, end)
            start = end

    def rows_of(self, words: Vocabulary) -> NDArray[np.int64]:
        """Return the rows of words, int64 (n_words,), -1 for none; new ones join where all do."""
        data, offsets = words.data.tobytes(), words.offsets.tolist()
        spelled = [data[start:end] for start, end in pairwise(offsets)]
        if not self.closed:
            for word in spelled:
                if word:
                    self.rows.setdefault(word, len(self.rows))
            more = len(self.rows) - len(self.counts)
            self.counts = np.concatenate([self.counts, np.zeros(more, np.int64)])
            self.document_counts = np.concatenate([self.document_counts, np.zeros(more, np.int64)])
            if len(self.rows) > len(self.sums):
                larger = np.zeros((2 * len(self.rows), self.embedding.dim), np.float32)
                larger[: len(self.sums)] = self.sums
                self.sums = larger
        return np.array([self.rows.get(word, -1) for word in spelled], np.int64)

    def add_vectors(self, rows: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Add vectors to rows, any of which may come up again and again."""
        order = np.argsort(rows, kind="stable")
        distinct, starts = np.unique(rows[order], return_index=True)
        if len(distinct):
            self.sums[distinct] += np.add.reduceat(vectors[order], starts, axis=0)

    def table(self, min_count: int) -> StaticEmbedding:
        """Return the means of the words that occur often enough."""
        chosen = np.flatnonzero(self.counts >= min_count)
        if len(chosen) == 0:
            raise InputError(
                f"At least one word must occur in the texts, {min_count:,} times or more. "
                f"Received: {self.n_documents:,} texts with none. Give more text, or other words."
            )
        left_out = int((self.counts == 0).sum()) if self.closed else 0
        if left_out:
            warnings.warn(
                f"{left_out:,} of {len(self.counts):,} words do not occur in the texts, and are "
                "left out.",
                DataWarning,
                stacklevel=3,
            )
        chosen = chosen[np.argsort(-self.counts[chosen], kind="stable")]
        spelled = list(self.rows)
        counts = self.counts[chosen]
        vocabulary = Vocabulary.from_words(
            [spelled[row].decode("utf-8", "surrogatepass") for row in chosen.tolist()],
            counts,
            self.document_counts[chosen],
            self.n_documents,
        )
        vectors = self.sums[chosen] / np.minimum(counts, self.most)[:, None].astype(np.float32)
        return StaticEmbedding(
            vocabulary, vectors, name=self.embedding.name, tokenizer=self.embedding.tokenizer
        )
