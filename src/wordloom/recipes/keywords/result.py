"""What comes of the experiment with keywords, for programs and for people."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from wordloom.recipes.keywords.choice import PUBLISHED, TOGETHER
from wordloom.recipes.keywords.judge import Figures, Judge, Score, difference
from wordloom.recipes.keywords.pairs import ClosePair, Zeros
from wordloom.recipes.page import Figure
from wordloom.recipes.reading import Reading
from wordloom.text_table import aligned

__all__ = ["CASE_TITLES", "NOTE", "TITLE", "KeywordExperiment", "PaperSet", "Table"]

TITLE = "Keyword lists: from Jaccard to embeddings"

CASE_TITLES = {
    "untrained": "No training",
    "seen": "Trained on the texts of all papers",
    "unseen": "Trained without the judged papers",
}

BASELINE = "Jaccard of words"
"""What the others are compared with: of keywords as a whole it gets chance by construction."""

NOTE = (
    "MRR: mean reciprocal rank of the other half of a paper's keywords among those of all judged "
    "papers, with the bootstrap's interval; apart: of papers whose halves have no word in common. "
    "Discipline: papers of one discipline before others, by whole lists. Chosen: the best measure "
    "on papers that are not judged."
)


@dataclass
class Table:
    """Measures judged on the same papers.

    Attributes:
        rows: The figures of each measure, by its name.
        choices: For each seed what was chosen, by the embedding's name.
    """

    rows: dict[str, Figures] = field(default_factory=dict)
    choices: list[dict[str, str]] = field(default_factory=list)

    def add(self, judge: Judge, scores: Mapping[str, Score]) -> None:
        """Judge measures with another seed."""
        for name, score in scores.items():
            self.rows.setdefault(name, Figures()).add(judge.figures(score))


@dataclass(frozen=True)
class PaperSet:
    """The result on one set of papers.

    Attributes:
        name: What the set is called.
        counts: What was counted, by its name.
        zeros: What Jaccard's measure leaves at 0.
        tables: "untrained", and what was trained on: "seen" or "unseen".
        pair: Two papers without a common word, seen closely; None where there are none.
        seconds: Wall-clock seconds of each training.
    """

    name: str
    counts: Mapping[str, int]
    zeros: list[Zeros]
    tables: Mapping[str, Table]
    pair: ClosePair | None
    seconds: Mapping[str, float]

    @property
    def baseline(self) -> Figures:
        """The figures of Jaccard's measure of words."""
        return self.tables["untrained"].rows[BASELINE]

    def to_json(self) -> dict[str, object]:
        """Return the result as a dictionary that JSON can hold."""
        return {
            "set": self.name,
            "counts": dict(self.counts),
            "jaccard_leaves_at_0": [asdict(zeros) for zeros in self.zeros],
            "measures": {
                case: {name: self.row_json(figures) for name, figures in table.rows.items()}
                for case, table in self.tables.items()
            },
            "chosen": {case: table.choices for case, table in self.tables.items()},
            "pair": None if self.pair is None else asdict(self.pair),
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()},
        }

    def row_json(self, figures: Figures) -> dict[str, object]:
        """Return a measure's figures, and by how much its rank is better than the baseline's."""
        above, interval = difference(figures, self.baseline)
        return {
            **figures.to_json(),
            "mrr_above_jaccard_of_words": round(above, 4),
            "mrr_above_interval": [round(end, 4) for end in interval],
        }

    def zero_rows(self) -> list[list[str]]:
        """Return the table of pairs at 0; the first row names the columns."""
        rows = [["Jaccard of", "all pairs", "pairs of one discipline", "own halves"]]
        for zeros in self.zeros:
            same = "" if zeros.same_topic is None else f"{zeros.same_topic:.1%}"
            rows.append([zeros.what, f"{zeros.all_pairs:.1%}", same, f"{zeros.own_halves:.1%}"])
        return rows if rows[1][2] else [[row[0], row[1], row[3]] for row in rows]

    def figure_rows(self, case: str) -> list[list[str]]:
        """Return the table of a case; the first row names the columns."""
        with_topics = self.baseline.mean("area") is not None
        rows = [["measure", "MRR", "95 %", "above Jaccard", "recall@10", "MRR, apart"]]
        if with_topics:
            rows[0] += ["discipline, AUC", "precision@10"]
        for name, figures in self.tables[case].rows.items():
            above, interval = difference(figures, self.baseline)
            cells = [
                name,
                f"{figures.mean_reciprocal_rank:.3f}",
                span(figures.interval),
                "" if figures is self.baseline else f"{above:+.3f} {span(interval, '+')}",
                shown(figures.mean("recall")),
                shown(figures.where_apart),
            ]
            if with_topics:
                cells += [shown(figures.mean("area")), shown(figures.mean("precision"))]
            rows.append(cells)
        return rows

    def pair_rows(self) -> list[list[str]]:
        """Return the table of the pair; the first row names the columns."""
        rows = [["measure", "similarity", "mean of all pairs", "pairs as similar"]]
        if self.pair is not None:
            for name, value in self.pair.similarities.items():
                usual, above = self.pair.usual[name], self.pair.above[name]
                rows.append([name, f"{value:.3f}", f"{usual:.3f}", f"{above:.2%}"])
        return rows

    def figures(self) -> list[Figure]:
        """Return what stands at the top of a page; the article shows single pairs, no figures."""
        zeros = self.zeros[0]
        found = [
            Figure(
                f"{self.name}: pairs that Jaccard of {zeros.what} leaves at 0",
                "",
                f"{zeros.all_pairs:.1%}",
            )
        ]
        for table in self.tables.values():
            for name, figures in table.rows.items():
                if name == BASELINE or table.choices or name.endswith(PUBLISHED):
                    low, high = figures.interval
                    note = f"95 % interval {low:.3f} to {high:.3f}"
                    mean = f"{figures.mean_reciprocal_rank:.3f}"
                    found.append(Figure(f"{self.name}, MRR: {name}", "", mean, note))
        return found

    def chosen(self, case: str) -> str:
        """Return in a line what was chosen in a case; empty where nothing was."""
        choices = self.tables[case].choices
        names = choices[0] if choices else {}
        return "; ".join(
            f"{name}: {' | '.join(dict.fromkeys(each[name] for each in choices))}" for name in names
        )

    def notes(self, case: str) -> list[str]:
        """Return lines that belong below the table of a case."""
        rows = self.tables[case].rows
        chosen = [name for name in rows if name.endswith(", chosen")]
        both = next((name for name in chosen if TOGETHER in name), None)
        notes = [f"Chosen: {self.chosen(case)}"] if chosen else []
        if both is not None:
            differences = []
            for name in chosen[:-1]:
                above, interval = difference(rows[both], rows[name])
                differences.append(f"{above:+.3f} {span(interval, '+')} above {name}")
            notes.append(f"Together: {'; '.join(differences)}")
        return notes

    def pair_title(self) -> str:
        """Return what the two papers are."""
        by = "" if self.pair is None else self.pair.by
        return f"Two papers without a word in common, the closest of all such by {by}"

    def summary(self) -> list[str]:
        """Return the result as lines for people."""
        lines = [
            self.name,
            ", ".join(f"{count:,} {what}" for what, count in self.counts.items()),
            "",
            "Pairs that Jaccard's measure leaves at 0",
            aligned(self.zero_rows()),
        ]
        for case in self.tables:
            lines += ["", CASE_TITLES[case], aligned(self.figure_rows(case)), *self.notes(case)]
        if self.pair is not None:
            lists = ("  " + "; ".join(side) for side in (self.pair.left, self.pair.right))
            lines += ["", self.pair_title(), *lists, aligned(self.pair_rows())]
        return lines


