"""FastText: skip-gram and CBOW with character n-grams (Bojanowski et al. 2017, 1607.04606)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.subwords import MAX_N, Subwords
from wordloom.errors import InputError
from wordloom.kernels.cbow import make_cbow_space
from wordloom.kernels.fasttext import (
    Composition,
    compose_rows,
    make_word_space,
    train_fasttext_cbow_block,
    train_fasttext_skipgram_block,
)
from wordloom.kernels.negative_sampling import Sampler, Settings, Tables, aligned_zeros
from wordloom.kernels.simd import padded
from wordloom.kernels.skipgram import make_skipgram_space
from wordloom.kernels.subwords import ngram_buckets
from wordloom.text.corpus import Corpus
from wordloom.text.vocabulary import Vocabulary
from wordloom.train.checks import check_whole_numbers
from wordloom.train.negative_sampling import (
    BLOCK_WORDS,
    NegativeSampling,
    NegativeSamplingTask,
    TrainBlock,
)
from wordloom.train.sampling import keep_probabilities
from wordloom.train.start import Start

__all__ = ["FastText"]

LARGEST_SHARED_STEP = 0.05
"""How far the words of a batch may move each other: learning rate × batch × how much of a word's
rows another word of the text shares on average. The reviews of IMDB with the default batch come to
0.022; at 0.18 the loss was higher, at 0.35 training diverged. A vocabulary of 2,000 words that
differ in their last letters alone trains at 0.2 and diverges at 0.8."""


@dataclass(frozen=True)
class FastText(NegativeSampling):
    """FastText: words learn as skip-gram or CBOW has it, composed of their character n-grams.

    A word shares what it learns with words that look like it, and a word that the corpus lacks gets
    the mean of its n-grams' vectors: the choice for misspellings, inflections and small corpora.
    Hashing and defaults are those of fastText's ``skipgram`` and ``cbow`` commands. With CBOW the
    context is the mean of its words' vectors (fastText: of all their n-grams' vectors, so that long
    words weigh more).

    Attributes:
        model: "skipgram" or "cbow".
        min_n: Shortest character n-gram, in characters, the word's marks < and > included.
        max_n: Longest.
        n_buckets: How many vectors the n-grams are hashed to. Only those that a word of the corpus
            uses take memory.
        batch: For how many words of text at a time the distinct ones are composed, at most; fewer
            where words share so many n-grams that their steps would add up to too much.

    Example:
        >>> from wordloom.text.corpus import Corpus
        >>> corpus = Corpus.from_texts(["red wine and white wine"] * 20, min_count=1)
        >>> embedding = FastText(dim=8, subsample=0).train(corpus, threads=1)
        >>> embedding.vectors.shape, embedding["whine"].shape
        ((4, 8), (8,))
    """

    learning_rate: float = 0.05
    subsample: float = 1e-4
    negative_exponent: float = 0.5
    chunk: int = 32
    shared_negatives: int = 32
    model: Literal["skipgram", "cbow"] = "skipgram"
    min_n: int = 3
    max_n: int = 6
    n_buckets: int = 2_000_000
    batch: int = 128

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole_numbers(self, "min_n", "max_n", "n_buckets", "batch")
        if self.model not in ("skipgram", "cbow"):
            raise InputError(f'`model` must be "skipgram" or "cbow". Received: {self.model!r}.')
        if not self.min_n <= self.max_n <= MAX_N:
            raise InputError(
                f"N-grams have `min_n` to `max_n` characters, at most {MAX_N}. "
                f"Received: {self.min_n} to {self.max_n}."
            )
        if self.n_buckets >= 1 << 31:
            raise InputError(f"`n_buckets` must be below 2^31. Received: {self.n_buckets:,}.")

    @property
    def pairs_per_center(self) -> int:
        """How many training pairs one center word makes, on average."""
        return self.window + 1 if self.model == "skipgram" else 1

    def prepare(
        self, text: Corpus, start: Start, seed: int, threads: int, progress: bool
    ) -> tuple[Corpus, NegativeSamplingTask]:
        """Set up a training; see `Trainer.prepare`."""
        return text, FastTextTask(self, text, start, seed)


class FastTextTask(NegativeSamplingTask):
    """FastText at work on one corpus.

    Args:
        trainer: The hyper-parameters.
        corpus: The text.
        start: Which vectors it begins with.
        seed: Seed of the random generators.
    """

    def __init__(self, trainer: FastText, corpus: Corpus, start: Start, seed: int) -> None:
        self.fasttext = trainer
        self.start = start
        self.composition, self.buckets = compose(trainer, corpus.vocabulary)
        self.batch = safe_batch(trainer, corpus.vocabulary.counts, self.composition)
        self.n_words = n_words = len(corpus.vocabulary)
        n_rows, dim = n_words + len(self.buckets), trainer.dim
        # One row more, of zeros, for kernels that take four rows at a time.
        tables = Tables(aligned_zeros(n_rows + 1, padded(dim)), aligned_zeros(n_words, padded(dim)))
        random = np.random.default_rng(seed)
        tables.input[:n_rows, :dim] = (random.random((n_rows, dim), np.float32) - 0.5) * (2 / dim)
        super().__init__(trainer, corpus, tables, seed, self.train_block_maker(corpus, tables))
        self.begin_with(start)

    def train_block_maker(
        self, corpus: Corpus, tables: Tables
    ) -> Callable[[Sampler, Settings], TrainBlock]:
        """Return what returns the function with which one thread trains a block."""
        trainer, composition, batch = self.fasttext, self.composition, self.batch
        tokens, documents = np.asarray(corpus.tokens), np.asarray(corpus.documents)
        dim = padded(trainer.dim)

        train: Callable[..., tuple[float, int, float]] = train_fasttext_skipgram_block
        make_space: Callable[..., object] = make_skipgram_space
        if trainer.model == "cbow":
            train, make_space = train_fasttext_cbow_block, make_cbow_space

        def make_train_block(sampler: Sampler, settings: Settings) -> TrainBlock:
            space = make_space(settings, dim, BLOCK_WORDS, self.n_words)
            words = make_word_space(self.n_words, dim, batch, settings.window, BLOCK_WORDS)
            return lambda start, end, learning_rate, seed: train(
                tokens,
                documents,
                start,
                end,
                tables,
                composition,
                batch,
                sampler,
                settings,
                learning_rate,
                seed,
                space,
                words,
            )

        return make_train_block

    def begin_with(self, start: Start) -> None:
        """Let words and n-grams that an embedding has begin with its vectors.

        A word's own row becomes what its composed vector lacks.
        """
        if start.init is None:
            return
        dim, n_words, table = self.fasttext.dim, self.n_words, self.tables.input
        earlier = start.init.subwords
        if earlier is not None:
            self.check_same_ngrams(earlier)
            rows = earlier.rows(self.buckets)
            found = np.flatnonzero(rows >= 0)
            table[n_words + found, :dim] = earlier.vectors[rows[found]]
        composed = self.composed()
        wanted = composed.copy()
        start.fill(wanted, self.corpus.vocabulary)
        parts = np.diff(self.composition.starts)[:, None].astype(np.float32)
        table[:n_words, :dim] += parts * (wanted - composed)

    def check_same_ngrams(self, earlier: Subwords) -> None:
        """Refuse an embedding whose n-grams are cut or hashed in another way."""
        mine = (self.fasttext.min_n, self.fasttext.max_n, self.fasttext.n_buckets)
        theirs = (earlier.min_n, earlier.max_n, earlier.n_buckets)
        if earlier.encoding != "utf-8":
            raise InputError(
                "FastText goes on with n-grams cut from UTF-8. Received: an embedding whose "
                f"n-grams are cut from {earlier.encoding}. Train anew."
            )
        if mine != theirs:
            raise InputError(
                "FastText goes on with the same n-grams. Received: (min_n, max_n, n_buckets) = "
                f"{mine}, and the embedding has {theirs}. Set them to these."
            )

    def composed(self) -> NDArray[np.float32]:
        """Return the words' vectors so far, float32 (n_words, dim)."""
        vectors = aligned_zeros(self.n_words, padded(self.fasttext.dim))
        words = np.arange(self.n_words, dtype=np.int32)
        compose_rows(self.tables.input, self.composition, words, vectors)
        return vectors[:, : self.fasttext.dim].copy()

    def vectors(self) -> NDArray[np.float32]:
        """Return the words' vectors so far, float32 (n_words, dim)."""
        return self.composed()

    def subwords(self) -> Subwords:
        """Return a copy of the n-grams' vectors so far.

        N-grams that only the embedding has which training began with keep their vectors.
        """
        trainer = self.fasttext
        buckets = self.buckets
        vectors = self.tables.input[self.n_words : -1, : trainer.dim].copy()
        earlier = self.start.init.subwords if self.start.init else None
        if earlier is not None:
            kept = np.flatnonzero(~np.isin(earlier.buckets, buckets))
            buckets = np.concatenate([buckets, earlier.buckets[kept]])
            vectors = np.concatenate([vectors, earlier.vectors[kept]])
            order = np.argsort(buckets)
            buckets, vectors = buckets[order], vectors[order]
        return Subwords(trainer.min_n, trainer.max_n, trainer.n_buckets, buckets, vectors)


