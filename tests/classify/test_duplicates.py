import pytest

from wordloom.classify.duplicates import find_duplicates
from wordloom.errors import DataWarning

TRAIN = ["One text", "one  TEXT\n", "two", "two", "Straße"]
TEST = ["ONE text", "three", "three", "strasse"]


def test_counts_within_and_across_splits():
    duplicates = find_duplicates(TRAIN, TEST)
    assert duplicates.to_json() == {
        "n_train": 5,
        "n_test": 4,
        "within_train": 2,
        "within_test": 1,
        "across": 2,
    }
    assert duplicates.shared.tolist() == [True, False, False, True]


def test_the_warning_names_counts_and_consequence():
    with pytest.warns(DataWarning, match="2 of 5 training .* 1 of 4 test .*2 of 4 .*too high"):
        find_duplicates(TRAIN, TEST).warn()


def test_no_duplicates_no_warning():
    duplicates = find_duplicates(["a", "b"], ["c"])
    duplicates.warn()
    assert str(duplicates) == "No text occurs twice."
