"""Every layer that combines or pools in one model: training, saving, another backend."""

import os
import subprocess
import sys

import numpy as np
import pytest

from wordloom.combine.backend import keras
from wordloom.combine.concatenated import ConcatenatedEmbedding
from wordloom.combine.contextual import ContextualDynamicMetaEmbedding
from wordloom.combine.gated import GatedMetaEmbedding
from wordloom.combine.meta_embedding import DynamicMetaEmbedding, UnweightedMetaEmbedding
from wordloom.combine.pooling import (
    AttentionPooling,
    MaxPooling,
    MeanPooling,
    SqrtnPooling,
    SumPooling,
)

MASK = np.array([[1, 1, 0, 0, 0], [0, 1, 1, 1, 1], [0, 0, 0, 0, 0], [1, 0, 1, 0, 1]], bool)

PREDICT = """
import sys
import numpy as np
import wordloom.combine.concatenated, wordloom.combine.contextual, wordloom.combine.gated
import wordloom.combine.meta_embedding, wordloom.combine.pooling
from wordloom.combine.backend import keras
assert keras.backend.backend() == "numpy"
arrays = np.load(sys.argv[2])
outputs = keras.saving.load_model(sys.argv[1])([arrays["first"], arrays["second"]])
for name, output in outputs.items():
    np.testing.assert_allclose(output, arrays[name], rtol=1e-4, atol=1e-5, err_msg=name)
    print(name)
"""


def layers():
    return [
        ConcatenatedEmbedding(),
        UnweightedMetaEmbedding(6, return_attention=True),
        DynamicMetaEmbedding(6, activation="sigmoid", output_activation="relu"),
        ContextualDynamicMetaEmbedding(6, units=3, return_attention=True),
        GatedMetaEmbedding(bidirectional=True, return_attention=True),
    ]


def poolings():
    return [
        SumPooling(),
        MeanPooling(),
        SqrtnPooling(),
        MaxPooling(),
        AttentionPooling(units=5, return_attention=True),
    ]


@pytest.fixture(scope="module")
def trained():
    """Return a model with the output of every layer by name, its inputs, and losses by epoch."""
    keras.utils.set_random_seed(0)
    inputs = [keras.Input((None, 4), name="first"), keras.Input((None, 4), name="second")]
    sources = [inputs[0], keras.layers.Masking()(inputs[1])]  # only the second has a mask
    outputs, pooled = {}, []
    for layer, pooling in zip(layers(), poolings(), strict=True):
        combined = layer(sources)
        if layer.name.startswith(("unw", "context", "gated")):
            combined, outputs[f"{layer.name} attention"] = combined
        result = pooling(combined)
        if pooling.name.startswith("attention"):
            result, outputs[f"{pooling.name} attention"] = result
        outputs[layer.name], outputs[pooling.name] = combined, result
        pooled.append(keras.layers.Dense(2)(result))
    classifier = keras.Model(inputs, keras.layers.Add()(pooled))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    classifier.compile(keras.optimizers.Adam(0.02), loss)
    generator = np.random.default_rng(0)
    arrays = [(generator.normal(size=(4, 5, 4)) * MASK[..., None]).astype("f4") for _ in range(2)]
    before = [np.array(weight) for weight in classifier.trainable_weights]
    history = classifier.fit(arrays, np.arange(4) % 2, epochs=6, verbose=0).history["loss"]
    changed = {
        weight.path: not np.array_equal(weight, old)
        for weight, old in zip(classifier.trainable_weights, before, strict=True)
    }
    return keras.Model(inputs, outputs), arrays, history, changed


def test_training_reaches_every_weight(trained):
    _, _, losses, changed = trained
    assert losses[-1] < losses[0]
    still = {path.split("/")[-1] for path, moved in changed.items() if not moved}
    assert still <= {"offset"}, changed  # what is added to all scores cancels in a softmax


def test_one_mask_among_the_inputs_is_enough(trained):
    model, arrays, _, _ = trained
    for name, output in model.predict(arrays, verbose=0).items():
        at_padding = output[2] if output.ndim == 2 else output[~MASK]
        assert not at_padding.any(), name
        assert output[MASK.any(1)].any(), name


def test_a_second_model_shows_the_attention_of_the_first(trained):
    model, arrays, _, _ = trained
    outputs = model.predict(arrays, verbose=0)
    shown = {
        f"{layer.name} attention": layer.attention()
        for layer in model.layers
        if hasattr(layer, "attention")
    }
    assert len(shown) == 5
    for name, weights in keras.Model(model.inputs, shown).predict(arrays, verbose=0).items():
        np.testing.assert_allclose(weights, outputs.get(name, weights), rtol=1e-5, err_msg=name)
        assert not weights[~MASK].any()
        assert weights[MASK].all()


def test_a_saved_model_gives_the_same_again_and_on_the_numpy_backend(trained, tmp_path):
    model, arrays, _, _ = trained
    model.save(tmp_path / "model.keras")
    outputs = model.predict(arrays, verbose=0)
    again = keras.saving.load_model(tmp_path / "model.keras").predict(arrays, verbose=0)
    for name, output in outputs.items():
        np.testing.assert_array_equal(again[name], output, err_msg=name)
    pytest.importorskip("jax")  # Keras' NumPy backend borrows from it
    np.savez(tmp_path / "arrays.npz", first=arrays[0], second=arrays[1], **outputs)
    done = subprocess.run(
        [sys.executable, "-c", PREDICT, tmp_path / "model.keras", tmp_path / "arrays.npz"],
        env={**os.environ, "KERAS_BACKEND": "numpy"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split("\n")[:-1]) == set(outputs)
