from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn.base import clone

from wordloom.classify.classifier import TextClassifier
from wordloom.classify.neural.encoder_names import ENCODERS
from wordloom.classify.neural.encoders import MeanEncoder
from wordloom.classify.neural.learned import LearnedEmbedding
from wordloom.classify.neural.settings import COMBINATIONS, WEIGHTED
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import DataWarning, InputError, TrainingError


@pytest.mark.parametrize("encoder", list(ENCODERS))
def test_every_encoder_learns_topics(make_classifier, make_texts, encoder):
    classifier = make_classifier(encoder=encoder, max_tokens=16, epochs=8)
    classifier.fit(*make_texts(96, seed=0))
    assert classifier.score(*make_texts(60, seed=1)) > 0.9
    assert classifier.history_.measurements[-1].step == 6 * len(classifier.history_.measurements)


@pytest.mark.parametrize("combine", COMBINATIONS)
def test_every_combination_learns_topics(make_classifier, static_embedding, make_texts, combine):
    dim = 3 if combine.startswith("gated") else 5
    both = [static_embedding, LearnedEmbedding(dim)]
    classifier = make_classifier(both, combine=combine, combined_dim=8)
    classifier.fit(*make_texts(96, seed=0))
    assert classifier.score(*make_texts(60, seed=1)) > 0.9
    text = make_texts(1, seed=1)[0]
    if combine not in WEIGHTED:
        with pytest.raises(InputError, match="combine="):
            classifier.token_attention(text)
        return
    found = classifier.token_attention(text)
    assert found.names == ("topics", "learned")
    assert found.weights.shape == (len(found.tokens), 2) == found.known.shape
    if combine in ("dme", "cdme"):
        np.testing.assert_allclose(found.weights.sum(axis=1), 1, rtol=1e-5)


def test_probabilities_and_scores_agree(make_classifier, make_texts):
    for topics in (("sport", "money"), ("sport", "money", "health")):
        classifier = make_classifier().fit(*make_texts(60, 0, topics))
        texts = make_texts(20, 1, topics)[0]
        chances = classifier.predict_proba(texts)
        assert chances.shape == (20, len(topics))
        np.testing.assert_allclose(chances.sum(axis=1), 1)
        found = classifier.classes_[chances.argmax(axis=1)]
        assert found.tolist() == classifier.predict(texts).tolist()


def test_texts_can_have_several_labels(make_classifier, static_embedding, make_texts):
    texts, topics = make_texts(120, seed=0)
    both = [f"{a} {b}" for a, b in zip(texts[:60], texts[61:], strict=False)]
    labels = [{a, b} for a, b in zip(topics[:60], topics[61:], strict=False)]
    both += ["the of to", "a and"]
    labels += [set()] * 2
    for classifier in (
        make_classifier(epochs=40, validation_share=0),
        TextClassifier(static_embedding, C=100),
    ):
        classifier.fit(both, labels)
        assert classifier.multi_label_
        assert classifier.score(both[:60], labels[:60]) > 0.9
        assert classifier.predict(["goal goal bank bank"])[0] == ("money", "sport")
        assert classifier.predict_proba(both[:3]).shape == (3, 3)


def test_a_word_that_only_the_embedding_knows_counts(make_classifier, make_texts):
    texts, labels = make_texts(90, seed=0)
    texts = [text.replace("goal", "the") for text in texts]
    for trainable in (False, True):
        classifier = make_classifier(trainable=trainable).fit(texts, labels)
        assert classifier.predict(["goal goal"]).tolist() == ["sport"]


def test_training_changes_vectors_only_if_asked(make_classifier, static_embedding, make_texts):
    before = static_embedding.vectors.copy()
    frozen = make_classifier().fit(*make_texts(60, seed=0))
    tuned = make_classifier(trainable=True).fit(*make_texts(60, seed=0))
    assert frozen.model_.reader.tuned is None
    moved = tuned.model_.reader.tuned
    places = static_embedding.vocabulary.ids(moved.words.words)
    scaled = before[places] * np.float32(tuned.model_.reader.scales[0])
    assert np.abs(moved.vectors[0] - scaled).max() > 0.01
    assert np.array_equal(static_embedding.vectors, before)


def test_vectors_can_have_a_learning_rate_of_their_own(make_classifier, make_texts):
    moves = []
    for rate in (1e-6, 1e-2):
        classifier = make_classifier(
            trainable=True, embedding_learning_rate=rate, epochs=1, validation_share=0
        )
        tuned = classifier.fit(*make_texts(60, seed=0)).model_.reader.tuned
        scale = classifier.model_.reader.scales[0]
        ids = classifier.embeddings_[0].vocabulary.ids(tuned.words.words)
        first = classifier.embeddings_[0].vectors[ids] * np.float32(scale)
        moves.append(np.abs(tuned.vectors[0] - first).max())
    assert moves[0] < 1e-4 < 1e-3 < moves[1]


