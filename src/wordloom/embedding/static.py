"""An embedding with one vector for each word of a vocabulary."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wordloom.embedding.lazy_vectors import LazyVectors, needed_rows
from wordloom.embedding.pooling import (
    WordWeights,
    check_pooling,
    checked_component,
    common_component,
    divisor,
    word_weights,
)
from wordloom.embedding.protocol import TokenVectors
from wordloom.embedding.subwords import Subwords
from wordloom.errors import InputError, UnknownWordError
from wordloom.kernels.compile import read_only
from wordloom.kernels.pool import pool_max, pool_sum
from wordloom.parallel import processor_count
from wordloom.text.batches import TextBatch, as_list, block_bounds, pack_texts
from wordloom.text.tokenizer import Tokenizer
from wordloom.text.vocabulary import Vocabulary

__all__ = ["OOV_POLICIES", "StaticEmbedding"]

OOV_POLICIES = ("skip", "zero", "subwords")
"""What a word gets that is not in the vocabulary: it is left out, its vector is zero, or its vector
is composed of character n-grams."""

# Each block passes through one step after another. Measured on reviews and on short texts: smaller
# blocks are slower, since every step finds the caches full of the one before; larger ones gain
# little and leave threads idle at the end.
BLOCK_CHARACTERS = 1 << 19
MAX_THREADS = 8


class StaticEmbedding:
    """Word vectors, and what makes text vectors of them.

    Do not change an embedding's arrays: they may be shared, or lie in a file that is mapped into
    memory.

    Args:
        vocabulary: The words, in the order of the rows of `vectors`.
        vectors: float32 (n_words, dim), one row for each word; other numbers are converted. With
            `LazyVectors`, only those of words that are used are made, until all are asked for.
        name: What reports and pictures call the embedding.
        tokenizer: What splits texts into words; None takes the preset "words".
        oov: What an out-of-vocabulary word gets: "skip" leaves it out, "zero" gives it a zero
            vector, which adds nothing but counts among a text's words, and "subwords" composes a
            vector of its character n-grams, and leaves it out where it has no known one.
        pooling: How `embed` makes one vector of a text's word vectors unless told otherwise: mean,
            sum, sqrtn, max, idf or sif (see `wordloom.embedding.pooling`).
        report: What is known of the training, ready for JSON.
        common_component: float32 (dim,), the direction that `sif` pooling takes out of every
            text's vector; made by `with_common_component`.
        subwords: The vectors of character n-grams, of the same `dim`, for the policy "subwords".

    Raises:
        InputError: The arrays do not fit together, or a name is unknown.

    Example:
        >>> vocabulary = Vocabulary.from_words(["cough", "fever"])
        >>> embedding = StaticEmbedding(vocabulary, [[1, 0], [0, 1]], name="toy")
        >>> embedding.embed(["Fever and dry cough.", "Well!"]).tolist()
        [[0.5, 0.5], [0.0, 0.0]]
        >>> embedding["cough"].tolist(), "flu" in embedding
        ([1.0, 0.0], False)
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        vectors: ArrayLike | LazyVectors,
        *,
        name: str = "embedding",
        tokenizer: Tokenizer | None = None,
        oov: str = "skip",
        pooling: str = "mean",
        report: Mapping[str, object] | None = None,
        common_component: ArrayLike | None = None,
        subwords: Subwords | None = None,
    ) -> None:
        if oov not in OOV_POLICIES:
            raise InputError(
                f"The OOV policy must be one of {', '.join(OOV_POLICIES)}. Received: {oov!r}."
            )
        if not isinstance(vectors, LazyVectors):
            vectors = read_only(np.ascontiguousarray(vectors, np.float32))
        shape = vectors.shape
        if len(shape) != 2 or shape[0] != len(vocabulary) or shape[1] < 1:
            raise InputError(
                "An embedding needs one row of at least one number for each word. "
                f"Received: {len(vocabulary)} words and vectors of shape {shape}."
            )
        self.name = name
        self.vocabulary = vocabulary
        self._vectors: NDArray[np.float32] | LazyVectors = vectors
        self.tokenizer = Tokenizer() if tokenizer is None else tokenizer
        self.oov = oov
        self.pooling = check_pooling(pooling)
        self.report = report
        self.common_component: NDArray[np.float32] | None = None
        if common_component is not None:
            self.common_component = read_only(checked_component(common_component, self.dim))
        self.subwords = subwords
        if subwords is None and oov == "subwords":
            raise InputError(
                "The OOV policy 'subwords' needs the vectors of character n-grams. Received: "
                "subwords=None. Train with FastText, or take the policy 'skip'."
            )
        if subwords is not None and subwords.dim != self.dim:
            raise InputError(
                f"Words and character n-grams need vectors of the same size. Received: {self.dim} "
                f"numbers for a word and {subwords.dim} for an n-gram."
            )
        self._weights: dict[str, WordWeights] = {}

    @property
    def vectors(self) -> NDArray[np.float32]:
        """The vectors of all words, float32 (n_words, dim); lazy ones are made now, and kept."""
        if isinstance(self._vectors, LazyVectors):
            self._vectors = read_only(self._vectors.all())
        return self._vectors

    @property
    def dim(self) -> int:
        """How many numbers a vector has."""
        return int(self._vectors.shape[1])

    def __len__(self) -> int:
        return len(self.vocabulary)

    def __contains__(self, word: object) -> bool:
        return word in self.vocabulary

    def __getitem__(self, word: str) -> NDArray[np.float32]:
        """Return the vector of a word, float32 (dim,).

        Raises:
            UnknownWordError: The word is not in the vocabulary and the OOV policy is "skip"; or it
                is "subwords" and no character n-gram of the word is known.
        """
        table, (place,), _ = needed_rows(self._vectors, self.vocabulary.ids([word]))
        row: NDArray[np.float32]
        if place >= 0:
            row = table[place]
            return row
        (row,), (known,) = self.word_vectors([word])
        if known or self.oov == "zero":
            return row
        raise UnknownWordError(
            f"The embedding '{self.name}' has no vector for {word!r}. Words are looked up exactly "
            "as the vocabulary spells them; ask with `word in embedding`, or embed a text."
        )

    def word_vectors(self, words: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Look up the vectors of words, as the OOV policy says.

        Args:
            words: The words, exactly as the vocabulary spells them.

        Returns:
            The vectors, float32 (n_words, dim), and which words have one, bool (n_words,): those of
            the vocabulary, and those that the policy "subwords" could compose. The others' rows are
            zero.

        Example:
            >>> embedding = StaticEmbedding(Vocabulary.from_words(["cough"]), [[3]])
            >>> vectors, known = embedding.word_vectors(["flu", "cough"])
            >>> vectors.tolist(), known.tolist()
            ([[0.0], [3.0]], [False, True])
        """
        batch = pack_texts(words)
        ids = self.vocabulary.find(batch.data, batch.offsets)
        composed = self._compose_unknown(batch.data, batch.offsets, ids)
        return self._rows(ids, composed), ids >= 0

    def __repr__(self) -> str:
        return (
            f"StaticEmbedding({self.name!r}, {len(self):,} words, {self.dim} dimensions, "
            f"oov={self.oov!r}, pooling={self.pooling!r})"
        )

    def embed(
        self, texts: Sequence[str], pooling: str | None = None, threads: int | None = None
    ) -> NDArray[np.float32]:
        """Turn each text into one vector.

        Args:
            texts: The texts.
            pooling: How a text's word vectors become one; None takes the embedding's own way.
            threads: How many threads share the work; None takes one for each core, at most 8. The
                result does not depend on it.

        Returns:
            float32 (n_texts, dim); zero for a text without a known word.

        Raises:
            InputError: The texts are not a sequence of str, or the pooling is unknown or needs
                counts that the vocabulary does not have.
        """
        pooling = self.pooling if pooling is None else check_pooling(pooling)
        if threads is not None and threads < 1:
            raise InputError(f"At least 1 thread is needed. Received: threads={threads}.")
        texts = as_list(texts)
        weights = self._pooling_weights(pooling)
        pooled = np.empty((len(texts), self.dim), np.float32)
        bounds = block_bounds(texts, BLOCK_CHARACTERS)

        def embed_block(block: int) -> None:
            start, end = bounds[block], bounds[block + 1]
            tokens = self.tokenizer.tokenize_batch(pack_texts(texts[start:end]))
            ids = self.vocabulary.find(tokens.data, tokens.offsets)
            composed = self._compose_unknown(tokens.data, tokens.offsets, ids)
            self._pool(ids, tokens.splits, composed, pooling, weights, pooled[start:end])

        workers = min(threads or min(processor_count(), MAX_THREADS), len(bounds) - 1)
        if workers <= 1:
            for block in range(len(bounds) - 1):
                embed_block(block)
        else:
            self._build_tables()
            with ThreadPoolExecutor(workers) as pool:
                for _ in pool.map(embed_block, range(len(bounds) - 1)):
                    pass
        return pooled

    def embed_tokens(self, texts: Sequence[str]) -> TokenVectors:
        """Turn each token of each text into one vector.

        Args:
            texts: The texts.

        Returns:
            The tokens and their vectors. Out-of-vocabulary tokens are left out with the OOV policy
            "skip", have a zero vector with "zero", and a composed one with "subwords" (or are left
            out if no character n-gram of theirs is known).

        Raises:
            InputError: The texts are not a sequence of str.

        Example:
            >>> embedding = StaticEmbedding(Vocabulary.from_words(["dry", "cough"]), [[1], [2]])
            >>> found = embedding.embed_tokens(["A dry cough", "dry"])
            >>> found.tokens, found.row_splits.tolist(), found.vectors[:, 0].tolist()
            (['dry', 'cough', 'dry'], [0, 2, 3], [1.0, 2.0, 1.0])
        """
        tokens = self.tokenizer.tokenize_batch(pack_texts(as_list(texts)))
        ids = self.vocabulary.find(tokens.data, tokens.offsets)
        composed = self._compose_unknown(tokens.data, tokens.offsets, ids)
        words = TextBatch(tokens.data, tokens.offsets).texts()
        if self.oov == "zero":
            return TokenVectors(self._rows(ids, composed), tokens.splits, words)
        before = np.zeros(len(ids) + 1, np.int64)
        np.cumsum(ids >= 0, out=before[1:])
        kept = np.flatnonzero(ids >= 0)
        return TokenVectors(
            self._rows(ids[kept], composed),
            before[tokens.splits],
            [words[token] for token in kept.tolist()],
        )

    def with_common_component(self, texts: Sequence[str]) -> "StaticEmbedding":
        """Return an embedding whose `sif` pooling takes out what all texts have in common.

        The common component is the first right singular vector of the matrix of the texts' `sif`
        vectors, not centred on their mean (Arora, Liang and Ma 2017). Fit it on training texts
        alone.

        Args:
            texts: The training texts.

        Returns:
            A new embedding that shares this one's arrays and pools by `sif`.

        Raises:
            InputError: No text holds a known word, or the vocabulary has no counts.

        Example:
            >>> vocabulary = Vocabulary.from_words(["dry", "cough"], counts=[1, 1])
            >>> embedding = StaticEmbedding(vocabulary, [[1, 3], [1, -3]])
            >>> embedding = embedding.with_common_component(["dry cough"])
            >>> embedding.common_component.round(3).tolist()
            [1.0, 0.0]
        """
        plain = self.replaced(pooling="sif", common_component=None).embed(texts)
        return self.replaced(pooling="sif", common_component=common_component(plain))

    def replaced(self, **parts: Any) -> "StaticEmbedding":  # noqa: ANN401 (as dataclasses.replace)
        """Return a new embedding that differs in some of its parts and shares the others.

        Args:
            parts: Arguments of `StaticEmbedding` by name.

        Returns:
            The new embedding.

        Raises:
            InputError: The parts do not fit together.

        Example:
            >>> embedding = StaticEmbedding(Vocabulary.from_words(["dry", "cough"]), [[1], [3]])
            >>> embedding.replaced(name="summed", pooling="sum").embed(["Dry cough"]).tolist()
            [[4.0]]
        """
        own: dict[str, Any] = {
            "vocabulary": self.vocabulary,
            "vectors": self._vectors,
            "name": self.name,
            "tokenizer": self.tokenizer,
            "oov": self.oov,
            "pooling": self.pooling,
            "report": self.report,
            "common_component": self.common_component,
            "subwords": self.subwords,
        }
        return StaticEmbedding(**(own | parts))

    def save(self, folder: str | os.PathLike[str], dtype: str = "float32") -> Path:
        """Save the embedding as a module folder; see `wordloom.embedding.folder.save`."""
        from wordloom.embedding.folder import save

        return save(self, folder, dtype)

    def _build_tables(self) -> None:
        """Build what is built once, before threads ask for it."""
        _ = self.vocabulary.slots
        if self.subwords is not None:
            _ = self.subwords.cells
        if self.tokenizer.phrases:
            _ = self.tokenizer.phrases.tables

    def _pooling_weights(self, pooling: str) -> WordWeights:
        """Return the weights of a pooling, which are worked out once."""
        if pooling not in self._weights:
            self._weights[pooling] = word_weights(pooling, self.vocabulary)
        return self._weights[pooling]

    def _compose_unknown(
        self, data: NDArray[np.uint8], offsets: NDArray[np.int64], ids: NDArray[np.int32]
    ) -> NDArray[np.float32]:
        """Give unknown tokens ids from n_words on, by policy, and return the vectors of these."""
        if self.subwords is not None and self.oov == "subwords":
            unknown = np.flatnonzero(ids < 0).astype(np.int64)
            if len(unknown):
                composed, places = self.subwords.compose_tokens(data, offsets, unknown)
                ids[unknown] = np.where(places < 0, -1, len(self) + places)
                return read_only(composed)
        return read_only(np.empty((0, self.dim), np.float32))

    def _rows(self, ids: NDArray[np.int32], composed: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the vectors of ids, which go on into composed ones; zeros for -1."""
        table, ids, _ = needed_rows(self._vectors, ids)
        beyond = ids >= len(table)
        inside = (ids >= 0) & ~beyond
        if inside.all():
            return table[ids]
        rows = np.zeros((len(ids), self.dim), np.float32)
        rows[inside] = table[ids[inside]]
        rows[beyond] = composed[ids[beyond] - len(table)]
        return rows

    def _pool(
        self,
        ids: NDArray[np.int32],
        splits: NDArray[np.int64],
        composed: NDArray[np.float32],
        pooling: str,
        weights: WordWeights,
        pooled: NDArray[np.float32],
    ) -> None:
        """Pool the words of each text into a row of `pooled`."""
        count_unknown = self.oov == "zero"
        table, ids, words = needed_rows(self._vectors, ids)
        if pooling == "max":
            pool_max(ids, splits, table, composed, count_unknown, pooled)
            return
        pool_sum(
            ids,
            splits,
            table,
            composed,
            weights.known[words] if len(weights.known) else weights.known,
            weights.unknown,
            count_unknown,
            divisor(pooling),
            pooled,
        )
        if pooling == "sif" and self.common_component is not None:
            component = self.common_component
            pooled -= np.outer(pooled @ component, component)
