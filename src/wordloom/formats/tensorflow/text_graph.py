"""A tokenizer as TensorFlow operations, so that a saved graph splits texts as wordloom does.

The patterns are made of the very tables that steer wordloom's own tokenizer: every character class
lists its code points, and lower-casing looks them up. So the two agree whatever versions of Unicode
TensorFlow's libraries know.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import InputError
from wordloom.kernels.tokenize import DELETE, EDGE, INNER, MARK, SEPARATOR, SINGLE
from wordloom.text.character_classes import character_table
from wordloom.text.tokenizer import Tokenizer

__all__ = ["check_expressible", "lower_case_pages", "replacements", "token_graph"]

PAGE = 256

# TensorFlow has no types.
Module = Any
Tensor = Any


def check_expressible(tokenizer: Tokenizer) -> None:
    """Refuse tokenizers that need more than character classes.

    Args:
        tokenizer: What splits texts.

    Raises:
        InputError: It joins phrases, or needs a dictionary or pieces of words.
    """
    needs = None
    if tokenizer.phrases:
        needs = "a set of phrases"
    elif tokenizer.preset == "jieba":
        needs = "jieba's dictionary"
    elif tokenizer.preset == "marks":
        needs = "to know on which sides of a mark there are letters"
    elif type(tokenizer) is not Tokenizer:
        needs = f"more than that ({tokenizer.preset})"
    if needs is not None:
        raise InputError(
            "A TensorFlow graph splits texts by character classes. Received: a tokenizer that "
            f"needs {needs}. Export embedding.replaced(tokenizer=Tokenizer('spaces')), and give "
            "the model texts that are split already, tokens joined by spaces."
        )


def replacements(tokenizer: Tokenizer) -> list[tuple[str, str]]:
    """Return replacements that leave a text's tokens with single spaces between them.

    Args:
        tokenizer: What splits texts; not "jieba".

    Returns:
        Patterns and what to write for each match, in RE2's syntax, to be applied in this order to
        text that is lower-cased already. Spaces may be left at the ends and several in a row,
        except with the preset "tfhub", where each of them counts.
    """
    table = character_table(tokenizer.preset, tokenizer.lowercase)
    steps = []
    deleted = points_of(table.actions, DELETE)
    if deleted:
        steps.append((f"[{deleted}]+", ""))
    if table.keep_empty:
        return steps
    single, mark = points_of(table.actions, SINGLE), points_of(table.actions, MARK)
    if single:
        steps.append((f"[{single}][{mark}]*", r" \0 "))
    steps.append((f"[{points_of(table.actions, SEPARATOR)}]+", " "))
    # What may stand inside a token only: goes next to a space and at the ends of the text,
    inside = points_of(table.actions, EDGE, INNER)
    if inside:
        steps.append((rf"[{inside}]* [ {inside}]*|^[{inside}]+|[{inside}]+$", " "))
    # and some of it where two stand together.
    inner = points_of(table.actions, INNER)
    if inner:
        steps.append((rf"[{inner}]{{2,}}", " "))
    return steps


def points_of(actions: NDArray[np.uint8], *wanted: int) -> str:
    r"""Return the code points that have one of some actions, as inside a character class.

    Example:
        >>> points_of(np.array([0, 1, 1, 2, 1], np.uint8), 1)
        '\\x{1}-\\x{2}\\x{4}-\\x{4}'
    """
    member = np.isin(actions, wanted)
    steps = np.diff(np.concatenate([[0], member.astype(np.int8), [0]]))
    firsts, lasts = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1) - 1
    return "".join(
        rf"\x{{{first:x}}}-\x{{{last:x}}}"
        for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True)
    )


def lower_case_pages(tokenizer: Tokenizer) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return what a tokenizer adds to each code point when it writes it, as a two-stage table.

    Args:
        tokenizer: What splits texts; not "jieba".

    Returns:
        int32 (n_blocks,), the page of each block of 256 code points, the last one also for all
        beyond; and int32 (n_pages, 256), what is added. No blocks where nothing is ever added.

    Example:
        >>> blocks, pages = lower_case_pages(Tokenizer("keras"))
        >>> int(pages[blocks[ord("A") // 256], ord("A") % 256])
        32
    """
    written = character_table(tokenizer.preset, tokenizer.lowercase).written
    added = (written - np.arange(len(written))).astype(np.int32).reshape(-1, PAGE)
    changed = np.flatnonzero(added.any(axis=1))
    n_blocks = int(changed[-1]) + 2 if len(changed) else 0
    pages, blocks = np.unique(added[:n_blocks], axis=0, return_inverse=True)
    return blocks.reshape(-1).astype(np.int32), pages


def token_graph(tf: Module, tokenizer: Tokenizer, texts: Tensor) -> Tensor:
    """Add the operations that split texts to the graph being built.

    Args:
        tf: The module tensorflow.
        tokenizer: What splits texts.
        texts: string (n_texts,), UTF-8; what is not becomes U+FFFD.

    Returns:
        A ragged string tensor (n_texts, None), the tokens of each text.
    """
    blocks, pages = lower_case_pages(tokenizer)
    if len(blocks):
        characters = tf.strings.unicode_decode(texts, "UTF-8")
        codes = characters.flat_values
        page = tf.gather(blocks, tf.minimum(codes // PAGE, len(blocks) - 1))
        codes += tf.gather(pages.reshape(-1), page * PAGE + codes % PAGE)
        texts = tf.strings.unicode_encode(characters.with_flat_values(codes), "UTF-8")
    else:
        texts = tf.strings.unicode_transcode(texts, "UTF-8", "UTF-8")
    for pattern, written in replacements(tokenizer):
        texts = tf.strings.regex_replace(texts, pattern, written)
    tokens = tf.strings.split(texts, " ")
    if tokenizer.preset == "tfhub":
        return tokens
    return tf.ragged.boolean_mask(tokens, tokens != "")
