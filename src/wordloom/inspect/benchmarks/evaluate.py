"""Embeddings judged on word similarity and analogies, alone or side by side."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from wordloom.datasets.benchmark_files import AnalogyQuestions, WordPairs
from wordloom.datasets.wordsim import installed_benchmarks, open_benchmark
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError
from wordloom.inspect.analogies import METHODS
from wordloom.inspect.benchmarks.analogies import MAX_RANK, AnalogyBenchmark, CategoryScore
from wordloom.inspect.benchmarks.benchmark import Answers, Benchmark
from wordloom.inspect.benchmarks.report import (
    BenchmarkResult,
    Difference,
    EvaluationReport,
    Score,
    SharedScores,
)
from wordloom.inspect.benchmarks.resampling import percentile_interval
from wordloom.inspect.benchmarks.word_similarity import SimilarityBenchmark
from wordloom.progress import progress_bar

__all__ = ["RESAMPLES", "compare", "evaluate"]

RESAMPLES = 2000
"""Draws of the bootstrap: enough for two decimals of an interval's ends."""


def evaluate(
    embeddings: StaticEmbedding | Iterable[StaticEmbedding],
    benchmarks: Sequence[str | Path | WordPairs | AnalogyQuestions] | None = None,
    *,
    methods: Sequence[str] = METHODS,
    max_rank: int | None = MAX_RANK,
    match_case: bool = False,
    resamples: int = RESAMPLES,
    seed: int = 0,
    progress: bool = False,
) -> EvaluationReport:
    """Judge embeddings on word similarity (Spearman) and analogies (accuracy).

    Each embedding is judged on what it covers, and on all items, where pairs with an OOV word count
    as similarity 0 and questions with one as wrong. Several embeddings are compared on the items
    that all of them cover, and each with the first one, on the same draws of a bootstrap.

    Args:
        embeddings: One or several; of an iterator, only one is held in memory at a time.
        benchmarks: Names (`wordloom.datasets.wordsim.BENCHMARKS`), paths of files of word pairs or
            analogies, or what was read of them; None takes all that lie on this machine.
        methods: How analogies are answered: "3cosadd", "3cosmul".
        max_rank: Analogies use only this many of the most frequent words; None uses all.
        match_case: Look words up only as they are written. Otherwise a word that is not there is
            looked up in lower case, capitalised, and in upper case.
        resamples: How many draws intervals are made of; 0 makes none.
        seed: What the draws follow from.
        progress: Show a progress bar on stderr.

    Returns:
        The scores; print it for tables.

    Raises:
        InputError: There is no embedding, no benchmark, or no such benchmark or method.
        FormatError: A file is damaged; the message names the line.

    Example:
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> words = ["cough", "fever", "Rome", "Milan"]
        >>> vectors = [[3, 0], [3, 1], [0, 3], [-2, 3]]
        >>> embedding = StaticEmbedding(Vocabulary.from_words(words), vectors, name="toy")
        >>> left, right = ("cough", "Rome", "cough", "flu"), ("fever", "Milan", "Rome", "cold")
        >>> mine = WordPairs("mine", left, right, np.array([9.0, 8.0, 1.0, 7.0]))
        >>> result = evaluate(embedding, [mine])["mine"]
        >>> result.scores[0].score, result.scores[0].n_covered, result.n_items
        (1.0, 3, 4)
    """
    if resamples < 0:
        raise InputError(f"The number of draws is not negative. Received: resamples={resamples}.")
    if max_rank is not None and max_rank < 1:
        raise InputError(f"`max_rank` is at least 1. Received: {max_rank}.")
    if unknown := [method for method in methods if method not in METHODS]:
        raise InputError(f"Methods are {', '.join(METHODS)}. Received: {unknown[0]!r}.")
    if isinstance(embeddings, StaticEmbedding):
        embeddings = [embeddings]
    judged: list[Benchmark] = []
    for data in opened(benchmarks):
        if isinstance(data, WordPairs):
            judged.append(SimilarityBenchmark(data, match_case))
        else:
            judged += [AnalogyBenchmark(data, how, max_rank, match_case) for how in methods]
    # Word similarity first; sorting keeps the order otherwise.
    judged.sort(key=lambda benchmark: isinstance(benchmark, AnalogyBenchmark))
    names: list[str] = []
    shapes: list[tuple[int, int]] = []
    answers: list[list[Answers]] = [[] for _ in judged]
    for embedding in embeddings:
        names.append(unused(embedding.name, names))
        shapes.append((len(embedding), embedding.dim))
        with progress_bar(
            f"Evaluating {names[-1]}", len(judged), "benchmarks", show=progress
        ) as advance:
            for done, (benchmark, given) in enumerate(zip(judged, answers, strict=True), 1):
                given.append(benchmark.answers(embedding))
                advance(done)
    if not names:
        raise InputError("At least one embedding is needed. Received: none.")
    results = [
        compare(benchmark, given, resamples, seed)
        for benchmark, given in zip(judged, answers, strict=True)
        if benchmarks is not None or any(answer.covered.any() for answer in given)
    ]
    kept = {result.name for result in results}
    return EvaluationReport(
        tuple(names),
        tuple(shapes),
        tuple(results),
        tuple(dict.fromkeys(each.name for each in judged if each.name not in kept)),
        {
            "max_rank": max_rank,
            "match_case": match_case,
            "resamples": resamples,
            "seed": seed,
        },
    )


