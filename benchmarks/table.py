"""What every benchmark returns, and how it is printed."""

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

__all__ = ["Row", "median_seconds", "print_table"]


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes:
        what: What was measured.
        ours: wordloom's figure.
        peer: The peer's figure; None where there is none.
        peer_name: Who the peer is.
        unit: Unit of both figures.
        higher_is_better: Whether the ratio is ours / peer (else peer / ours).
        note: Spread over seeds, settings, or a limit that must hold.
    """

    what: str
    ours: float
    unit: str
    peer: float | None = None
    peer_name: str = ""
    higher_is_better: bool = True
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times better than the peer."""
        if not self.peer or not self.ours:
            return None
        return self.ours / self.peer if self.higher_is_better else self.peer / self.ours

    def to_json(self) -> dict[str, object]:
        """Return the row as a dictionary that JSON can hold."""
        return {**asdict(self), "ratio": self.ratio}


def median_seconds(action: Callable[[], object], repeats: int = 5) -> float:
    """Return the median duration of an action, in seconds, after one run that does not count."""
    action()
    durations = []
    for _ in range(repeats):
        started = time.perf_counter()
        action()
        durations.append(time.perf_counter() - started)
    return statistics.median(durations)


def print_table(rows: list[Row]) -> None:
    """Print rows as a table for people."""
    lines = [["what", "wordloom", "peer", "", "ratio", "note"]]
    for row in rows:
        lines.append(
            [
                row.what,
                f"{row.ours:,.4g} {row.unit}" if row.ours < 1000 else f"{row.ours:,.0f} {row.unit}",
                ""
                if row.peer is None
                else f"{row.peer:,.4g}"
                if row.peer < 1000
                else f"{row.peer:,.0f}",
                row.peer_name,
                "" if row.ratio is None else f"{row.ratio:.2f}×",
                row.note,
            ]
        )
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        )
