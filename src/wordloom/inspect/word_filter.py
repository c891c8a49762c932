"""Which words of a vocabulary may be found: by rank, count, spelling, or by name."""

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import InputError
from wordloom.text.vocabulary import Vocabulary

__all__ = ["choose_words"]


def choose_words(
    vocabulary: Vocabulary,
    *,
    max_rank: int | None = None,
    min_count: int | None = None,
    pattern: str | None = None,
    allowed: Iterable[str] | None = None,
    excluded: Iterable[str] | None = None,
) -> NDArray[np.int32]:
    """Choose the words that pass every filter.

    Args:
        vocabulary: The words.
        max_rank: Only this many of the most frequent words; None for all.
        min_count: Only words that occur at least this often.
        pattern: Only words in which this regular expression is found (`re.search`); ``^`` and
            ``$`` stand for the word's ends, so that ``^covid`` is a prefix.
        allowed: Only these words; those that the vocabulary lacks are passed over.
        excluded: All but these words.

    Returns:
        int32 (n_chosen,), their ids, rising.

    Raises:
        InputError: A number is below 1, the pattern is no regular expression, counts are not
            known, or no word passes.

    Example:
        >>> vocabulary = Vocabulary.from_words(["the", "covid", "covid-19"], counts=[9, 4, 1])
        >>> choose_words(vocabulary, pattern="^covid", min_count=2).tolist()
        [1]
    """
    n_words = len(vocabulary)
    for name, value in (("max_rank", max_rank), ("min_count", min_count)):
        if value is not None and value < 1:
            raise InputError(f"`{name}` is at least 1. Received: {value}.")
    chosen = np.arange(min(max_rank or n_words, n_words), dtype=np.int32)
    if allowed is not None:
        chosen = np.intersect1d(chosen, known_ids(vocabulary, allowed, "allowed"))
    if excluded is not None:
        chosen = np.setdiff1d(chosen, known_ids(vocabulary, excluded, "excluded"))
    if min_count is not None:
        if not vocabulary.counts.any():
            raise InputError(
                f"`min_count` needs to know how often each word occurs. Received: {min_count}, for "
                "an embedding without counts, as most foreign formats are. Use `max_rank`."
            )
        chosen = chosen[vocabulary.counts[chosen] >= min_count]
    if pattern is not None:
        # Decoding each word is the slow part, so it comes last.
        found = compiled(pattern).search
        kept = [found(vocabulary.word(word)) is not None for word in chosen.tolist()]
        chosen = chosen[np.array(kept, np.bool_)]
    if n_words and not len(chosen):
        raise InputError(
            f"The filters leave none of the {n_words:,} words. Received: max_rank={max_rank}, "
            f"min_count={min_count}, pattern={pattern!r}, and words that are allowed or excluded. "
            "Loosen one of them."
        )
    return chosen


def known_ids(vocabulary: Vocabulary, words: Iterable[str], name: str) -> NDArray[np.int32]:
    """Return the ids of those words that the vocabulary has."""
    if isinstance(words, str):
        raise InputError(f"`{name}` is a list of words. Received: {words!r}. Write [word].")
    ids = vocabulary.ids(list(words))
    return ids[ids >= 0]


def compiled(pattern: str) -> re.Pattern[str]:
    """Return a regular expression, ready for use."""
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise InputError(
            f"`pattern` is a regular expression. Received: {pattern!r}, which is none ({error})."
        ) from None