def compare(
    benchmark: Benchmark, answers: Sequence[Answers], resamples: int = RESAMPLES, seed: int = 0
) -> BenchmarkResult:
    """Work out the scores of embeddings that have answered a benchmark.

    Args:
        benchmark: The benchmark.
        answers: What each embedding answered.
        resamples: How many draws intervals are made of; 0 makes none.
        seed: What the draws follow from.

    Returns:
        The scores, and those on what all embeddings cover if there are several.
    """
    scores = tuple(judge(benchmark, answer, resamples, seed) for answer in answers)
    shared = shared_scores(benchmark, answers, resamples, seed) if len(answers) > 1 else None
    return BenchmarkResult(
        benchmark.name, benchmark.method, benchmark.measure, len(benchmark), scores, shared
    )


def judge(benchmark: Benchmark, answers: Answers, resamples: int, seed: int) -> Score:
    """Return what one embedding gets."""
    values, covered = answers.values, answers.covered
    score = benchmark.score(values, covered)
    interval = None
    if score is not None and resamples:
        interval = percentile_interval(
            benchmark.resampled(values[None], covered, resamples, seed)[0]
        )
    return Score(
        score,
        interval,
        benchmark.score(values, np.ones(len(benchmark), np.bool_)),
        int(covered.sum()),
        int(answers.in_vocabulary.sum()),
        benchmark.categories(answers) if isinstance(benchmark, AnalogyBenchmark) else (),
    )


def shared_scores(
    benchmark: Benchmark, answers: Sequence[Answers], resamples: int, seed: int
) -> SharedScores:
    """Return what several embeddings get on what all of them cover."""
    items = np.logical_and.reduce([answer.covered for answer in answers])
    values = np.array([answer.values for answer in answers])
    scores = tuple(benchmark.score(row, items) for row in values)
    first = scores[0]
    differences: list[Difference | None] = []
    drawn = benchmark.resampled(values, items, resamples, seed) if resamples else None
    for row, score in enumerate(scores[1:], 1):
        if first is None or score is None:
            differences.append(None)
            continue
        interval = None if drawn is None else percentile_interval(drawn[row] - drawn[0])
        differences.append(Difference(score - first, interval))
    categories: list[tuple[CategoryScore, ...]] = []
    if isinstance(benchmark, AnalogyBenchmark):
        categories = [benchmark.categories(Answers(row * items, items, items)) for row in values]
    return SharedScores(int(items.sum()), scores, tuple(differences), tuple(categories))


def opened(
    benchmarks: Sequence[str | Path | WordPairs | AnalogyQuestions] | None,
) -> list[WordPairs | AnalogyQuestions]:
    """Return benchmarks read, each under a name of its own."""
    if isinstance(benchmarks, str):
        raise InputError(f"A list of benchmarks is needed. Received: {benchmarks!r}. Write [name].")
    found: list[WordPairs | AnalogyQuestions] = []
    for item in installed_benchmarks() if benchmarks is None else benchmarks:
        data = item if isinstance(item, WordPairs | AnalogyQuestions) else open_benchmark(item)
        if data.name in {other.name for other in found}:
            raise InputError(
                f"Benchmarks need names of their own. Received: '{data.name}' twice. "
                "Leave one out, or rename a file."
            )
        found.append(data)
    if not found:
        raise InputError("At least one benchmark is needed. Received: none.")
    return found


def unused(name: str, names: Sequence[str]) -> str:
    """Return a name, with a number behind it if it is taken."""
    number = 1
    chosen = name
    while chosen in names:
        number += 1
        chosen = f"{name} ({number})"
    return chosen
