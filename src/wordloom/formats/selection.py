"""A part of an embedding: chosen words, or the first ones."""

import numpy as np

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError
from wordloom.formats.format import ReadOptions
from wordloom.text.vocabulary import Vocabulary

__all__ = ["select"]


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
    smaller = Vocabulary.from_words(
        [vocabulary.word(row) for row in rows.tolist()],
        vocabulary.counts[rows],
        vocabulary.document_counts[rows],
        vocabulary.n_documents,
    )
    return embedding.replaced(vocabulary=smaller, vectors=embedding.vectors[rows])
