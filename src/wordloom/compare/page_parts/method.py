"""What to do next, and what was compared on which texts, and how."""

from collections.abc import Mapping
from typing import Any

from wordloom.compare.page_parts.values import counted, finite, named, part, three
from wordloom.compare.page_parts.verdict import command
from wordloom.markup import as_html, duration

__all__ = ["method_part", "next_part"]

# Labels whose counts are shown.
LABELS = 50
# More labels than these stand in columns.
FEW = 12
# How the program calls what it counts in pairs of texts that are the same.
DUPLICATES = {
    "n_train": "training texts",
    "n_test": "test texts",
    "within_train": "training texts that repeat an earlier one",
    "within_test": "test texts that repeat an earlier one",
    "across": "test texts that occur in training",
}


def next_part(comparison: Mapping[str, Any]) -> str:
    """Return what to do next; nothing where nothing is known."""
    lines = "".join(f"<li>{advice(str(line))}</li>" for line in comparison.get("next") or [])
    return part("next", "What to do next", "", f'<ol class="next">{lines}</ol>' if lines else "")


def advice(line: str) -> str:
    """Return advice; commands in it, alone or between backquotes, look like commands."""
    if line.startswith("wordloom "):
        return command(line)
    pieces = line.split("`")
    if len(pieces) % 2 == 0:
        return as_html(line)
    return "".join(
        f"<code>{as_html(piece)}</code>" if number % 2 else as_html(piece)
        for number, piece in enumerate(pieces)
    )


def method_part(comparison: Mapping[str, Any]) -> str:
    """Return what was compared, and how."""
    data = comparison.get("data") or {}
    protocol = comparison.get("protocol") or {}
    entries = [
        ("Texts", texts(data, comparison.get("test") is not None)),
        ("Labels", labels(data.get("labels") or {})),
        ("Repeated texts", duplicates(data.get("duplicates"))),
        ("Judged", judged(protocol)),
        ("Embeddings", embeddings(comparison)),
        ("Notes", notes(data.get("notes") or [])),
        ("Run", run(comparison, protocol)),
    ]
    lines = "".join(f"<dt>{name}</dt><dd>{shown}</dd>" for name, shown in entries if shown)
    return part("method", "What was compared, and how", "", f"<dl>{lines}</dl>")


def texts(data: Mapping[str, Any], tested: bool) -> str:
    """Return the data's name and size."""
    said = f"{named(data.get('name') or 'unnamed')}: {counted(data.get('texts'), 'text')}"
    if finite(data.get("test_texts")):
        said += f", and {counted(data['test_texts'], 'test text')}, "
        said += "judged once, at the end" if tested else "which are judged at the end"
    return f"{said}."


def labels(counts: Mapping[str, Any]) -> str:
    """Return how many texts each label has, as bars."""
    most = max((finite(count) or 0 for count in counts.values()), default=0) or 1
    ordered = sorted(counts.items(), key=lambda pair: -(finite(pair[1]) or 0))
    bars = "".join(
        f'<li>{named(label, 40)}<i><b style="width:'
        f'{100 * (finite(count) or 0) / most:.1f}%"></b></i>'
        f'<span class="value">{finite(count) or 0:,.0f}</span></li>'
        for label, count in ordered[:LABELS]
    )
    more, many = len(ordered) - LABELS, " many" if len(ordered) > FEW else ""
    tail = f'<p class="soft">and {counted(more, "label")} more</p>' if more > 0 else ""
    return f'<ul class="bars{many}">{bars}</ul>{tail}' if bars else ""


def duplicates(found: Mapping[str, Any] | str | None) -> str:
    """Return how many texts occur twice."""
    if not found:
        return ""
    if isinstance(found, str):
        return as_html(found)
    return "; ".join(
        f"{as_html(DUPLICATES.get(str(name), str(name).replace('_', ' ')))}: "
        f"{as_html(f'{count:,}' if isinstance(count, int) else count)}"
        for name, count in found.items()
    )


def judged(protocol: Mapping[str, Any]) -> str:
    """Return what was fitted on what and judged on what."""
    return as_html(protocol.get("description") or "")


def embeddings(comparison: Mapping[str, Any]) -> str:
    """Return the embeddings as a table."""
    lines = []
    for entry in comparison.get("embeddings") or []:
        known, dim = finite(entry.get("known_tokens")), finite(entry.get("dim"))
        words = finite(entry.get("words"))
        name = (
            f'<th scope="row">{named(entry.get("name"))}'
            f'<small class="path">{as_html(entry.get("path") or "")}</small></th>'
        )
        if entry.get("error"):
            figures = f'<td colspan="4" class="error">{as_html(entry["error"])}</td>'
        else:
            figures = f"<td>{as_html(entry.get('kind') or '–')}</td>" + "".join(
                f'<td class="number">{figure}</td>'
                for figure in (
                    "–" if dim is None else f"{dim:.0f}",
                    "–" if words is None else f"{words:,.0f}",
                    "–" if known is None else f"{known:.1%}",
                )
            )
        lines.append(f"<tr>{name}{figures}</tr>")
    if not lines:
        return ""
    head = "".join(
        f'<th scope="col"{kind}>{title}</th>'
        for title, kind in (
            ("name", ""),
            ("kind", ""),
            ("dimensions", ' class="number"'),
            ("words", ' class="number"'),
            ("words of the texts known", ' class="number"'),
        )
    )
    return (
        '<div class="scroll" role="region" tabindex="0" aria-label="Embeddings"><table '
        f'class="figures"><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'
    )


def notes(lines: list[Any]) -> str:
    """Return what is to be known about the data."""
    entries = "".join(f"<li>{as_html(line)}</li>" for line in lines)
    return f'<ul class="notes">{entries}</ul>' if entries else ""


def run(comparison: Mapping[str, Any], protocol: Mapping[str, Any]) -> str:
    """Return what the run was: how long, which seed, which version."""
    seconds, folds = finite(comparison.get("seconds")), finite(protocol.get("folds"))
    parts = [f"{counted(len(comparison.get('rows') or []), 'row')}"]
    if folds is not None:
        parts.append(counted(folds, "fold"))
    if finite(protocol.get("seed")) is not None:
        parts.append(f"seed {protocol['seed']:.0f}")
    if seconds is not None:
        parts.append(f"{duration(seconds)} in all")
    parts.append(f"wordloom {as_html(comparison.get('version') or '')}")
    test = (comparison.get("test") or {}).get("metrics") or {}
    if test.get("accuracy_interval"):
        low, high = test["accuracy_interval"]
        parts.append(f"test accuracy {three(test.get('accuracy'))} ({three(low)} to {three(high)})")
    return ", ".join(parts)
