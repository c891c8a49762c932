"""The attention report: how much each embedding was used, by word, frequency and class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.attention.aggregates import AttentionRow, aggregate
from wordloom.classify.attention.bands import band_begins, band_name
from wordloom.classify.attention.checks import (
    TextLabels,
    check_array,
    check_label_count,
    check_names,
    check_row_splits,
    check_weights,
    labels_of,
)
from wordloom.classify.attention.table import attention_table
from wordloom.classify.attention.token_attention import AttendingClassifier
from wordloom.classify.checks import check_texts
from wordloom.errors import InputError

__all__ = ["AttentionReport", "attention_report"]


@dataclass(frozen=True, eq=False, repr=False)
class AttentionReport:
    """How much each embedding was used at each token, and its means over groups of tokens.

    Kiela, Wang and Cho (2018) read such weights by the frequency of words, by part of speech
    (`by_group`) and by concreteness (`by_group`).

    Args:
        embeddings: The embeddings' names, all different.
        tokens: All tokens, text after text.
        weights: float32 (n_tokens, n_embeddings), each from 0 to 1. Those of a softmax add up to
            1 at each token; sigmoid gates need not.
        row_splits: int64 (n_texts + 1,); text i has the tokens from row_splits[i] up to
            row_splits[i + 1].
        labels: The class of each text, or for each text a list of its classes; None if unknown.
        known: bool (n_tokens, n_embeddings), whether the embedding has a vector for the word; an
            embedding that lacks a word can still get weight, but then adds a zero vector.
        frequency: int64 (n_tokens,), how often the token's word occurs in some large text.

    Raises:
        InputError: Names are missing or twice there, shapes do not fit each other, or weights are
            not numbers from 0 to 1.

    Example:
        >>> report = AttentionReport(
        ...     ("news", "medicine"),
        ...     ["a", "fever", "a", "cough"],
        ...     np.array([[0.5, 0.5], [0.25, 0.75], [0.5, 0.5], [0.125, 0.875]], np.float32),
        ...     np.array([0, 2, 4]),
        ... )
        >>> report.overall().mean
        (0.34375, 0.65625)
        >>> [(row.name, row.n_tokens, row.mean[1]) for row in report.by_word()]
        [('a', 2, 0.5), ('cough', 1, 0.875), ('fever', 1, 0.75)]
    """

    embeddings: tuple[str, ...]
    tokens: list[str]
    weights: NDArray[np.float32]
    row_splits: NDArray[np.int64]
    labels: Sequence[TextLabels] | None = None
    known: NDArray[np.bool_] | None = None
    frequency: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        names = check_names(self.embeddings)
        tokens = list(self.tokens)
        if not all(isinstance(token, str) for token in tokens):
            raise InputError("Every token must be a str. Received: other things among the tokens.")
        shape = (len(tokens), len(names))
        splits = check_row_splits(self.row_splits, len(tokens))
        check_label_count(self.labels, len(splits) - 1)
        checked: dict[str, object] = {
            "embeddings": names,
            "tokens": tokens,
            "weights": check_weights(self.weights, shape),
            "row_splits": splits,
        }
        if self.known is not None:
            checked["known"] = check_array("known", self.known, np.bool_, shape)
        if self.frequency is not None:
            checked["frequency"] = check_array(
                "frequency", self.frequency, np.int64, (len(tokens),)
            )
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.row_splits) - 1

    def __repr__(self) -> str:
        return (
            f"AttentionReport({', '.join(self.embeddings)}: "
            f"{len(self.tokens):,} tokens in {len(self):,} texts)"
        )

    def __str__(self) -> str:
        return self.table()

    @property
    def adds_up(self) -> bool:
        """Whether the weights of each token add up to 1, as those of a softmax do."""
        return bool(np.allclose(self.weights.sum(axis=1), 1, atol=0.01))

    @cached_property
    def text_numbers(self) -> NDArray[np.int64]:
        """The number of each token's text, int64 (n_tokens,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.row_splits))

    @cached_property
    def word_numbers(self) -> tuple[list[str], NDArray[np.int64]]:
        """The words, the most frequent of these texts first, and each token's (n_tokens,)."""
        seen: dict[str, int] = {}
        numbers = np.fromiter(
            (seen.setdefault(token, len(seen)) for token in self.tokens), np.int64, len(self.tokens)
        )
        words, counts = list(seen), np.bincount(numbers, minlength=len(seen)).tolist()
        order = sorted(range(len(words)), key=lambda number: (-counts[number], words[number]))
        ranks = np.empty(len(words), np.int64)
        ranks[order] = np.arange(len(words))
        return [words[number] for number in order], ranks[numbers]

    @cached_property
    def known_to_all(self) -> NDArray[np.bool_]:
        """Whether every embedding has the token's word, bool (n_tokens,)."""
        if self.known is None:
            return np.ones(len(self.tokens), bool)
        return np.asarray(self.known.all(axis=1), np.bool_)

    def text(self, number: int) -> tuple[list[str], NDArray[np.float32]]:
        """Return one text's tokens and their weights.

        Args:
            number: The text, counted from 0.

        Returns:
            The tokens, and float32 (n, n_embeddings).

        Raises:
            InputError: There is no such text.
        """
        if not 0 <= number < len(self):
            raise InputError(
                f"A text is chosen by its number, from 0 to {len(self) - 1}. Received: {number}."
            )
        span = slice(*self.row_splits[number : number + 2].tolist())
        return self.tokens[span], self.weights[span]

    def overall(self, *, known_to_all: bool = False) -> AttentionRow:
        """Return the means over all tokens, each token counted the same.

        Args:
            known_to_all: Take only tokens that every embedding has, where the choice is free.

        Returns:
            One row.
        """
        tokens = np.flatnonzero(self.known_to_all) if known_to_all else None
        name = "words that all have" if known_to_all else "all words"
        n_tokens = len(self.tokens) if tokens is None else len(tokens)
        return self.rows([name], np.zeros(n_tokens, np.int64), tokens)[0]

    def by_word(self, words: Sequence[str] | None = None, least: int = 1) -> list[AttentionRow]:
        """Return the means of each word.

        Args:
            words: The words, in the order wished; one that does not occur gets a row of 0 tokens.
                None takes all, the most frequent first.
            least: With ``words=None``, leave out words of fewer tokens than this.

        Returns:
            A row for each word.

        Raises:
            InputError: `words` is a single str.
        """
        if isinstance(words, str):
            raise InputError(f"A list of words is needed. Received: {words!r}. Write [{words!r}].")
        if words is None:
            listed, numbers = self.word_numbers
            # The most frequent come first, so those that are left out are at the end.
            kept = int((np.bincount(numbers, minlength=len(listed)) >= least).sum())
            tokens = np.flatnonzero(numbers < kept)
            return self.rows(listed[:kept], numbers[tokens], tokens)
        chosen = list(dict.fromkeys(words))
        return self.word_rows(chosen, {word: place for place, word in enumerate(chosen)})

    def by_group(self, groups: Mapping[str, str]) -> list[AttentionRow]:
        """Return the means of groups of words, such as parts of speech or topics.

        Args:
            groups: For each word the name of its group; words that are missing are left out.

        Returns:
            A row for each group that occurs, in alphabetical order.

        Example:
            >>> weights = np.array([[1, 0], [0.5, 0.5], [0, 1]])
            >>> report = AttentionReport(("a", "b"), ["the", "old", "car"], weights, [0, 3])
            >>> rows = report.by_group({"the": "function word", "old": "other", "car": "other"})
            >>> [(row.name, row.mean) for row in rows]
            [('function word', (1.0, 0.0)), ('other', (0.25, 0.75))]
        """
        occurring = {groups[word] for word in self.word_numbers[0] if word in groups}
        places = {name: place for place, name in enumerate(sorted(occurring))}
        known = {word: places[name] for word, name in groups.items() if name in places}
        return self.word_rows(list(places), known)

    def by_frequency(self, bands: int | Sequence[int] | None = None) -> list[AttentionRow]:
        """Return the means of rare to frequent words.

        Args:
            bands: None: 0, 1 to 9, 10 to 99 and so on. A number: as many bands, each with about
                the same number of tokens (fewer where single words weigh more). A list: the
                frequency at which each band but the lowest begins.

        Returns:
            A row for each band that has tokens, the rarest words first.

        Raises:
            InputError: The frequencies are not known, or the bands are none of these.
        """
        if self.frequency is None:
            raise InputError(
                "Averages by frequency need to know how often each word occurs. Received: a report "
                "without frequencies. Make it with frequency=…."
            )
        begins = band_begins(self.frequency, bands)
        names = [band_name(*ends) for ends in zip([0, *begins], [*begins, None], strict=True)]
        group = np.searchsorted(begins, self.frequency, side="right")
        return [row for row in self.rows(names, group) if row.n_tokens]

    def by_class(self) -> list[AttentionRow]:
        """Return the means of each class; a token of a text with several counts for each.

        Returns:
            A row for each class, sorted.

        Raises:
            InputError: The classes are not known.
        """
        if self.labels is None:
            raise InputError(
                "Averages by class need the classes. Received: a report without labels. Make it "
                "with labels=…."
            )
        pairs = [
            (text, label) for text in range(len(self)) for label in labels_of(self.labels[text])
        ]
        names = sorted({label for _, label in pairs}, key=lambda label: (str(type(label)), label))
        places = {label: place for place, label in enumerate(names)}
        texts = np.array([text for text, _ in pairs], np.int64)
        lengths = np.diff(self.row_splits)[texts]
        # The tokens of each text of a pair, end to end.
        before = np.repeat(self.row_splits[texts] - (np.cumsum(lengths) - lengths), lengths)
        tokens = before + np.arange(len(before))
        group = np.repeat(np.array([places[label] for _, label in pairs], np.int64), lengths)
        return self.rows([str(name) for name in names], group, tokens)

    def top_words(
        self, embedding: str | int, n: int = 20, least: int = 5, *, known_to_all: bool = True
    ) -> list[AttentionRow]:
        """Return the words that lean most to an embedding.

        Args:
            embedding: Its name or number.
            n: How many words at most.
            least: Leave out words of fewer tokens than this.
            known_to_all: Leave out words that another embedding lacks, whose weight says nothing
                more.

        Returns:
            A row for each word, the largest mean weight first.

        Raises:
            InputError: There is no such embedding.
        """
        column = self.column(embedding)
        rows = [
            row
            for row in self.by_word(least=max(1, least))
            if not known_to_all or row.known is None or min(row.known) > 0
        ]
        return sorted(rows, key=lambda row: -row.mean[column])[:n]

    def groupings(self, words: Sequence[str] = ()) -> dict[str, list[AttentionRow]]:
        """Return the means by everything that the report knows.

        Args:
            words: Chosen words.

        Returns:
            Rows by "overall" (a second row has the words that every embedding knows, where some
            lack words), "by_frequency" and "by_class" where these are known, and "by_word" where
            words are chosen.
        """
        found = {"overall": [self.overall()]}
        if not self.known_to_all.all():
            found["overall"].append(self.overall(known_to_all=True))
        if self.frequency is not None and self.frequency.any():
            found["by_frequency"] = self.by_frequency()
        if self.labels is not None:
            found["by_class"] = self.by_class()
        if words:
            found["by_word"] = self.by_word(words)
        return found

    def leaning(self, n: int) -> dict[str, list[AttentionRow]]:
        """Return the n words that lean most to each embedding, if there are several."""
        names = self.embeddings if len(self.embeddings) > 1 else ()
        return {name: self.top_words(name, n) for name in names}

    def table(self, words: Sequence[str] = ()) -> str:
        """Return all means as tables for people.

        Args:
            words: Words that have a table of their own.

        Returns:
            Lines of text.
        """
        tops = {f"most {name}": rows for name, rows in self.leaning(10).items()}
        return attention_table(self.embeddings, repr(self), self.groupings(words) | tops)

    def to_json(self, words: Sequence[str] = ()) -> dict[str, Any]:
        """Return all means, but not the single tokens, as what JSON knows.

        Args:
            words: Words that have rows of their own, under "by_word".

        Returns:
            Names and numbers, the rows of `groupings`, and "top_words" of each embedding.
        """
        return {
            "embeddings": list(self.embeddings),
            "n_texts": len(self),
            "n_tokens": len(self.tokens),
            "adds_up": self.adds_up,
            **{
                name: [row.to_json() for row in rows]
                for name, rows in self.groupings(words).items()
            },
            "top_words": {
                name: [row.to_json() for row in rows] for name, rows in self.leaning(20).items()
            },
        }

    def column(self, embedding: str | int) -> int:
        """Return the number of an embedding, given by name or number."""
        if isinstance(embedding, str) and embedding in self.embeddings:
            return self.embeddings.index(embedding)
        if isinstance(embedding, int) and 0 <= embedding < len(self.embeddings):
            return embedding
        raise InputError(
            f"The embeddings are {', '.join(self.embeddings)}. Received: {embedding!r}."
        )

    def word_rows(self, names: Sequence[str], groups: Mapping[str, int]) -> list[AttentionRow]:
        """Average over groups of words; `groups` gives the number of a word's group."""
        words, numbers = self.word_numbers
        group = np.array([groups.get(word, -1) for word in words], np.int64)[numbers]
        tokens = np.flatnonzero(group >= 0)
        return self.rows(names, group[tokens], tokens)

    def rows(
        self,
        names: Sequence[str],
        groups: NDArray[np.int64],
        tokens: NDArray[np.int64] | None = None,
    ) -> list[AttentionRow]:
        """Average over groups of tokens.

        Args:
            names: The groups' names.
            groups: int64 (n,), the group of each of `tokens`.
            tokens: int64 (n,), the tokens that count; None takes all.

        Returns:
            A row for each group.
        """
        kept = slice(None) if tokens is None else tokens
        known = None if self.known is None else self.known[kept]
        return aggregate(names, groups, self.text_numbers[kept], self.weights[kept], known)


