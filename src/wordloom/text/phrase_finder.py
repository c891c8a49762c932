"""Phrases found in text: which neighbours belong together, by NPMI or the word2phrase score."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import InputError
from wordloom.kernels.compile import read_only
from wordloom.kernels.phrases import count_pairs, enter_pairs, join_pairs
from wordloom.kernels.words import slot_count
from wordloom.output import explained
from wordloom.text.batches import pack_texts
from wordloom.text.corpus import TextsSource
from wordloom.text.corpus_builder import count_source
from wordloom.text.phrase_scores import Score
from wordloom.text.phrases import MAX_PASSES, Phrase, Phrases, pair_table
from wordloom.text.tokenizer import Tokenizer
from wordloom.text.vocabulary import Vocabulary
from wordloom.text.word_counter import WordCounter

if TYPE_CHECKING:
    from wordloom.text.sources import Source

__all__ = ["find_phrases"]

WHAT = "the text's word ids"

# Word ids that are read at a time: the table of pairs keeps room for all of them to be new pairs.
BLOCK = 1 << 18


def find_phrases(
    source: "Source | Sequence[str]",
    tokenizer: Tokenizer | None = None,
    *,
    scoring: Literal["npmi", "word2phrase"] = "npmi",
    threshold: float | None = None,
    min_count: int | None = None,
    passes: int = 1,
    max_phrases: int | None = None,
    max_distinct_words: int = 20_000_000,
    progress: bool = False,
) -> Phrases:
    """Find words that stand side by side more often than their own counts explain.

    The text is read once. Its word ids go to a temporary file (four bytes for each token), and
    memory holds the distinct words and those pairs whose score can still reach the threshold, given
    the counts of their words: about 32 bytes each. Neighbours are those of the text itself, within
    a document; punctuation that the tokenizer drops does not part them.

    Args:
        source: Where the text comes from, such as `wordloom.text.sources.open_source` gives, or a
            list of texts. To train on it, it is read a second time: standard input will not do.
        tokenizer: Splits the text; None takes ``Tokenizer()``. Phrases that it has already stay
            the first passes.
        scoring: "npmi" (Bouma 2009, "Normalized (pointwise) mutual information in collocation
            extraction"; from -1 to 1, whatever the size of the text) or "word2phrase" (Mikolov et
            al. 2013, arXiv 1310.4546, equation 6, times the number of tokens as in the program).
        threshold: The least score of a phrase; None takes 0.6 for NPMI, and 100 for word2phrase as
            the program does.
        min_count: How often the two must stand side by side; None takes 10 for NPMI, and 5 for
            word2phrase as the program does, where it is also the discount. A corpus with a higher
            `min_count` drops the phrases that are rarer, and their words with them.
        passes: How often to look: each pass joins what the ones before it found, so that two find
            phrases of up to four words.
        max_phrases: How many phrases of each pass to keep at most, the best ones; None for all.
        max_distinct_words: As for `Corpus.build`.
        progress: Show a progress bar on stderr.

    Returns:
        The phrases, in each pass by falling score, then by falling count.

    Raises:
        InputError: An argument is out of range; the source has no tokens or cannot be read.

    Example:
        >>> texts = ["to New York", "from New York", "York is old, New York is not"] * 5
        >>> phrases = find_phrases(texts, threshold=0.7)
        >>> [phrase.word for phrase in phrases]
        ['new_york']
        >>> from wordloom.text.corpus import Corpus
        >>> corpus = Corpus.from_texts(texts, tokenizer=Tokenizer("words", phrases=phrases))
        >>> corpus.vocabulary["new_york"]
        0
    """
    tokenizer = tokenizer or Tokenizer()
    earlier = tokenizer.phrases.passes if tokenizer.phrases else ()
    score = Score.with_defaults(scoring, threshold, min_count)
    check_whole("min_count", score.min_count, 1 << 30)
    check_whole("passes", passes, MAX_PASSES - len(earlier))
    check_whole("max_phrases", 1 if max_phrases is None else max_phrases, 1 << 30)
    check_whole("max_distinct_words", max_distinct_words, 1 << 30)
    if isinstance(source, Sequence):
        source = TextsSource(pack_texts(source))
    found: list[list[Phrase]] = []
    with tempfile.TemporaryDirectory(prefix="wordloom-") as folder:
        work = Path(folder)
        words = WordCounter(work, max_distinct_words)
        with (work / "stream").open("wb") as stream:
            count_source(source, tokenizer, words, stream, work, progress)
        vocabulary = words.vocabulary(1, None)
        ids = work / "ids"
        with explained(work, WHAT):
            write_final_ids(words, work / "stream", ids)
            while len(found) < passes:
                lefts, rights, phrases = best_pairs(ids, vocabulary, score, max_phrases)
                if not phrases:
                    break
                found.append(phrases)
                if len(found) < passes:
                    vocabulary = join(ids, vocabulary, lefts, rights, phrases)
    return Phrases([*earlier, *found])


def best_pairs(
    path: Path, vocabulary: Vocabulary, score: Score, max_phrases: int | None
) -> tuple[NDArray[np.int32], NDArray[np.int32], list[Phrase]]:
    """Return the left and right ids of the pairs that are phrases, and these, the best first."""
    table = counted_pairs(path, score.limits(vocabulary), score.threshold)
    table = table[table[:, 1] >= score.min_count]
    lefts, rights = (table[:, 0] - 1) >> 32, (table[:, 0] - 1) & 0xFFFFFFFF
    left_counts, right_counts = vocabulary.counts[lefts], vocabulary.counts[rights]
    n_tokens = max(1, int(vocabulary.counts.sum()))
    scores = score.of_pairs(table[:, 1], left_counts, right_counts, n_tokens)
    order = np.lexsort((rights, lefts, -table[:, 1], -scores))
    order = order[scores[order] >= score.threshold][:max_phrases]
    lefts, rights = lefts[order].astype(np.int32), rights[order].astype(np.int32)
    phrases = [
        Phrase(vocabulary.word(left), vocabulary.word(right), round(value, 4), count)
        for left, right, value, count in zip(
            lefts.tolist(),
            rights.tolist(),
            scores[order].tolist(),
            table[order, 1].tolist(),
            strict=True,
        )
    ]
    return lefts, rights, phrases


def counted_pairs(path: Path, limits: NDArray[np.float64], threshold: float) -> NDArray[np.int64]:
    """Count the pairs of a file of word ids; return them with their counts, int64 (n_pairs, 2)."""
    n_pairs = 0
    table = np.zeros((slot_count(BLOCK), 2), np.int64)
    # The limits are rounded otherwise than the scores.
    least = threshold - 1e-9 * abs(threshold)
    # Blocks share one entry, so that each two neighbours meet in one of them.
    for block in blocks(path, BLOCK - 1):
        rows = slot_count(n_pairs + len(block))
        if rows > len(table):
            larger = np.zeros((rows, 2), np.int64)
            enter_pairs(table, larger)
            table = larger
        n_pairs = count_pairs(block, limits, least, table, n_pairs)
    pairs: NDArray[np.int64] = table[table[:, 0] != 0]
    return pairs


def blocks(path: Path, step: int) -> Iterator[NDArray[np.int32]]:
    """Yield a file of word ids in blocks that start every so many entries."""
    with path.open("rb") as file:
        for start in range(0, path.stat().st_size // 4, step):
            file.seek(4 * start)
            yield np.fromfile(file, np.int32, BLOCK)


def write_final_ids(words: WordCounter, stream_path: Path, path: Path) -> None:
    """Turn the stream's provisional ids into those of the last vocabulary, -1 where words end."""
    position = 0
    with stream_path.open("rb") as stream, path.open("wb") as file:
        for end, mapping in words.mappings():
            final = np.append(mapping, np.int32(-1))  # -1, a document's end, leads to itself.
            while position < end:
                block = np.fromfile(stream, np.int32, min(BLOCK, end - position))
                file.write(final[block].data)
                position += len(block)


