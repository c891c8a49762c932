import numpy as np
import pytest

from wordloom.classify.duplicates import find_duplicates
from wordloom.datasets.labelled import LabelledTexts
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError
from wordloom.markup import as_html
from wordloom.recipes import imdb, imdb_corrected, imdb_page, imdb_published, imdb_reviews
from wordloom.recipes.experiment import spread
from wordloom.recipes.strongest import STRONGEST
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
    table = imdb_published.vector_table(vectors, {"film": 1, "bad": 2})
    assert table.shape == (10_000, 2)
    assert table[:3].tolist() == [[0, 0], [0, 0], [3, 4]]


def test_vectors_of_one_name_are_told_apart():
    toy = StaticEmbedding(Vocabulary.from_words(["good"]), [[1, 2]], name="toy")
    assert imdb_published.distinct_names([toy, toy, toy]) == ["toy", "toy (2)", "toy (3)"]


@pytest.mark.parametrize(
    ("layer", "parameters"),
    [("flatten", 161), ("average", 9), ("GRU", 4032 + 33), ("Conv1D", 1824 + 33)],
)
def test_layers_take_the_place_of_flatten(layer, parameters):
    network = imdb_published.build_network(20, 8, layer=layer)
    assert network.count_params() == 80_000 + parameters


def test_the_experiments_run_through_and_learn(labelled_folder, monkeypatch):
    monkeypatch.setattr(imdb_published, "LAYERS", ("flatten",))
    folder = labelled_folder(110, 20, LABELS)
    words = sorted({word for label in LABELS for word in labelled_folder.words[label]})
    toy = StaticEmbedding(Vocabulary.from_words(words), np.eye(len(words)), name="toy")
    toy.save(folder / "toy")
    experiment = imdb.run(
        [3], source=str(folder), vectors=[folder / "toy"], epochs=4, folder=folder / "written"
    )
    frozen = imdb_published.FROZEN.format("toy")
    assert experiment.models[0] == imdb_published.TWENTY
    assert {imdb_published.LEARNED, frozen} < set(experiment.models)
    assert [fit.seed for fit in experiment.of(imdb_published.TWENTY)] == [3]
    assert experiment.accuracies(frozen).min() > 0.7
    assert experiment.accuracies(f"{imdb_published.TWENTY}: TF-IDF").min() > 0.9
    (covered,) = (count for name, count in experiment.counts.items() if name.endswith("in toy"))
    assert covered == 12
    page = (folder / "written" / "report.html").read_text()
    assert all(figure in page for figure in ("0.76", "0.755", "0.564", "0.54 to 0.57", "0.52"))
    assert page.count("<svg") == 3
    assert all(as_html(quirk) in page for quirk in imdb_page.KEPT)


def test_reviews_are_cut_at_the_end_that_is_named():
    texts = ["A good, good film.", "So bad"]
    assert imdb_corrected.shortened(texts, slice(-2, None)) == ["good film", "so bad"]
    assert imdb_corrected.shortened(texts, slice(2)) == ["a good", "so bad"]
    assert imdb_corrected.shortened(texts, None) == texts


def test_corrected_several_draws_of_labels_stand_beside_all_labels(
    labelled_folder, monkeypatch, tmp_path
):
    few, whole = imdb_corrected.TASKS[4], imdb_corrected.TASKS[2]
    monkeypatch.setattr(imdb_corrected, "TASKS", (few, whole))
    words = sorted({word for label in LABELS for word in labelled_folder.words[label]})
    toy = StaticEmbedding(Vocabulary.from_words(words), np.eye(len(words)), name="toy")
    monkeypatch.setattr(imdb, "train_vectors", lambda *arguments, **options: toy)
    source = str(labelled_folder(150, 20, LABELS))
    written = tmp_path / "written"
    experiment = imdb.run([1, 2], source=source, reading="corrected", folder=written)
    strongest = imdb_corrected.row_name(few, STRONGEST)
    assert [fit.seed for fit in experiment.of(strongest)] == [1, 2]
    assert [fit.seed for fit in experiment.of(imdb_corrected.row_name(whole, STRONGEST))] == [1]
    assert experiment.accuracies(strongest).min() > 0.9
    page = (written / "report.html").read_text()
    assert spread(experiment.accuracies(strongest)) in page
    assert all(as_html(mended) in page for mended in imdb_page.MENDED)


def test_networks_that_stop_in_time_see_the_last_words(labelled_folder):
    toy = StaticEmbedding(Vocabulary.from_words(["good"]), [[1, 2]], name="toy")
    found = dict(imdb_corrected.models(imdb_corrected.TASKS[3], {"toy": toy}, 1, 5))
    network = found["network, flatten, stopped in time"]
    assert (network.max_tokens, network.truncate, network.epochs) == (100, "pre", 5)
    assert network.embeddings is toy
    assert "network, flatten, stopped in time" not in dict(
        imdb_corrected.models(imdb_corrected.TASKS[4], {"toy": toy}, 1, 5)
    )


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
    with pytest.raises(InputError, match="published or corrected"):
        imdb.run(reading="better")
