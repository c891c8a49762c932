import warnings

import numpy as np
import pytest

from wordloom.compare.work import Workshop
from wordloom.compare.worker import answer
from wordloom.datasets.labelled import LabelledTexts
from wordloom.formats.loading import load

TOPICS = {
    "health": ["cough", "fever", "doctor", "virus", "nurse", "clinic"],
    "money": ["bank", "price", "market", "share", "loan", "tax"],
    "sport": ["match", "goal", "team", "player", "coach", "league"],
}
FILLER = ["the", "a", "of", "to", "and", "in"]


@pytest.fixture(scope="session")
def make_labelled():
    """Makes texts of which most words are of the topic, which is their label."""

    def make(n_texts, seed=0, n_clear=2, name="toy"):
        dice = np.random.default_rng(seed)
        every = [word for words in TOPICS.values() for word in words]
        texts, labels = [], []
        for number in range(n_texts):
            label = list(TOPICS)[number % len(TOPICS)]
            words = [*dice.choice(TOPICS[label], n_clear), *dice.choice(every, 1)]
            texts.append(f"{' '.join([*words, *dice.choice(FILLER, 3)])} {number}")
            labels.append(label)
        return LabelledTexts(texts, labels, name)

    return make


@pytest.fixture(scope="session")
def vectors(tmp_path_factory):
    """Two files of word vectors, in which the words of a topic lie near each other."""
    folder = tmp_path_factory.mktemp("vectors")
    dice = np.random.default_rng(1)
    paths = []
    for name, dim in (("one", 4), ("two", 6)):
        lines = []
        for words in TOPICS.values():
            middle = [dice.normal() for _ in range(dim)]
            for word in words:
                numbers = " ".join(f"{value + 0.3 * dice.normal():.3f}" for value in middle)
                lines.append(f"{word} {numbers}\n")
        path = folder / f"{name}.txt"
        path.write_text("".join(lines))
        paths.append(str(path))
    return paths


@pytest.fixture
def static_embedding(vectors):
    return load(vectors[0])


class InProcessPool:
    """Does in this process what workers do, one task after another; rows of `dead` kill theirs."""

    n_workers = 1
    dead = ()

    def __init__(self, setup, command=None):
        self.workshop = Workshop(**setup)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def run(self, tasks):
        for name, make in tasks:
            task = make()
            if task is None:
                continue
            if task.get("candidate", {}).get("id") in self.dead:
                yield name, None, "Its process was killed."
                continue
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = answer(self.workshop, task)
            yield name, found.get("result"), found.get("error")


@pytest.fixture(scope="session")
def in_process_pool():
    return InProcessPool
