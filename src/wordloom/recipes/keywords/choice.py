"""How keywords' vectors are best compared, chosen on papers that are not judged."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wordloom.inspect.keywords.lists import KeywordLists
from wordloom.inspect.keywords.tiles import MEASURES
from wordloom.recipes.keywords.judge import Judge
from wordloom.recipes.keywords.measures import KeywordSpace
from wordloom.recipes.keywords.trainers import ELMO

__all__ = ["PUBLISHED", "SHARES", "TOGETHER", "Choice", "choose"]

PUBLISHED: Final = "cosine"
"""The article's measure: the cosine of the lists' mean vectors."""

TOGETHER: Final = f"{ELMO} and static together"

SHARES: Final = (0.1, 0.25, 0.5, 0.75)
"""How much ELMo's cosines may count beside those of static vectors."""


@dataclass(frozen=True)
class Choice:
    """A way to compare keyword lists by vectors.

    Attributes:
        space: The vectors of the keywords.
        measure: One of `wordloom.inspect.keywords.tiles.MEASURES`.
        note: What was done to the vectors before; empty for nothing.
    """

    space: KeywordSpace
    measure: str = PUBLISHED
    note: str = ""

    def __str__(self) -> str:
        return f"{self.measure}, {self.note}" if self.note else self.measure

    def score(self, left: KeywordLists, right: KeywordLists) -> NDArray[np.float32]:
        """Compare lists, float32 (n_left, n_right)."""
        return self.space.scores(left, right, self.measure)


def choose(spaces: Mapping[str, KeywordSpace], judge: Judge) -> dict[str, Choice]:
    """Choose a measure for each embedding, and one for ELMo and the best of the others together.

    Args:
        spaces: The keywords' vectors by the embedding's name; those of `ELMO` are joined.
        judge: Has the papers to choose on.

    Returns:
        The choices by name, both together last.
    """

    def merit(choice: Choice) -> float:
        return judge.figures(choice.score, by_discipline=False).mean_reciprocal_rank

    chosen = {
        name: max(
            (
                Choice(vectors, measure, note)
                for vectors, note in (
                    (space, ""),
                    (space.centred(), "centred"),
                    (space.whitened(), "whitened"),
                )
                for measure in MEASURES[1:]
            ),
            key=merit,
        )
        for name, space in spaces.items()
    }
    others = [name for name in chosen if name != ELMO]
    if ELMO not in chosen or not others:
        return chosen
    static = max(others, key=lambda name: merit(chosen[name]))
    both = max(
        (
            Choice(
                chosen[static].space.beside(chosen[ELMO].space, share),
                measure,
                f"ELMo counts {share:g} beside {static}",
            )
            for share in SHARES
            for measure in MEASURES[1:]
        ),
        key=merit,
    )
    return {**chosen, TOGETHER: both}