def test_fitting_again_gives_the_same_network(make_classifier, make_texts):
    texts = make_texts(20, seed=1)[0]
    scores = [
        make_classifier(encoder="dan").fit(*make_texts(60, seed=0)).decision_function(texts)
        for _ in range(2)
    ]
    assert np.array_equal(*scores)


def test_padding_and_neighbours_in_a_batch_change_nothing(make_classifier, make_texts):
    classifier = make_classifier(encoder="bigru", epochs=1).fit(*make_texts(60, seed=0))
    texts = ["goal", "goal bank " * 40, "", "the fever of the nurse"]
    with pytest.warns(DataWarning, match="no word"):
        together = classifier.decision_function(texts)
    for text, row in zip(texts, together, strict=True):
        if text:
            np.testing.assert_allclose(classifier.decision_function([text])[0], row, atol=1e-5)


@pytest.mark.parametrize(("truncate", "label"), [("post", "sport"), ("pre", "money")])
def test_the_chosen_end_of_long_texts_is_cut_off(make_classifier, make_texts, truncate, label):
    classifier = make_classifier(max_tokens=3, truncate=truncate)
    classifier.fit(*make_texts(90, 0, ("sport", "money")))
    assert classifier.predict(["goal goal goal bank bank bank"]).tolist() == [label]


def test_labels_count_as_class_weights_say(make_classifier, make_texts):
    texts, labels = make_texts(20, 0, ("sport", "money"))
    texts, labels = ["goal bank"] * 60, ["sport"] * 50 + ["money"] * 10
    settings = {"validation_share": 0, "epochs": 20}
    assert make_classifier(**settings).fit(texts, labels).predict(texts[:1])[0] == "sport"
    weighted = make_classifier(class_weight={"money": 20}, **settings).fit(texts, labels)
    assert weighted.predict(texts[:1])[0] == "money"
    balanced = make_classifier(class_weight="balanced", **settings).fit(texts, labels)
    assert 0.3 < balanced.predict_proba(texts[:1])[0, 0] < 0.7


def test_training_stops_when_the_held_out_texts_gain_no_more(make_classifier, make_texts):
    classifier = make_classifier(epochs=50, patience=2)
    texts, labels = make_texts(30, seed=1)
    # Wrong labels: the better the training texts are known, the higher the loss on these.
    classifier.fit(*make_texts(60, seed=0), held_out=(texts, labels[1:] + labels[:1]))
    history = classifier.history_
    # 60 texts are 4 steps, and 5 epochs of them count as one.
    assert history.stop_reason == "no better for 10 epochs"
    assert history.measurements[-1].epoch == history.best_epoch + 10
    # The best weights are back in place.
    assert classifier.score(texts, labels[1:] + labels[:1]) == history.best.accuracy


class InterruptedFitError(Exception):
    pass


def test_an_interrupted_fit_goes_on_where_it_was(
    make_classifier, make_texts, tmp_path, monkeypatch
):
    from wordloom.classify.neural.checkpoint import Checkpoint

    texts, labels = make_texts(60, seed=0)
    settings = {"encoder": "dan", "trainable": True, "patience": 9}
    whole = make_classifier(**settings).fit(texts, labels)
    write, written = Checkpoint.write, []

    def write_three(checkpoint, state):
        write(checkpoint, state)
        written.append(state.epoch)
        if len(written) == 3:
            raise InterruptedFitError

    monkeypatch.setattr(Checkpoint, "write", write_three)
    place = tmp_path / "fit.safetensors"
    with pytest.raises(InterruptedFitError):
        make_classifier(**settings).fit(texts, labels, checkpoint=place)
    resumed = make_classifier(**settings).fit(texts, labels, checkpoint=place)
    assert written == [1, 2, 3, 4, 5, 6]
    assert np.array_equal(resumed.decision_function(texts), whole.decision_function(texts))
    assert [entry.training_loss for entry in resumed.history_.measurements] == [
        entry.training_loss for entry in whole.history_.measurements
    ]
    # A fit that had ended is not trained any further.
    again = make_classifier(**settings).fit(texts, labels, checkpoint=place)
    assert np.array_equal(again.decision_function(texts), whole.decision_function(texts))


