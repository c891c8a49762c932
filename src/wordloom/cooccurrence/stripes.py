"""How words are dealt to stripes, so that counts fall into blocks that fit a cache."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import InputError

__all__ = ["Stripes"]

# Block-local indices stay small, and a block's vectors fit a cache: 1024 rows of 128 floats are
# half a MiB.
WORDS_PER_STRIPE = 1024

# So many threads at least find blocks that share no words.
LEAST_STRIPES = 8


@dataclass(frozen=True)
class Stripes:
    """A vocabulary dealt to stripes by modulus, as in Swivel (Shazeer et al. 2016).

    Word ``i`` is number ``i // n_stripes`` of stripe ``i % n_stripes``, so that each stripe has
    its share of frequent words. A word's place counts through the stripes one after the other.

    Attributes:
        n_words: How many words there are, from 1.
        n_stripes: How many stripes there are, at most `n_words`.

    Example:
        >>> stripes = Stripes(5, 2)
        >>> stripes.firsts.tolist(), stripes.places.tolist(), stripes.words.tolist()
        ([0, 3, 5], [0, 3, 1, 4, 2], [0, 2, 4, 1, 3])
    """

    n_words: int
    n_stripes: int

    @classmethod
    def of(cls, n_words: int) -> "Stripes":
        """Deal words to stripes of at most 1024, at least 8 stripes where there are 8 words.

        Raises:
            InputError: There are more than 2^26 words: stripes are numbered with 16 bits.
        """
        if n_words > WORDS_PER_STRIPE << 16:
            raise InputError(
                f"Co-occurrences are counted for at most {WORDS_PER_STRIPE << 16:,} words. "
                f"Received: a vocabulary of {n_words:,}. Raise `min_count`, or set `max_words`."
            )
        return cls(n_words, max(-(-n_words // WORDS_PER_STRIPE), min(LEAST_STRIPES, n_words)))

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """How many words each stripe has: int64 (n_stripes,)."""
        small, larger = divmod(self.n_words, self.n_stripes)
        return small + (np.arange(self.n_stripes) < larger)

    @cached_property
    def firsts(self) -> NDArray[np.int64]:
        """The place of each stripe's first word, and the end: int64 (n_stripes + 1,)."""
        return np.concatenate([[0], np.cumsum(self.sizes)])

    @cached_property
    def places(self) -> NDArray[np.int32]:
        """The place of each word: int32 (n_words,)."""
        words = np.arange(self.n_words)
        places = self.firsts[words % self.n_stripes] + words // self.n_stripes
        return places.astype(np.int32)

    @cached_property
    def words(self) -> NDArray[np.int64]:
        """The word at each place: int64 (n_words,)."""
        return np.argsort(self.places)

    @cached_property
    def of_places(self) -> NDArray[np.uint16]:
        """The stripe of each place: uint16 (n_words,)."""
        return np.repeat(np.arange(self.n_stripes, dtype=np.uint16), self.sizes)
