"""Options that say what a classifier is made of, and what they stand for."""

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wordloom.cli.options import number, whole_number
from wordloom.errors import InputError

if TYPE_CHECKING:
    from wordloom.classify.classifier import TextClassifier
    from wordloom.datasets.labelled import LabelledTexts

__all__ = [
    "add_classifier_options",
    "add_labelled_options",
    "make_classifier",
    "moved_embeddings",
    "read_labelled",
    "split_labels",
]

# As in wordloom.classify.neural, spelled out here so that help stays fast; a test keeps them equal.
ENCODERS = (
    "linear",
    "mean",
    "flatten",
    "conv1d",
    "gru",
    "bigru",
    "bilstm-max",
    "dan",
    "mean-dense",
)
COMBINATIONS = ("concatenate", "sum", "dme", "cdme", "gated", "gated-bidirectional")


def add_labelled_options(parser: argparse.ArgumentParser) -> None:
    """Add what names labelled texts."""
    parser.add_argument(
        "data", metavar="DATA", help="jsonl, csv, tsv, parquet, folder or data:NAME"
    )
    parser.add_argument(
        "--text-column", metavar="A", help="column of the texts; recognised by name unless given"
    )
    parser.add_argument(
        "--label-column", metavar="A", help="column of the labels; recognised by name unless given"
    )
    parser.add_argument(
        "--label-separator",
        metavar="S",
        help="texts have several labels, which this stands between, as in 'sport|money'",
    )


