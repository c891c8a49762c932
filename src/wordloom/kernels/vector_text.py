"""Numbers as text, both ways: lines of word vectors into float32 rows, and rows into lines.

Reading. ``float(text)`` rounded to float32 is what a number stands for. A decimal number is a whole
number m times a power of ten; in float64 their product is off by at most a few units in the last
place. If the float32 nearest to a little less and to a little more than it are the same, that is
the answer, since rounding never changes the order of numbers. One number in some ten million lies
too close to the middle between two float32 to tell; its line is left to the caller.

Writing. Of 6, 7, 8 and 9 significant digits the first is taken whose nearest decimal number reads
back as the same float32, by the same test; nine always do (Steele and White 1990, "How to print
floating-point numbers accurately"). A float32 lies closer to a number of up to six digits than
that number's last digit can tell, so that zeros at the end, which are left out, make it the
shortest.
"""

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import inline_kernel, kernel

__all__ = ["NUMBER_BYTES", "format_rows", "parse_rows"]

NUMBER_BYTES = 17
"""The most bytes that a number takes when it is written, with the space before it."""

NEWLINE, TAB, RETURN, SPACE = 10, 9, 13, 32
PLUS, MINUS, POINT, ZERO, LOWER_E, UPPER_E = 43, 45, 46, 48, 101, 69

# float32 reaches from 1.4e-45 to 3.4e38; with 18 digits before the exponent, this is enough.
MAX_EXPONENT = 70
POWERS_OF_TEN = np.array([float(f"1e{power}") for power in range(-MAX_EXPONENT, MAX_EXPONENT + 1)])
MAX_DIGITS = 18  # fit into int64

# Four times what the conversion of m, the power and the product can be off by together, also where
# the compiler multiplies in another order.
A_LITTLE_LESS = 1.0 - 2.0**-50
A_LITTLE_MORE = 1.0 + 2.0**-50


@inline_kernel
def is_separator(byte: int) -> bool:
    """Tell whether a byte stands between fields."""
    return byte in (SPACE, TAB)


@inline_kernel
def digit_at(text: NDArray[np.uint8], position: int) -> int:
    """Return the digit at a place; what is none is below 0 or above 9."""
    return int(np.int64(text[position])) - ZERO


@kernel
def parse_vector(
    text: NDArray[np.uint8], position: int, vectors: NDArray[np.float32], row: int
) -> int:
    """Read the numbers of one line.

    Args:
        text: uint8; the line ends with a newline.
        position: Where the first number, or space before it, starts.
        vectors: float32 (n_rows, dim), of which a row is written.
        row: Which.

    Returns:
        Where the next line starts; -1 where the line does not hold exactly `dim` decimal numbers
        from there on, or one that this kernel cannot round for sure.
    """
    for column in range(vectors.shape[1]):
        while is_separator(text[position]):
            position += 1
        negative = text[position] == MINUS
        if negative or text[position] == PLUS:
            position += 1
        first = position
        mantissa = 0
        exponent = 0
        digit = digit_at(text, position)
        while 0 <= digit <= 9:
            mantissa = mantissa * 10 + digit
            position += 1
            digit = digit_at(text, position)
        n_digits = position - first
        if text[position] == POINT:
            position += 1
            after_point = position
            digit = digit_at(text, position)
            while 0 <= digit <= 9:
                mantissa = mantissa * 10 + digit
                position += 1
                digit = digit_at(text, position)
            exponent = after_point - position
            n_digits -= exponent
        if n_digits == 0:
            return -1
        if n_digits > MAX_DIGITS:
            # Too many for an integer, or many zeros: take the first 18 that are significant.
            mantissa = 0
            place = first
            while place < position and mantissa < 10 ** (MAX_DIGITS - 1):
                if text[place] != POINT:
                    mantissa = mantissa * 10 + digit_at(text, place)
                    n_digits -= 1
                place += 1
            exponent += n_digits
        if text[position] == LOWER_E or text[position] == UPPER_E:
            position += 1
            minus = text[position] == MINUS
            if minus or text[position] == PLUS:
                position += 1
            first = position
            power = 0
            digit = digit_at(text, position)
            while 0 <= digit <= 9:
                power = min(power * 10 + digit, 1 << 20)
                position += 1
                digit = digit_at(text, position)
            if position == first:
                return -1
            exponent += -power if minus else power
        byte = text[position]
        if not (is_separator(byte) or byte in (NEWLINE, RETURN)):
            return -1
        if mantissa == 0:
            exponent = 0
        if not -MAX_EXPONENT <= exponent <= MAX_EXPONENT:
            return -1
        value = np.float64(mantissa) * POWERS_OF_TEN[exponent + MAX_EXPONENT]
        rounded = np.float32(value * A_LITTLE_LESS)
        if rounded != np.float32(value * A_LITTLE_MORE):
            return -1
        vectors[row, column] = -rounded if negative else rounded
    while is_separator(text[position]):
        position += 1
    if text[position] == RETURN:
        position += 1
    return position + 1 if text[position] == NEWLINE else -1


