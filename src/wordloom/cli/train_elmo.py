"""``wordloom train elmo``: vectors of words in their context."""

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wordloom.cli.options import (
    Verbs,
    add_source_options,
    add_verb,
    counted,
    print_json,
    print_lines,
    source_from,
    to_stderr,
)
from wordloom.cli.train_options import Hyperparameter
from wordloom.cli.train_run import add_run_options, check_output, checkpoint_of, train_and_save
from wordloom.cli.train_text import TOKENIZERS, check_nothing_given
from wordloom.errors import InputError
from wordloom.output import check_folder, check_writable

if TYPE_CHECKING:
    from wordloom.elmo.embedding import ELMoEmbedding
    from wordloom.text.corpus import Corpus

__all__ = ["add_elmo"]

HYPERPARAMETERS: Final = (
    Hyperparameter(
        "size",
        "tiny",
        "of the network; with --init its own",
        ("tiny", "small", "medium", "original"),
    ),
    Hyperparameter("epochs", 10, "times to go through the text"),
    Hyperparameter("learning_rate", 0.2, "step size of AdaGrad"),
    Hyperparameter("batch_size", 128, "pieces of text that are read side by side"),
    Hyperparameter("steps", 20, "tokens of each that gradients go back"),
    Hyperparameter(
        "negatives", 0, "words that each prediction is compared with; 0 takes the size's number"
    ),
    Hyperparameter("min_count", 3, "predict words that occur so often; rarer ones are <UNK>"),
    Hyperparameter("max_words", 793_468, "predict at most so many words, the most frequent"),
    Hyperparameter("dropout", 0.1, "share of the numbers that is dropped between layers"),
    Hyperparameter("held_out_share", 0.01, "share of the text that perplexity is measured on"),
    Hyperparameter("mixed_precision", False, "compute in bfloat16, for GPUs"),
)

CORPUS_OPTIONS: Final = ("tokenizer", "lowercase", "corpus")


def add_elmo(algorithms: "Verbs[argparse.ArgumentParser]") -> None:
    """Add ``elmo`` to the algorithms."""
    parser = add_verb(
        algorithms,
        "elmo",
        run,
        "train ELMo: vectors of words in their context",
        "wordloom train elmo reviews.csv --columns text -o my-elmo",
    )
    parser.add_argument(
        "source",
        nargs="+",
        metavar="SOURCE",
        help="files, folders, archives, - or data:NAME; or one corpus folder, made with "
        "--min-count 1",
    )
    parser.add_argument(
        "-o", "--output", required=True, metavar="DIR", help="where the embedding goes"
    )
    training = parser.add_argument_group("training")
    for hyperparameter in HYPERPARAMETERS:
        hyperparameter.add_to(training)
    add_run_options(
        training,
        seed="seed of the random generators; runs repeat exactly on the same machine",
        init="start from this ELMo; words that the text adds are predicted, too",
    )
    corpus = parser.add_argument_group("corpus")
    corpus.add_argument(
        "--tokenizer",
        choices=TOKENIZERS,
        help='how to split text; "marks", which keeps punctuation, or what --init was split with, '
        "unless given",
    )
    corpus.add_argument(
        "--lowercase",
        action=argparse.BooleanOptionalAction,
        help="whether to lower-case; as the tokenizer does unless given",
    )
    corpus.add_argument(
        "--corpus", metavar="DIR", help="keep the corpus here, to train on it again"
    )
    corpus.set_defaults(**dict.fromkeys(CORPUS_OPTIONS))
    add_source_options(parser)


def run(options: argparse.Namespace) -> None:
    """Build or open the corpus, train, save."""
    from wordloom.elmo.training.trainer import ELMo

    trainer = ELMo(**{each.name: getattr(options, each.name) for each in HYPERPARAMETERS})
    output = check_output(options)
    init = None if options.init is None else open_elmo(options.init)
    checkpoint = checkpoint_of(options, output)
    if options.corpus:
        from wordloom.text.corpus_builder import is_corpus_folder

        check_folder(Path(options.corpus), "the corpus", is_corpus_folder)
        check_writable(Path(options.corpus), make_folders=True)
    corpus = corpus_from(options, init)
    to_stderr(
        f"{corpus.source}: {counted(corpus.n_documents, 'document')}, "
        f"{counted(corpus.n_tokens, 'token')} of {counted(len(corpus.vocabulary), 'word')}"
    )
    embedding = train_and_save(options, output, checkpoint, trainer.train, corpus=corpus, init=init)
    print_report(options, output, embedding)


def open_elmo(path: str) -> "ELMoEmbedding":
    """Open the ELMo that training starts from."""
    from wordloom.elmo.embedding import ELMoEmbedding
    from wordloom.elmo.loading import load

    found = load(path)
    if not isinstance(found, ELMoEmbedding):
        raise InputError(f"Training starts from an ELMo. Received: {path}, word vectors.")
    return found


def corpus_from(options: argparse.Namespace, init: "ELMoEmbedding | None") -> "Corpus":
    """Open the corpus folder that the one SOURCE is, or build a corpus from the sources."""
    from wordloom.text.corpus import Corpus
    from wordloom.text.tokenizer import Tokenizer

    first = options.source[0]
    if len(options.source) == 1 and (Path(first) / "corpus.json").is_file():
        check_nothing_given(options, CORPUS_OPTIONS, "corpus folder")
        return Corpus.load(first)
    tokenizer = Tokenizer(options.tokenizer or "marks", options.lowercase)
    if init is not None and options.tokenizer is None:
        earlier = init.tokenizer
        lowercase = earlier.lowercase if options.lowercase is None else options.lowercase
        tokenizer = Tokenizer(earlier.preset, lowercase, earlier.phrases)
    return Corpus.build(
        source_from(options.source, options),
        options.corpus,
        tokenizer=tokenizer,
        min_count=1,  # rare words are read, by their characters, though they are not predicted
        progress=True,
    )


def print_report(options: argparse.Namespace, output: Path, embedding: "ELMoEmbedding") -> None:
    """Print what was trained, how fast and how well, and what to do next."""
    report: dict[str, Any] = dict(embedding.report or {})
    if options.json:
        print_json({"embedding": str(output), **report})
        return
    perplexities = [f"{each['average']:.1f}" for each in report["perplexities"]]
    if len(perplexities) > 6:
        perplexities = [*perplexities[:3], "…", *perplexities[-2:]]
    shown = "; held-out perplexity " + " → ".join(perplexities) if perplexities else ""
    lines = [
        f"{embedding.options.n_parameters:,} parameters × {embedding.dim} saved to {output}",
        f"{report['units_per_second']:,.0f} {report['unit']}/s, {report['seconds']:.1f} s; "
        f"mean loss {report['losses'][-1]:.3f}{shown}",
        f"next: wordloom embed {shlex.quote(str(output))} TEXTS",
    ]
    print_lines(*lines)
