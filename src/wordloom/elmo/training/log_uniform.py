"""Words drawn log-uniformly over their ranks, without repetition: sampled softmax's candidates.

Jean et al. 2015, "On Using Very Large Target Vocabulary for Neural Machine Translation",
arXiv 1412.2007, in the form that the published ELMo was trained with: TensorFlow's
``log_uniform_candidate_sampler`` with ``unique=True``.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["LogUniformSampler"]


class LogUniformSampler:
    """Draws rows of a softmax whose words are sorted by falling frequency.

    Row k is drawn with probability log((k + 2) / (k + 1)) / log(n_rows + 1), near to how often
    a word of that rank occurs (Zipf's law).

    Args:
        n_rows: How many rows the softmax has.
        n_samples: How many different ones to draw; less than `n_rows`.
    """

    def __init__(self, n_rows: int, n_samples: int) -> None:
        self.n_rows, self.n_samples = n_rows, n_samples
        ranks = np.arange(n_rows, dtype=np.float64)
        self.probabilities = np.log((ranks + 2) / (ranks + 1)) / np.log(n_rows + 1)
        self.first_draw = np.empty(n_rows, np.int64)

    def draw(self, random: np.random.Generator) -> tuple[NDArray[np.int32], int]:
        """Draw until there are enough different rows.

        Args:
            random: The generator.

        Returns:
            int32 (n_samples,), different rows in the order in which they came; and how many draws
            it took.
        """
        drawn = np.zeros(0, np.int64)
        while True:
            more = random.random(2 * self.n_samples)
            # The inverse of the distribution function log(k + 1) / log(n_rows + 1).
            rows = (np.exp(more * np.log(self.n_rows + 1)) - 1).astype(np.int64)
            drawn = np.concatenate([drawn, np.minimum(rows, self.n_rows - 1)])
            places = np.arange(len(drawn))
            # Written from the last to the first, so that a row's first draw stays.
            self.first_draw[drawn[::-1]] = places[::-1]
            new = np.flatnonzero(self.first_draw[drawn] == places)
            if len(new) >= self.n_samples:
                new = new[: self.n_samples]
                return drawn[new].astype(np.int32), int(new[-1]) + 1

    def log_expected_counts(self, rows: NDArray[np.int32], tries: int) -> NDArray[np.float32]:
        """Return how often rows are among what so many draws give, as a logarithm.

        Args:
            rows: int32 (n,).
            tries: How many draws there were.

        Returns:
            float32 (n,).
        """
        missed = tries * np.log1p(-self.probabilities[rows])
        logarithms: NDArray[np.float32] = np.log(-np.expm1(missed)).astype(np.float32)
        return logarithms