@inline_kernel
def numbers_start(text: NDArray[np.uint8], start: int, dim: int) -> int:
    """Return where the last `dim` fields of a line start, -1 if it has no more than that.

    It also returns -1 if the field before them is a number like them: the line may have too many.
    """
    end = start
    while text[end] != NEWLINE:
        end += 1
    place = end - 1 if end > start and text[end - 1] == RETURN else end
    for _ in range(dim):
        while place > start and is_separator(text[place - 1]):
            place -= 1
        while place > start and not is_separator(text[place - 1]):
            place -= 1
    last = place
    while last > start and is_separator(text[last - 1]):
        last -= 1
    if last == start:
        return -1
    n_digits, n_others, fraction = 0, 0, False
    while last > start and not is_separator(text[last - 1]):
        last -= 1
        byte = text[last]
        if ZERO <= byte <= ZERO + 9:
            n_digits += 1
        elif byte in (POINT, LOWER_E, UPPER_E):
            fraction = True
        elif byte not in (PLUS, MINUS):
            n_others += 1
    if n_digits == 0 or n_others > 0:
        return place
    if not fraction:
        for step in range(place, end):
            if text[step] == POINT:
                return place
    return -1


@kernel
def parse_rows(
    text: NDArray[np.uint8],
    position: int,
    has_words: bool,
    n_rows: int,
    vectors: NDArray[np.float32],
    words: NDArray[np.uint8],
    offsets: NDArray[np.int64],
) -> tuple[int, int]:
    """Read lines until the end, or up to one that only slower code can read or complain about.

    A line is a word and `dim` numbers, with spaces or tabs between them; before a newline there may
    be some, and a carriage return. A word may hold spaces: the last `dim` fields are the numbers.

    Args:
        text: uint8 (n_bytes,); the last byte is a newline.
        position: Where the first line starts.
        has_words: Whether lines begin with a word; else its place stays empty.
        n_rows: How many rows are written already.
        vectors: float32 (room, dim), written from row `n_rows` on.
        words: uint8, room for the words, end to end; written from ``offsets[n_rows]`` on.
        offsets: int64 (room + 1,), where each word starts and the last one ends.

    Returns:
        How many rows are written now, and where the next line starts.
    """
    dim = vectors.shape[1]
    while position < len(text) and n_rows < len(vectors):
        start = position
        word_end = start
        if has_words:
            while not is_separator(text[word_end]) and text[word_end] != NEWLINE:
                word_end += 1
        following = parse_vector(text, word_end, vectors, n_rows)
        if following < 0:
            if not has_words:
                break
            place = numbers_start(text, start, dim)
            if place < 0:
                break
            following = parse_vector(text, place, vectors, n_rows)
            if following < 0:
                break
            word_end = place
            while is_separator(text[word_end - 1]):
                word_end -= 1
            while is_separator(text[start]):
                start += 1
        first = offsets[n_rows]
        for step in range(word_end - start):
            words[first + step] = text[start + step]
        n_rows += 1
        offsets[n_rows] = first + word_end - start
        position = following
    return n_rows, position


