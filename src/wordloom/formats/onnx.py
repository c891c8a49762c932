"""ONNX models from word ids to text vectors, which run wherever onnxruntime does.

Inputs: `ids`, int64 (n_ids,), the words of all texts end to end, and `offsets`, int64 (n_texts,),
where each text starts, as PyTorch's EmbeddingBag takes them. Output: `vectors`, float32 (n_texts,
dim), pooled as the embedding pools. The table ends with a zero row for unknown words, so that both
-1 and n_words stand for one; with the OOV policy "skip" they are left out of `ids` instead. The
words, and all settings, lie in the model's metadata under "wordloom", as JSON.

Texts are pooled one after another in a Loop. To add all vectors up into the rows of their texts
(ScatterND) would be simpler, but onnxruntime then loses some with several threads (issue 23396 of
microsoft/onnxruntime).
"""

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.pooling import word_weights
from wordloom.embedding.static import StaticEmbedding
from wordloom.embedding.stored_vectors import DTYPES, matrix_tensors
from wordloom.errors import InputError, MissingExtraError
from wordloom.formats.content import Content
from wordloom.formats.format import Format, ReadOptions, WriteOptions
from wordloom.formats.onnx_read import FORMAT_VERSION, KEY, is_model, read_model
from wordloom.formats.selection import select, without_ngrams

__all__ = ["FORMATS", "MAX_BYTES", "onnx_model"]

# Old enough for runtimes of the last five years.
OPSET: Final = 13
IR_VERSION: Final = 8

MAX_BYTES: Final = 2_000_000_000
"""Protocol buffers end at 2 GiB; the graph needs some of it."""

LOWEST: Final = float(np.finfo(np.float32).min)

# Messages of ONNX.
Model = Any
Node = Any


def recognises(content: Content) -> bool:
    """Tell whether a file is an ONNX model."""
    return is_model(content.start)


def read(content: Content, options: ReadOptions) -> StaticEmbedding:
    """Read a model that wordloom wrote."""
    return select(read_model(content), options)


def write(embedding: StaticEmbedding, path: Path, options: WriteOptions) -> None:
    """Write a model; see `onnx_model`."""
    path.write_bytes(onnx_model(embedding, options.dtype).SerializeToString())


