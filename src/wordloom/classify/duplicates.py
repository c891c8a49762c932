"""Texts that occur twice, within a split or in both: they make scores look better than they are."""

import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import DataWarning

__all__ = ["Duplicates", "find_duplicates"]


@dataclass(frozen=True)
class Duplicates:
    """How many texts occur twice, white space and case aside.

    Attributes:
        n_train: How many training texts there are.
        n_test: How many test texts there are.
        within_train: Training texts that repeat an earlier training text.
        within_test: Test texts that repeat an earlier test text.
        across: Test texts that occur among the training texts.
        shared: bool (n_test,), which test texts those are.
    """

    n_train: int
    n_test: int
    within_train: int
    within_test: int
    across: int
    shared: NDArray[np.bool_] = field(repr=False, compare=False)

    def to_json(self) -> dict[str, int]:
        """Return the counts as what JSON knows."""
        return {name: count for name, count in asdict(self).items() if name != "shared"}

    def __str__(self) -> str:
        parts = []
        if self.within_train:
            parts.append(
                f"{self.within_train:,} of {self.n_train:,} training texts repeat an earlier one, "
                "and count twice in training."
            )
        if self.within_test:
            parts.append(
                f"{self.within_test:,} of {self.n_test:,} test texts repeat an earlier one, and "
                "count twice in the score."
            )
        if self.across:
            parts.append(
                f"{self.across:,} of {self.n_test:,} test texts ({self.across / self.n_test:.1%}) "
                "occur in the training texts: on these the score measures memory, and is too high. "
                "Prefer the accuracy without them."
            )
        return " ".join(parts) or "No text occurs twice."

    def warn(self, stacklevel: int = 2) -> None:
        """Issue a `DataWarning` with the counts, if any text occurs twice."""
        if self.within_train or self.within_test or self.across:
            warnings.warn(
                f"Duplicates: {self} Remove them to be sure.",
                DataWarning,
                stacklevel=stacklevel + 1,
            )


def find_duplicates(train: Sequence[str], test: Sequence[str]) -> Duplicates:
    """Count texts that are equal after white space is made single spaces and case is folded.

    Args:
        train: The training texts.
        test: The test texts.

    Returns:
        The counts.

    Example:
        >>> find_duplicates(["One", "two", "one "], ["Two", "three"]).to_json()["across"]
        1
    """
    train_keys = [text_key(text) for text in train]
    test_keys = [text_key(text) for text in test]
    known = set(train_keys)
    shared = np.fromiter((key in known for key in test_keys), np.bool_, len(test_keys))
    return Duplicates(
        len(train_keys),
        len(test_keys),
        len(train_keys) - len(known),
        len(test_keys) - len(set(test_keys)),
        int(shared.sum()),
        shared,
    )


def text_key(text: str) -> bytes:
    """Return 16 bytes that are equal for equal texts, so that no second copy of all is kept."""
    folded = " ".join(text.casefold().split())
    return blake2b(folded.encode("utf-8", "surrogatepass"), digest_size=16).digest()
