"""A part of an embedding: chosen words, the first ones, or words without character n-grams."""

import warnings

import numpy as np

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import DataWarning, InputError
from wordloom.formats.format import ReadOptions
from wordloom.text.batches import TextBatch
from wordloom.text.vocabulary import Vocabulary

__all__ = ["select", "without_ngrams"]


def select(embedding: StaticEmbedding, options: ReadOptions) -> StaticEmbedding:
    """Return the part of an embedding that was asked for; its order stays.

    Args:
        embedding: The whole embedding.
        options: Which words are wanted.

    Returns:
        The embedding itself where nothing was chosen, else a smaller one.

    Raises:
        InputError: None of the chosen words is there.

    Example:
        >>> whole = StaticEmbedding(Vocabulary.from_words(["a", "b", "c"]), [[1], [2], [3]])
        >>> select(whole, ReadOptions(words=["c", "x", "a"])).vocabulary.words
        ['a', 'c']
    """
    rows = np.arange(len(embedding))[: options.limit]
    if options.words is not None:
        wanted = embedding.vocabulary.ids(list(dict.fromkeys(options.words)))
        rows = rows[np.isin(rows, wanted)]
    if len(rows) == len(embedding):
        return embedding
    vocabulary = embedding.vocabulary
    if len(rows) == 0:
        raise InputError(
            "At least one of the chosen words must be in the embedding. Received: "
            f"'{embedding.name}', with {len(embedding):,} words, none of them chosen. Check their "
            "spelling."
        )
    words = TextBatch(vocabulary.data, vocabulary.offsets).chosen(rows)
    smaller = Vocabulary(
        words.data,
        words.offsets,
        vocabulary.counts[rows],
        vocabulary.document_counts[rows],
        vocabulary.n_documents,
    )
    return embedding.replaced(vocabulary=smaller, vectors=embedding.vectors[rows])


def without_ngrams(embedding: StaticEmbedding, target: str) -> StaticEmbedding:
    """Return an embedding without the vectors of character n-grams, and say that they are gone.

    Args:
        embedding: The embedding; one that has none is returned as it is.
        target: What cannot hold them, for the message.

    Returns:
        An embedding that leaves unknown words out where it composed vectors for them.

    Example:
        >>> embedding = StaticEmbedding(Vocabulary.from_words(["cough"]), [[1]])
        >>> without_ngrams(embedding, "GloVe text") is embedding
        True
    """
    if embedding.subwords is None:
        return embedding
    warnings.warn(
        f"{target[0].upper()}{target[1:]} has no place for vectors of character n-grams: there, "
        f"'{embedding.name}' gives no vectors to unknown words. A module folder or the format "
        "'fasttext' keeps them.",
        DataWarning,
        stacklevel=3,
    )
    oov = "skip" if embedding.oov == "subwords" else embedding.oov
    return embedding.replaced(subwords=None, oov=oov)
