"""``wordloom train skipgram | cbow``: from raw text to an embedding on disk."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from wordloom.cli.options import (
    Verbs,
    add_source_options,
    add_verb,
    print_json,
    print_lines,
    source_from,
    to_stderr,
)
from wordloom.errors import InputError, TrainingError

if TYPE_CHECKING:
    from wordloom.text.corpus import Corpus

__all__ = ["add_verbs"]

TOKENIZERS = ("words", "spaces", "strip", "tfhub", "keras", "characters", "jieba")


def add_verbs(verbs: "Verbs[argparse.ArgumentParser]") -> None:
    """Add ``train`` with its algorithms."""
    train = verbs.add_parser("train", help="train an embedding on text", description=__doc__)
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
        add_model_options(parser, rate)
        if name == "cbow":
            parser.add_argument(
                "--cbow-gradient",
                choices=("word2vec", "exact"),
                default="word2vec",
                help="whether a context word gets the whole gradient of the mean or its share",
            )
        add_corpus_options(parser)
        add_source_options(parser)


def add_model_options(parser: argparse.ArgumentParser, learning_rate: float) -> None:
    """Add the hyper-parameters of `wordloom.train.negative_sampling.NegativeSampling`."""
    group = parser.add_argument_group("training")
    group.add_argument("--dim", type=int, default=100, help="length of a vector")
    group.add_argument("--window", type=int, default=5, help="widest context, words each side")
    group.add_argument("--negative", type=int, default=5, help="negative samples for each pair")
    group.add_argument("--epochs", type=int, default=5, help="times to go through the text")
    group.add_argument(
        "--learning-rate", type=float, default=learning_rate, help="first step size"
    )
    group.add_argument(
        "--subsample", type=float, default=1e-3, help="share above which words are thinned; 0: none"
    )
    group.add_argument("--threads", type=int, help="threads; all processors unless given")
    group.add_argument("--seed", type=int, default=1, help="seed of the random generators")
    group.add_argument("--name", help="name of the embedding; the algorithm's unless given")


def add_corpus_options(parser: argparse.ArgumentParser) -> None:
    """Add what turns text into a corpus."""
    group = parser.add_argument_group("corpus")
    group.add_argument("--tokenizer", choices=TOKENIZERS, default="words", help="how to split text")
    group.add_argument(
        "--lowercase",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="overrides the tokenizer's own choice",
    )
    group.add_argument("--min-count", type=int, default=5, help="drop words rarer than this")
    group.add_argument("--max-words", type=int, help="keep only so many words")
    group.add_argument("--corpus", metavar="DIR", help="keep the corpus here, to train on it again")


def run_train(options: argparse.Namespace) -> None:
    """Build or open the corpus, train, save."""
    from wordloom.embedding.folder import check_place
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
    corpus = corpus_from(options)
    to_stderr(f"{corpus}; {corpus.n_raw_tokens - corpus.n_tokens:,} tokens of rare words dropped")
    try:
        embedding = trainer.train(
            corpus, threads=options.threads, seed=options.seed, progress=True, name=options.name
        )
    except TrainingError as error:
        if error.embedding is not None:
            error.embedding.save(output)
            to_stderr(f"The vectors of the last good epoch are in {output}.")
        raise
    embedding.save(output)
    report = embedding.report or {}
    if options.json:
        print_json({"embedding": str(output), "documents": corpus.n_documents, **report})
    else:
        losses = " → ".join(f"{loss:.3f}" for loss in report["losses"])
        print_lines(
            f"{len(embedding):,} words × {embedding.dim} saved to {output}",
            f"{report['words_per_second']:,.0f} words/s on {report['threads']} threads, "
            f"{report['seconds']:.1f} s; mean loss {losses}",
            f"next: wordloom neighbors {output} {embedding.vocabulary.word(len(embedding) // 20)}",
        )


def corpus_from(options: argparse.Namespace) -> "Corpus":
    """Open the corpus folder that the one SOURCE is, or build a corpus from the sources."""
    from wordloom.text.corpus import Corpus
    from wordloom.text.tokenizer import Tokenizer

    first = options.source[0]
    if len(options.source) == 1 and (Path(first) / "corpus.json").is_file():
        if options.corpus:
            raise InputError(f"A corpus folder is not copied. Received: {first} and --corpus.")
        return Corpus.load(first)
    return Corpus.build(
        source_from(options.source, options),
        options.corpus,
        tokenizer=Tokenizer(options.tokenizer, lowercase=options.lowercase),
        min_count=options.min_count,
        max_words=options.max_words,
        progress=True,
    )
