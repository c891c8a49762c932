"""The loops behind building a corpus: counting words, ordering them, writing final ids.

While a corpus is read, its tokens are kept as a stream of provisional word ids in which -1 ends
each document. Words lie end to end in one byte array, as in `wordloom.kernels.words`.
"""

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import inline_kernel, kernel

__all__ = ["count_words", "gather_words", "recode_stream", "sort_words"]


@kernel
def count_words(
    ids: NDArray[np.int32],
    splits: NDArray[np.int64],
    first_document: int,
    tallies: NDArray[np.int64],
    stream: NDArray[np.int32],
) -> None:
    """Count words and the documents that hold them, and write the stream of a batch.

    Args:
        ids: int32 (n_tokens,), the word of each token.
        splits: int64 (n_documents + 1,), the first token of each document, then n_tokens.
        first_document: How many documents came before; documents are numbered from 1 on.
        tallies: int64 (n_words, 3), raised: how often each word occurs, in how many documents, and
            the number of the last of these (0: none). Side by side, for one cache miss each.
        stream: int32 (n_tokens + n_documents,), written: the ids, with -1 after each document.
    """
    place = 0
    for document in range(len(splits) - 1):
        number = first_document + document + 1
        for token in range(splits[document], splits[document + 1]):
            word = ids[token]
            tallies[word, 0] += 1
            if tallies[word, 2] != number:
                tallies[word, 2] = number
                tallies[word, 1] += 1
            stream[place] = word
            place += 1
        stream[place] = -1
        place += 1


@inline_kernel
def comes_before(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    counts: NDArray[np.int64],
    left: int,
    right: int,
) -> bool:
    """Tell whether a word sorts before another: by falling count, then by its bytes."""
    if counts[left] != counts[right]:
        return bool(counts[left] > counts[right])
    left_start, right_start = offsets[left], offsets[right]
    left_length = offsets[left + 1] - left_start
    right_length = offsets[right + 1] - right_start
    for step in range(min(left_length, right_length)):
        left_byte, right_byte = data[left_start + step], data[right_start + step]
        if left_byte != right_byte:
            return bool(left_byte < right_byte)
    return bool(left_length < right_length)


@kernel
def sort_words(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    counts: NDArray[np.int64],
    order: NDArray[np.int64],
    spare: NDArray[np.int64],
) -> None:
    """Sort words by falling count, and words of the same count by their bytes.

    A merge sort from the bottom up: no input makes it slow.

    Args:
        data: uint8 (n_bytes,), all words end to end.
        offsets: int64 (n_words + 1,).
        counts: int64 (n_words,).
        order: int64 (n_chosen,), the words to sort, by number; sorted in place.
        spare: int64 (n_chosen,), room to work in.
    """
    width = 1
    while width < len(order):
        for start in range(0, len(order), 2 * width):
            middle = min(start + width, len(order))
            end = min(middle + width, len(order))
            left, right = start, middle
            for place in range(start, end):
                take_right = right < end and (
                    left == middle or comes_before(data, offsets, counts, order[right], order[left])
                )
                if take_right:
                    spare[place] = order[right]
                    right += 1
                else:
                    spare[place] = order[left]
                    left += 1
        order[:] = spare
        width *= 2


@kernel
def gather_words(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    order: NDArray[np.int64],
    new_data: NDArray[np.uint8],
    new_offsets: NDArray[np.int64],
) -> None:
    """Copy chosen words into new arrays.

    Args:
        data: uint8, the words end to end.
        offsets: int64 (n_words + 1,).
        order: int64 (n_chosen,), the words to copy, by number.
        new_data: uint8, written; as long as the chosen words together.
        new_offsets: int64 (n_chosen + 1,), written.
    """
    place = 0
    for index in range(len(order)):
        new_offsets[index] = place
        for position in range(offsets[order[index]], offsets[order[index] + 1]):
            new_data[place] = data[position]
            place += 1
    new_offsets[len(order)] = place


@kernel
def recode_stream(
    stream: NDArray[np.int32],
    mapping: NDArray[np.int32],
    tokens_before: int,
    tokens: NDArray[np.int32],
    documents: NDArray[np.int64],
) -> tuple[int, int]:
    """Turn a piece of the stream into final word ids and document ends.

    Args:
        stream: int32 (n,), provisional ids, -1 at the end of each document.
        mapping: int32 (n_provisional,), the final id of each, -1 for words that are dropped.
        tokens_before: How many tokens the pieces before gave.
        tokens: int32, room for n; written: the final ids of the tokens that stay.
        documents: int64, room for n; written: where each document ends, in tokens of the corpus.

    Returns:
        How many tokens and how many document ends were written.
    """
    n_tokens = 0
    n_documents = 0
    for place in range(len(stream)):
        word = stream[place]
        if word < 0:
            documents[n_documents] = tokens_before + n_tokens
            n_documents += 1
        elif mapping[word] >= 0:
            tokens[n_tokens] = mapping[word]
            n_tokens += 1
    return n_tokens, n_documents
