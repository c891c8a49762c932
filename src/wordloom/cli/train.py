"""``wordloom train skipgram | cbow``: from raw text to an embedding on disk."""

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wordloom.cli.options import (
    HelpFormatter,
    Verbs,
    add_source_options,
    add_verb,
    counted,
    print_json,
    print_lines,
    source_from,
    to_stderr,
    whole_number,
)
from wordloom.errors import InputError, TrainingError
from wordloom.output import check_writable

if TYPE_CHECKING:
    from wordloom.text.corpus import Corpus
    from wordloom.text.vocabulary import Vocabulary

__all__ = ["add_verbs"]

CORPUS_OPTIONS: Final = {
    "tokenizer": "words",
    "lowercase": None,
    "min_count": 5,
    "max_words": None,
    "corpus": None,
}
"""What a corpus is built with, and the defaults."""

TOKENIZERS: Final = ("words", "spaces", "strip", "tfhub", "keras", "characters", "jieba")


def add_verbs(verbs: "Verbs[argparse.ArgumentParser]") -> None:
    """Add ``train`` with its algorithms."""
    train = verbs.add_parser(
        "train",
        help="train an embedding on text",
        description="Train word vectors on raw text and save them.",
        formatter_class=HelpFormatter,
    )
    algorithms = train.add_subparsers(title="algorithms", metavar="ALGORITHM", required=True)
    for name, summary, rate in (
        ("skipgram", "train skip-gram with negative sampling", 0.025),
        ("cbow", "train CBOW with negative sampling", 0.05),
    ):
        example = f"wordloom train {name} reviews.csv --columns text -o my-vectors"
        parser = add_verb(algorithms, name, run_train, summary, example)
        parser.set_defaults(algorithm=name)
        parser.add_argument(
            "source",
            nargs="+",
            metavar="SOURCE",
            help="files, folders, archives, - or data:NAME; or one corpus folder",
        )
        parser.add_argument(
            "-o", "--output", required=True, metavar="DIR", help="where the embedding goes"
        )
        training = add_model_options(parser, rate)
        if name == "cbow":
            training.add_argument(
                "--cbow-gradient",
                choices=("word2vec", "exact"),
                default="word2vec",
                help="whether a context word gets the whole gradient of the mean or its share",
            )
        add_corpus_options(parser)
        add_source_options(parser)


def add_model_options(
    parser: argparse.ArgumentParser, learning_rate: float
) -> argparse._ArgumentGroup:
    """Add the hyper-parameters of `wordloom.train.negative_sampling.NegativeSampling`."""
    group = parser.add_argument_group("training")
    for name, default, meaning in (
        ("dim", 100, "length of a vector"),
        ("window", 5, "widest context, in words each side"),
        ("negative", 5, "negative samples for each pair"),
        ("epochs", 5, "times to go through the text"),
    ):
        group.add_argument(
            f"--{name}", type=whole_number(1), default=default, metavar="N", help=meaning
        )
    group.add_argument(
        "--learning-rate",
        type=float,
        default=learning_rate,
        metavar="X",
        help="first step size; it falls to nearly 0",
    )
    group.add_argument(
        "--subsample",
        type=float,
        default=1e-3,
        metavar="X",
        help="share of the text above which a word is thinned out; 0 thins none",
    )
    group.add_argument(
        "--threads", type=whole_number(1), metavar="N", help="all processors unless given"
    )
    group.add_argument(
        "--seed",
        type=whole_number(0),
        default=1,
        metavar="N",
        help="seed of the random generators; runs repeat exactly with --threads 1",
    )
    group.add_argument("--name", help="what the embedding is called; as DIR unless given")
    return group


def add_corpus_options(parser: argparse.ArgumentParser) -> None:
    """Add what turns text into a corpus."""
    group = parser.add_argument_group("corpus")
    group.add_argument("--tokenizer", choices=TOKENIZERS, help="how to split text")
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
    parser.set_defaults(**CORPUS_OPTIONS)


