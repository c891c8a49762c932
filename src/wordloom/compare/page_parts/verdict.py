"""The top of the page: what to use, why, how good it is, and the command that uses it."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from wordloom.compare.page_parts.values import (
    Row,
    counted,
    finite,
    interval,
    metric_name,
    named,
    rate,
    scored,
    size,
    three,
)
from wordloom.markup import as_html, duration

__all__ = ["command", "verdict"]


def verdict(comparison: Mapping[str, Any]) -> str:
    """Return the top of the page."""
    rows: Sequence[Row] = comparison.get("rows") or []
    chosen = next(
        (row for row in rows if row.get("id") == comparison.get("recommended") is not None), None
    )
    data = comparison.get("data") or {}
    about = ", ".join(
        [
            named(data.get("name") or "texts", 80),
            counted(data.get("texts"), "text"),
            counted(len(data.get("labels") or {}), "label"),
        ]
    )
    title = "No recommendation yet" if chosen is None else f"Use {named(chosen.get('name'))}"
    why = f'<p class="why">{as_html(comparison["why"])}</p>' if comparison.get("why") else ""
    return (
        f'{banner(comparison, rows)}<header class="card" id="verdict"><p class="over">'
        f"{about}</p><h1>{title}</h1>{why}"
        f"{tiles(comparison, rows, chosen)}{use(comparison.get('saved'))}</header>"
    )


def banner(comparison: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """Return what tells that the comparison goes on; nothing where it is complete."""
    if comparison.get("complete", True):
        return ""
    states = [row.get("state") for row in rows]
    done, partial = states.count("done"), states.count("partial")
    waiting = states.count("waiting")
    counts = [f"{done} of {counted(len(rows), 'row')} {'is' if done == 1 else 'are'} done"]
    counts += [f"{partial} in part"] * bool(partial) + [f"{waiting} waiting"] * bool(waiting)
    return (
        '<p class="banner" role="status"><b>Not finished yet.</b> '
        f"{', '.join(counts)}: the answer below may change. The same command goes on where it "
        "stopped.</p>"
    )


def tiles(comparison: Mapping[str, Any], rows: Sequence[Row], chosen: Row | None) -> str:
    """Return the figures that matter most."""
    if chosen is None:
        return ""
    metric = as_html(metric_name(comparison))
    made = []
    score = interval(chosen.get("score"))
    if score is not None:
        mean, low, high = score
        folds = finite((comparison.get("protocol") or {}).get("folds"))
        where = f"cross-validated, {folds:.0f} folds" if folds else "on held-out texts"
        made.append(
            tile(three(mean), f"{metric}, {where}", f"95% from {low:.3f} to {high:.3f}", "main")
        )
    made += [test_tile(comparison.get("test")), baseline_tile(rows, chosen, metric)]
    speed, fit = finite(chosen.get("texts_per_second")), finite(chosen.get("fit_seconds"))
    if speed is not None:
        note = "" if fit is None else f"fitted in {duration(fit)}"
        made.append(tile(rate(speed), "texts a second", note))
    if finite(chosen.get("bytes")) is not None:
        made.append(tile(size(chosen["bytes"]), "on disk", "embeddings included"))
    return f'<div class="tiles">{"".join(made)}</div>'


def test_tile(test: Mapping[str, Any] | None) -> str:
    """Return the score on the test texts; nothing where there are none."""
    metrics = (test or {}).get("metrics")
    if test is None or not metrics:
        return ""
    label = f"macro-F1 on {counted(metrics.get('n_texts'), 'test text')}"
    notes = [f"accuracy {three(metrics.get('accuracy'))}"]
    baseline = test.get("baseline")
    if baseline and baseline.get("metrics"):
        figure = three(baseline["metrics"].get("macro_f1"))
        notes.append(f"{named(baseline.get('name'), 60)}: {figure}")
    return tile(three(metrics.get("macro_f1")), label, "; ".join(notes), "main")


def baseline_tile(rows: Sequence[Row], chosen: Row, metric: str) -> str:
    """Return the best baseline's score, where it is not the chosen row itself."""
    baselines = [row for row in scored(rows) if row.get("group") == "baseline"]
    if not baselines or chosen.get("group") == "baseline":
        return ""
    best = max(baselines, key=lambda row: float(row["score"]["mean"]))
    return tile(
        three(best["score"]["mean"]), f"{metric} of the best baseline", named(best.get("name"), 60)
    )


def tile(figure: str, label: str, note: str, kind: str = "") -> str:
    """Return a figure with what it is; the label and the note are HTML."""
    small = f"<small>{note}</small>" if note else ""
    return f'<div class="tile {kind}"><b>{figure}</b><span>{label}</span>{small}</div>'


def use(saved: str | None) -> str:
    """Return the command that labels new texts; nothing where no classifier was saved."""
    if not saved:
        return ""
    line = f"wordloom classify predict {shlex.quote(saved)} NEW-TEXTS"
    return f'<div class="use"><p>It is saved. Label new texts with:</p>{command(line)}</div>'


def command(line: str) -> str:
    """Return a command that can be copied."""
    return f'<div class="command"><code>{as_html(line)}</code></div>'
