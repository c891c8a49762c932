import warnings

import numpy as np
import pytest

from wordloom.classify.classifier import TextClassifier
from wordloom.classify.linear import hybrid
from wordloom.classify.linear.choice import choose
from wordloom.classify.linear.hybrid import DOCUMENTS, HYBRID_FEATURES, VECTORS
from wordloom.errors import DataWarning, FormatError, InputError
from wordloom.safetensors_file import read_tensors, write_tensors

PAIR, ALL = ("sport", "money"), ("sport", "money", "health")


@pytest.fixture(autouse=True)
def few_epochs(monkeypatch):
    """As many epochs for document vectors as toys of texts can bear."""
    monkeypatch.setattr(hybrid, "MOST_EPOCHS", 10)


def bits(classifier):
    return {name: array.tobytes() for name, array in classifier.model_.tensors().items()}


@pytest.mark.parametrize("topics", [PAIR, ALL])
@pytest.mark.parametrize("features", HYBRID_FEATURES)
@pytest.mark.parametrize("given", [True, False])
def test_learns_and_comes_back_with_the_same_bits(
    static_embedding, make_texts, tmp_path, topics, features, given
):
    classifier = TextClassifier(static_embedding if given else None, features=features)
    classifier.fit(*make_texts(60, 0, topics))
    texts, labels = make_texts(40, 1, topics)
    assert classifier.score(texts, labels) == 1
    again = TextClassifier.load(classifier.save(tmp_path / "c"))
    assert np.array_equal(again.decision_function(texts), classifier.decision_function(texts))
    assert np.array_equal(again.predict_proba(texts), classifier.predict_proba(texts))
    assert again.C_ == classifier.C_
    assert again.self_trained_ is False
    assert again.model_.choice.blocks == classifier.model_.choice.blocks


def test_vectors_are_chosen_where_words_are_new(embedding):
    random = np.random.default_rng(0)
    texts, labels = [], []
    for place in range(60):
        topic = sorted(embedding.vectors)[place % 24]
        # Each word of a topic comes up rarely; the embedding knows all of them.
        texts.append(f"{topic} {' '.join(random.choice(['the', 'a', 'of', 'to'], 3))}")
        labels.append(int(embedding.vectors[topic].argmax()))
    classifier = TextClassifier(embedding).fit(texts[:40], labels[:40])
    assert classifier.model_.choice.blocks == (VECTORS,)
    assert classifier.score(texts[40:], labels[40:]) == 1


def test_only_ngrams_count_with_the_features_nb(embedding, make_texts):
    classifier = TextClassifier(embedding, features="nb").fit(*make_texts(60, 0))
    assert classifier.model_.choice.blocks == ()
    assert classifier.model_.model.dense_weights.shape == (0, 3)


@pytest.mark.parametrize("given", [True, False])
def test_fitting_again_gives_the_same_bits(embedding, make_texts, monkeypatch, given):
    monkeypatch.setattr("wordloom.classify.document_vectors.processor_count", lambda: 1)
    first, second = (
        TextClassifier(embedding if given else None).fit(*make_texts(60, 0)) for _ in range(2)
    )
    assert bits(first) == bits(second)


def test_another_seed_is_another_fit(embedding, make_texts):
    texts, labels = make_texts(30, 0)
    labels[::4] = ["sport"] * len(labels[::4])
    first, second = (
        TextClassifier(embedding, random_state=seed, C=1).fit(texts, labels) for seed in (0, 1)
    )
    assert bits(first) != bits(second)


def test_a_given_c_is_taken(embedding, make_texts):
    assert TextClassifier(embedding, C=0.7).fit(*make_texts(30, 0)).C_ == 0.7


@pytest.fixture
def several(make_texts):
    """Texts of any number of topics."""
    texts, labels = make_texts(90, 0)
    pairs = [
        (texts[place] + " " + texts[place + 1], labels[place : place + 2]) for place in range(60)
    ]
    single = [(text, [label]) for text, label in zip(texts, labels, strict=True)]
    joined = [*pairs, *single, *[("the of to", [])] * 10]
    return [text for text, _ in joined], [found for _, found in joined]


@pytest.mark.parametrize("class_weight", [None, "balanced", {"sport": 3.0}])
def test_learns_several_labels(static_embedding, several, tmp_path, class_weight):
    texts = several[0]
    classifier = TextClassifier(static_embedding, class_weight=class_weight).fit(*several)
    assert classifier.predict(["goal team the", "goal dose", "the of"]).tolist() == [
        ("sport",),
        ("health", "sport"),
        (),
    ]
    again = TextClassifier.load(classifier.save(tmp_path / "c"))
    assert np.array_equal(again.decision_function(texts), classifier.decision_function(texts))


