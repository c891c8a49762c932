"""Phrases: multi-word units such as ``new_york``, which a tokenizer joins into one token."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import FormatError, InputError
from wordloom.kernels.compile import read_only
from wordloom.kernels.phrases import enter_pairs, join_tokens
from wordloom.kernels.words import slot_count
from wordloom.text.vocabulary import Vocabulary

if TYPE_CHECKING:
    from wordloom.text.tokenizer import Tokens

__all__ = ["DELIMITER", "MAX_PASSES", "Phrase", "Phrases", "pair_table"]

DELIMITER: Final = "_"
"""What stands between the words of a phrase, as in word2phrase."""

MAX_PASSES: Final = 10
"""How many passes a set of phrases has at most; each costs time wherever text is split."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Two tokens that belong together, either of which may be a phrase of an earlier pass.

    Attributes:
        left: The first token.
        right: The second token.
        score: How strongly the two belong together, by the scoring that found them.
        count: How often they stood side by side where they were found.
    """

    left: str
    right: str
    score: float = 0.0
    count: int = 0

    @property
    def word(self) -> str:
        """The token that stands for the phrase.

        Example:
            >>> Phrase("new_york", "times").word
            'new_york_times'
        """
        return f"{self.left}{DELIMITER}{self.right}"


class Phrases:
    """A set of phrases, and how they are joined in text.

    Joining goes through the tokens of a document once for each pass. In a pass, two neighbours that
    are a phrase of that pass become one token, greedily from the left, as in word2phrase (Mikolov
    et al. 2013, arXiv 1310.4546, section 4): of "a b c" with the phrases "a b" and "b c", "a_b c"
    comes out. Later passes see what earlier ones joined, which is how phrases of three and more
    words come about.

    Phrases are found by `wordloom.text.phrase_finder.find_phrases`, and take effect as a part of
    a tokenizer: ``Tokenizer("words", phrases=phrases)``.

    Args:
        passes: The phrases of each pass, the best first.

    Attributes:
        passes: The phrases of each pass; passes without phrases are left out.

    Raises:
        InputError: A phrase is not two different-from-empty tokens without a space, a finite score
            and a count; a pass holds one twice; or there are too many passes.

    Example:
        >>> from wordloom.text.tokenizer import Tokenizer
        >>> phrases = Phrases([[Phrase("new", "york")], [Phrase("new_york", "times")]])
        >>> Tokenizer("words", phrases=phrases).tokenize("The New York Times of New York")
        ['the', 'new_york_times', 'of', 'new_york']
    """

    def __init__(self, passes: Sequence[Sequence[Phrase]]) -> None:
        self.passes = tuple(tuple(phrases) for phrases in passes if phrases)
        if len(self.passes) > MAX_PASSES:
            raise InputError(
                f"Phrases have at most {MAX_PASSES} passes. Received: {len(self.passes):,}. "
                "Find them in fewer."
            )
        for phrases in self.passes:
            for phrase in phrases:
                check_phrase(phrase)
            if len({(phrase.left, phrase.right) for phrase in phrases}) < len(phrases):
                raise InputError("The phrases of a pass must differ. Received: one of them twice.")

    def __len__(self) -> int:
        return sum(map(len, self.passes))

    def __iter__(self) -> Iterator[Phrase]:
        for phrases in self.passes:
            yield from phrases

    def __repr__(self) -> str:
        passes = "1 pass" if len(self.passes) == 1 else f"{len(self.passes)} passes"
        return f"Phrases({len(self):,} in {passes})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Phrases) and self.passes == other.passes

    def __hash__(self) -> int:
        return hash(self.passes)

    def settings(self) -> list[dict[str, list[float]]]:
        """Return what `from_settings` needs, ready for JSON.

        Returns:
            For each pass the phrases, the two tokens with a space between them, each with its score
            and its count. No tokenizer leaves a space inside a token.

        Example:
            >>> Phrases([[Phrase("new", "york", 0.93, 812)]]).settings()
            [{'new york': [0.93, 812]}]
        """
        return [
            {f"{one.left} {one.right}": [one.score, one.count] for one in phrases}
            for phrases in self.passes
        ]

    @classmethod
    def from_settings(cls, settings: object) -> "Phrases":
        """Make phrases from saved settings.

        Raises:
            FormatError: The settings are not those of phrases.

        Example:
            >>> Phrases.from_settings([{"new york": [0.93, 812]}])
            Phrases(1 in 1 pass)
        """
        try:
            if not isinstance(settings, list):
                raise InputError(f"Received: {type(settings).__name__}.")
            return cls([[saved_phrase(*item) for item in one.items()] for one in settings])
        except (InputError, AttributeError, TypeError, ValueError) as error:
            raise FormatError(
                "Saved phrases are a list with an object for each pass, in which two tokens with a "
                f"space between them lead to their score and count. {error} The file is damaged or "
                "of a newer version."
            ) from None

    def join(self, tokens: "Tokens") -> "Tokens":
        """Join the phrases in the tokens of a batch; other Python threads run meanwhile.

        Args:
            tokens: The tokens of a batch of documents.

        Returns:
            The tokens that come out; documents stay what they are.
        """
        for parts, table in self.tables:
            data = np.empty(len(tokens.data) + len(tokens) // 2, np.uint8)
            offsets = np.empty_like(tokens.offsets)
            splits = np.empty_like(tokens.splits)
            n_joined = join_tokens(
                read_only(tokens.data),
                read_only(tokens.offsets),
                read_only(tokens.splits),
                parts.find(tokens.data, tokens.offsets),
                table,
                data,
                offsets,
                splits,
            )
            offsets = offsets[: len(tokens) - n_joined + 1]
            tokens = replace(tokens, data=data[: offsets[-1]], offsets=offsets, splits=splits)
        return tokens

    @cached_property
    def tables(self) -> list[tuple[Vocabulary, NDArray[np.int64]]]:
        """For each pass the tokens that its phrases consist of, and the table of their pairs."""
        tables = []
        for phrases in self.passes:
            lefts = [phrase.left for phrase in phrases]
            rights = [phrase.right for phrase in phrases]
            parts = Vocabulary.from_words(dict.fromkeys(lefts + rights))
            table = pair_table(parts.ids(lefts), parts.ids(rights), np.arange(len(phrases)))
            tables.append((parts, read_only(table)))
        return tables


def pair_table(
    lefts: NDArray[np.int32], rights: NDArray[np.int32], values: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the table that `wordloom.kernels.phrases` looks pairs up in.

    Args:
        lefts: int32 (n_pairs,), the left id of each pair.
        rights: int32 (n_pairs,), the right ids.
        values: int64 (n_pairs,), what belongs to each pair.

    Returns:
        int64 (n_rows, 2).
    """
    keys = lefts.astype(np.int64) << 32 | rights.astype(np.int64)
    table = np.zeros((slot_count(len(keys)), 2), np.int64)
    enter_pairs(np.stack([keys + 1, values], axis=1), table)
    return table


def saved_phrase(words: str, facts: Sequence[Any]) -> Phrase:
    """Return a phrase as `Phrases.settings` wrote it."""
    left, right = words.split(" ")
    score, count = facts
    return Phrase(left, right, score, count)


def check_phrase(phrase: Phrase) -> None:
    """Refuse a phrase that no tokenizer could find, or that JSON could not hold."""
    if (
        not all(isinstance(word, str) and word for word in (phrase.left, phrase.right))
        or " " in phrase.left + phrase.right
        or not isinstance(phrase.score, float | int)
        or not abs(phrase.score) < math.inf
        or not isinstance(phrase.count, int)
        or phrase.count < 0
    ):
        raise InputError(
            "A phrase is two tokens, neither empty nor with a space inside, a finite score and a "
            f"count. Received: {phrase!r:.200}."
        )
