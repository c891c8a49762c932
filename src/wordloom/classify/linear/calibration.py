"""From scores to log-odds that mean what they say."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Calibration", "calibrate"]

# Beyond this a handful of held-out texts would make anything seem certain.
STEEPEST = 30.0
# The pull towards slope 1 and no shift, worth about so many texts.
PULL = 1.0


@dataclass(frozen=True)
class Calibration:
    """A line from scores to log-odds: one slope for all labels, and a shift for each.

    Attributes:
        slope: What scores are multiplied by.
        shifts: float64 (n_outputs,), what is added.
    """

    slope: float
    shifts: NDArray[np.float64]

    def apply(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return log-odds, float64 (n_texts, n_outputs)."""
        return scores * self.slope + self.shifts


def calibrate(
    scores: NDArray[np.float64],
    targets: NDArray[np.int64] | NDArray[np.bool_],
    weights: NDArray[np.float64],
) -> tuple[Calibration, float]:
    """Find the line that gives held-out texts the lowest log loss.

    J. Platt (1999), Probabilistic Outputs for Support Vector Machines, with one slope for all
    labels (C. Guo et al. 2017, On Calibration of Modern Neural Networks: temperature and bias).

    Args:
        scores: float64 (n_texts, n_outputs), of texts that the model was not fitted on. One output
            is for the second of two labels.
        targets: int64 (n_texts,), the label of each; or bool (n_texts, n_outputs), which labels
            each text has, if it may have any number.
        weights: float64 (n_texts,), how much each text counts.

    Returns:
        The line, and the mean log loss (nats) that it leaves, with a little added where the line is
        far from slope 1 without shifts, more so for few texts.

    Example:
        >>> scores = np.array([[-2.0], [-1.0], [1.0], [2.0], [0.5], [-0.5]])
        >>> line, loss = calibrate(scores, np.array([0, 0, 1, 1, 0, 1]), np.ones(6))
        >>> 0.5 < line.slope < 3, loss < 0.69
        (True, True)
    """
    from scipy.optimize import minimize
    from scipy.special import expit, log_expit, log_softmax, softmax

    n_texts, n_outputs = scores.shape
    single = n_outputs == 1 or targets.ndim == 2
    truth = (
        np.asarray(targets, np.float64).reshape(n_texts, n_outputs)
        if single
        else np.eye(n_outputs)[targets]
    )
    share = weights / weights.sum()

    def loss(line: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logits = scores * line[0] + line[1:]
        if single:
            each = -(truth * log_expit(logits) + (1 - truth) * log_expit(-logits)).sum(axis=1)
            error = expit(logits) - truth
        else:
            each = -(truth * log_softmax(logits, axis=1)).sum(axis=1)
            error = softmax(logits, axis=1) - truth
        error = error * share[:, None]
        pull = line - start
        gradient = np.concatenate([[np.sum(error * scores)], error.sum(axis=0)])
        return (
            float(share @ each + PULL / n_texts * (pull @ pull) / 2),
            gradient + PULL / n_texts * pull,
        )

    start = np.concatenate([[1.0], np.zeros(n_outputs)])
    bounds = [(1e-3, STEEPEST), *[(None, None)] * n_outputs]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return Calibration(float(found.x[0]), found.x[1:].copy()), float(found.fun)
