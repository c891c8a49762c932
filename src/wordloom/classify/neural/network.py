"""The network: vectors of words in, one score for each label out.

| part | in | out |
|---|---|---|
| lookup | word numbers, int32 (texts, tokens) | for each embedding (texts, tokens, dim) |
| ELMo | its layers, or the vectors that its LSTMs read | (texts, tokens, dim) |
| combination | those | (texts, tokens, combined dim) |
| encoder | that | (texts, units) |
| labels | that | scores (texts, outputs) |

All but the lookup is one Keras model on vectors, so that prediction can give it vectors of words
that training has never seen. The lookup before it, with a table of the training texts' words, makes
the model that is trained. The layers of a frozen ELMo are worked out before; both models are given
them.
"""

import random
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.neural.context_layers import LayerMix, WholeTextLSTMs
from wordloom.classify.neural.contexts import input_shape
from wordloom.classify.neural.learned import LearnedEmbedding
from wordloom.classify.neural.settings import WEIGHTED, NeuralSettings
from wordloom.combine.backend import keras
from wordloom.combine.concatenated import ConcatenatedEmbedding
from wordloom.combine.contextual import ContextualDynamicMetaEmbedding
from wordloom.combine.gated import GatedMetaEmbedding
from wordloom.combine.meta_embedding import DynamicMetaEmbedding, UnweightedMetaEmbedding
from wordloom.elmo.embedding import ELMoEmbedding

__all__ = ["Network", "build_network", "predicted", "seeded", "trained_model"]

# Keras' own default for tables of vectors that are learned.
LEARNED_RANGE = 0.05
# Pretrained LSTMs lose what they know at the learning rate of an encoder that has none.
FASTEST_LSTMS = 1e-3

# On JAX, Keras hands a model's weights over for the time of a prediction and then puts them back:
# no second thread may be in the same model, or in one that shares its layers.
PREDICTING = threading.Lock()


@keras.saving.register_keras_serializable(package="wordloom")
class MaskedVectors(keras.layers.Layer):  # type: ignore[misc]
    """Gives vectors a mask on their way.

    Input shape:
        Vectors (texts, tokens, …) and a mask, bool (texts, tokens).

    Output shape:
        The vectors; their mask travels with them.
    """

    def call(self, inputs: list[Any]) -> Any:  # noqa: ANN401 (a tensor of any backend)
        """Return the vectors."""
        return inputs[0]

    def compute_mask(self, inputs: list[Any], previous: object = None) -> Any:  # noqa: ANN401
        """Return the mask."""
        return inputs[1]

    def compute_output_shape(self, shapes: list[tuple[int | None, ...]]) -> tuple[int | None, ...]:
        """Return the vectors' shape."""
        return shapes[0]


@dataclass(frozen=True)
class Network:
    """A network on word vectors.

    Attributes:
        model: A Keras model: a list of what it is given of each embedding, float32 (texts, tokens,
            dim) or (texts, tokens, n_layers, dim), and a mask, bool (texts, tokens), to scores,
            float32 (texts, outputs).
        attention: A Keras model of the same inputs to the weight of each embedding, float32 (texts,
            tokens, embeddings); None where the combination has no weights.
        mixes: The `LayerMix` of each ELMo, by its place among the embeddings.
    """

    model: Any
    attention: Any
    mixes: Mapping[int, LayerMix]


@contextmanager
def seeded(seed: int | None) -> Iterator[None]:
    """Let what Keras draws in a block follow from a seed, and leave no trace of it.

    Keras takes the seed of each initialiser and each dropout from Python's own generator when a
    layer is made.

    Args:
        seed: The seed; None leaves all to chance.
    """
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)


def predicted(model: Any, inputs: Any) -> NDArray[np.float32]:  # noqa: ANN401 (of any backend)
    """Return what a Keras model makes of one batch, whichever threads ask.

    Args:
        model: The model.
        inputs: Its input, or a list of them.

    Returns:
        float32, its output.
    """
    with PREDICTING:
        return np.asarray(model.predict_on_batch(inputs))


def build_network(
    embeddings: Sequence[object], settings: NeuralSettings, n_outputs: int, length: int | None
) -> Network:
    """Build the network on word vectors.

    Args:
        embeddings: What the vectors come from.
        settings: The combination, the encoder, dropout and the seed.
        n_outputs: How many scores a text gets.
        length: How many tokens each text has; None for any number.

    Returns:
        The network.
    """
    with seeded(settings.random_state):
        vectors = [
            keras.Input((length, *input_shape(embedding, settings)), name=f"vectors_{place}")
            for place, embedding in enumerate(embeddings)
        ]
        mask = keras.Input((length,), dtype="bool", name="mask")
        tokens, mixes = [], {}
        for place, (embedding, each) in enumerate(zip(embeddings, vectors, strict=True)):
            token = MaskedVectors()([each, mask])
            if isinstance(embedding, ELMoEmbedding):
                mixes[place], token = elmo_layers(embedding, settings, token, place)
            tokens.append(token)
        attention = None
        combination = combination_layer(settings)
        if settings.combine in WEIGHTED:
            combined, weights = combination(tokens)
            attention = keras.Model([*vectors, mask], weights)
        else:
            combined = combination(tokens)
        if settings.dropout:
            combined = keras.layers.Dropout(settings.dropout)(combined)
        encoded = settings.encoder.build(combined, seed=settings.random_state or 0)
        scores = keras.layers.Dense(n_outputs, name="labels")(encoded)
        return Network(keras.Model([*vectors, mask], scores), attention, mixes)


