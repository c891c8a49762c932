"""What is taken for what: the confusion matrix, and in words its greatest entries."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordloom.compare.page_parts.values import named, part

__all__ = ["confusion_part"]

# Of more labels, those with the most mistakes are shown.
MOST_LABELS = 50
NAMED = 5
LEAST = 0.005
# More labels than these have small cells; longer ones, or more, stand upright above their columns.
FEW, BRIEF = 12, 12
# From these shares on, white (on light paper) and black (on dark paper) is the better ink: there
# the contrast of both to the cell is about 4.6.
DEEP_LIGHT, DEEP_DARK = 0.828, 0.579


def confusion_part(comparison: Mapping[str, Any]) -> str:
    """Return the confusion matrix of the recommended model; nothing where it was not judged."""
    judged = comparison.get("judged") or {}
    labels = [str(label) for label in judged.get("labels") or []]
    counts = np.array(judged.get("confusion") or [], np.int64)
    if not labels or counts.shape != (len(labels),) * 2 or not counts.any():
        return ""
    lead = (
        f"The recommended model, judged on {judged.get('where') or 'texts it was not fitted on'}. "
        "A row for each true label, a column for each predicted one; colour is the share of the "
        "row."
    )
    content = in_words(labels, counts)
    if len(labels) > MOST_LABELS:
        errors = counts.sum(axis=0) + counts.sum(axis=1) - 2 * counts.diagonal()
        kept = np.sort(np.argsort(-errors, kind="stable")[:MOST_LABELS])
        lead += f" Shown are the {MOST_LABELS} labels of {len(labels):,} with the most mistakes."
        content += matrix([labels[at] for at in kept], counts, kept)
    else:
        content += matrix(labels, counts, np.arange(len(labels)))
    return part("confusion", "What is taken for what", lead, f'<div class="pair">{content}</div>')


def in_words(labels: Sequence[str], counts: NDArray[np.int64]) -> str:
    """Return the most frequent mistakes as sentences."""
    wrong = counts * (1 - np.eye(len(labels), dtype=np.int64))
    lines = []
    for place in np.argsort(-wrong, axis=None, kind="stable")[:NAMED].tolist():
        true, predicted = divmod(place, len(labels))
        if wrong[true, predicted] == 0:
            break
        share = wrong[true, predicted] / counts[true].sum()
        lines.append(
            f"<li><b>{named(labels[true], 40)}</b> taken for <b>"
            f"{named(labels[predicted], 40)}</b>: {wrong[true, predicted]:,} times, "
            f"{'under 1%' if share < LEAST else f'{share:.0%}'} of its texts</li>"
        )
    if not lines:
        return '<p class="soft">No text was labelled wrongly.</p>'
    return f'<ol class="worst">{"".join(lines)}</ol>'


def matrix(labels: Sequence[str], counts: NDArray[np.int64], kept: NDArray[np.int64]) -> str:
    """Return the table of counts with each label's recall and precision.

    Args:
        labels: The labels shown.
        counts: (n, n) of all labels: so often each true label was predicted as each other.
        kept: The numbers of the labels shown.
    """
    right = counts.diagonal()[kept]
    true, predicted = counts.sum(axis=1)[kept], counts.sum(axis=0)[kept]
    names = [named(label, 24) for label in labels]
    head = "".join(f'<th scope="col" class="turned">{name}</th>' for name in names)
    lines = []
    for at, (name, row) in enumerate(zip(names, counts[np.ix_(kept, kept)], strict=True)):
        cells = "".join(
            shaded(count, count / max(int(true[at]), 1), at == column)
            for column, count in enumerate(row.tolist())
        )
        lines.append(
            f'<tr><th scope="row">{name}</th>{cells}'
            f'<td class="sum">{share_text(right[at], true[at])}</td></tr>'
        )
    foot = "".join(
        f'<td class="sum">{share_text(*pair)}</td>' for pair in zip(right, predicted, strict=True)
    )
    small = " small" if len(labels) > FEW else ""
    if small or max(map(len, labels)) > BRIEF:
        small += " tall"
    return (
        '<div class="scroll" role="region" tabindex="0" aria-label="Confusion matrix">'
        f'<table class="confusion{small}"><thead><tr><td class="corner">true ↓ predicted →</td>'
        f'{head}<th scope="col" class="turned"><bdi>recall</bdi></th></tr></thead>'
        f'<tbody>{"".join(lines)}<tr><th scope="row" class="sum">precision</th>{foot}'
        '<td class="sum"></td></tr></tbody></table></div>'
    )


def shaded(count: int, share: float, right: bool) -> str:
    """Return a cell, the darker the larger its share of the row."""
    kinds = ["right"] * right + ["deep"] * (share > DEEP_LIGHT) + ["bright"] * (share > DEEP_DARK)
    name = f' class="{" ".join(kinds)}"' if kinds else ""
    return f'<td{name} style="--s:{share:.3f}">{f"{count:,}" if count else ""}</td>'


def share_text(part_: float, whole: float) -> str:
    """Return a share in percent."""
    return f"{part_ / whole:.0%}" if whole else "–"