def attention_report(
    classifier: AttendingClassifier,
    texts: Sequence[str],
    labels: Sequence[TextLabels] | None = None,
) -> AttentionReport:
    """Ask a classifier how much it used each of its embeddings on some texts.

    Args:
        classifier: A `TextClassifier` that weighs several embeddings (``combine="dme"`` or
            ``"cdme"``).
        texts: The texts.
        labels: The class of each text, or the list of its classes, for averages by class.

    Returns:
        The report.

    Raises:
        InputError: There are no texts, the labels do not fit, or the classifier has no weights.
    """
    listed = check_texts(texts)
    check_label_count(labels, len(listed))
    attention = classifier.token_attention(listed)
    return AttentionReport(
        told_apart(attention.names),
        attention.tokens,
        attention.weights,
        attention.row_splits,
        labels,
        attention.known,
        attention.frequency,
    )


def told_apart(names: Sequence[str]) -> tuple[str, ...]:
    """Return names with a number after each one that was there before.

    Example:
        >>> told_apart(["news", "wiki", "news"])
        ('news', 'wiki', 'news (2)')
    """
    taken: list[str] = []
    for name in names:
        number, own = 1, name
        while own in taken:
            number += 1
            own = f"{name} ({number})"
        taken.append(own)
    return tuple(taken)
