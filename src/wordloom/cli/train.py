"""``wordloom train ALGORITHM``: from raw text to an embedding on disk."""

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wordloom.cli.options import (
    HelpFormatter,
    Verbs,
    add_source_options,
    add_verb,
    counted,
    print_json,
    print_lines,
    whole_number,
)
from wordloom.cli.train_elmo import add_elmo
from wordloom.cli.train_options import ALGORITHMS
from wordloom.cli.train_run import (
    add_run_options,
    check_output,
    checkpoint_of,
    train_and_save,
)
from wordloom.cli.train_text import (
    add_corpus_options,
    add_counting_options,
    check_before_reading,
    text_from,
)

if TYPE_CHECKING:
    from wordloom.embedding.static import StaticEmbedding
    from wordloom.text.vocabulary import Vocabulary

__all__ = ["add_verbs"]


def add_verbs(verbs: "Verbs[argparse.ArgumentParser]") -> None:
    """Add ``train`` with its algorithms."""
    train = verbs.add_parser(
        "train",
        help="train an embedding on text",
        description="Train word vectors on raw text and save them.",
        formatter_class=HelpFormatter,
    )
    algorithms = train.add_subparsers(title="algorithms", metavar="ALGORITHM", required=True)
    for algorithm in ALGORITHMS:
        name = algorithm.name
        example = f"wordloom train {name} reviews.csv --columns text -o my-vectors"
        parser = add_verb(algorithms, name, run_train, algorithm.summary, example)
        parser.set_defaults(algorithm=algorithm)
        parser.add_argument(
            "source",
            nargs="+",
            metavar="SOURCE",
            help="files, folders, archives, - or data:NAME; or one corpus folder"
            + (", or one folder of counts" if algorithm.counts else ""),
        )
        parser.add_argument(
            "-o", "--output", required=True, metavar="DIR", help="where the embedding goes"
        )
        training = parser.add_argument_group("training")
        for hyperparameter in algorithm.hyperparameters:
            hyperparameter.add_to(training)
        training.add_argument(
            "--threads", type=whole_number(1), metavar="N", help="all processors unless given"
        )
        add_run_options(
            training,
            seed="seed of the random generators; runs repeat exactly with --threads 1, those of "
            "glove and swivel with any number",
            init="start from this embedding: its words stay, the text's new words join them; only "
            "fasttext goes on with its n-grams",
        )
        if algorithm.counts:
            add_counting_options(parser)
        add_corpus_options(parser)
        add_source_options(parser)
    add_elmo(algorithms)


def run_train(options: argparse.Namespace) -> None:
    """Build or open the corpus, train, save."""
    from wordloom.formats.loading import load
    from wordloom.train.start import Start

    trainer = options.algorithm.make(options)
    output = check_output(options)
    init = None if options.init is None else load(options.init)
    Start(init, trainer.dim)  # Refuses vectors of another length before text is read.
    checkpoint = checkpoint_of(options, output)
    check_before_reading(options)
    embedding = train_and_save(
        options,
        output,
        checkpoint,
        trainer.train,
        text=text_from(options, init),
        threads=options.threads,
        init=init,
    )
    print_report(options, output, embedding)


def print_report(options: argparse.Namespace, output: Path, embedding: "StaticEmbedding") -> None:
    """Print what was trained, how fast and how well, and what to do next."""
    report: dict[str, Any] = dict(embedding.report or {})
    if options.json:
        documents = embedding.vocabulary.n_documents
        print_json({"embedding": str(output), "documents": documents, **report})
        return
    losses = [f"{loss:.3f}" for loss in report["losses"]]
    if len(losses) > 6:
        losses = [*losses[:3], "…", *losses[-2:]]
    place, word = shlex.quote(str(output)), shlex.quote(a_word_of(embedding.vocabulary))
    lines = [
        f"{counted(len(embedding), 'word')} × {embedding.dim} saved to {output}",
        f"{report['units_per_second']:,.0f} {report['unit']}/s on "
        f"{counted(report['threads'], 'thread')}, {report['seconds']:.1f} s; mean loss "
        + " → ".join(losses),
        f"next: wordloom neighbors {place} {word}",
    ]
    if init := report["init"]:
        lines.insert(
            1,
            f"{counted(init['shared_words'], 'word')} of '{init['name']}' trained further, "
            f"{init['new_words']:,} new, {init['kept_words']:,} kept as they were",
        )
    print_lines(*lines)


def a_word_of(vocabulary: "Vocabulary") -> str:
    """Return a word to try: neither so frequent that it says nothing, nor so rare."""
    start = len(vocabulary) // 20
    words = [vocabulary.word(index) for index in range(start, min(start + 50, len(vocabulary)))]
    return next((word for word in words if word.isalpha() and len(word) > 5), words[0])
