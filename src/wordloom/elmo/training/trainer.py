"""ELMo, trained on a corpus: the hyper-parameters, and `train`."""

import os
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from wordloom.elmo.options import SIZES, ELMoOptions
from wordloom.errors import InputError, MissingExtraError
from wordloom.train.checkpoint import Checkpoints
from wordloom.train.checks import check_number, check_whole_numbers

if TYPE_CHECKING:
    from wordloom.elmo.embedding import ELMoEmbedding
    from wordloom.text.corpus import Corpus

__all__ = ["ELMo"]

PUBLISHED_NEGATIVES, TINY_NEGATIVES = 8192, 1024


@dataclass(frozen=True)
class ELMo:
    """Trains ELMo: a language model that reads text forward, and one that reads it backward.

    Peters et al. 2018, "Deep contextualized word representations", arXiv 1802.05365. Defaults are
    those of the program that trained the published networks, unless said otherwise.

    Words are read by their characters, whatever they are; predicted are the corpus's more frequent
    words. So that rare words can be read at all, the corpus has to have them: build it with
    ``min_count=1``.

    Attributes:
        size: A published size, or "tiny", which two cores train.
        options: The shape of the network, where it is none of these sizes.
        epochs: How many times to go through the text (published: 10 times a billion words).
        learning_rate: Step size of AdaGrad.
        batch_size: How many pieces of text are read side by side.
        steps: How many tokens of each are read at a time; gradients go back so far.
        negatives: How many words each prediction is compared with, drawn anew for each step; all of
            them where there are not twice as many. 0 takes 8,192, as published, and 1,024 for the
            size "tiny", whose softmax would take most of the time else.
        min_count: How often a word must occur to be predicted; rarer words are <UNK> (3 as in the
            benchmark that the published networks were trained on, Chelba et al. 2013, arXiv
            1312.3005).
        max_words: How many words are predicted at most, the most frequent ones (as published).
        dropout: Which share of the numbers is dropped from the input of each LSTM and from the
            output of the last.
        clip_norm: The largest global norm of a gradient.
        initial_accumulator: What AdaGrad's sums of squared gradients begin with.
        held_out_share: Which share of the text is held out, to measure perplexity on.
        held_out_tokens: How many tokens are held out at most.
        mixed_precision: Compute matrix products in bfloat16; for GPUs.

    Raises:
        InputError: A setting is out of range.

    Example:
        >>> ELMo("small").shape.n_parameters
        13593296
    """

    size: str = "tiny"
    options: ELMoOptions | None = None
    epochs: int = 10
    learning_rate: float = 0.2
    batch_size: int = 128
    steps: int = 20
    negatives: int = 0
    min_count: int = 3
    max_words: int = 793_468
    dropout: float = 0.1
    clip_norm: float = 10.0
    initial_accumulator: float = 1.0
    held_out_share: float = 0.01
    held_out_tokens: int = 50_000
    mixed_precision: bool = False

    def __post_init__(self) -> None:
        if self.size not in SIZES:
            raise InputError(
                f"`size` is one of {', '.join(SIZES)}. Received: {self.size!r}. For other shapes "
                "give `options`."
            )
        if self.options is not None and not isinstance(self.options, ELMoOptions):
            raise InputError(f"`options` is an ELMoOptions. Received: {self.options!r:.100}.")
        check_whole_numbers(
            self, "epochs", "batch_size", "steps", "min_count", "max_words", "held_out_tokens"
        )
        if type(self.negatives) is not int or self.negatives < 0:
            raise InputError(
                f"`negatives` must be a whole number from 0. Received: {self.negatives!r}."
            )
        for name in ("learning_rate", "clip_norm", "initial_accumulator"):
            check_number(self, name, above=0)
        check_number(self, "dropout", most=0.95)
        check_number(self, "held_out_share", most=0.5)

    @property
    def shape(self) -> ELMoOptions:
        """The shape of the network."""
        return SIZES[self.size] if self.options is None else self.options

    def samples(self, n_rows: int) -> int:
        """Return how many rows of a softmax are compared at each step; 0 for all."""
        usual = TINY_NEGATIVES if self.shape == SIZES["tiny"] else PUBLISHED_NEGATIVES
        # One alone might be the word that is predicted, and leave nothing to compare it with.
        wanted = max(self.negatives or usual, 2)
        return 0 if n_rows < 2 * wanted else wanted

    def settings(self) -> dict[str, object]:
        """Return the settings as JSON."""
        return {**asdict(self), "options": self.shape.to_json()}

    def train(
        self,
        corpus: "Corpus",
        *,
        seed: int = 1,
        progress: bool = False,
        name: str | None = None,
        init: "ELMoEmbedding | None" = None,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_seconds: float = 600.0,
        resume: bool = False,
    ) -> "ELMoEmbedding":
        """Train an ELMo.

        Documents come in a new random order in each epoch. JAX does the arithmetic, on a GPU where
        it has one, else on all processors.

        Args:
            corpus: The text, built with ``min_count=1``. Sentences are found by their full stops,
                where the tokenizer keeps them.
            seed: Seed of the random generators, from 0.
            progress: Show a progress bar on stderr.
            name: Name of the embedding; None takes "elmo".
            init: An ELMo to start from, whose shape is taken. If it has a softmax, the words that
                the text adds join it; else it gets a new one.
            checkpoint: A file for the state of the training, written every so often. It stays when
                the training is done: remove it once you have saved the embedding.
            checkpoint_seconds: How often, in seconds.
            resume: Go on from the checkpoint, where there is one. The result is that of a training
                which never stopped, bit for bit on the same machine.

        Returns:
            The embedding; its `report` is a `TrainingReport` as JSON, with "perplexities" on
            held-out text after each epoch ("forward", "backward" and their "average").

        Raises:
            InputError: There is nothing to train on, the checkpoint belongs to another text or
                other settings.
            FormatError: The checkpoint is damaged.
            MissingExtraError: JAX is not installed.
            TrainingError: A number overflowed. The message names the step and the settings, and the
                error's `embedding` holds the state after the last good epoch, if there was one.
        """
        if type(seed) is not int or seed < 0:
            raise InputError(f"`seed` must be a whole number from 0. Received: {seed!r}.")
        if checkpoint is None and resume:
            raise InputError("`resume` needs a checkpoint. Received: none. Name its file.")
        if not checkpoint_seconds >= 0:
            raise InputError(
                f"`checkpoint_seconds` must be a number from 0. Received: {checkpoint_seconds!r}."
            )
        if init is not None and self.options is not None and init.options != self.options:
            raise InputError(
                "Training goes on with a network of the same shape. Received: `options` and an "
                f"init '{init.name}' of another shape. Leave out `options`."
            )
        if find_spec("jax") is None:
            raise MissingExtraError("jax", "neural", "training ELMo")
        from wordloom.elmo.training.run import Run

        checkpoints = None
        if checkpoint is not None:
            checkpoints = Checkpoints(Path(checkpoint), checkpoint_seconds)
        run = Run(self, corpus, seed, name or "elmo", init)
        if checkpoints and resume:
            run.resume(checkpoints)
        run.train(checkpoints, progress=progress)
        return run.embedding()
