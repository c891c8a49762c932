"""Networks that have learned nothing yet: where training begins, and what tests run on."""

import numpy as np
from numpy.typing import NDArray

from wordloom.elmo.options import ELMoOptions

__all__ = ["random_weights"]

CARRY_BIAS = -2.0


def random_weights(options: ELMoOptions, seed: int) -> dict[str, NDArray[np.float32]]:
    """Draw the first weights of a network, as the published program does.

    Character vectors are drawn evenly from -1 to 1, filters from -0.05 to 0.05; the other matrices
    from a normal distribution (highway layers and projection: of the standard deviation
    1 / sqrt(n_filters)) or, in the LSTMs, evenly with the variance of Glorot and Bengio (2010), as
    TensorFlow's cells do. Biases are 0, those of the highway layers' carry gates -2.

    Args:
        options: The shape of the network.
        seed: Seed of the random generator.

    Returns:
        The tensors by published name.

    Example:
        >>> options = ELMoOptions(8, 4, character_dim=2, filters=((1, 4),), n_highway=1)
        >>> random_weights(options, seed=1)["CNN_high_0/b_carry"].tolist()
        [-2.0, -2.0, -2.0, -2.0]
    """
    random = np.random.default_rng(seed)
    weights = {}
    for name, shape in options.shapes.items():
        last = name.rpartition("/")[2]
        if name == "char_embed":
            tensor = random.uniform(-1, 1, shape)
        elif last.startswith("W_cnn"):
            tensor = (
                random.uniform(-0.05, 0.05, shape)
                if options.activation == "relu"
                else random.normal(0, (shape[1] * shape[2]) ** -0.5, shape)
            )
        elif last in ("W_carry", "W_transform", "W_proj"):
            tensor = random.normal(0, options.n_filters**-0.5, shape)
        elif last in ("W_0", "W_P_0"):
            bound = (6 / sum(shape)) ** 0.5
            tensor = random.uniform(-bound, bound, shape)
        else:
            tensor = np.full(shape, CARRY_BIAS if last == "b_carry" else 0.0)
        weights[name] = tensor.astype(np.float32)
    return weights
