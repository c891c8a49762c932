"""What to do next, worked out from the figures of a comparison."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from wordloom.compare.result import ComparisonRow

__all__ = ["advice"]

# A gain in macro-F1 by twice as many labels that is worth the work of labelling.
WORTH_LABELLING = 0.01
# Below this share of known tokens an embedding misses much of what texts say.
WELL_KNOWN = 0.9
# From here on the rarest label is much rarer than the most frequent one.
UNBALANCED = 10
FEW_TEXTS = 20
# So many mistakes of one kind are worth a word.
NOTABLE_COUNT, NOTABLE_SHARE = 3, 0.1
NGRAMS = ("tfidf-svm", "nb-svm", "default-ngrams")


def advice(
    rows: Sequence[ComparisonRow],
    *,
    best: str | None,
    recommended: str | None,
    data: Mapping[str, Any],
    embeddings: Sequence[Mapping[str, Any]],
    judged: Mapping[str, Any] | None,
    saved: str | None,
    complete: bool,
) -> list[str]:
    """Return sentences, the most useful first.

    Args:
        rows: The leaderboard.
        best: The id of the best row.
        recommended: The id of the recommended row.
        data: What `ComparedTexts.to_json` returned.
        embeddings: What is known of each embedding.
        judged: Confusion matrix and labels of the recommended row.
        saved: The folder of the saved model.
        complete: Whether the comparison is complete.
    """
    found: list[str] = []
    if not complete:
        found.append("Run the same command again: it goes on where it was interrupted.")
    if saved:
        found.append(f"Label new texts: `wordloom classify predict {saved} texts.txt`.")
    by_id = {row.id: row for row in rows}
    found += more_labels(by_id.get(recommended or ""))
    found += ngrams_or_vectors(rows, by_id.get(best or ""))
    found += coverage(embeddings)
    found += most_confused(judged)
    found += balance(data["labels"])
    duplicates = data["duplicates"]
    if duplicates and duplicates["across"]:
        found.append(
            f"{duplicates['across']:,} test texts occur among the training texts: remove them, or "
            "the test figures are too high."
        )
    return found


def more_labels(row: ComparisonRow | None) -> list[str]:
    """Tell from the end of a learning curve what more labels would bring."""
    if row is None or len(row.curve) < 2:
        return []
    before, last = row.curve[-2:]
    gain = (last.score.mean - before.score.mean) / math.log2(last.labels / before.labels)
    start = (
        f"From {before.labels:,} to {last.labels:,} labelled texts, macro-F1 of {row.name} rose by "
        f"{100 * gain:.1f} points for each doubling"
    )
    if gain >= WORTH_LABELLING:
        return [f"{start}: labelling more texts should help further."]
    return [f"{start}: more labels of the same kind will help little."]


def ngrams_or_vectors(rows: Sequence[ComparisonRow], best: ComparisonRow | None) -> list[str]:
    """Tell whether embeddings add anything to n-grams."""
    ngrams = [row for row in rows if row.id in NGRAMS and row.score and row.state != "failed"]
    vectors = [row for row in rows if row.embeddings and row.score and row.state != "failed"]
    if not ngrams or not vectors or best is None:
        return []
    top, other = ngrams[0], vectors[0]
    assert top.score and other.score  # noqa: S101
    gap = 100 * (other.score.mean - top.score.mean)
    if top.level and gap > 0:
        return [
            f"The lead of embeddings ({other.name}) over n-grams alone ({top.name}), {gap:.1f} "
            "points, may be luck: more labelled texts would tell."
        ]
    if top.id == best.id:
        return [
            f"N-grams alone ({top.name}) are level with the best model that uses embeddings "
            f"({other.name}, {abs(gap):.1f} points lower): embeddings add nothing that these texts "
            "can show."
        ]
    if best.embeddings:
        return [
            f"Embeddings add {gap:.1f} points of macro-F1 to what n-grams alone reach ({top.name})."
        ]
    return []


def coverage(embeddings: Sequence[Mapping[str, Any]]) -> list[str]:
    """Tell which embeddings miss many words."""
    return [
        f"{each['name']} knows only {each['known_tokens']:.0%} of the tokens: vectors of your own "
        "text would know more (`wordloom train fasttext TEXTS -o my-vectors`)."
        for each in embeddings
        if each["known_tokens"] is not None and each["known_tokens"] < WELL_KNOWN
    ]


def most_confused(judged: Mapping[str, Any] | None) -> list[str]:
    """Tell which label is most often taken for which other."""
    if judged is None:
        return []
    labels, confusion = judged["labels"], judged["confusion"]
    wrong = [
        (count, true, guess)
        for true, row in enumerate(confusion)
        for guess, count in enumerate(row)
        if true != guess and count
    ]
    if not wrong:
        return []
    total = sum(count for count, _, _ in wrong)
    count, true, guess = max(wrong)
    if count < max(NOTABLE_COUNT, NOTABLE_SHARE * total):
        return []
    return [
        f"Of {total:,} mistakes, {count:,} are “{labels[true]}” taken for “{labels[guess]}”: read "
        "the hardest ones; where labels are wrong or unclear, correcting them helps most."
    ]


def balance(labels: Mapping[str, int]) -> list[str]:
    """Tell whether labels are rare, or much rarer than others."""
    there = {label: count for label, count in labels.items() if count}
    rare, frequent = min(there.items(), key=by_count), max(there.items(), key=by_count)
    if frequent[1] >= UNBALANCED * rare[1]:
        return [
            f"Labels are unbalanced ({frequent[0]}: {frequent[1]:,} texts, {rare[0]}: "
            f"{rare[1]:,}): label more of the rare ones, or try `wordloom classify fit --balanced`."
        ]
    if rare[1] < FEW_TEXTS:
        return [f"Label more texts: of {rare[0]} there are only {rare[1]:,}."]
    return []


def by_count(item: tuple[str, int]) -> int:
    """Return the count of a label."""
    return item[1]
