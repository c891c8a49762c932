"""One dense layer with softmax on pooled word vectors, which may learn, too; in plain NumPy.

A text of n words with vectors v is pooled to x = sum(v) / sqrt(n). The loss is the mean
cross-entropy; its gradient by a word's vector is that by x over sqrt(n), summed over the word's
places in the batch. Only the vectors of words in the batch change.
"""

from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.static import StaticEmbedding
from wordloom.text.batches import pack_texts

__all__ = ["Gradient", "LinearLayer", "Optimizer", "count_words", "word_table"]

Array = NDArray[Any]

FIRST_DECAY: Final = 0.9
SECOND_DECAY: Final = 0.999
EPSILON: Final = 1e-7
"""Adam's constants, Keras' defaults (Kingma and Ba 2015, arXiv 1412.6980)."""


def count_words(embedding: StaticEmbedding, texts: list[str]) -> Any:  # noqa: ANN401
    """Return what sqrtn pooling makes of texts, but for the vectors.

    Args:
        embedding: Has the tokenizer and the words.
        texts: The texts.

    Returns:
        A SciPy matrix, float32 (n_texts, n_words + 1): how often each word stands in each text,
        over the square root of the text's number of words. The last column is that of all words
        without a vector.

    Example:
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> embedding = StaticEmbedding(Vocabulary.from_words(["cough"]), [[1]])
        >>> count_words(embedding, ["cough, dry cough cough"]).toarray().tolist()
        [[1.5, 0.5]]
    """
    from scipy.sparse import csr_array

    tokens = embedding.tokenizer.tokenize_batch(pack_texts(texts))
    ids = embedding.vocabulary.find(tokens.data, tokens.offsets)
    columns = np.where(ids < 0, len(embedding), ids)
    lengths = np.diff(tokens.splits)
    weights = np.repeat(1 / np.sqrt(np.maximum(lengths, 1)), lengths).astype(np.float32)
    counts = csr_array((weights, columns, tokens.splits), (len(texts), len(embedding) + 1))
    counts.sum_duplicates()
    return counts


def word_table(embedding: StaticEmbedding) -> NDArray[np.float32]:
    """Return all vectors, float32 (n_words + 1, dim); last the zeros of words without a vector."""
    return np.concatenate([embedding.vectors, np.zeros((1, embedding.dim), np.float32)])


class Gradient(NamedTuple):
    """The loss of a batch, and its gradients.

    Attributes:
        loss: Mean cross-entropy, in nats.
        weights: That of the layer's weights, (dim, n_labels).
        biases: That of its biases, (n_labels,).
        words: The rows of the table that the batch uses, int64 (n_used,).
        vectors: The gradients of these rows, (n_used, dim); empty where they do not learn.
    """

    loss: float
    weights: Array
    biases: Array
    words: NDArray[np.int64]
    vectors: Array


@dataclass
class Optimizer:
    """Stochastic gradient descent, or Adam, of arrays of which some rows may be left out.

    Rows that are left out keep Adam's moments as they are.

    Attributes:
        kind: "sgd" or "adam".
        rate: The learning rate.
        steps: How many steps were taken.
        moments: Adam's two moments of each array, by its name.
    """

    kind: Literal["sgd", "adam"]
    rate: float
    steps: int = 0
    moments: dict[str, tuple[Array, Array]] = field(default_factory=dict)

    def move(self, name: str, array: Array, rows: Any, gradient: Array) -> None:  # noqa: ANN401
        """Change rows of an array against their gradient, in the step that `steps` counts."""
        if self.kind == "sgd":
            array[rows] -= self.rate * gradient
            return
        if name not in self.moments:
            self.moments[name] = (np.zeros_like(array), np.zeros_like(array))
        first, second = self.moments[name]
        first[rows] = mean = FIRST_DECAY * first[rows] + (1 - FIRST_DECAY) * gradient
        second[rows] = square = SECOND_DECAY * second[rows] + (1 - SECOND_DECAY) * gradient**2
        rate = self.rate * np.sqrt(1 - SECOND_DECAY**self.steps) / (1 - FIRST_DECAY**self.steps)
        array[rows] -= rate * mean / (np.sqrt(square) + EPSILON)


