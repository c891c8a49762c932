"""One comparison from labelled texts to a report: the order of work, and what is kept on disk."""

import hashlib
import importlib.util
import json
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import wordloom
from wordloom.classify.embedding_places import checksum
from wordloom.classify.evaluation import Labelled
from wordloom.classify.metrics import measure
from wordloom.classify.sources import Source, distinct_names
from wordloom.compare.advice import advice
from wordloom.compare.candidates import Candidate, list_candidates
from wordloom.compare.data import ComparedTexts, prepare
from wordloom.compare.jobs import Job, label_counts, list_jobs
from wordloom.compare.journal import FORMAT, Journal
from wordloom.compare.leaderboard import Leaderboard, best_row, reason, recommended_row
from wordloom.compare.mistakes import confusion_and_mistakes
from wordloom.compare.page import write_page
from wordloom.compare.pool import WORKER, Pool
from wordloom.compare.result import Comparison, ComparisonRow
from wordloom.compare.time_left import TimeLeft, show_progress
from wordloom.errors import InputError
from wordloom.output import explained, new_file

__all__ = ["MAX_TEXTS", "compare_embeddings"]

MAX_TEXTS = 10_000
"""Of more texts a sample is compared: a score of 0.9 on them has a standard error of 0.003."""

MOST_FINAL_TEXTS = 100_000
"""On how many texts a recommended model of n-grams is fitted: two minutes, if they are short."""

# Fewer folds of more texts: learning from two thirds or four fifths then differs little.
MANY_TEXTS = 3000
JOBS, REPORT, PAGE, MODEL, VECTORS = (
    "jobs.jsonl",
    "comparison.json",
    "report.html",
    "model",
    "vectors",
)
OURS = {JOBS, REPORT, PAGE, MODEL, VECTORS}


def compare_embeddings(
    train: Labelled,
    embeddings: Sequence[Source],
    folder: str | os.PathLike[str],
    *,
    test: Labelled | None = None,
    name: str | None = None,
    folds: int | None = None,
    seed: int = 0,
    max_texts: int = MAX_TEXTS,
    networks: bool = True,
    curves: bool = True,
    overwrite: bool = False,
    progress: bool = False,
    on_stage: Callable[[Comparison], None] = lambda comparison: None,
    say: Callable[[str], None] = lambda line: None,
    command: Sequence[str] = WORKER,
) -> Comparison:
    """Compare what embeddings say about labelled texts, beside strong simple models.

    All rows are fitted and judged by cross-validation on the same folds of the training texts, on
    all processors, the cheap ones first. The test part is looked at once, at the end, by the
    recommended model and a baseline, after everything was chosen. Whatever is finished is kept in
    the folder: the same call goes on where it was interrupted.

    Args:
        train: The training texts and their labels.
        embeddings: Embeddings or paths to them, one or more. One that fails loses its rows; the
            others go on.
        folder: Where everything is written: `report.html`, `comparison.json`, the recommended
            `model`, and `jobs.jsonl`, the finished jobs.
        test: Test texts and their labels; None: there are none.
        name: What reports call the texts.
        folds: How many folds there are, from 2; None: 5, from 3,000 texts on 3.
        seed: Seed for everything random.
        max_texts: Of more texts a stratified sample of this size is compared.
        networks: Whether to fit networks, which take longest and need Keras.
        curves: Whether to draw learning curves.
        overwrite: Remove the comparison that is in the folder, and begin anew.
        progress: Show a progress bar on stderr, with the time left.
        on_stage: Called with the comparison as it stands whenever a stage is done.
        say: Called with a line for people about what is done now.
        command: What starts a worker process.

    Returns:
        The comparison.

    Raises:
        InputError: Texts, labels or an argument break a rule that the message states; the folder
            holds another comparison, or something else.
    """
    started = time.monotonic()
    place = Path(folder)
    if not embeddings:
        raise InputError("A comparison needs embeddings. Received: none. Name one or more.")
    if folds is not None and folds < 2:
        raise InputError(f"Cross-validation needs at least 2 folds. Received: {folds}.")
    texts = prepare(
        train,
        test,
        name=name or str(getattr(train, "name", "texts")),
        n_folds=folds or (5 if len(train.texts) < MANY_TEXTS else 3),
        max_texts=max_texts,
        seed=seed,
    )
    prepare_folder(place, overwrite=overwrite)
    with ExitStack() as stack:
        run = Run(place, texts, seed, started, progress, on_stage, say, stack, command)
        sources = run.sources(embeddings)
        run.begin(sources, networks=networks, curves=curves)
        run.open_embeddings(sources)
        run.fit_all()
        return run.finish()


