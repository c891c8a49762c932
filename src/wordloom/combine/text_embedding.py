"""The layer that turns whole texts into vectors, for anybody's own Keras model."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordloom.combine.backend import keras
from wordloom.combine.tensors import Shape, Tensor
from wordloom.combine.token_ids import as_texts, holds_texts, padded_ids, shape_error
from wordloom.combine.word_embedding import WordEmbedding, layer_name
from wordloom.embedding.pooling import check_pooling, word_weights
from wordloom.embedding.static import OOV_POLICIES, StaticEmbedding
from wordloom.embedding.subwords import Subwords
from wordloom.errors import FormatError, InputError
from wordloom.safetensors_file import read_tensors, write_tensors

__all__ = ["TextEmbedding"]

SUBWORDS = "subwords.safetensors"
SUBWORD_SETTINGS = ("min_n", "max_n", "n_buckets", "encoding")
WEIGHTED = ("idf", "sif")


@keras.saving.register_keras_serializable(package="wordloom")
class TextEmbedding(keras.layers.Layer):  # type: ignore[misc]
    """Turns texts into vectors: TensorFlow Hub's contract for text modules, as a layer.

    Called on texts, a frozen layer returns exactly what `embedding.embed` does. Called on token
    ids, or trainable, it looks its table up and pools inside the network, so that gradients reach
    the vectors; the result is the same but for rounding. Of words that the embedding lacks, only
    a frozen layer called on texts composes vectors (OOV policy "subwords"); else they are left out.

    Only TensorFlow has tensors of texts. With it, a model may begin with
    `keras.Input((), dtype="string")`; texts come as a tensor or an array of dtype object. With any
    other backend, texts become token ids first: `model.fit(layer.tokens(texts), labels)`, where the
    model begins with `keras.Input((None,), dtype="int32")`; or, frozen, call the layer on all texts
    and train a model on the vectors.

    A `.keras` file holds all that the layer needs, and opens on any backend.

    Args:
        embedding: The embedding; in a config, what describes one.
        trainable: Whether training moves the word vectors.
        pooling: How a text's word vectors become one; None takes the embedding's own way.
        learning_rate_multiplier: As for `WordEmbedding`.
        name: The layer's name; None takes the embedding's where Keras can use it.
        kwargs: What every Keras layer takes.

    Attributes:
        table: The `WordEmbedding` that holds the words and their vectors.

    Input shape:
        Texts (batch,): a list of str, an array of str or of bytes, or a tensor of TensorFlow; or
        int32 (batch, tokens), as `tokens` returns.

    Output shape:
        float32 (batch, dim); zero for a text without a known word.

    Raises:
        InputError: The pooling is unknown or needs counts that the embedding lacks, or a vector is
            not finite.

    Example:
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> embedding = StaticEmbedding(Vocabulary.from_words(["dry", "cough"]), [[2, 0], [0, 2]])
        >>> layer = TextEmbedding(embedding)
        >>> np.asarray(layer(["A dry cough!", ""])).tolist()
        [[1.0, 1.0], [0.0, 0.0]]
        >>> layer.tokens(["A dry cough!", ""]).tolist()
        [[1, 2], [0, 0]]
    """

    def __init__(
        self,
        embedding: StaticEmbedding | Mapping[str, Any],
        *,
        trainable: bool = False,
        pooling: str | None = None,
        learning_rate_multiplier: float = 1.0,
        name: str | None = None,
        **kwargs: Any,  # noqa: ANN401 (whatever Keras takes)
    ) -> None:
        found = embedding if isinstance(embedding, StaticEmbedding) else None
        settings = embedding if isinstance(embedding, Mapping) else description(embedding)
        if found is not None and name is None:
            name = layer_name(found)
        super().__init__(trainable=trainable, name=name, **kwargs)
        # Texts are no tensors on most backends, so Keras must hand them on as they are.
        self._convert_input_args = False
        self._allow_non_tensor_positional_args = True
        self.supports_masking = True
        self.supports_jit = keras.backend.backend() != "tensorflow"  # XLA has no texts

        self.embedding_name = str(settings["name"])
        self.oov = str(settings["oov"])
        if self.oov not in OOV_POLICIES:
            raise InputError(f"No OOV policy of this name. Received: {self.oov!r}.")
        self.pooling = check_pooling(settings["pooling"] if pooling is None else pooling)
        self.has_common_component = bool(settings["common_component"])
        self.subword_settings = settings["subwords"]
        self.subwords = found.subwords if found is not None and self.subword_settings else None

        options: dict[str, Any] = {
            "name": self.name,
            "trainable": trainable,
            "learning_rate_multiplier": learning_rate_multiplier,
        }
        if found is None:
            self.table = WordEmbedding(
                settings["n_words"], settings["dim"], initializer="zeros", **options
            )
        else:
            self.table = WordEmbedding.from_embedding(found, **options)
        self.build()
        if found is not None:
            self._take_weights(found)

    def build(self, input_shape: object = None) -> None:
        """Make the weights that no training moves; those of words are there already."""
        if self.pooling in WEIGHTED:
            self.word_weights = self._constant("word_weights", self.table.n_words + 1)
        if self.has_common_component:
            self.common_component = self._constant("common_component", self.table.dim)

    def _constant(self, name: str, size: int) -> Tensor:
        """Add a weight that stays as it is, float32 (size,)."""
        return self.add_weight(shape=(size,), initializer="zeros", name=name, trainable=False)

    def _take_weights(self, embedding: StaticEmbedding) -> None:
        """Copy what pooling needs from an embedding."""
        if self.pooling in WEIGHTED:
            weights = word_weights(self.pooling, embedding.vocabulary)
            self.word_weights.assign(np.append(weights.known, np.float32(weights.unknown)))
        if self.has_common_component:
            self.common_component.assign(embedding.common_component)

    @property
    def embedding(self) -> StaticEmbedding:
        """The embedding, with the vectors as they are now, after training for example."""
        return self._embedding(keras.ops.convert_to_numpy(self.table.vectors))

    def _embedding(self, vectors: NDArray[np.float32]) -> StaticEmbedding:
        """Return the embedding with other word vectors."""
        component = None
        if self.has_common_component:
            component = keras.ops.convert_to_numpy(self.common_component)
        return StaticEmbedding(
            self.table.words_known(),
            vectors,
            name=self.embedding_name,
            tokenizer=self.table.tokenizer,
            oov=self.oov,
            pooling=self.pooling,
            common_component=component,
            subwords=self.subwords,
        )

    def tokens(
        self,
        texts: Sequence[str],
        max_tokens: int | None = None,
        truncate: str = "post",
        pad: str = "post",
    ) -> NDArray[np.int32]:
        """Turn texts into what the layer takes on every backend.

        Args:
            texts: The texts.
            max_tokens: How many tokens each row has room for; None: as many as the longest text.
            truncate: Which end of longer texts is cut off, "pre" or "post".
            pad: Which end of shorter texts is padded, "pre" or "post".

        Returns:
            int32 (n_texts, tokens): 0 for padding, i + 1 for word i, and n_words + 1 for unknown
            words where the OOV policy "zero" counts them; other unknown words are left out.

        Raises:
            InputError: A setting is unknown, or the texts are not a sequence of str.
        """
        vocabulary = self.table.words_known()
        unknown = len(vocabulary) + 1 if self.oov == "zero" else 0
        return padded_ids(
            texts, self.table.tokenizer, vocabulary, max_tokens, truncate, pad, unknown
        )

    def __call__(self, inputs: Tensor, *args: object, **kwargs: object) -> Tensor:
        """Call the layer, on whatever Keras may not take.

        Raises:
            InputError: These are neither texts nor token ids; or a model is to take texts, on a
                backend that has no tensors of texts.
        """
        if isinstance(inputs, str | np.ndarray) and holds_texts(inputs):
            inputs = as_texts(inputs)
        backend = keras.backend.backend()
        if getattr(inputs, "dtype", None) == "string" and backend != "tensorflow":
            raise InputError(
                "A model that takes texts needs the backend TensorFlow. Received: an input of "
                f"dtype 'string' on the backend '{backend}'. Begin the model with "
                "keras.Input((None,), dtype='int32') and pass layer.tokens(texts) to fit and "
                "predict; or set the environment variable KERAS_BACKEND to tensorflow."
            )
        return super().__call__(inputs, *args, **kwargs)

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        """Turn texts or token ids into vectors; training or not makes no difference here."""
        if not holds_texts(inputs):
            return self._pooled(inputs)
        if not isinstance(inputs, list | tuple):
            return self._pooled_texts(inputs)
        texts = as_texts(inputs)
        if self.trainable:
            return self._pooled(self.tokens(texts))
        if keras.backend.backend() == "jax":
            # A view where JAX is on the CPU; a copy of a large table takes longer than the texts.
            embedding = self._embedding(np.asarray(self.table.vectors.value))
        else:
            embedding = self.embedding
        return keras.ops.convert_to_tensor(embedding.embed(texts), dtype=self.compute_dtype)

    def _pooled_texts(self, texts: Tensor) -> Tensor:
        """Turn a tensor of texts into vectors inside TensorFlow's graph."""
        import tensorflow

        if texts.shape.rank not in (None, 1):
            raise shape_error("texts", texts.shape)
        if self.trainable:

            def tokens(encoded: NDArray[np.object_]) -> NDArray[np.int32]:
                return self.tokens(as_texts(encoded))

            ids = tensorflow.numpy_function(tokens, [texts], tensorflow.int32)
            ids.set_shape((texts.shape[0], None))
            return self._pooled(ids)

        def embed(
            encoded: NDArray[np.object_], vectors: NDArray[np.float32]
        ) -> NDArray[np.float32]:
            return self._embedding(vectors).embed(as_texts(encoded))

        table = keras.ops.convert_to_tensor(self.table.vectors)
        pooled = tensorflow.numpy_function(embed, [texts, table], tensorflow.float32)
        pooled.set_shape((texts.shape[0], self.table.dim))
        return keras.ops.cast(pooled, self.compute_dtype)

    def _pooled(self, ids: Tensor) -> Tensor:
        """Pool the words of ids, (batch, tokens), inside the network."""
        ops = keras.ops
        ids = ops.cast(ids, "int32")
        if len(ids.shape) != 2:
            raise shape_error("token ids", ids.shape)
        # An unknown word that counts, n_words + 1, has the vector of padding.
        vectors = self.table(ops.where(ids > self.table.n_words, 0, ids))
        present = ops.not_equal(ids, 0)
        if self.pooling == "max":
            largest = ops.max(ops.where(present[..., None], vectors, -np.inf), axis=1)
            return ops.where(ops.any(present, axis=1, keepdims=True), largest, 0.0)
        count = ops.cast(present, vectors.dtype)
        weights = count
        if self.pooling in WEIGHTED:
            known = ops.take(self.word_weights, ops.maximum(ids - 1, 0), axis=0)
            weights = count * ops.cast(known, vectors.dtype)
            vectors = vectors * weights[..., None]
        pooled = ops.sum(vectors, axis=1)
        if self.pooling != "sum":
            size = ops.sum(weights if self.pooling == "idf" else count, axis=1, keepdims=True)
            size = ops.where(size > 0, size, 1.0)
            pooled = pooled / (ops.sqrt(size) if self.pooling == "sqrtn" else size)
        if self.pooling == "sif" and self.has_common_component:
            component = ops.cast(self.common_component, pooled.dtype)[None]
            pooled = pooled - ops.sum(pooled * component, axis=1, keepdims=True) * component
        return pooled

    def compute_output_shape(self, input_shape: Shape) -> tuple[int | None, ...]:
        """Return the shape of the vectors."""
        return (input_shape[0], self.table.dim)

    def compute_mask(self, inputs: object, previous_mask: object = None) -> None:
        """Pass no mask on: a text is one vector."""

    def get_config(self) -> dict[str, Any]:
        """Return the settings, ready for JSON; vectors and words are saved beside it."""
        subwords = self.subword_settings
        return {
            **super().get_config(),
            "embedding": {
                "name": self.embedding_name,
                "n_words": self.table.n_words,
                "dim": self.table.dim,
                "oov": self.oov,
                "pooling": self.pooling,
                "common_component": self.has_common_component,
                "subwords": None if subwords is None else dict(subwords),
            },
            "pooling": self.pooling,
            "learning_rate_multiplier": self.table.learning_rate_multiplier,
        }

    def save_assets(self, folder: str) -> None:
        """Write the vectors of character n-grams; Keras calls this for a `.keras` file."""
        if self.subwords is not None:
            tensors = {"vectors": self.subwords.vectors, "buckets": self.subwords.buckets}
            write_tensors(Path(folder) / SUBWORDS, tensors)

    def load_assets(self, folder: str | None) -> None:
        """Read the vectors of character n-grams; Keras calls this for a `.keras` file.

        Raises:
            FormatError: The file is damaged or does not fit the layer.
        """
        if self.subword_settings is None:
            return
        try:
            # The folder is a temporary one: nothing may stay mapped into memory.
            stored = read_tensors(Path(folder or "") / SUBWORDS)
            vectors, buckets = np.array(stored["vectors"]), np.array(stored["buckets"])
            sizes = {key: self.subword_settings[key] for key in SUBWORD_SETTINGS}
            self.subwords = Subwords(**sizes, buckets=buckets, vectors=vectors)
        except (InputError, KeyError, TypeError, ValueError) as error:
            raise FormatError(
                f"The saved character n-grams of the layer '{self.name}' cannot be read. Received: "
                f"{error}. The file is damaged; save the model again."
            ) from None


def description(embedding: StaticEmbedding) -> dict[str, Any]:
    """Return what a config says of an embedding.

    Raises:
        InputError: It is something else.
    """
    if not isinstance(embedding, StaticEmbedding):
        raise InputError(
            "A layer of texts is made from a StaticEmbedding, as wordloom.load returns. Received: "
            f"{type(embedding).__name__}."
        )
    subwords = embedding.subwords if embedding.oov == "subwords" else None
    return {
        "name": embedding.name,
        "n_words": len(embedding),
        "dim": embedding.dim,
        "oov": embedding.oov,
        "pooling": embedding.pooling,
        "common_component": embedding.common_component is not None,
        "subwords": None
        if subwords is None
        else {key: getattr(subwords, key) for key in SUBWORD_SETTINGS},
    }
