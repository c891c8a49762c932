"""What ``wordloom train`` trains on: a corpus, or counts taken from it, with their options."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wordloom.cli.options import counted, source_from, to_stderr, whole_number
from wordloom.errors import InputError
from wordloom.output import check_folder, check_writable

if TYPE_CHECKING:
    from wordloom.cooccurrence.cooccurrences import Cooccurrences
    from wordloom.embedding.static import StaticEmbedding
    from wordloom.text.corpus import Corpus
    from wordloom.text.tokenizer import Tokenizer

__all__ = [
    "TOKENIZERS",
    "add_corpus_options",
    "add_counting_options",
    "check_before_reading",
    "check_nothing_given",
    "text_from",
]

CORPUS_OPTIONS: Final = {
    "tokenizer": None,
    "lowercase": None,
    "min_count": 5,
    "max_words": None,
    "corpus": None,
    "phrases": None,
    "phrase_threshold": None,
    "phrase_min_count": None,
    "phrase_passes": None,
}
"""What a corpus is built with, and the defaults."""

TOKENIZERS: Final = (
    "words",
    "marks",
    "spaces",
    "strip",
    "tfhub",
    "keras",
    "characters",
    "jieba",
)


def add_counting_options(parser: argparse.ArgumentParser) -> None:
    """Add what turns a corpus into co-occurrence counts."""
    group = parser.add_argument_group("counting")
    group.add_argument(
        "--memory", default="4GB", metavar="SIZE", help="how much memory counting may take"
    )
    group.add_argument(
        "--cooccurrences", metavar="DIR", help="keep the counts here, to train on them again"
    )


def add_corpus_options(parser: argparse.ArgumentParser) -> None:
    """Add what turns text into a corpus."""
    group = parser.add_argument_group("corpus")
    group.add_argument(
        "--tokenizer",
        choices=TOKENIZERS,
        help='how to split text; "words", or what --init was split with, unless given',
    )
    group.add_argument(
        "--lowercase",
        action=argparse.BooleanOptionalAction,
        help="whether to lower-case; as the tokenizer does unless given",
    )
    group.add_argument(
        "--min-count",
        type=whole_number(1),
        metavar="N",
        help="drop words that occur less often",
    )
    group.add_argument(
        "--max-words",
        type=whole_number(1),
        metavar="N",
        help="keep only so many, the most frequent; all unless given",
    )
    group.add_argument("--corpus", metavar="DIR", help="keep the corpus here, to train on it again")
    group = parser.add_argument_group("phrases")
    group.add_argument(
        "--phrases",
        choices=("npmi", "word2phrase"),
        help="find words that belong together by this score, and join them: new_york",
    )
    group.add_argument(
        "--phrase-threshold",
        type=float,
        metavar="X",
        help="least score; 0.6 for npmi and 100 for word2phrase unless given",
    )
    group.add_argument(
        "--phrase-min-count",
        type=whole_number(1),
        metavar="N",
        help="how often they must stand side by side; 10 for npmi and 5 for word2phrase, or as "
        "--min-count where that is more, unless given",
    )
    group.add_argument(
        "--phrase-passes",
        type=whole_number(1),
        metavar="N",
        help="how often to look; 2 finds phrases of up to four words; once unless given",
    )
    parser.set_defaults(**CORPUS_OPTIONS)


def check_before_reading(options: argparse.Namespace) -> None:
    """Refuse what would be refused after the text was read, or counted, for hours."""
    from wordloom.cooccurrence.cooccurrences import WIDEST_WINDOW
    from wordloom.cooccurrence.files import is_cooccurrence_folder
    from wordloom.cooccurrence.memory import parse_memory
    from wordloom.text.corpus_builder import is_corpus_folder

    if options.corpus:
        check_folder(Path(options.corpus), "the corpus", is_corpus_folder)
        check_writable(Path(options.corpus), make_folders=True)
    if not options.algorithm.counts:
        return
    parse_memory(options.memory)
    if options.window > WIDEST_WINDOW:
        raise InputError(
            f"Words are counted up to {WIDEST_WINDOW} words apart. Received: --window "
            f"{options.window}. Choose a smaller one."
        )
    if options.cooccurrences:
        check_folder(Path(options.cooccurrences), "the counts", is_cooccurrence_folder)
        check_writable(Path(options.cooccurrences), make_folders=True)
    if getattr(options, "device", "cpu") == "gpu":
        from wordloom.train.swivel_jax import find_gpu

        find_gpu(required=True)


def text_from(
    options: argparse.Namespace, init: "StaticEmbedding | None"
) -> "Corpus | Cooccurrences":
    """Open the counts or the corpus that the one SOURCE is, or build them from the sources."""
    from wordloom.cooccurrence.cooccurrences import Cooccurrences

    first = Path(options.source[0])
    is_counts = options.algorithm.counts and (first / "cooccurrences.json").is_file()
    if is_counts and len(options.source) == 1:
        check_nothing_given(options, (*CORPUS_OPTIONS, "cooccurrences"), "folder of counts")
        return Cooccurrences.load(first)
    corpus = corpus_from(options, init)
    to_stderr(
        f"{corpus.source}: {counted(corpus.n_documents, 'document')}, "
        f"{counted(corpus.n_tokens, 'token')} of {counted(len(corpus.vocabulary), 'word')}; "
        f"{counted(corpus.n_raw_tokens - corpus.n_tokens, 'token')} of rarer words left out"
    )
    if not options.algorithm.counts:
        return corpus
    return Cooccurrences.count(
        corpus,
        options.cooccurrences,
        window=options.window,
        symmetric=options.symmetric,
        memory=options.memory,
        threads=options.threads,
        progress=True,
    )


def corpus_from(options: argparse.Namespace, init: "StaticEmbedding | None") -> "Corpus":
    """Open the corpus folder that the one SOURCE is, or build a corpus from the sources."""
    from wordloom.text.corpus import Corpus
    from wordloom.text.tokenizer import Tokenizer

    first = options.source[0]
    if len(options.source) == 1 and (Path(first) / "corpus.json").is_file():
        check_nothing_given(options, tuple(CORPUS_OPTIONS), "corpus folder")
        return Corpus.load(first)
    tokenizer = Tokenizer(options.tokenizer or "words", options.lowercase)
    if init is not None and options.tokenizer is None:
        earlier = init.tokenizer
        lowercase = earlier.lowercase if options.lowercase is None else options.lowercase
        tokenizer = Tokenizer(earlier.preset, lowercase, earlier.phrases)
    return Corpus.build(
        source_from(options.source, options),
        options.corpus,
        tokenizer=with_phrases(options, tokenizer),
        min_count=options.min_count,
        max_words=options.max_words,
        progress=True,
    )


def with_phrases(options: argparse.Namespace, tokenizer: "Tokenizer") -> "Tokenizer":
    """Return the tokenizer, made to join the phrases of the sources if that is wanted."""
    from wordloom.text.phrase_finder import find_phrases
    from wordloom.text.phrase_scores import Score
    from wordloom.text.tokenizer import Tokenizer

    if options.phrases is None:
        given = [name for name in CORPUS_OPTIONS if name.startswith("phrase_")]
        given = [
            f"--{name.replace('_', '-')}" for name in given if getattr(options, name) is not None
        ]
        if given:
            raise InputError(
                f"Phrases are found with --phrases. Received: {', '.join(given)} without it. "
                "Add --phrases npmi."
            )
        return tokenizer
    if "-" in options.source:
        raise InputError(
            "Phrases are found by reading the text twice. Received: standard input, which is read "
            "once. Save the text to a file first."
        )
    if (options.phrase_min_count or options.min_count) < options.min_count:
        raise InputError(
            "A phrase must be as frequent as a word has to be, or it is dropped with its words. "
            f"Received: --phrase-min-count {options.phrase_min_count} and --min-count "
            f"{options.min_count}. Raise the first or lower the second."
        )
    usual = Score.with_defaults(options.phrases).min_count
    phrases = find_phrases(
        source_from(options.source, options),
        tokenizer,
        scoring=options.phrases,
        threshold=options.phrase_threshold,
        min_count=options.phrase_min_count or max(usual, options.min_count),
        passes=options.phrase_passes or 1,
        progress=True,
    )
    best = ", ".join(phrase.word for phrase, _ in zip(phrases, range(8), strict=False))
    to_stderr(f"{counted(len(phrases), 'phrase')}{': ' if best else ''}{best}")
    return Tokenizer(tokenizer.preset, tokenizer.lowercase, phrases)


def check_nothing_given(options: argparse.Namespace, names: tuple[str, ...], what: str) -> None:
    """Refuse options that a folder has settled already."""
    given = [
        "--" + name.replace("_", "-")
        for name in names
        if getattr(options, name) != CORPUS_OPTIONS.get(name)
    ]
    if given:
        raise InputError(
            f"A {what} keeps what it was made with. Received: {options.source[0]} and "
            f"{', '.join(given)}. Leave that out, or start from the text again."
        )
