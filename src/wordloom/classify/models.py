"""From a classifier's settings to the model that does the work, and the texts it holds out."""

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.linear.dense import TextVectors
from wordloom.classify.linear.hybrid import HYBRID_FEATURES, HybridModel, HybridSettings
from wordloom.classify.linear.model import LinearModel, LinearSettings
from wordloom.classify.neural.encoder_names import named_encoder
from wordloom.classify.neural.encoders import Encoder
from wordloom.classify.neural.learned import LearnedEmbedding
from wordloom.classify.neural.settings import NeuralSettings
from wordloom.classify.targets import Targets
from wordloom.elmo.embedding import ELMoEmbedding
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError

if TYPE_CHECKING:
    from wordloom.classify.classifier import TextClassifier

__all__ = ["build_model", "held_out_part", "plain"]

# scikit-learn and Keras take seeds of 32 bits.
MAX_SEED = 1 << 32


def build_model(
    classifier: "TextClassifier", embeddings: Sequence[TextVectors | LearnedEmbedding]
) -> Any:  # noqa: ANN401 (a HybridModel, LinearModel or NeuralModel, which needs Keras)
    """Return the model that a classifier's settings describe, not yet fitted.

    Args:
        classifier: Its settings.
        embeddings: Its embeddings, opened.

    Raises:
        InputError: The settings do not fit together, or a value is none of the known ones.
        MissingExtraError: A network needs Keras, which is not installed.
    """
    given = {name: plain(value) for name, value in classifier.get_params(deep=False).items()}
    seed = given["random_state"]
    if seed is not None and (type(seed) is not int or not 0 <= seed < MAX_SEED):
        raise InputError(
            f"random_state must be None or a whole number from 0 to {MAX_SEED - 1:,}. Received: "
            f"{seed!r}."
        )
    if classifier.encoder == "linear":
        if any(isinstance(each, LearnedEmbedding) for each in embeddings):
            raise InputError(
                "Vectors are learned from scratch by networks. Received: LearnedEmbedding with "
                "encoder='linear'. Name another encoder, or a trained embedding."
            )
        if classifier.combine != "concatenate":
            raise InputError(
                "The linear model lays the vectors of several embeddings side by side; other ways "
                f"to combine them need a network. Received: combine={classifier.combine!r} with "
                "encoder='linear'. Name another encoder, as 'mean'."
            )
        return linear_model(given, embeddings)
    if classifier.features not in ("auto", "dense"):
        raise InputError(
            f"N-grams are for encoder='linear'. Received: features={classifier.features!r} with "
            f"the encoder {classifier.encoder!r}. Leave them out."
        )
    if not embeddings:
        raise InputError(
            "A network needs embeddings. Received: none. Pass some, or "
            "LearnedEmbedding(dim=100), which learns one from the labelled texts."
        )
    for each in embeddings:
        if not isinstance(each, StaticEmbedding | ELMoEmbedding | LearnedEmbedding):
            raise InputError(
                "A network needs embeddings with a vector for each word. Received: "
                f"{type(each).__name__}. Take a StaticEmbedding or an ELMoEmbedding."
            )
    settings = {field.name: given[field.name] for field in fields(NeuralSettings)}
    if not isinstance(classifier.encoder, Encoder):
        settings["encoder"] = named_encoder(classifier.encoder)
    if settings["learning_rate"] is None:
        settings["learning_rate"] = settings["encoder"].learning_rate
    checked = NeuralSettings(**settings)
    from wordloom.classify.neural.model import NeuralModel

    return NeuralModel(embeddings, checked)  # type: ignore[arg-type]


def linear_model(
    given: dict[str, Any], embeddings: Sequence[TextVectors | LearnedEmbedding]
) -> HybridModel | LinearModel:
    """Return the linear model that settings describe, not yet fitted."""
    if given["features"] in HYBRID_FEATURES:
        if given["head"] not in (None, "svm"):
            raise InputError(
                "The features 'auto' and 'nb' are for a support vector machine, whose "
                f"probabilities are calibrated. Received: head={given['head']!r}. Leave it "
                "out, or take features='dense+tfidf'."
            )
        hybrid = {field.name: given[field.name] for field in fields(HybridSettings)}
        return HybridModel(embeddings, HybridSettings(**hybrid))  # type: ignore[arg-type]
    settings = {field.name: given[field.name] for field in fields(LinearSettings)}
    settings["head"] = given["head"] or "logistic"
    settings["max_n"] = 2 if given["max_n"] is None else given["max_n"]
    return LinearModel(embeddings, LinearSettings(**settings))  # type: ignore[arg-type]


def plain(value: Any) -> Any:  # noqa: ANN401 (a setting of any type)
    """Return a setting as Python has it: NumPy's numbers come from grids such as `np.logspace`."""
    return value.item() if isinstance(value, np.generic) else value


def held_out_part(classifier: "TextClassifier", targets: Targets) -> NDArray[np.int64]:
    """Choose the texts that decide when a network's training stops.

    Args:
        classifier: Its settings, checked by `build_model`.
        targets: The labels of all texts.

    Returns:
        int64, the numbers of the texts, rising: the same share of each label's texts, rounded, but
        never the last one; none for a linear model.
    """
    if classifier.encoder == "linear" or not classifier.validation_share:
        return np.zeros(0, np.int64)
    share, random = classifier.validation_share, np.random.default_rng(classifier.random_state)
    order = random.permutation(len(targets.codes))
    if targets.multi_label:
        return np.sort(order[: min(round(len(order) * share), len(order) - 1)])
    chosen = []
    for code in range(len(targets.classes)):
        members = order[targets.codes[order] == code]
        chosen.append(members[: min(round(len(members) * share), len(members) - 1)])
    return np.sort(np.concatenate(chosen))