def add_classifier_options(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """Add what a classifier is made of; return the group of the options for networks."""
    parser.add_argument(
        "-e",
        "--embedding",
        action="append",
        metavar="EMBEDDING",
        help="word vectors of any format, or ELMo; repeat for several",
    )
    parser.add_argument("--balanced", action="store_true", help="let each label count the same")
    parser.add_argument(
        "--seed", type=whole_number(0), default=0, metavar="N", help="seed for everything random"
    )
    parser.add_argument(
        "--pooling",
        type=poolings,
        default="mean+max",
        metavar="A+B",
        help="for the linear model: how word vectors become a text vector: mean, sum, sqrtn, max, "
        "idf, sif, or several joined by +",
    )
    group = parser.add_argument_group("networks (the extra neural)")
    group.add_argument(
        "--encoder",
        choices=ENCODERS,
        default="linear",
        help="what turns word vectors into a text's; linear is no network",
    )
    group.add_argument(
        "--combine",
        choices=COMBINATIONS,
        default="concatenate",
        help="how several embeddings become one; dme and cdme learn how far to trust each",
    )
    group.add_argument(
        "--combined-dim",
        type=whole_number(1),
        default=256,
        metavar="N",
        help="numbers of a combined vector, for sum, dme and cdme",
    )
    group.add_argument(
        "--weighting",
        choices=("softmax", "sigmoid"),
        default="softmax",
        help="how dme and cdme turn scores into weights",
    )
    group.add_argument(
        "--learned",
        type=whole_number(1),
        metavar="DIM",
        help="a further embedding of DIM numbers, learned from the labelled texts alone",
    )
    group.add_argument(
        "--trainable",
        action="store_true",
        help="let training change the embeddings' vectors, and the LSTMs of ELMo",
    )
    group.add_argument(
        "--mix",
        choices=("learned", "fixed"),
        default="learned",
        help="how ELMo's layers are added up: with weights that are learned, or its own",
    )
    group.add_argument(
        "--max-tokens", type=whole_number(1), default=256, metavar="N", help="cut texts to N tokens"
    )
    group.add_argument(
        "--truncate",
        choices=("post", "pre"),
        default="post",
        help="which end of longer texts is cut off; pre is the front",
    )
    group.add_argument(
        "--epochs",
        type=whole_number(1),
        metavar="N",
        help="at most so many; 30, or as many as make 700 steps, unless given",
    )
    group.add_argument(
        "--patience",
        type=whole_number(1),
        default=3,
        metavar="N",
        help="stop after so many epochs without progress on held-out texts",
    )
    group.add_argument(
        "--validation-share",
        type=number(0, 0.99),
        default=0.1,
        metavar="X",
        help="share of the texts that is held out",
    )
    group.add_argument(
        "--dropout",
        type=number(0, 0.99),
        default=0.2,
        metavar="X",
        help="share of a combined vector's numbers that is dropped in training",
    )
    group.add_argument(
        "--batch-size", type=whole_number(1), default=64, metavar="N", help="texts in a step"
    )
    group.add_argument(
        "--learning-rate",
        type=number(1e-9, 10),
        metavar="X",
        help="Adam's; 0.001, for the mean 0.01, unless given",
    )
    group.add_argument(
        "--embedding-learning-rate",
        type=number(1e-9, 10),
        metavar="X",
        help="that of the embeddings that training changes; the network's unless given, for ELMo "
        "at most 0.001",
    )
    return group


def poolings(text: str) -> str:
    """Return ways of pooling joined by +, for argparse, if there are such ways."""
    known = ("mean", "sum", "sqrtn", "max", "idf", "sif")
    if not set(text.split("+")) <= set(known):
        raise argparse.ArgumentTypeError(
            f"must be of {', '.join(known)}, or several joined by +. Received: {text}"
        )
    return text


def make_classifier(
    options: argparse.Namespace, features: str = "auto", *, as_paths: bool = False
) -> "TextClassifier":
    """Return the classifier that the options describe, not yet fitted.

    Args:
        options: What `add_classifier_options` read.
        features: What a linear model sees.
        as_paths: Let the classifier open the embeddings, so that it can refer to them.
    """
    from wordloom.classify.classifier import TextClassifier
    from wordloom.classify.neural.learned import LearnedEmbedding
    from wordloom.elmo.loading import load

    needed = features.startswith("dense") or options.encoder != "linear"
    if needed and not options.embedding and not options.learned:
        raise InputError(
            "An embedding is needed. Received: none. Name one with -e EMBEDDING, or see --learned."
        )
    embeddings: list[Any] = [
        path if as_paths else load(path, progress=True) for path in options.embedding or []
    ]
    if options.learned:
        embeddings.append(LearnedEmbedding(options.learned))
    return TextClassifier(
        embeddings[0] if len(embeddings) == 1 else embeddings or None,
        features=features,
        pooling=options.pooling,
        class_weight="balanced" if options.balanced else None,
        random_state=options.seed,
        **{
            name: getattr(options, name)
            for name in (
                "encoder",
                "combine",
                "combined_dim",
                "weighting",
                "patience",
                "validation_share",
                "dropout",
                "trainable",
                "mix",
                "max_tokens",
                "truncate",
                "epochs",
                "batch_size",
                "learning_rate",
                "embedding_learning_rate",
            )
        },
    )


def moved_embeddings(options: argparse.Namespace) -> Mapping[str, str]:
    """Return where a saved classifier's embeddings lie now, from NAME=PATH, by name."""
    moved = {}
    for text in options.embedding or []:
        name, equals, path = text.partition("=")
        if not (name and equals and path):
            raise InputError(
                f"--embedding says where an embedding lies now: NAME=PATH. Received: {text}."
            )
        moved[name] = path
    return moved


def read_labelled(options: argparse.Namespace, argument: str, split: str | None) -> "LabelledTexts":
    """Read labelled texts as the options say."""
    from wordloom.datasets.resolve import resolve_labelled

    return resolve_labelled(
        argument,
        split,
        text_column=options.text_column,
        label_column=options.label_column,
        progress=True,
    )


def split_labels(options: argparse.Namespace, labels: list[str]) -> Any:  # noqa: ANN401 (labels, or tuples of them)
    """Return labels as they are, or the several that each stands for."""
    if options.label_separator is None:
        return labels
    if not options.label_separator:
        raise InputError(
            "--label-separator needs at least one character. Received: none. Name what stands "
            "between labels, or leave it out."
        )
    return [
        tuple(part.strip() for part in label.split(options.label_separator) if part.strip())
        for label in labels
    ]