def onnx_model(embedding: StaticEmbedding, dtype: str = "float32") -> Model:
    """Make the ONNX model of an embedding.

    Args:
        embedding: What the model does. Its character n-grams stay behind.
        dtype: The type in which vectors are stored: "float32", "float16", or "int8" with a scale
            for each word.

    Returns:
        An `onnx.ModelProto`.

    Raises:
        InputError: The embedding is larger than 2 GB in this type, or a number too large for it.
        MissingExtraError: The package onnx is not installed.
    """
    try:
        from onnx import TensorProto, helper, numpy_helper
    except ImportError:
        raise MissingExtraError("onnx", "onnx", "writing an ONNX model") from None
    embedding = without_ngrams(embedding, "an ONNX model")
    settings = json.dumps(described(embedding, dtype))
    check_size(embedding, dtype, len(settings))
    constants = {
        **matrix_tensors("embeddings", "scales", embedding.vectors, dtype, unknown=1),
        **pooling_constants(embedding),
    }
    graph = helper.make_graph(
        nodes(embedding, dtype, constants),
        "embedding",
        [
            helper.make_tensor_value_info("ids", TensorProto.INT64, ["n_ids"]),
            helper.make_tensor_value_info("offsets", TensorProto.INT64, ["n_texts"]),
        ],
        [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["n_texts", embedding.dim])],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(
        graph,
        producer_name="wordloom",
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    helper.set_model_props(model, {KEY: settings})
    return model


def described(embedding: StaticEmbedding, dtype: str) -> dict[str, object]:
    """Return the settings of an embedding and its words, ready for JSON."""
    vocabulary = embedding.vocabulary
    return {
        "format_version": FORMAT_VERSION,
        "name": embedding.name,
        "dim": embedding.dim,
        "dtype": dtype,
        "tokenizer": embedding.tokenizer.settings(),
        "oov": embedding.oov,
        "pooling": embedding.pooling,
        "report": None if embedding.report is None else dict(embedding.report),
        "words": vocabulary.words,
        "counts": vocabulary.counts.tolist(),
        "document_counts": vocabulary.document_counts.tolist(),
        "n_documents": vocabulary.n_documents,
    }


def check_size(embedding: StaticEmbedding, dtype: str, n_settings: int) -> None:
    """Refuse what does not fit into one file."""
    size = (len(embedding) + 1) * (embedding.dim * np.dtype(dtype).itemsize + 8) + n_settings
    if size > MAX_BYTES:
        raise InputError(
            f"An ONNX model has at most {MAX_BYTES:,} bytes. Received: {len(embedding):,} words × "
            f"{embedding.dim} numbers of {dtype}, about {size:,} bytes. Store float16 or int8, or "
            "fewer words."
        )


def pooling_constants(embedding: StaticEmbedding) -> dict[str, NDArray[np.generic]]:
    """Return the constants that the embedding's pooling needs, by name."""
    constants: dict[str, NDArray[np.generic]] = {"one": np.array([1], np.int64)}
    weights = word_weights(embedding.pooling, embedding.vocabulary)
    if len(weights.known):
        constants["weights"] = np.append(weights.known, np.float32(weights.unknown))[:, None]
    if embedding.pooling == "max":
        constants["lowest"] = np.full((1, embedding.dim), LOWEST, np.float32)
        constants["nothing"] = np.zeros(embedding.dim, np.float32)
    if embedding.pooling == "sif" and embedding.common_component is not None:
        constants["common_component"] = embedding.common_component[:, None]
    return constants


def nodes(
    embedding: StaticEmbedding, dtype: str, constants: dict[str, NDArray[np.generic]]
) -> list[Node]:
    """Return the operations of the graph, which call `loop_body` for each text."""
    from onnx import helper

    pooled = "pooled" if "common_component" in constants else "vectors"
    made = [
        helper.make_node("Shape", ["ids"], ["n_ids"]),
        helper.make_node("Concat", ["offsets", "n_ids"], ["bounds"], axis=0),
        helper.make_node("Size", ["offsets"], ["n_texts"]),
        helper.make_node("Loop", ["n_texts", ""], [pooled], body=loop_body(embedding, dtype)),
    ]
    if pooled == "pooled":
        made += [
            helper.make_node("MatMul", ["pooled", "common_component"], ["along"]),
            helper.make_node("Transpose", ["common_component"], ["direction"]),
            helper.make_node("MatMul", ["along", "direction"], ["common"]),
            helper.make_node("Sub", ["pooled", "common"], ["vectors"]),
        ]
    return made


def loop_body(embedding: StaticEmbedding, dtype: str) -> Model:
    """Return the graph that pools one text."""
    from onnx import TensorProto, helper

    make = helper.make_node
    # The axis to unsqueeze and to reduce over is the first one.
    first = helper.make_tensor("first", TensorProto.INT64, [1], [0])
    made = [
        make("Identity", ["go_on"], ["goes_on"]),
        make("Unsqueeze", ["text", "first"], ["this"]),
        make("Add", ["this", "one"], ["next"]),
        make("Gather", ["bounds", "this"], ["start"]),
        make("Gather", ["bounds", "next"], ["end"]),
        make("Slice", ["ids", "start", "end"], ["words"]),
        make("Gather", ["embeddings", "words"], ["stored"]),
        make("Cast", ["stored"], ["cast"], to=TensorProto.FLOAT),
    ]
    rows = "cast"
    if dtype == "int8":
        made += [
            make("Gather", ["scales", "words"], ["scale"]),
            make("Unsqueeze", ["scale", "one"], ["scale_column"]),
            make("Mul", [rows, "scale_column"], ["scaled"]),
        ]
        rows = "scaled"
    if embedding.pooling in ("idf", "sif"):
        made += [
            make("Gather", ["weights", "words"], ["weight"]),
            make("Mul", [rows, "weight"], ["weighted"]),
        ]
        rows = "weighted"
    made += max_nodes(rows) if embedding.pooling == "max" else sum_nodes(rows, embedding.pooling)
    scalar, flag = TensorProto.INT64, TensorProto.BOOL
    return helper.make_graph(
        made,
        "text",
        [
            helper.make_tensor_value_info("text", scalar, []),
            helper.make_tensor_value_info("go_on", flag, []),
        ],
        [
            helper.make_tensor_value_info("goes_on", flag, []),
            helper.make_tensor_value_info("vector", TensorProto.FLOAT, [embedding.dim]),
        ],
        [first],
    )


def max_nodes(rows: str) -> list[Node]:
    """Return the operations that take the largest of some rows on each axis; 0 of none."""
    from onnx import TensorProto, helper

    make = helper.make_node
    return [
        make("Concat", [rows, "lowest"], ["some"], axis=0),
        make("ReduceMax", ["some"], ["largest"], axes=[0], keepdims=0),
        make("Size", ["words"], ["count"]),
        make("Cast", ["count"], ["any"], to=TensorProto.BOOL),
        make("Where", ["any", "largest", "nothing"], ["vector"]),
    ]


def sum_nodes(rows: str, pooling: str) -> list[Node]:
    """Return the operations that add rows up and divide by what the pooling divides by."""
    from onnx import TensorProto, helper

    make = helper.make_node
    if pooling == "sum":
        return [make("ReduceSum", [rows, "first"], ["vector"], keepdims=0)]
    made = [make("ReduceSum", [rows, "first"], ["sum"], keepdims=0)]
    if pooling == "idf":
        made.append(make("ReduceSum", ["weight", "first"], ["divisor"], keepdims=0))
    else:
        made += [
            make("Size", ["words"], ["count"]),
            make("Cast", ["count"], ["divisor"], to=TensorProto.FLOAT),
        ]
    if pooling == "sqrtn":
        made.append(make("Sqrt", ["divisor"], ["root"]))
    # An empty text's sum is zero, and 0 / 1 is what it gets.
    one = helper.make_tensor("least", TensorProto.FLOAT, [], [1e-30])
    return [
        *made,
        make("Constant", [], ["least"], value=one),
        make("Max", ["root" if pooling == "sqrtn" else "divisor", "least"], ["safe"]),
        make("Div", ["sum", "safe"], ["vector"]),
    ]


FORMATS = (Format("onnx", "ONNX model", (".onnx",), recognises, read, write, dtypes=DTYPES),)
