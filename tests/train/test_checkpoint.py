"""Interrupted trainings go on as if nothing had happened; damaged checkpoints never do."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import DataWarning, FormatError, InputError
from wordloom.safetensors_file import read_metadata, read_tensors, write_tensors
from wordloom.text.corpus import Corpus
from wordloom.train import checkpoint as checkpoint_module
from wordloom.train import negative_sampling, run
from wordloom.train.cbow import CBOW
from wordloom.train.checkpoint import Checkpoints, Position, digest
from wordloom.train.fasttext import FastText
from wordloom.train.run import Run
from wordloom.train.skipgram import SkipGram

SKIPGRAM = SkipGram(dim=8, epochs=3, subsample=0.05)
FASTTEXT = FastText(dim=8, epochs=3, subsample=0.05, n_buckets=500)
TURNS = 6
POSITION = {"epoch": 1, "turn": 2, "losses": [3.5], "seconds": 0.25}


def made_corpus(seed=0, folder=None):
    random = np.random.default_rng(seed)
    words = [f"{stem}{end}" for stem in ("walk", "talk", "jump") for end in ("", "s", "ed", "ing")]
    texts = [" ".join(random.choice(words, 30)) for _ in range(100)]
    return Corpus.from_texts(texts, folder, min_count=1)


@pytest.fixture(scope="module")
def corpus():
    return made_corpus()


@pytest.fixture(autouse=True)
def short_turns(monkeypatch):
    monkeypatch.setattr(negative_sampling, "BLOCK_WORDS", 3000 // TURNS)


@pytest.fixture
def place(tmp_path):
    return tmp_path / "v.checkpoint"


@contextmanager
def interrupted(after):
    """Press Ctrl-C when `Run` has let the threads take turns so many times."""
    train_turns, calls = Run.train_turns, 0

    def stop(self, *arguments):
        nonlocal calls
        if calls == after:
            raise KeyboardInterrupt
        calls += 1
        train_turns(self, *arguments)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Run, "train_turns", stop)
        yield


@pytest.fixture
def checkpoint(corpus, place):
    """A checkpoint of `SKIPGRAM` after 8 of 18 turns."""
    with interrupted(after=8):
        SKIPGRAM.train(corpus, threads=1, checkpoint=place, checkpoint_seconds=0)
    assert position_in(place) == (1, 2)
    return place


def position_in(place):
    position = json.loads(read_metadata(place)["position"])
    assert len(position["losses"]) == position["epoch"]
    return position["epoch"], position["turn"]


def assert_same(found, expected):
    assert found.vectors.tobytes() == expected.vectors.tobytes()
    assert found.report["losses"] == expected.report["losses"]
    if expected.subwords is not None:
        assert found.subwords.vectors.tobytes() == expected.subwords.vectors.tobytes()


@pytest.mark.parametrize("interruptions", [[0], [TURNS], [3, 9, 1]])
@pytest.mark.parametrize(
    "trainer", [SKIPGRAM, CBOW(dim=8, epochs=3), FASTTEXT, replace(FASTTEXT, model="cbow")]
)
def test_an_interrupted_training_goes_on_bit_for_bit(trainer, interruptions, corpus, place):
    settings = {"threads": 1, "seed": 5, "checkpoint": place, "checkpoint_seconds": 0}
    for number, after in enumerate(interruptions):
        with interrupted(after):
            trainer.train(corpus, resume=number > 0, **settings)
    found = trainer.train(corpus, resume=True, **settings)
    assert_same(found, trainer.train(corpus, threads=1, seed=5))


def test_a_training_that_began_with_an_embedding_goes_on_bit_for_bit(corpus, place):
    init = FASTTEXT.train(made_corpus(7), threads=1)
    with interrupted(after=8):
        FASTTEXT.train(corpus, threads=1, init=init, checkpoint=place, checkpoint_seconds=0)
    found = FASTTEXT.train(corpus, threads=1, init=init, checkpoint=place, resume=True)
    assert_same(found, FASTTEXT.train(corpus, threads=1, init=init))


def test_several_threads_go_on_to_a_close_result(corpus, place):
    settings = {"threads": 2, "checkpoint": place, "checkpoint_seconds": 0}
    with interrupted(after=4):
        SKIPGRAM.train(corpus, **settings)
    found = SKIPGRAM.train(corpus, resume=True, **settings).report["losses"]
    expected = SKIPGRAM.train(corpus, threads=1).report["losses"]
    np.testing.assert_allclose(found, expected, rtol=0.02)


def test_a_checkpoint_that_is_not_due_is_not_written(corpus, place):
    SKIPGRAM.train(corpus, threads=1, checkpoint=place, checkpoint_seconds=1000)
    assert not place.exists()


def test_the_report_of_a_resumed_training_counts_all_seconds(corpus, checkpoint):
    metadata = read_metadata(checkpoint)
    position = Position(**{**json.loads(metadata["position"]), "seconds": 1000.0})
    identity = json.loads(metadata["identity"])
    Checkpoints(checkpoint, 0).write(identity, position, read_tensors(checkpoint))
    report = SKIPGRAM.train(corpus, threads=1, checkpoint=checkpoint, resume=True).report
    assert 1000 < report["seconds"] < 1100
    assert report["words_per_second"] == pytest.approx(9000 / report["seconds"])
    assert report["epochs"] == 3


@pytest.fixture
def pressing_ctrl_c(monkeypatch):
    """Makes the eighth turn of `SKIPGRAM` send a real Ctrl-C and then take its time."""
    prepare, turns = SkipGram.prepare, 0

    def prepare_slowly(self, *arguments):
        text, task = prepare(self, *arguments)
        make_worker = task.make_worker

        def make_slow_worker():
            work = make_worker()

            def work_slowly(epoch, turn):
                nonlocal turns
                turns += 1
                if turns == 8:
                    time.sleep(0.05)  # Let the main thread fall asleep first.
                    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
                    time.sleep(0.1)
                return work(epoch, turn)

            return work_slowly

        task.make_worker = make_slow_worker
        return text, task

    # A process in the background may have been told to ignore it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setattr(SkipGram, "prepare", prepare_slowly)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to whole consoles")
def test_ctrl_c_within_a_turn_writes_a_checkpoint_after_it(corpus, place, pressing_ctrl_c):
    with pytest.raises(KeyboardInterrupt):
        SKIPGRAM.train(corpus, threads=1, checkpoint=place)
    epoch, turn = position_in(place)
    assert epoch == 1
    assert 2 <= turn < TURNS
    found = SKIPGRAM.train(corpus, threads=1, checkpoint=place, resume=True)
    assert_same(found, SKIPGRAM.train(corpus, threads=1))


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to whole consoles")
def test_a_second_ctrl_c_writes_no_half_done_turn(corpus, place, pressing_ctrl_c, monkeypatch):
    def impatient(futures):
        if not all(future.done() for future in futures):
            raise KeyboardInterrupt

    monkeypatch.setattr(run, "wait", impatient)
    with pytest.raises(KeyboardInterrupt):
        SKIPGRAM.train(corpus, threads=1, checkpoint=place)
    assert not place.exists()


LONG = replace(SKIPGRAM, epochs=100)

CHILD = f"""
import os, signal, sys, threading
from pathlib import Path
from wordloom.text.corpus import Corpus
from wordloom.train import checkpoint, negative_sampling, skipgram

