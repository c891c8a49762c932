"""The words of texts, and what each embedding says about them.

One tokenizer splits all texts, so that the vectors of several embeddings stand for the same words.
An embedding is asked for a word as it is spelled; if it has none, its own tokenizer has a try (it
may write words in lower case, or in pieces), and the mean of what it finds is taken. A word that
none knows is left out of the text (Kiela, Wang and Cho 2018); one that only some know has a zero
vector in the others. ELMo knows all words. Its vectors depend on the text: here is only what its
LSTMs read, if the network holds them; for the rest see `wordloom.classify.neural.contexts`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.neural.learned import LearnedEmbedding
from wordloom.elmo.embedding import ELMoEmbedding
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError
from wordloom.text.batches import TextBatch, pack_texts
from wordloom.text.interning import intern
from wordloom.text.tokenizer import Tokenizer
from wordloom.text.vocabulary import Vocabulary

__all__ = ["Reading", "TunedWords", "WordReader"]

Found = tuple[NDArray[np.float32] | None, NDArray[np.bool_]]
"""The vectors of words, and which words have one."""


@dataclass(frozen=True)
class Reading:
    """Texts as numbers of words, and the words' vectors.

    Attributes:
        words: The n_words different words that at least one embedding knows, with their counts.
        ids: int32 (n_tokens,), the word of each token, from 1 on; 0 is left for padding.
        splits: int64 (n_texts + 1,), where each text's tokens start and the last one's end.
        vectors: For each embedding float32 (n_words + 1, dim); the first row is zero. Of ELMo what
            its LSTMs read, (n_words + 1, projection_dim), or None if they are not in the network.
        known: bool (n_words + 1, n_embeddings), which embedding has a vector of which word.
    """

    words: Vocabulary
    ids: NDArray[np.int32]
    splits: NDArray[np.int64]
    vectors: tuple[NDArray[np.float32] | None, ...]
    known: NDArray[np.bool_]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """How many tokens each text has, int64 (n_texts,)."""
        return np.diff(self.splits)


@dataclass(frozen=True)
class TunedWords:
    """The vectors of those embeddings that training changed.

    Attributes:
        words: The n_words words of the training texts.
        vectors: For each embedding float32 (n_words, dim), or None where it stayed as it was.
        known: bool (n_words, n_embeddings), which of them have a vector.
    """

    words: Vocabulary
    vectors: tuple[NDArray[np.float32] | None, ...]
    known: NDArray[np.bool_]


class WordReader:
    """Turns texts into numbers of words and looks these up in every embedding.

    Args:
        embeddings: What is known of words.
        tokenizer: What splits texts; None takes that of the first ELMo, which reads punctuation
            and capitals too, or else that of the first embedding that has one.
        lstms: ELMo's LSTMs are in the network.

    Attributes:
        scales: What each embedding's vectors are multiplied with, so that they all have numbers of
            the same size; set by `fit`. 1 for ELMo, whose network sees to it.
        tuned: The vectors that training changed; None until then.
    """

    def __init__(
        self,
        embeddings: Sequence[StaticEmbedding | LearnedEmbedding | ELMoEmbedding],
        tokenizer: Tokenizer | None = None,
        *,
        lstms: bool = False,
    ) -> None:
        self.embeddings = tuple(embeddings)
        self.tokenizer = tokenizer_of(embeddings) if tokenizer is None else tokenizer
        self.lstms = lstms
        self.scales = [1.0] * len(self.embeddings)
        self.tuned: TunedWords | None = None

    def fit(self, texts: Sequence[str]) -> Reading:
        """Read the training texts; what training may change begins with the vectors found here.

        Args:
            texts: The training texts.

        Returns:
            The texts as numbers. Learned embeddings know their most frequent words.
        """
        self.tuned = None
        self.scales = [1.0] * len(self.embeddings)
        words, ids, splits = self.split(texts)
        counts = np.bincount(ids, minlength=len(words))
        words = Vocabulary(words.data, words.offsets, counts)
        found = [
            most_frequent(embedding, counts)
            if isinstance(embedding, LearnedEmbedding)
            else self.find(embedding, words)
            for embedding in self.embeddings
        ]
        for place, (vectors, known) in enumerate(found):
            if vectors is None or isinstance(self.embeddings[place], ELMoEmbedding):
                continue
            size = float(np.sqrt(np.mean(np.square(vectors[known])))) if known.any() else 0.0
            self.scales[place] = 1 / size if size > 0 else 1.0
        return self.gather(words, ids, splits, found)

    def read(self, texts: Sequence[str]) -> Reading:
        """Read any texts, with what training has changed.

        Args:
            texts: The texts.

        Returns:
            The texts as numbers.
        """
        words, ids, splits = self.split(texts)
        words = Vocabulary(words.data, words.offsets, np.bincount(ids, minlength=len(words)))
        found: list[Found] = []
        for embedding in self.embeddings:
            if isinstance(embedding, LearnedEmbedding):
                known = np.zeros(len(words), np.bool_)
                found.append((np.zeros((len(words), embedding.dim), np.float32), known))
            else:
                found.append(self.find(embedding, words))
        return self.gather(words, ids, splits, found)

    def find(self, embedding: StaticEmbedding | ELMoEmbedding, words: Vocabulary) -> Found:
        """Return what an embedding knows of words."""
        if isinstance(embedding, StaticEmbedding):
            return look_up(embedding, self.tokenizer, words.words)
        vectors = embedding.token_vectors(words) if self.lstms else None
        return vectors, np.ones(len(words), np.bool_)

    def split(
        self, texts: Sequence[str]
    ) -> tuple[Vocabulary, NDArray[np.int64], NDArray[np.int64]]:
        """Return the different words of texts, the word of each token, and the splits."""
        tokens = self.tokenizer.tokenize_batch(pack_texts(texts))
        words, ids = intern(tokens)
        return words, ids, tokens.splits

    def gather(
        self,
        words: Vocabulary,
        ids: NDArray[np.int64],
        splits: NDArray[np.int64],
        found: Sequence[Found],
    ) -> Reading:
        """Scale the vectors found, put tuned ones in their place, and drop unknown words."""
        tables = [
            None if vectors is None else vectors * np.float32(scale)
            for (vectors, _), scale in zip(found, self.scales, strict=True)
        ]
        known = np.stack([each for _, each in found], axis=1)
        if self.tuned is not None:
            places = self.tuned.words.find(words.data, words.offsets)
            seen = np.flatnonzero(places >= 0)
            for place, tuned in enumerate(self.tuned.vectors):
                table = tables[place]
                if tuned is not None and table is not None:
                    table[seen] = tuned[places[seen]]
                    known[seen, place] = self.tuned.known[places[seen], place]
        kept = np.flatnonzero(known.any(axis=1))
        numbers = np.zeros(len(words), np.int32)
        numbers[kept] = np.arange(1, len(kept) + 1, dtype=np.int32)
        new_ids = numbers[ids]
        before = np.zeros(len(ids) + 1, np.int64)
        np.cumsum(new_ids > 0, out=before[1:])
        batch = words_at(words, kept)
        return Reading(
            batch,
            new_ids[new_ids > 0],
            before[splits],
            tuple(
                None
                if table is None
                else np.concatenate([np.zeros((1, table.shape[1]), np.float32), table[kept]])
                for table in tables
            ),
            np.concatenate([np.zeros((1, known.shape[1]), np.bool_), known[kept]]),
        )


def tokenizer_of(
    embeddings: Sequence[StaticEmbedding | LearnedEmbedding | ELMoEmbedding],
) -> Tokenizer:
    """Return what splits texts for all of some embeddings.

    On SciCite's dev split (1,500 training texts, DME of ELMo and static vectors, two seeds)
    accuracy was 0.719 with the tokenizer of ELMo and 0.712 with that of the static vectors.
    """
    for kind in (ELMoEmbedding, StaticEmbedding):
        for each in embeddings:
            if isinstance(each, kind):
                return each.tokenizer
    return Tokenizer()


def words_at(words: Vocabulary, places: NDArray[np.int64]) -> Vocabulary:
    """Return a vocabulary of some words, with their counts."""
    chosen = TextBatch(words.data, words.offsets).chosen(places)
    return Vocabulary(chosen.data, chosen.offsets, words.counts[places])


def look_up(
    embedding: StaticEmbedding, tokenizer: Tokenizer, words: Sequence[str]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the vectors of words, float32 (n_words, dim), and which the embedding has."""
    vectors, known = embedding.word_vectors(words)
    vectors, known = np.array(vectors), np.array(known)
    missing = np.flatnonzero(~known)
    if len(missing) and embedding.tokenizer != tokenizer:
        second = embedding.embed([words[place] for place in missing.tolist()], pooling="mean")
        vectors[missing] = second
        known[missing] = second.any(axis=1)
    if not np.all(np.isfinite(vectors)):
        raise InputError(
            "The vectors of all words must be finite. Received: NaN or infinity from the embedding "
            f"{embedding.name!r}. If its training diverged, train it with a lower learning rate."
        )
    return vectors, known


def most_frequent(
    embedding: LearnedEmbedding, counts: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return vectors of zero, and which words a learned embedding will have."""
    known = np.zeros(len(counts), np.bool_)
    known[np.argsort(-counts, kind="stable")[: embedding.max_words]] = True
    return np.zeros((len(counts), embedding.dim), np.float32), known
