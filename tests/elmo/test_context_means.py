import numpy as np
import pytest

from wordloom.elmo import context_means
from wordloom.errors import DataWarning, InputError
from wordloom.text.tokenizer import Tokenizer

WORDS = ["the", "bank", "river", "Wet", ".", "!", "rare"]


@pytest.fixture
def texts():
    random = np.random.default_rng(4)
    chosen = [random.choice(WORDS[:6], length) for length in random.integers(0, 14, 60)]
    return [" ".join(text) for text in chosen] + ["rare bank"]


def plain(elmo, texts, most, layer=None):
    """The rule token by token: counts, documents, and the means of the first occurrences."""
    found = elmo.embed_tokens(texts, layer=layer)
    rows, documents = {}, {}
    for number in range(len(texts)):
        for token, vector in zip(found[number].tokens, found[number].vectors, strict=True):
            rows.setdefault(token, []).append(vector)
            documents.setdefault(token, set()).add(number)
    return {
        word: (len(each), len(documents[word]), np.mean(each[:most], axis=0))
        for word, each in rows.items()
    }


@pytest.mark.parametrize("sentences", [True, False])
@pytest.mark.parametrize("most", [1, 7, 1000])
@pytest.mark.parametrize("layer", [None, 2])
def test_vectors_are_the_means_of_the_first_occurrences(
    elmo, texts, monkeypatch, sentences, most, layer
):
    elmo = elmo.replaced(sentences=sentences)
    expected = plain(elmo, texts, most, layer)
    monkeypatch.setattr(context_means, "BLOCK_CHARACTERS", 200)
    monkeypatch.setattr(context_means, "LAYER_BYTES", 30 * 4 * 3 * 10)
    table = elmo.static_from(iter(texts), min_count=1, max_occurrences=most, layer=layer)
    assert set(table.vocabulary.words) == set(expected)
    assert table.vocabulary.n_documents == len(texts)
    for row, word in enumerate(table.vocabulary.words):
        count, documents, mean = expected[word]
        assert table.vocabulary.counts[row] == count
        assert table.vocabulary.document_counts[row] == documents
        np.testing.assert_allclose(table.vectors[row], mean, atol=2e-6)
    assert (np.diff(table.vocabulary.counts) <= 0).all()


def test_words_may_be_chosen(elmo, texts):
    expected = plain(elmo, texts, 100)
    with pytest.warns(DataWarning, match="1 of 3 words do not occur"):
        table = elmo.static_from(texts, ["rare", "cloud", "bank"])
    assert table.vocabulary.words == ["bank", "rare"]
    np.testing.assert_allclose(table["rare"], expected["rare"][2], atol=2e-6)
    assert elmo.static_from(texts).vocabulary.ids(["rare"]) == [-1]


def test_only_sentences_that_are_needed_are_read(elmo, texts, monkeypatch):
    read = []
    plain_layers = type(elmo).word_layers

    def counted(self, words, ids, splits, **options):
        read.append(len(ids))
        return plain_layers(self, words, ids, splits, **options)

    monkeypatch.setattr(type(elmo), "word_layers", counted)
    elmo.static_from(texts, ["rare"])
    assert read == [2]


def test_tokens_without_a_character_are_no_words(elmo):
    tfhub = elmo.replaced(tokenizer=Tokenizer("tfhub"))
    table = tfhub.static_from(["a  b", "", "\ud800 b"], min_count=1)
    assert sorted(table.vocabulary.words) == ["a", "b", "\ufffd" * 3]


@pytest.mark.parametrize(
    ("texts", "options", "message"),
    [
        ([], {}, "At least one word"),
        (["a a"], {}, "5 times or more"),
        (["a"], {"words": ["b"]}, "At least one word"),
        (["a"], {"words": ["b", "b"]}, "must differ"),
        ("a text", {}, "A list of texts"),
        (["a", 5], {}, "must be a str"),
        (["a"], {"min_count": 0}, "`min_count`"),
        (["a"], {"max_occurrences": 0}, "`max_occurrences`"),
        (["a"], {"layer": 3}, "numbered from 0 to 2"),
    ],
)
def test_bad_input_is_refused(elmo, texts, options, message):
    with pytest.raises(InputError, match=message):
        elmo.static_from(texts, **options)
