"""An attention report as text."""

from collections.abc import Mapping, Sequence

from wordloom.classify.attention.aggregates import AttentionRow
from wordloom.classify.attention.shown_words import printable
from wordloom.text_table import aligned

__all__ = ["attention_table"]

# Longer words would push the numbers off the screen.
WORD_COLUMNS = 28


def attention_table(
    embeddings: Sequence[str], title: str, parts: Mapping[str, Sequence[AttentionRow]]
) -> str:
    """Return mean weights as tables, one below the other.

    Args:
        embeddings: The embeddings' names.
        title: The first line.
        parts: Rows under their headings; headings without rows are left out.

    Returns:
        Lines of text.
    """
    lines = [title, "mean weight ± its standard error, for texts drawn anew"]
    for heading, rows in parts.items():
        if not rows:
            continue
        cells = [[fitted(heading.replace("_", " ")), "tokens", *map(fitted, embeddings)]]
        for row in rows:
            means = [number(m, e) for m, e in zip(row.mean, row.error, strict=True)]
            cells.append([fitted(row.name), f"{row.n_tokens:,}", *means])
        if heading == "overall":
            first = rows[0]
            cells.append(["has the largest weight", "", *map(percent, first.largest)])
            if first.known:
                cells.append(["has a vector", "", *map(percent, first.known)])
        lines += ["", aligned(cells)]
    return "\n".join(lines)


def fitted(word: str) -> str:
    """Return a word on one line, without what a terminal would obey, and cut if it is long."""
    word = "".join(c if c.isprintable() else "\ufffd" for c in printable(word))
    return word if len(word) <= WORD_COLUMNS else f"{word[: WORD_COLUMNS - 1]}…"


def number(mean: float, error: float) -> str:
    """Return a mean with its error, as far as there are such."""
    if mean != mean:
        return "–"
    return f"{mean:.3f}" if error != error else f"{mean:.3f} ±{error:.3f}"


def percent(share: float) -> str:
    """Return a share as text."""
    return "–" if share != share else f"{share:.1%}"
