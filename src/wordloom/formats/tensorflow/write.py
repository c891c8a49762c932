"""Embeddings as TensorFlow SavedModels that take texts: pooling and OOV policy are in the graph.

The result is a Reusable SavedModel (https://www.tensorflow.org/hub/reusable_saved_models): called
with strings (n_texts,) it returns float32 (n_texts, dim), and the table of vectors can be trained
on. `hub.load` and `hub.KerasLayer` take it; so do Keras' TFSMLayer and TensorFlow Serving, by the
signature "serving_default". It is laid out as TensorFlow Hub's text modules are, with wordloom's
own settings in ``assets.extra/``, the place for them.
"""

import os
import tempfile
import warnings
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from wordloom.embedding.folder import write_json
from wordloom.embedding.pooling import word_weights
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import DataWarning, InputError, MissingExtraError
from wordloom.formats.format import WriteOptions
from wordloom.formats.selection import without_ngrams
from wordloom.formats.tensorflow.text_graph import check_expressible, token_graph
from wordloom.safetensors_file import write_tensors
from wordloom.text.vocabulary import Vocabulary

__all__ = ["COUNTS", "EXTRA", "SETTINGS", "text_module", "write"]

EXTRA, SETTINGS, COUNTS = "assets.extra", "wordloom.json", "vocabulary.safetensors"
"""The folder of what TensorFlow does not need, and in it the settings, and the words' counts."""

VOCABULARY = "tokens.txt"

# TensorFlow has no types.
Module = Any
Tensor = Any


def write(embedding: StaticEmbedding, folder: Path, options: WriteOptions) -> None:
    """Write a SavedModel.

    Args:
        embedding: What to write. Its character n-grams stay behind.
        folder: An empty folder.
        options: Not used: variables are float32, so that they can be trained.

    Raises:
        InputError: The tokenizer cannot be expressed as a graph, or no word can be written.
        MissingExtraError: TensorFlow is not installed.
    """
    del options
    check_expressible(embedding.tokenizer)
    tf = imported_tensorflow()
    embedding = writable(embedding)
    with tempfile.TemporaryDirectory(prefix="wordloom-") as place:
        words = Path(place, VOCABULARY)
        words.write_bytes(b"".join(word + b"\n" for word in words_of(embedding.vocabulary)))
        # On a GPU, TensorFlow would take all of its memory to write a file.
        with tf.device("/CPU:0"):
            module = text_module(embedding, words)
            signatures = {"serving_default": module.serve, "default": module.serve}
            tf.saved_model.save(module, str(folder), signatures=signatures)
    write_extra(embedding, folder / EXTRA)


