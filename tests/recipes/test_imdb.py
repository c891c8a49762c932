import numpy as np
import pytest

from wordloom.classify.duplicates import find_duplicates
from wordloom.datasets.labelled import LabelledTexts
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError
from wordloom.recipes import imdb, imdb_reviews
from wordloom.text.vocabulary import Vocabulary

LABELS = ("sport", "tech")


@pytest.fixture
def reviews():
    train = LabelledTexts(["A good, good film.", "A bad film"], ["pos", "neg"], "train")
    test = LabelledTexts(["good unheard-of film"], ["pos"], "test")
    return imdb_reviews.Reviews(train, test, find_duplicates(train.texts, test.texts))


def test_reviews_become_the_numbers_of_keras_data_set(reviews):
    numbers, (train, test) = reviews.in_words(6, as_data_set=True)
    assert numbers == {"a": 4, "good": 5, "film": 6, "bad": 7}
    assert train.inputs.tolist() == [[0, 1, 4, 5, 5, 6], [0, 0, 1, 4, 7, 6]]
    assert test.inputs.tolist() == [[0, 1, 5, 2, 2, 6]]


def test_reviews_become_the_numbers_of_keras_tokenizer(reviews):
    numbers, (train, test) = reviews.in_words(3, as_data_set=False)
    assert numbers == {"a": 1, "good": 2, "film": 3, "bad": 4}
    assert train.inputs.tolist() == [[2, 2, 3], [1, 4, 3]]
    assert test.inputs.tolist() == [[0, 2, 3]]


def test_only_numbers_below_10_000_are_given(monkeypatch, reviews):
    monkeypatch.setattr(imdb_reviews, "N_WORDS", 6)
    assert reviews.in_words(6, as_data_set=True)[0] == {"a": 4, "good": 5}
    assert len(reviews.in_words(6, as_data_set=False)[0]) == 4


def test_words_without_a_vector_have_zeros():
    vectors = StaticEmbedding(Vocabulary.from_words(["good", "bad"]), [[1, 2], [3, 4]])
    table = imdb.vector_table(vectors, {"film": 1, "bad": 2})
    assert table.shape == (10_000, 2)
    assert table[:3].tolist() == [[0, 0], [0, 0], [3, 4]]


def test_vectors_of_one_name_are_told_apart():
    toy = StaticEmbedding(Vocabulary.from_words(["good"]), [[1, 2]], name="toy")
    assert imdb.distinct_names([toy, toy, toy]) == ["toy", "toy (2)", "toy (3)"]


def test_the_experiments_run_through_and_learn(labelled_folder):
    folder = labelled_folder(110, 20, LABELS)
    words = sorted({word for label in LABELS for word in labelled_folder.words[label]})
    toy = StaticEmbedding(Vocabulary.from_words(words), np.eye(len(words)), name="toy")
    toy.save(folder / "toy")
    experiment = imdb.run([3], source=str(folder), vectors=[folder / "toy"], epochs=4)
    frozen = imdb.FROZEN.format("toy")
    assert experiment.models[0] == imdb.TWENTY
    assert {imdb.LEARNED, frozen} < set(experiment.models)
    assert [fit.seed for fit in experiment.of(imdb.TWENTY)] == [3]
    assert experiment.accuracies(frozen).min() > 0.7
    assert experiment.accuracies(f"{imdb.TWENTY}: TF-IDF").min() > 0.9
    (covered,) = (count for name, count in experiment.counts.items() if name.endswith("in toy"))
    assert covered == 12


def test_vectors_are_trained_on_the_training_reviews_when_none_are_given():
    train = LabelledTexts(["A good, good film.", "A bad film"] * 50, ["pos", "neg"] * 50, "train")
    vectors = imdb.train_vectors(train, "a folder", 1, 1, progress=False)
    assert set(vectors.vocabulary) == {"a", "good", "bad", "film"}
    assert vectors.dim == 100


def test_what_cannot_be_done_is_refused(labelled_folder):
    folder = str(labelled_folder(100, 1, LABELS))
    with pytest.raises(InputError, match="more than 200 training reviews"):
        imdb.run(source=folder)
    with pytest.raises(InputError, match="20-words, 200-labels"):
        imdb.run(experiments=["30-words"])
