"""The mistakes that the recommended model was most sure of."""

from collections.abc import Mapping
from typing import Any

from wordloom.compare.page_parts.values import finite, named, part
from wordloom.markup import as_html

__all__ = ["mistakes_part"]

# Letters of a text that are shown at once, and of one that is opened.
SHORT, LONG = 260, 20_000
# Mistakes that are shown at once.
AT_ONCE = 8
# What would be rounded to certainty.
NEARLY_ONE = 0.995


def mistakes_part(comparison: Mapping[str, Any]) -> str:
    """Return the hardest mistakes; nothing where there are none."""
    mistakes = (comparison.get("judged") or {}).get("mistakes") or []
    if not mistakes:
        return ""
    lines = [mistake(entry) for entry in mistakes]
    content = f'<ol class="mistakes">{"".join(lines[:AT_ONCE])}</ol>'
    if len(lines) > AT_ONCE:
        content += (
            f'<details class="more"><summary>{len(lines) - AT_ONCE} more</summary>'
            f'<ol class="mistakes" start="{AT_ONCE + 1}">{"".join(lines[AT_ONCE:])}</ol></details>'
        )
    lead = (
        "Texts that the recommended model got wrong and was most sure of. Look here for labels "
        "that people got wrong, and for texts that could be either."
    )
    return part("mistakes", "The hardest mistakes", lead, content)


def mistake(entry: Mapping[str, Any]) -> str:
    """Return a text with its true and its predicted label."""
    probability = finite(entry.get("probability"))
    share = "" if probability is None else f"{probability:.0%} sure"
    if probability is not None and NEARLY_ONE <= probability < 1:
        share = "over 99% sure"
    return (
        '<li><p class="labels"><span class="true"><span class="soft">true</span> '
        f'{named(entry.get("label"))}</span> <span class="false"><span class="soft">'
        f"predicted</span> {named(entry.get('predicted'))}</span> "
        f'<span class="sure">{share}</span></p>'
        f"{shortened(str(entry.get('text') or ''))}</li>"
    )


def shortened(text: str) -> str:
    """Return a text, the end of a long one to be opened."""
    text = " ".join(text.split())
    if len(text) <= SHORT:
        return f'<p dir="auto">{as_html(text)}</p>'
    cut = text.rfind(" ", SHORT - 40, SHORT)
    cut = SHORT if cut < 0 else cut
    rest, end = text[cut:LONG], "…" if len(text) > LONG else ""
    return (
        f'<details dir="auto"><summary><span>{as_html(text[:cut])}</span><span class="dots">… '
        f'<u>all</u></span></summary><p dir="auto">{as_html(rest.strip())}{end}</p></details>'
    )
