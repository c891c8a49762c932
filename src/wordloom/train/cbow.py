"""CBOW with negative sampling (Mikolov et al. 2013, arXiv 1301.3781)."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from wordloom.errors import InputError
from wordloom.kernels.cbow import make_cbow_space, train_cbow_block
from wordloom.kernels.negative_sampling import Sampler, Settings
from wordloom.kernels.simd import padded
from wordloom.text.corpus import Corpus
from wordloom.train.negative_sampling import (
    BLOCK_WORDS,
    NegativeSampling,
    NegativeSamplingTask,
    TrainBlock,
    initial_tables,
)
from wordloom.train.start import Start

__all__ = ["CBOW"]


@dataclass(frozen=True)
class CBOW(NegativeSampling):
    """CBOW with negative sampling: the mean of the neighbours learns to predict a word.

    Faster than skip-gram, better on frequent words, worse on rare ones. Settings and defaults are
    those of word2vec.c (`NegativeSampling` lists them; the learning rate is twice skip-gram's).

    Attributes:
        cbow_gradient: "word2vec" gives each context word the whole gradient of the mean, as
            word2vec.c and gensim do; "exact" divides it by the number of context words, as the
            derivative asks (Irsoy et al. 2021, arXiv 2012.15332, who then use a learning rate of
            0.075).

    Example:
        >>> from wordloom.text.corpus import Corpus
        >>> corpus = Corpus.from_texts(["red wine and white wine"] * 20, min_count=1)
        >>> embedding = CBOW(dim=8, subsample=0).train(corpus, threads=1)
        >>> embedding.vectors.shape
        (4, 8)
    """

    learning_rate: float = 0.05
    chunk: int = 128
    shared_negatives: int = 16
    cbow_gradient: Literal["exact", "word2vec"] = "word2vec"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.cbow_gradient not in ("exact", "word2vec"):
            raise InputError(
                f'`cbow_gradient` must be "exact" or "word2vec". Received: {self.cbow_gradient!r}.'
            )

    def prepare(
        self, text: Corpus, start: Start, seed: int, threads: int, progress: bool
    ) -> tuple[Corpus, NegativeSamplingTask]:
        """Set up a training; see `Trainer.prepare`."""
        tokens, documents = np.asarray(text.tokens), np.asarray(text.documents)
        tables = initial_tables(text, start, self.dim, seed)
        exact = self.cbow_gradient == "exact"

        def make_train_block(sampler: Sampler, settings: Settings) -> TrainBlock:
            space = make_cbow_space(settings, padded(self.dim), BLOCK_WORDS, len(text.vocabulary))

            def train_block(
                start: int, end: int, learning_rate: float, seed: np.uint64
            ) -> tuple[float, int, float]:
                return train_cbow_block(
                    tokens,
                    documents,
                    start,
                    end,
                    tables,
                    sampler,
                    settings,
                    exact,
                    learning_rate,
                    seed,
                    space,
                )

            return train_block

        return text, NegativeSamplingTask(self, text, tables, seed, make_train_block)
