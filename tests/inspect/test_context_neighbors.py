import numpy as np
import pytest

from wordloom.elmo.embedding import ELMoEmbedding
from wordloom.elmo.network_at_random import random_weights
from wordloom.elmo.options import ELMoOptions
from wordloom.errors import InputError
from wordloom.inspect import context_neighbors as module
from wordloom.inspect.context_neighbors import context_neighbors, parted
from wordloom.text.tokenizer import Tokenizer

WORDS = ["the", "bank", "Bank", "river", "wet", "money", "account", ".", "?", "9"]
OPTIONS = ELMoOptions(
    lstm_dim=12, projection_dim=5, character_dim=3, filters=((1, 4), (2, 6)), n_highway=1
)


@pytest.fixture
def elmo():
    return ELMoEmbedding(OPTIONS, random_weights(OPTIONS, seed=3))


@pytest.fixture
def texts():
    random = np.random.default_rng(4)
    texts = [" ".join(random.choice(WORDS, n)) for n in random.integers(0, 12, 70)]
    return [*texts, *texts[:10]]


def plain(elmo, word, context, texts, layer, which):
    """Cosine, token and text of all neighbours, each surrounding of words once."""
    own = elmo.embed_tokens([context], layer=layer)
    place = [token.lower() for token in own.tokens].index(word)
    query = own.vectors[place]
    found = elmo.embed_tokens(texts, layer=layer)
    rows = []
    for number in range(len(texts)):
        tokens = found[number].tokens
        for at, vector in enumerate(found[number].vectors):
            same = tokens[at].lower() == word
            if tokens[at].isalnum() and (which == "any" or same == (which == "same")):
                cosine = query @ vector / np.linalg.norm(query) / np.linalg.norm(vector)
                around = tuple(tokens[max(0, at - 8) : at + 9])
                rows.append((float(cosine), tokens[at], number, around))
    rows.sort(key=lambda row: -row[0])
    seen = {tuple(own.tokens[max(0, place - 8) : place + 9])}
    kept = []
    for cosine, token, number, around in rows:
        if around not in seen:
            seen.add(around)
            kept.append((cosine, token, number))
    return kept


@pytest.mark.parametrize("which", ["any", "same", "other"])
@pytest.mark.parametrize("block", [1, 150, 1 << 16])
@pytest.mark.parametrize("layer", [None, 1])
def test_neighbors_are_those_of_all_tokens(elmo, texts, monkeypatch, which, block, layer):
    monkeypatch.setattr(module, "BLOCK_CHARACTERS", block)
    contexts = ["the bank of the river", "A Bank account ?"]
    rows = context_neighbors(elmo, "bank", contexts, iter(texts), 6, layer=layer, which=which)
    for context, row in zip(contexts, rows, strict=True):
        expected = plain(elmo, "bank", context, texts, 2 if layer is None else layer, which)[:6]
        assert [(near.word, near.text) for near in row] == [each[1:] for each in expected]
        np.testing.assert_allclose(
            [near.similarity for near in row], [each[0] for each in expected], atol=1e-5
        )
        for near in row:
            shown = f"{near.before}{near.word}{near.after}"
            assert shown == texts[near.text]


def test_what_a_context_itself_says_is_no_neighbor(elmo):
    texts = ["The bank is wet.", "The bank is  wet.", "A bank is dry."]
    ((first, *others),) = context_neighbors(elmo, "bank", texts[:1], texts, which="same")
    assert (first.text, others) == (2, [])


def test_reading_ends_behind_so_many_tokens(elmo):
    texts = ["bank one", "bank two", "bank three"]
    (row,) = context_neighbors(elmo, "bank", ["a bank"], texts, which="same", max_tokens=3)
    assert {near.text for near in row} == {0, 1}

    def endless():
        while True:
            yield "the bank is open"

    (row,) = context_neighbors(elmo, "bank", ["a bank"], endless(), max_tokens=100)
    assert row


@pytest.mark.parametrize("which", ["any", "same", "other"])
@pytest.mark.parametrize("texts", [[], [""], ["", "?"]])
def test_texts_without_tokens_have_no_neighbors(elmo, texts, which):
    assert context_neighbors(elmo, "bank", ["a bank"], texts, which=which) == [[]]


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("bank", ["the river"], ["a"]), {}, "which is read as: the river"),
        (("bank", [""], ["a"]), {}, "which is read as: nothing"),
        (("two words", ["two words"], ["a"]), {}, "as one token"),
        (("bank", [], ["a"]), {}, "Give a sentence"),
        (("bank", "a bank", ["a"]), {}, "A list of texts"),
        (("bank", ["bank"], "a text"), {}, "A list of texts"),
        (("bank", ["bank"], ["a", 5]), {}, "must be a str"),
        (("bank", ["bank"], ["a"]), {"layer": 3}, "numbered from 0 to 2"),
        (("bank", ["bank"], ["a"]), {"which": "all"}, "any, same, other"),
        (("bank", ["bank"], ["a"], 0), {}, "At least 1 neighbour"),
    ],
)
def test_bad_input_is_refused(elmo, arguments, options, message):
    with pytest.raises(InputError, match=message):
        context_neighbors(elmo, *arguments, **options)


def test_case_matters_where_both_are_there(elmo):
    found = [
        context_neighbors(elmo, word, ["Bank bank ."], ["bank here"], 1)[0][0].similarity
        for word in ("Bank", "bank", "BANK")
    ]
    assert found[0] != found[1]
    assert found[0] == found[2]


@pytest.mark.parametrize(
    ("preset", "text", "place", "expected"),
    [
        ("words", "By\n the  BANK, now", 2, ("By the ", ", now")),
        ("words", "İ said the bank", 3, ("i said the ", "")),
        ("marks", "the the the", 1, ("the ", " the")),
        ("tfhub", "co-op bank-note", 1, ("coop ", "")),
        ("characters", "猫と犬", 1, ("猫", "犬")),
    ],
)
def test_a_text_is_parted_at_its_token(preset, text, place, expected):
    tokens = Tokenizer(preset).tokenize(text)
    assert parted(text, tokens, place) == expected


def test_only_so_much_is_shown():
    before, after = parted("a " * 500 + "bank" + " b" * 500, ["a"] * 500 + ["bank"], 500)
    assert (len(before), len(after)) == (200, 200)
