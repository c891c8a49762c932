"""A classifier on disk: settings as JSON, numbers as tensors, the embeddings beside them.

| file | what |
|---|---|
| `classifier.json` | settings, labels, the record of the fit, the last metrics, the version |
| `classifier.safetensors` | weights of a linear model or a network; vectors that training changed |
| `embeddings/N/` | each embedding as a module folder, so that the classifier stands alone |

Saved with references, it holds paths and checksums in place of the last. A network is built again
from its settings, on whichever backend Keras uses then.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.checks import check_labels
from wordloom.classify.classifier import TextClassifier
from wordloom.classify.embedding_places import open_places, store
from wordloom.classify.linear.features import FEATURES
from wordloom.classify.linear.heads import HEADS
from wordloom.classify.linear.hybrid import HYBRID_FEATURES, HybridModel
from wordloom.classify.linear.model import LinearModel
from wordloom.classify.metrics import Metrics
from wordloom.classify.models import build_model, plain
from wordloom.classify.neural.encoder_names import encoder_from_json
from wordloom.classify.neural.encoders import Encoder
from wordloom.classify.neural.history import History
from wordloom.classify.saved_arrays import damaged
from wordloom.errors import FormatError, InputError
from wordloom.output import check_folder, explained, new_folder
from wordloom.safetensors_file import read_tensors, write_tensors
from wordloom.text.word_ngrams import LONGEST

__all__ = ["FORMAT_VERSION", "check_place", "is_classifier_folder", "load", "save"]

FORMAT_VERSION = 4
"""The version of the folder that this wordloom writes; 2, which has no `mix`, and 3 open too."""

CONFIG, TENSORS = "classifier.json", "classifier.safetensors"
WHAT = "the classifier"


def save(
    classifier: TextClassifier,
    folder: str | os.PathLike[str],
    embeddings: Literal["copy", "reference"] = "copy",
) -> Path:
    """Save a fitted classifier, with its embeddings.

    The folder is written under another name beside its place and renamed when it is complete.

    Args:
        classifier: What to save.
        folder: Where to; a classifier that is there is replaced.
        embeddings: "copy" writes the embeddings into the folder, so that it stands alone;
            "reference" only notes their paths and checksums, for embeddings that are large or
            shared, and were given to the classifier as paths.

    Returns:
        The folder.

    Raises:
        InputError: The classifier is not fitted, its settings have changed since, an embedding
            cannot be saved, something else is in the folder, or the place cannot be written.

    Example:
        >>> import tempfile
        >>> classifier = TextClassifier(features="tfidf", C=1).fit(["a b", "c d"] * 2, [0, 1] * 2)
        >>> with tempfile.TemporaryDirectory() as place:
        ...     load(save(classifier, f"{place}/letters")).predict(["a", "c"]).tolist()
        [0, 1]
    """
    if not hasattr(classifier, "model_"):
        raise InputError("Only a fitted classifier is saved. Received: one before `fit`.")
    if build_model(classifier, classifier.embeddings_).settings != classifier.model_.settings:
        raise InputError(
            "A classifier is saved with the settings that it was fitted with. Received: one whose "
            "settings have changed since. Fit it again, or set them back."
        )
    folder = Path(folder).absolute()
    with new_folder(folder, WHAT, is_classifier_folder) as aside, explained(folder, WHAT):
        places = store(classifier.embeddings_, classifier.embedding_paths_, aside, embeddings)
        config = {**config_of(classifier), "embeddings": places}
        (aside / CONFIG).write_text(
            json.dumps(config, ensure_ascii=True, allow_nan=False, indent=2) + "\n",
            encoding="utf-8",
        )
        write_tensors(aside / TENSORS, classifier.model_.tensors())
    return folder


def is_classifier_folder(folder: str | os.PathLike[str]) -> bool:
    """Tell whether a folder was written by `save` (its `classifier.json` says so)."""
    try:
        read_config(Path(folder))
    except InputError:
        return False
    return True


def load(
    folder: str | os.PathLike[str],
    embeddings: Mapping[str, str | os.PathLike[str]] | None = None,
) -> TextClassifier:
    """Open a saved classifier; it predicts as before (a linear one bit for bit).

    Args:
        folder: A folder that `save` wrote.
        embeddings: Where embeddings lie now that the classifier refers to by path, by name.

    Returns:
        The classifier.

    Raises:
        InputError: There is no such folder; or an embedding that it refers to is not there, or is
            not the one it was.
        FormatError: The folder is damaged, incomplete or not a classifier's.
        MissingExtraError: A network needs Keras, which is not installed.
    """
    folder = Path(folder)
    if not folder.is_dir():
        reason = "a file" if folder.exists() else "which does not exist"
        raise InputError(
            f"A classifier is opened from a folder. Received: {folder}, {reason}. Check the path."
        )
    config = read_config(folder)
    tensors = read_tensors(folder / TENSORS)
    try:
        settings = checked_settings(config)
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise damaged(f"the settings in {CONFIG} are not a classifier's ({error})") from None
    opened, paths = open_places(config.get("embeddings"), folder, embeddings)
    classifier = TextClassifier(opened[0] if len(opened) == 1 else list(opened) or None, **settings)
    if classifier.encoder != "linear":
        # Keras first: if it cannot run, the settings are not to blame.
        from wordloom.combine.backend import import_keras

        import_keras()
    try:
        model = build_model(classifier, opened)
    except FormatError:
        raise
    except InputError as error:
        raise damaged(str(error).removesuffix(".")) from None
    classes, multi_label = checked_classes(config)
    model.restore(tensors, len(classes), multi_label=multi_label)
    if isinstance(model, LinearModel):
        model.C = config["chosen_C"]
    elif not isinstance(model, HybridModel):
        model.history = History.from_json(config.get("history"))
    classifier.take_from(model)
    classifier.classes_ = classes
    classifier.multi_label_ = multi_label
    classifier.embeddings_, classifier.embedding_paths_ = opened, paths
    metrics = config.get("metrics")
    classifier.metrics_ = None if metrics is None else Metrics.from_json(metrics)
    return classifier


def config_of(classifier: TextClassifier) -> dict[str, Any]:
    """Return everything about a classifier that is neither an array nor an embedding."""
    settings = {name: plain(value) for name, value in classifier.get_params(deep=False).items()}
    del settings["embeddings"]
    weight = settings["class_weight"]
    if isinstance(weight, Mapping):
        # As pairs, since the keys of a JSON object are texts only.
        settings["class_weight"] = [[plain(label), float(value)] for label, value in weight.items()]
    if isinstance(settings["encoder"], Encoder):
        settings["encoder"] = settings["encoder"].to_json()
    metrics, linear = classifier.metrics_, classifier.encoder == "linear"
    return {
        "format": "wordloom-classifier",
        "format_version": FORMAT_VERSION,
        "settings": settings,
        "chosen_C": classifier.C_ if linear else None,
        "history": None if linear else classifier.history_.to_json(),
        "multi_label": classifier.multi_label_,
        "classes": classifier.classes_.tolist(),
        "metrics": None if metrics is None else metrics.to_json(),
    }


def read_config(folder: Path) -> dict[str, Any]:
    """Return what `classifier.json` holds, if it is of a version that this wordloom reads."""
    path = folder / CONFIG
    if not path.is_file() or not (folder / TENSORS).is_file():
        raise FormatError(
            f"A classifier's folder holds {CONFIG} and {TENSORS}. Received: {folder}, without one "
            "of them. Save the classifier again, or copy the whole folder."
        )
    try:
        config = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from None
    except (ValueError, RecursionError) as error:
        raise damaged(f"{CONFIG} is not JSON ({error})") from None
    if not isinstance(config, dict) or config.get("format") != "wordloom-classifier":
        raise FormatError(f"{path} does not describe a classifier of wordloom.")
    version = config.get("format_version")
    if version not in (2, 3, FORMAT_VERSION) or type(version) is not int:
        raise FormatError(
            f"This wordloom reads classifiers of format versions 2 to {FORMAT_VERSION}. Received: "
            f"version {version!r}. "
            + ("Fit and save it again." if version == 1 else "Update wordloom.")
        )
    return config


def checked_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a classifier's saved settings, each of the type that it should be.

    Those of a network are checked when it is built.
    """
    settings = dict(config["settings"])
    if config["format_version"] == 2:
        settings.setdefault("mix", "learned")
    names = set(TextClassifier().get_params()) - {"embeddings"}
    if set(settings) != names:
        raise TypeError(f"they name {sorted(set(settings) ^ names)} too much or too little")
    weight = settings["class_weight"]
    if isinstance(weight, list):
        settings["class_weight"] = weight = {label: float(value) for label, value in weight}
    encoder = settings["encoder"]
    if isinstance(encoder, dict):
        settings["encoder"] = encoder = encoder_from_json(encoder)
    rules = {
        "encoder": isinstance(encoder, str | Encoder),
        "features": settings["features"] in [*FEATURES, *HYBRID_FEATURES],
        "head": settings["head"] in [None, *HEADS],
        "pooling": settings["pooling"] is None or isinstance(settings["pooling"], str),
        "C": settings["C"] == "auto" or is_positive(settings["C"]),
        "chosen_C": encoder != "linear" or is_positive(config["chosen_C"]),
        "class_weight": weight is None or weight == "balanced" or isinstance(weight, dict),
        "max_n": settings["max_n"] is None
        or (type(settings["max_n"]) is int and 1 <= settings["max_n"] <= LONGEST),
        "min_df": settings["min_df"] is None
        or (type(settings["min_df"]) is int and settings["min_df"] >= 1),
        "random_state": settings["random_state"] is None or type(settings["random_state"]) is int,
    }
    if wrong := [name for name, kept in rules.items() if not kept]:
        raise TypeError(f"the value of {', '.join(wrong)} is none that a classifier has")
    return settings


def is_positive(value: object) -> bool:
    """Tell whether a JSON value is a number above 0."""
    return isinstance(value, int | float) and value is not True and 0 < value < np.inf


def checked_classes(config: Mapping[str, Any]) -> tuple[NDArray[np.generic], bool]:
    """Return the labels, if there are enough, sorted, of one type; and if texts have several."""
    classes, multi_label = config.get("classes"), config.get("multi_label")
    if not isinstance(multi_label, bool):
        raise damaged(f"{CONFIG} does not say whether texts have several labels")
    if isinstance(classes, list) and len(classes) >= (1 if multi_label else 2):
        try:
            labels = check_labels(classes, len(classes))
        except InputError as error:
            raise damaged(str(error)) from None
        if len(np.unique(labels)) == len(labels) and np.array_equal(np.unique(labels), labels):
            return labels, multi_label
    raise damaged(f"the classes in {CONFIG} are not at least two different labels in order")


def check_place(folder: Path) -> None:
    """Refuse to replace anything that is not a classifier's folder.

    Args:
        folder: Where a classifier is to be saved.

    Raises:
        InputError: A file is there, or a folder that holds something else.
    """
    check_folder(folder, WHAT, is_classifier_folder)
