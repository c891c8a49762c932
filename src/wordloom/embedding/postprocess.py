"""Maps of the whole vector space that make vectors better, or shorter, after training.

Each function takes an embedding and returns a new one with the same words, counts and settings. Its
`report` ends with a list "postprocessing" that says what was done.

All but `normalize` are affine: a vector becomes (vector - mean) @ matrix. An unknown word's vector
is the mean of its n-grams' vectors, and an affine map of a mean is the mean of what it maps. So the
n-grams are mapped as well, and unknown words stay where they belong. The same holds for texts with
the pooling "mean".

Sums run in float64 over blocks of rows, so that memory stays near one matrix.
"""

import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import DataWarning, InputError

__all__ = [
    "POSTPROCESSORS",
    "all_but_the_top",
    "check_step",
    "normalize",
    "postprocess",
    "reduce_dimensions",
    "whiten",
    "zipfian_whiten",
]

ROWS_AT_ONCE = 1 << 14
# Directions with less than this share of the greatest variance hold rounding errors alone.
NO_VARIANCE = 1e-10

Vector = NDArray[np.float64]


def all_but_the_top(embedding: StaticEmbedding, n_components: int | None = None) -> StaticEmbedding:
    """Take the mean and the strongest directions out of all vectors.

    After "All-but-the-Top" (Mu and Viswanath 2018): these directions say how frequent a word is
    rather than what it means.

    Args:
        embedding: The word vectors.
        n_components: How many directions; None takes the paper's rule of one for each hundred
            dimensions, and at least one.

    Returns:
        The new embedding, of the same dimension.

    Raises:
        InputError: There are not more dimensions than directions to take out, or too few words.

    Example:
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> vocabulary = Vocabulary.from_words(["a", "b", "c", "d"])
        >>> embedding = StaticEmbedding(vocabulary, [[9, 1], [-9, 1], [0, 3], [0, -1]])
        >>> abs(all_but_the_top(embedding).vectors.round(6)).tolist()
        [[0.0, 0.0], [0.0, 0.0], [0.0, 2.0], [0.0, 2.0]]
    """
    if n_components is None:
        n_components = max(1, round(embedding.dim / 100))
    if not 1 <= n_components < embedding.dim:
        raise InputError(
            "All-but-the-top takes out at least 1 direction and leaves at least 1 of the "
            f"{embedding.dim}. Received: {n_components}."
        )
    mean, variances, directions = spread(embedding)
    top = directions[:, :n_components]
    share = float(variances[:n_components].sum() / variances.sum())
    done = {"name": "all-but-the-top", "components": n_components, "removed_variance": share}
    return mapped(embedding, mean, np.eye(embedding.dim) - top @ top.T, done)


def whiten(embedding: StaticEmbedding, dim: int | None = None) -> StaticEmbedding:
    """Give all directions the same variance, and none a correlation with another.

    The principal components, each divided by its standard deviation. Directions in which the
    vectors do not differ become zero.

    Args:
        embedding: The word vectors.
        dim: How many components to keep, the strongest first; None keeps all.

    Returns:
        The new embedding.

    Raises:
        InputError: `dim` is not from 1 to the embedding's dimension, or there are too few words.
    """
    mean, variances, directions = spread(embedding)
    matrix = whitening_matrix(variances, directions, checked_dim(embedding, dim))
    done = {"name": "whitening", "dim": matrix.shape[1]}
    return mapped(embedding, mean, matrix, done)


def zipfian_whiten(
    embedding: StaticEmbedding, dim: int | None = None, *, assume_zipf: bool = False
) -> StaticEmbedding:
    """Whiten with each word counted as often as it occurs in text.

    After "Zipfian Whitening" (Yokoi, Bao, Kurita and Shimodaira 2024): mean and covariance are
    those of the words of a text rather than of a list of words. A vector's length then tells how
    informative its word is.

    Args:
        embedding: The word vectors, with counts.
        dim: How many components to keep, the strongest first; None keeps all.
        assume_zipf: Whether to take the probabilities from the words' order, as 1 / rank (Zipf's
            law), instead of from counts; for embeddings without counts whose words come by falling
            frequency.

    Returns:
        The new embedding.

    Raises:
        InputError: The embedding has no counts, `dim` is out of range, or there are too few words.
    """
    counts = embedding.vocabulary.counts
    if assume_zipf:
        weights = 1.0 / np.arange(1, len(embedding) + 1)
    elif counts.any():
        weights = counts.astype(np.float64)
    else:
        raise InputError(
            "Zipfian whitening needs to know how often each word occurs. Received: an embedding "
            "without counts, as most foreign formats are. If its words come by falling frequency, "
            "estimate them from the ranks: assume_zipf=True, or 'zipfian-whitening=ranks'."
        )
    mean, variances, directions = spread(embedding, weights)
    matrix = whitening_matrix(variances, directions, checked_dim(embedding, dim))
    done = {
        "name": "zipfian-whitening",
        "dim": matrix.shape[1],
        "probabilities": "ranks" if assume_zipf else "counts",
    }
    return mapped(embedding, mean, matrix, done)


