"""From the characters of a token to its vector, whatever stands around it.

Kim et al. 2016 (arXiv 1508.06615), with the sizes and first weights of Jozefowicz et al. 2016
(arXiv 1602.02410) as ELMo's program has them.
"""

import math

from wordloom.combine.backend import keras
from wordloom.combine.tensors import Shape, Tensor
from wordloom.elmo.network.published import PublishedLayer, Variable

__all__ = ["CharacterEncoder"]

ops = keras.ops


@keras.saving.register_keras_serializable(package="wordloom")
class CharacterEncoder(PublishedLayer):
    """Turns the characters of tokens into token vectors.

    Convolutions over the characters' vectors, the largest value of each along the token, highway
    layers, a projection.

    Args:
        options: The shape of the network.
        kwargs: What every Keras layer takes (`name`, `dtype`).

    Input shape:
        int32 (..., characters), ids from 0 to 260 (`wordloom.elmo.characters`); at most
        `options.max_characters`, and see `wordloom.elmo.characters.used_characters`.

    Output shape:
        (..., projection_dim).

    Example:
        >>> import numpy as np
        >>> from wordloom.elmo.options import ELMoOptions
        >>> options = ELMoOptions(8, 6, filters=((1, 4), (2, 4)), max_characters=10)
        >>> CharacterEncoder(options)(np.zeros((2, 5, 10), "int32")).shape
        (2, 5, 6)
    """

    def build(self, input_shape: Shape | None = None) -> None:
        """Make the weights, with the published first values."""
        shapes = self.options.shapes
        self.variables_by_name: dict[str, Variable] = {}
        for name, shape in shapes.items():
            if not name.startswith("RNN"):
                self.variables_by_name[name] = self.add_weight(
                    name=name.replace("/", "_"), shape=shape, initializer=self.first_values(name)
                )
        self.built = True

    def first_values(self, name: str) -> object:
        """Return the published initializer of a tensor."""
        initializers, options = keras.initializers, self.options
        kind = name.rpartition("/")[2]
        if kind == "char_embed":
            return initializers.RandomUniform(-1.0, 1.0)
        if kind.startswith("W_cnn"):
            if options.activation == "relu":
                return initializers.RandomUniform(-0.05, 0.05)
            width = options.filters[int(kind.rpartition("_")[2])][0]
            return initializers.RandomNormal(0.0, math.sqrt(1 / (width * options.character_dim)))
        if kind == "b_carry":
            return initializers.Constant(-2.0)  # at first the highway carries tokens through
        if kind.startswith("b_"):
            return initializers.Zeros()
        return initializers.RandomNormal(0.0, math.sqrt(1 / options.n_filters))

    def published_variables(self) -> dict[str, Variable]:
        """Return the variables by their published names."""
        return self.variables_by_name

    def call(self, inputs: Tensor) -> Tensor:
        """Return the token vectors."""
        weights = {
            name: ops.cast(variable, self.compute_dtype)
            for name, variable in self.variables_by_name.items()
        }
        shape = ops.shape(inputs)
        characters = ops.reshape(inputs, (-1, shape[-1]))
        x = self.convolve(ops.take(weights["char_embed"], characters, axis=0), weights)
        for place in range(self.options.n_highway):
            name = f"CNN_high_{place}"
            gate = ops.sigmoid(
                ops.matmul(x, weights[f"{name}/W_carry"]) + weights[f"{name}/b_carry"]
            )
            new = ops.matmul(x, weights[f"{name}/W_transform"]) + weights[f"{name}/b_transform"]
            x = gate * ops.relu(new) + (1 - gate) * x
        x = ops.matmul(x, weights["CNN_proj/W_proj"]) + weights["CNN_proj/b_proj"]
        return ops.reshape(x, (*shape[:-1], self.options.projection_dim))

    def convolve(self, vectors: Tensor, weights: dict[str, Tensor]) -> Tensor:
        """Turn (tokens, characters, character_dim) into (tokens, n_filters)."""
        found = []
        for place in range(len(self.options.filters)):
            kernel = weights[f"CNN/W_cnn_{place}"][0]
            scores = ops.conv(vectors, kernel, padding="valid", data_format="channels_last")
            found.append(ops.max(scores, axis=1) + weights[f"CNN/b_cnn_{place}"])
        x = ops.concatenate(found, axis=-1)
        return ops.relu(x) if self.options.activation == "relu" else ops.tanh(x)

    def compute_mask(self, inputs: Tensor, mask: Tensor = None) -> Tensor:
        """Return the mask of the tokens, if there is one."""
        return mask

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of the token vectors."""
        return (*input_shape[:-1], self.options.projection_dim)
