"""A classifier on disk: settings as JSON, numbers as tensors, the embedding beside them.

| file | what |
|---|---|
| `classifier.json` | settings, labels, the format's version, the metrics of the last evaluation |
| `classifier.safetensors` | weights, means, scales; for TF-IDF the words, n-grams and idf |
| `embedding/` | the embedding as a module folder, so that the classifier stands alone |
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.checks import check_labels
from wordloom.classify.classifier import TextClassifier
from wordloom.classify.features import FEATURES, TextFeatures
from wordloom.classify.heads import HEADS
from wordloom.classify.metrics import Metrics
from wordloom.classify.ngrams import NgramTfidf
from wordloom.embedding.folder import load as load_embedding
from wordloom.errors import FormatError, InputError
from wordloom.output import check_folder, explained, new_folder
from wordloom.safetensors_file import read_tensors, write_tensors

__all__ = ["FORMAT_VERSION", "check_place", "is_classifier_folder", "load", "save"]

FORMAT_VERSION = 1
"""The version of the folder that this wordloom writes, and the newest that it reads."""

CONFIG, TENSORS, EMBEDDING = "classifier.json", "classifier.safetensors", "embedding"
MAX_N = 16
WHAT = "the classifier"


def save(classifier: TextClassifier, folder: str | os.PathLike[str]) -> Path:
    """Save a fitted classifier, with its embedding.

    The folder is written under another name beside its place and renamed when it is complete.

    Args:
        classifier: What to save.
        folder: Where to; a classifier that is there is replaced.

    Returns:
        The folder.

    Raises:
        InputError: The classifier is not fitted, its embedding cannot be saved, something else is
            in the folder, or the place cannot be written.

    Example:
        >>> import tempfile
        >>> classifier = TextClassifier(features="tfidf", C=1).fit(["a b", "c d"] * 2, [0, 1] * 2)
        >>> with tempfile.TemporaryDirectory() as place:
        ...     load(save(classifier, f"{place}/letters")).predict(["a", "c"]).tolist()
        [0, 1]
    """
    if not hasattr(classifier, "coef_"):
        raise InputError("Only a fitted classifier is saved. Received: one before `fit`.")
    embedding: Any = classifier.text_features_.embedding
    if embedding is not None and not hasattr(embedding, "save"):
        raise InputError(
            "A classifier is saved with its embedding. Received: an embedding of the type "
            f"{type(embedding).__name__}, which has no `save`."
        )
    folder = Path(folder).absolute()
    with new_folder(folder, WHAT, is_classifier_folder) as aside, explained(folder, WHAT):
        (aside / CONFIG).write_text(
            json.dumps(config_of(classifier), ensure_ascii=True, allow_nan=False, indent=2) + "\n",
            encoding="utf-8",
        )
        write_tensors(aside / TENSORS, tensors_of(classifier))
        if embedding is not None:
            embedding.save(aside / EMBEDDING)
    return folder


def is_classifier_folder(folder: str | os.PathLike[str]) -> bool:
    """Tell whether a folder was written by `save` (its `classifier.json` says so)."""
    try:
        read_config(Path(folder))
    except InputError:
        return False
    return True


def load(folder: str | os.PathLike[str]) -> TextClassifier:
    """Open a saved classifier; it predicts bit for bit as before.

    Args:
        folder: A folder that `save` wrote.

    Returns:
        The classifier.

    Raises:
        InputError: There is no such folder.
        FormatError: The folder is damaged, incomplete or not a classifier's.
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
    embedding = None
    if settings["features"] != "tfidf":
        embedding = load_embedding(folder / EMBEDDING)
    classifier = TextClassifier(embedding, **settings)
    features = TextFeatures(
        settings["features"], embedding, settings["pooling"], settings["max_n"], settings["min_df"]
    )
    n_dense = 0 if embedding is None else embedding.dim * len(features.poolings)
    if features.tfidf is not None:
        features.tfidf = NgramTfidf.from_tensors(tensors, settings["max_n"], settings["min_df"])
    features.mean = tensor(tensors, "mean", (n_dense,))
    features.scale = tensor(tensors, "scale", (n_dense,))
    if not np.all(features.scale > 0):
        raise damaged("a scale is not above 0")
    classes = checked_classes(config.get("classes"))
    n_rows = 1 if len(classes) == 2 else len(classes)
    classifier.coef_ = tensor(tensors, "weights", (n_rows, len(features)))
    classifier.intercept_ = tensor(tensors, "biases", (n_rows,))
    classifier.C_ = config["chosen_C"]
    classifier.classes_ = classes
    classifier.text_features_ = features
    metrics = config.get("metrics")
    classifier.metrics_ = None if metrics is None else Metrics.from_json(metrics)
    return classifier


