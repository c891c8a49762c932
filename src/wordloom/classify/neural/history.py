"""What a fit recorded: losses and scores by step, as a table, as JSON and as a picture."""

import math
import os
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from pathlib import Path
from types import UnionType
from typing import Any

from wordloom.errors import FormatError, InputError
from wordloom.text_table import aligned

__all__ = ["History", "Measurement"]

HELD_OUT = ("loss", "accuracy", "macro_precision", "macro_recall", "macro_f1")
MAX_REASON = 1000


@dataclass(frozen=True)
class Measurement:
    """The state of a fit at one step.

    The figures on the held-out part are all numbers, or all None where there is no such part.

    Attributes:
        epoch: How many times the training texts were gone through, the begun epoch counted.
        step: How many batches the network was trained on so far.
        seconds: Wall-clock seconds since the fit began.
        training_loss: The mean loss of the training texts since the measurement before.
        loss: The mean loss of the held-out texts.
        accuracy: The part of them whose label was right (of several labels, all of them).
        macro_precision: The mean over the labels of precision, from 0 to 1.
        macro_recall: The mean over the labels of recall, from 0 to 1.
        macro_f1: The mean over the labels of F1, from 0 to 1.

    Raises:
        InputError: A figure is not a finite number from 0, or above what it can be.
    """

    epoch: int
    step: int
    seconds: float
    training_loss: float
    loss: float | None = None
    accuracy: float | None = None
    macro_precision: float | None = None
    macro_recall: float | None = None
    macro_f1: float | None = None

    def __post_init__(self) -> None:
        for name in ("epoch", "step"):
            check(name, getattr(self, name), int)
        for name in ("seconds", "training_loss"):
            check(name, getattr(self, name), int | float)
        if all(getattr(self, name) is None for name in HELD_OUT):
            return
        for name in HELD_OUT:
            check(name, getattr(self, name), int | float, 1 if name != "loss" else math.inf)


@dataclass(frozen=True)
class History:
    """The record of a fit.

    Attributes:
        measurements: The measurements, in the order in which they were made.
        stop_reason: Why the fit ended, as in "no better for 3 epochs"; empty while it goes on.
        best_epoch: The epoch whose weights were kept; None where nothing was held out.

    Raises:
        InputError: The measurements are out of order, some lack figures that others have, or none
            is of the best epoch.

    Example:
        >>> history = History((Measurement(1, 20, 3.5, 1.2), Measurement(2, 40, 6.0, 0.7)))
        >>> print(history.table())
        epoch  step  seconds  training loss
        1        20      3.5         1.2000
        2        40      6.0         0.7000
    """

    measurements: tuple[Measurement, ...] = ()
    stop_reason: str = ""
    best_epoch: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "measurements", tuple(self.measurements))
        for earlier, later in pairwise(self.measurements):
            if (
                later.step <= earlier.step
                or later.epoch < earlier.epoch
                or later.seconds < earlier.seconds
            ):
                raise InputError(
                    "The steps of a history's measurements grow, and epochs and seconds never "
                    f"fall. Received: {later} after {earlier}."
                )
        if len({measurement.loss is None for measurement in self.measurements}) > 1:
            raise InputError("All measurements of a history have held-out figures, or none has.")
        if self.best_epoch is not None and self.best is None:
            raise InputError(
                f"The best epoch must be a measured one. Received: best_epoch={self.best_epoch!r}."
            )

    @property
    def held_out(self) -> bool:
        """Whether there are figures on a held-out part."""
        return bool(self.measurements) and self.measurements[0].loss is not None

    @property
    def best(self) -> Measurement | None:
        """The last measurement of the best epoch; None where there is no best epoch."""
        found = [entry for entry in self.measurements if entry.epoch == self.best_epoch]
        return found[-1] if found else None

    def table(self) -> str:
        """Return the measurements as a plain table, with the best one marked."""
        head = ["epoch", "step", "seconds", "training loss"]
        if self.held_out:
            head += ["held-out loss", "accuracy", "macro precision", "macro recall", "macro F1", ""]
        rows = [head]
        for entry in self.measurements:
            row = [
                str(entry.epoch),
                f"{entry.step:,}",
                f"{entry.seconds:,.1f}",
                f"{entry.training_loss:.4f}",
            ]
            if self.held_out:
                row += [f"{getattr(entry, name):.4f}" for name in HELD_OUT]
                row.append("best" if entry is self.best else "")
            rows.append(row)
        ending = [f"The fit ended: {self.stop_reason}."] if self.stop_reason else []
        return "\n".join([aligned(rows), *ending])

    def __str__(self) -> str:
        return self.table()

    def save_picture(self, path: str | os.PathLike[str], *, title: str | None = None) -> Path:
        """Draw the learning curves, and the scores on the held-out part, by step.

        Args:
            path: The file, ending in .png, .svg or .pdf; one that exists is replaced.
            title: What stands above the picture.

        Returns:
            The file.

        Raises:
            InputError: Nothing was measured, the ending is unknown, or the file cannot be written.
            MissingExtraError: matplotlib is not installed.
        """
        from wordloom.classify.neural.history_picture import save_history

        return save_history(path, self, title=title)

    def to_json(self) -> dict[str, Any]:
        """Return everything as what JSON knows; `from_json` reads it."""
        return {
            "measurements": [asdict(entry) for entry in self.measurements],
            "stop_reason": self.stop_reason,
            "best_epoch": self.best_epoch,
        }

    @classmethod
    def from_json(cls, data: object) -> "History":
        """Read what `to_json` returned.

        Args:
            data: What JSON gave, not trusted.

        Returns:
            An equal history.

        Raises:
            FormatError: It is something else.

        Example:
            >>> History.from_json(History(stop_reason="all epochs done").to_json()).stop_reason
            'all epochs done'
        """
        try:
            history = record(cls, data)
            if not isinstance(history["measurements"], list):
                raise InputError("Measurements are a list.")
            reason, best = history["stop_reason"], history["best_epoch"]
            if not isinstance(reason, str) or len(reason) > MAX_REASON or not reason.isprintable():
                raise InputError(f"The reason is one line of at most {MAX_REASON:,} characters.")
            if best is not None:
                check("best_epoch", best, int)
            entries = [
                Measurement(**record(Measurement, entry)) for entry in history["measurements"]
            ]
            return cls(tuple(entries), reason, best)
        except InputError as error:
            raise FormatError(f"A saved history is damaged: {error} Fit again.") from None


def check(name: str, value: object, kind: type | UnionType, most: float = math.inf) -> None:
    """Refuse a figure that is not a finite number from 0 to `most`."""
    if isinstance(value, kind) and not isinstance(value, bool):
        number: Any = value
        if 0 <= number <= most and number < math.inf:
            return
    rule = "whole number" if kind is int else "finite number"
    to = f" to {most:g}" if most < math.inf else ""
    raise InputError(f"`{name}` must be a {rule} from 0{to}. Received: {repr(value)[:80]}.")


def record(kind: type[History | Measurement], data: object) -> dict[str, Any]:
    """Return a JSON object if it has just the fields of a record."""
    names = {field.name for field in fields(kind)}
    if not isinstance(data, dict) or set(data) != names:
        raise InputError(f"A {kind.__name__} has the fields {', '.join(sorted(names))}.")
    return data
