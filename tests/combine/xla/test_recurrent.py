import threading

import numpy as np
import pytest

jax = pytest.importorskip("jax")
if jax.default_backend() != "cpu":
    pytest.skip("the kernels are for the CPU", allow_module_level=True)

from wordloom.combine.xla import recurrent  # noqa: E402


def weights(dim, units, batch, time):
    rng = np.random.default_rng(3)
    sizes = [(batch, time, dim), (dim, 3 * units), (units, 3 * units), (2, 3 * units)]
    x, *rest = (rng.standard_normal(size).astype(np.float32) * 0.3 for size in sizes)
    return x, rest, np.zeros((batch, units), np.float32)


def test_xla_takes_the_kernels():
    assert recurrent.available()


def test_many_threads_at_once_all_get_the_right_result():
    x, rest, h = weights(7, 20, 60, 9)
    run = jax.jit(lambda x: recurrent.gru(x, *rest, None, h, backwards=False))
    inputs = [x * scale for scale in (0.5, 1, 2, 3)]
    expected = [np.asarray(run(each)) for each in inputs]
    wrong = []

    def repeat(place):
        for _ in range(100):
            if not np.array_equal(np.asarray(run(inputs[place])), expected[place]):
                wrong.append(place)

    threads = [threading.Thread(target=repeat, args=(place,), daemon=True) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong
    assert not any(thread.is_alive() for thread in threads)


def test_vmap_runs_one_after_the_other():
    x, rest, h = weights(4, 3, 2, 5)
    both = jax.numpy.stack([x, 2 * x])
    found = jax.vmap(lambda x: recurrent.gru(x, *rest, None, h, backwards=False))(both)
    for one, given in zip(found, (x, 2 * x), strict=True):
        alone = recurrent.gru(given, *rest, None, h, backwards=False)
        np.testing.assert_allclose(one, alone, atol=1e-6)


def test_parts_are_large_enough_for_products_and_small_enough_for_caches():
    for batch in (1, 11, 12, 64, 1000, 100_000):
        n = recurrent.parts(batch)
        assert n >= 1
        assert -(-batch // n) <= max(recurrent.MOST_ROWS, 2 * recurrent.FEWEST_ROWS)
