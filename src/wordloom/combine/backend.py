"""Keras, on JAX unless the user chose another backend.

Keras picks its backend once, when it is first imported, and takes TensorFlow if nobody says
otherwise. Its file of settings does not tell a choice from that default, because Keras writes the
file itself; only the environment variable ``KERAS_BACKEND`` and an earlier import are choices.
"""

import importlib.util
import os
import sys
from types import ModuleType
from typing import Any

from wordloom.errors import InputError, MissingExtraError

__all__ = ["TRAINING_BACKENDS", "import_keras", "keras"]

TRAINING_BACKENDS = ("jax", "tensorflow", "torch")
"""The first of these that is installed is taken; wordloom's extra "neural" installs JAX."""


def import_keras() -> ModuleType:
    """Import Keras 3 with the backend that the user chose, or else the best one that is there.

    Returns:
        The module `keras`.

    Raises:
        MissingExtraError: Keras 3 or a backend for it is not installed.
        InputError: Keras has no backend of the name that the user chose.

    Example:
        >>> import_keras().backend.backend() in ("jax", "tensorflow", "torch", "numpy")
        True
    """
    if "keras" not in sys.modules and "KERAS_BACKEND" not in os.environ:
        found = next((name for name in TRAINING_BACKENDS if importlib.util.find_spec(name)), None)
        if found is None or importlib.util.find_spec("keras") is None:
            raise missing("keras" if found else "jax")
        os.environ["KERAS_BACKEND"] = found
        try:
            import keras
        finally:
            # Set for this import only: programs that are started later choose for themselves.
            del os.environ["KERAS_BACKEND"]
    try:
        import keras
    except ModuleNotFoundError as error:
        raise missing(error.name or "keras") from None
    except ValueError as error:
        if "backend" not in str(error):
            raise
        raise InputError(
            f"KERAS_BACKEND must name a backend of Keras: {', '.join(TRAINING_BACKENDS)}, or numpy "
            f"to predict only. Received: {os.environ.get('KERAS_BACKEND')!r}. Correct or unset it."
        ) from None
    if not hasattr(keras, "ops"):
        raise missing("keras 3")
    module: ModuleType = keras
    return module


def missing(package: str) -> MissingExtraError:
    """Return the error for a package that is not installed, or too old."""
    return MissingExtraError(package, "neural", "putting embeddings into networks")


keras: Any = import_keras()
"""The module itself, for the other modules of this room."""
