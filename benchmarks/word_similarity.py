"""Spearman correlation with human judgements of word similarity."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.static import StaticEmbedding
from wordloom.inspect.benchmarks.evaluate import evaluate
from wordloom.text.vocabulary import Vocabulary

__all__ = ["SETS", "word_similarity"]

SETS = {"WS-353": "WS-353", "SimLex": "SimLex-999", "MEN": "MEN", "RW": "RW"}


def word_similarity(words: Sequence[str], vectors: NDArray[np.float32]) -> dict[str, float]:
    """Return the correlation of each set; pairs with an OOV word are left out."""
    embedding = StaticEmbedding(Vocabulary.from_words(words), vectors)
    report = evaluate(embedding, list(SETS.values()), resamples=0)
    return {name: report[title].scores[0].score or 0.0 for name, title in SETS.items()}
