"""One comparison from labelled texts to a report: the order of work."""

import importlib.util
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import wordloom
from wordloom.classify.evaluation import Labelled
from wordloom.classify.sources import Source
from wordloom.compare.candidates import list_candidates
from wordloom.compare.data import ComparedTexts, prepare
from wordloom.compare.embeddings import (
    ComparedEmbedding,
    fingerprint,
    list_embeddings,
    open_all,
    without_failed,
)
from wordloom.compare.final import earlier_fit, fit_recommended
from wordloom.compare.folder import JOBS, own_folder, vectors_folder, write_report
from wordloom.compare.jobs import Job, label_counts, list_jobs
from wordloom.compare.journal import Journal
from wordloom.compare.pool import WORKER, Pool
from wordloom.compare.result import Comparison
from wordloom.compare.standing import Plan, advised, as_it_stands
from wordloom.compare.time_left import TimeLeft, show_progress
from wordloom.errors import InputError

__all__ = ["MAX_TEXTS", "compare_embeddings"]

MAX_TEXTS = 10_000
"""Of more texts a sample is compared: a score of 0.9 on them has a standard error of 0.003."""

# Fewer folds of more texts: learning from two thirds or four fifths then differs little.
MANY_TEXTS = 3000


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
    notes = []
    if networks and importlib.util.find_spec("keras") is None:
        networks = False
        notes.append(
            "Networks are left out: they need Keras. Install it with: pip install "
            "'wordloom[neural]'."
        )
    with own_folder(place, overwrite=overwrite), vectors_folder(place) as vectors:
        listed = list_embeddings(embeddings, vectors)
        candidates = list_candidates([each.name for each in listed], networks=networks)
        counts = label_counts(texts.n_train, len(set(texts.codes.tolist()))) if curves else []
        jobs = list_jobs(candidates, texts.n_folds, counts)
        identity = identity_of(texts, listed, seed)
        setup = setup_of(texts, place, seed)
        with Journal(place / JOBS, identity) as journal, Pool(setup, command=command) as pool:
            opened = open_all(pool, listed, vectors)
            tell_of_broken(opened, say)
            candidates, errors = without_failed(candidates, opened)
            plan = Plan(texts, opened, candidates, jobs, counts, seed, notes, started)
            for stage in fit_all(plan, journal, pool, errors, progress=progress):
                comparison = as_it_stands(plan, journal.results, errors, stage)
                write_report(place, comparison)
                on_stage(comparison)
            comparison = as_it_stands(plan, journal.results, errors)
            if comparison.recommended is None:
                why = " ".join(dict.fromkeys(errors.values()))
                raise InputError(f"No model could be fitted. {why} Check the texts.")
            final = earlier_fit(texts, candidates, comparison, place)
            if final is None:
                say(
                    f"Fitting {comparison[comparison.recommended].name} on all texts"
                    f"{' and judging it on the test texts' if texts.test else ''}."
                )
                paths = [each.path for each in opened]
                final = fit_recommended(pool, texts, candidates, paths, comparison, place)
    comparison = advised(final.added_to(comparison), plan)
    write_report(place, comparison)
    return comparison


def tell_of_broken(opened: Sequence[ComparedEmbedding], say: Callable[[str], None]) -> None:
    """Say at once which embeddings cannot be opened; refuse if none can."""
    broken = [f"{each.name}: {each.error}" for each in opened if each.error]
    if len(broken) == len(opened):
        raise InputError(f"No embedding can be opened. Received: {' '.join(broken)}")
    for line in broken:
        say(f"Left out, for it cannot be opened: {line}")


def fit_all(
    plan: Plan, journal: Journal, pool: Pool, errors: dict[str, str], *, progress: bool
) -> Iterator[int]:
    """Do the jobs that are not done yet.

    Args:
        plan: What is to be done.
        journal: What is done; it grows.
        pool: The workers.
        errors: Why rows failed, by their id, which leaves out their other jobs; it grows.
        progress: Show a progress bar.

    Yields:
        Each stage when it is done.
    """
    by_id = {candidate.id: candidate for candidate in plan.candidates}
    missing = {
        job.id: job for job in plan.jobs if job.id not in journal.results and job.row not in errors
    }
    if not missing:
        return

    def task(job: Job) -> Mapping[str, Any] | None:
        if job.row in errors:
            return None
        candidate = by_id[job.row]
        return {
            "do": "fit",
            "candidate": candidate.to_json(),
            "embeddings": [plan.embeddings[number].path for number in candidate.embeddings],
            "fold": job.fold,
            "labels": job.labels,
            "draw": job.draw,
            "measure_size": job.fold == 0,
        }

    costs = {candidate.id: candidate.cost for candidate in plan.candidates}
    left = TimeLeft(list(missing.values()), costs, pool.n_workers)
    tasks = [(job.id, partial(task, job)) for job in missing.values()]
    with show_progress(left, show=progress) as update:
        for id, result, error in pool.run(tasks):
            job = missing[id]
            if result is not None:
                journal.add(id, result)
            elif job.row not in errors:
                errors[job.row] = error or "unknown"
                left.drop(job.row)
            stage = left.done(job)
            update()
            if stage is not None:
                yield stage


def identity_of(
    texts: ComparedTexts, embeddings: Sequence[ComparedEmbedding], seed: int
) -> dict[str, Any]:
    """Return what tells a comparison from others, whose finished jobs are not taken over.

    How much is done (with networks, with curves) is no part of it: more can be done later.
    """
    return {
        "data": texts.digest(),
        "folds": texts.n_folds,
        "seed": seed,
        "embeddings": [fingerprint(each.path) for each in embeddings],
        "version of wordloom": wordloom.__version__,
    }


def setup_of(texts: ComparedTexts, folder: Path, seed: int) -> dict[str, Any]:
    """Return what each worker is told first."""
    return {
        "texts": texts.texts,
        "codes": texts.codes.tolist(),
        "folds": texts.folds.tolist(),
        "labels": texts.labels,
        "seed": seed,
        "folder": str(folder.absolute()),
    }
