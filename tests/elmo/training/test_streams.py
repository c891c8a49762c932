from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.elmo.training.batches import Lanes
from wordloom.elmo.training.streams import (
    BEGIN,
    END,
    FIRST_WORD,
    Sentences,
    Stream,
    draw_held_out,
)

texts = st.lists(st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=6), max_size=4))


def made(documents):
    """Sentences of documents, each a list of lists of word ids."""
    tokens = np.array([word for text in documents for line in text for word in line], np.int32)
    lengths = [len(line) for text in documents for line in text]
    sizes = [sum(len(line) for line in text) for text in documents]
    splits = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return Sentences.of(tokens, splits, np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))


def expected(lines):
    """Inputs and targets of both directions, by plain loops."""
    forward, backward = [], []
    for line in lines:
        whole = [BEGIN, *(word + FIRST_WORD for word in line), END]
        forward += pairwise(whole)
        whole.reverse()
        backward += pairwise(whole)
    return forward, backward


@given(texts, st.randoms(use_true_random=False))
def test_both_models_read_each_sentence_between_its_marks(documents, random):
    sentences = made(documents)
    filled = [text for text in documents if text]
    order = list(range(len(filled)))
    random.shuffle(order)
    stream = Stream(sentences.chosen(np.array(order, np.int64)))
    forward, backward = expected([line for number in order for line in filled[number]])
    assert len(stream) == len(forward) == sentences.n_predictions
    reading = stream.read(np.arange(len(stream)))
    for direction, pairs in enumerate((forward, backward)):
        read = zip(reading.inputs[direction], reading.targets[direction], strict=True)
        assert [tuple(map(int, pair)) for pair in read] == pairs


@given(texts, st.floats(0, 0.5), st.integers(1, 40), st.integers(0, 5))
def test_what_is_held_out_is_never_trained_on_and_nothing_is_lost(documents, share, most, seed):
    sentences = made(documents)
    trained, held_out = draw_held_out(sentences, share, most, seed)
    starts = np.concatenate([trained.starts, held_out.starts])
    assert sorted(starts.tolist()) == sentences.starts.tolist()
    assert len(trained.starts) > 0 or len(sentences.starts) == 0
    if share == 0:
        assert len(held_out.starts) == 0
    both = trained.counts(10) + held_out.counts(10)
    assert both.tolist() == sentences.counts(10).tolist()


def test_many_documents_are_held_out_whole():
    sentences = made([[[number], [number]] for number in range(200)])
    trained, held_out = draw_held_out(sentences, 0.1, 1000, seed=1)
    assert held_out.n_predictions == 80
    assert not set(trained.tokens[trained.starts]) & set(held_out.tokens[held_out.starts])


@pytest.mark.parametrize("size", [1, 7, 199, 2000, 12345])
def test_lanes_read_nearly_all_once(size):
    lanes = Lanes.for_training(size, 16, 5)
    read = np.concatenate([lanes.positions(turn).ravel() for turn in range(lanes.turns)])
    assert len(np.unique(read)) == len(read) > 0.7 * size
    assert read.max() < size


@pytest.mark.parametrize("size", [1, 7, 199, 2000])
def test_lanes_for_judging_cover_all(size):
    lanes = Lanes.for_judging(size, 16, 5)
    ends = np.minimum((np.arange(lanes.lanes) + 1) * lanes.length, size)
    read = np.concatenate(
        [
            positions[positions < ends]
            for positions in map(lanes.positions, range(-(-lanes.length // lanes.steps)))
        ]
    )
    assert sorted(read.tolist()) == list(range(size))
