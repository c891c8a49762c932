import numpy as np
import pytest

from wordloom.cooccurrence import stripes
from wordloom.cooccurrence.cooccurrences import Cooccurrences
from wordloom.errors import InputError, MissingExtraError, TrainingError
from wordloom.text.corpus import Corpus
from wordloom.train import swivel_jax
from wordloom.train.start import Start
from wordloom.train.swivel import Swivel
from wordloom.train.swivel_jax import SwivelJaxTask, find_gpu

jax = pytest.importorskip("jax")

SETTINGS = {"dim": 10, "epochs": 3, "window": 5}


class Killed(BaseException):
    """The end of a process that has no time to write a last checkpoint."""


@pytest.fixture(scope="module")
def counts():
    """Counts of 60 words in 7 stripes: the shorter ones have room that is not used."""
    random = np.random.default_rng(0)
    texts = [" ".join(f"w{word}" for word in random.zipf(1.3, 40) % 60) for _ in range(60)]
    corpus = Corpus.from_texts(texts, min_count=1)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(stripes, "LEAST_STRIPES", 7)
        counts = Cooccurrences.count(corpus, window=5, threads=1)
    assert (len(counts.vocabulary), counts.n_stripes) == (60, 7)
    return counts


@pytest.fixture(autouse=True)
def stand_in_for_a_gpu(monkeypatch):
    """JAX's own way of computing on the CPU, which differs only in where it runs."""
    device = jax.devices("cpu")[0]
    monkeypatch.setattr(swivel_jax, "find_gpu", lambda *, required: device)
    monkeypatch.setattr(swivel_jax, "BATCH", 4)


@pytest.fixture(scope="module")
def on_device(counts):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(swivel_jax, "find_gpu", lambda *, required: jax.devices("cpu")[0])
        return Swivel(device="gpu", **SETTINGS).train(counts, threads=2)


@pytest.mark.parametrize("variant", ["paper", "2017", "adaptive"])
def test_the_device_computes_what_the_cpus_kernel_does(counts, variant):
    settings = {**SETTINGS, "variant": variant}
    mine = Swivel(device="gpu", **settings).train(counts)
    other = Swivel(device="cpu", **settings).train(counts, threads=1)
    np.testing.assert_allclose(mine.report["losses"], other.report["losses"], rtol=1e-4)
    np.testing.assert_allclose(mine.vectors, other.vectors, rtol=2e-3, atol=2e-3)


def test_one_round_leaves_the_state_that_the_cpus_kernel_leaves(counts):
    trainer = Swivel(device="cpu", **SETTINGS)
    theirs = trainer.prepare(counts, Start(None, 10), 1, 1, False)[1]
    mine = SwivelJaxTask(
        trainer.prepare(counts, Start(None, 10), 1, 1, False)[1], jax.devices("cpu")[0]
    )
    mine.begin_epoch(0)
    theirs.begin_epoch(0)
    outcome = mine.make_worker()(0, 0)
    work = theirs.make_worker()
    outcomes = [work(0, turn) for turn in range(theirs.together)]
    assert outcome.loss == pytest.approx(sum(each.loss for each in outcomes), rel=1e-5)
    assert outcome.terms == sum(each.terms for each in outcomes)
    untouched = mine.state["rows"].copy()
    mine.sync_state()
    assert not np.array_equal(mine.state["rows"], untouched)
    for name, array in theirs.state.items():
        np.testing.assert_allclose(mine.state[name], array, rtol=1e-4, atol=1e-4, err_msg=name)


def test_a_stopped_training_goes_on_bit_for_bit(counts, on_device, tmp_path, monkeypatch):
    place = tmp_path / "checkpoint"
    trainer = Swivel(device="gpu", **SETTINGS)
    make_worker = SwivelJaxTask.make_worker

    def make_mortal_worker(task):
        work = make_worker(task)

        def mortal(epoch, number):
            if (epoch, number) == (1, 3):
                raise Killed
            return work(epoch, number)

        return mortal

    with monkeypatch.context() as patched:
        patched.setattr(SwivelJaxTask, "make_worker", make_mortal_worker)
        with pytest.raises(Killed):
            trainer.train(counts, checkpoint=place, checkpoint_seconds=0)
    resumed = trainer.train(counts, checkpoint=place, resume=True)
    np.testing.assert_array_equal(resumed.vectors, on_device.vectors)
    assert resumed.report["losses"] == on_device.report["losses"]


def test_overflow_stops_training(counts):
    with pytest.raises(TrainingError, match=r"epoch 1 of 3.*learning_rate=1e\+30"):
        Swivel(device="gpu", learning_rate=1e30, **SETTINGS).train(counts)


def no_gpu(kind):
    raise RuntimeError(f"Unknown backend {kind}")


def test_a_gpu_that_is_not_there_is_asked_for_in_vain(monkeypatch):
    monkeypatch.setattr(jax, "devices", no_gpu)
    with pytest.raises(InputError, match=r"finds none.*device='cpu'"):
        find_gpu(required=True)
    monkeypatch.setattr(swivel_jax, "may_have_gpu", lambda: True)
    assert find_gpu(required=False) is None


def test_a_gpu_needs_jax(monkeypatch):
    monkeypatch.setattr(swivel_jax, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"wordloom\[cuda\]"):
        find_gpu(required=True)
    assert find_gpu(required=False) is None


@pytest.mark.parametrize(("plugin", "driver"), [(True, True), (True, False), (False, True)])
def test_jax_is_asked_for_a_gpu_where_its_plugin_and_a_driver_are(
    plugin, driver, tmp_path, monkeypatch
):
    file = tmp_path / "driver"
    if driver:
        file.touch()
    monkeypatch.setattr(swivel_jax, "DEVICE_FILES", (str(file),))
    monkeypatch.setattr(
        swivel_jax, "PLUGINS", ("jax" if plugin else "jax_that_nobody_has", "jax_nor_that")
    )
    assert swivel_jax.may_have_gpu() == (plugin and driver)
    asked = []
    monkeypatch.setattr(jax, "devices", lambda kind: asked.append(kind) or ["a GPU"])
    assert find_gpu(required=False) == ("a GPU" if plugin and driver else None)
    assert asked == ["gpu"] * (plugin and driver)
