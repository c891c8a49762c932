"""Skip-gram with negative sampling (Mikolov et al. 2013, arXiv 1310.4546)."""

from dataclasses import dataclass

import numpy as np

from wordloom.kernels.negative_sampling import Sampler, Settings, Tables
from wordloom.kernels.simd import padded
from wordloom.kernels.skipgram import make_skipgram_space, train_skipgram_block
from wordloom.text.corpus import Corpus
from wordloom.train.negative_sampling import NegativeSampling, TrainBlock
from wordloom.train.run import BLOCK_WORDS

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

    def make_worker(self, corpus: Corpus, sampler: Sampler, settings: Settings) -> TrainBlock:
        """Return the function with which one thread trains a block."""
        space = make_skipgram_space(settings, padded(self.dim), BLOCK_WORDS)
        tokens, documents = np.asarray(corpus.tokens), np.asarray(corpus.documents)

        def train_block(
            tables: Tables, start: int, end: int, learning_rate: float, seed: np.uint64
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