@inline_kernel
def write_digits(out: NDArray[np.uint8], end: int, value: int, count: int) -> None:
    """Write the last `count` decimal digits of a number so that they end at a place."""
    for step in range(count):
        out[end - 1 - step] = ZERO + value % 10
        value //= 10


@inline_kernel
def shortest_decimal(size: float, wanted: np.float32, power: int) -> tuple[int, int, int]:
    """Return the digits that stand for a float32 as an integer, how many, and the first's power.

    Args:
        size: The number, positive.
        wanted: The same as float32.
        power: A power of ten that is not greater than it, and nearly as great.
    """
    while size < POWERS_OF_TEN[power + MAX_EXPONENT]:
        power -= 1
    while size >= POWERS_OF_TEN[power + 1 + MAX_EXPONENT]:
        power += 1
    # Below the smallest normal number there are fewer digits to tell.
    count = 6 if size >= 1.2e-38 else 1
    while True:
        scale = count - 1 - power
        digits = int(size * POWERS_OF_TEN[scale + MAX_EXPONENT] + 0.5)
        value = np.float64(digits) * POWERS_OF_TEN[MAX_EXPONENT - scale]
        exact = (
            np.float32(value * A_LITTLE_LESS) == wanted
            and np.float32(value * A_LITTLE_MORE) == wanted
        )
        if exact or count == 9:
            break
        count += 1
    if digits == 10**count:  # 9.9999996 became 10.0000
        digits //= 10
        power += 1
    while count > 1 and digits % 10 == 0:
        digits //= 10
        count -= 1
    return digits, count, power


@kernel
def format_rows(
    vectors: NDArray[np.float32],
    words: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    separator: int,
    out: NDArray[np.uint8],
) -> int:
    """Write rows as lines: a word and its numbers, so short that each still reads back the same.

    Numbers below 0.00001 and from 1,000,000,000 on get an exponent.

    Args:
        vectors: float32 (n_rows, dim), finite.
        words: uint8, the words end to end.
        offsets: int64 (n_rows + 1,), where each starts and the last one ends.
        separator: The byte between fields. A line without a word begins with its first number if
            this is a tab.
        out: uint8, written; room for the words, and `NUMBER_BYTES` × (dim + 1) for each row.

    Returns:
        How many bytes were written.
    """
    at = 0
    bits = vectors.view(np.uint32)
    for row in range(len(vectors)):
        for place in range(offsets[row], offsets[row + 1]):
            out[at] = words[place]
            at += 1
        for column in range(vectors.shape[1]):
            if column > 0 or separator != TAB or offsets[row] < offsets[row + 1]:
                out[at] = separator
                at += 1
            if bits[row, column] >> 31:
                out[at] = MINUS
                at += 1
            wanted = abs(vectors[row, column])
            if wanted == 0:
                out[at] = ZERO
                at += 1
                continue
            binary = int(np.int64((bits[row, column] >> 23) & 255)) - 127
            power = (binary * 1233) >> 12  # times log10(2)
            digits, count, power = shortest_decimal(np.float64(wanted), wanted, power)
            if power < -5 or power >= 9:
                if count > 1:
                    write_digits(out, at + count + 1, digits, count - 1)
                    out[at + 1] = POINT
                    out[at] = ZERO + digits // 10 ** (count - 1)
                    at += count + 1
                else:
                    out[at] = ZERO + digits
                    at += 1
                out[at] = LOWER_E
                out[at + 1] = MINUS if power < 0 else PLUS
                write_digits(out, at + 4, abs(power), 2)
                at += 4
            elif power < 0:
                for step in range(1 - power):
                    out[at + step] = ZERO
                out[at + 1] = POINT
                at += 1 - power
                write_digits(out, at + count, digits, count)
                at += count
            else:
                whole = power + 1
                while count < whole:
                    digits *= 10
                    count += 1
                if count > whole:
                    write_digits(out, at + count + 1, digits, count - whole)
                    out[at + whole] = POINT
                    write_digits(out, at + whole, digits // 10 ** (count - whole), whole)
                    at += count + 1
                else:
                    write_digits(out, at + whole, digits, whole)
                    at += whole
        out[at] = NEWLINE
        at += 1
    return at
