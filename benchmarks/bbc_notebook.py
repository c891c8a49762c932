"""The notebook's network on BBC news in plain Keras; needs Keras, a backend and NumPy, no wordloom.

``KERAS_BACKEND=tensorflow python benchmarks/bbc_notebook.py ARRAYS.npz DME 1 20`` fits it on what
`benchmarks.bbc` wrote, and prints the seconds and the test accuracy as JSON.
"""

import argparse
import json
import time

import keras
import numpy as np
from keras import layers, ops


def build(model: str, tables: list[np.ndarray], length: int, n_topics: int) -> keras.Model:
    """Return the network as published: no mask, an LSTM unit for each embedding as its gate."""
    words = keras.Input((length,), dtype="int32")
    found = [
        layers.Embedding(*table.shape, weights=[table], trainable=False)(words) for table in tables
    ]
    n_tables, dim = len(tables), tables[0].shape[1]
    joined = layers.Reshape((length, n_tables * dim))(ops.stack(found, axis=-1))
    if model == "DME":
        scores = layers.LSTM(n_tables, return_sequences=True)(joined)
    else:
        both = layers.Bidirectional(layers.LSTM(n_tables, return_sequences=True))(joined)
        scores = ops.max(layers.Reshape((length, 2, n_tables))(both), axis=2)
    gates = layers.Reshape((length, 1, n_tables))(layers.Activation("sigmoid")(scores))
    woven = ops.sum(layers.Multiply()([ops.stack(found, axis=-1), gates]), axis=-1)
    state = layers.GRU(128, dropout=0.2, return_sequences=True)(woven)
    state = layers.GRU(32, dropout=0.2)(state)
    network = keras.Model(words, layers.Dense(n_topics, activation="softmax")(state))
    network.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return network


def main() -> None:
    """Fit the network and print what it took and reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("arrays", help="the .npz file")
    parser.add_argument("model", choices=("DME", "CDME"))
    parser.add_argument("seed", type=int)
    parser.add_argument("epochs", type=int)
    options = parser.parse_args()
    with np.load(options.arrays) as arrays:
        train, train_topics = arrays["train"], arrays["train_topics"]
        test, test_topics = arrays["test"], arrays["test_topics"]
        tables = [arrays["cbow"], arrays["fasttext"]]
    keras.utils.set_random_seed(options.seed)
    started = time.perf_counter()
    network = build(options.model, tables, train.shape[1], int(train_topics.max()) + 1)
    network.fit(
        train,
        train_topics,
        batch_size=128,
        epochs=options.epochs,
        validation_split=0.1,
        verbose=0,
    )
    seconds = time.perf_counter() - started
    _, accuracy = network.evaluate(test, test_topics, verbose=0)
    answer = {
        "seconds": seconds,
        "accuracy": accuracy,
        "backend": keras.backend.backend(),
        "parameters": sum(int(np.prod(value.shape)) for value in network.trainable_variables),
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
