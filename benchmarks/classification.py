"""Classification with vectors trained on the task's own text, beside TF-IDF."""

import statistics

from benchmarks.table import Row
from wordloom.classify.classifier import TextClassifier
from wordloom.classify.evaluation import evaluate
from wordloom.datasets.registry import open_labelled, open_source
from wordloom.text.corpus import Corpus
from wordloom.train.skipgram import SkipGram

__all__ = ["run"]

EPOCHS = {"imdb": 5, "scicite": 20, "bbc": 20}
"""The small sets hold some 0.3 and 0.7 million words, too few to learn from in 5 passes."""


def run(seeds: int) -> list[Row]:
    """Evaluate each data set with vectors of several seeds."""
    rows = []
    for name, epochs in EPOCHS.items():
        corpus = Corpus.build(open_source(name))
        train, test = open_labelled(name, "train"), open_labelled(name, "test")
        results = []
        for seed in range(1, seeds + 1):
            embedding = SkipGram(epochs=epochs).train(corpus, threads=2, seed=seed)
            results.append(evaluate(train, test, TextClassifier(embedding)))
            print(f"{name}, seed {seed}\n{results[-1].table()}", flush=True)
        baseline = max(
            row.metrics.accuracy for row in results[0].rows if row.name.startswith("TF-IDF")
        )
        for index in (0, 1):
            accuracies = [result.rows[index].metrics.accuracy for result in results]
            macro = [result.rows[index].metrics.macro_f1 for result in results]
            rows.append(
                Row(
                    f"{name}, {results[0].rows[index].name}",
                    statistics.mean(accuracies),
                    "accuracy",
                    baseline,
                    "best TF-IDF",
                    note=f"± {statistics.pstdev(accuracies):.4f} over {seeds} seeds; "
                    f"macro-F1 {statistics.mean(macro):.4f}",
                )
            )
    return rows