def run_train(options: argparse.Namespace) -> None:
    """Build or open the corpus, train, save."""
    from wordloom.embedding.folder import check_place
    from wordloom.embedding.static import StaticEmbedding
    from wordloom.train.cbow import CBOW
    from wordloom.train.skipgram import SkipGram

    settings = {
        "dim": options.dim,
        "window": options.window,
        "negative": options.negative,
        "epochs": options.epochs,
        "learning_rate": options.learning_rate,
        "subsample": options.subsample,
    }
    trainer = (
        SkipGram(**settings)
        if options.algorithm == "skipgram"
        else CBOW(**settings, cbow_gradient=options.cbow_gradient)
    )
    output = Path(options.output)
    check_place(output)
    check_writable(Path(options.output), make_folders=True)
    if options.corpus and Path(options.corpus, ".").resolve().is_relative_to(output.resolve()):
        raise InputError(
            "The corpus must lie outside the embedding's folder. Received: --corpus "
            f"{options.corpus} and -o {output}. Choose another folder for one of them."
        )
    corpus = corpus_from(options)
    to_stderr(
        f"{corpus.source}: {counted(corpus.n_documents, 'document')}, "
        f"{counted(corpus.n_tokens, 'token')} of {counted(len(corpus.vocabulary), 'word')}; "
        f"{counted(corpus.n_raw_tokens - corpus.n_tokens, 'token')} of rarer words left out"
    )
    try:
        embedding = trainer.train(
            corpus,
            threads=options.threads,
            seed=options.seed,
            progress=True,
            name=options.name or output.resolve().name,
        )
    except TrainingError as error:
        if isinstance(error.embedding, StaticEmbedding):
            error.embedding.save(output)
            to_stderr(f"The vectors of the last good epoch are in {output}.")
        raise
    embedding.save(output)
    report: dict[str, Any] = dict(embedding.report or {})
    if options.json:
        print_json({"embedding": str(output), "documents": corpus.n_documents, **report})
    else:
        losses = " → ".join(f"{loss:.3f}" for loss in report["losses"])
        place, word = shlex.quote(str(output)), shlex.quote(a_word_of(embedding.vocabulary))
        print_lines(
            f"{counted(len(embedding), 'word')} × {embedding.dim} saved to {output}",
            f"{report['words_per_second']:,.0f} words/s on {counted(report['threads'], 'thread')}, "
            f"{report['seconds']:.1f} s; mean loss {losses}",
            f"next: wordloom neighbors {place} {word}",
        )


def a_word_of(vocabulary: "Vocabulary") -> str:
    """Return a word to try: neither so frequent that it says nothing, nor so rare."""
    start = len(vocabulary) // 20
    words = [vocabulary.word(index) for index in range(start, min(start + 50, len(vocabulary)))]
    return next((word for word in words if word.isalpha() and len(word) > 5), words[0])


def corpus_from(options: argparse.Namespace) -> "Corpus":
    """Open the corpus folder that the one SOURCE is, or build a corpus from the sources."""
    from wordloom.text.corpus import Corpus
    from wordloom.text.tokenizer import Tokenizer

    first = options.source[0]
    if len(options.source) == 1 and (Path(first) / "corpus.json").is_file():
        given = [
            "--" + name.replace("_", "-")
            for name, default in CORPUS_OPTIONS.items()
            if getattr(options, name) != default
        ]
        if given:
            raise InputError(
                "A corpus folder keeps what it was built with. Received: "
                f"{first} and {', '.join(given)}. Leave that out, or build from the text again."
            )
        return Corpus.load(first)
    return Corpus.build(
        source_from(options.source, options),
        options.corpus,
        tokenizer=Tokenizer(options.tokenizer, lowercase=options.lowercase),
        min_count=options.min_count,
        max_words=options.max_words,
        progress=True,
    )
