"""An index of a text: where each word occurs.

Words go by their place, as in `wordloom.kernels.cooccurrence`.
"""

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import kernel

__all__ = ["GAP", "append_tokens", "count_places", "place_occurrences"]

GAP = -1
"""Stands between two documents."""


@kernel
def append_tokens(
    tokens: NDArray[np.int32],
    documents: NDArray[np.int64],
    start: int,
    places: NDArray[np.int32],
    text: NDArray[np.int32],
    length: int,
    end: int,
) -> tuple[int, int]:
    """Append tokens to a text, with a `GAP` before each document.

    Args:
        tokens: int32 (n,), word ids.
        documents: int64 (m,), where in the corpus documents begin; at least all that begin within
            these tokens, in order.
        start: Where in the corpus these tokens begin.
        places: int32 (n_words,), the place of each word.
        text: int32 (capacity,), changed in place.
        length: How long it is so far, at least 1.
        end: How long it may become.

    Returns:
        How many tokens were appended, and how long the text is now.
    """
    document = np.searchsorted(documents, start)
    following = documents[document] if document < len(documents) else np.int64(-1)
    for token in range(len(tokens)):
        if start + token == following:
            while document < len(documents) and documents[document] == following:
                document += 1
            following = documents[document] if document < len(documents) else np.int64(-1)
            if text[length - 1] != GAP:
                if length == end:
                    return token, length
                text[length] = GAP
                length += 1
        if length == end:
            return token, length
        text[length] = places[tokens[token]]
        length += 1
    return len(tokens), length


@kernel
def count_places(text: NDArray[np.int32], counts: NDArray[np.int64]) -> None:
    """Count how often each place occurs in a text.

    Args:
        text: int32 (n,), places and gaps.
        counts: int64 (n_words,), changed in place.
    """
    for place in text:
        if place >= 0:
            counts[place] += 1


@kernel
def place_occurrences(
    text: NDArray[np.int32], first: int, nexts: NDArray[np.int64], occurrences: NDArray[np.int32]
) -> None:
    """Write where each place occurs, by place (a counting sort).

    Args:
        text: int32 (n,), places and gaps.
        first: The position of its first token.
        nexts: int64 (n_words,), where to write the next occurrence of each place; changed in place.
        occurrences: int32 (n_occurrences,), written: the positions.
    """
    for position in range(len(text)):
        place = text[position]
        if place >= 0:
            occurrences[nexts[place]] = first + position
            nexts[place] += 1
