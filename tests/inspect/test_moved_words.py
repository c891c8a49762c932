import numpy as np
import pytest

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError
from wordloom.inspect.moved_words import moved_words
from wordloom.text.vocabulary import Vocabulary

WORDS = [f"word{number}" for number in range(200)]


@pytest.fixture
def embeddings():
    """Two spaces that differ by a rotation, by their order, and by three words."""
    random = np.random.default_rng(3)
    vectors = random.standard_normal((200, 12))
    turn = np.linalg.qr(random.standard_normal((12, 12)))[0]
    changed = vectors.copy()
    changed[5], changed[9], changed[150] = -vectors[5], vectors[20] * 2, -vectors[150]
    order = random.permutation(200)
    counts = np.arange(200, 0, -1)
    before = StaticEmbedding(Vocabulary.from_words(WORDS, counts), vectors)
    after = StaticEmbedding(
        Vocabulary.from_words([WORDS[i] for i in order] + ["new"], [*counts[order], 500]),
        np.concatenate([(changed @ turn)[order], np.ones((1, 12))]),
    )
    return before, after


def test_the_words_that_changed_come_first(embeddings):
    found = moved_words(*embeddings, count=3, neighbors=2)
    assert [moved.word for moved in found[:2]] in (["word5", "word150"], ["word150", "word5"])
    assert found[2].word == "word9"
    assert found[0].similarity == pytest.approx(-1, abs=0.01)
    assert found[2].after[0].word == "word20"
    assert found[2].before[0].word != "word20"
    assert {len(moved.before) for moved in found} == {2}
    assert all(near.word != moved.word for moved in found for near in moved.after)


def test_a_zero_vector_has_not_moved(embeddings):
    before, after = embeddings
    vectors = before.vectors.copy()
    vectors[:50] = 0
    found = moved_words(before.replaced(vectors=vectors), after, count=200)
    assert len(found) == 150
    assert "word5" not in {moved.word for moved in found}


def test_rare_words_can_be_left_out(embeddings):
    words = [moved.word for moved in moved_words(*embeddings, count=200, min_count=100)]
    assert len(words) == 101
    assert "word150" not in words
    assert "word5" in words


def test_wrong_input_is_refused_with_the_rule(embeddings):
    before, after = embeddings
    with pytest.raises(InputError, match="`count` is at least 1"):
        moved_words(before, after, 0)
    with pytest.raises(InputError, match="leave none"):
        moved_words(before, after, min_count=501)
    with pytest.raises(InputError, match="No word that both"):
        # The most frequent word of the one is not that of the other.
        moved_words(before, after, max_rank=1)
    with pytest.raises(InputError, match="without counts"):
        bare = StaticEmbedding(Vocabulary.from_words(WORDS), before.vectors)
        moved_words(bare, after, min_count=2)
