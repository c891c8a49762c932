import json
import os
import subprocess
import sys

import numpy as np
import pytest

from wordloom.classify.classifier import TextClassifier
from wordloom.classify.neural.encoders import ConvolutionEncoder
from wordloom.classify.neural.learned import LearnedEmbedding
from wordloom.errors import FormatError, InputError, MissingExtraError
from wordloom.safetensors_file import read_tensors, write_tensors


@pytest.fixture
def fitted(make_classifier, static_embedding, make_texts):
    classifier = make_classifier(
        [static_embedding, LearnedEmbedding(4)],
        combine="dme",
        combined_dim=6,
        encoder=ConvolutionEncoder(widths=(1, 2), filters=5),
        epochs=2,
    )
    return classifier.fit(*make_texts(60, seed=0))


def test_predicts_as_before(fitted, make_texts, tmp_path):
    texts = [*make_texts(20, seed=1)[0], "words of no text at all: goal", ""]
    again = TextClassifier.load(fitted.save(tmp_path / "c"))
    np.testing.assert_allclose(
        again.decision_function(texts), fitted.decision_function(texts), rtol=1e-6
    )
    assert again.history_ == fitted.history_
    assert again.encoder == fitted.encoder
    assert np.array_equal(
        again.token_attention(texts).weights, fitted.token_attention(texts).weights
    )
    again.save(tmp_path / "d")
    first, second = (
        (tmp_path / name / "classifier.safetensors").read_bytes() for name in ("c", "d")
    )
    assert first == second


def test_several_labels_come_back(make_classifier, tmp_path):
    texts, labels = ["goal", "bank", "goal bank", "the"] * 5, [["s"], ["m"], ["s", "m"], []] * 5
    classifier = make_classifier(validation_share=0, epochs=1)
    with pytest.warns(UserWarning, match="no word"):
        classifier.fit(texts, labels).predict(texts)
    again = TextClassifier.load(classifier.save(tmp_path / "c"))
    assert again.multi_label_
    assert again.predict(["goal"])[0] == classifier.predict(["goal"])[0]


OTHER = """
import json, sys
from wordloom.classify.classifier import TextClassifier
classifier = TextClassifier.load(sys.argv[1])
import keras
assert keras.backend.backend() == "numpy"
print(json.dumps(classifier.decision_function(json.loads(sys.argv[2])).tolist()))
"""


def test_a_saved_network_opens_on_another_backend(fitted, make_texts, tmp_path):
    texts = make_texts(6, seed=1)[0]
    folder = fitted.save(tmp_path / "c")
    answer = subprocess.run(
        [sys.executable, "-c", OTHER, str(folder), json.dumps(texts)],
        env={**os.environ, "KERAS_BACKEND": "numpy"},
        capture_output=True,
        text=True,
        check=True,
    )
    np.testing.assert_allclose(
        json.loads(answer.stdout), fitted.decision_function(texts), rtol=1e-4, atol=1e-5
    )


def test_without_the_extra_the_error_names_it(fitted, tmp_path, monkeypatch):
    folder = fitted.save(tmp_path / "c")
    for name in [name for name in sys.modules if name.startswith("wordloom.combine")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "wordloom.classify.neural.model")
    monkeypatch.delitem(sys.modules, "wordloom.classify.neural.network")
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(MissingExtraError, match=r"wordloom\[neural\]"):
        TextClassifier.load(folder)


def test_a_backend_that_cannot_run_is_not_called_damage(fitted, tmp_path, monkeypatch):
    folder = fitted.save(tmp_path / "c")

    def refuse():
        raise InputError("KERAS_BACKEND must name a backend of Keras.")

    monkeypatch.setattr(sys.modules["wordloom.combine.backend"], "import_keras", refuse)
    with pytest.raises(InputError, match=r"^KERAS_BACKEND"):
        TextClassifier.load(folder)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("network.0", lambda array: array[:-1]),
        ("network.1", lambda array: array * np.nan),
        ("lengths", lambda array: array[::-1] * 0),
        ("scales", lambda array: array.astype(np.float32)),
        ("tuned.1", lambda array: None),
        ("known", lambda array: array[:, :1]),
        ("words.words", lambda array: None),
    ],
)
def test_damaged_tensors_are_refused(fitted, tmp_path, name, change):
    folder = fitted.save(tmp_path / "c")
    tensors = read_tensors(folder / "classifier.safetensors")
    place = name if name in tensors else next(key for key in tensors if key.startswith("words."))
    changed = change(tensors.pop(place))
    if changed is not None:
        tensors[place] = changed
    write_tensors(folder / "classifier.safetensors", {k: np.array(v) for k, v in tensors.items()})
    with pytest.raises(FormatError):
        TextClassifier.load(folder)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"kind": "convolution"', '"kind": "transformer"'),
        ('"combine": "dme"', '"combine": "best"'),
        ('"max_tokens": 256', '"max_tokens": -1'),
        ('"dropout": 0.2', '"dropout": "much"'),
        ('"history": {', '"history": {"more": 1, '),
        ('"multi_label": false', '"multi_label": "no"'),
    ],
)
def test_damaged_settings_are_refused(fitted, tmp_path, old, new):
    folder = fitted.save(tmp_path / "c")
    path = folder / "classifier.json"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(FormatError):
        TextClassifier.load(folder)
