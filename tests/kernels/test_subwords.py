import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wordloom.kernels.subwords import find_rows, ngram_buckets

# What fastText 0.9.2 answers: get_subwords, less the number of words.
BY_FASTTEXT = [
    (3, 6, 2_000_000, "cat", [916747, 1988973, 1428137, 289031, 1127995, 351106]),
    (3, 6, 2_000_000, "a", [1087600]),
    (3, 6, 2_000_000, "été", [1908133, 59617, 999949, 187927, 196363, 1291535]),
    (3, 6, 2_000_000, "日本", [758587, 1313759, 196157]),
    (3, 6, 2_000_000, "🙂", [1851421]),
    (1, 3, 1000, "cat", [512, 747, 458, 945, 31, 220, 136, 106, 267, 615]),
    (1, 3, 1000, "日本", [687, 587, 749, 409, 157, 417, 717]),
]
LENGTHS = st.tuples(st.integers(1, 8), st.integers(1, 8)).map(sorted)


def laid(words):
    """Return words as bytes and offsets."""
    offsets = np.cumsum([0, *map(len, words)], dtype=np.int64)
    return np.frombuffer(b"".join(words), np.uint8), offsets


def buckets_of(words, min_n, max_n, n_buckets):
    """Return the buckets of each word as a list."""
    splits, buckets = ngram_buckets(*laid(words), min_n, max_n, n_buckets)
    assert splits[0] == 0
    assert splits[-1] == len(buckets)
    return [part.tolist() for part in np.split(buckets, splits[1:-1])] if words else []


def reference(word, min_n, max_n, n_buckets):
    """Return a word's buckets from the definition: characters first, then their runs."""
    characters = []
    for byte in b"<" + word + b">":
        if byte & 0xC0 == 0x80:
            characters[-1] += bytes([byte])
        else:
            characters.append(bytes([byte]))
    found = []
    for start in range(len(characters)):
        for n in range(min_n, max_n + 1):
            end = start + n
            if end <= len(characters) and not (n == 1 and (start == 0 or end == len(characters))):
                code = 2166136261
                for byte in b"".join(characters[start:end]):
                    code ^= byte if byte < 128 else byte | 0xFFFFFF00
                    code = code * 16777619 % 2**32
                found.append(code % n_buckets)
    return found


@pytest.mark.parametrize(("min_n", "max_n", "n_buckets", "word", "expected"), BY_FASTTEXT)
def test_buckets_are_those_of_fasttext(min_n, max_n, n_buckets, word, expected):
    assert buckets_of([word.encode()], min_n, max_n, n_buckets) == [expected]


def test_buckets_agree_with_the_fasttext_package(tmp_path):
    fasttext = pytest.importorskip("fasttext")
    (tmp_path / "text").write_text("the cat sat on the mat\n" * 9)
    random = np.random.default_rng(5)
    letters = list("abcdefg'-<>éßÅ日本語Łж🙂\u0308\u200d")
    words = ["", *("".join(random.choice(letters, size)) for size in random.integers(1, 15, 2000))]
    for min_n, max_n, n_buckets in [(3, 6, 2_000_000), (1, 4, 1009)]:
        model = fasttext.train_unsupervised(
            str(tmp_path / "text"),
            minCount=1,
            minn=min_n,
            maxn=max_n,
            bucket=n_buckets,
            dim=1,
            epoch=1,
            thread=1,
            verbose=0,
        )
        n_words = len(model.words)
        expected = [model.get_subwords(word)[1] - n_words for word in words]
        found = buckets_of([word.encode() for word in words], min_n, max_n, n_buckets)
        assert found == [ids[ids >= 0].tolist() for ids in expected]  # without the word itself


@given(
    st.lists(st.text(max_size=9).map(str.encode) | st.binary(max_size=9), max_size=5),
    LENGTHS,
    st.sampled_from([1, 2, 7, 2_000_000, 2**31 - 1]),
)
@example([b"\x80\x80a", b"\x80", b""], [1, 8], 2**31 - 1)
def test_buckets_follow_the_definition_for_any_bytes(words, lengths, n_buckets):
    expected = [reference(word, *lengths, n_buckets) for word in words]
    assert buckets_of(words, *lengths, n_buckets) == expected


def test_words_may_lie_anywhere_in_the_bytes():
    data = np.frombuffer(b"thecatsat", np.uint8)
    splits, buckets = ngram_buckets(data, np.array([3, 6]), 3, 6, 2_000_000)
    assert splits.tolist() == [0, 6]
    assert buckets.tolist() == BY_FASTTEXT[0][-1]


@given(st.sets(st.integers(0, 999)), st.lists(st.integers(0, 999)), st.integers(0, 12))
def test_rows_are_the_places_of_the_buckets(used, wanted, shift):
    buckets = np.array(sorted(used), np.int32)
    edges = np.arange((999 >> shift) + 2) << shift
    cells = np.searchsorted(buckets, edges).astype(np.int32)
    rows = np.empty(len(wanted), np.int32)
    find_rows(np.array(wanted, np.int32), buckets, cells, shift, rows)
    places = buckets.tolist()
    assert rows.tolist() == [places.index(b) if b in used else -1 for b in wanted]
