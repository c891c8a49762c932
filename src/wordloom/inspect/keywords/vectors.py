"""Vectors of keywords: looked up whole, else composed of their words; what has none is reported."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.protocol import Embedding
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError, MissingExtraError
from wordloom.inspect.keywords.lists import normalized_keyword
from wordloom.text.batches import pack_texts
from wordloom.text.character_classes import SINGLE_RANGES
from wordloom.text.phrases import DELIMITER
from wordloom.text.tokenizer import Tokenizer

__all__ = ["KeywordVectors", "keyword_vectors"]

KEYWORDS_AT_ONCE = 1 << 16


@dataclass(frozen=True)
class KeywordVectors:
    """The vectors of some keywords, and what is missing.

    Attributes:
        vectors: float32 (n_keywords, dim); zero for a keyword without a vector.
        known: bool (n_keywords,), which keywords have a vector.
        whole: bool (n_keywords,), which were in the vocabulary as they are; the other known ones
            are the means of their words' vectors.
        missing: The words without a vector, by keyword; a keyword may have a vector all the same,
            of its other words.
    """

    vectors: NDArray[np.float32]
    known: NDArray[np.bool_]
    whole: NDArray[np.bool_]
    missing: dict[int, tuple[str, ...]]


def keyword_vectors(embedding: Embedding, keywords: Sequence[str]) -> KeywordVectors:
    """Give each keyword a vector.

    A keyword is first looked up whole: as written, in lower case, and as a phrase
    (``word_embedding``). Else it is the mean of its words' vectors, where the embedding's
    tokenizer says what its words are; those that the embedding lacks are composed of character
    n-grams if its OOV policy is "subwords", tried in lower case and split at hyphens. Chinese and
    Japanese keywords are split by jieba where it is installed, and what is still unknown into
    characters.

    Args:
        embedding: The embedding. One that is not static (ELMo) embeds each keyword as a text.
        keywords: The keywords as written.

    Returns:
        The vectors, and what has none.

    Raises:
        InputError: A vector holds NaN or infinity.

    Example:
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> vocabulary = Vocabulary.from_words(["dry", "cough", "high_fever"])
        >>> embedding = StaticEmbedding(vocabulary, [[2, 0], [0, 2], [3, 3]])
        >>> found = keyword_vectors(embedding, ["Dry cough", "high fever", "mild cough", "flu"])
        >>> found.vectors.tolist(), found.missing
        ([[1.0, 1.0], [3.0, 3.0], [0.0, 2.0], [0.0, 0.0]], {2: ('mild',), 3: ('flu',)})
    """
    if not isinstance(embedding, StaticEmbedding):
        vectors = embedding.embed(keywords)
        return checked(embedding, keywords, vectors, np.zeros(len(keywords), np.bool_), {})
    vectors = np.zeros((len(keywords), embedding.dim), np.float32)
    whole = np.zeros(len(keywords), np.bool_)
    missing: dict[int, tuple[str, ...]] = {}
    for start in range(0, len(keywords), KEYWORDS_AT_ONCE):
        block = keywords[start : start + KEYWORDS_AT_ONCE]
        rows = vectors[start : start + len(block)]
        rest = look_up_whole(embedding, block, rows)
        whole[start : start + len(block)] = True
        whole[start + rest] = False
        lacking = compose(embedding, block, rest, rows)
        missing |= {start + place: words for place, words in lacking.items()}
    return checked(embedding, keywords, vectors, whole, missing)


def checked(
    embedding: Embedding,
    keywords: Sequence[str],
    vectors: NDArray[np.float32],
    whole: NDArray[np.bool_],
    missing: dict[int, tuple[str, ...]],
) -> KeywordVectors:
    """Return the vectors with what has none; a zero vector is none."""
    if not np.isfinite(vectors).all():
        raise InputError(
            f"Keywords need finite vectors. Received: the embedding '{embedding.name}', which "
            "holds NaN or infinity. Train it again, or look whether its file is damaged."
        )
    known = np.asarray(vectors.any(axis=1), np.bool_)
    for place in np.flatnonzero(~known).tolist():
        missing.setdefault(place, (keywords[place],))
    return KeywordVectors(vectors, known, whole & known, missing)


def look_up_whole(
    embedding: StaticEmbedding, keywords: Sequence[str], vectors: NDArray[np.float32]
) -> NDArray[np.int64]:
    """Fill in the vectors of the keywords that are in the vocabulary; return which are not."""
    plain = Tokenizer(embedding.tokenizer.preset, embedding.tokenizer.lowercase)
    rest = np.arange(len(keywords))
    forms = (
        lambda chosen: chosen,
        lambda chosen: [keyword.lower() for keyword in chosen],
        lambda chosen: [DELIMITER.join(words) for words in split(plain, chosen)],
    )
    for form in forms:
        words = form([keywords[place] for place in rest.tolist()])
        inside = embedding.vocabulary.ids(words) >= 0
        vectors[rest[inside]], _ = embedding.word_vectors([*compress(words, inside)])
        rest = rest[~inside]
    return rest


def compose(
    embedding: StaticEmbedding,
    keywords: Sequence[str],
    chosen: NDArray[np.int64],
    vectors: NDArray[np.float32],
) -> dict[int, tuple[str, ...]]:
    """Fill in the means of the chosen keywords' words; return the words without a vector."""
    pieces = dict(
        zip(
            chosen.tolist(),
            words_of(embedding, [keywords[k] for k in chosen.tolist()]),
            strict=True,
        )
    )
    table, rows = table_of(embedding, (word for words in pieces.values() for word in words))
    missing: dict[int, tuple[str, ...]] = {}
    for place, words in pieces.items():
        found: list[int] = []
        lacking: list[str] = []
        for word in words:
            if word in rows:
                found.append(rows[word])
                continue
            parts = [rows[part] for part in parts_of(word) if part in rows]
            found += parts
            if not parts:
                lacking.append(word)
        if found:
            vectors[place] = table[found].mean(axis=0)
        if lacking or not found:
            missing[place] = tuple(lacking) or (keywords[place],)
    return missing


