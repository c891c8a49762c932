"""Word similarity and analogies, beside gensim: the same figures, and how long they take."""

import time
from itertools import chain

import numpy as np

from benchmarks.table import Row
from wordloom.datasets.benchmark_files import WordPairs
from wordloom.datasets.registry import path
from wordloom.datasets.wordsim import BENCHMARKS, open_benchmark
from wordloom.embedding.static import StaticEmbedding
from wordloom.inspect.benchmarks.evaluate import evaluate
from wordloom.text.vocabulary import Vocabulary

__all__ = ["run"]

NAMES = ("ws-353", "simlex", "simverb", "men", "rw", "mturk-287", "mturk-771", "google")
N_WORDS, DIM, MAX_RANK = 50_000, 100, 30_000


def run(seeds: int) -> list[Row]:
    """Judge random vectors for the words of the benchmarks: equal figures are what counts."""
    from gensim.models import KeyedVectors

    embedding = random_embedding()
    vectors = KeyedVectors(DIM)
    vectors.add_vectors(embedding.vocabulary.words, np.array(embedding.vectors))
    evaluate(embedding, ["mc-30", "google"], max_rank=100)  # Compiles.
    started = time.process_time()
    report = evaluate(embedding, NAMES, methods=["3cosadd"], max_rank=MAX_RANK, resamples=0)
    ours = time.process_time() - started
    scores = [result.scores[0] for result in report.results]
    found = [score.score or 0.0 for score in scores] + [score.score_with_oov for score in scores]
    folder = path("wordsim")
    started = time.process_time()
    expected = [
        float(
            vectors.evaluate_word_pairs(folder / BENCHMARKS[name].file, dummy4unknown=dummy)[1][0]
        )
        if name != "google"
        else vectors.evaluate_word_analogies(
            folder / BENCHMARKS[name].file, restrict_vocab=MAX_RANK, dummy4unknown=dummy
        )[0]
        for dummy in (False, True)
        for name in NAMES
    ]
    peer = time.process_time() - started
    started = time.process_time()
    evaluate(embedding, max_rank=MAX_RANK)
    everything = time.process_time() - started
    worst = max(abs((a or 0.0) - b) for a, b in zip(found, expected, strict=True))
    return [
        Row(
            "7 similarity sets and Google analogies, 50,000 × 100",
            ours,
            "s of CPU",
            peer,
            "gensim",
            higher_is_better=False,
            note=f"both ways to count OOV words; greatest difference of a score: {worst:.1g}",
        ),
        Row("all sets, both methods, with intervals", everything, "s of CPU", note="limit 20 s"),
    ]


def random_embedding() -> StaticEmbedding:
    """Return random vectors for nineteen of twenty words of the benchmarks, and for others."""
    words: dict[str, None] = {}
    for name in NAMES:
        data = open_benchmark(name)
        rows = [data.left, data.right] if isinstance(data, WordPairs) else data.questions
        words |= dict.fromkeys(word.lower() for word in chain.from_iterable(rows))
    known = [word for index, word in enumerate(words) if index % 20]
    known += [f"other{index}" for index in range(N_WORDS - len(known))]
    random = np.random.default_rng(0)
    return StaticEmbedding(Vocabulary.from_words(known), random.standard_normal((N_WORDS, DIM)))
