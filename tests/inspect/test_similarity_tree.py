import numpy as np

from wordloom.inspect.similarity_tree import similarity_tree, tree_lines, tree_order


def test_similar_items_come_to_stand_side_by_side():
    random = np.random.default_rng(0)
    topics = random.permutation(np.repeat([0, 1, 2], 5))
    vectors = np.eye(3)[topics] + random.normal(0, 0.1, (15, 3))
    order = tree_order(similarity_tree(vectors @ vectors.T))
    assert sorted(order) == list(range(15))
    assert np.count_nonzero(np.diff(topics[order])) == 2


def test_the_leaves_take_the_order_in_which_neighbours_are_most_similar():
    places = np.array([3.0, 0.0, 1.0, 2.0])
    order = tree_order(similarity_tree(-np.abs(places[:, None] - places)))
    assert places[order].tolist() in ([0, 1, 2, 3], [3, 2, 1, 0])


def test_equal_items_make_a_flat_tree():
    lines = tree_lines(similarity_tree(np.ones((4, 4))))
    assert lines.shape == (3, 4, 2)
    assert not lines[:, :, 0].any()
