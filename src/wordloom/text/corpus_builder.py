"""Raw text to a corpus folder, in one pass and in bounded memory."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wordloom.array_file import write_header
from wordloom.errors import InputError
from wordloom.kernels.corpus import recode_stream
from wordloom.output import explained, new_folder
from wordloom.progress import progress_bar
from wordloom.safetensors_file import write_tensors
from wordloom.text.corpus_files import FORMAT, VERSION
from wordloom.text.read_ahead import read_ahead
from wordloom.text.tokenizer import Tokenizer, Tokens
from wordloom.text.vocabulary import Vocabulary
from wordloom.text.word_counter import WordCounter

if TYPE_CHECKING:
    from wordloom.text.sources import Source

__all__ = ["is_corpus_folder", "write_corpus"]

CONTENT = {"corpus.json", "documents.npy", "tokens.npy", "vocabulary.safetensors"}

WHAT = "the corpus"

# Entries of the stream that get their final ids at a time.
BLOCK = 1 << 20


def write_corpus(
    source: "Source",
    folder: Path,
    tokenizer: Tokenizer,
    *,
    min_count: int,
    max_words: int | None,
    max_distinct_words: int,
    progress: bool,
) -> list[str]:
    """Read a source once and write what `Corpus.load` opens.

    Memory holds a few batches and the distinct words; the tokens go through a temporary file. The
    folder is built beside its place and renamed, so that it is there completely or not at all.

    Args:
        source: Where the text comes from.
        folder: The folder to write; it may be there when it is empty or a corpus.
        tokenizer: Splits the text.
        min_count: How often a word must occur to be kept.
        max_words: How many words to keep at most; None for all.
        max_distinct_words: How many distinct words to hold in memory at most.
        progress: Show a progress bar.

    Returns:
        What a person should know about the text, as sentences.

    Raises:
        InputError: The source has no tokens, looks like a binary file or cannot be read; no word
            occurs `min_count` times; or the folder cannot be written.
    """
    folder = Path(folder).resolve()
    with new_folder(folder, WHAT, is_corpus_folder) as content, working_folder(folder) as work:
        stream_path = work / "stream"
        with explained(folder, WHAT):
            stream = stream_path.open("wb")
        words = WordCounter(work, max_distinct_words)
        with stream:
            n_raw_tokens, invalid = count_source(source, tokenizer, words, stream, folder, progress)
        vocabulary = chosen_words(words, n_raw_tokens, min_count, max_words)
        notes = []
        if invalid:
            notes.append(
                f"{invalid:,} invalid UTF-8 {'sequence was' if invalid == 1 else 'sequences were'} "
                f"replaced by U+FFFD in {source.name}."
            )
        if words.eras:
            notes.append(
                f"{source.name} has more than {max_distinct_words:,} distinct words "
                f"(`max_distinct_words`). The rarest so far were forgotten {len(words.eras):,} "
                f"time{'' if len(words.eras) == 1 else 's'}: the counts of rare words are too low."
            )
        n_tokens = int(vocabulary.counts.sum())
        with explained(folder, WHAT):
            write_ids(words, stream_path, content, n_tokens)
            write_tensors(content / "vocabulary.safetensors", vocabulary.tensors())
            description = {
                "format": FORMAT,
                "version": VERSION,
                "source": source.name,
                "tokenizer": tokenizer.settings(),
                "min_count": min_count,
                "max_words": max_words,
                "n_words": len(vocabulary),
                "n_documents": words.n_documents,
                "n_tokens": n_tokens,
                "n_raw_tokens": n_raw_tokens,
                "notes": notes,
            }
            text = json.dumps(description, indent=2, ensure_ascii=False) + "\n"
            (content / "corpus.json").write_text(text, "utf-8", newline="\n")
    return notes


def is_corpus_folder(folder: Path) -> bool:
    """Tell whether a folder is a corpus and nothing else, so that a new one may take its place."""
    names = {item.name for item in folder.iterdir()}
    return "corpus.json" in names and names <= CONTENT


@contextmanager
def working_folder(folder: Path) -> Iterator[Path]:
    """Give a temporary folder beside a corpus, where there is room for its tokens."""
    with explained(folder, WHAT):
        work = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def count_source(
    source: "Source",
    tokenizer: Tokenizer,
    words: WordCounter,
    stream: IO[bytes],
    folder: Path,
    progress: bool,
) -> tuple[int, int]:
    """Count the words of a source and write its stream; return its tokens and invalid bytes."""
    n_raw_tokens = invalid = 0
    total = source.total_bytes
    unit = "tokens" if total is None else "bytes"
    with progress_bar("Reading", total, unit, show=progress) as advance:
        for source_bytes, tokens in read_ahead(tokenized(source, tokenizer)):
            entries = words.add(tokens)
            with explained(folder, WHAT):
                stream.write(entries.data)
            n_raw_tokens += len(tokens)
            invalid += tokens.invalid
            advance(n_raw_tokens if total is None else source_bytes)
    with explained(folder, WHAT):
        stream.flush()
    if n_raw_tokens == 0:
        raise InputError(
            f"A corpus needs text. Received: {source.name}, in which the tokenizer's preset "
            f"{tokenizer.preset!r} found no tokens ({words.n_documents:,} documents)."
        )
    return n_raw_tokens, invalid


def tokenized(source: "Source", tokenizer: Tokenizer) -> Iterator[tuple[int, Tokens]]:
    """Yield the batches of a source as tokens, each with how far the source has been read."""
    first = True
    for batch in read_ahead(source.batches()):
        tokens = tokenizer.tokenize_batch(batch)
        if first and len(batch.data):
            check_text(source.name, batch.data, tokens.invalid)
            first = False
        yield batch.source_bytes, tokens


def check_text(name: str, data: NDArray[np.uint8], invalid: int) -> None:
    """Refuse a first batch that is not UTF-8 text.

    Text has no NUL bytes, while UTF-16 and programs are full of them; of the bytes of a
    compressed file about 37 in 100 are invalid, of accented text in an older encoding under 15.
    """
    nul = len(data) - int(np.count_nonzero(data))
    if nul > 10 + len(data) // 100 or invalid > 10 + len(data) // 5:
        raise InputError(
            f"A source must be text in UTF-8. Received: {name}, which looks like a binary file or "
            f"another encoding: of its first {len(data):,} bytes, {nul:,} are NUL and {invalid:,} "
            "sequences are not UTF-8. Convert it to UTF-8 text first."
        )


def chosen_words(
    words: WordCounter, n_raw_tokens: int, min_count: int, max_words: int | None
) -> Vocabulary:
    """Return the vocabulary, or say why there is none."""
    vocabulary = words.vocabulary(min_count, max_words)
    if len(vocabulary) == 0:
        most = int(words.counts.max(initial=0))
        raise InputError(
            f"`min_count={min_count}` leaves no word: the corpus has {n_raw_tokens:,} "
            f"token{'' if n_raw_tokens == 1 else 's'} and its most frequent word occurs {most:,} "
            f"time{'' if most == 1 else 's'}. "
            + (
                "Lower `min_count`."
                if not words.eras
                else "Raise `max_distinct_words`, too low to hold all words while they are counted."
            )
        )
    return vocabulary


def write_ids(words: WordCounter, stream_path: Path, content: Path, n_tokens: int) -> None:
    """Turn the stream into the arrays of the corpus, block by block."""
    buffer = np.empty(BLOCK, np.int32)
    tokens = np.empty(BLOCK, np.int32)
    documents = np.empty(BLOCK, np.int64)
    with (
        stream_path.open("rb") as stream,
        (content / "tokens.npy").open("wb") as token_file,
        (content / "documents.npy").open("wb") as document_file,
    ):
        write_header(token_file, "<i4", n_tokens)
        write_header(document_file, "<i8", words.n_documents + 1)
        document_file.write(np.zeros(1, np.int64).data)
        position = written = 0
        for end, mapping in words.mappings():
            while position < end:
                block = buffer[: min(BLOCK, end - position)]
                stream.readinto(block.data)
                n, n_ends = recode_stream(block, mapping, written, tokens, documents)
                token_file.write(tokens[:n].data)
                document_file.write(documents[:n_ends].data)
                written += n
                position += len(block)
