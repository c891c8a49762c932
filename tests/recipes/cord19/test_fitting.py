import numpy as np
import pytest

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError
from wordloom.recipes.cord19.citations import LABELS, Citations, Point
from wordloom.recipes.cord19.fitting import as_read, fit_corrected, fit_published, segment
from wordloom.text.tokenizer import Tokenizer
from wordloom.text.vocabulary import Vocabulary

from .conftest import FILLERS, WORDS


@pytest.fixture
def embedding():
    words = [word for group in WORDS.values() for word in group] + FILLERS
    vectors = np.random.default_rng(3).normal(size=(len(words), 16))
    return StaticEmbedding(Vocabulary.from_words(words), vectors, tokenizer=Tokenizer("strip"))


def test_a_segment_sees_the_first_rows_of_the_file_alone():
    rows = segment(7320, np.random.default_rng(1))
    assert rows.shape == (200, 10)
    assert rows.max() < 1024 + 2000
    # A row can only be drawn when the buffer has come so far, and once.
    assert (rows.ravel() < 1024 + np.arange(2000)).all()
    assert len(np.unique(rows)) == 2000
    assert (rows != segment(7320, np.random.default_rng(2))).any()
    assert segment(50, np.random.default_rng(1)).max() == 49


def test_published_precision_counts_every_label_but_the_first():
    probabilities = np.eye(3)[[0, 0, 1, 2, 1]] * 0.7 + 0.1
    targets = np.array([0, 1, 1, 1, 0])
    point = Point.of(10, probabilities, targets, macro=False)
    assert (point.precision, point.recall, point.accuracy) == (0.6667, 0.6667, 0.4)
    macro = Point.of(10, probabilities, targets, macro=True)
    assert macro.precision == pytest.approx((1 / 2 + 1 / 2 + 0) / 3, abs=1e-4)
    assert macro.recall == pytest.approx((1 / 2 + 1 / 3 + 0) / 3, abs=1e-4)


@pytest.mark.parametrize("trainable", [False, True])
def test_the_published_layer_is_judged_by_step_on_the_test_texts(embedding, scicite, trainable):
    citations = Citations.open(str(scicite))
    read = as_read(embedding, "published")
    before = read.vectors.copy()
    fit, classifier = fit_published(read, citations, trainable=trainable, seed=1, steps=600)
    assert [point.step for point in fit.points] == [200, 400, 600]
    assert fit.points[-1].accuracy == round(fit.metrics.accuracy, 4) > 0.8
    assert fit.points[-1].loss < fit.points[0].loss
    assert [entry.label for entry in fit.metrics.labels] == list(LABELS)
    assert classifier.predict(["Measured, calculated using software"]) == ["method"]
    np.testing.assert_array_equal(read.vectors, before)
    again, _ = fit_published(read, citations, trainable=trainable, seed=1, steps=600)
    assert again.points == fit.points


@pytest.mark.parametrize("trainable", [False, True])
def test_the_corrected_layer_is_that_of_the_best_epoch_on_dev(embedding, scicite, trainable):
    citations = Citations.open(str(scicite))
    read = as_read(embedding, "corrected")
    fit, _ = fit_corrected(read, citations, trainable=trainable, seed=1, epochs=10)
    # 90 texts in batches of 32 are 3 steps an epoch.
    assert [point.step for point in fit.points] == list(range(3, 31, 3))
    until, _ = fit_corrected(read, citations, trainable=trainable, seed=1, epochs=fit.chosen // 3)
    assert until.metrics == fit.metrics


def test_labels_of_another_task_are_refused(tmp_path):
    for split in ("train", "dev", "test"):
        (tmp_path / f"{split}.csv").write_text("label,text\nmethod,a text\nsport,another\n")
    with pytest.raises(InputError, match="'sport'"):
        Citations.open(str(tmp_path))
