"""Spearman correlation with human judgements of word similarity."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["SETS", "word_similarity"]

SETS = {
    "WS-353": "EN-WS-353-ALL.txt",
    "SimLex": "EN-SIMLEX-999.txt",
    "MEN": "EN-MEN-TR-3k.txt",
    "RW": "EN-RW-STANFORD.txt",
}


def word_similarity(words: Sequence[str], vectors: NDArray[np.float32]) -> dict[str, float]:
    """Return the correlation of each set; pairs with an OOV word are left out."""
    from scipy.stats import spearmanr

    folder = Path(os.environ["WORDLOOM_DATA"]) / "wordsim"
    rows = {word: row for row, word in enumerate(words)}
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    scores = {}
    for name, file in SETS.items():
        left, right, human = [], [], []
        for line in (folder / file).read_text("utf-8").splitlines():
            parts = line.split()
            if len(parts) < 3:
                continue
            first, second = rows.get(parts[0].lower()), rows.get(parts[1].lower())
            if first is not None and second is not None:
                left.append(first)
                right.append(second)
                human.append(float(parts[2]))
        cosines = np.einsum("ij,ij->i", unit[left], unit[right])
        scores[name] = float(spearmanr(cosines, human)[0])
    return scores
