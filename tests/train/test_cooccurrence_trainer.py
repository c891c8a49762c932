from dataclasses import dataclass

import numpy as np
import pytest

from wordloom.cooccurrence.cooccurrences import Cooccurrences
from wordloom.cooccurrence.stripes import Stripes
from wordloom.errors import InputError
from wordloom.text.corpus import Corpus
from wordloom.train.cooccurrence_trainer import (
    CooccurrenceTask,
    CooccurrenceTrainer,
)


@dataclass(frozen=True)
class Counting(CooccurrenceTrainer):
    def prepare(self, text, start, seed, threads, progress):
        raise NotImplementedError


class Blocks(CooccurrenceTask):
    def make_worker(self):
        raise NotImplementedError


@pytest.fixture(scope="module")
def corpus():
    return Corpus.from_texts(["one two three four five six seven eight nine ten"], min_count=1)


@pytest.fixture(scope="module")
def counts(corpus):
    return Cooccurrences.count(corpus, window=3, threads=1)


@pytest.fixture
def task(counts):
    rows = np.arange(20, dtype=np.float32).reshape(10, 2)
    return Blocks(Counting(dim=1), counts, rows, 100 * rows, seed=5)


def test_counts_are_taken_as_they_are(counts):
    assert Counting(window=3).counted(counts, 1, progress=False) is counts


@pytest.mark.parametrize("symmetric", [True, False])
def test_a_corpus_is_counted_with_the_trainers_settings(corpus, symmetric):
    found = Counting(window=2, symmetric=symmetric).counted(corpus, 1, progress=False)
    expected = Cooccurrences.count(corpus, window=2, symmetric=symmetric, threads=1)
    assert (found.window, found.symmetric) == (2, symmetric)
    np.testing.assert_array_equal(found.counts, expected.counts)


@pytest.mark.parametrize("settings", [{"window": 4}, {"window": 3, "symmetric": False}])
def test_counts_of_another_window_or_symmetry_are_refused(counts, settings):
    with pytest.raises(InputError, match="counts with window=3, symmetric=True"):
        Counting(**settings).counted(counts, 1, progress=False)


@pytest.mark.parametrize(
    "settings", [{"window": 0}, {"window": 2.5}, {"symmetric": 1}, {"learning_rate": 0}]
)
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(InputError, match=next(iter(settings))):
        Counting(**settings)


def test_each_epoch_visits_each_block_once_in_rounds_that_share_no_stripe(task):
    assert (task.turns, task.together) == (64, 8)
    for epoch in range(3):
        task.begin_epoch(epoch)
        np.testing.assert_array_equal(np.sort(task.blocks), np.arange(64))
        for turns in np.split(task.blocks, 8):
            assert len(set(turns // 8)) == len(set(turns % 8)) == 8


def test_order_and_seeds_follow_from_seed_and_epoch_alone(task, counts):
    task.begin_epoch(4)
    blocks, seeds = task.blocks, task.seeds
    task.begin_epoch(5)
    assert not np.array_equal(task.blocks, blocks)
    assert not np.intersect1d(task.seeds, seeds).size
    again = Blocks(Counting(dim=1), counts, task.rows, task.columns, seed=5)
    again.begin_epoch(4)
    np.testing.assert_array_equal(again.blocks, blocks)
    np.testing.assert_array_equal(again.seeds, seeds)


def test_vectors_are_sums_in_the_order_of_the_vocabulary(task, counts):
    order = Stripes(10, 8).words
    np.testing.assert_array_equal(task.vectors()[order, 0], 101 * task.rows[:, 0])
    np.testing.assert_array_equal(counts.stripes.places[order], np.arange(10))


def test_a_stripe_lies_between_its_bounds(task):
    order = Stripes(10, 8).words
    for stripe in range(8):
        assert set(order[task.bounds[stripe] : task.bounds[stripe + 1]] % 8) == {stripe}
