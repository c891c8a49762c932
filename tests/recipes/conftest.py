import csv

import numpy as np
import pytest

WORDS = {
    "sport": ["match", "goal", "team", "player", "coach", "league"],
    "tech": ["phone", "screen", "chip", "laptop", "browser", "code"],
    "business": ["profit", "shares", "bank", "market", "sales", "debt"],
}
FILLERS = ["the", "of", "and", "in", "a", "was"]


def text_of(label, generator, length=24):
    words = generator.choice(WORDS[label] + FILLERS, length)
    return f"{' '.join(words).capitalize()}, {generator.integers(100)}!"


@pytest.fixture
def labelled_folder(tmp_path):
    """Writes train.csv and test.csv with so many texts of each label."""

    def write(n_train, n_test, labels=tuple(WORDS)):
        generator = np.random.default_rng(1)
        folder = tmp_path / "labelled"
        folder.mkdir()
        for name, count in (("train", n_train), ("test", n_test)):
            rows = [(label, text_of(label, generator)) for label in labels for _ in range(count)]
            rows = [rows[place] for place in generator.permutation(len(rows))]
            with (folder / f"{name}.csv").open("w", newline="") as file:
                csv.writer(file).writerows([("category", "text"), *rows])
        return folder

    write.words = WORDS
    return write