def elmo_layers(
    elmo: ELMoEmbedding,
    settings: NeuralSettings,
    tokens: Any,  # noqa: ANN401 (a symbolic tensor of any backend)
    place: int,
) -> tuple[LayerMix, Any]:
    """Add an ELMo to a network: its LSTMs, if training changes them, and the mix of its layers.

    Args:
        elmo: Where the LSTMs' weights come from.
        settings: Whether training changes embeddings, how layers are mixed, learning rates.
        tokens: What the network is given of each token; see `input_shape`.
        place: The number of the embedding.

    Returns:
        The mix, and the tokens' vectors (texts, tokens, dim).
    """
    if settings.trainable:
        lstms = WholeTextLSTMs(elmo.options, name=f"lstms_{place}")
        lstms.set_published(elmo.weights, elmo.encoder.marks)
        rate = settings.embedding_learning_rate or min(settings.learning_rate, FASTEST_LSTMS)
        for variable in lstms.trainable_variables:
            variable.learning_rate_multiplier = rate / settings.learning_rate
        tokens = lstms(tokens)
    mix = LayerMix(settings.mix == "learned", name=f"mix_{place}")
    tokens = mix(tokens)
    if settings.trainable and settings.mix == "fixed":
        mix.fixed.assign(elmo.layer_weights * elmo.gamma)
    return mix, tokens


def combination_layer(settings: NeuralSettings) -> Any:  # noqa: ANN401 (a Keras layer)
    """Return the layer that makes one vector of a word's several."""
    dim = settings.combined_dim
    if settings.combine == "concatenate":
        return ConcatenatedEmbedding(name="combination")
    if settings.combine == "sum":
        return UnweightedMetaEmbedding(dim, name="combination")
    if settings.combine in ("dme", "cdme"):
        kind = DynamicMetaEmbedding if settings.combine == "dme" else ContextualDynamicMetaEmbedding
        return kind(dim, activation=settings.weighting, return_attention=True, name="combination")
    return GatedMetaEmbedding(
        bidirectional=settings.combine == "gated-bidirectional",
        return_attention=True,
        name="combination",
    )


def trained_model(
    network: Network,
    embeddings: Sequence[object],
    vectors: Sequence[NDArray[np.float32] | None],
    known: NDArray[np.bool_],
    settings: NeuralSettings,
    length: int | None,
) -> tuple[Any, list[Any]]:
    """Put the lookup of word vectors before a network.

    Args:
        network: The network.
        embeddings: What the vectors came from.
        vectors: For each embedding float32 (n_words + 1, dim), what training begins with; None for
            ELMo whose layers are given to the model.
        known: bool (n_words + 1, n_embeddings), which of them have a vector.
        settings: Whether embeddings may change, and the seed.
        length: How many tokens each text has; None for any number.

    Returns:
        A Keras model: a list of word numbers, int32 (texts, tokens), 0 for padding, and what is
        looked up nowhere, float32 (texts, tokens, n_layers, dim), to scores; and its layers with
        the tables, in the order of the embeddings, None where there is none.
    """
    draw = np.random.default_rng(settings.random_state)
    ids = keras.Input((length,), dtype="int32", name="ids")
    layers: list[Any] = []
    tokens: list[Any] = []
    inputs: list[Any] = [ids]
    slow = settings.embedding_learning_rate
    for place, (embedding, table) in enumerate(zip(embeddings, vectors, strict=True)):
        if table is None:
            inputs.append(
                keras.Input((length, *input_shape(embedding, settings)), name=f"layers_{place}")
            )
            tokens.append(inputs[-1])
            layers.append(None)
            continue
        learned = isinstance(embedding, LearnedEmbedding)
        # What ELMo's LSTMs read comes from its character network, which stays as it is.
        fixed = isinstance(embedding, ELMoEmbedding) or not settings.trainable
        # Not `WordEmbedding`: the mask takes its own way into the network, where padding's row of
        # zeros counts for nothing and so never changes.
        layer = keras.layers.Embedding(
            *table.shape,
            embeddings_initializer="zeros",
            trainable=learned or not fixed,
            name=f"embedding_{place}",
        )
        layer.build()
        if slow is not None:
            layer.embeddings.learning_rate_multiplier = slow / settings.learning_rate
        if learned:
            drawn = draw.uniform(-LEARNED_RANGE, LEARNED_RANGE, table.shape).astype(np.float32)
            table = drawn * known[:, place, None]
        layer.set_weights([table])
        layers.append(layer)
        tokens.append(layer(ids))
    mask = keras.ops.not_equal(ids, 0)
    return keras.Model(inputs, network.model([*tokens, mask])), layers
