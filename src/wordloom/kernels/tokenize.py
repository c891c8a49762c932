"""Text to tokens, from UTF-8 bytes to UTF-8 bytes, steered by a table of code points.

One loop serves every way of splitting text: a table gives each code point an action and the code
point that is written in its place. The actions:

- SEPARATOR ends a token.
- WORD begins a token or continues one.
- MARK does as WORD, and also continues a token that SINGLE began.
- SINGLE is a token of its own, together with the MARKs behind it.
- INNER stays where one of it stands between two WORD or MARK characters, else it ends the token.
- LINK stays where one of it stands between two WORD or MARK characters, else it does as SINGLE.
- EDGE stays inside a token and is stripped from its ends.
- DELETE drops the character as if it were not there.
"""

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import kernel

__all__ = [
    "DELETE",
    "EDGE",
    "INNER",
    "LINK",
    "MARK",
    "SEPARATOR",
    "SINGLE",
    "WORD",
    "tokenize_text",
]

SEPARATOR = 0
WORD = 1
MARK = 2
SINGLE = 3
INNER = 4
EDGE = 5
DELETE = 6
LINK = 7

REPLACEMENT = np.int64(0xFFFD)


@kernel
def tokenize_text(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    actions: NDArray[np.uint8],
    written: NDArray[np.int32],
    quick: NDArray[np.uint8],
    keep_empty: bool,
    tokens: NDArray[np.uint8],
    token_offsets: NDArray[np.int64],
    splits: NDArray[np.int64],
) -> int:
    """Split documents into tokens.

    Bytes that are not UTF-8 are read as U+FFFD, one for each longest piece of a character (the
    Unicode Standard, section 3.9, "substitution of maximal subparts"; what Python does as well).

    Args:
        data: uint8 (n_bytes,), the documents end to end.
        offsets: int64 (n_documents + 1,), where each document starts and the last one ends.
        actions: uint8 (0x110000,), the action of each code point.
        written: int32 (0x110000,), the code point that is written for each code point.
        quick: uint8 (256,), the byte that is written for an ASCII character of the action WORD,
            0 for all other bytes: a short cut through the two tables above.
        keep_empty: Every SEPARATOR and every document end closes a token, an empty one too.
        tokens: uint8, written: the tokens end to end; room for 3 * n_bytes.
        token_offsets: int64, written: where each token starts and the last one ends; room for
            1 + n_bytes + n_documents entries, or for 1 + n_bytes // 2 + n_documents where
            no ASCII character is SINGLE or LINK and empty tokens are dropped.
        splits: int64 (n_documents + 1,), written: the first token of each document, then the
            number of tokens.

    Returns:
        How many times U+FFFD stood in for invalid bytes.
    """
    invalid = 0
    token = 0
    size = 0  # Bytes written so far,
    kept = 0  # of these, the bytes that are certain to stay,
    start = 0  # and the byte at which the open token starts.
    single = False  # The open token began with SINGLE.
    linked = False  # Behind the bytes kept stands a LINK.
    token_offsets[0] = 0
    for document in range(len(offsets) - 1):
        splits[document] = token
        position, end = offsets[document], offsets[document + 1]
        while position < end:
            byte = np.int64(data[position])
            short = quick[byte]
            if short != 0 and not single:
                tokens[size] = short
                size += 1
                position += 1
                while position < end:
                    short = quick[data[position]]
                    if short == 0:
                        break
                    tokens[size] = short
                    size += 1
                    position += 1
                kept = size
                linked = False
                continue

            if byte < 0x80:
                code = byte
                position += 1
            else:
                # The second byte's range rules out overlong forms, surrogates and > U+10FFFF.
                low, high = 0x80, 0xBF
                if byte < 0xC2:
                    code, more = byte, -1
                elif byte < 0xE0:
                    code, more = byte & 0x1F, 1
                elif byte < 0xF0:
                    code, more = byte & 0x0F, 2
                    if byte == 0xE0:
                        low = 0xA0
                    elif byte == 0xED:
                        high = 0x9F
                elif byte < 0xF5:
                    code, more = byte & 0x07, 3
                    if byte == 0xF0:
                        low = 0x90
                    elif byte == 0xF4:
                        high = 0x8F
                else:
                    code, more = byte, -1
                position += 1
                while more > 0 and position < end and low <= data[position] <= high:
                    code = code << 6 | (np.int64(data[position]) & 0x3F)
                    low, high = 0x80, 0xBF
                    position += 1
                    more -= 1
                if more != 0:
                    code = REPLACEMENT
                    invalid += 1

            action = actions[code]
            if action == DELETE:
                continue
            if action == LINK and (single or kept == start or kept < size):
                action = SINGLE
            if (
                action in (SEPARATOR, SINGLE)
                or (action == INNER and (single or kept == start or kept < size))
                or (action == WORD and single)
            ):
                # The open token ends here, before the character.
                if kept > start or (keep_empty and action == SEPARATOR):
                    token += 1
                    token_offsets[token] = kept
                if linked:
                    token += 1
                    token_offsets[token] = kept = size
                    linked = False
                size = start = kept
                single = action == SINGLE
                if action in (SEPARATOR, INNER):
                    continue
            if action == EDGE and kept == start:
                continue
            code = np.int64(written[code])
            if code < 0x80:
                tokens[size] = code
                size += 1
            elif code < 0x800:
                tokens[size] = 0xC0 | code >> 6
                tokens[size + 1] = 0x80 | code & 0x3F
                size += 2
            elif code < 0x10000:
                tokens[size] = 0xE0 | code >> 12
                tokens[size + 1] = 0x80 | code >> 6 & 0x3F
                tokens[size + 2] = 0x80 | code & 0x3F
                size += 3
            else:
                tokens[size] = 0xF0 | code >> 18
                tokens[size + 1] = 0x80 | code >> 12 & 0x3F
                tokens[size + 2] = 0x80 | code >> 6 & 0x3F
                tokens[size + 3] = 0x80 | code & 0x3F
                size += 4
            if action not in (EDGE, INNER, LINK):
                kept = size
            linked = action == LINK

        if kept > start or keep_empty:
            token += 1
            token_offsets[token] = kept
        if linked:
            token += 1
            token_offsets[token] = kept = size
            linked = False
        size = start = kept
        single = False
    splits[len(offsets) - 1] = token
    return invalid
