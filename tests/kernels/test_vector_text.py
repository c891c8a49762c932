from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wordloom.kernels.vector_text import NUMBER_BYTES, format_rows, parse_rows

DIGITS = st.text("0123456789", max_size=25)
EXPONENTS = st.just("") | st.builds("e{}".format, st.integers(-60, 40))
DECIMALS = st.builds("{}{}.{}{}".format, st.sampled_from(["", "-", "+"]), DIGITS, DIGITS, EXPONENTS)
FLOAT32 = st.floats(width=32, allow_nan=False, allow_infinity=False)
NUMBERS = DECIMALS | FLOAT32.map(repr) | st.floats(-1e30, 1e30).map(repr) | st.integers().map(str)


def parsed(text, dim, has_words=True):
    """Return the words, the vectors and where the kernel stopped."""
    data = np.frombuffer(text, np.uint8)
    room = text.count(b"\n")
    vectors = np.zeros((room, dim), np.float32)
    words, offsets = np.zeros(len(data), np.uint8), np.zeros(room + 1, np.int64)
    n_rows, position = parse_rows(data, 0, has_words, 0, vectors, words, offsets)
    bounds = offsets[: n_rows + 1].tolist()
    found = [words[a:b].tobytes() for a, b in pairwise(bounds)]
    return found, vectors[:n_rows], position


def written(vectors, separator=" "):
    """Return the lines that the kernel writes, with one word for all."""
    words = np.frombuffer(b"a" * len(vectors), np.uint8)
    out = np.zeros((NUMBER_BYTES * (vectors.shape[1] + 1) + 1) * len(vectors), np.uint8)
    offsets = np.arange(len(vectors) + 1)
    return out[: format_rows(vectors, words, offsets, ord(separator), out)].tobytes()


@given(NUMBERS)
def test_a_number_is_the_float32_that_python_makes_of_it_or_is_left(number):
    words, vectors, position = parsed(f"a {number}\n".encode(), 1)
    try:
        with np.errstate(over="ignore"):
            expected = np.float64(float(number)).astype(np.float32)
    except ValueError:
        expected = None
    if words:
        assert expected is not None
        assert vectors[0, 0] == expected
    else:
        assert position == 0


def test_ordinary_numbers_are_not_left():
    numbers = "1 -1 +1. .5 0.418 -1.671300083398818970e-02 1E5 1e+05 0 -0.0 0.00012345678901234567"
    _, vectors, _ = parsed(f"a {numbers}\n".encode(), 11)
    assert vectors.tolist() == [np.float32(numbers.split()).tolist()]


def test_numbers_between_two_float32_are_left():
    # 16777217 lies in the middle between 16777216 and 16777218.
    assert parsed(b"a 16777217\n", 1)[0] == []


def test_what_is_no_number_is_left():
    for number in [
        "",
        "-",
        ".",
        "1e",
        "e5",
        "1_0",
        "0x1",
        "1,5",
        "nan",
        "1e5e",
        "--1",
        "1\r2",
        "\xb2",
    ]:
        words, _, position = parsed(f"a 1\nb {number}\n".encode("latin-1"), 1)
        assert (words, position) == ([b"a"], 4), number


def test_lines_may_end_and_be_separated_in_every_usual_way():
    words, vectors, _ = parsed(b"a 1 2\nb\t3\t4\r\nc  5   6 \nd 7 8\t \r\n 9 10\n", 2)
    assert words == [b"a", b"b", b"c", b"d", b""]
    assert vectors.ravel().tolist() == list(range(1, 11))


def test_words_may_hold_spaces_and_end_in_a_whole_number():
    words, vectors, _ = parsed(b"new york 0.5\r\nwindows 10 0.25\n . . 1.0 \n", 1)
    assert words == [b"new york", b"windows 10", b". ."]
    assert vectors.ravel().tolist() == [0.5, 0.25, 1.0]


def test_a_line_with_more_or_fewer_numbers_is_left():
    for line in [b"b 0.1\n", b"b 0.1 0.2 0.3\n", b"b 1 2 3\n", b"\n", b"b\n", b"  \n"]:
        words, _, position = parsed(b"a 0.1 0.2\n" + line, 2)
        assert (words, position) == ([b"a"], 10), line


def test_lines_of_numbers_alone_have_no_words():
    words, vectors, _ = parsed(b"1\t2\n3\t4\n", 2, has_words=False)
    assert words == [b"", b""]
    assert vectors.tolist() == [[1, 2], [3, 4]]
    assert parsed(b"a 1 2\n", 2, has_words=False)[0] == []
    assert parsed(b"1 2 3\n", 2, has_words=False)[0] == []


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=50))
def test_every_float32_reads_back_bit_by_bit(bits):
    vectors = np.array([bits], np.uint32).view(np.float32)
    vectors[~np.isfinite(vectors)] = -0.0
    fields = written(vectors).decode().split()[1:]
    read = np.array([float(field) for field in fields]).astype(np.float32)
    assert read.tobytes() == vectors.tobytes()
    assert parsed(written(vectors), len(bits))[1].tobytes() == vectors.tobytes()


def test_numbers_are_as_short_as_they_can_be():
    numbers = [0.1, -2.5, 100, 1e-5, 9.5e-6, 123456789, 1e9, 1.5e-45, 3.4028235e38, 0.30000001]
    expected = b"a 0.1 -2.5 100 0.00001 9.5e-06 123456790 1e+09 1e-45 3.4028235e+38 0.3\n"
    assert written(np.float32([numbers])) == expected
    generator = np.random.default_rng(1)
    vectors = generator.integers(0, 0x7F800000, (1, 3000), np.uint32).view(np.float32)
    longer = 0
    for field, number in zip(written(vectors).split()[1:], vectors[0], strict=True):
        digits = field.split(b"e")[0].replace(b".", b"").strip(b"0")
        least = np.format_float_scientific(number, unique=True).split("e")[0].replace(".", "")
        longer += len(digits) - len(least.rstrip("0"))
    # A shorter number in the very middle between two float32 is not taken.
    assert 0 <= longer <= 10


def test_a_line_without_a_word_begins_with_its_first_number_between_tabs():
    out = np.zeros(200, np.uint8)
    vectors = np.float32([[1, 2]])
    length = format_rows(vectors, np.zeros(0, np.uint8), np.zeros(2, np.int64), ord("\t"), out)
    assert out[:length].tobytes() == b"1\t2\n"