def test_a_checkpoint_of_another_fit_is_refused(make_classifier, make_texts, tmp_path):
    place = tmp_path / "fit.safetensors"
    texts, labels = make_texts(30, seed=0)
    make_classifier(epochs=1).fit(texts, labels, checkpoint=place)
    with pytest.raises(InputError, match=r"where dropout is 0\.2 and not 0\.5\."):
        make_classifier(epochs=1, dropout=0.5).fit(texts, labels, checkpoint=place)
    with pytest.raises(InputError, match="where texts is"):
        make_classifier(epochs=1).fit(texts[1:], labels[1:], checkpoint=place)
    place.write_bytes(place.read_bytes()[:-40])
    with pytest.raises(InputError, match=r"fit\.safetensors"):
        make_classifier(epochs=1).fit(texts, labels, checkpoint=place)


def test_clones_share_embeddings(make_classifier, static_embedding):
    classifier = make_classifier([static_embedding, LearnedEmbedding(2)], encoder=MeanEncoder(0.1))
    twin = clone(classifier)
    assert twin.get_params() == classifier.get_params()
    assert twin.embeddings[0] is static_embedding


def test_a_loss_that_explodes_is_an_error(make_classifier, make_texts):
    with pytest.raises(TrainingError, match="lower"):
        make_classifier(learning_rate=1e38).fit(*make_texts(60, seed=0))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"encoder": "transformer"}, "bilstm-max"),
        ({"combine": "cleverly"}, "cdme"),
        ({"features": "tfidf"}, "N-grams are for"),
        ({"embeddings": None}, "A network needs embeddings"),
        ({"truncate": "middle"}, "truncate"),
        ({"epochs": 0}, "epochs"),
        ({"batch_size": 1.5}, "batch_size"),
        ({"dropout": 1}, "dropout"),
        ({"validation_share": -0.1}, "validation_share"),
        ({"learning_rate": 0}, "learning_rate"),
        ({"embedding_learning_rate": float("nan")}, "embedding_learning_rate"),
        ({"weighting": "max"}, "weighting"),
        ({"trainable": 1}, "trainable"),
        ({"validation_share": "a tenth"}, "validation_share"),
        ({"random_state": -1}, "random_state"),
        ({"random_state": np.random.RandomState(0)}, "random_state"),
        ({"class_weight": {"z": 1}}, "class_weight"),
        ({"class_weight": {"sport": -1}}, "numbers above 0"),
        ({"embeddings": 7}, "type int"),
        ({"encoder": "linear", "combine": "dme"}, "side by side"),
        ({"encoder": "linear", "embeddings": LearnedEmbedding(2)}, "learned from scratch"),
    ],
)
def test_wrong_settings_are_refused_by_fit(make_classifier, make_texts, settings, message):
    classifier = make_classifier().set_params(**settings)
    with pytest.raises(InputError, match=message):
        classifier.fit(*make_texts(12, seed=0))


def test_a_grid_of_numpy_numbers_works_and_is_saved(make_classifier, make_texts, tmp_path):
    grid = {
        "batch_size": np.int64(16),
        "learning_rate": np.float32(0.25),
        "trainable": np.True_,
        "random_state": np.int64(3),
        "class_weight": {np.str_("sport"): np.float32(2)},
        "epochs": 1,
    }
    classifier = make_classifier(**grid).fit(*make_texts(30, seed=0))
    plain = {"batch_size": 16, "learning_rate": 0.25, "trainable": True, "random_state": 3}
    loaded = TextClassifier.load(classifier.save(tmp_path / "c"))
    assert plain.items() <= loaded.get_params().items()
    assert loaded.class_weight == {"sport": 2}
    texts = make_texts(9, seed=1)[0]
    twin = make_classifier(**plain, class_weight={"sport": 2}, epochs=1)
    twin.fit(*make_texts(30, seed=0))
    assert np.array_equal(twin.decision_function(texts), classifier.decision_function(texts))


def test_held_out_labels_cannot_stand_for_missing_ones(make_classifier, make_texts):
    texts, labels = make_texts(12, seed=0)
    with pytest.raises(InputError, match="12 texts and 11 labels"):
        make_classifier().fit(texts, labels[:-1], held_out=(texts[:3], labels[:4]))
    with pytest.raises(InputError, match="held_out is a pair"):
        make_classifier().fit(texts, labels, held_out=texts)


def test_a_checkpoint_that_cannot_be_written_is_refused_at_once(
    make_classifier, make_texts, tmp_path
):
    with pytest.raises(InputError, match="does not exist"):
        make_classifier().fit(*make_texts(12, seed=0), checkpoint=tmp_path / "no" / "fit")


def test_vectors_that_are_not_finite_are_refused(static_embedding, make_classifier, make_texts):
    vectors = static_embedding.vectors.copy()
    vectors[0] = np.nan
    broken = StaticEmbedding(static_embedding.vocabulary, vectors, name="broken")
    with pytest.raises(InputError, match="'broken'"):
        make_classifier(broken).fit(*make_texts(60, seed=0))


