"""The layer that turns words into their vectors."""

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordloom.combine.backend import keras
from wordloom.combine.learning_rates import check_multiplier
from wordloom.combine.tensors import Shape, Tensor
from wordloom.combine.token_ids import padded_ids
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import FormatError, InputError
from wordloom.safetensors_file import read_tensors, write_tensors
from wordloom.text.tokenizer import Tokenizer
from wordloom.text.vocabulary import Vocabulary

__all__ = ["WordEmbedding", "layer_name"]

VOCABULARY, TOKENIZER = "vocabulary.safetensors", "tokenizer.json"


@keras.saving.register_keras_serializable(package="wordloom")
class WordEmbedding(keras.layers.Layer):  # type: ignore[misc]
    """Looks up the vectors of words, and masks padding.

    Token id 0 is padding: its vector is zero, no weight stands behind it, and layers further on are
    told to pass over it. Id i + 1 is word i. A `.keras` file holds the vectors, the words and
    the tokenizer, and opens on any backend; a config alone holds only how many words there are.

    Args:
        words: The words, all different; or how many there are, where their ids come from elsewhere.
        dim: How many numbers a vector has.
        trainable: Whether training moves the vectors.
        learning_rate_multiplier: What the optimizers of `wordloom.combine.learning_rates` multiply
            the learning rate by for these vectors; Keras' own optimizers do not look at it.
        initializer: Where the vectors start, by a name that Keras knows, or one of its
            initializers; "uniform", from -0.05 to 0.05, is the default of keras.layers.Embedding.
        tokenizer: What splits texts into words for `ids`; None takes the preset "words".
        kwargs: What every Keras layer takes, as `name`.

    Attributes:
        vectors: The weight, float32 (n_words, dim).
        vocabulary: The words; None where only their number is known.
        tokenizer: What splits texts into words.

    Input shape:
        int32 (batch, tokens), ids from 0 to n_words.

    Output shape:
        float32 (batch, tokens, dim).

    Raises:
        InputError: There is no word, a word occurs twice, or a setting is out of its range.

    Example:
        >>> layer = WordEmbedding(["cough", "fever"], 3)
        >>> ids = layer.ids(["Fever and dry cough", "Well!"])
        >>> ids.tolist(), tuple(layer(ids).shape)
        ([[2, 1], [0, 0]], (2, 2, 3))
    """

    def __init__(
        self,
        words: Iterable[str] | Vocabulary | int,
        dim: int,
        *,
        trainable: bool = False,
        learning_rate_multiplier: float = 1.0,
        initializer: object = "uniform",
        tokenizer: Tokenizer | None = None,
        **kwargs: Any,  # noqa: ANN401 (whatever Keras takes)
    ) -> None:
        super().__init__(trainable=trainable, **kwargs)
        self.vocabulary: Vocabulary | None = None
        if isinstance(words, Vocabulary):
            self.vocabulary = words
        elif not isinstance(words, int):
            self.vocabulary = Vocabulary.from_words(as_words(words))
        n_words = words if isinstance(words, int) else len(self.vocabulary or ())
        for size, what in ((n_words, "word"), (dim, "number for each word")):
            if not isinstance(size, int) or isinstance(size, bool) or size < 1:
                raise InputError(f"Word vectors need at least one {what}. Received: {size!r}.")
        self.n_words = int(n_words)
        self.dim = int(dim)
        self.learning_rate_multiplier = check_multiplier(learning_rate_multiplier)
        self.initializer = keras.initializers.get(initializer)
        self.tokenizer = Tokenizer() if tokenizer is None else tokenizer
        self.autocast = False  # ids are no floats
        self.supports_masking = True
        self.build()

    @classmethod
    def from_embedding(
        cls,
        embedding: StaticEmbedding,
        words: Iterable[str] | None = None,
        *,
        trainable: bool = False,
        learning_rate_multiplier: float = 1.0,
        name: str | None = None,
    ) -> "WordEmbedding":
        """Make the layer of an embedding.

        Args:
            embedding: Where vectors and the tokenizer come from.
            words: The words to take, all different; None takes all of the embedding's. Words that
                it does not know have a zero vector, or one composed of their character n-grams
                where its OOV policy is "subwords".
            trainable: As for the layer itself.
            learning_rate_multiplier: As for the layer itself.
            name: The layer's name; None takes the embedding's where Keras can use it.

        Returns:
            The layer.

        Raises:
            InputError: As for the layer itself, or a vector is not finite.

        Example:
            >>> vocabulary = Vocabulary.from_words(["cough", "fever"])
            >>> embedding = StaticEmbedding(vocabulary, [[1, 2], [3, 4]], name="toy")
            >>> layer = WordEmbedding.from_embedding(embedding, words=["fever", "flu"])
            >>> layer.name, np.asarray(layer(np.array([[1, 2, 0]]))).tolist()
            ('toy', [[[3.0, 4.0], [0.0, 0.0], [0.0, 0.0]]])
        """
        if words is None:
            vocabulary, vectors = embedding.vocabulary, embedding.vectors
        else:
            chosen = as_words(words)
            vocabulary = Vocabulary.from_words(chosen)
            vectors, _ = embedding.word_vectors(chosen)
        if not np.isfinite(vectors).all():
            raise InputError(
                "The vectors of all words must be finite. Received: NaN or infinity from the "
                f"embedding '{embedding.name}'. If its training diverged, lower its learning rate."
            )
        layer = cls(
            vocabulary,
            embedding.dim,
            trainable=trainable,
            learning_rate_multiplier=learning_rate_multiplier,
            initializer="zeros",
            tokenizer=embedding.tokenizer,
            name=layer_name(embedding) if name is None else name,
        )
        layer.vectors.assign(vectors)
        return layer

    def build(self, input_shape: object = None) -> None:
        """Make the weight; done when the layer is made, since all sizes are known then."""
        if self.built:
            return
        self.vectors = self.add_weight(
            shape=(self.n_words, self.dim), initializer=self.initializer, name="vectors"
        )
        self.vectors.learning_rate_multiplier = self.learning_rate_multiplier

    def call(self, inputs: Tensor) -> Tensor:
        """Look up vectors, float (batch, tokens, dim), by ids, int32 (batch, tokens)."""
        ids = keras.ops.cast(inputs, "int32")
        vectors = keras.ops.take(self.vectors, keras.ops.maximum(ids - 1, 0), axis=0)
        vectors = keras.ops.cast(vectors, self.compute_dtype)
        return keras.ops.where(keras.ops.expand_dims(ids, -1) > 0, vectors, 0.0)

    def compute_mask(self, inputs: Tensor, previous_mask: object = None) -> Tensor:
        """Tell words from padding, bool (batch, tokens)."""
        return keras.ops.not_equal(inputs, 0)

    def compute_output_shape(self, input_shape: Shape) -> tuple[int | None, ...]:
        """Return the shape of the vectors."""
        return (*input_shape, self.dim)

    def ids(
        self,
        texts: Sequence[str],
        max_tokens: int | None = None,
        truncate: str = "post",
        pad: str = "post",
    ) -> NDArray[np.int32]:
        """Split texts into words and look these up; words that the layer lacks are left out.

        Args:
            texts: The texts.
            max_tokens: How many tokens each row has room for; None: as many as the longest text.
            truncate: Which end of longer texts is cut off, "pre" or "post".
            pad: Which end of shorter texts is padded, "pre" or "post".

        Returns:
            int32 (n_texts, tokens), for use on any backend.

        Raises:
            InputError: The layer does not know its words, or a setting is unknown.
        """
        return padded_ids(texts, self.tokenizer, self.words_known(), max_tokens, truncate, pad)

    def words_known(self) -> Vocabulary:
        """Return the layer's words.

        Raises:
            InputError: The layer only knows how many there are.
        """
        if self.vocabulary is None:
            raise InputError(
                f"Texts are looked up among a layer's words. Received: texts for '{self.name}', "
                f"which only knows that it has {self.n_words:,} words: it was made with their "
                "number, or from a config. Open a .keras file, or pass the words."
            )
        return self.vocabulary

    def get_config(self) -> dict[str, Any]:
        """Return the settings, ready for JSON; the words are saved beside it, as an asset."""
        return {
            **super().get_config(),
            "words": self.n_words,
            "dim": self.dim,
            "learning_rate_multiplier": self.learning_rate_multiplier,
            "initializer": keras.initializers.serialize(self.initializer),
        }

    def save_assets(self, folder: str) -> None:
        """Write the words and the tokenizer; Keras calls this when it writes a `.keras` file."""
        if self.vocabulary is None:
            return
        write_tensors(Path(folder) / VOCABULARY, self.vocabulary.tensors())
        settings = json.dumps(self.tokenizer.settings(), ensure_ascii=False)
        (Path(folder) / TOKENIZER).write_text(settings, "utf-8", "surrogatepass")

    def load_assets(self, folder: str | None) -> None:
        """Read the words and the tokenizer; Keras calls this when it opens a `.keras` file.

        Raises:
            FormatError: The files are damaged or do not fit the layer.
        """
        if folder is None or not (Path(folder) / VOCABULARY).is_file():
            return
        # The folder is a temporary one: nothing may stay mapped into memory.
        tensors = {name: np.array(v) for name, v in read_tensors(Path(folder) / VOCABULARY).items()}
        vocabulary = Vocabulary.from_tensors(tensors)
        if len(vocabulary) != self.n_words:
            raise FormatError(
                f"A saved layer has as many words as vectors. Received: {len(vocabulary):,} words "
                f"and {self.n_words:,} vectors. The file is damaged; save the model again."
            )
        try:
            settings = json.loads((Path(folder) / TOKENIZER).read_text("utf-8", "surrogatepass"))
        except (OSError, ValueError, RecursionError) as error:
            raise FormatError(
                f"A saved layer has a tokenizer. Received: {error}. The file is damaged; save the "
                "model again."
            ) from None
        self.tokenizer = Tokenizer.from_settings(settings)
        self.vocabulary = vocabulary


def layer_name(embedding: StaticEmbedding) -> str | None:
    """Return an embedding's name if it has one that all backends take for a layer, or None.

    Example:
        >>> vocabulary = Vocabulary.from_words(["cough"])
        >>> layer_name(StaticEmbedding(vocabulary, [[1]], name="glove.6B")), layer_name(
        ...     StaticEmbedding(vocabulary, [[1]], name="my vectors/1")
        ... )
        ('glove.6B', None)
    """
    # "embedding" is what every embedding without a name is called: two layers would share it.
    usable = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", embedding.name)
    return embedding.name if usable and embedding.name != "embedding" else None


def as_words(words: Iterable[str]) -> list[str]:
    """Return words as a list.

    Raises:
        InputError: A single str was received, whose letters would pass for words.
    """
    if isinstance(words, str):
        raise InputError(f"A list of words is needed. Received: {words!r}. Write [word] for one.")
    return list(words)
