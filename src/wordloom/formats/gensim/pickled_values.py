"""What a pickle describes, as plain records that can do nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["Made", "Reference", "Table"]


class Table:
    """A dict of a pickle, as its keys and values in order: keys may be anything, also repeated.

    Example:
        >>> table = Table([1, "dim"], ["one", 100])
        >>> table.get("dim"), table.get("words"), "dim" in table
        (100, None, True)
    """

    __slots__ = ("keys", "values")

    def __init__(
        self, keys: list[object] | None = None, values: list[object] | None = None
    ) -> None:
        self.keys = [] if keys is None else keys
        self.values = [] if values is None else values

    def __iter__(self) -> Iterator[tuple[object, object]]:
        return zip(self.keys, self.values, strict=True)

    def __contains__(self, name: str) -> bool:
        return any(isinstance(key, str) and key == name for key in self.keys)

    def get(self, name: str) -> object:
        """Return the value of a text key, the last one if it is repeated; None if there is none."""
        found: object = None
        for key, value in self:
            if isinstance(key, str) and key == name:
                found = value
        return found


@dataclass(frozen=True, slots=True)
class Reference:
    """A class or function that a pickle names.

    Attributes:
        name: Module and name, as in "numpy.ndarray".
    """

    name: str


@dataclass(eq=False, slots=True)
class Made:
    """What a pickle would make by a call.

    Attributes:
        maker: The class or function that would be called, as in "numpy.dtype".
        arguments: What it would be given.
        state: What the object would be filled with, None if with nothing.
        items: What would be appended, for kinds of lists.
        table: What would be set by key, for kinds of dicts.
    """

    maker: str
    arguments: tuple[object, ...] = ()
    state: object = None
    items: list[object] = field(default_factory=list)
    table: Table = field(default_factory=Table)

    @property
    def attributes(self) -> Table:
        """The state if it is a table of attributes, else an empty one."""
        state = self.state
        if isinstance(state, tuple) and len(state) == 2:
            state = state[0]
        return state if isinstance(state, Table) else Table()
