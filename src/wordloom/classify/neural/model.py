"""A network over the word vectors of one or more embeddings, as a text classifier uses it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.attention.token_attention import TokenAttention
from wordloom.classify.neural.batches import Batch, Batches, bucket_lengths, truncated
from wordloom.classify.neural.checkpoint import Checkpoint, digest_of
from wordloom.classify.neural.contexts import layer_statistics, token_layers, training_layers
from wordloom.classify.neural.history import History
from wordloom.classify.neural.learned import LearnedEmbedding
from wordloom.classify.neural.network import Network, build_network, predicted, trained_model
from wordloom.classify.neural.settings import NeuralSettings
from wordloom.classify.neural.state import Trainee
from wordloom.classify.neural.training import train
from wordloom.classify.neural.words import Reading, TunedWords, WordReader
from wordloom.classify.saved_arrays import damaged, saved_array
from wordloom.classify.sources import distinct_names
from wordloom.classify.targets import Targets
from wordloom.combine.backend import TRAINING_BACKENDS, keras
from wordloom.elmo.embedding import ELMoEmbedding
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError
from wordloom.text.vocabulary import Vocabulary

__all__ = ["NeuralModel"]

# Texts longer than all of training's are padded to lengths that grow by this factor.
GROWTH = 1.5


class NeuralModel:
    """Scores each label by a network.

    Args:
        embeddings: What is known of words.
        settings: What the network is made of and how it is trained.

    Attributes:
        history: What the fit recorded.
    """

    def __init__(
        self,
        embeddings: Sequence[StaticEmbedding | LearnedEmbedding | ELMoEmbedding],
        settings: NeuralSettings,
    ) -> None:
        self.settings = settings
        self.embeddings = tuple(embeddings)
        self.reader = WordReader(embeddings, lstms=settings.trainable)
        self.history = History()
        self.network: Network | None = None
        self.lengths: tuple[int, ...] = ()
        self.differs = False

    @property
    def mixed(self) -> bool:
        """Whether ELMo's layers are added up before they reach the network."""
        return self.settings.mix == "fixed"

    @property
    def length(self) -> int | None:
        """How many tokens every text is padded to; None where that depends on its batch."""
        return self.settings.max_tokens if self.settings.encoder.fixed_length else None

    def fit(
        self,
        texts: Sequence[str],
        targets: Targets,
        held_out: NDArray[np.int64],
        checkpoint: Path | None = None,
        *,
        progress: bool = False,
    ) -> None:
        """Learn from labelled texts.

        Args:
            texts: The texts, of training and of the part that is held out.
            targets: Their labels.
            held_out: int64, the numbers of the texts that decide when training stops.
            checkpoint: A file for the state after each epoch; if it exists, training goes on from
                there.
            progress: Show a progress bar on stderr.

        Raises:
            InputError: No text holds a known word, the checkpoint is of another fit, or Keras runs
                on a backend that cannot train.
            TrainingError: The loss is not a finite number.
        """
        settings, backend = self.settings, keras.backend.backend()
        if backend not in TRAINING_BACKENDS:
            raise InputError(
                f"Networks are trained on Keras' backends {', '.join(TRAINING_BACKENDS)}. "
                f"Received: {backend}, which can only predict. Set the environment variable "
                "KERAS_BACKEND, or leave it unset."
            )
        reading = self.reader.fit(texts)
        if not len(reading.ids):
            raise InputError(
                "Training texts need words that an embedding knows. Received: "
                f"{len(texts):,} texts without any. Check that the embedding is of their language "
                "and spelling."
            )
        ids, splits = truncated(reading.ids, reading.splits, settings.max_tokens, settings.truncate)
        train_texts = np.setdiff1d(np.arange(len(texts)), held_out)
        self.lengths = (self.length,) if self.length else bucket_lengths(np.diff(splits))
        self.build(len(targets.classes), multi_label=targets.multi_label)
        assert self.network is not None  # noqa: S101
        layers = []
        for number, mix in self.network.mixes.items():
            elmo = self.embeddings[number]
            assert isinstance(elmo, ELMoEmbedding)  # noqa: S101
            tokens = (elmo, reading.words, ids, splits)
            mean, deviation = layer_statistics(*tokens, mixed=not mix.learned)
            mix.mean.assign(mean)
            mix.scale.assign(1 / deviation)
            if reading.vectors[number] is None:
                layers.append(training_layers(*tokens, mixed=self.mixed, progress=progress))
        model, tables = trained_model(
            self.network, self.embeddings, reading.vectors, reading.known, settings, self.length
        )
        batches = Batches(ids, splits, self.lengths, settings.batch_size, settings.pad)
        trainee = Trainee(model, batches, targets, train_texts, held_out, layers)
        place = None
        if checkpoint is not None:
            identity = {
                **asdict(settings),
                "encoder": settings.encoder.to_json(),
                "class_weight": str(settings.class_weight),
                "texts": digest_of(ids, splits, held_out),
                "labels": digest_of(targets.codes),
                "vectors": digest_of(
                    *(table for table in reading.vectors if table is not None),
                    *(
                        tensor
                        for embedding in self.embeddings
                        if isinstance(embedding, ELMoEmbedding)
                        for tensor in (embedding.layer_weights, *embedding.weights.values())
                    ),
                ),
            }
            place = Checkpoint(checkpoint, identity)
        self.history = train(trainee, settings, place, progress=progress)
        changed = tuple(
            keras.ops.convert_to_numpy(layer.embeddings)[1:]
            if layer is not None and layer.trainable
            else None
            for layer in tables
        )
        if any(table is not None for table in changed):
            self.reader.tuned = TunedWords(reading.words, changed, reading.known[1:])

    def build(self, n_labels: int, *, multi_label: bool) -> None:
        """Make the network that the settings describe, with its first weights.

        Args:
            n_labels: How many labels there are.
            multi_label: Whether a text may have any number of them.

        Raises:
            InputError: The embeddings' dimensions do not fit the combination.
        """
        dims = [embedding.dim for embedding in self.embeddings]
        if self.settings.combine.startswith("gated") and len(set(dims)) > 1:
            raise InputError(
                f"combine={self.settings.combine!r} adds vectors up as they are, so all must have "
                f"the same number of dimensions. Received: {', '.join(map(str, dims))}. Take 'dme' "
                "or 'cdme', which project them first."
            )
        self.network = build_network(self.embeddings, self.settings, n_labels, self.length)
        # Of two labels that exclude each other one score says it all.
        self.differs = n_labels == 2 and not multi_label

    def scores(self, texts: Sequence[str]) -> tuple[NDArray[np.float64], int]:
        """Return how much speaks for each label, and how many texts hold no known word.

        Args:
            texts: Any texts.

        Returns:
            float64 (n_texts, n_outputs), where two labels share one output; and a number of texts.
        """
        assert self.network is not None  # noqa: S101
        reading = self.reader.read(texts)
        model = self.network.model
        rows = np.empty((len(texts), model.output_shape[-1]))
        for batch, inputs in self.batches(reading):
            rows[batch.texts] = predicted(model, inputs)[: len(batch.texts)]
        if self.differs:
            rows = rows[:, 1:] - rows[:, :1]
        return rows, int(np.sum(reading.lengths == 0))

    def check_probabilities(self) -> None:
        """Do nothing: a network's scores are log-odds."""

    def attention(self, texts: Sequence[str]) -> TokenAttention:
        """Return the weights that each token of texts gave to each embedding.

        Args:
            texts: Any texts.

        Returns:
            The weights, of the tokens that the network sees.

        Raises:
            InputError: The combination has no weights.
        """
        assert self.network is not None  # noqa: S101
        if self.network.attention is None:
            raise InputError(
                "Weights of embeddings are learned by combine='dme', 'cdme' or 'gated'. Received: "
                f"a classifier with combine={self.settings.combine!r}. Fit one with these."
            )
        reading = self.reader.read(texts)
        ids, splits = self.cut(reading)
        weights = np.empty((len(ids), len(self.embeddings)), np.float32)
        for batch, inputs in self.batches(reading):
            found = predicted(self.network.attention, inputs)
            there = np.asarray(inputs[-1])[: len(batch.texts)]
            places = [np.arange(splits[text], splits[text + 1]) for text in batch.texts.tolist()]
            weights[np.concatenate(places)] = found[: len(batch.texts)][there]
        words = reading.words.words
        return TokenAttention(
            [words[number - 1] for number in ids.tolist()],
            weights,
            splits,
            reading.known[ids],
            self.frequencies(reading.words)[ids - 1],
            distinct_names(self.embeddings),
        )

    def cut(self, reading: Reading) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return the tokens that the network sees, and their splits."""
        return truncated(
            reading.ids, reading.splits, self.settings.max_tokens, self.settings.truncate
        )

    def batches(self, reading: Reading) -> Iterator[tuple[Batch, list[NDArray[Any]]]]:
        """Yield the batches of texts with what the network on vectors takes."""
        ids, splits = self.cut(reading)
        buckets = list(self.lengths)
        while buckets[-1] < np.diff(splits).max():
            buckets.append(int(buckets[-1] * GROWTH) // 8 * 8 + 8)
        size = min(self.settings.batch_size, 1 << (len(splits) - 2).bit_length())
        batches = Batches(ids, splits, tuple(buckets), size, self.settings.pad)
        for batch in batches.in_order():
            numbers, places = batches.ids(batch), batches.places(batch)
            inputs: list[NDArray[Any]] = []
            for embedding, table in zip(self.embeddings, reading.vectors, strict=True):
                if table is not None:
                    inputs.append(table[numbers])
                    continue
                assert isinstance(embedding, ELMoEmbedding)  # noqa: S101
                lengths = np.diff(splits)[batch.texts]
                starts = np.concatenate([[0], np.cumsum(lengths)])
                tokens = (embedding, reading.words, ids[places], starts)
                inputs.append(batches.padded(batch, token_layers(*tokens, mixed=self.mixed)))
            yield batch, [*inputs, numbers != 0]

    def frequencies(self, words: Vocabulary) -> NDArray[np.int64]:
        """Return how often words occur in what the embeddings learned from, or else in the texts.

        Args:
            words: The words of some texts, with their counts there.

        Returns:
            int64 (n_words,): of the embeddings' counts the highest.
        """
        counts = np.zeros(len(words), np.int64)
        for embedding in self.embeddings:
            vocabulary = getattr(embedding, "vocabulary", None)
            if vocabulary is not None:
                places = vocabulary.find(words.data, words.offsets)
                there = places >= 0
                counts[there] = np.maximum(counts[there], vocabulary.counts[places[there]])
        return counts if counts.any() else words.counts

    def layer_weights(self) -> dict[str, NDArray[np.float32]]:
        """Return what the layers of each ELMo count in its vectors.

        Returns:
            By name float32 (n_layers,): the learned weights, which add up to 1, times γ; or the
            embedding's own.
        """
        assert self.network is not None  # noqa: S101
        weights = {}
        names = distinct_names(self.embeddings)
        for place, layer in self.network.mixes.items():
            elmo = self.embeddings[place]
            assert isinstance(elmo, ELMoEmbedding)  # noqa: S101
            if layer.mix is None:
                weights[names[place]] = elmo.layer_weights * np.float32(elmo.gamma)
            else:
                gamma = np.float32(keras.ops.convert_to_numpy(layer.mix.gamma))
                weights[names[place]] = layer.mix.layer_weights * gamma
        return weights

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Return all arrays, by name, for saving."""
        assert self.network is not None  # noqa: S101
        tensors: dict[str, NDArray[np.generic]] = {
            f"network.{place}": keras.ops.convert_to_numpy(weight)
            for place, weight in enumerate(self.network.model.weights)
        }
        tensors["lengths"] = np.array(self.lengths, np.int64)
        tensors["scales"] = np.array(self.reader.scales)
        tuned = self.reader.tuned
        if tuned is not None:
            tensors |= {f"words.{name}": array for name, array in tuned.words.tensors().items()}
            tensors["known"] = tuned.known
            tensors |= {
                f"tuned.{place}": table
                for place, table in enumerate(tuned.vectors)
                if table is not None
            }
        return tensors

    def restore(
        self, tensors: Mapping[str, NDArray[np.generic]], n_labels: int, *, multi_label: bool
    ) -> None:
        """Take over the arrays that `tensors` returned.

        Args:
            tensors: The arrays by name.
            n_labels: How many labels there are.
            multi_label: Whether a text may have any number of them.

        Raises:
            FormatError: An array is missing, or does not fit the others.
        """
        self.build(n_labels, multi_label=multi_label)
        assert self.network is not None  # noqa: S101
        model, n_embeddings = self.network.model, len(self.embeddings)
        weights = [
            saved_array(tensors, f"network.{place}", variable.dtype, tuple(variable.shape))
            for place, variable in enumerate(model.weights)
        ]
        model.set_weights(weights)
        lengths = saved_array(tensors, "lengths", "int64", None)
        if not len(lengths) or np.any(np.diff(np.concatenate([[0], lengths])) <= 0):
            raise damaged(f"the lengths {lengths.tolist()} do not rise from 1 on")
        self.lengths = tuple(lengths.tolist())
        self.reader.scales = saved_array(tensors, "scales", "float64", (n_embeddings,)).tolist()
        changed = [
            (self.settings.trainable and not isinstance(embedding, ELMoEmbedding))
            or isinstance(embedding, LearnedEmbedding)
            for embedding in self.embeddings
        ]
        if any(changed):
            words = Vocabulary.from_tensors(
                {
                    name.removeprefix("words."): array
                    for name, array in tensors.items()
                    if name.startswith("words.")
                }
            )
            vectors = tuple(
                saved_array(tensors, f"tuned.{place}", "float32", (len(words), embedding.dim))
                if changed[place]
                else None
                for place, embedding in enumerate(self.embeddings)
            )
            known = saved_array(tensors, "known", "bool", (len(words), n_embeddings))
            self.reader.tuned = TunedWords(words, vectors, known)