def prepare_folder(folder: Path, *, overwrite: bool) -> None:
    """Make a folder, or see that what is in it is an earlier comparison."""
    if os.path.lexists(folder) and not folder.is_dir():
        raise InputError(
            f"A comparison is written to a folder. Received: {folder}, a file. Choose another name."
        )
    there = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if there and not is_comparison(folder):
        raise InputError(
            "A comparison is written to a new or empty folder, or goes on in its own. Received: "
            f"{folder}, which holds other files. Choose another name."
        )
    with explained(folder, "the comparison"):
        folder.mkdir(parents=True, exist_ok=True)
        for name in there if overwrite else ():
            if name in OURS:
                path = folder / name
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def is_comparison(folder: Path) -> bool:
    """Tell whether a folder holds a comparison (its file of jobs says so)."""
    try:
        with (folder / JOBS).open("rb") as file:
            first = file.readline(1 << 12)
            # Nothing at all where a process was killed at the very start.
            return not first or FORMAT.encode() in first
    except OSError:
        return False


class Run:
    """A comparison while it is done: what is planned, what is finished, where it is written."""

    def __init__(
        self,
        folder: Path,
        texts: ComparedTexts,
        seed: int,
        started: float,
        progress: bool,
        on_stage: Callable[[Comparison], None],
        say: Callable[[str], None],
        stack: ExitStack,
        command: Sequence[str],
    ) -> None:
        self.folder = folder
        self.texts = texts
        self.seed = seed
        self.started = started
        self.progress = progress
        self.on_stage = on_stage
        self.say = say
        self.stack = stack
        self.command = command
        self.errors: dict[str, str] = {}
        self.embeddings: list[dict[str, Any]] = []
        self.paths: dict[int, str] = {}
        self.candidates: list[Candidate] = []
        self.jobs: list[Job] = []
        self.counts: list[int] = []
        self.notes: list[str] = []

    def sources(self, embeddings: Sequence[Source]) -> list[str]:
        """Return the paths of embeddings; those that are objects are saved into the folder."""
        paths = []
        for number, each in enumerate(embeddings):
            if isinstance(each, str | os.PathLike):
                paths.append(str(each))
                continue
            save = getattr(each, "save", None)
            if save is None:
                raise InputError(
                    "Embeddings are compared by worker processes, which open them. Received: "
                    f"one of the type {type(each).__name__}, which has no `save`. Pass a path."
                )
            target = self.folder / VECTORS / f"given-{number + 1}"
            target.parent.mkdir(exist_ok=True)
            save(target)
            paths.append(str(target))
        names = [
            path_name(str(each))
            if isinstance(each, str | os.PathLike)
            else str(getattr(each, "name", number + 1))
            for number, each in enumerate(embeddings)
        ]
        distinct = distinct_names([Named(name) for name in names])
        self.embeddings = [
            {
                "name": name,
                "path": None if path.startswith(str(self.folder / VECTORS)) else path,
                "kind": None,
                "dim": None,
                "words": None,
                "known_tokens": None,
                "error": None,
            }
            for name, path in zip(distinct, paths, strict=True)
        ]
        return paths

    def begin(self, sources: Sequence[str], *, networks: bool, curves: bool) -> None:
        """Plan the rows and jobs, open the journal, and start the workers."""
        if networks and importlib.util.find_spec("keras") is None:
            networks = False
            self.notes.append(
                "Networks are left out: they need Keras. Install it with: pip install "
                "'wordloom[neural]'."
            )
        names = [each["name"] for each in self.embeddings]
        self.candidates = list_candidates(names, networks=networks)
        n_labels = len(set(self.texts.codes.tolist()))
        self.counts = label_counts(self.texts.n_train, n_labels) if curves else []
        self.jobs = list_jobs(self.candidates, self.texts.n_folds, self.counts)
        settings = [candidate.to_json() for candidate in self.candidates]
        identity = {
            "data": self.texts.digest(),
            "folds": self.texts.n_folds,
            "seed": self.seed,
            "embeddings": [fingerprint(path) for path in sources],
            "models": {each["id"]: digest_of(each["settings"]) for each in settings},
            "wordloom": wordloom.__version__,
        }
        self.journal = self.stack.enter_context(Journal(self.folder / JOBS, identity))
        setup = {
            "texts": self.texts.texts,
            "codes": self.texts.codes.tolist(),
            "folds": self.texts.folds.tolist(),
            "labels": self.texts.labels,
            "seed": self.seed,
            "folder": str(self.folder.absolute()),
        }
        self.pool = self.stack.enter_context(Pool(setup, command=self.command))
        self.board = Leaderboard(
            self.candidates,
            names,
            self.jobs,
            self.texts.codes,
            self.texts.folds,
            len(self.texts.labels),
            self.seed,
        )

    def open_embeddings(self, sources: Sequence[str]) -> None:
        """Let workers open each embedding, so that one that fails takes only its rows along."""
        (self.folder / VECTORS).mkdir(exist_ok=True)

        def task(number: int) -> Mapping[str, Any]:
            store = self.folder.absolute() / VECTORS / str(number + 1)
            return {"do": "open", "path": sources[number], "store": str(store)}

        tasks = [(str(number), partial(task, number)) for number in range(len(sources))]
        for number, result, error in self.pool.run(tasks):
            entry = self.embeddings[int(number)]
            if result is None:
                entry["error"] = error
            else:
                self.paths[int(number)] = result.pop("path")
                entry.update(result)
        failed = {n: entry["error"] for n, entry in enumerate(self.embeddings) if entry["error"]}
        kept = []
        for candidate in self.candidates:
            alone = len(candidate.embeddings) == 1
            good = tuple(n for n in candidate.embeddings if n not in failed)
            if alone and not good:
                self.errors[candidate.id] = failed[candidate.embeddings[0]]
            elif candidate.embeddings and not good:
                self.errors[candidate.id] = "No embedding could be opened."
            elif len(good) < len(candidate.embeddings):
                # All that are left; a single one has rows of its own.
                if len(good) == 1 and candidate.id != "default":
                    self.errors[candidate.id] = "Only one embedding could be opened."
                candidate = replace(candidate, embeddings=good)
            kept.append(candidate)
        self.candidates = kept
        self.board.candidates = kept

    def fit_all(self) -> None:
        """Do the jobs that are not done yet, and write the report after each stage."""
        candidates = {candidate.id: candidate for candidate in self.candidates}
        missing = [
            job
            for job in self.jobs
            if job.id not in self.journal.results and job.row not in self.errors
        ]
        if not missing:
            return

        def task(job: Job) -> Mapping[str, Any] | None:
            if job.row in self.errors:
                return None
            candidate = candidates[job.row]
            return {
                "do": "fit",
                "candidate": candidate.to_json(),
                "embeddings": [self.paths[number] for number in candidate.embeddings],
                "fold": job.fold,
                "labels": job.labels,
                "draw": job.draw,
                "measure_size": job.fold == 0,
            }

        by_id = {job.id: job for job in missing}
        costs = {candidate.id: candidate.cost for candidate in self.candidates}
        left = TimeLeft(missing, costs, self.pool.n_workers)
        with show_progress(left, show=self.progress) as update:
            for name, result, error in self.pool.run(
                [(job.id, partial(task, job)) for job in missing]
            ):
                job = by_id[name]
                if result is not None:
                    self.journal.add(name, result)
                elif job.row not in self.errors:
                    self.errors[job.row] = error or "unknown"
                    left.drop(job.row)
                stage = left.done(job)
                update()
                if stage is not None:
                    self.write(self.comparison(stage), stage=True)

    def finish(self) -> Comparison:
        """Fit the recommended model on all texts, judge it on the test, and write everything."""
        comparison = self.comparison()
        if comparison.recommended is None:
            raise InputError(
                "No model could be fitted. "
                + " ".join(dict.fromkeys(self.errors.values()))
                + " Check the texts."
            )
        candidates = {candidate.id: candidate for candidate in self.candidates}
        baseline = strongest_baseline(comparison.rows, comparison.recommended)
        test = self.texts.test
        room = MOST_FINAL_TEXTS - len(self.texts.texts)

        def task(id: str, save: str | None) -> Mapping[str, Any]:
            candidate = candidates[id]
            sparse = not candidate.embeddings and not candidate.needs_keras
            return {
                "do": "final",
                "candidate": candidate.to_json(),
                "embeddings": [self.paths[number] for number in candidate.embeddings],
                "save": save,
                "test": None if test is None else test[0],
                "more": self.texts.others[: max(0, room)] if sparse else [],
            }

        model = str(self.folder.absolute() / MODEL)
        wanted: list[tuple[str, str | None]] = [(comparison.recommended, model)]
        if test is not None and baseline is not None:
            wanted.append((baseline.id, None))
        self.say(
            f"Fitting {comparison[comparison.recommended].name} on all texts"
            f"{' and judging it on the test texts' if test else ''}."
        )
        found, failed = {}, {}
        for id, result, error in self.pool.run(
            [(id, partial(task, id, save)) for id, save in wanted]
        ):
            if result is None:
                failed[id] = error
            else:
                found[id] = result
        if comparison.recommended in failed:
            self.notes.append(
                "The recommended model could not be fitted on all texts: "
                f"{failed[comparison.recommended]}"
            )
        else:
            saved = found[comparison.recommended]["saved"]
            comparison = replace(comparison, saved=saved and str(self.folder / MODEL))
            if test is not None:
                metrics = self.measured(found[comparison.recommended], test[1])
                beside = None
                if baseline is not None and baseline.id in found:
                    beside = {
                        "name": baseline.name,
                        "metrics": self.measured(found[baseline.id], test[1]),
                    }
                comparison = replace(comparison, test={"metrics": metrics, "baseline": beside})
        shutil.rmtree(self.folder / VECTORS, ignore_errors=True)
        comparison = replace(comparison, complete=True, data=self.data())
        comparison = self.advised(comparison)
        self.write(comparison, stage=False)
        return comparison

    def measured(self, result: Mapping[str, Any], true: Sequence[Any]) -> dict[str, Any]:
        """Return the metrics of predictions of the test texts."""
        labels = [self.texts.labels[code] for code in result["predicted"]]
        order = sorted({*self.texts.labels, *true})
        return measure(true, labels, order).to_json()

    def comparison(self, stage: int | None = None) -> Comparison:
        """Return the comparison as it stands, or as it stood after a stage.

        While others are ahead of it, a row's mean over fewer folds says little.
        """
        results = {
            job.id: self.journal.results[job.id]
            for job in self.jobs
            if job.id in self.journal.results and (stage is None or job.stage <= stage)
        }
        rows = self.board.rows(results, self.errors)
        chosen = recommended_row(rows)
        best = best_row(rows)
        n_train = self.board.n_train
        comparison = Comparison(
            data=self.data(),
            protocol={
                "folds": self.texts.n_folds,
                "seed": self.seed,
                "metric": "macro_f1",
                "description": (
                    f"Every model is fitted on {self.texts.n_folds - 1} of {self.texts.n_folds} "
                    "folds of the training texts and judged on the one held out, in turn; all on "
                    "the same folds, with equal texts in one fold."
                ),
                "label_counts": [*self.counts, n_train] if self.counts else [],
            },
            embeddings=tuple(self.embeddings),
            rows=tuple(rows),
            best=None if best is None else best.id,
            recommended=None if chosen is None else chosen.id,
            why=reason(rows),
            judged=None
            if chosen is None
            else confusion_and_mistakes(self.texts, self.board, results, chosen.id),
            attention=self.attention(),
            seconds=time.monotonic() - self.started,
        )
        return self.advised(comparison)

    def advised(self, comparison: Comparison) -> Comparison:
        """Return the comparison with what to do next."""
        sentences = advice(
            comparison.rows,
            best=comparison.best,
            recommended=comparison.recommended,
            data=comparison.data,
            embeddings=comparison.embeddings,
            judged=comparison.judged,
            saved=comparison.saved,
            complete=comparison.complete,
        )
        seconds = time.monotonic() - self.started
        return replace(comparison, next=tuple(sentences), seconds=seconds)

    def data(self) -> dict[str, Any]:
        """Return what is known of the texts."""
        found = self.texts.to_json()
        return found | {"notes": [*found["notes"], *self.notes]}

    def attention(self) -> dict[str, Any] | None:
        """Return how far DME trusts each embedding."""
        for row in ("network-dme", "network-cdme"):
            result = self.journal.results.get(f"{row}/fold-0", {})
            if result.get("attention") and row not in self.errors:
                candidate = next(each for each in self.candidates if each.id == row)
                names = [self.embeddings[number]["name"] for number in candidate.embeddings]
                return {"row": row, "embeddings": names, **result["attention"]}
        return None

    def write(self, comparison: Comparison, *, stage: bool) -> None:
        """Write the report and its figures, and tell who waits for the stage."""
        content = comparison.to_json()
        with new_file(self.folder / REPORT, "the comparison") as aside:
            text = json.dumps(content, ensure_ascii=True, allow_nan=False, indent=1)
            aside.write_text(text + "\n", encoding="utf-8")
        write_page(self.folder / PAGE, content)
        if stage:
            self.on_stage(comparison)


class Named:
    """Something with a name."""

    def __init__(self, name: str) -> None:
        self.name = name


def strongest_baseline(rows: Sequence[ComparisonRow], other: str) -> ComparisonRow | None:
    """Return the baseline with the highest score that is not the given row."""
    scored = (row for row in rows if row.group == "baseline" and row.score and row.id != other)
    return next((row for row in scored if row.state != "failed"), None)


def path_name(path: str) -> str:
    """Return what an embedding at a path is called.

    Example:
        >>> path_name("vectors/glove.6B.50d.txt"), path_name("my-vectors/")
        ('glove.6B.50d', 'my-vectors')
    """
    name = Path(path).name
    ending = Path(name).suffix.lower()
    return name.removesuffix(ending) if ending in (".txt", ".vec", ".bin", ".gz") else name


def fingerprint(path: str) -> str:
    """Return what tells an embedding from others: a checksum, or the path of what is not here."""
    try:
        return checksum(Path(path)) if os.path.lexists(path) else path
    except InputError:
        return path


def digest_of(content: Mapping[str, Any]) -> str:
    """Return a short digest of settings."""
    text = json.dumps(content, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
