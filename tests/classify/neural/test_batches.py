from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wordloom.classify.neural.batches import Batches, bucket_lengths, truncated

texts_of = st.lists(st.lists(st.integers(1, 9), max_size=30), min_size=1, max_size=40)


def flat(texts):
    ids = np.array([token for text in texts for token in text], np.int32)
    return ids, np.cumsum([0, *map(len, texts)])


@given(texts_of, st.integers(1, 12), st.sampled_from(["pre", "post"]))
def test_long_texts_are_cut_at_the_chosen_end(texts, most, truncate):
    ids, splits = truncated(*flat(texts), most, truncate)
    for text, start, end in zip(texts, splits, splits[1:], strict=False):
        kept = text[-most:] if truncate == "pre" else text[:most]
        assert ids[start:end].tolist() == kept


@given(st.lists(st.integers(0, 80), min_size=1, max_size=60))
def test_buckets_hold_every_text_with_little_padding(lengths):
    lengths = np.array(lengths)
    chosen = bucket_lengths(lengths)
    assert list(chosen) == sorted(set(chosen)) and len(chosen) <= 5
    assert chosen[-1] >= lengths.max() and all(length % 8 == 0 for length in chosen)

    def padded(choice):
        return np.array(choice)[np.searchsorted(choice, lengths)].sum()

    sizes = sorted({max(-(-length // 8), 1) * 8 for length in lengths.tolist()})
    # No other choice of as many lengths needs fewer tokens.
    others = (
        [*some, sizes[-1]] for some in combinations(sizes[:-1], min(len(chosen), len(sizes)) - 1)
    )
    assert padded(chosen) == min(map(padded, others))


@given(texts_of, st.integers(1, 7), st.sampled_from(["pre", "post"]), st.integers(0, 5))
def test_each_text_is_once_in_the_batches_of_an_epoch(texts, size, pad, seed):
    ids, splits = flat(texts)
    batches = Batches(ids, splits, bucket_lengths(np.diff(splits)), size, pad)
    everything = np.arange(len(texts))
    for order in (
        batches.in_order(),
        batches.shuffled(everything, np.random.default_rng(seed)),
    ):
        assert sorted(np.concatenate([batch.texts for batch in order]).tolist()) == list(everything)
        for batch in order:
            rows = batches.ids(batch)
            assert rows.shape == (size, batch.length)
            for row, text in zip(rows.tolist(), batch.texts.tolist(), strict=False):
                words, padding = texts[text], [0] * (batch.length - len(texts[text]))
                assert row == (padding + words if pad == "pre" else words + padding)
            assert not rows[len(batch.texts) :].any()


def test_all_but_one_of_the_shuffled_batches_are_full():
    texts = [[1] * length for length in (3, 4, 20, 5, 30, 60, 2)]
    batches = Batches(*flat(texts), (8, 32, 64), size=2)
    order = batches.shuffled(np.arange(7), np.random.default_rng(0))
    assert sorted(len(batch.texts) for batch in order) == [1, 2, 2, 2]


def test_an_order_follows_from_the_seed():
    texts = [[1] * (number % 30 + 1) for number in range(50)]
    batches = Batches(*flat(texts), (16, 32), size=4)

    def drawn(seed):
        order = batches.shuffled(np.arange(50), np.random.default_rng(seed))
        return [batch.texts.tolist() for batch in order]

    assert drawn(1) == drawn(1) != drawn(2)