negative_sampling.BLOCK_WORDS = {3000 // TURNS}
folder, place, moment, resume = sys.argv[1:]
write_tensors, replace, writes = checkpoint.write_tensors, Path.replace, 0

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def write(*arguments):
    global writes
    writes += 1
    if writes == 20:
        if moment == "writing":
            Path.replace = die
        else:
            threading.Timer(0.02, die).start()
    write_tensors(*arguments)

checkpoint.write_tensors = write
skipgram.{LONG!r}.train(
    Corpus.load(folder), threads=1, checkpoint=place, checkpoint_seconds=0, resume=resume == "yes"
)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")
def test_a_killed_training_goes_on_bit_for_bit(tmp_path, place):
    corpus = made_corpus(folder=tmp_path / "corpus")
    reached = []
    for moment, resume in (("writing", "no"), ("any", "yes")):
        command = [sys.executable, "-c", CHILD, corpus.folder, place, moment, resume]
        child = subprocess.run(command, capture_output=True, timeout=60)
        assert child.returncode == -signal.SIGKILL, child.stderr
        reached.append(position_in(place))
        leftovers = list(tmp_path.glob(".*.partial"))
        assert len(leftovers) == 1 or moment == "any"
    assert reached[0] == (3, 1)  # The twentieth checkpoint did not get into place.
    assert reached[1] >= (6, 2)  # or it died while writing the fortieth
    found = LONG.train(corpus, threads=1, checkpoint=place, resume=True)
    assert_same(found, LONG.train(corpus, threads=1))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus", "v.checkpoint"]


def test_resuming_without_a_checkpoint_warns_and_starts_anew(corpus, place):
    with pytest.warns(DataWarning, match="no checkpoint .* begins at the beginning"):
        found = SKIPGRAM.train(corpus, threads=1, checkpoint=place, resume=True)
    assert_same(found, SKIPGRAM.train(corpus, threads=1))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"resume": True}, "`resume` needs a checkpoint"),
        ({"checkpoint": "v", "checkpoint_seconds": -1}, "`checkpoint_seconds` must be a number"),
        ({"checkpoint": "v", "checkpoint_seconds": float("nan")}, "Received: nan"),
    ],
)
def test_settings_that_make_no_sense_are_refused(corpus, wrong, message):
    with pytest.raises(InputError, match=message):
        SKIPGRAM.train(corpus, threads=1, **wrong)