@dataclass(frozen=True)
class KeywordExperiment:
    """The result on all sets.

    Attributes:
        sets: The result on each.
        seeds: The seeds.
        reading: How it was done.
        seconds: Wall-clock seconds of the whole.
    """

    sets: tuple[PaperSet, ...]
    seeds: tuple[int, ...]
    reading: Reading = "published"
    seconds: float = 0.0

    def figures(self) -> list[Figure]:
        """Return the published figures beside ours."""
        return [figure for each in self.sets for figure in each.figures()]

    def to_json(self) -> dict[str, object]:
        """Return the result as a dictionary that JSON can hold."""
        return {
            "experiment": "keywords",
            "reading": self.reading,
            "figures": [asdict(figure) for figure in self.figures()],
            "total_seconds": round(self.seconds, 3),
            "seeds": list(self.seeds),
            "sets": [each.to_json() for each in self.sets],
        }

    def summary(self) -> list[str]:
        """Return the result as lines for people."""
        return [*(line for each in self.sets for line in [*each.summary(), ""]), NOTE]


def span(interval: tuple[float, float], sign: str = "") -> str:
    """Return an interval for people.

    Example:
        >>> span((0.1, 0.25)), span((-0.1, 0.25), "+")
        ('[0.100, 0.250]', '[-0.100, +0.250]')
    """
    return f"[{interval[0]:{sign}.3f}, {interval[1]:{sign}.3f}]"


def shown(value: float | None) -> str:
    """Return a figure for people; nothing where there is none."""
    return "" if value is None else f"{value:.3f}"
