"""Layers whose output is a weighted sum, and which show their weights."""

from wordloom.combine.backend import keras
from wordloom.combine.padding import first_mask
from wordloom.combine.tensors import Tensor
from wordloom.errors import InputError

__all__ = ["AttentionLayer"]


class AttentionLayer(keras.layers.Layer):  # type: ignore[misc]
    """A layer that weighs vectors and adds them up; subclasses say how.

    A subclass defines `weigh(inputs, mask)`, which returns the weights as float32 and zero at
    padding, and `add_up(inputs, weights)`; and the shapes of both results, `weight_shape` and
    `sum_shape`.

    Attributes:
        takes_list: Whether the layer takes a list of tensors, or one.

    Args:
        return_attention: Return the weights as well: the output is a tuple (sums, weights).
        kwargs: What every Keras layer takes (`name`, `dtype`).
    """

    takes_list = True

    def __init__(self, *, return_attention: bool = False, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.return_attention = return_attention
        self.supports_masking = True

    def call(self, inputs: Tensor, mask: Tensor = None) -> Tensor:
        """Return the sums, or (sums, weights)."""
        weights = self.weigh(inputs, first_mask(mask))
        sums = self.add_up(inputs, keras.ops.cast(weights, self.compute_dtype))
        return (sums, weights) if self.return_attention else sums

    def attention(self, inputs: Tensor = None, mask: Tensor = None) -> Tensor:
        """Return the weights alone, whatever the layer was made to return.

        Args:
            inputs: What the layer takes. None takes what it takes in the functional model that it
                is part of; `keras.Model(model.inputs, layer.attention())` is then a second model
                that shows the weights, and shares all variables with the first.
            mask: bool (batch, tokens), False at padding; None takes the one that `inputs` carry.

        Returns:
            The weights, float32.

        Raises:
            InputError: There are no `inputs`, and the layer is not part of a functional model.
        """
        if inputs is None:
            inputs, mask = self.inputs_in_model()
        return AttentionWeights(self)(inputs, mask=mask)

    def inputs_in_model(self) -> tuple[Tensor, Tensor]:
        """Return the symbolic inputs of the layer in its model, and the mask or None."""
        # Keras lists masks behind the inputs, and takes the list of a single tensor apart.
        tensors = keras.tree.flatten(getattr(self, "input", ()))
        vectors = [tensor for tensor in tensors if tensor.dtype != "bool"]
        if not vectors:
            raise InputError(
                f"The layer {self.name!r} is not part of a functional model, so it has no inputs "
                "yet. Pass `inputs`."
            )
        masks = [tensor for tensor in tensors if tensor.dtype == "bool"]
        return vectors if self.takes_list else vectors[0], first_mask(masks)

    def compute_output_shape(self, input_shape: Tensor) -> Tensor:
        """Return the shape of the sums, or those of (sums, weights)."""
        sums = self.sum_shape(input_shape)
        return (sums, self.weight_shape(input_shape)) if self.return_attention else sums

    def compute_output_spec(self, inputs: Tensor, mask: Tensor = None) -> Tensor:
        """Return symbolic tensors for what `call` returns."""
        shapes = keras.tree.map_structure(lambda tensor: tuple(tensor.shape), inputs)
        sums = keras.KerasTensor(self.sum_shape(shapes), dtype=self.compute_dtype)
        if not self.return_attention:
            return sums
        return sums, keras.KerasTensor(self.weight_shape(shapes), dtype="float32")

    def get_config(self) -> dict[str, object]:
        """Return the arguments that the layer was made with."""
        return {**super().get_config(), "return_attention": self.return_attention}


class AttentionWeights(keras.layers.Layer):  # type: ignore[misc]
    """The weights of an attention layer, as the output of a layer of their own.

    A second call of the attention layer would do, but Keras takes all calls of a layer in a graph
    to have as many outputs as the first.

    Args:
        layer: The attention layer.
    """

    def __init__(self, layer: AttentionLayer) -> None:
        super().__init__(dtype=layer.dtype_policy)
        self.layer = layer
        self.supports_masking = True

    def build(self, input_shape: Tensor) -> None:
        """Build the attention layer where nothing has built it yet."""
        if not self.layer.built:
            self.layer.build(input_shape)

    def call(self, inputs: Tensor, mask: Tensor = None) -> Tensor:
        """Return the weights."""
        return self.layer.weigh(inputs, first_mask(mask))

    def compute_mask(self, inputs: Tensor, mask: Tensor = None) -> None:
        """Return None: weights are already zero at padding."""

    def compute_output_spec(self, inputs: Tensor, mask: Tensor = None) -> Tensor:
        """Return a symbolic tensor for the weights."""
        shapes = keras.tree.map_structure(lambda tensor: tuple(tensor.shape), inputs)
        return keras.KerasTensor(self.layer.weight_shape(shapes), dtype="float32")