def reduce_dimensions(embedding: StaticEmbedding, dim: int) -> StaticEmbedding:
    """Keep the strongest principal components: shorter vectors that lose the least.

    Args:
        embedding: The word vectors.
        dim: How many components to keep.

    Returns:
        The new embedding, centred on its mean; the report tells `explained_variance`, the share of
        the variance that is kept.

    Raises:
        InputError: `dim` is not from 1 to the embedding's dimension, or there are too few words.

    Example:
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> vocabulary = Vocabulary.from_words(["a", "b", "c"])
        >>> short = reduce_dimensions(StaticEmbedding(vocabulary, [[1, 2], [2, 4], [3, 6]]), 1)
        >>> [round(float(number), 3) for number in short.vectors[:, 0]]
        [-2.236, 0.0, 2.236]
        >>> round(short.report["postprocessing"][0]["explained_variance"], 3)
        1.0
    """
    kept = checked_dim(embedding, dim)
    mean, variances, directions = spread(embedding)
    share = float(variances[:kept].sum() / variances.sum())
    done = {"name": "pca", "dim": kept, "explained_variance": share}
    return mapped(embedding, mean, directions[:, :kept], done)


def normalize(embedding: StaticEmbedding) -> StaticEmbedding:
    """Give every word's vector the length one; a zero vector stays zero.

    Character n-grams cannot be treated alike, for then unknown words would point elsewhere: all
    their vectors are divided by the mean length of the words' vectors.

    Args:
        embedding: The word vectors.

    Returns:
        The new embedding.

    Example:
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> embedding = StaticEmbedding(Vocabulary.from_words(["a", "b"]), [[3, 4], [0, 0]])
        >>> normalize(embedding).vectors.round(3).tolist()
        [[0.6000000238418579, 0.800000011920929], [0.0, 0.0]]
    """
    units = np.empty_like(embedding.vectors)
    total, n_some = 0.0, 0
    for start in range(0, len(units), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        block = embedding.vectors[part].astype(np.float64)
        lengths = np.linalg.norm(block, axis=1, keepdims=True)
        units[part] = block / np.where(lengths > 0, lengths, 1.0)
        total, n_some = total + float(lengths.sum()), n_some + int((lengths > 0).sum())
    scale = n_some / total if n_some else 1.0
    return finished(
        embedding, units, lambda vectors: vectors * np.float32(scale), {"name": "normalize"}
    )


def postprocess(embedding: StaticEmbedding, step: str) -> StaticEmbedding:
    """Post-process by name, as the command line does.

    Args:
        embedding: The word vectors.
        step: A name of `POSTPROCESSORS`, alone or with a value: "pca=64", "all-but-the-top=3",
            "whitening=50", "zipfian-whitening=ranks".

    Returns:
        The new embedding.

    Raises:
        InputError: There is no such step, its value is missing or wrong, or it cannot be applied.

    Example:
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> vocabulary = Vocabulary.from_words(["a", "b", "c"])
        >>> postprocess(StaticEmbedding(vocabulary, [[1, 2], [2, 4], [3, 6]]), "pca=1").dim
        1
    """
    check_step(step)
    name, equals, value = step.partition("=")
    return POSTPROCESSORS[name](embedding, value if equals else None)


def check_step(step: str) -> None:
    """Refuse a name that `postprocess` does not know.

    Args:
        step: What `postprocess` would be given.

    Raises:
        InputError: There is no such step.
    """
    if step.partition("=")[0] not in POSTPROCESSORS:
        raise InputError(
            f"Post-processing is one of {', '.join(POSTPROCESSORS)}. Received: {step!r}."
        )


def pca_step(embedding: StaticEmbedding, value: str | None) -> StaticEmbedding:
    """Read the value of "pca=64"."""
    dim = number_of("pca", value)
    if dim is None:
        raise InputError("'pca' needs a number of dimensions, as in 'pca=64'. Received: none.")
    return reduce_dimensions(embedding, dim)


def zipfian_step(embedding: StaticEmbedding, value: str | None) -> StaticEmbedding:
    """Read the value of "zipfian-whitening=ranks"."""
    if value == "ranks":
        return zipfian_whiten(embedding, assume_zipf=True)
    return zipfian_whiten(embedding, number_of("zipfian-whitening", value))


def normalize_step(embedding: StaticEmbedding, value: str | None) -> StaticEmbedding:
    """Refuse a value."""
    if value is not None:
        raise InputError(f"'normalize' takes no value. Received: {value!r}.")
    return normalize(embedding)


POSTPROCESSORS: dict[str, Callable[[StaticEmbedding, str | None], StaticEmbedding]] = {
    "all-but-the-top": lambda embedding, value: all_but_the_top(
        embedding, number_of("all-but-the-top", value)
    ),
    "whitening": lambda embedding, value: whiten(embedding, number_of("whitening", value)),
    "zipfian-whitening": zipfian_step,
    "pca": pca_step,
    "normalize": normalize_step,
}
"""What `postprocess` knows: names, and functions that take an embedding and the value after "="."""


def number_of(name: str, value: str | None) -> int | None:
    """Return the whole number behind a step's name, or None where there is none."""
    if value is None:
        return None
    try:
        return int(value)
    except ValueError:
        raise InputError(
            f"'{name}=N' takes a whole number. Received: {f'{name}={value}'!r}."
        ) from None


def checked_dim(embedding: StaticEmbedding, dim: int | None) -> int:
    """Return how many components are kept."""
    kept = embedding.dim if dim is None else dim
    if not 1 <= kept <= embedding.dim:
        raise InputError(
            f"An embedding of {embedding.dim} dimensions has from 1 to {embedding.dim} principal "
            f"components. Received: {dim}."
        )
    return kept


def spread(embedding: StaticEmbedding, weights: Vector | None = None) -> tuple[Vector, ...]:
    """Return how vectors lie in space, in float64.

    Args:
        embedding: The word vectors.
        weights: float64 (n_words,), how much each word counts; None counts all alike.

    Returns:
        The mean (dim,), the variances (dim,) along the principal directions, greatest first, and
        these directions as columns (dim, dim).
    """
    vectors, dim = embedding.vectors, embedding.dim
    blocks = [slice(start, start + ROWS_AT_ONCE) for start in range(0, len(vectors), ROWS_AT_ONCE)]
    shares = np.ones(len(vectors)) if weights is None else weights
    shares = shares / shares.sum() if len(shares) else shares
    mean = np.zeros(dim)
    for part in blocks:
        mean += shares[part] @ vectors[part].astype(np.float64)
    covariance = np.zeros((dim, dim))
    with np.errstate(invalid="ignore"):
        for part in blocks:
            centred = vectors[part] - mean
            covariance += centred.T @ (centred * shares[part, None])
    if not np.isfinite(covariance).all():
        raise InputError("Post-processing needs finite vectors. Received: NaN or infinity.")
    variances, directions = np.linalg.eigh(covariance)
    if not variances[-1] > 0:
        raise InputError(
            "Post-processing needs at least two words with different vectors. "
            f"Received: {len(vectors)} words that do not differ."
        )
    # The sign of a direction is arbitrary; one that is fixed makes the same vectors each time.
    largest = directions[np.abs(directions).argmax(axis=0), np.arange(dim)]
    directions = directions * np.where(largest < 0, -1.0, 1.0)
    return mean, np.maximum(variances[::-1], 0.0), directions[:, ::-1]


def whitening_matrix(variances: Vector, directions: Vector, dim: int) -> Vector:
    """Return the matrix that turns to principal directions and makes their variances one."""
    scales = np.zeros(dim)
    some = variances[:dim] > NO_VARIANCE * variances[0]
    scales[some] = 1.0 / np.sqrt(variances[:dim][some])
    matrix: Vector = directions[:, :dim] * scales
    return matrix


def mapped(
    embedding: StaticEmbedding, mean: Vector, matrix: Vector, done: dict[str, object]
) -> StaticEmbedding:
    """Return the embedding whose vectors are (vector - mean) @ matrix, n-grams included."""

    def apply(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        moved = np.empty((len(vectors), matrix.shape[1]), np.float32)
        for start in range(0, len(vectors), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            moved[part] = (vectors[part] - mean) @ matrix
        return moved

    return finished(embedding, apply(embedding.vectors), apply, done)


def finished(
    embedding: StaticEmbedding,
    vectors: NDArray[np.float32],
    apply: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    done: dict[str, object],
) -> StaticEmbedding:
    """Return the embedding with new vectors, mapped n-grams, and a note of what was done."""
    if embedding.common_component is not None:
        warnings.warn(
            "The common component of the pooling 'sif' belongs to the vectors as they were, and is "
            "left out. Fit it again: embedding.with_common_component(texts).",
            DataWarning,
            stacklevel=4,
        )
    grams = embedding.subwords
    if grams is not None:
        grams = grams.with_vectors(apply(grams.vectors))
    report = dict(embedding.report or {})
    earlier = report.get("postprocessing")
    report["postprocessing"] = [*(earlier if isinstance(earlier, list) else []), done]
    return embedding.replaced(vectors=vectors, subwords=grams, report=report, common_component=None)