def test_gated_embeddings_of_different_dimensions_are_refused(
    make_classifier, static_embedding, make_texts
):
    classifier = make_classifier([static_embedding, LearnedEmbedding(5)], combine="gated")
    with pytest.raises(InputError, match=r"Received: 3, 5\. Take 'dme'"):
        classifier.fit(*make_texts(12, seed=0))


def test_a_backend_that_cannot_train_is_named(make_classifier, make_texts, monkeypatch):
    monkeypatch.setattr("keras.backend.backend", lambda: "numpy")
    with pytest.raises(InputError, match="Received: numpy, which can only predict"):
        make_classifier().fit(*make_texts(12, seed=0))


def test_threads_can_share_a_classifier(make_classifier, static_embedding, make_texts):
    both = [static_embedding, LearnedEmbedding(3)]
    classifier = make_classifier(both, combine="dme", epochs=1).fit(*make_texts(30, seed=0))
    texts = make_texts(40, seed=1)[0]
    expected, weights = classifier.decision_function(texts), classifier.token_attention(texts)

    def ask(number):
        if number % 2:
            return np.array_equal(classifier.token_attention(texts).weights, weights.weights)
        return np.array_equal(classifier.decision_function(texts), expected)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(ask, range(40)))


def test_embeddings_of_the_same_name_are_told_apart(make_classifier, static_embedding, make_texts):
    classifier = make_classifier([static_embedding] * 2, combine="dme", combined_dim=4, epochs=1)
    classifier.fit(*make_texts(12, seed=0))
    assert classifier.token_attention(["goal"]).names == ("topics", "topics-2")


def test_a_network_fitted_anew_forgets_the_linear_model(make_classifier, make_texts):
    texts, labels = make_texts(12, seed=0)
    classifier = make_classifier(encoder="linear", epochs=1).fit(texts, labels)
    classifier.set_params(encoder="mean").fit(texts, labels)
    assert not hasattr(classifier, "C_")
    classifier.set_params(encoder="linear").fit(texts, labels)
    assert not hasattr(classifier, "history_")


def test_a_network_needs_a_vector_for_each_word(make_classifier, embedding, make_texts):
    with pytest.raises(InputError, match="FakeEmbedding"):
        make_classifier(embedding).fit(*make_texts(12, seed=0))


def test_texts_without_known_words_are_named(make_classifier, make_texts):
    with pytest.raises(InputError, match="without any"):
        make_classifier().fit(["", "x y"] * 4, ["a", "b"] * 4)
    classifier = make_classifier().fit(*make_texts(30, seed=0))
    with pytest.warns(DataWarning, match="2 of 2 texts"):
        assert len(classifier.predict(["", "zzz"])) == 2


def test_one_label_alone_is_refused(make_classifier):
    with pytest.raises(InputError, match="at least two labels"):
        make_classifier().fit(["goal", "bank"], ["x", "x"])


def test_a_held_out_label_that_training_lacks_is_a_warning(make_classifier, make_texts):
    with pytest.warns(DataWarning, match="'new'"):
        make_classifier(epochs=1).fit(
            *make_texts(30, seed=0), held_out=(["goal", "dose"], ["sport", "new"])
        )


def test_several_embeddings_stand_side_by_side_in_the_linear_model(static_embedding, make_texts):
    twice = TextClassifier([static_embedding, static_embedding], features="dense", C=1)
    twice.fit(*make_texts(60, seed=0))
    assert twice.coef_.shape == (3, 12)
    assert isinstance(twice.embeddings_[1], StaticEmbedding)
    assert twice.score(*make_texts(60, seed=1)) == 1


def test_few_texts_get_more_epochs_and_more_patience(make_classifier, make_texts):
    texts, labels = make_texts(40, seed=0)
    classifier = make_classifier(epochs=None, batch_size=64, learning_rate=1e-4, patience=1)
    history = classifier.fit(texts, labels).history_
    # One step is an epoch here.
    assert len(history.measurements) > 30
    assert history.measurements[-1].step <= 700


def test_an_interrupt_that_keras_swallows_ends_training(make_classifier, make_texts, monkeypatch):
    import signal

    from wordloom.classify.neural.state import Trainee

    before, made = signal.getsignal(signal.SIGINT), []
    inputs = Trainee.inputs

    def press(trainee, batch):
        made.append(batch)
        if len(made) == 5:
            with pytest.raises(KeyboardInterrupt):  # swallowed, as Keras may do
                signal.raise_signal(signal.SIGINT)
        return inputs(trainee, batch)

    monkeypatch.setattr(Trainee, "inputs", press)
    with pytest.raises(KeyboardInterrupt):
        make_classifier(epochs=50).fit(*make_texts(60, seed=0))
    assert len(made) < 10
    assert signal.getsignal(signal.SIGINT) is before