OTHER_INIT = StaticEmbedding(made_corpus().vocabulary, np.eye(12, 8), name="other")


@pytest.mark.parametrize(
    ("trainer", "changed", "named"),
    [
        (SKIPGRAM, {"text": made_corpus(1)}, "text"),
        (SKIPGRAM, {"seed": 2}, "seed 2, .* has 1"),
        (SKIPGRAM, {"init": OTHER_INIT}, "init"),
        (replace(SKIPGRAM, dim=9), {}, "dim 9, .* has 8"),
        (replace(SKIPGRAM, epochs=5), {}, "epochs 5, .* has 3"),
        (replace(SKIPGRAM, window=4), {}, "window 4, .* has 5"),
        (replace(SKIPGRAM, learning_rate=0.1), {}, r"learning_rate 0\.1, .* has 0\.025"),
        (CBOW(dim=8, epochs=3), {}, "algorithm 'cbow', .* has 'skipgram'"),
    ],
)
def test_a_checkpoint_of_another_training_is_refused(corpus, checkpoint, trainer, changed, named):
    before = checkpoint.read_bytes()
    settings = {"threads": 1, "checkpoint": checkpoint, "resume": True, **changed}
    with pytest.raises(InputError, match=f"Received: {named}") as caught:
        trainer.train(settings.pop("text", corpus), **settings)
    assert not isinstance(caught.value, FormatError)
    assert checkpoint.read_bytes() == before


def test_embeddings_that_differ_only_in_their_ngrams_are_told_apart(corpus, place):
    init = FASTTEXT.train(corpus, threads=1)
    other = init.replaced(subwords=init.subwords.with_vectors(init.subwords.vectors + 1))
    with interrupted(after=2):
        FASTTEXT.train(corpus, threads=1, init=init, checkpoint=place, checkpoint_seconds=0)
    with pytest.raises(InputError, match="Received: init"):
        FASTTEXT.train(corpus, threads=1, init=other, checkpoint=place, resume=True)


def refused(corpus, place):
    """Resume from what must not be resumed from; the file stays as it is."""
    before = place.read_bytes()
    with pytest.raises(FormatError) as caught:
        SKIPGRAM.train(corpus, threads=1, checkpoint=place, resume=True)
    assert place.read_bytes() == before
    assert str(place) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.9, 0.9999])
def test_a_truncated_checkpoint_is_refused(corpus, checkpoint, share):
    content = checkpoint.read_bytes()
    checkpoint.write_bytes(content[: int(share * len(content))])
    assert "not a complete safetensors file" in refused(corpus, checkpoint)


@pytest.mark.parametrize("place_from_end", [1, 300, 700])
def test_a_flipped_byte_in_an_array_is_noticed(corpus, checkpoint, place_from_end):
    content = bytearray(checkpoint.read_bytes())
    content[-place_from_end] ^= 4
    checkpoint.write_bytes(content)
    assert "is damaged: its content is not what was written" in refused(corpus, checkpoint)


def test_flipped_bits_and_cuts_are_noticed_wherever_they_are(place):
    identity = {"algorithm": "x", "seed": 1}
    state = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.arange(3)}
    checkpoints = Checkpoints(place, 0)
    checkpoints.write(identity, Position(**POSITION), state)
    content = place.read_bytes()
    damaged = [content[:length] for length in range(0, len(content), 11)]
    for bit in range(0, 8 * len(content), 23):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        damaged.append(bytes(flipped))
    unnoticed = []
    for number, wrong in enumerate(damaged):
        place.write_bytes(wrong)
        arrays = {name: np.zeros_like(array) for name, array in state.items()}
        try:
            checkpoints.read(identity, arrays)
        except FormatError:
            assert not any(array.any() for array in arrays.values())
        else:
            unnoticed.append(number)
            assert all(np.array_equal(arrays[name], state[name]) for name in state)
    # Blanks in JSON, which say nothing: a space may become another one.
    assert all(damaged[number].split() == content.split() for number in unnoticed)


def forge(place, position):
    """Write a checkpoint whose digest is right and whose position is not."""
    metadata, tensors = read_metadata(place), read_tensors(place)
    metadata["position"] = position if isinstance(position, str) else json.dumps(position)
    write_tensors(place, tensors, {**metadata, "digest": digest(metadata, tensors)})


