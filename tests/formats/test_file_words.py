from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wordloom.formats.file_words import first_occurrences, recoded, suitable_tokenizer
from wordloom.text.vocabulary import Vocabulary


def laid(words):
    data = np.frombuffer(b"".join(words), np.uint8)
    return data, np.cumsum([0, *map(len, words)], dtype=np.int64)


@given(st.lists(st.sampled_from([b"", b"a", b"b", b"ab", b"\xff"]), max_size=12))
def test_first_occurrences_are_those_of_a_dictionary(words):
    firsts = first_occurrences(*laid(words))
    expected = [words.index(word) for word in dict.fromkeys(words)]
    if len(expected) == len(words):
        assert firsts is None
    else:
        assert firsts.tolist() == expected


@given(st.lists(st.binary(max_size=5) | st.text(max_size=3).map(str.encode), max_size=8))
def test_recoded_words_are_utf8_each_for_itself(words):
    data, offsets, n_odd = recoded(*laid(words), "utf-8")
    found = [data[a:b].tobytes().decode() for a, b in pairwise(offsets)]
    assert found == [word.decode("utf-8", "backslashreplace") for word in words]

    def is_odd(word):
        try:
            word.decode()
        except UnicodeDecodeError:
            return True
        return False

    assert n_odd == sum(map(is_odd, words))


def test_the_tokenizer_keeps_capitals_where_words_have_them():
    for words, texts in [(["the", "of"], ["rome"]), (["the", "Of"], ["Rome"])]:
        tokenizer = suitable_tokenizer(Vocabulary.from_words(words))
        assert tokenizer.tokenize("Rome") == texts
