"""Learning from one's own guesses on unlabelled texts, where held-out texts say that it helps."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.linear.calibration import Calibration
from wordloom.classify.linear.choice import Choice, Folds, choose
from wordloom.classify.linear.one_vs_rest import Job, Rows, fit

__all__ = ["learn_from_guesses"]

SURE: Final = 0.5
"""The share of the guesses of each label, the surest first, that is believed."""

MARGIN: Final = 0.01
"""By how much the loss of held-out texts must fall: several settings are tried with guesses."""

TRUST: Final = 0.5
"""How much an error on a guess counts, beside 1 for a label."""


def learn_from_guesses(
    rows: Rows,
    job: Job,
    folds: Folds,
    codes: NDArray[np.int64] | NDArray[np.bool_],
    weights: NDArray[np.float64],
    choice: Choice,
    *,
    C: float | None,
    seed: int,
) -> tuple[Job, Choice] | None:
    """Add surely guessed texts to the training texts, if held-out texts gain by it.

    H. Scudder (1965), Probability of Error of Some Adaptive Pattern-Recognition Machines. For each
    fold the guesses come from a model that was not fitted on its held-out texts (which had a part
    in the line that says how sure a guess is).

    Args:
        rows: The labelled texts, then the unlabelled ones.
        job: What there is to learn from the labelled texts.
        folds: Which of them are held out.
        codes: int64 (n_labelled,), their labels.
        weights: float64 (n_labelled,), how much each counts.
        choice: The settings without guesses.
        C: The strength, if it is given.
        seed: Seed of the fits.

    Returns:
        What to learn from, and the settings to do it with; None where labels alone do better.
    """
    n_labelled = len(codes)
    unlabelled = np.arange(n_labelled, len(rows))
    asked = rows.part(unlabelled)

    def with_guesses(texts: NDArray[np.int64]) -> Job:
        labelled = Job(texts, job.positive, job.costs)
        model = fit(rows, labelled, choice.C, choice.share, seed)
        guesses, sure = guess(choice.calibration, model.scores(asked))
        positive = np.zeros((len(rows), job.positive.shape[1]), np.bool_)
        positive[:n_labelled], positive[unlabelled] = job.positive, guesses
        costs = np.full(positive.shape, TRUST * float(np.mean(weights)), np.float32)
        costs[:n_labelled] = job.costs
        return Job(np.concatenate([texts, unlabelled[sure]]), positive, costs)

    jobs = [with_guesses(train) for train in folds.train]
    found = choose({choice.blocks: rows}, jobs, folds, codes, weights, C=C, seed=seed)
    if not found.loss < (1 - MARGIN) * choice.loss:
        return None
    return with_guesses(job.texts), found


def guess(
    calibration: Calibration, scores: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Guess labels from scores.

    Args:
        calibration: From scores to log-odds.
        scores: float64 (n_texts, n_outputs).

    Returns:
        bool (n_texts, n_outputs), the guessed label; bool (n_texts,), which guesses are sure.

    Example:
        >>> line = Calibration(1.0, np.zeros(1))
        >>> guesses, sure = guess(line, np.array([[2.0], [0.1], [-3.0], [-0.2]]))
        >>> guesses[:, 0].tolist(), sure.tolist()
        ([True, True, False, False], [True, False, True, False])
    """
    logits = calibration.apply(scores)
    if logits.shape[1] == 1:
        logits = np.concatenate([np.zeros_like(logits), logits], axis=1)
    best = logits.argmax(axis=1)
    ordered = np.sort(logits, axis=1)
    margins = ordered[:, -1] - ordered[:, -2]
    sure = np.zeros(len(best), np.bool_)
    for label in range(logits.shape[1]):
        members = np.flatnonzero(best == label)
        order = members[np.argsort(-margins[members], kind="stable")]
        sure[order[: int(np.ceil(SURE * len(members)))]] = True
    guesses = best[:, None] == np.arange(logits.shape[1])
    return (guesses[:, 1:] if scores.shape[1] == 1 else guesses), sure
