"""What every trainer tells about its run."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

__all__ = ["TrainingReport"]


@dataclass(frozen=True)
class TrainingReport:
    """How a training went.

    Attributes:
        algorithm: Name of the trainer, as in "skipgram".
        settings: The trainer's hyper-parameters.
        corpus_words: How many words (tokens in the vocabulary) the corpus holds.
        vocabulary: How many different words it holds.
        epochs: How many times the corpus was gone through.
        losses: The mean loss for each epoch over all its terms, taken just before a term is
            trained. With negative sampling a term is a training pair, and its loss minus the
            log-likelihood of the pair and its negative samples; where text repeats itself at short
            range it can rise in the last epoch: small steps no longer chase the repetition. With
            GloVe and Swivel a term is a cell of the co-occurrence matrix, and its loss the weighted
            squared error (Swivel: or the soft hinge).
        seconds: Duration of the training, without building the corpus.
        words_per_second: corpus_words × epochs / seconds; words before subsampling.
        threads: How many threads trained.
        seed: Seed of the random generators.
        unit: What an epoch goes through: "words", or the "cells" of a co-occurrence matrix.
        units_per_second: How many of these were trained on, each second.
        init: The embedding that training began with: its name, and how many words it shares with
            the corpus, how many are new and how many only it has. None for none.
    """

    algorithm: str
    settings: Mapping[str, object]
    corpus_words: int
    vocabulary: int
    epochs: int
    losses: tuple[float, ...]
    seconds: float
    words_per_second: float
    threads: int
    seed: int
    unit: str = "words"
    units_per_second: float = 0.0
    init: Mapping[str, object] | None = None

    def to_json(self) -> dict[str, object]:
        """Return the report as a dictionary that JSON can hold."""
        return {**asdict(self), "settings": dict(self.settings), "losses": list(self.losses)}

    def __str__(self) -> str:
        losses = " → ".join(f"{loss:.3f}" for loss in self.losses)
        return (
            f"{self.algorithm}: {self.corpus_words:,} words × {self.epochs} epochs in "
            f"{self.seconds:.1f} s on {self.threads} threads, "
            f"{self.words_per_second:,.0f} words/s; mean loss {losses}"
        )
