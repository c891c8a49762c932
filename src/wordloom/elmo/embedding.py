"""ELMo as an embedding: texts in, vectors of tokens in their context or of whole texts out."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wordloom.elmo.inference import LanguageModels
from wordloom.elmo.options import ELMoOptions
from wordloom.elmo.sentences import sentence_splits
from wordloom.elmo.token_encoder import TokenEncoder
from wordloom.elmo.token_layers import TokenLayers, check_layer, check_pooling, hub_outputs, pool
from wordloom.elmo.weights import Weights, checked_softmax, checked_weights, finite_floats
from wordloom.embedding.protocol import TokenVectors
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError
from wordloom.text.batches import as_list, block_bounds, pack_texts
from wordloom.text.interning import intern
from wordloom.text.tokenizer import Tokenizer
from wordloom.text.vocabulary import Vocabulary

__all__ = ["ELMoEmbedding"]

# What the layers of all tokens of a block of texts may take.
BLOCK_BYTES = 1 << 28
CHARACTERS_IN_TOKEN = 4


class ELMoEmbedding:
    """Vectors of words in their context, from a bidirectional language model.

    Each token has a vector for each layer: the lower ones know more of its form and grammar, the
    upper ones more of its sense (Peters et al. 2018, sections 3 and 5.3, arXiv 1802.05365). Their
    weighted sum is the token's vector. There are no unknown words, since words are read character
    by character. No state is carried from one text to the next, unless asked for: the same text
    always has the same vectors.

    Args:
        options: The shape of the network.
        weights: Its tensors by published name, float32; see `ELMoOptions.shapes`.
        name: What reports and pictures call the embedding.
        tokenizer: What splits texts into tokens; None takes the preset "marks". Published networks
            were trained on tokens with their punctuation and case.
        sentences: Read each sentence of a text by itself, as in training; else each whole text.
        layer_weights: float (n_layers,), what each layer counts in the sum; None counts all alike.
        gamma: What the sum is multiplied with.
        pooling: How `embed` makes one vector of a text's token vectors: mean, sum, sqrtn or max.
        vocabulary: The words of the text it was trained on, with their counts; None if not known.
        softmax: What training predicts words with, to train on: `W`, float32 (n_outputs,
            projection_dim), and `b`, float32 (n_outputs,); None if not known.
        report: What is known of the training, ready for JSON.

    Attributes:
        n_layers: How many layers there are: the characters' and those of the LSTMs.

    Raises:
        InputError: An argument is out of range.
        FormatError: A tensor is missing or does not fit the options.

    Example:
        >>> from wordloom.elmo.network_at_random import random_weights
        >>> options = ELMoOptions(8, 4, character_dim=2, filters=((1, 4), (2, 4)), n_highway=1)
        >>> elmo = ELMoEmbedding(options, random_weights(options, seed=1))
        >>> found = elmo.embed_tokens(["By the bank.", "A bank loan?"])
        >>> found.tokens, found.vectors.shape
        (['By', 'the', 'bank', '.', 'A', 'bank', 'loan', '?'], (8, 8))
        >>> bool((found.vectors[2] == found.vectors[5]).all())  # the same word, another context
        False
    """

    def __init__(
        self,
        options: ELMoOptions,
        weights: Mapping[str, NDArray[np.generic]],
        *,
        name: str = "elmo",
        tokenizer: Tokenizer | None = None,
        sentences: bool = True,
        layer_weights: ArrayLike | None = None,
        gamma: float = 1.0,
        pooling: str = "mean",
        vocabulary: Vocabulary | None = None,
        softmax: Mapping[str, NDArray[np.float32]] | None = None,
        report: Mapping[str, object] | None = None,
    ) -> None:
        self.options = options
        self.weights: Weights = checked_weights(options, weights)
        self.name = name
        self.tokenizer = Tokenizer("marks") if tokenizer is None else tokenizer
        self.sentences = bool(sentences)
        self.n_layers = options.n_layers + 1
        if layer_weights is None:
            layer_weights = np.full(self.n_layers, 1 / self.n_layers)
        self.layer_weights = finite_floats(layer_weights)
        if self.layer_weights.shape != (self.n_layers,):
            raise InputError(
                f"The layers' weights are {self.n_layers} finite numbers, one for each layer. "
                f"Received: {layer_weights!r:.200}."
            )
        if finite_floats(gamma).shape != ():
            raise InputError(f"`gamma` is a finite number. Received: {gamma!r:.200}.")
        self.gamma = float(gamma)
        self.pooling = check_pooling(pooling)
        self.vocabulary = vocabulary
        self.softmax = None if softmax is None else checked_softmax(options, softmax)
        self.report = report
        self.encoder = TokenEncoder(options, self.weights)
        self.models = LanguageModels(options, self.weights)

    @property
    def dim(self) -> int:
        """How many numbers a vector has."""
        return self.options.dim

    def __repr__(self) -> str:
        return (
            f"ELMoEmbedding({self.name!r}, {self.options.n_parameters:,} parameters, "
            f"{self.n_layers} layers of {self.dim} dimensions, pooling={self.pooling!r})"
        )

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and word != ""

    def __getitem__(self, word: str) -> NDArray[np.float32]:
        """Return the vector of a word that stands alone, float32 (dim,).

        Raises:
            InputError: The word is empty or no str.
        """
        if word not in self:
            raise InputError(f"A word is a str that is not empty. Received: {word!r}.")
        row: NDArray[np.float32] = self.word_vectors([word])[0][0]
        return row

    def embed(self, texts: Sequence[str], pooling: str | None = None) -> NDArray[np.float32]:
        """Turn each text into one vector.

        Args:
            texts: The texts.
            pooling: How a text's token vectors become one; None takes the embedding's own way.

        Returns:
            float32 (n_texts, dim); zero for a text without a token.

        Raises:
            InputError: The texts are not a sequence of str, or there is no such pooling.
        """
        return self.embed_each_way(texts, [pooling])[0]

    def embed_each_way(
        self, texts: Sequence[str], poolings: Sequence[str | None]
    ) -> list[NDArray[np.float32]]:
        """Turn each text into one vector for each of several ways of pooling; it is read once.

        Args:
            texts: The texts.
            poolings: The ways; None stands for the embedding's own.

        Returns:
            For each way what `embed` returns.

        Raises:
            InputError: The texts are not a sequence of str, or there is no such pooling.
        """
        ways = [self.pooling if way is None else check_pooling(way) for way in poolings]
        texts = as_list(texts)
        pooled = [np.empty((len(texts), self.dim), np.float32) for _ in ways]
        for start, end in self.blocks(texts):
            found = self.token_layers(texts[start:end])
            mixed = self.mixed(found.layers)
            for way, rows in zip(ways, pooled, strict=True):
                pool(mixed, found.row_splits, way, rows[start:end])
        return pooled

    def embed_tokens(
        self, texts: Sequence[str], *, layer: int | None = None, stateful: bool = False
    ) -> TokenVectors:
        """Turn each token of each text into one vector.

        Args:
            texts: The texts.
            layer: Which layer, from 0, that of the characters; None takes the weighted sum of all.
            stateful: Carry the state of the LSTMs from each sentence to the next, beginning with
                zero, as the published program does; slow, since nothing can run side by side.

        Returns:
            The tokens and their vectors. Repeated calls give the same.

        Raises:
            InputError: The texts are not a sequence of str, or there is no such layer.
        """
        if layer is not None:
            layer = check_layer(layer, self.n_layers)
        texts = as_list(texts)
        vectors, lengths = [np.empty((0, self.dim), np.float32)], [np.zeros(1, np.int64)]
        tokens: list[str] = []
        for start, end in [(0, len(texts))] if stateful else self.blocks(texts):
            found = self.token_layers(texts[start:end], stateful=stateful)
            vectors.append(self.mixed(found.layers) if layer is None else found.layers[layer])
            lengths.append(np.diff(found.row_splits))
            tokens += found.tokens
        return TokenVectors(np.concatenate(vectors), np.cumsum(np.concatenate(lengths)), tokens)

    def token_layers(self, texts: Sequence[str], *, stateful: bool = False) -> TokenLayers:
        """Return what each layer makes of each token.

        Args:
            texts: The texts; all layers of all their tokens are held in memory, n_layers * dim * 4
                bytes a token.
            stateful: As for `embed_tokens`.

        Returns:
            The layers and the tokens.

        Raises:
            InputError: The texts are not a sequence of str.
        """
        tokens = self.tokenizer.tokenize_batch(pack_texts(as_list(texts)))
        words, ids = intern(tokens)
        layers = self.word_layers(words, ids, tokens.splits, stateful=stateful)
        spelled = words.words
        return TokenLayers(layers, tokens.splits, [spelled[number] for number in ids.tolist()])

    def word_layers(
        self,
        words: Vocabulary,
        ids: NDArray[np.int64],
        splits: NDArray[np.int64],
        *,
        stateful: bool = False,
    ) -> NDArray[np.float32]:
        """Return what each layer makes of each token of texts that are split already.

        Args:
            words: The different words.
            ids: int64 (n_tokens,), the word of each token.
            splits: int64 (n_texts + 1,), the token where each text starts and the last one ends.
            stateful: As for `embed_tokens`.

        Returns:
            float32 (n_layers, n_tokens, dim).
        """
        ids, splits = np.asarray(ids, np.int64), np.asarray(splits, np.int64)
        if self.sentences:
            splits = sentence_splits(words, ids, splits, cased=not self.tokenizer.lowercase)
        run = self.models.layers_in_turn if stateful else self.models.layers
        return run(self.token_vectors(words), self.encoder.marks, ids, splits)

    def token_vectors(self, words: Vocabulary) -> NDArray[np.float32]:
        """Return what the character network makes of words, whatever their context.

        Args:
            words: The words.

        Returns:
            float32 (n_words, projection_dim): half of layer 0.
        """
        return self.encoder.encode(words)

    def word_vectors(self, words: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return the vectors of words, each of which stands alone.

        Args:
            words: The words; they are not split.

        Returns:
            The vectors, float32 (n_words, dim), and which words have one, bool (n_words,): all but
            empty ones, whose rows are zero.
        """
        known = np.array([bool(word) for word in words], np.bool_)
        vectors = np.zeros((len(words), self.dim), np.float32)
        present = np.flatnonzero(known)
        step = max(1, BLOCK_BYTES // (4 * self.n_layers * self.dim))
        for start in range(0, len(present), step):
            chosen = present[start : start + step]
            batch = pack_texts([words[place] for place in chosen.tolist()])
            alone = Vocabulary(batch.data, batch.offsets, np.zeros(len(batch), np.int64))
            n = len(chosen)
            vectors[chosen] = self.mixed(self.word_layers(alone, np.arange(n), np.arange(n + 1)))
        return vectors, known

    def static(self, words: Sequence[str] | None = None) -> StaticEmbedding:
        """Return the vectors of words that stand alone as an embedding with a table.

        Args:
            words: The words, all different; None takes the vocabulary of the training text.

        Returns:
            The embedding, with this one's name and tokenizer.

        Raises:
            InputError: No words are given, and none are known.
        """
        if words is None and self.vocabulary is None:
            raise InputError(
                f"The words of a table are given, or known from training. Received: no words, and "
                f"the embedding '{self.name}' knows none. Pass words."
            )
        chosen = self.vocabulary if words is None else Vocabulary.from_words(list(words))
        assert chosen is not None  # noqa: S101
        vectors, _ = self.word_vectors(chosen.words)
        return StaticEmbedding(chosen, vectors, name=self.name, tokenizer=self.tokenizer)

    def static_from(
        self,
        texts: Iterable[str],
        words: Sequence[str] | None = None,
        *,
        min_count: int = 5,
        max_occurrences: int = 100,
        layer: int | None = None,
    ) -> StaticEmbedding:
        """Return the means of words' vectors over their contexts as an embedding with a table.

        Args, result and errors are those of `wordloom.elmo.context_means.static_from`.
        """
        from wordloom.elmo.context_means import static_from

        return static_from(
            self, texts, words, min_count=min_count, max_occurrences=max_occurrences, layer=layer
        )

    def outputs(self, texts: Sequence[str]) -> dict[str, NDArray[Any]]:
        """Return the outputs of TensorFlow Hub's ELMo modules by name.

        Args:
            texts: The texts.

        Returns:
            `word_emb`, float32 (n_texts, n_tokens, projection_dim), what the character network
            makes of the tokens; `lstm_outputs1`, `lstm_outputs2` and so on, float32 (n_texts,
            n_tokens, dim), the LSTM layers; `elmo`, of the same shape, their weighted sum;
            `default`, float32 (n_texts, dim), the mean of `elmo` over the tokens that are there, as
            in version 3 of the module; and `sequence_len`, int32 (n_texts,). Shorter texts are
            padded with zeros.

        Raises:
            InputError: The texts are not a sequence of str.
        """
        found = self.token_layers(texts)
        return hub_outputs(found, self.mixed(found.layers), self.options.projection_dim)

    def mixed(self, layers: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the weighted sum of layers (Peters et al. 2018, equation 1).

        Args:
            layers: float32 (n_layers, n_tokens, dim).

        Returns:
            float32 (n_tokens, dim).
        """
        weights = self.layer_weights * np.float32(self.gamma)
        total: NDArray[np.float32] = layers[0] * weights[0]
        for layer, weight in zip(layers[1:], weights[1:], strict=True):
            total += layer * weight
        return total

    def replaced(self, **parts: Any) -> "ELMoEmbedding":  # noqa: ANN401 (as dataclasses.replace)
        """Return a new embedding that differs in some of its parts and shares the others.

        Args:
            parts: Arguments of `ELMoEmbedding` by name.

        Returns:
            The new embedding.

        Raises:
            InputError: The parts do not fit together.
        """
        own: dict[str, Any] = {
            "options": self.options,
            "weights": self.weights,
            "name": self.name,
            "tokenizer": self.tokenizer,
            "sentences": self.sentences,
            "layer_weights": self.layer_weights,
            "gamma": self.gamma,
            "pooling": self.pooling,
            "vocabulary": self.vocabulary,
            "softmax": self.softmax,
            "report": self.report,
        }
        return ELMoEmbedding(**(own | parts))

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Save the embedding as a folder; see `wordloom.elmo.folder.save`."""
        from wordloom.elmo.folder import save

        return save(self, folder)

    def blocks(self, texts: list[str]) -> Iterator[tuple[int, int]]:
        """Yield where blocks of texts start and end whose layers fit into memory."""
        tokens = BLOCK_BYTES // (4 * self.n_layers * self.dim)
        bounds = block_bounds(texts, max(tokens, 1) * CHARACTERS_IN_TOKEN)
        yield from pairwise(bounds)
