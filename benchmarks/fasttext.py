"""FastText with subwords on the IMDB reviews beside the C++ program: speed and quality."""

import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.table import Row
from benchmarks.training import THREADS, Trained, write_text
from benchmarks.word_similarity import word_similarity
from wordloom.datasets.registry import open_source
from wordloom.inspect.neighbors import NeighborIndex
from wordloom.text.corpus import Corpus
from wordloom.train.fasttext import FastText

__all__ = ["run"]

UNKNOWN = ("accomodation", "reccomend", "hilariousness", "unwatchableness", "spielbergesque")
"""Misspellings and inflections; those that the text lacks show what n-grams are good for."""


def run(seeds: int) -> list[Row]:
    """Train both with fastText's defaults on the same tokens; ours for each seed, the peer once."""
    with TemporaryDirectory() as folder:
        corpus = Corpus.build(open_source("imdb"), Path(folder) / "corpus", progress=True)
        text = Path(folder) / "text.txt"
        write_text(corpus, text)
        FastText(epochs=1).train(Corpus.from_texts(["one two three four"] * 50, min_count=1))
        theirs = peer(text, corpus.n_tokens)
        print(f"fastText: {theirs}", flush=True)
        mine = []
        for seed in range(1, seeds + 1):
            mine.append(ours(corpus, seed))
            print(f"wordloom, seed {seed}: {mine[-1]}", flush=True)
    rows = [
        Row(
            "FastText, training",
            statistics.median(speed for speed, _ in mine),
            "words/s",
            theirs[0],
            "fastText",
            note=f"{THREADS} threads, 5 epochs, n-grams of 3 to 6, median of {seeds} runs and 1",
        )
    ]
    for measure in theirs[1]:
        scores = [result[measure] for _, result in mine]
        rows.append(
            Row(
                f"FastText, {measure}",
                statistics.mean(scores),
                "Spearman",
                theirs[1][measure],
                "fastText",
                note=f"± {np.std(scores):.3f}; difference "
                f"{statistics.mean(scores) - theirs[1][measure]:+.3f}",
            )
        )
    return rows


def ours(corpus: Corpus, seed: int) -> Trained:
    """Train with wordloom; say what is near to words that the text lacks."""
    embedding = FastText(dim=100, epochs=5).train(corpus, threads=THREADS, seed=seed)
    for word, row in zip(UNKNOWN, NeighborIndex(embedding).search(UNKNOWN, 6), strict=True):
        known = "known" if word in embedding else "unknown"
        print(f"{word} ({known}): {', '.join(near.word for near in row)}", flush=True)
    report = embedding.report or {}
    scores = word_similarity(embedding.vocabulary.words, embedding.vectors)
    return float(str(report["words_per_second"])), scores


def peer(text: Path, words: int) -> Trained:
    """Train with fastText's C++ code and its defaults; its vocabulary pass is timed apart."""
    import fasttext

    def train(epochs: int) -> tuple[float, object]:
        started = time.perf_counter()
        model = fasttext.train_unsupervised(
            str(text), model="skipgram", minCount=1, epoch=epochs, thread=THREADS, verbose=0
        )
        return time.perf_counter() - started, model

    vocabulary_pass, _ = train(0)
    seconds, model = train(5)
    vectors = np.array([model.get_word_vector(word) for word in model.words], np.float32)  # type: ignore[attr-defined]
    return 5 * words / (seconds - vocabulary_pass), word_similarity(model.words, vectors)  # type: ignore[attr-defined]
