import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.elmo import reference

from wordloom.elmo.inference import MOST_POSITIONS, MOST_ROWS, LanguageModels, batches, pack
from wordloom.elmo.options import ELMoOptions

SHAPE = {"lstm_dim": 7, "projection_dim": 4, "character_dim": 2, "filters": ((1, 4),)}


def models_of(**changes):
    options = ELMoOptions(**SHAPE | changes)
    weights = reference.random_weights(options, seed=5)
    random = np.random.default_rng(0)
    table = random.normal(0, 1, (9, 4)).astype(np.float32)
    return options, weights, LanguageModels(options, weights), table[:7], table[7:]


def packed(sentences):
    """The words of sentences end to end, and where each starts."""
    ids = np.array([word for sentence in sentences for word in sentence], np.int64)
    return ids, np.cumsum([0, *map(len, sentences)])


def expected_layers(options, weights, sentences, tokens, marks, *, stateful=False):
    """All layers of sentences of word numbers, one after the other."""
    found = [np.empty((options.n_layers + 1, 0, 8))]
    states = [None, None]
    for sentence in sentences:
        if not (len(sentence) or stateful):
            continue
        x = np.concatenate([marks[:1], tokens[sentence], marks[1:]]).astype(np.float64)
        outputs = []
        for direction, order in enumerate((1, -1)):
            layers, last = reference.stack(
                options, weights, direction, x[::order], states[direction]
            )
            outputs.append([layer[::order] for layer in layers])
            if stateful:
                states[direction] = last
        pairs = [(x, x), *zip(*outputs, strict=True)]
        found.append(np.stack([np.concatenate(pair, axis=1) for pair in pairs])[:, 1:-1])
    return np.concatenate(found, axis=1)


@pytest.mark.parametrize("stateful", [False, True])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"skip_connections": False},
        {"n_layers": 1},
        {"n_layers": 3, "cell_clip": 0.0},
        {"n_layers": 3, "projection_clip": 0, "skip_connections": False},
        {"cell_clip": 0.2, "projection_clip": 0.1},
    ],
)
def test_all_layers_are_those_of_the_reference(changes, stateful):
    options, weights, models, tokens, marks = models_of(**changes)
    sentences = [[0, 3, 3, 6], [], [2], [5, 4, 3, 2, 1, 0, 1], [1, 2]]
    ids, splits = packed(sentences)
    run = models.layers_in_turn if stateful else models.layers
    found = run(tokens, marks, ids, splits)
    expected = expected_layers(options, weights, sentences, tokens, marks, stateful=stateful)
    np.testing.assert_allclose(found, expected, atol=1e-5, rtol=1e-4)
    assert (run(tokens, marks, ids, splits) == found).all()


@settings(max_examples=25)
@given(st.lists(st.lists(st.integers(0, 6), max_size=9), max_size=6), st.randoms())
def test_what_else_is_in_a_batch_changes_nothing(sentences, random):
    _, _, models, tokens, marks = models_of()
    order = list(range(len(sentences)))
    random.shuffle(order)

    def run(chosen):
        return models.layers(tokens, marks, *packed(chosen))

    together = run([sentences[number] for number in order])
    alone = [run([sentences[number]]) for number in order]
    np.testing.assert_allclose(
        together, np.concatenate([np.empty((3, 0, 8), np.float32), *alone], axis=1), atol=1e-6
    )


def test_more_sentences_than_a_batch_holds():
    options, weights, models, tokens, marks = models_of()
    random = np.random.default_rng(2)
    sentences = [random.integers(0, 7, length).tolist() for length in random.integers(0, 5, 500)]
    found = models.layers(tokens, marks, *packed(sentences))
    expected = expected_layers(options, weights, sentences, tokens, marks)
    np.testing.assert_allclose(found, expected, atol=1e-5, rtol=1e-4)


@given(st.lists(st.integers(1, 20_000), min_size=1, max_size=600))
def test_batches_hold_each_sentence_once_and_have_a_bound(lengths):
    lengths = np.sort(np.array(lengths))[::-1]
    found = batches(lengths)
    assert [place for each in found for place in range(each.start, each.stop)] == list(
        range(len(lengths))
    )
    for each in found:
        n = each.stop - each.start
        assert n == 1 or (n <= MOST_ROWS and n * (lengths[each.start] + 2) <= MOST_POSITIONS)


@pytest.mark.parametrize("last_step", [False, True])
@pytest.mark.parametrize("direction", [0, 1])
def test_packed_sentences_unpack(direction, last_step):
    firsts, lengths = np.array([5, 0, 9]), np.array([4, 4, 1])
    packed = pack(firsts, lengths, direction, last_step=last_step)
    read = [[] for _ in firsts]
    for start, end in zip(packed.starts[:-1], packed.starts[1:], strict=True):
        for sentence, token in enumerate(packed.tokens[start:end].tolist()):
            read[sentence].append(token)
    for first, length, tokens in zip(firsts, lengths, read, strict=True):
        whole = [-2, *range(first, first + length), -1][:: -1 if direction else 1]
        assert tokens == (whole if last_step else whole[:-1])
