import numpy as np
import pytest

from wordloom.classify.targets import read_targets
from wordloom.errors import InputError


def test_labels_become_places_among_the_sorted_labels():
    targets = read_targets(["b", "c", "a", "b"], 4)
    assert targets.classes.tolist() == ["a", "b", "c"]
    assert targets.codes.tolist() == [1, 2, 0, 1]
    assert targets.counts.tolist() == [1, 2, 1]
    assert not targets.multi_label


@pytest.mark.parametrize("kind", [list, tuple, set, frozenset])
def test_lists_of_labels_become_a_table(kind):
    targets = read_targets([kind(["x", "y"]), kind([]), kind(["y"])], 3)
    assert targets.multi_label
    assert targets.codes.tolist() == [[True, True], [False, False], [False, True]]
    assert targets.counts.tolist() == [1, 2]


def test_numbers_can_be_labels():
    assert read_targets([np.int64(3), 1], 2).classes.tolist() == [1, 3]
    assert read_targets([[3], [1, 3]], 2).classes.tolist() == [1, 3]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["a"], "one label"),
        ([["a"]], "one list of labels"),
        ([["a"], "b"], "has a list of them"),
        ([[], []], "empty lists only"),
        ([["a"], [None]], "all str or all whole numbers"),
        ([["a"], [1]], "all str or all whole numbers"),
        (["a", None], "all str or all whole numbers"),
    ],
)
def test_other_labels_are_refused(labels, message):
    with pytest.raises(InputError, match=message):
        read_targets(labels, 2)
