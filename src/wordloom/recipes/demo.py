"""The demo: docstrings in; vectors, neighbours, a heatmap, a classifier and a report out."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from wordloom.classify import persistence
from wordloom.classify.classifier import TextClassifier
from wordloom.classify.evaluation import Evaluation, evaluate
from wordloom.datasets.labelled import LabelledTexts
from wordloom.datasets.registry import open_labelled, open_source
from wordloom.embedding import folder as module_folder
from wordloom.embedding.static import StaticEmbedding
from wordloom.inspect.heatmap import draw_heatmap
from wordloom.inspect.neighbors import Neighbor, NeighborIndex
from wordloom.inspect.similarity import similarity_matrix
from wordloom.recipes.demo_report import write_report
from wordloom.text.corpus import Corpus
from wordloom.train.skipgram import SkipGram

__all__ = ["DemoResult", "run"]

DATASET = "python-docs"

EPOCHS = 20
"""More than for a large text: 1.4 million words are too few to learn from in 5 passes."""

QUERIES = ("matrix", "file", "thread", "plot", "random", "string")
"""Words whose neighbours are shown; those that the text lacks are left out."""

HEATMAP_WORDS = (
    "matrix", "vector", "array",
    "file", "directory", "path",
    "thread", "process", "lock",
    "axis", "legend", "color",
)  # fmt: skip
"""Four groups of three, so that a good embedding shows four dark blocks."""


@dataclass(frozen=True)
class DemoResult:
    """What the demo made and measured.

    Attributes:
        folder: Where everything was written.
        corpus: The text that the vectors were trained on.
        embedding: The trained vectors.
        neighbors: The nearest words of each query.
        heatmap: The similarities of a few words, as an SVG picture.
        evaluation: The classifier beside its baselines.
        examples: Some test texts, each with its label, the predicted one, and the probability that
            the classifier gave to that.
        seconds: Duration of each step, by its name, in order.
    """

    folder: Path
    corpus: Corpus
    embedding: StaticEmbedding
    neighbors: dict[str, list[Neighbor]]
    heatmap: str
    evaluation: Evaluation
    examples: list[tuple[str, str, str, float]]
    seconds: dict[str, float]

    def to_json(self) -> dict[str, object]:
        """Return the result as a dictionary that JSON can hold."""
        return {
            "report": str(self.folder / "report.html"),
            "embedding": str(self.folder / "embedding"),
            "classifier": str(self.folder / "classifier"),
            "documents": self.corpus.n_documents,
            "tokens": self.corpus.n_tokens,
            "words": len(self.embedding),
            "training": dict(self.embedding.report or {}),
            "neighbors": {
                word: [(near.word, round(near.similarity, 4)) for near in row]
                for word, row in self.neighbors.items()
            },
            "evaluation": self.evaluation.to_json(),
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()},
        }

    def summary(self) -> list[str]:
        """Return the result as lines for people."""
        lines = [
            f"{word:8} → {', '.join(near.word for near in row[:6])}"
            for word, row in self.neighbors.items()
        ]
        return [*lines, "", self.evaluation.table()]


def run(
    folder: Path,
    *,
    threads: int | None = None,
    seed: int = 1,
    progress: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> DemoResult:
    """Go the whole way from raw text to a scored classifier and a report.

    Args:
        folder: Where ``embedding/``, ``classifier/`` and ``report.html`` go.
        threads: Threads that train; None takes one for each processor.
        seed: Seed of the training.
        progress: Show progress bars on stderr.
        say: Is told, in a line, what is being done.

    Returns:
        Everything that was made and measured.

    Raises:
        InputError: The folder cannot be written, or something else lies where an output goes.
    """
    module_folder.check_place(folder / "embedding")
    persistence.check_place(folder / "classifier")
    folder.mkdir(parents=True, exist_ok=True)
    seconds: dict[str, float] = {}
    clock = time.perf_counter()

    def step(name: str) -> None:
        nonlocal clock
        now = time.perf_counter()
        seconds[name] = now - clock
        clock = now

    say("Reading the docstrings of Python and its installed packages")
    corpus = Corpus.build(open_source(DATASET), min_count=5, progress=progress)
    step("corpus")

    say(f"Training skip-gram on {corpus.n_tokens:,} words")
    trainer = SkipGram(dim=100, epochs=EPOCHS)
    embedding = trainer.train(
        corpus, threads=threads, seed=seed, progress=progress, name=f"skip-gram on {DATASET}"
    )
    embedding.save(folder / "embedding")
    step("training")

    say("Looking at what it learned")
    known = [word for word in QUERIES if word in embedding]
    found = NeighborIndex(embedding).search(known, 8)
    words = [word for word in HEATMAP_WORDS if word in embedding]
    heatmap = draw_heatmap(
        similarity_matrix(embedding, words), words, title="Cosine similarity", file_format="svg"
    )
    step("neighbours and heatmap")

    say("Classifying docstrings by package, beside the baselines")
    train, test = open_labelled(DATASET, "train"), open_labelled(DATASET, "test")
    evaluation = evaluate(train, test, TextClassifier(embedding, features="dense"), hybrid=False)
    classifier = cast("TextClassifier", evaluation["vectors"].model)
    classifier.save(folder / "classifier")
    step("classification")

    result = DemoResult(
        folder,
        corpus,
        embedding,
        dict(zip(known, found, strict=True)),
        heatmap.decode("utf-8"),
        evaluation,
        classified_examples(classifier, test),
        seconds,
    )
    write_report(folder / "report.html", result)
    return result


def classified_examples(
    classifier: TextClassifier, test: LabelledTexts, count: int = 8
) -> list[tuple[str, str, str, float]]:
    """Return test texts spread evenly over the split, with what the classifier says of them."""
    rows = range(0, len(test), max(1, len(test) // count))[:count]
    texts = [test.texts[row] for row in rows]
    probabilities = classifier.predict_proba(texts)
    best = probabilities.argmax(axis=1).tolist()
    return [
        (text, test.labels[row], str(classifier.classes_[choice]), float(given[choice]))
        for text, row, choice, given in zip(texts, rows, best, probabilities, strict=True)
    ]
