"""How much a network with dynamic meta-embeddings used each embedding."""

from collections.abc import Mapping, Sequence
from typing import Any

from wordloom.classify.attention.colors import embedding_colors
from wordloom.compare.page_parts.values import Row, finite, named, part
from wordloom.markup import as_html

__all__ = ["attention_colors", "attention_part"]

# Words shown for each embedding.
WORDS = 12
# Parts of a bar that are wide enough for their number.
WRITTEN = 0.09


def attention_colors(comparison: Mapping[str, Any], *, dark: bool) -> str:
    """Return the colour of each embedding, as properties of a style sheet."""
    names = (comparison.get("attention") or {}).get("embeddings") or []
    colors = embedding_colors(len(names), dark=dark) if names else []
    return "".join(f"--own{number}:{color};" for number, color in enumerate(colors))


def attention_part(comparison: Mapping[str, Any]) -> str:
    """Return the attention weights; nothing where no network has any."""
    attention = comparison.get("attention") or {}
    names = [str(name) for name in attention.get("embeddings") or []]
    overall = attention.get("overall") or []
    if not names or len(overall) != len(names):
        return ""
    row: Row = next(
        (row for row in comparison.get("rows") or [] if row.get("id") == attention.get("row")), {}
    )
    who = row.get("name") or attention.get("row") or "The network"
    parts = [keys(names), f"<h3>Over all words</h3>{stack(overall, names)}"]
    bands = [
        f'<tr><th scope="row">{as_html(band.get("band"))}</th>'
        f"<td>{stack(band.get('weights') or [], names)}</td></tr>"
        for band in attention.get("by_frequency") or []
    ]
    if bands:
        parts.append(
            '<h3>By how often a word occurs</h3><table class="bands"><caption class="unseen">'
            f"Shares by frequency of the word</caption><tbody>{''.join(bands)}</tbody></table>"
        )
    parts.append(one_sided(attention.get("words") or [], names))
    lead = f"How much {who} used each embedding, on average over the words it read."
    return part("attention", "Which embedding is trusted for what", lead, "".join(parts))


def keys(names: Sequence[str]) -> str:
    """Return the names with their colours."""
    entries = "".join(
        f'<li style="--own:var(--own{number})"><i class="swatch"></i>{named(name, 80)}</li>'
        for number, name in enumerate(names)
    )
    return f'<ul class="keys plain">{entries}</ul>'


def stack(weights: Sequence[object], names: Sequence[str]) -> str:
    """Return weights side by side as shares of their sum, each with its number."""
    numbers = [max(finite(weight) or 0.0, 0.0) for weight in weights]
    whole = sum(numbers) or 1.0
    shares = [number / whole for number in numbers]
    pieces = "".join(
        f'<i style="width:{100 * share:.2f}%;--own:var(--own{number})" '
        f'title="{as_html(name)}: {share:.1%}">{f"<b>{share:.0%}</b>" if share >= WRITTEN else ""}'
        "</i>"
        for number, (name, share) in enumerate(zip(names, shares, strict=False))
    )
    said = ", ".join(
        f"{as_html(name)} {share:.0%}" for name, share in zip(names, shares, strict=False)
    )
    return f'<div class="stack" role="img" aria-label="{said}">{pieces}</div>'


def one_sided(words: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    """Return for each embedding the words that lean most to it."""
    groups: list[list[tuple[float, str]]] = [[] for _ in names]
    for entry in words:
        weights = [max(finite(weight) or 0.0, 0.0) for weight in entry.get("weights") or []]
        if len(weights) != len(names) or not any(weights):
            continue
        most = max(range(len(names)), key=weights.__getitem__)
        count = finite(entry.get("count"))
        times = "" if count is None else f", {count:,.0f} times"
        share = weights[most] / sum(weights)
        groups[most].append(
            (
                share,
                f'<li title="{share:.1%}{times}">{named(entry.get("word"), 30)} '
                f"<small>{share:.0%}</small></li>",
            )
        )
    cards = "".join(
        f'<div style="--own:var(--own{number})"><h4><i class="swatch"></i>'
        f'{named(name, 80)}</h4><ul class="words">{shown(group)}</ul></div>'
        for number, (name, group) in enumerate(zip(names, groups, strict=True))
        if group
    )
    if not cards:
        return ""
    return f'<h3>Words with the most one-sided trust</h3><div class="leaning">{cards}</div>'


def shown(group: Sequence[tuple[float, str]]) -> str:
    """Return the entries with the largest shares."""
    ordered = sorted(group, key=lambda pair: -pair[0])
    return "".join(entry for _, entry in ordered[:WORDS])