def table_of(
    embedding: StaticEmbedding, words: Iterable[str]
) -> tuple[NDArray[np.float32], dict[str, int]]:
    """Return the vectors of words and of what unknown ones fall into, and the row of each known."""
    distinct = list(dict.fromkeys(words))
    vectors, known = embedding.word_vectors(distinct)
    parts = dict.fromkeys(
        part
        for word, is_known in zip(distinct, known.tolist(), strict=True)
        if not is_known
        for part in parts_of(word)
    )
    words_asked = set(distinct)
    more = [part for part in parts if part not in words_asked]
    part_vectors, part_known = embedding.word_vectors(more)
    table = np.concatenate([vectors, part_vectors])
    flags = [*known.tolist(), *part_known.tolist()]
    rows = {
        word: row
        for row, (word, is_known) in enumerate(zip([*distinct, *more], flags, strict=True))
        if is_known
    }
    return table, rows


def parts_of(word: str) -> list[str]:
    """Return what an unknown word is tried as: its parts in lower case, or its characters."""
    return list(word) if is_ideographic(word) else normalized_keyword(word).split()


def words_of(embedding: StaticEmbedding, keywords: Sequence[str]) -> list[list[str]]:
    """Split keywords into words, those with ideographs by jieba where it is installed."""
    words = split(embedding.tokenizer, keywords)
    places = [place for place, keyword in enumerate(keywords) if is_ideographic(keyword)]
    if places and embedding.tokenizer.preset != "jieba":
        try:
            jieba = Tokenizer("jieba", embedding.tokenizer.lowercase)
        except MissingExtraError:
            return words
        cut = split(jieba, [keywords[place] for place in places])
        for place, pieces in zip(places, cut, strict=True):
            words[place] = pieces
    return words


def split(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[str]]:
    """Return the tokens of texts, those without a letter or digit left out."""
    tokens = tokenizer.tokenize_batch(pack_texts(list(texts))).words()
    return [[word for word in words if any(map(str.isalnum, word))] for words in tokens]


def is_ideographic(text: str) -> bool:
    """Tell whether a text holds characters of a script that is written without spaces."""
    if text.isascii():
        return False
    return any(first <= ord(c) <= last for c in text for first, last in SINGLE_RANGES)
