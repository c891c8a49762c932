"""Neighbours and analogies beside gensim, and the approximate index beside the exact search."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.table import Row, median_seconds
from wordloom.datasets.registry import open_source
from wordloom.embedding.static import StaticEmbedding
from wordloom.inspect.analogies import solve_analogies
from wordloom.inspect.approximate_neighbors import ApproximateIndex
from wordloom.inspect.neighbors import NeighborIndex
from wordloom.text.corpus import Corpus
from wordloom.text.vocabulary import Vocabulary
from wordloom.train.skipgram import SkipGram

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

__all__ = ["run"]

N_WORDS, DIM, N_QUERIES = 400_000, 100, 1000

OURS = """
import sys, wordloom
print(wordloom.neighbors(wordloom.load(sys.argv[1]), ["word77"])[0][0].word)
"""
GENSIM = """
import sys
from gensim.models import KeyedVectors
print(KeyedVectors.load(sys.argv[1], mmap="r").most_similar("word77")[0][0])
"""


def run(seeds: int) -> list[Row]:
    """Measure all of it."""
    return [*exact_rows(), *trained_rows()]


def alternating(
    ours: Callable[[], object], peer: Callable[[], object], repeats: int
) -> list[float]:
    """Return both median durations in seconds, of runs that take turns."""
    durations: list[list[float]] = [[], []]
    for _ in range(repeats):
        for action, taken in zip((ours, peer), durations, strict=True):
            started = time.perf_counter()
            action()
            taken.append(time.perf_counter() - started)
    return [statistics.median(taken) for taken in durations]


def exact_rows() -> list[Row]:
    """Search among 400,000 × 100 random vectors."""
    from gensim.models import KeyedVectors

    random = np.random.default_rng(0)
    words = [f"word{number}" for number in range(N_WORDS)]
    vectors = random.standard_normal((N_WORDS, DIM), np.float32)
    embedding = StaticEmbedding(Vocabulary.from_words(words), vectors)
    peer = KeyedVectors(DIM)
    peer.add_vectors(words, vectors)
    queries = [words[i] for i in random.choice(N_WORDS, N_QUERIES, replace=False)]
    index = NeighborIndex(embedding)
    for query, found in zip(queries[:50], index.search(queries[:50]), strict=True):
        near = [word for word, _ in peer.most_similar(query)]
        np.testing.assert_equal([neighbor.word for neighbor in found], near)
        np.testing.assert_equal([neighbor.word for neighbor in index.search([query])[0]], near)
    turns = iter(queries * 2)

    def first_of_gensim() -> None:
        peer.norms = None
        peer.most_similar(next(turns))

    batch = alternating(
        lambda: index.search(queries), lambda: [peer.most_similar(word) for word in queries], 3
    )
    by_hand = alternating(lambda: index.search(queries), lambda: products(peer, queries), 3)
    first = alternating(lambda: NeighborIndex(embedding).search([next(turns)]), first_of_gensim, 15)
    later = alternating(
        lambda: index.search([next(turns)]), lambda: peer.most_similar(next(turns)), 100
    )
    with TemporaryDirectory() as folder:
        embedding.save(f"{folder}/ours")
        peer.save(f"{folder}/peer")
        opening = [
            statistics.median(processor_seconds(program, f"{folder}/{name}") for _ in range(5))
            for program, name in ((OURS, "ours"), (GENSIM, "peer"))
        ]
    size = f"{N_WORDS:,} × {DIM}"
    return [
        Row(f"10 neighbours of 1,000 words, {size}", *pair(batch, 1), note="goal 5×"),
        Row("the same", by_hand[0], "s", by_hand[1], "numpy on gensim's", False, "blocks of 100"),
        Row("of one word, later calls", *pair(later, 1000, "ms"), note="goal 1×"),
        Row("of one word, first call", *pair(first, 1000, "ms"), note="works out lengths; goal 1×"),
        Row(
            "of one word, new process",
            *pair(opening, 1),
            note="processor time, with imports and opening",
        ),
    ]


def pair(
    seconds: list[float], factor: float, unit: str = "s", peer_name: str = "gensim"
) -> tuple[float, str, float, str, bool]:
    """Return the figures of a row."""
    return seconds[0] * factor, unit, seconds[1] * factor, peer_name, False


def products(peer: "KeyedVectors", queries: list[str]) -> None:
    """Do by hand what gensim has no function for: many queries by one matrix product."""
    units = peer.get_normed_vectors()
    rows = [peer.key_to_index[query] for query in queries]
    for start in range(0, len(rows), 100):
        cosines = units[rows[start : start + 100]] @ units.T
        near = np.argpartition(cosines, -11, axis=1)[:, -11:]
        order = np.argsort(-np.take_along_axis(cosines, near, 1), axis=1)
        np.take_along_axis(near, order, 1)


def processor_seconds(program: str, path: str) -> float:
    """Return how much processor time a program of Python takes, in seconds."""
    before = os.times()
    subprocess.run([sys.executable, "-c", program, path], capture_output=True, check=True)
    after = os.times()
    return after.children_user + after.children_system - before[2] - before[3]


def trained_rows() -> list[Row]:
    """Search among the vectors of a skip-gram."""
    embedding = SkipGram(epochs=1).train(Corpus.build(open_source("imdb")))
    return [analogy_row(embedding), *approximate_rows(embedding)]


def analogy_row(embedding: StaticEmbedding) -> Row:
    """Answer the Google questions."""
    from gensim.models import KeyedVectors

    path = Path(os.environ["WORDLOOM_DATA"]) / "wordsim" / "questions-words.txt"
    lines = [line.lower().split() for line in path.read_text("utf-8").splitlines()]
    asked = [embedding.vocabulary.ids(words) for words in lines if len(words) == 4]
    known = np.array([ids for ids in asked if ids.min() >= 0 and ids.max() < 30_000], np.int64)
    peer = KeyedVectors(embedding.dim)
    peer.add_vectors(embedding.vocabulary.words, embedding.vectors)
    right = np.sum(solve_analogies(embedding, known[:, :3], max_rank=30_000) == known[:, 3])
    started = time.perf_counter()
    score, _ = peer.evaluate_word_analogies(path, restrict_vocab=30_000)
    slow = time.perf_counter() - started
    fast = median_seconds(lambda: solve_analogies(embedding, known[:, :3], max_rank=30_000))
    note = f"accuracy {right / len(known):.4f} and {score:.4f}"
    return Row(f"{len(known):,} analogies", fast, "s", slow, "gensim", False, note)


def approximate_rows(embedding: StaticEmbedding) -> list[Row]:
    """Compare the approximate index with the exact one."""
    exact = NeighborIndex(embedding)
    started = time.perf_counter()
    index = ApproximateIndex.build(embedding)
    building = time.perf_counter() - started
    random = np.random.default_rng(1)
    queries = [
        embedding.vocabulary.word(i) for i in random.choice(len(embedding), N_QUERIES).tolist()
    ]
    found = [
        [{near.word for near in row} for row in searched.search(queries)]
        for searched in (exact, index)
    ]
    recall = np.mean([len(left & right) / 10 for left, right in zip(*found, strict=True)])
    turns = iter(queries)
    one = alternating(lambda: index.search([next(turns)]), lambda: exact.search([next(turns)]), 200)
    many = alternating(lambda: index.search(queries), lambda: exact.search(queries), 5)
    note = f"recall@10 {recall:.4f}; built in {building:.1f} s"
    return [
        Row(f"one word of {len(embedding):,}, approximately", *pair(one, 1e3, "ms", "exact")),
        Row("1,000 of them, approximately", *pair(many, 1e3, "ms", "exact"), note=note),
    ]
