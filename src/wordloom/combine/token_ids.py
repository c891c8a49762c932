"""From texts to what networks take: rows of token ids of the same length."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wordloom.combine.backend import keras
from wordloom.combine.tensors import Shape, Tensor
from wordloom.errors import InputError
from wordloom.text.batches import as_list, pack_texts
from wordloom.text.tokenizer import Tokenizer
from wordloom.text.vocabulary import Vocabulary

__all__ = ["as_texts", "holds_texts", "padded_ids", "shape_error"]

ENDS = ("pre", "post")


def padded_ids(
    texts: Sequence[str],
    tokenizer: Tokenizer,
    vocabulary: Vocabulary,
    max_tokens: int | None = None,
    truncate: str = "post",
    pad: str = "post",
    unknown: int = 0,
) -> NDArray[np.int32]:
    """Turn texts into rows of ids of the same length, as networks take them.

    Args:
        texts: The texts.
        tokenizer: What splits them.
        vocabulary: The words; word i has the id i + 1.
        max_tokens: How many tokens each row has room for; None: as many as the longest text.
        truncate: Which end of longer texts is cut off, "pre" or "post".
        pad: Which end of shorter texts is padded, "pre" or "post".
        unknown: The id of words that the vocabulary lacks; 0 leaves them out.

    Returns:
        int32 (n_texts, tokens), with 0 for padding and at least one column.

    Raises:
        InputError: A setting is unknown, or the texts are not a sequence of str.

    Example:
        >>> vocabulary = Vocabulary.from_words(["a", "b"])
        >>> padded_ids(["a b", "x b"], Tokenizer(), vocabulary, 3, pad="pre").tolist()
        [[0, 1, 2], [0, 0, 2]]
    """
    for end, what in ((truncate, "truncate"), (pad, "pad")):
        if end not in ENDS:
            raise InputError(f"{what} must be one of {', '.join(ENDS)}. Received: {end!r}.")
    if max_tokens is not None and (not isinstance(max_tokens, int) or max_tokens < 1):
        raise InputError(f"At least 1 token is needed. Received: max_tokens={max_tokens!r}.")
    tokens = tokenizer.tokenize_batch(pack_texts(as_list(texts)))
    ids = vocabulary.find(tokens.data, tokens.offsets) + 1
    if unknown:
        ids[ids == 0] = unknown
    kept = ids > 0
    before = np.append(0, np.cumsum(kept))[tokens.splits]  # kept tokens before each text
    ids, lengths = ids[kept], np.diff(before)
    width = max_tokens or max(1, int(lengths.max(initial=1)))
    used = np.minimum(lengths, width)
    first = before[:-1] + (lengths - used if truncate == "pre" else 0)
    start = width - used if pad == "pre" else np.zeros_like(used)
    # Place j of a row holds token `first + j - start` of all texts, if that is one of its own.
    place = np.arange(width) - start[:, None]
    inside = (place >= 0) & (place < used[:, None])
    rows = np.zeros((len(used), width), np.int32)
    rows[inside] = ids[(first[:, None] + place)[inside]]
    return rows


def holds_texts(inputs: Tensor) -> bool:
    """Tell texts from token ids.

    Example:
        >>> holds_texts(["a text"]), holds_texts(np.array([[1, 2]])), holds_texts([])
        (True, False, True)
    """
    if isinstance(inputs, str):
        return True
    if isinstance(inputs, list | tuple):
        return not inputs or isinstance(inputs[0], str | bytes)
    if isinstance(inputs, np.ndarray):
        return inputs.dtype.kind in "OSTU"
    return bool(keras.backend.standardize_dtype(inputs.dtype) == "string")


def as_texts(texts: Tensor) -> list[str]:
    """Return texts as a list of str; bytes, as TensorFlow keeps them, are decoded.

    Raises:
        InputError: There is one text instead of many, or more than one axis.
    """
    if isinstance(texts, np.ndarray):
        if texts.ndim != 1:
            raise shape_error("texts", texts.shape)
        texts = texts.tolist()
    if isinstance(texts, str):
        raise InputError(f"A list of texts is needed. Received: {texts!r:.60}. Write [text].")
    return [text.decode("utf-8", "replace") if isinstance(text, bytes) else text for text in texts]


def shape_error(what: str, shape: Shape) -> InputError:
    """Return the error for inputs with the wrong number of axes."""
    return InputError(
        "The layer takes texts with one axis, or token ids with two, (batch, tokens). "
        f"Received: {what} of shape {tuple(shape)}."
    )
