"""Pickles read without unpickling: what a pickle describes becomes plain data, and nothing is run.

A pickle is a program for a small stack machine (the standard library's `pickletools` documents
it), which may call any function. This machine calls none: where the program names a class or a
function, there is a `Reference`, and where it would call one, a `Made` that keeps what it would be
given. Names that the reader does not expect are refused. Every size is checked against the bytes
that there are, so that the memory needed is at most in proportion to the file.
"""

import codecs
import struct
from collections.abc import Callable
from typing import NoReturn

from wordloom.errors import FormatError
from wordloom.formats.gensim.pickled_values import Made, Reference, Table

__all__ = ["read_pickle"]


def read_pickle(data: memoryview, name: str, expected: Callable[[str], bool]) -> object:
    r"""Read a pickle of any protocol, from 0 to 5.

    Args:
        data: Its bytes; those that follow its end are not looked at.
        name: What messages call the file.
        expected: Tells whether a class or function may occur, given module and name.

    Returns:
        None, a bool, int, float or str; bytes as a memoryview of `data` where they lie there
        plainly; a tuple or list (also for a set); a `Table` for a dict; a `Reference` or `Made`.
        What the pickle shares is shared, so that it may contain itself.

    Raises:
        FormatError: The pickle is damaged, needs a program to be read, or names what is not
            expected; the message tells the byte.

    Example:
        >>> program = b"\x80\x02}U\x03dimKds."
        >>> read_pickle(memoryview(program), "toy.pkl", lambda name: False).get("dim")
        100
        >>> program = b"cos\nsystem\n(S'rm'\ntR."
        >>> read_pickle(memoryview(program), "toy.pkl", lambda name: False)
        Traceback (most recent call last):
        wordloom.errors.FormatError: toy.pkl, byte 0: it names os.system, which does not belong ...
    """
    return Machine(data, name, expected).run()


