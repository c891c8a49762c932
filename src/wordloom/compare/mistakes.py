"""What a row got wrong on the held-out folds: a confusion matrix and its hardest mistakes."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from wordloom.compare.data import ComparedTexts
from wordloom.compare.leaderboard import Leaderboard

__all__ = ["confusion_and_mistakes"]

SHOWN = 20
# Of a longer text this much is shown.
MAX_CHARACTERS = 2000


def confusion_and_mistakes(
    texts: ComparedTexts,
    board: Leaderboard,
    results: Mapping[str, Mapping[str, Any]],
    row: str,
) -> dict[str, Any] | None:
    """Return what a row predicted of the texts of all folds that are done.

    Args:
        texts: The texts.
        board: Knows the jobs.
        results: Those of finished jobs, by id.
        row: The row's id.

    Returns:
        As what JSON knows: where it was judged, the labels, the confusion matrix with a row for
        each true label, and the wrong predictions of which the model was the most certain. None if
        no fold is done.
    """
    folds = [job for job in board.jobs if job.row == row and job.labels is None]
    done = [job for job in folds if job.id in results]
    if not done:
        return None
    n_labels = len(texts.labels)
    confusion = np.zeros((n_labels, n_labels), np.int64)
    wrong = []
    for job in done:
        result = results[job.id]
        held = np.flatnonzero(texts.folds == job.fold)
        true, predicted = texts.codes[held], np.array(result["predicted"], np.int64)
        np.add.at(confusion, (true, predicted), 1)
        for place in np.flatnonzero(true != predicted).tolist():
            wrong.append((result["sureness"][place], held[place].item(), predicted[place].item()))
    shown = sorted(wrong, key=lambda each: -each[0])[:SHOWN]
    certain = all(results[job.id]["has_probability"] for job in done)
    return {
        "where": f"the held-out texts of {len(done)} of {len(folds)} folds",
        "labels": [str(label) for label in texts.labels],
        "confusion": confusion.tolist(),
        "mistakes": [
            {
                "text": texts.texts[number][:MAX_CHARACTERS],
                "label": str(texts.labels[int(texts.codes[number])]),
                "predicted": str(texts.labels[code]),
                "probability": sureness if certain else None,
            }
            for sureness, number, code in shown
        ],
    }