def join(
    path: Path,
    vocabulary: Vocabulary,
    lefts: NDArray[np.int32],
    rights: NDArray[np.int32],
    phrases: list[Phrase],
) -> Vocabulary:
    """Join pairs in a file of word ids; return the vocabulary with the phrases and new counts.

    A phrase may be a word already, as "new_york" where the text itself writes it so.
    """
    words = [phrase.word for phrase in phrases]
    known = vocabulary.ids(words).tolist()
    new = [word for word, index in zip(words, known, strict=True) if index < 0]
    packed = pack_texts(list(dict.fromkeys(new)))
    counts = np.zeros(len(vocabulary) + len(packed), np.int64)
    grown = Vocabulary(
        np.concatenate([vocabulary.data, packed.data]),
        np.concatenate([vocabulary.offsets, packed.offsets[1:] + len(vocabulary.data)]),
        counts,
    )
    table = read_only(pair_table(lefts, rights, grown.ids(words).astype(np.int64)))
    joined = np.empty(BLOCK, np.int32)
    aside = path.with_name("joined")
    with path.open("rb") as file, aside.open("wb") as new_file:
        # The last entry of the file is -1: no word is left over there.
        while len(block := np.fromfile(file, np.int32, BLOCK)):
            used, written = join_pairs(block, table, joined, counts)
            new_file.write(joined[:written].data)
            file.seek(4 * (used - len(block)), os.SEEK_CUR)
    aside.replace(path)
    return grown


def check_whole(name: str, value: int, most: int) -> None:
    """Refuse a number of something that is out of range."""
    if not isinstance(value, int) or not 1 <= value <= most:
        raise InputError(
            f"`{name}` must be a whole number between 1 and {most:,}. Received: {value!r}."
        )