class Machine:
    """The stack machine of pickles, without the calls."""

    def __init__(self, data: memoryview, name: str, expected: Callable[[str], bool]) -> None:
        self.data = data
        self.name = name
        self.expected = expected
        self.position = 0
        self.start = 0
        self.stack: list[object] = []
        self.below: list[list[object]] = []
        self.memo: dict[int, object] = {}
        self.n_encoded = 0

    def run(self) -> object:
        """Carry out the program up to its end."""
        try:
            while True:
                self.start = self.position
                code = self.data[self.position]
                self.position += 1
                if code == STOP:
                    return self.stack.pop()
                step = STEPS.get(code)
                if step is None:
                    self.damaged(
                        f"the operation {chr(code)!r} does not belong into a file of vectors"
                    )
                step(self)
        except IndexError:
            self.damaged("it ends too early, or takes more than there is")
        except (ValueError, KeyError, OverflowError, struct.error) as error:
            if isinstance(error, FormatError):
                raise
            self.damaged(f"{type(error).__name__}: {str(error)[:100]}")

    def damaged(self, reason: str) -> NoReturn:
        """Raise the error for a program that cannot be carried out."""
        raise FormatError(
            f"{self.name}, byte {self.start:,}: {reason}. The file is damaged, or no pickle of "
            "plain data. If you trust it, open it with the program that wrote it and export it."
        ) from None

    def take(self, count: int) -> memoryview:
        """Return the next bytes."""
        start = self.position
        if not 0 <= count <= len(self.data) - start:
            self.damaged(
                f"{count:,} bytes should follow, and {len(self.data) - self.position:,} do"
            )
        self.position = start + count
        return self.data[start : self.position]

    def byte(self) -> int:
        """Return the next byte as a number from 0."""
        self.position += 1
        return self.data[self.position - 1]

    def number(self, size: int) -> int:
        """Return the next bytes as a number from 0."""
        # Not by `take`, since much of a large vocabulary is numbers.
        start = self.position
        self.position = start + size
        piece = self.data[start : self.position]
        if len(piece) < size:
            self.damaged(f"{size} bytes should follow, and {len(piece)} do")
        return int.from_bytes(piece, "little")

    def line(self) -> bytes:
        """Return the bytes up to the next end of a line."""
        size = 64
        while True:
            piece = bytes(self.data[self.position : self.position + size])
            end = piece.find(b"\n")
            if end >= 0:
                self.position += end + 1
                return piece[:end]
            if len(piece) < size:
                self.damaged("a line has no end")
            size *= 2

    def pop_mark(self) -> list[object]:
        """Take what was put on the stack since the last mark."""
        items = self.stack
        self.stack = self.below.pop()
        return items

    def refer(self, module: object, name: object) -> None:
        """Put a class or function on the stack, unexecuted."""
        if not isinstance(module, str) or not isinstance(name, str):
            self.damaged("a class without a name")
        full = f"{module}.{name}"
        if not self.expected(full):
            raise FormatError(
                f"{self.name}, byte {self.start:,}: it names {full[:100]}, which does not belong "
                "into a file of vectors. A pickle can run any program when another program opens "
                "it: do so only if you trust where it comes from."
            )
        self.stack.append(Reference(full))

    def make(self, maker: object, arguments: object) -> None:
        """Put what a call would make on the stack."""
        if not isinstance(maker, Reference) or not isinstance(arguments, tuple):
            self.damaged("a call of what is no class or function")
        name = maker.name
        # What is shared takes two bytes, and must not become many copies.
        if len(arguments) > MAX_ARGUMENTS:
            self.damaged(f"a call with {len(arguments):,} arguments")
        if name in RECONSTRUCTORS and arguments and isinstance(arguments[0], Reference):
            self.stack.append(Made(arguments[0].name, arguments[1:]))
        elif name == "_codecs.encode" and [type(part) for part in arguments] == [str, str]:
            # How Python 3 writes bytes for protocols that have none.
            self.n_encoded += len(arguments[0])
            if self.n_encoded > len(self.data):
                self.damaged("more bytes in texts than the file has")
            self.stack.append(memoryview(arguments[0].encode("latin-1")))
        elif name in ("builtins.bytes", "__builtin__.bytes") and not arguments:
            self.stack.append(memoryview(b""))
        else:
            self.stack.append(Made(name, arguments))

    def fill(self, items: list[object]) -> None:
        """Append items to the list on the stack."""
        target = self.stack[-1]
        if isinstance(target, Made):
            target.items.extend(items)
        elif isinstance(target, list):
            target.extend(items)
        else:
            self.damaged("items for what is no list")

    def set_items(self, items: list[object]) -> None:
        """Set keys and values of the dict on the stack."""
        target = self.stack[-1]
        table = target.table if isinstance(target, Made) else target
        if not isinstance(table, Table) or len(items) % 2:
            self.damaged("keys and values for what is no dict")
        table.keys.extend(items[::2])
        table.values.extend(items[1::2])

    def push_text(self, raw: memoryview | bytes) -> None:
        """Put a str on the stack."""
        self.stack.append(str(raw, "utf-8", "surrogatepass"))

    def push_old_text(self, raw: memoryview | bytes) -> None:
        """Put a str of Python 2 on the stack, which is text or bytes."""
        try:
            self.stack.append(str(raw, "ascii"))
        except UnicodeDecodeError:
            self.stack.append(memoryview(raw))

    def memoize(self, index: int) -> None:
        """Remember what is on top of the stack."""
        self.memo[index] = self.stack[-1]

    def build(self) -> None:
        """Give an object its state."""
        state, target = self.stack.pop(), self.stack[-1]
        if not isinstance(target, Made):
            self.damaged("a state for what is no object")
        target.state = state


RECONSTRUCTORS = ("copy_reg._reconstructor", "copyreg._reconstructor", "copyreg.__newobj__")

# More than any class or function that gensim's files name takes.
MAX_ARGUMENTS = 100

STOP = ord(".")
SIGN = 1 << 31


def push(read: Callable[[Machine], object]) -> Callable[[Machine], None]:
    """Return the step that puts on the stack what it reads."""
    return lambda machine: machine.stack.append(read(machine))


def whole_number(line: bytes) -> int | bool:
    """Return a number as protocol 0 writes it: 00 and 01 are False and True, L may follow."""
    return line == b"01" if line in (b"00", b"01") else int(line.removesuffix(b"L"))


def unquoted(line: bytes) -> bytes:
    """Return the bytes of a text as Python 2 writes it in its sources."""
    line = line.strip()
    if len(line) < 2 or line[0] != line[-1] or line[0] not in b"\"'":
        raise ValueError("a text without quotes")
    return codecs.escape_decode(line[1:-1])[0]


def open_mark(machine: Machine) -> None:
    """Mark the place up to which later steps take from the stack."""
    machine.below.append(machine.stack)
    machine.stack = []


def close_mark(machine: Machine, collect: Callable[[list[object]], object]) -> None:
    """Put what was marked on the stack as one value."""
    items = machine.pop_mark()
    machine.stack.append(collect(items))


def last(machine: Machine, count: int) -> tuple[object, ...]:
    """Take the last few values from the stack."""
    if count > len(machine.stack):
        raise IndexError
    items = tuple(machine.stack[-count:])
    del machine.stack[-count:]
    return items


