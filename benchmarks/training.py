"""Training on the IMDB reviews: wordloom beside gensim and fastText, speed and quality."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.table import Row
from benchmarks.word_similarity import word_similarity
from wordloom.datasets.registry import open_source
from wordloom.text.corpus import Corpus
from wordloom.train.cbow import CBOW
from wordloom.train.skipgram import SkipGram

__all__ = ["run"]

THREADS = 2
Trained = tuple[float, dict[str, float]]
"""Words/s and the similarity scores of one run."""


def run(seeds: int) -> list[Row]:
    """Train with every program on the same tokens; seeds alternate between the programs."""
    with TemporaryDirectory() as folder:
        corpus = Corpus.build(open_source("imdb"), Path(folder) / "corpus", progress=True)
        text = Path(folder) / "text.txt"
        write_text(corpus, text)
        # Kernels are compiled before the clock starts, as the peers' are.
        warm_up()
        programs: dict[str, Callable[[int], Trained]] = {
            "skip-gram": lambda seed: ours(SkipGram(dim=100, epochs=5), corpus, seed),
            "gensim skip-gram": lambda seed: gensim(text, 1, corpus.n_tokens, seed),
            "CBOW": lambda seed: ours(CBOW(dim=100, epochs=5), corpus, seed),
            "gensim CBOW": lambda seed: gensim(text, 0, corpus.n_tokens, seed),
        }
        results: dict[str, list[Trained]] = {name: [] for name in programs}
        results["fastText"] = [fasttext(text, corpus.n_tokens)]
        print(f"fastText: {results['fastText'][-1]}", flush=True)
        for seed in range(1, seeds + 1):
            for name, program in programs.items():
                results[name].append(program(seed))
                print(f"{name}, seed {seed}: {results[name][-1]}", flush=True)
    rows = []
    for name, peer in (
        ("skip-gram", "gensim skip-gram"),
        ("skip-gram", "fastText"),
        ("CBOW", "gensim CBOW"),
    ):
        mine, theirs = results[name], results[peer]
        rows.append(
            Row(
                f"{name}, training",
                statistics.median(speed for speed, _ in mine),
                "words/s",
                statistics.median(speed for speed, _ in theirs),
                peer,
                note=f"{THREADS} threads, median of {len(mine)} and {len(theirs)} runs",
            )
        )
        for measure in mine[0][1]:
            left = [scores[measure] for _, scores in mine]
            right = [scores[measure] for _, scores in theirs]
            rows.append(
                Row(
                    f"{name}, {measure}",
                    statistics.mean(left),
                    "Spearman",
                    statistics.mean(right),
                    peer,
                    note=f"± {np.std(left):.3f} and {np.std(right):.3f}; difference "
                    f"{statistics.mean(left) - statistics.mean(right):+.3f}",
                )
            )
    return rows


def write_text(corpus: Corpus, path: Path) -> None:
    """Write the corpus's tokens as the peers read them: a document a line, words between spaces."""
    words = corpus.vocabulary.words
    with path.open("w", encoding="utf-8") as file:
        for number in range(corpus.n_documents):
            file.write(" ".join([words[index] for index in corpus.document(number)]) + "\n")


def warm_up() -> None:
    """Compile the kernels."""
    corpus = Corpus.from_texts(["one two three four"] * 50, min_count=1)
    SkipGram(epochs=1).train(corpus)
    CBOW(epochs=1).train(corpus)


def ours(trainer: SkipGram | CBOW, corpus: Corpus, seed: int) -> Trained:
    """Train with wordloom."""
    embedding = trainer.train(corpus, threads=THREADS, seed=seed)
    report = embedding.report or {}
    speed = float(str(report["words_per_second"]))
    return speed, word_similarity(embedding.vocabulary.words, embedding.vectors)


def gensim(text: Path, skipgram: int, words: int, seed: int) -> Trained:
    """Train with gensim from a file, its fastest way; only `train` is timed."""
    from gensim.models import Word2Vec

    model = Word2Vec(
        vector_size=100,
        window=5,
        min_count=1,
        sg=skipgram,
        negative=5,
        alpha=0.025 if skipgram else 0.05,  # those of word2vec.c, as ours
        sample=1e-3,
        workers=THREADS,
        seed=seed,
        epochs=5,
    )
    model.build_vocab(corpus_file=str(text))
    started = time.perf_counter()
    model.train(
        corpus_file=str(text),
        total_words=model.corpus_total_words,
        total_examples=model.corpus_count,
        epochs=5,
    )
    seconds = time.perf_counter() - started
    return 5 * words / seconds, word_similarity(model.wv.index_to_key, model.wv.vectors)


def fasttext(text: Path, words: int) -> Trained:
    """Train with fastText's C++ code without subwords; its vocabulary pass is timed apart."""
    import fasttext as peer

    def train(epochs: int, learning_rate: float, file: Path) -> object:
        return peer.train_unsupervised(
            str(file),
            model="skipgram",
            dim=100,
            ws=5,
            minCount=1,
            maxn=0,
            neg=5,
            t=1e-3,
            lr=learning_rate,
            epoch=epochs,
            thread=THREADS,
            verbose=0,
        )

    started = time.perf_counter()
    train(0, 0.025, text)
    vocabulary_pass = time.perf_counter() - started
    started = time.perf_counter()
    model = train(5, 0.025, text)
    seconds = time.perf_counter() - started - vocabulary_pass
    vectors = np.array([model.get_word_vector(word) for word in model.words], np.float32)  # type: ignore[attr-defined]
    return 5 * words / seconds, word_similarity(model.words, vectors)  # type: ignore[attr-defined]