@pytest.mark.parametrize(
    "position",
    [
        POSITION | {"epoch": 3, "losses": [1, 1, 1]},
        POSITION | {"epoch": 10**30, "losses": []},
        POSITION | {"turn": TURNS + 1},
        POSITION | {"turn": -1},
        POSITION | {"turn": 1.0},
        POSITION | {"turn": True},
        POSITION | {"turn": None},
        POSITION | {"losses": []},
        POSITION | {"losses": "1"},
        POSITION | {"losses": [float("nan")]},
        POSITION | {"losses": [10**400]},
        POSITION | {"seconds": -1},
        POSITION | {"seconds": float("inf")},
        POSITION | {"more": 1},
        {"epoch": 1},
        [],
        "",
        "[" * 100_000,
        '{"epoch": ' + "9" * 5000 + "}",
    ],
)
def test_a_position_that_makes_no_sense_is_refused(corpus, checkpoint, position):
    forge(checkpoint, position)
    assert "is damaged" in refused(corpus, checkpoint)


@pytest.mark.parametrize("change", ["missing", "shape", "type", "more"])
def test_arrays_of_another_training_are_refused(corpus, checkpoint, change):
    metadata, tensors = read_metadata(checkpoint), dict(read_tensors(checkpoint))
    if change == "missing":
        del tensors["input"]
    elif change == "more":
        tensors["extra"] = tensors["input"]
    else:
        array = tensors["input"]
        tensors["input"] = array.T if change == "shape" else array.view(np.int32)
    write_tensors(checkpoint, tensors, {**metadata, "digest": digest(metadata, tensors)})
    assert "its arrays are not those" in refused(corpus, checkpoint)


@pytest.mark.parametrize("metadata", [None, {"format": "wordloom checkpoint 0"}])
def test_another_safetensors_file_is_no_checkpoint(corpus, place, metadata):
    write_tensors(place, {"input": np.zeros(3)}, metadata)
    assert "is not a checkpoint" in refused(corpus, place)


def test_any_other_file_is_no_checkpoint(corpus, place):
    place.write_text("words and words and words")
    refused(corpus, place)


@pytest.mark.parametrize("obstacle", ["no folder", "a folder in its place"])
def test_a_checkpoint_that_cannot_be_written_does_not_stop_training(corpus, tmp_path, obstacle):
    place = tmp_path / "none" / "v.checkpoint"
    if obstacle == "a folder in its place":
        place.mkdir(parents=True)
    with pytest.warns(DataWarning, match=r"No checkpoint was written\. .* cannot be saved to"):
        found = SKIPGRAM.train(corpus, threads=1, checkpoint=place, checkpoint_seconds=0)
    assert_same(found, SKIPGRAM.train(corpus, threads=1))
    assert not place.is_file()
    assert not list(tmp_path.rglob("*.partial"))


def test_the_earlier_checkpoint_survives_a_full_disk(corpus, checkpoint, monkeypatch):
    resource = pytest.importorskip("resource")
    before, write = checkpoint.read_bytes(), checkpoint_module.write_tensors

    def write_to_a_full_disk(*arguments):
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
        try:
            write(*arguments)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    monkeypatch.setattr(checkpoint_module, "write_tensors", write_to_a_full_disk)
    settings = {"threads": 1, "checkpoint": checkpoint, "checkpoint_seconds": 0, "resume": True}
    with pytest.warns(DataWarning, match="No checkpoint was written"):
        found = SKIPGRAM.train(corpus, **settings)
    assert_same(found, SKIPGRAM.train(corpus, threads=1))
    assert checkpoint.read_bytes() == before
    assert list(checkpoint.parent.iterdir()) == [checkpoint]


def test_what_killed_writers_left_is_removed_and_nothing_else(corpus, tmp_path):
    place = tmp_path / "v[1].checkpoint"
    nobody = 2**22 + 1  # No system numbers its processes that high.
    left = [f".{place.name}.{number}.partial" for number in (nobody, os.getpid())]
    for name in [*left, f".other.{nobody}.partial", f".{place.name}.old.partial"]:
        (tmp_path / name).touch()
    (tmp_path / f".{place.name}.{nobody + 1}.partial").mkdir()  # Cannot be: left alone.
    with pytest.warns(DataWarning, match="no checkpoint"):
        SKIPGRAM.train(corpus, threads=1, checkpoint=place, resume=True)
    assert {path.name for path in tmp_path.iterdir()} == {
        left[1],
        f".other.{nobody}.partial",
        f".{place.name}.old.partial",
        f".{place.name}.{nobody + 1}.partial",
    }
