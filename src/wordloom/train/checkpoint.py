"""Checkpoints: the whole state of a training in one file, to go on from after any interruption."""

import hashlib
import json
import math
import os
import re
import time
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from glob import escape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import DataWarning, FormatError, InputError
from wordloom.safetensors_file import read_metadata, read_tensors, write_tensors

__all__ = ["Checkpoints", "Position"]

FORMAT = "wordloom checkpoint 1"


@dataclass(frozen=True)
class Position:
    """How far a training has come.

    Attributes:
        epoch: The epoch it is in, from 0.
        turn: How many turns of it are done.
        losses: The mean loss of each finished epoch.
        seconds: How long training took so far.
    """

    epoch: int
    turn: int
    losses: tuple[float, ...]
    seconds: float


class Checkpoints:
    """Where a training keeps its state, and how often.

    Args:
        path: The file; another name beside it is used while writing, so that at any moment it is
            complete or not there.
        seconds: How long to train between two checkpoints, in seconds.
    """

    def __init__(self, path: Path, seconds: float) -> None:
        self.path = path
        self.seconds = seconds
        self.last = time.monotonic()

    def due(self) -> bool:
        """Tell whether it is time for the next one."""
        return time.monotonic() - self.last >= self.seconds

    def write(
        self,
        identity: Mapping[str, object],
        position: Position,
        state: Mapping[str, NDArray[np.generic]],
    ) -> None:
        """Write a checkpoint in place of the one before.

        What the file system refuses is a `DataWarning`: training goes on, and the checkpoint before
        stays.

        Args:
            identity: What a training must have in common with this one to go on from here.
            position: How far it has come.
            state: Its arrays.
        """
        header = {"identity": json.dumps(identity), "position": json.dumps(asdict(position))}
        metadata = {"format": FORMAT, **header, "digest": digest(header, state)}
        try:
            write_tensors(self.path, state, metadata)
        except InputError as error:
            warnings.warn(f"No checkpoint was written. {error}", DataWarning, stacklevel=2)
        self.last = time.monotonic()

    def read(
        self, identity: Mapping[str, object], state: Mapping[str, NDArray[np.generic]]
    ) -> Position | None:
        """Read the checkpoint into the arrays of a training that is about to begin.

        Args:
            identity: As for `write`.
            state: The arrays, changed in place.

        Returns:
            How far the training had come; None where there is no checkpoint, with a `DataWarning`.

        Raises:
            InputError: It belongs to another text or to other settings.
            FormatError: It is damaged, or not a checkpoint.
        """
        self.remove_leftovers()
        if not self.path.exists():
            warnings.warn(
                f"There is no checkpoint {self.path} to resume from: training begins at the "
                "beginning.",
                DataWarning,
                stacklevel=4,  # whoever called `train`
            )
            return None
        metadata = read_metadata(self.path)
        if metadata.get("format") != FORMAT:
            raise FormatError(
                f"{self.path} is not a checkpoint that this wordloom reads. Name another file, or "
                "train from the beginning."
            )
        tensors = read_tensors(self.path)
        if digest(metadata, tensors) != metadata.get("digest"):
            raise self.damaged("its content is not what was written")
        kept = self.parsed(metadata, "identity")
        for name in [*identity, *(kept.keys() - identity.keys())]:
            # What JSON makes of a value is what was written: a tuple is a list there.
            mine = json.loads(json.dumps(identity.get(name)))
            if mine != kept.get(name):
                raise InputError(
                    "Training goes on with the same text and settings. Received: "
                    f"{name} {mine!r}, and the checkpoint {self.path} has {kept.get(name)!r}. Take "
                    "back the change, or train from the beginning with another checkpoint."
                )
        position = self.position(metadata)
        same = tensors.keys() == state.keys() and all(
            tensors[name].shape == state[name].shape and tensors[name].dtype == state[name].dtype
            for name in state
        )
        if not same:
            raise self.damaged("its arrays are not those of this training")
        for name, array in state.items():
            array[...] = tensors[name]
        return position

    def position(self, metadata: Mapping[str, str]) -> Position:
        """Return how far the training had come, every number checked."""
        entries = self.parsed(metadata, "position")
        try:
            position = Position(**{**entries, "losses": tuple(entries["losses"])})
            whole = (position.epoch, position.turn)
            numbers = (position.seconds, *position.losses)
            sound = (
                all(type(value) is int and value >= 0 for value in whole)
                and all(math.isfinite(value) for value in numbers)
                and position.seconds >= 0
                and len(position.losses) == position.epoch
            )
        except (KeyError, OverflowError, TypeError):
            sound = False
        if not sound:
            raise self.damaged("its position makes no sense")
        return position

    def parsed(self, metadata: Mapping[str, str], name: str) -> dict[str, Any]:
        """Return an entry of the header as what it was before it became JSON."""
        try:
            entry = json.loads(metadata[name])
        except (KeyError, ValueError, RecursionError):
            entry = None
        if not isinstance(entry, dict):
            raise self.damaged(f"its {name} is not there")
        return entry

    def damaged(self, reason: str) -> FormatError:
        """Return the error for a checkpoint that cannot be trusted."""
        return FormatError(
            f"The checkpoint {self.path} is damaged: {reason}. Remove it, and train from the "
            "beginning."
        )

    def remove_leftovers(self) -> None:
        """Remove what processes that were killed while writing left behind."""
        for path in self.path.parent.glob(f".{escape(self.path.name)}.*.partial"):
            process = re.fullmatch(r"(\d+)\.partial", path.name[len(self.path.name) + 2 :])
            if process and not is_running(int(process[1])):
                with suppress(OSError):
                    path.unlink()


def digest(header: Mapping[str, str], state: Mapping[str, NDArray[np.generic]]) -> str:
    """Return a digest of all that a checkpoint says, and of its arrays and their names."""
    total = hashlib.blake2b(digest_size=16)
    total.update(json.dumps([header.get("identity"), header.get("position")]).encode())
    for name in sorted(state):
        total.update(name.encode())
        total.update(np.ascontiguousarray(state[name]).data)
    return total.hexdigest()


def is_running(process: int) -> bool:
    """Tell whether there is a process of that number."""
    if os.name == "nt":  # where signal 0 would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
