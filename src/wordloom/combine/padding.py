"""Padding changes nothing: masks of inputs, and the operations that leave padding out."""

from wordloom.combine.backend import keras
from wordloom.combine.tensors import Tensor

__all__ = ["first_mask", "masked_softmax", "without_padding"]

ops = keras.ops


def first_mask(mask: Tensor) -> Tensor:
    """Return the mask that counts, of those that one or several tensors came with.

    Args:
        mask: A mask (batch, tokens), a list of masks and Nones, or None.

    Returns:
        The mask, of a list the first that is not None, as bool (batch, tokens); or None.

    Example:
        >>> import numpy as np
        >>> np.asarray(first_mask([None, np.array([[1, 0]])])).tolist()
        [[True, False]]
    """
    if isinstance(mask, list | tuple):
        mask = next((one for one in mask if one is not None), None)
    if mask is None or mask.dtype == "bool":
        return mask
    return ops.cast(mask, "bool")


def without_padding(vectors: Tensor, mask: Tensor) -> Tensor:
    """Set the vectors at padding to zero.

    Args:
        vectors: Tensor (batch, tokens, dim).
        mask: bool (batch, tokens), False at padding; None where there is no padding.

    Returns:
        Tensor (batch, tokens, dim) of the same dtype.

    Example:
        >>> import numpy as np
        >>> np.asarray(without_padding(np.ones((1, 2, 1)), np.array([[True, False]]))).tolist()
        [[[1.0], [0.0]]]
    """
    # Not a product with the mask: that would let an infinity or NaN in the padding through.
    return vectors if mask is None else ops.where(ops.expand_dims(mask, -1), vectors, 0.0)


def masked_softmax(scores: Tensor, mask: Tensor, axis: int) -> Tensor:
    """Turn scores into weights that sum to one over what the mask keeps.

    Args:
        scores: float32 tensor.
        mask: bool, of a shape that goes with that of `scores`, False where the weight must be
            zero; or None.
        axis: The axis along which the weights sum to one (to zero where the mask keeps nothing).

    Returns:
        float32 tensor of the shape of `scores`.

    Example:
        >>> import numpy as np
        >>> mask = np.array([[True, False, True]])
        >>> np.asarray(masked_softmax(np.zeros((1, 3), np.float32), mask, axis=1)).tolist()
        [[0.5, 0.0, 0.5]]
    """
    # Keras' own softmax warns when the axis has one entry, as with one embedding or one token.
    if mask is not None:
        scores = ops.where(mask, scores, -1e30)
    powers = ops.exp(scores - ops.max(scores, axis=axis, keepdims=True))
    if mask is not None:
        powers = ops.where(mask, powers, 0.0)
    # The largest power is 1: only where the mask keeps nothing is the sum below the bound.
    return powers / ops.maximum(ops.sum(powers, axis=axis, keepdims=True), 1e-30)