@pytest.mark.parametrize("class_weight", ["balanced", {"sport": 1.0, "money": 9.0}])
def test_class_weights_favour_the_rare_label(class_weight):
    random = np.random.default_rng(0)
    labels = ["sport"] * 90 + ["money"] * 10
    # The words tell little: one in three points to the other label.
    told = ["goal" if (label == "sport") ^ (random.random() < 0.3) else "bank" for label in labels]
    shares = []
    for weight in (None, class_weight):
        classifier = TextClassifier(features="nb", class_weight=weight).fit(told, labels)
        shares.append(classifier.predict_proba(["bank"])[0, 0])
    assert classifier.classes_[0] == "money"
    assert shares[1] > shares[0] + 0.2


@pytest.mark.parametrize("topics", [PAIR, ALL])
def test_a_label_with_one_text_is_learned(embedding, make_texts, topics):
    texts, labels = make_texts(30, 0, topics)
    with pytest.warns(DataWarning, match="one training text only"):
        classifier = TextClassifier(embedding).fit([*texts, "zebra zoo lion"], [*labels, "zoo"])
    assert classifier.predict(["zebra zoo lion"]).tolist() == ["zoo"]
    assert classifier.classes_.tolist() == sorted([*topics, "zoo"])


def test_one_text_of_each_label_is_enough(embedding):
    with pytest.warns(DataWarning, match="one training text only"):
        classifier = TextClassifier(embedding).fit(["goal team", "dose pain"], ["a", "b"])
    assert classifier.predict(["goal team", "dose pain"]).tolist() == ["a", "b"]
    np.testing.assert_allclose(classifier.predict_proba(["goal"]).sum(), 1)


def test_probabilities_are_cautious_where_words_tell_little():
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 400)
    texts = [f"{'x' if label ^ (random.random() < 0.25) else 'y'} of" for label in labels]
    chance = TextClassifier(features="nb").fit(texts, labels.tolist()).predict_proba(["x of"])
    assert 0.65 < chance[0, 1] < 0.85


@pytest.fixture(scope="module")
def bridge():
    """Short labelled texts that share few words, and long unlabelled ones of the same topics."""
    random = np.random.default_rng(0)

    def text(code, n_words):
        return " ".join(f"w{code}x{number}" for number in random.integers(0, 400, n_words))

    codes = [place % 2 for place in range(40)]
    asked = [text(place % 2, 3) for place in range(100)]
    return {
        "texts": [text(code, 3) for code in codes],
        "labels": codes,
        "unlabelled": [text(place % 2, 20) for place in range(300)],
        "asked": (asked, [place % 2 for place in range(100)]),
    }


def test_unlabelled_texts_help_and_what_they_taught_is_saved(bridge, tmp_path):
    texts, labels, asked = bridge["texts"], bridge["labels"], bridge["asked"]
    settings = {"max_n": 1, "min_df": 1}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # of texts without a known word
        alone = TextClassifier(**settings).fit(texts, labels).score(*asked)
    classifier = TextClassifier(**settings)
    classifier.fit(texts, labels, unlabelled=bridge["unlabelled"])
    assert classifier.score(*asked) > alone + 0.2
    assert classifier.self_trained_ or DOCUMENTS in classifier.model_.choice.blocks
    again = TextClassifier.load(classifier.save(tmp_path / "c"))
    assert again.self_trained_ == classifier.self_trained_
    assert np.array_equal(again.decision_function(asked[0]), classifier.decision_function(asked[0]))


def test_guesses_alone_help_too(bridge):
    classifier = TextClassifier(features="nb", max_n=1, min_df=1)
    classifier.fit(bridge["texts"], bridge["labels"], unlabelled=bridge["unlabelled"])
    assert classifier.self_trained_
    assert classifier.score(*bridge["asked"]) > 0.9


def test_a_given_c_is_taken_with_guesses_too(bridge):
    classifier = TextClassifier(features="nb", C=7.0, max_n=1, min_df=1)
    classifier.fit(bridge["texts"], bridge["labels"], unlabelled=bridge["unlabelled"])
    assert classifier.self_trained_
    assert classifier.C_ == 7.0


def test_unlabelled_texts_serve_several_labels(several, make_texts):
    classifier = TextClassifier().fit(*several, unlabelled=make_texts(50, 2)[0])
    assert classifier.self_trained_ is False
    assert classifier.predict(["goal dose team pain"]).tolist() == [("health", "sport")]


def test_more_unlabelled_texts_than_are_guessed_at(bridge, monkeypatch):
    monkeypatch.setattr(hybrid, "MOST_GUESSED", 250)
    classifier = TextClassifier(features="nb", max_n=1, min_df=1)
    classifier.fit(bridge["texts"], bridge["labels"], unlabelled=bridge["unlabelled"])
    assert classifier.score(*bridge["asked"]) > 0.8


@pytest.mark.parametrize("features", ["dense", "dense+tfidf", "tfidf"])
def test_unlabelled_texts_are_refused_by_other_features(embedding, make_texts, features):
    classifier = TextClassifier(embedding, features=features)
    with pytest.raises(InputError, match="features='auto'"):
        classifier.fit(*make_texts(12, 0), unlabelled=["goal"])


