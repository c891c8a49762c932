import numpy as np
import pytest

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError
from wordloom.inspect.maps.word_map import make_map, save_map
from wordloom.text.vocabulary import Vocabulary

WORDS = ["rare", "often", "some", "most"]
COUNTS = [1, 50, 9, 100]


@pytest.fixture
def embedding():
    vectors = [[1, 0, 0], [0.9, 0.1, 0], [0, 1, 0], [0, 0.9, 0.2]]
    return StaticEmbedding(Vocabulary.from_words(WORDS, COUNTS), vectors, name="four")


def test_the_most_frequent_words_come_first_with_all_that_belongs_to_them(embedding):
    found = make_map(embedding, count=3, clusters=2)
    assert found.words == ["most", "often", "some"]
    assert found.counts.tolist() == [100, 50, 9]
    assert [found.words[row] for row in found.neighbors[:, 0]] == ["some", "some", "most"]
    assert found.similarities[0, 0] == pytest.approx(0.976, abs=1e-3)
    assert found.clusters[0] == found.clusters[2] != found.clusters[1]
    assert {word for name in found.cluster_words for word in name} <= set(found.words)
    assert found.positions.shape == (3, 2)
    assert (found.method, found.name) == ("pca", "four")


def test_chosen_words_are_taken_once_and_by_frequency(embedding):
    found = make_map(embedding, ["rare", "often", "rare"], highlight=["some", "often"], clusters=0)
    assert found.words == ["often", "some", "rare"]
    assert found.highlighted == [1, 0]
    assert found.cluster_words == []


def test_highlighted_words_are_on_the_map_however_rare(embedding):
    found = make_map(embedding, count=1, highlight=["rare"])
    assert found.words == ["most", "rare"]
    assert found.highlighted == [1]


def test_words_without_counts_keep_their_order():
    embedding = StaticEmbedding(Vocabulary.from_words(WORDS), np.eye(4))
    assert make_map(embedding).words == WORDS


def test_a_title_may_hold_what_utf_8_cannot(embedding, tmp_path):
    page = save_map(tmp_path / "map.html", make_map(embedding), title="four \udcff")
    assert "<title>four ?</title>" in page.read_text("utf-8")


def test_an_embedding_without_words_has_no_map():
    nothing = StaticEmbedding(Vocabulary.from_words([]), np.empty((0, 3)), name="nothing")
    with pytest.raises(InputError, match="'nothing', which has none"):
        make_map(nothing)


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        ({"words": ["ofte"]}, "Did you mean: often"),
        ({"highlight": ["ofte"]}, "Did you mean: often"),
        ({"words": []}, "from 1 to 200,000 words"),
        ({"words": "often"}, r"Write \[word\]"),
        ({"count": 0}, "from 1 to 200,000 words"),
        ({"clusters": 25}, "from 0 to 24 clusters"),
        ({"method": "lda"}, "one of pca, tsne, umap"),
    ],
)
def test_wrong_arguments_are_refused_with_the_rule(embedding, arguments, rule):
    with pytest.raises(InputError, match=rule):
        make_map(embedding, **arguments)


def test_the_ending_says_what_is_saved_and_failure_leaves_nothing(embedding, tmp_path):
    found = make_map(embedding)
    page = found.save(tmp_path / "four.HTML", title="Four words")
    assert page.read_text("utf-8").startswith("<!doctype html>")
    with pytest.raises(InputError, match=r"\.html, \.png or \.svg"):
        save_map(tmp_path / "four.pdf", found)
    with pytest.raises(InputError, match="cannot be saved"):
        save_map(tmp_path / "absent" / "four.html", found)
    assert [file.name for file in tmp_path.iterdir()] == ["four.HTML"]
