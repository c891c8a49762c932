"""Reading back the ONNX models that wordloom wrote; it needs no package for ONNX."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.static import StaticEmbedding
from wordloom.embedding.stored_vectors import stored_matrix
from wordloom.errors import FormatError, InputError
from wordloom.formats.content import Content
from wordloom.formats.mapped import mapped_bytes
from wordloom.formats.protobuf import Buffer, fields, numbers
from wordloom.text.batches import pack_texts
from wordloom.text.tokenizer import Tokenizer
from wordloom.text.vocabulary import Vocabulary

__all__ = ["FORMAT_VERSION", "KEY", "is_model", "read_model"]

KEY: Final = "wordloom"
"""The name of wordloom's entry in a model's metadata."""

FORMAT_VERSION: Final = 1

# Protocol buffers end there.
MAX_MODEL_BYTES: Final = 1 << 31

# Of onnx.proto: the numbers of the fields that are read, and those of the types of numbers.
GRAPH, METADATA = 7, 14
INITIALIZER = 5
SHAPE, TYPE, NAME, DATA = 1, 2, 8, 9
TYPES: Final = MappingProxyType({1: np.float32, 3: np.int8, 10: np.float16})
TYPES_OF_FIELDS: Final = MappingProxyType(
    {number: int if number == 5 else bytes for number in (2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26)}
)
GRAPH_STARTS: Final = (b"\x3a", b"\x42")


def is_model(start: bytes) -> bool:
    r"""Tell whether a file begins as an ONNX model: with its version, then its maker or its graph.

    Args:
        start: Its first bytes.

    Example:
        >>> is_model(b"\x08\x08\x12\x08wordloom:"), is_model(b"2 3\nthe 1 2 3")
        (True, False)
    """
    found = []
    try:
        for field in fields(start[:4096]):
            found.append(field)
    except FormatError:
        pass  # The field that does not fit is the graph.
    if not found or found[0][0] != 1 or found[0][1] not in range(1, 101):
        return False
    if len(found) == 1:
        return start[2:3] in GRAPH_STARTS
    return all(TYPES_OF_FIELDS.get(number) is type(value) for number, value in found[1:])


def read_model(content: Content) -> StaticEmbedding:
    """Return the embedding in an ONNX model.

    Args:
        content: The file.

    Returns:
        The embedding; vectors of float32 stay in the file, mapped into memory, if they lie there
        uncompressed and at a place for them.

    Raises:
        InputError: The file cannot be read.
        FormatError: It is damaged, or another program's.
    """
    data = whole_file(content)
    try:
        if len(data) >= MAX_MODEL_BYTES:
            raise FormatError(f"A model has less than 2 GiB, and this one {len(data):,} bytes.")
        settings, tensors = parsed(data)
        if settings is None:
            raise FormatError(
                "It has no entry 'wordloom' in its metadata: another program made it. "
                "wordloom reads the ONNX models that it wrote."
            )
        return embedding_of(settings, tensors)
    except (
        ArithmeticError,
        InputError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        raise FormatError(f"The ONNX model {content.name} cannot be read. {error}") from None


def whole_file(content: Content) -> memoryview:
    """Return the bytes of a file, mapped into memory unless they are compressed."""
    if not content.compressed:
        return mapped_bytes(content.path)
    with content.stream() as stream:
        return memoryview(stream.read())


def parsed(data: memoryview) -> tuple[Any, dict[str, NDArray[np.generic]]]:
    """Return wordloom's entry in the metadata, None without one, and the graph's constants."""
    settings, tensors = None, {}
    for number, value in fields(data):
        if isinstance(value, int):
            continue
        if number == METADATA:
            entry = dict(fields(value))
            if text(entry.get(1, b"")) == KEY:
                settings = json.loads(text(entry.get(2, b"")))
        elif number == GRAPH:
            for part, message in fields(value):
                if part == INITIALIZER and not isinstance(message, int):
                    name, tensor = parsed_tensor(message)
                    tensors[name] = tensor
    return settings, tensors


def text(value: int | Buffer) -> str:
    """Return a field's text."""
    return "" if isinstance(value, int) else bytes(value).decode("utf-8")


def parsed_tensor(message: Buffer) -> tuple[str, NDArray[np.generic]]:
    """Return the name and content of a constant; an empty one where its type is not read."""
    name, kind, shape = "", 0, []
    data: Buffer = b""
    for number, value in fields(message):
        if number == SHAPE:
            shape += numbers(value)
        elif number == TYPE and isinstance(value, int):
            kind = value
        elif number == NAME:
            name = text(value)
        elif number == DATA and not isinstance(value, int):
            data = value
    if kind not in TYPES:
        return name, np.empty(0, np.uint8)
    # reshape() refuses a shape that is not that of the data.
    tensor = np.frombuffer(data, TYPES[kind]).reshape(shape)
    return name, tensor if tensor.flags.aligned else tensor.copy()


def embedding_of(settings: Any, tensors: Mapping[str, NDArray[np.generic]]) -> StaticEmbedding:  # noqa: ANN401
    """Return the embedding that settings and constants describe."""
    if not isinstance(settings, dict) or settings.get("format_version") != FORMAT_VERSION:
        raise FormatError(
            f"This wordloom reads ONNX models of format version {FORMAT_VERSION}. Update wordloom."
        )
    words = pack_texts(settings["words"])
    counts, document_counts = (
        np.array(settings[key], np.int64).reshape(-1) for key in ("counts", "document_counts")
    )
    shape = (len(words) + 1, int(settings["dim"]))
    matrix = stored_matrix(tensors, "embeddings", "scales", shape, str(settings["dtype"]))
    if not np.isfinite(matrix).all():
        raise FormatError("Its vectors hold NaN or infinity. Train again.")
    component, report = tensors.get("common_component"), settings["report"]
    vocabulary = Vocabulary(
        words.data, words.offsets, counts, document_counts, int(settings["n_documents"])
    )
    _ = vocabulary.slots  # refuses repeated words
    return StaticEmbedding(
        vocabulary,
        matrix[:-1],
        name=str(settings["name"]),
        tokenizer=Tokenizer.from_settings(settings["tokenizer"]),
        oov=str(settings["oov"]),
        pooling=str(settings["pooling"]),
        report=report if isinstance(report, dict) else None,
        common_component=None if component is None else component.reshape(-1).astype(np.float32),
    )
