"""A corpus: text as word ids on disk, with its vocabulary, ready for every trainer."""

import hashlib
import os
import shutil
import tempfile
import warnings
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import DataWarning, InputError
from wordloom.safetensors_file import read_tensors
from wordloom.text.batches import TextBatch, pack_texts
from wordloom.text.corpus_builder import write_corpus
from wordloom.text.corpus_files import check_arrays, damaged, map_array, read_description
from wordloom.text.tokenizer import Tokenizer
from wordloom.text.vocabulary import Vocabulary

if TYPE_CHECKING:
    from wordloom.text.sources import Source

__all__ = ["Corpus"]


# What the fingerprint reads of the tokens, and of where documents begin.
SAMPLES, SAMPLE = 64, 1 << 14


@dataclass(frozen=True, eq=False, repr=False)
class Corpus:
    """Documents as word ids, memory-mapped from a folder; made by `build`, opened by `load`.

    Words that were too rare are left out of `tokens`; a document that has no other words is there,
    empty.

    Attributes:
        folder: Where it lies: ``tokens.npy``, ``documents.npy``, ``vocabulary.safetensors`` and
            ``corpus.json``.
        tokens: int32 (n_tokens,), the word id of each token, read-only.
        documents: int64 (n_documents + 1,), where in `tokens` each document starts and the last
            one ends, read-only.
        vocabulary: The words by falling count, with their counts.
        tokenizer: What split the text.
        min_count: How often a word had to occur to be kept.
        n_raw_tokens: How many tokens the text has, those of dropped words included.
        source: The name of what was read.
        notes: What a person should know about the text, as sentences.

    Example:
        >>> corpus = Corpus.from_texts(["A rose is a rose.", "Is it?"], min_count=2)
        >>> corpus.vocabulary.words, corpus.tokens.tolist(), corpus.documents.tolist()
        (['a', 'is', 'rose'], [0, 2, 1, 0, 2, 1], [0, 5, 6])
    """

    folder: Path
    tokens: NDArray[np.int32]
    documents: NDArray[np.int64]
    vocabulary: Vocabulary
    tokenizer: Tokenizer
    min_count: int
    n_raw_tokens: int
    source: str
    notes: list[str]

    @property
    def n_tokens(self) -> int:
        """How many tokens there are, those of dropped words not counted."""
        return len(self.tokens)

    @property
    def n_documents(self) -> int:
        """How many documents there are."""
        return len(self.documents) - 1

    def __repr__(self) -> str:
        return (
            f"Corpus({self.source}: {self.n_documents:,} documents, {self.n_tokens:,} tokens, "
            f"{len(self.vocabulary):,} words)"
        )

    @cached_property
    def fingerprint(self) -> str:
        """A digest of the content, so that what was made of one corpus is not mixed with another.

        It takes in all counts and samples of the tokens and of where documents begin; to read them
        all would take minutes where the text is long.
        """
        digest = hashlib.blake2b(digest_size=16)
        for array in self.vocabulary.tensors().values():
            digest.update(np.ascontiguousarray(array).data)
        digest.update(f"{self.n_documents} {self.n_tokens}".encode())
        for array in (self.tokens, self.documents):
            for start in range(0, len(array), max(len(array) // SAMPLES, SAMPLE)):
                digest.update(np.ascontiguousarray(array[start : start + SAMPLE]).data)
        return digest.hexdigest()

    def document(self, number: int) -> NDArray[np.int32]:
        """Return the word ids of a document.

        Args:
            number: Which document, from 0 on.

        Returns:
            int32 (n_tokens_of_the_document,), a view.

        Raises:
            IndexError: There is no such document.
        """
        if not 0 <= number < self.n_documents:
            raise IndexError(f"Documents are numbered 0 to {self.n_documents - 1}, not {number}.")
        return self.tokens[self.documents[number] : self.documents[number + 1]]

    @classmethod
    def build(
        cls,
        source: "Source",
        folder: str | os.PathLike[str] | None = None,
        *,
        tokenizer: Tokenizer | None = None,
        min_count: int = 5,
        max_words: int | None = None,
        max_distinct_words: int = 20_000_000,
        progress: bool = False,
    ) -> "Corpus":
        """Read a source once, in bounded memory, and write its corpus.

        Args:
            source: Where the text comes from, such as `wordloom.text.sources.open_source` gives.
            folder: The folder to write; a corpus that is there is replaced. None takes a temporary
                folder that goes away with the object.
            tokenizer: Splits the text; None takes ``Tokenizer()``.
            min_count: How often a word must occur to be kept (5 as in word2vec).
            max_words: How many words to keep at most, the most frequent ones; None for all.
            max_distinct_words: How many distinct words to hold in memory at most, about 100 bytes
                each. When there are more, the rarest so far are forgotten, and a note says so.
            progress: Show a progress bar on stderr.

        Returns:
            The corpus. Its notes are also given as warnings of the class `DataWarning`.

        Raises:
            InputError: The source has no tokens or looks like a binary file; `min_count` leaves no
                word; the folder holds something else or cannot be written.
        """
        return cls._build(
            source, folder, tokenizer, min_count, max_words, max_distinct_words, progress
        )

    @classmethod
    def from_texts(
        cls,
        texts: Sequence[str],
        folder: str | os.PathLike[str] | None = None,
        *,
        tokenizer: Tokenizer | None = None,
        min_count: int = 5,
        max_words: int | None = None,
    ) -> "Corpus":
        """Make a corpus from texts in memory, each a document.

        Args:
            texts: The texts.
            folder: As for `build`.
            tokenizer: As for `build`.
            min_count: As for `build`.
            max_words: As for `build`.

        Returns:
            The corpus.

        Raises:
            InputError: As for `build`; or `texts` is not a list of str.
        """
        source = TextsSource(pack_texts(texts))
        return cls._build(source, folder, tokenizer, min_count, max_words, 20_000_000, False)

    @classmethod
    def _build(
        cls,
        source: "Source",
        folder: str | os.PathLike[str] | None,
        tokenizer: Tokenizer | None,
        min_count: int,
        max_words: int | None,
        max_distinct_words: int,
        progress: bool,
    ) -> "Corpus":
        """Do the work of `build`, one call deeper so that warnings point at its caller."""
        for name, value in {
            "min_count": min_count,
            "max_words": 1 if max_words is None else max_words,
            "max_distinct_words": max_distinct_words,
        }.items():
            if not isinstance(value, int) or not 1 <= value <= 1 << 30:
                raise InputError(
                    f"`{name}` must be a whole number between 1 and 2^30. Received: {value!r}."
                )
        temporary = None
        if folder is None:
            temporary = Path(tempfile.mkdtemp(prefix="wordloom-"))
            folder = temporary / "corpus"
        place = Path(folder)
        try:
            write_corpus(
                source,
                place,
                tokenizer or Tokenizer(),
                min_count=min_count,
                max_words=max_words,
                max_distinct_words=max_distinct_words,
                progress=progress,
            )
            corpus = open_folder(place)
        except BaseException:
            if temporary:
                shutil.rmtree(temporary, ignore_errors=True)
            raise
        if temporary:
            weakref.finalize(corpus, shutil.rmtree, temporary, ignore_errors=True)
        for note in corpus.notes:
            warnings.warn(note, DataWarning, stacklevel=3)
        return corpus

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> "Corpus":
        """Open a corpus folder; tokens and documents are memory-mapped.

        Args:
            folder: The folder.

        Returns:
            The corpus.

        Raises:
            InputError: There is no such folder.
            FormatError: The folder is not a corpus, is damaged or of a newer version.
        """
        corpus = open_folder(Path(folder))
        check_arrays(corpus.folder, corpus.tokens, corpus.documents, len(corpus.vocabulary))
        return corpus


@dataclass(frozen=True)
class TextsSource:
    """Texts in memory as a source."""

    batch: TextBatch
    name: str = "the texts"
    total_bytes: int | None = None

    def batches(self, batch_bytes: int = 1 << 20) -> Iterator[TextBatch]:
        """Yield the texts in batches of about so many bytes."""
        offsets = self.batch.offsets
        first = 0
        while first < len(self.batch):
            last = int(np.searchsorted(offsets, offsets[first] + batch_bytes, "right")) - 1
            last = max(last, first + 1)
            start, end = offsets[first], offsets[last]
            yield TextBatch(self.batch.data[start:end], offsets[first : last + 1] - start)
            first = last


def open_folder(folder: Path) -> Corpus:
    """Open a corpus whose arrays may be of any content."""
    if not folder.is_dir():
        raise InputError(f"A corpus is a folder. Received: {folder}, which is none.")
    facts = read_description(folder)
    tokens = map_array(folder / "tokens.npy", "<i4", facts["n_tokens"])
    documents = map_array(folder / "documents.npy", "<i8", facts["n_documents"] + 1)
    try:
        vocabulary = Vocabulary.from_tensors(read_tensors(folder / "vocabulary.safetensors"))
        tokenizer = Tokenizer.from_settings(facts.get("tokenizer"))
    except InputError as error:
        damaged(folder, str(error).rstrip("."))
    if len(vocabulary) != facts["n_words"] or vocabulary.n_documents != facts["n_documents"]:
        damaged(folder, "its vocabulary and its corpus.json count different words or documents")
    return Corpus(
        folder=folder,
        tokens=tokens,
        documents=documents,
        vocabulary=vocabulary,
        tokenizer=tokenizer,
        min_count=facts["min_count"],
        n_raw_tokens=facts["n_raw_tokens"],
        source=facts["source"],
        notes=facts["notes"],
    )
