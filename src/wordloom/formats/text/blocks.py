"""Files of word vectors as lines: for word2vec text, GloVe and the Embedding Projector.

Blocks of whole lines are parsed in two threads, and collected in order.
"""

from collections import Counter, deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import numpy as np

from wordloom.errors import FormatError, WordloomError
from wordloom.formats.content import START_BYTES, Content
from wordloom.formats.text.lines import LineParser, ParsedBlock, blank_line, trailing_numbers
from wordloom.formats.word_rows import WordRows
from wordloom.parallel import processor_count
from wordloom.progress import progress_bar
from wordloom.text.readers.streams import Meter, check_text

__all__ = [
    "collect",
    "dimension_of",
    "expected_rows",
    "first_lines",
    "parse_ahead",
    "text_blocks",
]

BLOCK: Final = 1 << 18
MAX_LINE: Final = 1 << 22
"""Bytes that a line may have: more than 65,536 numbers of full length take."""

LINES_LOOKED_AT: Final = 100
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def first_lines(start: bytes) -> list[bytes]:
    r"""Return the first lines of a file that has the looks of text; none for binary ones.

    Args:
        start: The file's first bytes, cut anywhere.

    Example:
        >>> first_lines(b"cough 1 2\nfever 3 4\n")
        [b'cough 1 2', b'fever 3 4']
    """
    if b"\0" in start:
        return []
    lines = start.removeprefix(BYTE_ORDER_MARK).split(b"\n", LINES_LOOKED_AT)
    if len(lines) > LINES_LOOKED_AT or lines[-1] == b"":
        lines.pop()
    elif len(start) >= START_BYTES:
        # The last one may be cut: if it is the only one, its last field is.
        cut = lines.pop()
        if not lines:
            lines = [cut[: max(cut.rfind(b" "), cut.rfind(b"\t"), 0)]]
    return lines


def dimension_of(lines: list[bytes]) -> int:
    """Return how many numbers most lines end with; 0 where it is not even half of them.

    A word may end in a number too, and a line may be damaged, so that no single line can tell.

    Args:
        lines: The first lines of a file.

    Example:
        >>> dimension_of([b"at 1 0.1 0.2", b"the 0.3 0.4", b"of 0.5 0.6"])
        2
    """
    counts = Counter(trailing_numbers(line) for line in lines if line.strip())
    if not counts:
        return 0
    dim = max(counts, key=lambda number: (counts[number], -number))
    return dim if 2 * counts[dim] >= counts.total() else 0


def text_blocks(content: Content, meter: Meter, progress: bool) -> Generator[bytes]:
    """Yield a file in blocks of whole lines, about 256 KiB long; to be closed by the caller.

    Args:
        content: The file.
        meter: Is told how many bytes of the file (as it lies on disk) were read.
        progress: Whether a progress bar is shown.

    Yields:
        Bytes that end with a newline, also where the file does not.

    Raises:
        FormatError: It is no text, or has a line of more than `MAX_LINE` bytes.
    """
    n_lines = 0
    with (
        content.stream(meter) as stream,
        progress_bar("Reading", content.path.stat().st_size, "bytes", show=progress) as advance,
    ):
        rest = b""
        while data := stream.read(BLOCK):
            if n_lines == 0 and not rest:
                check_text(data[:START_BYTES], content.name)
                data = data.removeprefix(BYTE_ORDER_MARK)
            data = rest + data
            end = data.rfind(b"\n") + 1
            block, rest = data[:end], data[end:]
            n_lines += block.count(b"\n")
            if len(rest) > MAX_LINE:
                raise FormatError(
                    f"A line of vectors has at most {MAX_LINE >> 20} MiB. Received: "
                    f"{content.name}, whose line {n_lines + 1:,} is longer. "
                    "It is no text of word vectors, or its newlines were lost."
                )
            if block:
                yield block
            advance(meter.bytes)
        if rest:
            yield rest + b"\n"


def parse_ahead(
    blocks: Iterator[bytes], parser: LineParser, first_line: int = 1
) -> Generator[ParsedBlock]:
    """Parse blocks in two threads while the next ones are read; to be closed by the caller.

    Were it left to the garbage collector, it could wait for a thread from within that thread.

    Args:
        blocks: Whole lines, as `text_blocks` yields them.
        parser: What a line holds.
        first_line: The number of the first line.

    Yields:
        What the blocks hold, in their order.
    """
    threads = min(2, processor_count())
    waiting: deque[Future[ParsedBlock]] = deque()
    failure: WordloomError | None = None
    with ThreadPoolExecutor(threads) as pool:
        while failure is None:
            try:
                block = next(blocks, None)
            except WordloomError as error:
                # What was read before may be all that is wanted.
                failure, block = error, None
            if block is None:
                break
            waiting.append(pool.submit(parser.parse, block, first_line))
            first_line += block.count(b"\n")
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    if failure is not None:
        raise failure


def collect(parsed: Iterator[ParsedBlock], rows: WordRows, declared: int | None = None) -> None:
    """Hand on rows until the end, or until all is found that is wanted.

    Args:
        parsed: The blocks of a file in order.
        rows: Takes the rows.
        declared: How many rows the file's first line declares; None where it does not.

    Raises:
        FormatError: A line is damaged, or there are more or fewer than declared.
    """
    n_rows, blank = 0, 0
    for block in parsed:
        count = len(block.vectors)
        if blank and (count or block.error):
            raise blank_line(rows.name, blank)
        blank = blank or block.blank
        rows.add(
            block.words,
            block.offsets,
            block.vectors,
            np.arange(block.first_line, block.first_line + count),
            block.counts,
        )
        n_rows += count
        if rows.complete:
            return
        if block.error is not None:
            raise block.error
        if declared is not None and n_rows > declared:
            raise FormatError(
                f"The first line of {rows.name} declares {declared:,} words. Received: more, from "
                f"line {declared + 2:,} on. Correct the first line, or read with "
                f"limit={declared} to take only those."
            )
    if declared is not None and n_rows < declared:
        raise FormatError(
            f"The first line of {rows.name} declares {declared:,} words. Received: {n_rows:,}, so "
            "that the file was cut short. Copy or download it again; read with "
            f"limit={n_rows} to take what is there."
        )


def expected_rows(content: Content, meter: Meter, block: bytes, dim: int) -> int:
    """Guess how many lines a file has from its first block; a twentieth more, to be sure.

    Args:
        content: The file.
        meter: How many bytes of it were read.
        block: Its first block.
        dim: How many numbers a line holds; each takes two bytes at least.
    """
    on_disk = content.path.stat().st_size
    share = (len(block) if content.size else meter.bytes) / max(on_disk, 1)
    lines = min(block.count(b"\n"), len(block) // (2 * max(dim, 1)))
    return int(lines * 1.05 / max(min(share, 1.0), 1e-9)) + 1
