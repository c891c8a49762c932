"""A corpus made ready for training: its sentences, what is held out, what is predicted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wordloom.elmo.sentences import sentence_splits
from wordloom.elmo.training.streams import Sentences, Stream, draw_held_out
from wordloom.elmo.training.target_words import UNKNOWN, TargetWords
from wordloom.errors import InputError

if TYPE_CHECKING:
    from wordloom.elmo.training.trainer import ELMo
    from wordloom.text.corpus import Corpus

__all__ = ["Text"]


@dataclass(frozen=True)
class Text:
    """A corpus made ready.

    Attributes:
        trained: The sentences that are trained on.
        held_out: Those that are not.
        targets: The words that are predicted.
    """

    trained: Sentences
    held_out: Sentences
    targets: TargetWords

    @classmethod
    def prepare(
        cls, trainer: "ELMo", corpus: "Corpus", seed: int, earlier: Sequence[str] = ()
    ) -> "Text":
        """Split a corpus into sentences, and into what is trained on and what is held out.

        Args:
            trainer: The hyper-parameters.
            corpus: The text.
            seed: Seed of the draw.
            earlier: Words that are predicted too, though the corpus may lack them.

        Returns:
            The text.

        Raises:
            InputError: There is nothing to train on.
        """
        words = corpus.vocabulary
        splits = sentence_splits(
            words,
            corpus.tokens.astype(np.int64),
            corpus.documents,
            cased=not corpus.tokenizer.lowercase,
        )
        sentences = Sentences.of(corpus.tokens, splits, corpus.documents)
        if sentences.n_predictions == 0:
            raise InputError(
                "ELMo is trained on text. Received: a corpus without a single token. Check the "
                "source."
            )
        trained, held_out = draw_held_out(
            sentences, trainer.held_out_share, trainer.held_out_tokens, seed
        )
        counts = words.counts - held_out.counts(len(words))
        targets = TargetWords.choose(words, counts, trainer.min_count, trainer.max_words, earlier)
        return cls(trained, held_out, targets)

    def pairs(self, sentences: Sentences) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return each word's row and that of the next, as the forward model sees them.

        Args:
            sentences: What is trained on, or what is held out.

        Returns:
            int32 (n_predictions,) each; words that are not predicted are <UNK> in both.
        """
        stream = Stream(sentences)
        inputs, targets = (each[0] for each in stream.read(np.arange(len(stream))))
        return self.targets.rows[inputs], self.targets.rows[targets]

    def unknown_share(self) -> float:
        """Return which share of what the forward model predicts on held-out text is <UNK>."""
        if self.held_out.n_predictions == 0:
            return 0.0
        return float((self.pairs(self.held_out)[1] == UNKNOWN).mean())