@pytest.mark.parametrize(("unlabelled", "message"), [("goal", "one str"), ([3], "must be a str")])
def test_what_is_no_list_of_texts_is_no_unlabelled_text(make_texts, unlabelled, message):
    with pytest.raises(InputError, match=message):
        TextClassifier().fit(*make_texts(12, 0), unlabelled=unlabelled)


def test_rarer_ngrams_go_where_weights_would_be_too_many(make_texts, monkeypatch):
    texts, labels = make_texts(60, 0)
    whole = TextClassifier(features="nb").fit(texts, labels)
    monkeypatch.setattr(hybrid, "MOST_WEIGHTS", len(whole.model_.ngrams))
    smaller = TextClassifier(features="nb").fit(texts, labels)
    assert 0 < 3 * len(smaller.model_.ngrams) <= len(whole.model_.ngrams)
    assert smaller.score(*make_texts(30, 1)) == 1


@pytest.mark.parametrize(("max_n", "min_df"), [(1, None), (None, 3), (2, 2)])
def test_the_length_and_frequency_of_ngrams_can_be_chosen(make_texts, tmp_path, max_n, min_df):
    classifier = TextClassifier(features="nb", max_n=max_n, min_df=min_df)
    classifier.fit(*make_texts(60, 0))
    assert classifier.model_.ngrams.max_n == (max_n or 3)
    texts = make_texts(20, 1)[0]
    again = TextClassifier.load(classifier.save(tmp_path / "c"))
    assert np.array_equal(again.decision_function(texts), classifier.decision_function(texts))


@pytest.fixture
def with_everything(static_embedding, make_texts, monkeypatch):
    """A classifier with both pooled vectors and document vectors."""

    def choose_all(rows, *given, **settings):
        blocks = max(rows, key=len)
        return choose({blocks: rows[blocks]}, *given, **settings)

    monkeypatch.setattr(hybrid, "choose", choose_all)
    texts, labels = make_texts(60, 0)
    return TextClassifier(static_embedding, C=1.0).fit(texts[:30], labels[:30], unlabelled=texts)


def test_pooled_vectors_and_document_vectors_stand_side_by_side(
    with_everything, make_texts, tmp_path
):
    model = with_everything.model_
    assert model.choice.blocks == (VECTORS, DOCUMENTS)
    assert model.model.dense_weights.shape == (len(model.dense) + model.documents.dim, 3)
    texts, labels = make_texts(40, 1)
    again = TextClassifier.load(with_everything.save(tmp_path / "c"))
    assert np.array_equal(again.decision_function(texts), with_everything.decision_function(texts))
    assert again.score(texts, labels) == 1


DAMAGE = {
    "ngram_weights": lambda array: array[1:],
    "ngram_squares": lambda array: array[:, 1:],
    "dense_weights": lambda array: array[1:],
    "biases": lambda array: array * np.nan,
    "mean": lambda array: array[1:],
    "scale": lambda array: array * 0,
    "calibration": lambda array: array[1:],
    "choice": lambda array: -array,
    "documents.vectors": lambda array: array[1:],
    "ngrams.keys": lambda array: array[::-1],
    "ngrams.sizes": lambda array: array[1:],
}


@pytest.mark.parametrize(("entries", "tried"), [(10**6, DOCUMENTS), (100, VECTORS)])
def test_document_vectors_stand_beside_others_where_there_is_little_text(
    static_embedding, make_texts, monkeypatch, entries, tried
):
    monkeypatch.setattr(hybrid, "ENTRIES", entries)
    seen = []

    def choose_and_tell(rows, *given, **settings):
        seen.extend(max(rows, key=len))
        return choose(rows, *given, **settings)

    monkeypatch.setattr(hybrid, "choose", choose_and_tell)
    TextClassifier(static_embedding).fit(*make_texts(30, 0))
    assert seen[-1] == tried


def test_missing_and_damaged_arrays_are_refused(with_everything, tmp_path):
    folder = with_everything.save(tmp_path / "c")
    path = folder / "classifier.safetensors"
    tensors = dict(read_tensors(path))
    assert set(DAMAGE) <= set(tensors)
    for name, damage in DAMAGE.items():
        write_tensors(path, tensors | {name: damage(tensors[name])})
        with pytest.raises(FormatError, match="damaged"):
            TextClassifier.load(folder)
    for name in tensors:
        write_tensors(path, {other: tensors[other] for other in tensors if other != name})
        with pytest.raises(FormatError):
            TextClassifier.load(folder)


def test_arrays_that_do_not_fit_the_choice_are_refused(with_everything, tmp_path):
    folder = with_everything.save(tmp_path / "c")
    path = folder / "classifier.safetensors"
    tensors = dict(read_tensors(path))
    for place in (2, 3):  # without the vectors, or without the documents
        choice = tensors["choice"].copy()
        choice[place] = 0
        write_tensors(path, tensors | {"choice": choice})
        with pytest.raises(FormatError, match="dense_weights"):
            TextClassifier.load(folder)
