"""``wordloom classify fit | predict | evaluate``: labelled texts in, labels and scores out."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from wordloom.cli.options import (
    HelpFormatter,
    Verbs,
    add_source_options,
    add_verb,
    counted,
    open_embedding,
    print_json,
    print_lines,
    read_texts,
    source_from,
    to_stderr,
    whole_number,
)
from wordloom.errors import InputError
from wordloom.output import check_writable

if TYPE_CHECKING:
    from wordloom.datasets.labelled import LabelledTexts

__all__ = ["add_verbs"]


def add_verbs(verbs: "Verbs[argparse.ArgumentParser]") -> None:
    """Add ``classify`` with its actions."""
    classify = verbs.add_parser(
        "classify",
        help="fit, use and judge a text classifier",
        description="Fit a classifier on labelled texts, label texts with it, and judge it.",
        formatter_class=HelpFormatter,
    )
    actions = classify.add_subparsers(title="actions", metavar="ACTION", required=True)

    parser = add_verb(
        actions,
        "fit",
        run_fit,
        "fit a classifier on labelled texts and save it",
        "wordloom classify fit reviews.csv -e my-vectors -o my-classifier",
    )
    add_labelled_options(parser)
    parser.add_argument(
        "-o", "--output", required=True, metavar="DIR", help="where the classifier goes"
    )
    parser.add_argument(
        "--features",
        choices=("dense", "dense+tfidf", "tfidf"),
        default="dense",
        help="pooled vectors, n-grams of words, or both",
    )

    parser = add_verb(
        actions,
        "predict",
        run_predict,
        "label texts",
        "wordloom classify predict my-classifier new-texts.txt",
    )
    parser.add_argument("classifier", metavar="CLASSIFIER", help="folder of a fitted classifier")
    parser.add_argument(
        "source",
        nargs="*",
        default=["-"],
        metavar="SOURCE",
        help="texts to label, one a line, or files, folders, archives, data:NAME; standard input "
        "unless given",
    )
    add_source_options(parser)

    parser = add_verb(
        actions,
        "evaluate",
        run_evaluate,
        "fit on one part, judge on the other, beside TF-IDF baselines",
        "wordloom classify evaluate data:scicite -e my-vectors",
    )
    add_labelled_options(parser)
    parser.add_argument(
        "--test",
        metavar="DATA",
        help="test texts; unless given, the test split of data:NAME, or a share of the texts",
    )
    parser.add_argument(
        "--test-share",
        type=float,
        default=0.2,
        metavar="X",
        help="share of a file's texts that is held out for the test",
    )


def add_labelled_options(parser: argparse.ArgumentParser) -> None:
    """Add what names labelled texts and the embedding."""
    parser.add_argument(
        "data", metavar="DATA", help="jsonl, csv, tsv, parquet, folder or data:NAME"
    )
    parser.add_argument("-e", "--embedding", metavar="EMBEDDING", help="word vectors of any format")
    parser.add_argument(
        "--text-column", metavar="A", help="column of the texts; recognised by name unless given"
    )
    parser.add_argument(
        "--label-column", metavar="A", help="column of the labels; recognised by name unless given"
    )
    parser.add_argument(
        "--pooling",
        type=poolings,
        default="mean+max",
        metavar="A+B",
        help="how word vectors become a text vector: mean, sum, sqrtn, max, idf, sif, or several "
        "joined by +",
    )
    parser.add_argument("--balanced", action="store_true", help="let each label count the same")
    parser.add_argument(
        "--seed",
        type=whole_number(0),
        default=0,
        metavar="N",
        help="seed for everything random",
    )


def poolings(text: str) -> str:
    """Return ways of pooling joined by +, for argparse, if there are such ways."""
    known = ("mean", "sum", "sqrtn", "max", "idf", "sif")
    if not set(text.split("+")) <= set(known):
        raise argparse.ArgumentTypeError(
            f"must be of {', '.join(known)}, or several joined by +. Received: {text}"
        )
    return text


def read(options: argparse.Namespace, argument: str, split: str | None) -> "LabelledTexts":
    """Read labelled texts as the options say."""
    from wordloom.datasets.resolve import resolve_labelled

    return resolve_labelled(
        argument,
        split,
        text_column=options.text_column,
        label_column=options.label_column,
        progress=True,
    )


def run_fit(options: argparse.Namespace) -> None:
    """Fit and save a classifier."""
    from wordloom.classify.classifier import TextClassifier
    from wordloom.classify.persistence import check_place

    if options.embedding is None and options.features != "tfidf":
        raise InputError(
            f"features={options.features} need an embedding. Received: none. Name one with "
            "-e EMBEDDING, or take --features tfidf."
        )
    check_place(Path(options.output))
    check_writable(Path(options.output), make_folders=True)
    embedding = open_embedding(options.embedding) if options.embedding else None
    labelled = read(options, options.data, None)
    classifier = TextClassifier(
        embedding,
        features=options.features,
        pooling=options.pooling,
        class_weight="balanced" if options.balanced else None,
        random_state=options.seed,
    ).fit(labelled.texts, labelled.labels)
    classifier.save(options.output)
    labels = [str(label) for label in classifier.classes_.tolist()]
    if options.json:
        print_json(
            {
                "classifier": options.output,
                "texts": len(labelled),
                "labels": labels,
                "C": classifier.C_,
            }
        )
    else:
        print_lines(
            f"{counted(len(labelled), 'text')}, {len(labels)} labels ({', '.join(labels[:8])}"
            f"{', …' if len(labels) > 8 else ''}), C={classifier.C_:g}",
            f"saved to {options.output}",
        )


def run_predict(options: argparse.Namespace) -> None:
    """Label a source, batch by batch, one line for each text, empty ones too."""
    from wordloom.classify.classifier import TextClassifier

    classifier = TextClassifier.load(options.classifier)
    source = source_from(options.source, options, keep_empty=True)
    texts = read_texts(source, "Classifying", progress=False)
    predictions = (
        label for labels in classifier.predict_stream(texts) for label in labels.tolist()
    )
    if options.json:
        print_json({"labels": list(predictions)})
    else:
        for label in predictions:
            print_lines(str(label))


def run_evaluate(options: argparse.Namespace) -> None:
    """Compare the classifier with the baselines on a held-out part."""
    from wordloom.classify.evaluation import evaluate

    if options.embedding is None:
        raise InputError("An embedding is needed. Received: none. Name one with -e EMBEDDING.")
    embedding = open_embedding(options.embedding)
    train, test = split_data(options)
    to_stderr(
        f"{train.name}: fitting five models on {len(train):,} texts and judging them on "
        f"{len(test):,} others"
    )
    result = evaluate(
        train,
        test,
        embedding,
        pooling=options.pooling,
        class_weight="balanced" if options.balanced else None,
        random_state=options.seed,
    )
    if options.json:
        print_json(
            {"data": options.data, "train": len(train), "test": len(test), **result.to_json()}
        )
    else:
        print_lines(
            f"{train.name}: {len(train):,} training and {len(test):,} test texts",
            "",
            result.table(),
            "",
            "vectors, label by label",
            str(result.rows[0].metrics),
        )


def split_data(options: argparse.Namespace) -> "tuple[LabelledTexts, LabelledTexts]":
    """Return training and test texts: two sources, a data set's splits, or parts of one file."""
    from wordloom.datasets.labelled import LabelledTexts

    if options.test:
        return read(options, options.data, None), read(options, options.test, None)
    if options.data.startswith("data:"):
        return read(options, options.data, "train"), read(options, options.data, "test")
    if not 0 < options.test_share < 1:
        raise InputError(f"--test-share must be between 0 and 1. Received: {options.test_share}.")
    import numpy as np

    everything = read(options, options.data, None)
    n_test = round(len(everything) * options.test_share)
    if not 0 < n_test < len(everything):
        raise InputError(
            f"Both parts must hold texts. Received: {len(everything)} texts and "
            f"--test-share {options.test_share}. Add texts or change the share."
        )
    order = np.random.default_rng(options.seed).permutation(len(everything)).tolist()

    def part(rows: list[int], split: str) -> LabelledTexts:
        return LabelledTexts(
            [everything.texts[row] for row in rows],
            [everything.labels[row] for row in rows],
            everything.name,
            split,
        )

    return part(order[n_test:], "train"), part(order[:n_test], "test")
