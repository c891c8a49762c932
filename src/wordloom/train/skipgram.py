"""Skip-gram with negative sampling (Mikolov et al. 2013, arXiv 1310.4546)."""

from dataclasses import dataclass

import numpy as np

from wordloom.kernels.negative_sampling import Sampler, Settings
from wordloom.kernels.simd import padded
from wordloom.kernels.skipgram import make_skipgram_space, train_skipgram_block
from wordloom.text.corpus import Corpus
from wordloom.train.negative_sampling import (
    BLOCK_WORDS,
    NegativeSampling,
    NegativeSamplingTask,
    TrainBlock,
    initial_tables,
)
from wordloom.train.start import Start

__all__ = ["SkipGram"]


@dataclass(frozen=True)
class SkipGram(NegativeSampling):
    """Skip-gram with negative sampling: each word learns to predict its neighbours.

    The best default for a domain's own text: good on rare words. Settings and defaults are those
    of word2vec.c (`NegativeSampling` lists them). All pairs of a chunk of consecutive words are
    trained from the same state and share their negative words, which is what makes it fast.

    Example:
        >>> from wordloom.text.corpus import Corpus
        >>> corpus = Corpus.from_texts(["red wine and white wine"] * 20, min_count=1)
        >>> embedding = SkipGram(dim=8, subsample=0).train(corpus, threads=1)
        >>> embedding.vectors.shape
        (4, 8)
    """

    @property
    def pairs_per_center(self) -> int:
        """How many training pairs one center word makes, on average."""
        return self.window + 1

    def prepare(
        self, text: Corpus, start: Start, seed: int, threads: int, progress: bool
    ) -> tuple[Corpus, NegativeSamplingTask]:
        """Set up a training; see `Trainer.prepare`."""
        tokens, documents = np.asarray(text.tokens), np.asarray(text.documents)
        tables = initial_tables(text, start, self.dim, seed)

        def make_train_block(sampler: Sampler, settings: Settings) -> TrainBlock:
            space = make_skipgram_space(
                settings, padded(self.dim), BLOCK_WORDS, len(text.vocabulary)
            )

            def train_block(
                start: int, end: int, learning_rate: float, seed: np.uint64
            ) -> tuple[float, int, float]:
                return train_skipgram_block(
                    tokens,
                    documents,
                    start,
                    end,
                    tables,
                    sampler,
                    settings,
                    learning_rate,
                    seed,
                    space,
                )

            return train_block

        return text, NegativeSamplingTask(self, text, tables, seed, make_train_block)
