"""How much each text counts in the loss."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.linear.heads import ClassWeight, check_class_weight
from wordloom.classify.targets import Targets
from wordloom.combine.backend import keras

__all__ = ["LabelWeights"]


@dataclass(frozen=True)
class LabelWeights:
    """The weights that make labels count as `class_weight` says.

    Attributes:
        texts: float32 (n_texts,), how much each text counts: its label's weight where texts have
            one label, else 1.
        labels: float32 (n_classes,), how much more it counts that a text has a label than that it
            has not; None where texts have one label.
        sum: What the weights of the training texts add up to.
    """

    texts: NDArray[np.float32]
    labels: NDArray[np.float32] | None
    sum: float

    @classmethod
    def of(
        cls, targets: Targets, train: NDArray[np.int64], class_weight: ClassWeight
    ) -> "LabelWeights":
        """Work out the weights.

        "balanced" gives a label that n of the N training texts have the weight N / (classes · n),
        as scikit-learn does; where texts have several labels, (N - n) / n.

        Args:
            targets: The labels of all texts.
            train: int64, which texts are trained on.
            class_weight: None, "balanced", or a weight for each label (1 if it is not named).

        Raises:
            InputError: A label is unknown.
        """
        check_class_weight(class_weight, targets.classes)
        n_texts, codes = len(targets.codes), targets.codes[train]
        counts = Targets(targets.classes, codes).counts.astype(np.float64)
        if isinstance(class_weight, Mapping):
            each = np.array([class_weight.get(label, 1.0) for label in targets.classes.tolist()])
        elif class_weight is None:
            each = np.ones(len(counts))
        elif targets.multi_label:
            each = (len(train) - counts) / np.maximum(counts, 1)
        else:
            each = len(train) / (len(counts) * np.maximum(counts, 1))
        each = each.astype(np.float32)
        if targets.multi_label:
            return cls(np.ones(n_texts, np.float32), each, float(len(train)))
        texts = each[targets.codes]
        return cls(texts, None, float(texts[train].sum()))

    def loss(self) -> Callable[[Any, Any], Any]:
        """Return the loss of each text as Keras wants it: of labels and scores, (texts,)."""
        if self.labels is None:
            return softmax_loss
        positive = self.labels

        def binary_loss(labels: Any, scores: Any) -> Any:  # noqa: ANN401
            losses = keras.ops.relu(scores) - scores * labels
            losses = losses + keras.ops.log1p(keras.ops.exp(-keras.ops.abs(scores)))
            factors = 1 + labels * (keras.ops.convert_to_tensor(positive) - 1)
            return keras.ops.mean(losses * factors, axis=-1)

        return binary_loss


def softmax_loss(labels: Any, scores: Any) -> Any:  # noqa: ANN401 (tensors of any backend)
    """Return the cross-entropy of each text."""
    labels = keras.ops.reshape(labels, (-1,))
    return keras.losses.sparse_categorical_crossentropy(labels, scores, from_logits=True)
