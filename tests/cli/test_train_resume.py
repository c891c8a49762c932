"""Trainings that were stopped, from the command line."""

import pytest

import wordloom
from wordloom.train import negative_sampling
from wordloom.train.run import Run

FEW = ("--dim", 4, "--epochs", 3, "--threads", 1, "--subsample", 0, "--min-count", 1)


@pytest.fixture
def text(write):
    return write("text.txt", "a dry cough and a high fever\nthe team won the match\n" * 20)


@pytest.fixture
def train(text, tmp_path, monkeypatch):
    """The arguments of a training with five turns in each epoch."""
    monkeypatch.setattr(negative_sampling, "BLOCK_WORDS", 50)
    return ("train", "skipgram", text, "-o", tmp_path / "v", *FEW)


@pytest.fixture
def stopped(run, train, tmp_path):
    """Starts a training and presses Ctrl-C after seven turns."""
    train_turns, calls = Run.train_turns, []

    def stop(self, *arguments):
        calls.append(1)
        if len(calls) > 7:
            raise KeyboardInterrupt
        train_turns(self, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Run, "train_turns", stop)
        answer = run(*train, "--checkpoint-every", 0)
    assert (answer.code, answer.out) == (2, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["text.txt", "v.checkpoint"]
    return answer


def test_a_stopped_training_goes_on_where_it_was(run, train, stopped, tmp_path):
    assert f"is in {tmp_path / 'v.checkpoint'}: go on from there with --resume." in stopped.err
    assert "Interrupted." in stopped.err
    answer = run(*train, "--resume")
    assert answer.code == 0
    assert "note:" not in answer.err
    assert not (tmp_path / "v.checkpoint").exists()
    found = wordloom.load(tmp_path / "v")
    assert run(*train).code == 0
    expected = wordloom.load(tmp_path / "v")
    assert found.vectors.tobytes() == expected.vectors.tobytes()
    assert found.report["losses"] == expected.report["losses"]


def test_a_training_that_is_done_leaves_no_checkpoint(run, train, tmp_path):
    assert run(*train, "--checkpoint-every", 0).code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["text.txt", "v"]


def test_without_the_option_there_is_no_checkpoint(run, train, tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Run, "train_turns", stop)
    assert run(*train).code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["text.txt"]


@pytest.mark.parametrize(
    ("change", "named"),
    [(("--seed", 2), "seed 2"), (("--window", 2), "window 2"), (("--min-count", 30), "text")],
)
def test_a_checkpoint_of_another_training_is_refused(refused, train, stopped, change, named):
    message = refused(*train, "--resume", *change)
    assert "Training goes on with the same text and settings" in message
    assert f"Received: {named}" in message


def test_a_damaged_checkpoint_is_refused(refused, train, stopped, tmp_path):
    place = tmp_path / "v.checkpoint"
    place.write_bytes(place.read_bytes()[:-1])
    assert "v.checkpoint is not a complete" in refused(*train, "--resume")


def test_resuming_where_nothing_was_stopped_says_so_and_trains(run, train):
    answer = run(*train, "--resume")
    assert answer.code == 0
    assert "wordloom: note: There is no checkpoint" in answer.err


@pytest.mark.parametrize("seconds", ["-1", "nan", "often"])
def test_a_duration_that_is_none_is_refused_before_text_is_read(refused, train, seconds):
    message = refused(*train, "--checkpoint-every", seconds)
    assert f"must be a number of seconds from 0. Received: '{seconds}'" in message


def test_an_overflow_keeps_the_last_good_epoch_and_an_earlier_embedding(
    run, train, tmp_path, monkeypatch
):
    def rate(self, epoch, turn):
        return 0.025 if epoch < self.trainer.epochs - 1 else 1e30

    assert run(*train, "--epochs", 2).code == 0
    expected = wordloom.load(tmp_path / "v")
    monkeypatch.setattr(negative_sampling.NegativeSamplingTask, "learning_rate", rate)
    answer = run(*train, "--epochs", 2)
    assert (answer.code, answer.out) == (1, "")
    assert "diverged (NaN, infinity or a huge loss) in epoch 2 of 2" in answer.err
    assert "The vectors after epoch 1 are kept" in answer.err
    kept = wordloom.load(tmp_path / "v")
    assert len(kept.report["losses"]) == 1
    assert kept.vectors.shape == expected.vectors.shape
    # Nothing was good yet: what is there stays.
    before = kept.vectors.copy()
    answer = run(*train, "--epochs", 1)
    assert answer.code == 1
    assert "nothing is kept" in answer.err
    assert wordloom.load(tmp_path / "v").vectors.tobytes() == before.tobytes()
