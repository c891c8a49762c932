import pytest

import wordloom
from wordloom.elmo.loading import is_elmo, load
from wordloom.elmo.published import write_published
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import FormatError, InputError
from wordloom.text.tokenizer import Tokenizer


def test_all_kinds_of_embeddings_are_opened(elmo, tmp_path):
    pytest.importorskip("h5py")
    own = elmo.save(tmp_path / "own")
    published = write_published(elmo, tmp_path / "published")
    static = elmo.static().save(tmp_path / "static")
    expected = elmo.embed(["The bank."])
    for place in (own, published, published / "weights.hdf5", str(own)):
        assert is_elmo(place)
        assert (wordloom.load(place).embed(["The bank."]) == expected).all()
    assert not is_elmo(static)
    assert isinstance(load(static, limit=2), StaticEmbedding)
    assert len(load(static, limit=2)) == 2


def test_a_tokenizer_may_be_given(elmo, tmp_path):
    own = elmo.save(tmp_path / "own")
    assert load(own, tokenizer=Tokenizer("spaces")).embed_tokens(["a. b."]).tokens == ["a.", "b."]
    assert load(own, tokenizer=None, progress=True).tokenizer == elmo.tokenizer


def test_options_of_word_vectors_are_refused_for_elmo(elmo, tmp_path):
    with pytest.raises(InputError, match="`limit` is for word vectors"):
        load(elmo.save(tmp_path / "own"), limit=3)


def test_weights_without_options_are_explained(elmo, tmp_path):
    pytest.importorskip("h5py")
    folder = write_published(elmo, tmp_path / "net")
    (folder / "options.json").unlink()
    with pytest.raises(FormatError, match="need its options beside them"):
        load(folder / "weights.hdf5")


@pytest.mark.parametrize("name", ["none", "a\0b", "x" * 5000])
def test_what_is_not_there_is_no_elmo(name):
    assert not is_elmo(name)