def drop(machine: Machine) -> None:
    """Take the last value from the stack, or the mark if nothing came after it."""
    if machine.stack:
        machine.stack.pop()
    else:
        machine.pop_mark()


def make_with_names(machine: Machine) -> None:
    """Make an object from its class, arguments and named arguments."""
    maker, arguments, named = last(machine, 3)
    if not isinstance(arguments, tuple) or len(arguments) > MAX_ARGUMENTS:
        raise ValueError("arguments that are none, or too many")
    machine.make(maker, (*arguments, named))


def table_of(items: list[object]) -> Table:
    """Return keys and values that lie one behind the other as a table."""
    if len(items) % 2:
        raise ValueError("a key without a value")
    return Table(items[::2], items[1::2])


def line_text(machine: Machine) -> str:
    """Return the next line as text."""
    return machine.line().decode("utf-8")


# The operations of `pickletools.opcodes` but for persistent ids, extension codes, out-of-band
# buffers and instances of Python 1, which need a program to make sense of them.
STEPS: dict[int, Callable[[Machine], None]] = {
    ord(code): step
    for code, step in {
        "\x80": lambda m: m.take(1),
        "\x95": lambda m: m.take(8),
        "(": open_mark,
        "0": drop,
        "1": lambda m: m.pop_mark(),
        "2": lambda m: m.stack.append(m.stack[-1]),
        "N": push(lambda m: None),
        "\x88": push(lambda m: True),
        "\x89": push(lambda m: False),
        "I": push(lambda m: whole_number(m.line())),
        "L": push(lambda m: whole_number(m.line())),
        "K": lambda m: m.stack.append(m.byte()),
        "M": lambda m: m.stack.append(m.number(2)),
        "J": lambda m: m.stack.append((m.number(4) ^ SIGN) - SIGN),
        "\x8a": push(lambda m: int.from_bytes(m.take(m.byte()), "little", signed=True)),
        "\x8b": push(lambda m: int.from_bytes(m.take(m.number(4)), "little", signed=True)),
        "F": push(lambda m: float(m.line())),
        "G": push(lambda m: struct.unpack(">d", m.take(8))[0]),
        "V": push(lambda m: m.line().decode("raw-unicode-escape")),
        "X": lambda m: m.push_text(m.take(m.number(4))),
        "\x8c": lambda m: m.push_text(m.take(m.byte())),
        "\x8d": lambda m: m.push_text(m.take(m.number(8))),
        "S": lambda m: m.push_old_text(unquoted(m.line())),
        "T": lambda m: m.push_old_text(m.take(m.number(4))),
        "U": lambda m: m.push_old_text(m.take(m.byte())),
        "B": push(lambda m: m.take(m.number(4))),
        "C": push(lambda m: m.take(m.byte())),
        "\x8e": push(lambda m: m.take(m.number(8))),
        "\x96": push(lambda m: m.take(m.number(8))),
        ")": push(lambda m: ()),
        "\x85": push(lambda m: last(m, 1)),
        "\x86": push(lambda m: last(m, 2)),
        "\x87": push(lambda m: last(m, 3)),
        "t": lambda m: close_mark(m, tuple),
        "]": push(lambda m: []),
        "l": lambda m: close_mark(m, list),
        "\x91": lambda m: close_mark(m, list),
        "\x8f": push(lambda m: []),
        "}": push(lambda m: Table()),
        "d": lambda m: close_mark(m, table_of),
        "a": lambda m: m.fill([m.stack.pop()]),
        "e": lambda m: m.fill(m.pop_mark()),
        "\x90": lambda m: m.fill(m.pop_mark()),
        "s": lambda m: m.set_items(list(last(m, 2))),
        "u": lambda m: m.set_items(m.pop_mark()),
        "p": lambda m: m.memoize(int(m.line())),
        "q": lambda m: m.memoize(m.byte()),
        "r": lambda m: m.memoize(m.number(4)),
        "\x94": lambda m: m.memoize(len(m.memo)),
        "g": push(lambda m: m.memo[int(m.line())]),
        "h": lambda m: m.stack.append(m.memo[m.byte()]),
        "j": lambda m: m.stack.append(m.memo[m.number(4)]),
        "c": lambda m: m.refer(line_text(m), line_text(m)),
        "\x93": lambda m: m.refer(*last(m, 2)),
        "R": lambda m: m.make(*last(m, 2)),
        "\x81": lambda m: m.make(*last(m, 2)),
        "\x92": make_with_names,
        "b": lambda m: m.build(),
    }.items()
}