def config_of(classifier: TextClassifier) -> dict[str, Any]:
    """Return everything about a classifier that is not an array."""
    settings = classifier.get_params(deep=False)
    del settings["embedding"]
    weight = settings["class_weight"]
    if isinstance(weight, Mapping):
        # As pairs, since the keys of a JSON object are texts only.
        settings["class_weight"] = [[label, float(value)] for label, value in weight.items()]
    metrics = classifier.metrics_
    return {
        "format": "wordloom-classifier",
        "format_version": FORMAT_VERSION,
        "settings": settings,
        "chosen_C": classifier.C_,
        "classes": classifier.classes_.tolist(),
        "metrics": None if metrics is None else metrics.to_json(),
    }


def tensors_of(classifier: TextClassifier) -> dict[str, NDArray[np.generic]]:
    """Return all arrays of a classifier, by name."""
    features = classifier.text_features_
    return {
        "weights": classifier.coef_,
        "biases": classifier.intercept_,
        "mean": features.mean,
        "scale": features.scale,
        **({} if features.tfidf is None else features.tfidf.tensors()),
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
    if type(version) is not int or not 1 <= version <= FORMAT_VERSION:
        raise FormatError(
            f"This wordloom reads classifiers of format version 1 to {FORMAT_VERSION}. Received: "
            f"version {version!r}. Update wordloom."
        )
    return config


def checked_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a classifier's saved settings, each of the type that it should be."""
    settings = dict(config["settings"])
    names = set(TextClassifier().get_params()) - {"embedding"}
    if set(settings) != names:
        raise TypeError(f"they name {sorted(set(settings) ^ names)} too much or too little")
    weight = settings["class_weight"]
    if isinstance(weight, list):
        settings["class_weight"] = weight = {label: float(value) for label, value in weight}
    rules = {
        "features": settings["features"] in list(FEATURES),
        "head": settings["head"] in list(HEADS),
        "pooling": settings["pooling"] is None or isinstance(settings["pooling"], str),
        "C": settings["C"] == "auto" or is_positive(settings["C"]),
        "chosen_C": is_positive(config["chosen_C"]),
        "class_weight": weight is None or weight == "balanced" or isinstance(weight, dict),
        "max_n": type(settings["max_n"]) is int and 1 <= settings["max_n"] <= MAX_N,
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


def checked_classes(classes: object) -> NDArray[np.generic]:
    """Return the labels if there are at least two, sorted, all of one type."""
    if isinstance(classes, list) and len(classes) >= 2:
        try:
            labels = check_labels(classes, len(classes))
        except InputError as error:
            raise damaged(str(error)) from None
        if len(np.unique(labels)) == len(labels) and np.array_equal(np.unique(labels), labels):
            return labels
    raise damaged(f"the classes in {CONFIG} are not at least two different labels in order")


def tensor(
    tensors: Mapping[str, NDArray[np.generic]], name: str, shape: tuple[int, ...]
) -> NDArray[np.float64]:
    """Return a float64 tensor if it has the shape that follows from the settings, all finite."""
    found = tensors.get(name)
    if found is None or found.dtype != np.float64 or found.shape != shape:
        received = "nothing" if found is None else f"{found.dtype} of shape {found.shape}"
        raise damaged(f"'{name}' should be float64 of shape {shape}, not {received}")
    if not np.all(np.isfinite(found.view(np.float64))):
        raise damaged(f"'{name}' holds NaN or infinity")
    return found.view(np.float64)


def check_place(folder: Path) -> None:
    """Refuse to replace anything that is not a classifier's folder.

    Args:
        folder: Where a classifier is to be saved.

    Raises:
        InputError: A file is there, or a folder that holds something else.
    """
    check_folder(folder, WHAT, is_classifier_folder)


def damaged(reason: str) -> FormatError:
    """Return the error for files that are damaged or do not fit each other."""
    return FormatError(
        f"The classifier is damaged: {reason}. Save it again, or copy the whole folder anew."
    )