def compose(trainer: FastText, vocabulary: Vocabulary) -> tuple[Composition, NDArray[np.int32]]:
    """Return of which rows each word is composed, and the buckets that the n-gram rows stand for.

    Row i is that of word i; the rows of the used buckets, in rising order, follow.
    """
    splits, buckets = ngram_buckets(
        vocabulary.data, vocabulary.offsets, trainer.min_n, trainer.max_n, trainer.n_buckets
    )
    used, places = np.unique(buckets, return_inverse=True)
    n_words = len(vocabulary)
    starts = splits + np.arange(n_words + 1)
    rows = np.empty(len(buckets) + n_words, np.int32)
    is_word = np.zeros(len(rows), np.bool_)
    is_word[starts[:-1]] = True
    rows[is_word] = np.arange(n_words)
    rows[~is_word] = places + n_words
    return Composition(starts, rows), used.astype(np.int32)


def safe_batch(trainer: FastText, counts: NDArray[np.int64], composition: Composition) -> int:
    """Return for how many words of text at a time the distinct ones are composed.

    The words of a batch do not see each other's steps on the rows that they share, which would
    otherwise make them take smaller ones; the more they share, the smaller the batch must be.
    """
    kept = counts * keep_probabilities(counts, trainer.subsample)
    share = kept / kept.sum()
    parts = np.diff(composition.starts)
    # How often a word drawn from the text has each row.
    met = np.bincount(composition.rows, np.repeat(share, parts))
    overlap = float(
        (share / parts) @ np.add.reduceat(met[composition.rows], composition.starts[:-1])
    )
    return max(1, min(trainer.batch, int(LARGEST_SHARED_STEP / (trainer.learning_rate * overlap))))
