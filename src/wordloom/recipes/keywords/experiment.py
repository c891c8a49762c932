"""Keyword lists compared: from Jaccard's measure to the cosine of embeddings.

A published article compares papers by the keywords that their authors gave them. Few papers share a
keyword, so Jaccard's measure leaves nearly all pairs at 0; the article embeds each keyword with
ELMo and takes the cosine of the lists' mean vectors, which ranks all pairs. It shows this on single
pairs. Here it is measured, on Chinese papers (CSL) and on English ones (Inspec), beside static
vectors and what needs no training.

What is right is known from the data itself. The other half: each paper's keywords are split at
random, and for each first half the second halves of all papers are ranked; that of its own paper
should come first. (No two halves of a paper share a keyword, by construction, so Jaccard's measure
of keywords gets chance; that of words or characters is the fair one.) The discipline, which CSL
names: by their whole lists, papers of one discipline should come before others.

The embeddings are trained on titles and abstracts, never on keyword lists. Many keywords stand in
their own paper's abstract, so that embeddings trained on all papers ("seen") bring a paper's
keywords together because they stood together. That is the article's case, texts of one's own field
without labels, and that of a librarian: as published, with the cosine of the vectors as they are.

Corrected ("unseen"), it is said what remains for new papers: every other paper is left out of
training, and only these are judged. Measures, and how ELMo and static vectors are put together, are
chosen on the papers that are not judged, which are trained on. Where vectors are centred or
whitened, it is over the keywords of all papers, without regard to which of them belong together.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from wordloom.embedding.folder import check_place
from wordloom.errors import InputError
from wordloom.inspect.keywords.lists import KeywordLists
from wordloom.output import explained, new_file
from wordloom.recipes.keywords.choice import PUBLISHED, Choice, choose
from wordloom.recipes.keywords.judge import Judge, Score
from wordloom.recipes.keywords.measures import KeywordSpace, overlap, tfidf
from wordloom.recipes.keywords.page import write_page
from wordloom.recipes.keywords.pairs import ClosePair, Zeros, close_pair, count_zeros
from wordloom.recipes.keywords.papers import CutKeyword, Papers, open_papers
from wordloom.recipes.keywords.result import KeywordExperiment, PaperSet, Table
from wordloom.recipes.keywords.trainers import TRAINERS, SavedEmbedding, Train, Training
from wordloom.recipes.reading import Reading, check_reading

__all__ = ["CASES", "SOURCES", "run"]

SOURCES: Final = ("data:csl", "data:inspec")

CASES: Final[dict[Reading, str]] = {"published": "seen", "corrected": "unseen"}
"""Whether embeddings are trained on the texts of the judged papers, too."""

SPLITS: Final = 5
LEAST: Final = 20
"""Papers with two keywords or more that a set needs."""


@dataclass(frozen=True)
class Parts:
    """A set of papers, and which of them are for what.

    Attributes:
        papers: The papers.
        lists: The keywords of all of them.
        chosen_on: The numbers of the papers on which measures are chosen.
        judged_on: Those of the papers that are judged.
        cuts: What a keyword may be made of, by name: "keywords", "words" and so on.
    """

    papers: Papers
    lists: KeywordLists
    chosen_on: list[int]
    judged_on: list[int]
    cuts: dict[str, CutKeyword]

    @classmethod
    def of(cls, papers: Papers) -> "Parts":
        """Take the papers with two keywords or more in turns."""
        lists = KeywordLists(papers.keywords)
        enough = np.flatnonzero(lists.sizes > 1).tolist()
        if len(enough) < LEAST:
            raise InputError(
                f"The experiment needs {LEAST} papers with two keywords or more. Received: "
                f"{len(enough)} in {papers.name}."
            )
        return cls(papers, lists, enough[::2], enough[1::2], papers.cuts())

    def judge(self, numbers: Sequence[int], seeds: Sequence[int]) -> Judge:
        """Return what judges measures on some of the papers."""
        topics = [self.papers.topics[number] for number in numbers] if self.papers.topics else []
        keywords = [self.papers.keywords[number] for number in numbers]
        return Judge.of(keywords, topics, self.cuts["words"], seeds)

    def counts(self) -> dict[str, int]:
        """Return what was counted, by its name."""
        return {
            "papers": len(self.papers),
            "keywords": len(self.lists.members),
            "different ones": len(self.lists.keywords),
            "papers judged": len(self.judged_on),
            "papers to choose on": len(self.chosen_on),
            "other texts": len(self.papers.others),
        }

    def texts(self, case: str) -> list[str]:
        """Return the texts that embeddings are trained on."""
        hidden = set(self.judged_on) if case == "unseen" else set()
        own = [text for number, text in enumerate(self.papers.texts) if number not in hidden]
        return own + self.papers.others


def run(
    seeds: Sequence[int] = (1,),
    *,
    reading: Reading = "published",
    sources: Sequence[str] = SOURCES,
    trainers: Mapping[str, Train] = TRAINERS,
    settings: Mapping[str, Any] | None = None,
    folder: Path | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> KeywordExperiment:
    """Do the experiment once for each seed, on each set of papers.

    Args:
        seeds: The seeds; each trains its own embeddings and splits the keywords anew, five times.
        reading: "published": trained on the texts of all papers, cosines of the vectors as they
            are; "corrected": the judged papers are held out, measures chosen on the others.
        sources: The papers: "data:csl", "data:inspec", or folders or archives laid out so.
        trainers: What trains each embedding, by name; one called "ELMo" is put together with
            the best of the others.
        settings: Settings of `Training`, as its threads.
        folder: Where ``result.json``, ``report.html`` and the embeddings of the first seed go, as
            ``csl-elmo/``; None keeps nothing.
        say: Is told, in a line, what is being done.

    Returns:
        All figures.

    Raises:
        InputError: There is no seed, set or trainer, a set cannot be read or is too small, or
            something else is where an embedding goes.
        MissingExtraError: jieba (for Chinese) or JAX (for ELMo) is not installed.
    """
    check_reading(reading)
    if not seeds or not sources or not trainers:
        raise InputError(
            "The experiment needs seeds, papers and trainers. Received: "
            f"{len(seeds)}, {len(sources)} and {len(trainers)} of them."
        )
    opened = [Parts.of(open_papers(source)) for source in sources]
    if folder is not None:
        for part in opened:
            for name in trainers:
                check_place(folder / kept_as(part.papers, name))
    kept: dict[str, SavedEmbedding] = {}
    started = time.perf_counter()
    sets = [
        measure_set(part, reading, seeds, trainers, settings or {}, kept, say) for part in opened
    ]
    experiment = KeywordExperiment(
        tuple(sets), tuple(seeds), reading, time.perf_counter() - started
    )
    if folder is not None:
        with explained(folder, "the experiment"):
            folder.mkdir(parents=True, exist_ok=True)
        for name, embedding in kept.items():
            embedding.save(folder / name)
        with new_file(folder / "result.json", "the figures") as aside:
            aside.write_text(json.dumps(experiment.to_json(), ensure_ascii=False), "utf-8")
        write_page(folder / "report.html", experiment)
    return experiment


def kept_as(papers: Papers, trainer: str) -> str:
    """Return what the folder of an embedding is called."""
    return f"{papers.name}-{trainer}".lower()


def measure_set(
    parts: Parts,
    reading: Reading,
    seeds: Sequence[int],
    trainers: Mapping[str, Train],
    settings: Mapping[str, Any],
    kept: dict[str, SavedEmbedding],
    say: Callable[[str], None],
) -> PaperSet:
    """Do the experiment on one set, and keep the embeddings that are trained first."""
    papers, case = parts.papers, CASES[reading]
    lexical_scores = lexical(parts.cuts)
    tables = {name: Table() for name in ("untrained", case)}
    zeros: list[Zeros] = []
    pair: ClosePair | None = None
    seconds: dict[str, float] = {}
    texts = parts.texts(case)
    for seed in seeds:
        judge = parts.judge(parts.judged_on, range(seed * SPLITS, (seed + 1) * SPLITS))
        tables["untrained"].add(judge, lexical_scores)
        zeros = zeros or count_zeros(parts.lists, papers.topics, parts.cuts, judge)
        spaces = {}
        for name, train in trainers.items():
            say(f"{papers.name}: training {name} on {len(texts):,} texts, seed {seed}")
            started = time.perf_counter()
            embedding = train(Training(texts, papers.preset, seed, **settings))
            spaces[name] = KeywordSpace.of(name, parts.lists, embedding)
            seconds[f"{name}, {case}, seed {seed}"] = time.perf_counter() - started
            kept.setdefault(kept_as(papers, name), embedding)
        ways = {f"{name}, {PUBLISHED}": Choice(space) for name, space in spaces.items()}
        shown = spaces
        if reading == "corrected":
            say(f"{papers.name}: choosing measures, then judging them on other papers")
            chosen = choose(spaces, parts.judge(parts.chosen_on, [seed]))
            ways |= {f"{name}, chosen": way for name, way in chosen.items()}
            shown = {way.space.name: way.space for way in chosen.values()} | spaces
            tables[case].choices.append({name: str(way) for name, way in chosen.items()})
        tables[case].add(judge, {name: way.score for name, way in ways.items()})
        if pair is None:
            pair = close_pair(judge, parts.cuts, [*shown.values()], PUBLISHED)
    return PaperSet(papers.name, parts.counts(), zeros, tables, pair, seconds)


def lexical(cuts: Mapping[str, CutKeyword]) -> dict[str, Score]:
    """Return the measures that need no training."""
    finer = {what: cut for what, cut in cuts.items() if what != "keywords"}
    return {
        **{f"Jaccard of {what}": partial(overlap, cut=cut) for what, cut in cuts.items()},
        **{f"TF-IDF of {what}": partial(tfidf, cut=cut) for what, cut in finer.items()},
    }
