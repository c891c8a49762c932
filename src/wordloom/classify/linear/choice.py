"""The settings of the hybrid model, chosen by what held-out training texts say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.linear.calibration import Calibration, calibrate
from wordloom.classify.linear.heads import FOLDS, assign_folds
from wordloom.classify.linear.one_vs_rest import Job, Rows, held_out_scores

__all__ = ["Choice", "Folds", "choose", "make_folds", "untested"]

STRENGTHS: Final = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Values of C. On SciCite the best one is 0.1 to 0.3, on IMDB 1 to 3, on the last 20 tokens of its
reviews 0.1, on BBC news 3 to 10."""

SHARE: Final = 0.5
"""Length of the dense part that is tried first, beside n-grams of length 1."""

OTHER_SHARES: Final = ((1.0, 2.0, 4.0), (0.25, 0.125))
"""Lengths that are tried after it: longer ones as long as each is better, or else shorter ones."""

ENOUGH_TEXTS: Final = 3000
"""So many held-out texts decide; the standard error of an accuracy of 0.9 is then 0.005."""


@dataclass(frozen=True)
class Folds:
    """How texts are held out.

    Attributes:
        train: int64 each, the texts that remain, fold by fold.
        held_out: int64 each, those that are held out.
    """

    train: tuple[NDArray[np.int64], ...]
    held_out: tuple[NDArray[np.int64], ...]

    def __len__(self) -> int:
        return len(self.train)


@dataclass(frozen=True)
class Choice:
    """Settings, and how they did on texts that the models were not fitted on.

    Attributes:
        blocks: The names of the dense features that are used.
        C: Inverse strength of the penalty.
        share: The length of the dense part.
        calibration: From scores to log-odds.
        loss: Mean log loss of the held-out texts, nats, as `calibrate` returns it; 0 if none could
            be held out.
    """

    blocks: tuple[str, ...]
    C: float
    share: float
    calibration: Calibration
    loss: float


def untested(blocks: tuple[str, ...], n_outputs: int, C: float | None) -> Choice:
    """Return settings where no text can be held out to choose them by.

    Args:
        blocks: The names of the dense features.
        n_outputs: How many scores a text gets.
        C: The strength, if it is given.
    """
    return Choice(blocks, C or 1.0, SHARE, Calibration(1.0, np.zeros(n_outputs)), 0.0)


def make_folds(codes: NDArray[np.int64] | NDArray[np.bool_], seed: int | None) -> Folds:
    """Choose which texts are held out.

    Each label is spread evenly over five folds, of which as many are used as it takes to judge by
    3,000 texts.

    Args:
        codes: int64 (n_texts,), the label of each; or bool (n_texts, n_labels).
        seed: Seed of the choice.

    Returns:
        The folds; none, if no label has two texts.
    """
    n_texts = len(codes)
    if codes.ndim == 2:
        order = np.random.default_rng(seed).permutation(n_texts)
        numbers = np.empty(n_texts, np.int64)
        numbers[order] = np.arange(n_texts) % FOLDS
    else:
        numbers = assign_folds(codes, seed)
    used = range(min(FOLDS, -(-ENOUGH_TEXTS * FOLDS // n_texts)))
    pairs = [(np.flatnonzero(numbers != fold), np.flatnonzero(numbers == fold)) for fold in used]
    kept = [(train, held) for train, held in pairs if len(held) and learnable(codes[train])]
    return Folds(tuple(train for train, _ in kept), tuple(held for _, held in kept))


def learnable(codes: NDArray[np.int64] | NDArray[np.bool_]) -> bool:
    """Tell whether texts have labels to tell apart."""
    if codes.ndim == 2:
        return bool(np.any(codes.any(axis=0) & ~codes.all(axis=0)))
    return len(np.unique(codes)) > 1


def choose(
    rows: Mapping[tuple[str, ...], Rows],
    jobs: Sequence[Job],
    folds: Folds,
    codes: NDArray[np.int64] | NDArray[np.bool_],
    weights: NDArray[np.float64],
    *,
    C: float | None,
    seed: int,
) -> Choice:
    """Choose the dense features, their share and the strength of the penalty.

    First the features are chosen at one share, then the share. The lowest log loss wins. To be
    called with one BLAS thread, as the fits are threads themselves.

    Args:
        rows: What a model may see, by the names of its dense features.
        jobs: What to learn from, fold by fold.
        folds: Which texts are held out.
        codes: The labels of the texts, as `calibrate` takes them.
        weights: float64 (n_texts,), how much each text counts.
        C: The strength, if it is given.
        seed: Seed of the fits.

    Returns:
        The choice.
    """
    strengths = STRENGTHS if C is None else (C,)
    held = np.concatenate(folds.held_out)

    def best(blocks: tuple[str, ...], share: float) -> Choice:
        found = held_out_scores(rows[blocks], jobs, folds.held_out, strengths, share, seed)
        tried = [
            Choice(blocks, strength, share, *calibrate(scores, codes[held], weights[held]))
            for strength, scores in zip(strengths, found, strict=True)
        ]
        return min(tried, key=lambda choice: choice.loss)

    choice = min((best(blocks, SHARE) for blocks in rows), key=lambda choice: choice.loss)
    for shares in OTHER_SHARES if choice.blocks else ():
        for share in shares:
            other = best(choice.blocks, share)
            if other.loss >= choice.loss:
                break
            choice = other
        if choice.share != SHARE:
            break
    return choice