class LinearLayer:
    """A dense layer with softmax on pooled word vectors.

    Args:
        table: (n_words + 1, dim), the vectors; copied where they learn.
        n_labels: How many labels there are.
        trainable: Whether the vectors learn, too.
        optimizer: What changes the numbers.
        seed: Seed of the first weights, which are drawn as Keras and TensorFlow do: uniformly
            within ± sqrt(6 / (dim + n_labels)) (Glorot and Bengio 2010). Biases begin at 0.
    """

    def __init__(
        self, table: Array, n_labels: int, *, trainable: bool, optimizer: Optimizer, seed: int
    ) -> None:
        dim = table.shape[1]
        reach = np.sqrt(6 / (dim + n_labels))
        drawn = np.random.default_rng(seed).uniform(-reach, reach, (dim, n_labels))
        self.table = table.copy() if trainable else table
        self.trainable = trainable
        self.weights = drawn.astype(table.dtype)
        self.biases = np.zeros(n_labels, table.dtype)
        self.optimizer = optimizer

    def inputs(self, counts: Any) -> Any:  # noqa: ANN401
        """Return what `learn` and `probabilities` take for texts, rows of `count_words`.

        Frozen vectors are pooled once, here.
        """
        return counts if self.trainable else counts @ self.table

    def gradient(self, inputs: Any, targets: NDArray[np.int64]) -> Gradient:  # noqa: ANN401
        """Return the loss of texts and its gradients.

        Args:
            inputs: The texts, as `inputs` returns them.
            targets: The label of each, from 0, int64 (n_texts,).
        """
        counts, words = inputs, np.empty(0, np.int64)
        pooled = inputs
        if self.trainable:
            # The few words of the batch, and how much each counts in each text.
            words, places = np.unique(inputs.indices, return_inverse=True)
            counts = np.zeros((len(targets), len(words)), self.table.dtype)
            counts[np.repeat(np.arange(len(targets)), np.diff(inputs.indptr)), places] = inputs.data
            pooled = counts @ self.table[words]
        probabilities = softmax(pooled @ self.weights + self.biases)
        places = np.arange(len(targets))
        loss = -float(np.log(np.maximum(probabilities[places, targets], 1e-30)).mean())
        probabilities[places, targets] -= 1
        probabilities /= len(targets)
        vectors = counts.T @ (probabilities @ self.weights.T) if self.trainable else self.table[:0]
        return Gradient(loss, pooled.T @ probabilities, probabilities.sum(axis=0), words, vectors)

    def learn(self, inputs: Any, targets: NDArray[np.int64]) -> float:  # noqa: ANN401
        """Take a step on a batch; see `gradient`. Returns its loss before the step."""
        found = self.gradient(inputs, targets)
        self.optimizer.steps += 1
        self.optimizer.move("weights", self.weights, slice(None), found.weights)
        self.optimizer.move("biases", self.biases, slice(None), found.biases)
        if self.trainable:
            self.optimizer.move("table", self.table, found.words, found.vectors)
        return found.loss

    def probabilities(self, inputs: Any) -> Array:  # noqa: ANN401
        """Return the probability of each label for each text, (n_texts, n_labels)."""
        pooled = inputs @ self.table if self.trainable else inputs
        return softmax(pooled @ self.weights + self.biases)

    def numbers(self) -> tuple[Array, ...]:
        """Return copies of all that learns."""
        return tuple(array.copy() for array in self.learned())

    def restore(self, numbers: tuple[Array, ...]) -> None:
        """Take back what `numbers` returned."""
        for array, earlier in zip(self.learned(), numbers, strict=True):
            array[...] = earlier

    def learned(self) -> tuple[Array, ...]:
        """Return the arrays that learn."""
        return (self.weights, self.biases, *([self.table] if self.trainable else []))


def softmax(scores: Array) -> Array:
    """Return the shares of exponentials, row by row."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
