"""How well the language models predict text that they were not trained on."""

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from wordloom.elmo.training.batches import Batches
    from wordloom.elmo.training.language_model import LanguageModel, Weights

__all__ = ["Perplexity", "judge"]


class Perplexity(NamedTuple):
    """The perplexity of both models: exp of the mean negative log-likelihood of a prediction.

    Predicted are all words and the mark behind (the backward model: before) each sentence, by the
    softmax over all its words. Words that it lacks count as one word, <UNK>.

    Attributes:
        forward: Of the forward model.
        backward: Of the backward model.
    """

    forward: float
    backward: float

    @property
    def average(self) -> float:
        """The mean of both, as published."""
        return (self.forward + self.backward) / 2

    def to_json(self) -> dict[str, float]:
        """Return all three."""
        return {**self._asdict(), "average": self.average}


def judge(model: "LanguageModel", weights: "Weights", batches: "Batches") -> Perplexity:
    """Measure the perplexity on held-out text, every word of which is predicted once.

    Args:
        model: The language models.
        weights: Their weights.
        batches: The held-out text.

    Returns:
        The perplexity of both.
    """
    lanes = batches.lanes
    memory = model.first_memory(lanes.lanes)
    h, c = memory["h"], memory["c"]
    total = np.zeros(2)
    for turn in range(-(-lanes.length // lanes.steps)):
        losses, h, c = model.judge(weights, batches.make(turn), h, c)
        total += np.asarray(losses)
    forward, backward = np.exp(np.minimum(total / len(batches.stream), math.log(1e300))).tolist()
    return Perplexity(forward, backward)
