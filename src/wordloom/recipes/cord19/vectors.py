"""The CORD-19 Swivel vectors, trained as those that were published on TensorFlow Hub.

Published as tensorflow/cord-19/swivel-128d, version 3 (documentation of tfhub.dev): Swivel, 128
dimensions, window 10, 40 epochs over the titles, authors, abstracts, bodies and reference titles of
47,000 papers, 36,000 of them with full text; words split at spaces with punctuation stripped from
their ends, case kept, counted at least 50 times; one bucket for all other words, whose vector is
zero; a text is the sum of its words' vectors over the square root of their number. The heatmap is
that of the notebook "Exploring the TF-Hub CORD-19 Swivel Embeddings".

Corrected: with the published constants, Swivel's steps never adapt on so few papers; here the
variant "adaptive" takes 10 epochs.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wordloom.datasets.registry import open_source
from wordloom.embedding import folder as module_folder
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError, MissingExtraError
from wordloom.inspect.heatmap import save_heatmap
from wordloom.inspect.neighbors import Neighbor, NeighborIndex
from wordloom.inspect.similarity import similarity_matrix
from wordloom.recipes.reading import Reading
from wordloom.text.corpus import Corpus
from wordloom.text.sources import Source
from wordloom.text.tokenizer import Tokenizer
from wordloom.train.swivel import Swivel

__all__ = ["GROUPS", "SCALE_LABEL", "EmbedResult", "embed"]

GROUPS: Final = (
    ("coronavirus", "SARS", "MERS"),
    ("Italy", "Spain", "Europe"),
    ("cough", "fever", "throat"),
)
"""The words of the published heatmap: in each group, words should be more alike than across."""

SCALE_LABEL: Final = "inner product, divided by the largest"

MIN_COUNT: Final = 50
FULL_TEXTS: Final = 36_000
"""The published minimum count, and of how many papers with full text."""

EPOCHS: Final[dict[Reading, int]] = {"published": 40, "corrected": 10}
VARIANTS: Final[dict[Reading, str]] = {"published": "paper", "corrected": "adaptive"}

LEAST_MIN_COUNT: Final = 5
"""However few papers there are: what Swivel's own counting program asks for."""


@dataclass(frozen=True)
class EmbedResult:
    """What the step made and measured.

    Attributes:
        folder: Where ``embedding/`` and ``heatmap.png`` were written; None if nowhere.
        corpus: The papers.
        embedding: The trained vectors.
        words: The words of the heatmap; those that the papers lack are left out.
        similarities: float32 (n, n), their inner products divided by the largest.
        neighbors: The nearest words of the first word of each group.
        seconds: Duration of each part, by its name, in order.
    """

    folder: Path | None
    corpus: Corpus
    embedding: StaticEmbedding
    words: list[str]
    similarities: NDArray[np.float32]
    neighbors: dict[str, list[Neighbor]]
    seconds: dict[str, float]

    def word_groups(self) -> list[list[str]]:
        """Return the words of the heatmap by group; groups that the papers lack are left out."""
        known = set(self.words)
        groups: list[list[str]] = [[word for word in group if word in known] for group in GROUPS]
        return [group for group in groups if group]

    def group_means(self) -> tuple[float, float]:
        """Return the mean entry of the heatmap between words of one group, and of two."""
        group = {word: number for number, words in enumerate(GROUPS) for word in words}
        means = []
        for same in (True, False):
            entries = [
                self.similarities[i, j]
                for (i, a), (j, b) in product(enumerate(self.words), repeat=2)
                if a != b and (group[a] == group[b]) is same
            ]
            means.append(float(np.mean(entries)) if entries else float("nan"))
        return means[0], means[1]

    def to_json(self) -> dict[str, object]:
        """Return the result as a dictionary that JSON can hold."""
        within, across = self.group_means()
        return {
            "embedding": None if self.folder is None else str(self.folder / "embedding"),
            "heatmap": None if self.folder is None else str(self.folder / "heatmap.png"),
            "documents": self.corpus.n_documents,
            "tokens": self.corpus.n_tokens,
            "words": len(self.embedding),
            "min_count": self.corpus.min_count,
            "training": dict(self.embedding.report or {}),
            "heatmap_words": self.words,
            "heatmap_values": self.similarities.astype(float).round(4).tolist(),
            "mean_within_groups": None if np.isnan(within) else round(within, 4),
            "mean_across_groups": None if np.isnan(across) else round(across, 4),
            "neighbors": {
                word: [(near.word, round(near.similarity, 4)) for near in row]
                for word, row in self.neighbors.items()
            },
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()},
        }

    def summary(self) -> list[str]:
        """Return the result as lines for people."""
        within, across = self.group_means()
        return [
            f"{self.corpus.n_documents:,} papers, {self.corpus.n_tokens:,} tokens, "
            f"{len(self.embedding):,} words that occur at least {self.corpus.min_count} times",
            *(
                f"{word:11} → {', '.join(near.word for near in row)}"
                for word, row in self.neighbors.items()
            ),
            f"heatmap: {within:.3f} between words of a group, {across:.3f} between groups",
        ]


