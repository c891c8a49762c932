"""Word vectors for verbs that compare words, also of ELMo, which has no table of its own."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wordloom.cli.options import counted, open_embedding, to_stderr
from wordloom.errors import InputError

if TYPE_CHECKING:
    from wordloom.elmo.embedding import ELMoEmbedding
    from wordloom.embedding.static import StaticEmbedding

__all__ = ["open_words", "words_alone"]

# What a person waits for: seconds with a small network, a minute or two with the largest.
WORDS_ALONE = 20_000
WORDS_AT_ONCE = 1000


def open_words(
    path: str, asked: Sequence[str] = (), *, only_asked: bool = False
) -> "StaticEmbedding":
    """Open the embedding that a user named as a table of word vectors.

    ELMo has none; it gives each word alone a vector: the more frequent ones of its training text,
    and those that are asked for.

    Args:
        path: The embedding.
        asked: The words that the user asks for.
        only_asked: Whether these are all that ELMo has to give.
    """
    from wordloom.embedding.static import StaticEmbedding

    embedding = open_embedding(path)
    if isinstance(embedding, StaticEmbedding):
        return embedding
    if only_asked:
        return words_alone(embedding, [word for word in dict.fromkeys(asked) if word])
    vocabulary = embedding.vocabulary
    if vocabulary is None:
        raise InputError(
            f"Words are compared with those that an embedding knows. Received: {path}, an ELMo "
            "network that reads any word and knows none, as published ones do. Make word vectors "
            f"of it first: wordloom convert {path} OUT --contexts TEXTS, or --words FILE."
        )
    words = [vocabulary.word(number) for number in range(min(len(vocabulary), WORDS_ALONE))]
    to_stderr(
        f"{embedding.name} is ELMo: its {counted(len(words), 'most frequent word')} are read "
        "alone. For vectors from their contexts: wordloom convert "
        f"{path} OUT --contexts TEXTS"
    )
    known = set(words)
    words += [word for word in dict.fromkeys(asked) if word and word not in known]
    return words_alone(embedding, words)


def words_alone(elmo: "ELMoEmbedding", words: list[str]) -> "StaticEmbedding":
    """Return a table of words that ELMo reads alone, with the counts that it knows.

    Args:
        elmo: The network.
        words: Different words, none of them empty.
    """
    import numpy as np

    from wordloom.embedding.static import StaticEmbedding
    from wordloom.progress import progress_bar
    from wordloom.text.vocabulary import Vocabulary

    vectors = np.empty((len(words), elmo.dim), np.float32)
    with progress_bar("Reading", len(words), "words", show=len(words) > WORDS_AT_ONCE) as advance:
        for start in range(0, len(words), WORDS_AT_ONCE):
            part = slice(start, start + WORDS_AT_ONCE)
            vectors[part], _ = elmo.word_vectors(words[part])
            advance(min(len(words), start + WORDS_AT_ONCE))
    counts = np.zeros(len(words), np.int64)
    if elmo.vocabulary is not None:
        ids = elmo.vocabulary.ids(words)
        counts[ids >= 0] = elmo.vocabulary.counts[ids[ids >= 0]]
    vocabulary = Vocabulary.from_words(words, counts)
    return StaticEmbedding(vocabulary, vectors, name=elmo.name, tokenizer=elmo.tokenizer)