def imported_tensorflow() -> Module:
    """Import TensorFlow, without its notes on the processor."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import tensorflow
    except ImportError:
        raise MissingExtraError(
            "tensorflow", "tensorflow", "writing a TensorFlow SavedModel"
        ) from None
    return tensorflow


def words_of(vocabulary: Vocabulary) -> list[bytes]:
    """Return the words as bytes."""
    data, offsets = vocabulary.data.tobytes(), vocabulary.offsets.tolist()
    return [data[start:end] for start, end in pairwise(offsets)]


def writable(embedding: StaticEmbedding) -> StaticEmbedding:
    """Return the part of an embedding that a SavedModel can hold, and warn of what it cannot."""
    embedding = without_ngrams(embedding, "a SavedModel")
    words = words_of(embedding.vocabulary)
    kept = [
        row
        for row, word in enumerate(words)
        if word and b"\n" not in word and not word.endswith(b"\r")
    ]
    if len(kept) == len(words):
        return embedding
    if not kept:
        raise InputError(
            "A SavedModel needs at least one word, without line breaks. Received: "
            f"'{embedding.name}', with {len(words):,} words, none of them such."
        )
    warnings.warn(
        f"'{embedding.name}': {len(words) - len(kept):,} words that are empty or hold line breaks "
        "were left out, since a SavedModel keeps a word in each line.",
        DataWarning,
        stacklevel=4,
    )
    vocabulary = embedding.vocabulary
    rows = np.array(kept)
    lengths = np.array([len(words[row]) for row in kept])
    smaller = Vocabulary(
        np.frombuffer(b"".join(words[row] for row in kept), np.uint8),
        np.append(0, np.cumsum(lengths)),
        vocabulary.counts[rows],
        vocabulary.document_counts[rows],
        vocabulary.n_documents,
    )
    return embedding.replaced(vocabulary=smaller, vectors=embedding.vectors[rows])


def write_extra(embedding: StaticEmbedding, folder: Path) -> None:
    """Write what wordloom wants back and TensorFlow does not need."""
    folder.mkdir()
    settings = {
        "format": "wordloom",
        "format_version": 1,
        "name": embedding.name,
        "tokenizer": embedding.tokenizer.settings(),
        "oov": embedding.oov,
        "pooling": embedding.pooling,
        "report": None if embedding.report is None else dict(embedding.report),
    }
    write_json(folder / SETTINGS, settings, indent=2)
    tensors = embedding.vocabulary.tensors()
    del tensors["vocabulary.bytes"], tensors["vocabulary.offsets"]
    if embedding.common_component is not None:
        tensors["common_component"] = embedding.common_component
    write_tensors(folder / COUNTS, tensors)


def text_module(embedding: StaticEmbedding, words: Path) -> Module:
    """Make the object that TensorFlow saves.

    Args:
        embedding: What it does, without character n-grams.
        words: A file with the embedding's words, one in each line.

    Returns:
        A trackable object with `__call__`, `variables`, `trainable_variables` (the table) and
        `regularization_losses`, as TensorFlow Hub asks for, and `serve` for the signatures.
    """
    tf = imported_tensorflow()
    module = tf.train.Checkpoint()
    module.embeddings = tf.Variable(embedding.vectors, name="embeddings")
    module.variables = [module.embeddings]
    module.trainable_variables = [module.embeddings]
    module.regularization_losses = []
    weights = word_weights(embedding.pooling, embedding.vocabulary)
    if len(weights.known):
        module.weights = tf.Variable(weights.known, trainable=False, name="weights")
        module.variables.append(module.weights)
    lines = tf.lookup.TextFileInitializer(
        str(words),
        tf.string,
        tf.lookup.TextFileIndex.WHOLE_LINE,
        tf.int64,
        tf.lookup.TextFileIndex.LINE_NUMBER,
        vocab_size=len(embedding),
    )
    # Anonymous: else the path above would be kept as the table's name.
    module.table = tf.lookup.StaticHashTable(lines, -1, experimental_is_anonymous=True)
    strings = tf.TensorSpec([None], tf.string, name="inputs")
    flag = tf.TensorSpec([], tf.bool, name="training")

    def embed(inputs: Tensor) -> Tensor:
        tokens = token_graph(tf, embedding.tokenizer, inputs)
        ids = module.table.lookup(tokens.flat_values)
        return pooling_graph(tf, embedding, module, ids, tokens.value_rowids(), tokens.nrows())

    embedded = tf.function(embed, input_signature=[strings])

    # TensorFlow Hub passes `training`; nothing here is done in training only.
    def call(inputs: Tensor, training: Tensor = False) -> Tensor:
        del training
        return embedded(inputs)

    module.__call__ = tf.function(call, input_signature=[strings, flag])
    module.serve = tf.function(
        lambda inputs: {"default": embedded(inputs)}, input_signature=[strings]
    )
    return module


def pooling_graph(
    tf: Module,
    embedding: StaticEmbedding,
    module: Module,
    ids: Tensor,
    texts: Tensor,
    n_texts: Tensor,
) -> Tensor:
    """Add the operations from words to texts to the graph being built.

    Args:
        tf: The module tensorflow.
        embedding: Tells the pooling and what unknown words get.
        module: Holds the table of vectors and the words' weights.
        ids: int64 (n_tokens,), the tokens' rows in the table, -1 for unknown words.
        texts: int64 (n_tokens,), the text that each stands in, rising.
        n_texts: int64 (), how many texts there are.

    Returns:
        float32 (n_texts, dim), as `StaticEmbedding.embed` returns it.
    """
    if embedding.oov == "skip":
        known = ids >= 0
        ids, texts = tf.boolean_mask(ids, known), tf.boolean_mask(texts, known)
    known, rows = ids >= 0, tf.maximum(ids, 0)
    vectors = tf.gather(module.embeddings, rows) * tf.cast(known, tf.float32)[:, None]
    ones = tf.ones_like(ids, tf.float32)
    n_words = tf.math.unsorted_segment_sum(ones, texts, n_texts)[:, None]
    if embedding.pooling == "max":
        largest = tf.math.unsorted_segment_max(vectors, texts, n_texts)
        return tf.where(n_words > 0, largest, 0.0)
    divisor = tf.sqrt(n_words) if embedding.pooling == "sqrtn" else n_words
    if embedding.pooling in ("idf", "sif"):
        unknown = word_weights(embedding.pooling, embedding.vocabulary).unknown
        weights = tf.where(known, tf.gather(module.weights, rows), unknown)
        vectors *= weights[:, None]
        if embedding.pooling == "idf":
            divisor = tf.math.unsorted_segment_sum(weights, texts, n_texts)[:, None]
    pooled = tf.math.unsorted_segment_sum(vectors, texts, n_texts)
    if embedding.pooling != "sum":
        pooled = tf.math.divide_no_nan(pooled, divisor)
    if embedding.pooling == "sif" and embedding.common_component is not None:
        component = tf.constant(embedding.common_component)[:, None]
        pooled -= tf.matmul(tf.matmul(pooled, component), component, transpose_b=True)
    return pooled
