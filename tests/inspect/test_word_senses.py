import numpy as np
import pytest

from wordloom.embedding.protocol import TokenVectors
from wordloom.errors import InputError
from wordloom.inspect import word_senses as module
from wordloom.inspect.word_senses import word_senses

pytest.importorskip("sklearn")


class Toy:
    """Each token is what stands behind it: by a river or with money."""

    n_layers = 3

    def __init__(self):
        self.read = []

    def embed_tokens(self, texts, *, layer=None):
        assert layer in (0, 2)
        self.read += texts
        tokens = [text.split() for text in texts]
        vectors = [
            [float("river" in text), float("money" in text), 0.1 * place + 0.1]
            for text, own in zip(texts, tokens, strict=True)
            for place in range(len(own))
        ]
        splits = np.cumsum([0, *map(len, tokens)])
        array = np.array(vectors, np.float32).reshape(-1, 3)
        return TokenVectors(array, splits, [token for own in tokens for token in own])


TEXTS = [
    "a bank of a river",
    "no such word",
    "Bank money",
    "the bank with money",
    "money bank BANK",
]


@pytest.mark.parametrize("block", [1, 1 << 16])
def test_occurrences_are_sorted_into_senses(monkeypatch, block):
    monkeypatch.setattr(module, "BLOCK_CHARACTERS", block)
    toy = Toy()
    money, river = word_senses(toy, "bank", iter(TEXTS), n_examples=2)
    assert (money.count, river.count) == (4, 1)
    assert "no such word" not in toy.read
    (near,) = river.examples
    assert (near.before, near.word, near.after, near.text) == ("a ", "bank", " of a river", 0)
    assert near.similarity == pytest.approx(1)
    assert len(money.examples) == 2
    assert money.examples[0].similarity >= money.examples[1].similarity
    assert {near.text for near in money.examples} <= {2, 3, 4}


def test_a_bound_on_occurrences_and_on_senses():
    (sense,) = word_senses(Toy(), "bank", TEXTS, 5, max_occurrences=1, layer=0)
    assert sense.count == 1
    assert len(word_senses(Toy(), "bank", TEXTS[:1] * 9, 3)) == 1


@pytest.mark.parametrize(
    ("word", "options", "message"),
    [
        ("cloud", {}, "occurs in the texts"),
        ("ban", {}, "as one token"),
        ("bank", {"n_senses": 0}, "`n_senses`"),
        ("bank", {"n_examples": 0}, "`n_examples`"),
        ("bank", {"max_occurrences": 0}, "`max_occurrences`"),
    ],
)
def test_bad_input_is_refused(word, options, message):
    with pytest.raises(InputError, match=message):
        word_senses(Toy(), word, TEXTS, **options)