def embed(
    folder: Path | None,
    papers: Source | None = None,
    *,
    reading: Reading = "published",
    min_count: int | None = None,
    epochs: int | None = None,
    threads: int | None = None,
    seed: int = 1,
    progress: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> EmbedResult:
    """Train the CORD-19 Swivel vectors, draw their heatmap and save them.

    Args:
        folder: Where ``embedding/`` and ``heatmap.png`` go; None writes nothing.
        papers: The papers; None takes the data set cord19.
        reading: "published": 40 epochs with the paper's constants; "corrected": 10 with steps that
            adapt.
        min_count: How often a word must occur; None scales the published 50 to the number of
            papers, from 5 on.
        epochs: How many times Swivel goes through all cells; None takes the reading's.
        threads: Threads that count and train; None takes one for each processor.
        seed: Seed of the training.
        progress: Show progress bars on stderr.
        say: Is told, in a line, what is being done.

    Returns:
        Everything that was made and measured.

    Raises:
        InputError: The folder cannot be written, something else lies where an output goes, or the
            papers hold fewer than two words of the heatmap.
        MissingExtraError: matplotlib is not installed.
    """
    if folder is not None:
        module_folder.check_place(folder / "embedding")
        if find_spec("matplotlib") is None:
            raise MissingExtraError("matplotlib", "plots", "drawing the heatmap")
    seconds: dict[str, float] = {}
    clock = time.perf_counter()

    def step(name: str) -> None:
        nonlocal clock
        now = time.perf_counter()
        seconds[name] = now - clock
        clock = now

    source = open_source("cord19", progress=progress) if papers is None else papers
    tokenizer = Tokenizer("strip", lowercase=False)
    say("Reading the papers")
    corpus = Corpus.build(
        source,
        tokenizer=tokenizer,
        min_count=LEAST_MIN_COUNT if min_count is None else min_count,
        progress=progress,
    )
    scaled = round(MIN_COUNT * corpus.n_documents / FULL_TEXTS)
    if min_count is None and scaled > LEAST_MIN_COUNT:
        say(f"Reading them again for words that occur at least {scaled} times")
        corpus = Corpus.build(source, tokenizer=tokenizer, min_count=scaled, progress=progress)
    step("corpus")
    words = [word for group in GROUPS for word in group if word in corpus.vocabulary]
    if len(words) < 2:
        raise InputError(
            f"The heatmap needs two of the words {', '.join(w for g in GROUPS for w in g)}. "
            f"Received: {corpus.source}, with {len(words)} of them. Name a text about the disease."
        )

    say(f"Training Swivel on {corpus.n_tokens:,} tokens of {len(corpus.vocabulary):,} words")
    trainer = Swivel(
        dim=128, window=10, epochs=epochs or EPOCHS[reading], variant=VARIANTS[reading]
    )
    trained = trainer.train(corpus, threads=threads, seed=seed, progress=progress)
    embedding = StaticEmbedding(
        trained.vocabulary,
        trained.vectors,
        name="Swivel on CORD-19",
        tokenizer=trained.tokenizer,
        oov="zero",
        pooling="sqrtn",
        report=trained.report,
    )
    step("training")

    similarities = similarity_matrix(embedding, words, "inner")
    if folder is not None:
        embedding.save(folder / "embedding")
        save_heatmap(
            folder / "heatmap.png",
            similarities,
            words,
            title="CORD-19 Swivel vectors",
            scale_label=SCALE_LABEL,
        )
    queries = [group[0] for group in GROUPS if group[0] in embedding]
    found = NeighborIndex(embedding).search(queries, 8)
    step("heatmap and neighbours")
    return EmbedResult(
        folder,
        corpus,
        embedding,
        words,
        similarities,
        dict(zip(queries, found, strict=True)),
        seconds,
    )
