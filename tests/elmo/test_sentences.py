from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.elmo.sentences import CLOSES, ENDS, QUOTE, sentence_splits
from wordloom.text.vocabulary import Vocabulary

WORDS = ["The", "cat", "Purrs", "9", "，", "猫", *ENDS[:3], "。", *CLOSES[:2], QUOTE]


def split(texts, cased=True):
    """The sentences of texts of tokens, as lists of tokens."""
    tokens = [token for text in texts for token in text]
    words = Vocabulary.from_words(list(dict.fromkeys(tokens)))
    ids = words.ids(tokens).astype(np.int64)
    splits = np.cumsum([0, *map(len, texts)])
    bounds = sentence_splits(words, ids, splits, cased=cased).tolist()
    assert bounds[0] == 0
    assert bounds[-1] == len(tokens)
    return [tokens[start:end] for start, end in pairwise(bounds)]


def plain(texts, cased):
    """The rule token by token."""
    sentences = []
    for text in texts:
        sentence, ended = [], False
        for place, token in enumerate(text):
            closes = token in CLOSES or (token == QUOTE and text[:place].count(QUOTE) % 2 == 1)
            continues = token in ENDS or (ended and closes)
            if ended and not continues:
                if not (cased and token[:1].islower()):
                    sentences.append(sentence)
                    sentence = []
                ended = False
            sentence.append(token)
            ended = ended or token in ENDS
        if sentence:
            sentences.append(sentence)
    return sentences


@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=12), max_size=5), st.booleans())
def test_sentences_are_those_of_the_plain_rule(texts, cased):
    assert split(texts, cased) == plain(texts, cased)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("It rained . We left .", ["It rained .", "We left ."]),
        ('" Why ? " I said .', ['" Why ? "', "I said ."]),
        ('See 3 . " Yes ! " I said .', ["See 3 .", '" Yes ! "', "I said ."]),
        ("e.g . this one", ["e.g . this one"]),
        ("Stop ! ! ! Go", ["Stop ! ! !", "Go"]),
        ("我 来 。 你 走 ！", ["我 来 。", "你 走 ！"]),
        ("no stop at all", ["no stop at all"]),
        (". . .", [". . ."]),
    ],
)
def test_where_sentences_end(text, sentences):
    assert [" ".join(each) for each in split([text.split()])] == sentences


def test_texts_without_a_token_have_no_sentence():
    assert split([[], [], []]) == []
    assert split([[], ["a"], []]) == [["a"]]
