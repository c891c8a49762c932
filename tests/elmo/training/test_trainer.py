"""Training from end to end, on a made-up language in which each word says what comes next."""

import _thread
import threading
from dataclasses import replace

import numpy as np
import pytest

from wordloom.elmo.ngrams import ngram_perplexity
from wordloom.elmo.options import ELMoOptions
from wordloom.elmo.training.run import Run
from wordloom.elmo.training.trainer import ELMo
from wordloom.errors import InputError, TrainingError
from wordloom.text.corpus import Corpus
from wordloom.text.tokenizer import Tokenizer

OPTIONS = ELMoOptions(
    12, 8, 1, character_dim=4, filters=((1, 4), (2, 8)), n_highway=1, max_characters=8
)
TRAINER = ELMo(options=OPTIONS, epochs=2, batch_size=8, steps=5, negatives=8, min_count=1)


def made_texts(n, seed=0):
    """Sentences in which w7 is followed by w14, w28 and so on, most of the time."""
    random = np.random.default_rng(seed)
    texts = []
    for _ in range(n):
        words = [int(random.integers(40))]
        while len(words) < 6:
            words.append(words[-1] * 2 % 41 if random.random() < 0.9 else int(random.integers(40)))
        texts.append(" ".join(f"w{word}" for word in words) + " .")
    return texts


@pytest.fixture(scope="module")
def corpus():
    return Corpus.from_texts(made_texts(400), tokenizer=Tokenizer("marks"), min_count=1)


@pytest.fixture(scope="module")
def trained(corpus):
    return TRAINER.train(corpus, name="made")


def bits(embedding):
    arrays = {**embedding.weights, **embedding.softmax}
    return {name: np.asarray(array).tobytes() for name, array in arrays.items()}


def test_held_out_perplexity_falls_and_the_report_tells(corpus, trained):
    report = trained.report
    first, last = (each["average"] for each in report["perplexities"])
    unigram = 42
    assert last < first < unigram
    assert report["losses"][1] < report["losses"][0]
    assert report["algorithm"] == "elmo"
    assert report["unit"] == "tokens"
    assert report["units_per_second"] > 0
    assert report["held_out_tokens"] == report["held_out_tokens"] // 8 * 8 > 0
    assert trained.name == "made"


def test_the_softmax_is_that_of_the_vocabulary_behind_the_marks(corpus, trained):
    assert trained.softmax["W"].shape == (3 + len(trained.vocabulary), 8)
    assert trained.softmax["b"].shape == (3 + len(trained.vocabulary),)
    assert trained.embed(["w1 w2 ."]).shape == (1, 16)


@pytest.mark.parametrize("stop", [3, 60])
def test_a_training_that_was_interrupted_ends_with_the_same_bits(
    corpus, trained, tmp_path, monkeypatch, stop
):
    take, steps = Run.note, 0

    def note(self, turn, losses, advance):
        nonlocal steps
        take(self, turn, losses, advance)
        steps += 1
        if steps == stop:
            _thread.interrupt_main()

    place = tmp_path / "x.checkpoint"
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Run, "note", note)
        TRAINER.train(corpus, checkpoint=place)
    assert place.exists()
    again = TRAINER.train(corpus, checkpoint=place, resume=True)
    assert bits(again) == bits(trained)
    assert again.report["losses"] == trained.report["losses"]
    assert again.report["perplexities"] == trained.report["perplexities"]
    assert threading.active_count() < 20


def test_checkpoints_come_when_they_are_due_and_belong_to_their_settings(corpus, trained, tmp_path):
    place = tmp_path / "x.checkpoint"
    often = TRAINER.train(corpus, checkpoint=place, checkpoint_seconds=0)
    assert bits(often) == bits(trained)
    with pytest.raises(InputError, match="seed 2"):
        TRAINER.train(corpus, checkpoint=place, resume=True, seed=2)


def test_training_goes_on_from_an_embedding_and_new_words_join(trained):
    other = Corpus.from_texts(
        [*made_texts(60, seed=3), *["w1 brandnew ."] * 9],
        tokenizer=Tokenizer("marks"),
        min_count=1,
    )
    further = replace(TRAINER, epochs=1, options=None).train(other, init=trained)
    assert further.options == OPTIONS
    assert "brandnew" in further.vocabulary
    assert set(trained.vocabulary.words) < set(further.vocabulary.words)
    # One epoch over a sixth of the text does more than the first one over all of it.
    average = further.report["perplexities"][0]["average"]
    assert average < trained.report["perplexities"][0]["average"]
    assert further.report["init"] == {"name": "made"}


def test_overflow_is_an_error_with_the_last_good_state(corpus, monkeypatch):
    note = Run.note

    def spoiled(self, turn, losses, advance):
        note(self, turn, losses if self.epoch == 0 else losses * np.nan, advance)

    monkeypatch.setattr(Run, "note", spoiled)
    with pytest.raises(
        TrainingError, match=r"epoch 2 of 2, at step 1 of .*learning_rate"
    ) as caught:
        TRAINER.train(corpus)
    assert len(caught.value.embedding.report["losses"]) == 1


@pytest.mark.parametrize(
    "texts",
    [
        ["again again again"],
        ["", "one word", "", "é́ 👩‍👩‍👧 " + "long" * 40, ""],
    ],
)
def test_odd_texts_are_trained_on(texts):
    found = Corpus.from_texts(texts, tokenizer=Tokenizer("marks"), min_count=1)
    embedding = replace(TRAINER, epochs=1).train(found)
    assert np.isfinite(embedding.report["losses"]).all()
    assert np.isfinite(embedding.embed(texts)).all()


@pytest.mark.parametrize(
    "settings", [{"size": "huge"}, {"epochs": 0}, {"dropout": 1.0}, {"learning_rate": 0}]
)
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(InputError, match=next(iter(settings))):
        ELMo(**settings)


def test_a_bigram_model_judges_the_same_predictions(corpus):
    run = Run(TRAINER, corpus, 1, "x", None)
    pairs = [run.text.pairs(part) for part in (run.text.trained, run.text.held_out)]
    assert len(pairs[1][0]) == run.text.held_out.n_predictions
    found = ngram_perplexity(*pairs, len(run.text.targets))
    assert 2 < found.bigram < found.unigram < 42
