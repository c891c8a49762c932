"""The state of a fit between two epochs, to go on from after any interruption.

One safetensors file: the weights, the optimiser's state, the best weights so far, and as text what
was measured and what the fit must have in common with the one that goes on. What is drawn at random
follows from the seed, the epoch and the saved state of Keras' generators, so a resumed fit gives
what an uninterrupted one gives.
"""

import hashlib
import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.neural.history import History
from wordloom.combine.backend import keras
from wordloom.errors import DataWarning, FormatError, InputError
from wordloom.safetensors_file import read_metadata, read_tensors, write_tensors

if TYPE_CHECKING:
    from wordloom.classify.neural.state import State

__all__ = ["Checkpoint", "digest_of"]

FORMAT = "wordloom neural checkpoint 1"


class Checkpoint:
    """Where a fit keeps its state.

    Args:
        path: The file; it is written aside and renamed after each epoch.
        identity: What a fit must have in common with the one that wrote it: settings, and digests
            of the texts and of the vectors.
    """

    def __init__(self, path: Path, identity: Mapping[str, object]) -> None:
        self.path = path
        # What JSON makes of a value is what will be read: a tuple is a list there.
        self.identity: dict[str, object] = json.loads(json.dumps(identity))

    def write(self, state: "State") -> None:
        """Write the state in place of the one before; a full disk is a warning, not the end."""
        model = state.trainee.model
        tensors: dict[str, NDArray[Any]] = {}
        for part, values in (
            ("state", state_of(model)),
            ("optimizer", model.optimizer.variables),
            ("best", state.best or []),
        ):
            for place, value in enumerate(values):
                tensors[f"{part}.{place}"] = keras.ops.convert_to_numpy(value)
        history = History(tuple(state.measurements), state.stop_reason, state.best_epoch)
        metadata = {
            "format": FORMAT,
            "identity": json.dumps(self.identity),
            "history": json.dumps(history.to_json()),
        }
        try:
            write_tensors(self.path, tensors, metadata)
        except InputError as error:
            warnings.warn(f"No checkpoint was written. {error}", DataWarning, stacklevel=2)

    def restore(self, state: "State") -> None:
        """Take over the saved state; without one, training begins at the beginning.

        Args:
            state: The state of a fit that is about to begin; changed.

        Raises:
            InputError: The checkpoint belongs to other texts or settings.
            FormatError: It is damaged, or not a checkpoint.
        """
        if not self.path.exists():
            return
        metadata = read_metadata(self.path)
        if metadata.get("format") != FORMAT:
            raise FormatError(
                f"{self.path} is not a checkpoint of a network that this wordloom reads. Name "
                "another file."
            )
        try:
            identity = json.loads(metadata["identity"])
            history = History.from_json(json.loads(metadata["history"]))
        except (ValueError, KeyError) as error:
            raise self.damaged(f"its description cannot be read ({error})") from None
        for name, mine in self.identity.items():
            if identity.get(name) != mine:
                raise InputError(
                    "A fit goes on from a checkpoint of the same texts and settings. Received: "
                    f"{self.path}, where {name} is {identity.get(name)!r} and not {mine!r}. Give "
                    "both runs the same, or remove the file."
                )
        tensors = read_tensors(self.path)
        model = state.trainee.model
        for part, variables in (
            ("state", state_of(model)),
            ("optimizer", model.optimizer.variables),
        ):
            for place, variable in enumerate(variables):
                variable.assign(self.tensor(tensors, f"{part}.{place}", variable))
        if history.best_epoch is not None:
            state.best = [
                np.array(self.tensor(tensors, f"best.{place}", variable))
                for place, variable in enumerate(model.weights)
            ]
        state.measurements = list(history.measurements)
        state.best_epoch = history.best_epoch
        state.stop_reason = history.stop_reason

    def tensor(
        self,
        tensors: Mapping[str, NDArray[np.generic]],
        name: str,
        variable: Any,  # noqa: ANN401 (a Keras variable)
    ) -> NDArray[np.generic]:
        """Return a saved array if it fits its variable."""
        found = tensors.get(name)
        shape = tuple(variable.shape)
        if found is None or found.shape != shape:
            received = "nothing" if found is None else f"shape {found.shape}"
            raise self.damaged(f"'{name}' should have the shape {shape}, not {received}")
        return found

    def damaged(self, reason: str) -> FormatError:
        """Return the error for a file that does not hold what it should."""
        return FormatError(
            f"The checkpoint {self.path} is damaged: {reason}. Remove it to begin anew."
        )


def state_of(model: Any) -> list[Any]:  # noqa: ANN401 (a Keras model)
    """Return all that training changes in a model: weights, and the state of random generators."""
    metrics = {id(variable) for metric in model.metrics for variable in metric.variables}
    return [variable for variable in model.variables if id(variable) not in metrics]


def digest_of(*arrays: NDArray[np.generic]) -> str:
    """Return a short text that differs wherever arrays differ (BLAKE2b, 128 bits)."""
    digest = hashlib.blake2b(digest_size=16)
    for array in arrays:
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
