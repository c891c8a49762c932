"""The embeddings of the experiment, each trained on the texts of a set of papers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol

from wordloom.embedding.protocol import Embedding
from wordloom.text.corpus import Corpus
from wordloom.text.tokenizer import Tokenizer
from wordloom.train.fasttext import FastText
from wordloom.train.skipgram import SkipGram

__all__ = ["ELMO", "ELMO_EPOCHS", "TRAINERS", "SavedEmbedding", "Train", "Training"]

ELMO: Final = "ELMo"
MIN_COUNT: Final = 2
EPOCHS: Final = 40
"""The texts are few, so that static vectors need more than the usual 5 epochs."""

WINDOW: Final = 20
"""Of what a paper is about, a wide window tells more."""

ELMO_EPOCHS: Final = 1
"""On Inspec a second epoch lowers perplexity, but keywords rank no better."""

ELMO_BATCH: Final = 32
"""A quarter of the usual one: the texts are few, and smaller batches take more steps."""


@dataclass(frozen=True)
class Training:
    """What an embedding is trained on and how.

    Attributes:
        texts: The texts.
        preset: The tokenizer's preset that cuts them into words.
        seed: Seed of the training.
        threads: Threads that train static vectors; None takes one for each processor.
        elmo_epochs: How often ELMo goes through the texts.
        progress: Show progress bars on stderr.
    """

    texts: list[str]
    preset: str
    seed: int
    threads: int | None = None
    elmo_epochs: int = ELMO_EPOCHS
    progress: bool = False


class SavedEmbedding(Embedding, Protocol):
    """An embedding that can be kept."""

    def save(self, folder: str | Path) -> object:
        """Save the embedding as a folder."""


Train = Callable[[Training], SavedEmbedding]


def skipgram(training: Training) -> SavedEmbedding:
    """Train skip-gram: vectors of words."""
    corpus = Corpus.from_texts(
        training.texts, tokenizer=Tokenizer(training.preset), min_count=MIN_COUNT
    )
    return SkipGram(epochs=EPOCHS, window=WINDOW).train(
        corpus, threads=training.threads, seed=training.seed, progress=training.progress
    )


def fasttext(training: Training) -> SavedEmbedding:
    """Train FastText: vectors of words and of parts of words, so that every keyword has one."""
    corpus = Corpus.from_texts(
        training.texts, tokenizer=Tokenizer(training.preset), min_count=MIN_COUNT
    )
    # Chinese words are short, and each character means something.
    shortest, longest = (1, 3) if training.preset == "jieba" else (3, 6)
    return FastText(epochs=EPOCHS, window=WINDOW, min_n=shortest, max_n=longest).train(
        corpus, threads=training.threads, seed=training.seed, progress=training.progress
    )


def elmo(training: Training) -> SavedEmbedding:
    """Train a small ELMo, which reads Chinese character by character.

    Raises:
        MissingExtraError: JAX is not installed.
    """
    from wordloom.elmo.training.trainer import ELMo

    corpus = Corpus.from_texts(training.texts, tokenizer=Tokenizer("marks"), min_count=1)
    return ELMo("tiny", epochs=training.elmo_epochs, batch_size=ELMO_BATCH).train(
        corpus, seed=training.seed, progress=training.progress
    )


TRAINERS: Final[Mapping[str, Train]] = MappingProxyType(
    {"skip-gram": skipgram, "FastText": fasttext, ELMO: elmo}
)
"""What trains each embedding, by the name that tables give it."""
