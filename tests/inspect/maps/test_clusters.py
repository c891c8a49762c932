import numpy as np

from wordloom.inspect.maps.clusters import find_clusters


def units(rows):
    rows = np.asarray(rows, np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_clusters_are_found_largest_first_and_named_by_their_own_central_words():
    random = np.random.default_rng(0)
    topics = np.repeat([2, 0, 1], [10, 60, 30])
    random.shuffle(topics)
    found = find_clusters(units(np.eye(3)[topics] + random.normal(0, 0.1, (100, 3))), 3)
    np.testing.assert_array_equal(found.of_words, topics)
    for cluster, names in enumerate(found.names):
        assert len(names) == 3
        assert (found.of_words[names] == cluster).all()


def test_names_are_frequent_words():
    random = np.random.default_rng(0)
    rows = units(np.array([1.0, 0, 0]) + random.normal(0, 0.2, (1000, 3)))
    (names,) = find_clusters(rows, 1).names
    assert max(names) < 30


def test_there_are_no_more_clusters_than_different_words():
    found = find_clusters(units([[1, 0], [1, 0], [0, 1]]), 8)
    assert found.of_words.tolist() == [0, 0, 1]
    assert [len(names) for names in found.names] == [1, 1]


def test_none_asked_for_is_none():
    found = find_clusters(units(np.eye(3)), 0)
    assert found.of_words.tolist() == [0, 0, 0]
    assert found.names == []
