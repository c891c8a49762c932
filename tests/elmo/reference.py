"""ELMo in plain NumPy, one token and one step at a time: what every fast form is compared with."""

import numpy as np

from wordloom.elmo.options import ELMoOptions

PADDING = 260

# So small that tests are fast, and with clips so low that they clip.
OPTIONS = ELMoOptions(
    lstm_dim=9,
    projection_dim=6,
    cell_clip=0.8,
    projection_clip=0.6,
    character_dim=3,
    filters=((1, 4), (3, 5)),
    max_characters=10,
)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def random_weights(options, seed=0, scale=0.3):
    """Weights that use the whole range of the activations, so that clipping happens too."""
    rng = np.random.default_rng(seed)
    return {
        name: (scale * rng.standard_normal(shape)).astype(np.float32)
        for name, shape in options.shapes.items()
    }


def random_characters(options, n_tokens, seed=0):
    """Ids of tokens as wordloom makes them: begin 258, some bytes, end 259, padding 260."""
    rng = np.random.default_rng(seed)
    ids = np.full((n_tokens, options.max_characters), PADDING, np.int32)
    for row in ids:
        length = rng.integers(1, options.max_characters - 1)
        row[0], row[1 : 1 + length], row[1 + length] = 258, rng.integers(0, 256, length), 259
    return ids


def token_vectors(options, weights, characters):
    """The character network: int32 (n_tokens, max_characters) -> float64 (n_tokens, projection)."""
    weights = {name: array.astype(np.float64) for name, array in weights.items()}
    activation = {"relu": lambda x: np.maximum(x, 0), "tanh": np.tanh}[options.activation]
    vectors = np.empty((len(characters), options.projection_dim))
    for token, ids in enumerate(characters):
        table = weights["char_embed"][ids]
        found = []
        for place, (width, _) in enumerate(options.filters):
            kernel = weights[f"CNN/W_cnn_{place}"][0].reshape(width * options.character_dim, -1)
            windows = [
                table[start : start + width].ravel() for start in range(len(ids) - width + 1)
            ]
            scores = np.stack(windows) @ kernel + weights[f"CNN/b_cnn_{place}"]
            found.append(activation(scores.max(0)))
        x = np.concatenate(found)
        for place in range(options.n_highway):
            name = f"CNN_high_{place}"
            gate = sigmoid(x @ weights[f"{name}/W_carry"] + weights[f"{name}/b_carry"])
            new = np.maximum(x @ weights[f"{name}/W_transform"] + weights[f"{name}/b_transform"], 0)
            x = gate * new + (1 - gate) * x
        vectors[token] = x @ weights["CNN_proj/W_proj"] + weights["CNN_proj/b_proj"]
    return vectors


def lstm(options, weights, cell, inputs, state=None):
    """One LSTM over one sequence (T, projection): outputs, and the state (h, c) after it."""
    kernel, bias, projection = (
        weights[f"{cell}/{name}"].astype(np.float64) for name in ("W_0", "B", "W_P_0")
    )
    h, c = state or (np.zeros(options.projection_dim), np.zeros(options.lstm_dim))
    outputs = []
    for x in inputs:
        i, j, f, o = np.split(np.concatenate([x, h]) @ kernel + bias, 4)
        c = sigmoid(f + 1) * c + sigmoid(i) * np.tanh(j)
        if options.cell_clip:
            c = np.clip(c, -options.cell_clip, options.cell_clip)
        h = (sigmoid(o) * np.tanh(c)) @ projection
        if options.projection_clip:
            h = np.clip(h, -options.projection_clip, options.projection_clip)
        outputs.append(h)
    return np.array(outputs).reshape(-1, options.projection_dim), (h, c)


def stack(options, weights, direction, inputs, states=None):
    """The LSTMs of a direction in reading order: outputs of each, and the states after them."""
    outputs, last = [], []
    for layer in range(options.n_layers):
        cell = options.cell_name(direction, layer)
        found, state = lstm(options, weights, cell, inputs, states and states[layer])
        inputs = found + inputs if layer and options.skip_connections else found
        outputs.append(inputs)
        last.append(state)
    return outputs, last


def reference_layers(options, weights, characters):
    """All layers of one sequence from zero states.

    int32 (T, max_characters) -> float64 (n_layers + 1, T, 2 * projection_dim).
    """
    tokens = token_vectors(options, weights, characters)
    forward, _ = stack(options, weights, 0, tokens)
    backward, _ = stack(options, weights, 1, tokens[::-1])
    pairs = [(tokens, tokens), *((f, b[::-1]) for f, b in zip(forward, backward, strict=True))]
    return np.stack([np.concatenate(pair, axis=-1) for pair in pairs])
