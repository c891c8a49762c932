"""``wordloom classify fit | predict | evaluate | attention``: labelled texts in, labels out."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from wordloom.cli.classify_options import (
    add_classifier_options,
    add_labelled_options,
    make_classifier,
    moved_embeddings,
    read_labelled,
    split_labels,
)
from wordloom.cli.options import (
    HelpFormatter,
    Verbs,
    add_source_options,
    add_verb,
    counted,
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
    from wordloom.classify.classifier import TextClassifier
    from wordloom.datasets.labelled import LabelledTexts

__all__ = ["add_verbs"]

# As in wordloom.classify.linear, spelled out here so that help stays fast; a test keeps them equal.
FEATURES = ("auto", "nb", "dense", "dense+tfidf", "tfidf")


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
    networks = add_classifier_options(parser)
    parser.add_argument(
        "-o", "--output", required=True, metavar="DIR", help="where the classifier goes"
    )
    add_features(parser)
    parser.add_argument(
        "--unlabelled",
        action="append",
        metavar="SOURCE",
        help="more texts of the same kind without labels, as files, folders or data:NAME, to learn "
        "from with --features auto; repeat for several",
    )
    networks.add_argument(
        "--held-out",
        metavar="DATA",
        help="texts that decide when training stops; a tenth of DATA unless given",
    )
    networks.add_argument(
        "--checkpoint",
        metavar="FILE",
        help="keep the state here after each epoch, and go on from it if it is there",
    )
    networks.add_argument(
        "--curves", metavar="PICTURE", help="draw the learning curves (png, svg, pdf)"
    )
    parser.add_argument(
        "--by-reference",
        action="store_true",
        help="note the embeddings' paths and checksums instead of copying them",
    )

    parser = add_verb(
        actions,
        "predict",
        run_predict,
        "label texts",
        "wordloom classify predict my-classifier new-texts.txt",
    )
    add_fitted_options(parser)
    add_source_options(parser)

    parser = add_verb(
        actions,
        "evaluate",
        run_evaluate,
        "fit on one part, judge on the other, beside TF-IDF baselines",
        "wordloom classify evaluate data:scicite -e my-vectors",
    )
    add_labelled_options(parser)
    add_classifier_options(parser)
    add_features(parser)
    parser.add_argument(
        "--examples",
        type=whole_number(0),
        default=0,
        metavar="N",
        help="print so many test texts with their predictions",
    )
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

    parser = add_verb(
        actions,
        "attention",
        run_attention,
        "show how far a network trusts each embedding, word by word",
        "wordloom classify attention my-classifier texts.txt -o attention.html",
    )
    add_fitted_options(parser)
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="a page (.html) or a picture (.png, .svg)"
    )
    parser.add_argument("--words", metavar="A,B", help="words to report on, separated by commas")
    add_source_options(parser)


def add_features(parser: argparse.ArgumentParser) -> None:
    """Add what a linear model sees."""
    parser.add_argument(
        "--features",
        choices=FEATURES,
        default="auto",
        help="for the linear model: auto is weighted n-grams beside vectors, nb the n-grams alone, "
        "dense pooled vectors, tfidf other n-grams",
    )


def add_fitted_options(parser: argparse.ArgumentParser) -> None:
    """Add what names a fitted classifier and texts for it."""
    parser.add_argument("classifier", metavar="CLASSIFIER", help="folder of a fitted classifier")
    parser.add_argument(
        "source",
        nargs="*",
        default=["-"],
        metavar="SOURCE",
        help="texts, one a line, or files, folders, archives, data:NAME; standard input unless "
        "given",
    )
    parser.add_argument(
        "-e",
        "--embedding",
        action="append",
        metavar="NAME=PATH",
        help="where an embedding lies now that the classifier refers to",
    )


def run_fit(options: argparse.Namespace) -> None:
    """Fit and save a classifier."""
    from wordloom.classify.neural.history_picture import history_format
    from wordloom.classify.persistence import check_place

    check_place(Path(options.output))
    check_writable(Path(options.output), make_folders=True)
    for place in (options.curves, options.checkpoint):
        if place:
            check_writable(Path(place))
    if options.curves:
        history_format(Path(options.curves))
    classifier = make_classifier(options, options.features, as_paths=options.by_reference)
    network = options.encoder != "linear"
    if not network and (options.curves or options.checkpoint or options.held_out):
        raise InputError(
            "--curves, --checkpoint and --held-out are for networks. Received: one of them with "
            "--encoder linear. Name another encoder, or leave them out."
        )
    labelled = read_labelled(options, options.data, None)
    held_out = None
    if options.held_out:
        more = read_labelled(options, options.held_out, None)
        held_out = (more.texts, split_labels(options, more.labels))
    classifier.fit(
        labelled.texts,
        split_labels(options, labelled.labels),
        unlabelled=unlabelled_texts(options),
        held_out=held_out,
        checkpoint=options.checkpoint,
        progress=True,
    )
    classifier.save(options.output, "reference" if options.by_reference else "copy")
    if options.curves:
        classifier.history_.save_picture(options.curves)
    labels = [str(label) for label in classifier.classes_.tolist()]
    answer = {"classifier": options.output, "texts": len(labelled), "labels": labels}
    answer |= {"history": classifier.history_.to_json()} if network else {"C": classifier.C_}
    layer_weights = layer_weights_of(classifier)
    if layer_weights:
        answer["layer_weights"] = layer_weights
    if options.json:
        print_json(answer)
        return
    learned = f", C={classifier.C_:g}" if not network else ""
    print_lines(
        f"{counted(len(labelled), 'text')}, {len(labels)} labels ({', '.join(labels[:8])}"
        f"{', …' if len(labels) > 8 else ''}){learned}"
    )
    if network:
        print_lines(classifier.history_.table(), *layer_lines(layer_weights))
    print_lines(f"saved to {options.output}")


def layer_weights_of(classifier: "TextClassifier") -> dict[str, list[float]]:
    """Return what the layers of each ELMo of a network count, by name."""
    found = getattr(classifier, "layer_weights_", {})
    return {name: [round(float(each), 4) for each in weights] for name, weights in found.items()}


def layer_lines(layer_weights: dict[str, list[float]]) -> list[str]:
    """Return lines that tell what layers count."""
    return [
        f"{name}: the layers count {', '.join(f'{each:.3f}' for each in weights)}"
        for name, weights in layer_weights.items()
    ]


def unlabelled_texts(options: argparse.Namespace) -> list[str] | None:
    """Return the texts of --unlabelled; None where there is none."""
    from wordloom.datasets.resolve import resolve_source

    if not options.unlabelled:
        return None
    source = resolve_source(options.unlabelled, progress=True)
    return [text for batch in read_texts(source, "Reading", progress=True) for text in batch]


def run_predict(options: argparse.Namespace) -> None:
    """Label a source, batch by batch, one line for each text, empty ones too."""
    from wordloom.classify.classifier import TextClassifier

    classifier = TextClassifier.load(options.classifier, moved_embeddings(options))
    source = source_from(options.source, options, keep_empty=True)
    texts = read_texts(source, "Classifying", progress=False)
    predictions = (
        label for labels in classifier.predict_stream(texts) for label in labels.tolist()
    )
    if options.json:
        print_json({"labels": list(predictions)})
    else:
        for label in predictions:
            print_lines(", ".join(map(str, label)) if isinstance(label, tuple) else str(label))


def run_attention(options: argparse.Namespace) -> None:
    """Report how far each embedding was trusted."""
    from wordloom.classify.attention.page import save_page
    from wordloom.classify.attention.picture import save_picture
    from wordloom.classify.attention.report import attention_report
    from wordloom.classify.classifier import TextClassifier
    from wordloom.inspect.pictures import format_of

    words = [word for word in (options.words or "").split(",") if word]
    page = Path(options.output or "").suffix.lower() in (".html", ".htm")
    if options.output:
        check_writable(Path(options.output))
        if not page:
            format_of(Path(options.output), "an attention picture")
    classifier = TextClassifier.load(options.classifier, moved_embeddings(options))
    source = source_from(options.source, options)
    texts = [text for batch in read_texts(source, "Reading", progress=False) for text in batch]
    labels = classifier.predict(texts).tolist()
    report = attention_report(classifier, texts, labels)
    layer_weights = layer_weights_of(classifier)
    if options.output:
        (save_page if page else save_picture)(report, options.output, words=words)
    if options.json:
        layers = {"layer_weights": layer_weights} if layer_weights else {}
        print_json({**report.to_json(words), **layers})
    else:
        print_lines(report.table(words), *layer_lines(layer_weights))
        if options.output:
            print_lines("", f"saved to {options.output}")


def run_evaluate(options: argparse.Namespace) -> None:
    """Compare the classifier with the baselines on a held-out part."""
    from wordloom.classify.evaluation import evaluate
    from wordloom.classify.examples import example_predictions

    if options.label_separator:
        raise InputError(
            "The evaluation is of texts with one label each. Received: --label-separator. Fit a "
            "classifier and compare its predictions instead."
        )
    classifier = make_classifier(options, options.features)
    train, test = split_data(options)
    to_stderr(
        f"{train.name}: fitting several models on {len(train):,} texts and "
        f"judging them on {len(test):,} others"
    )
    result = evaluate(train, test, classifier, progress=True)
    examples = None
    if options.examples:
        examples = example_predictions(
            result.rows[0].model, test.texts, test.labels, options.examples, options.seed
        )
    if options.json:
        shown = {} if examples is None else {"examples": examples.to_json()}
        print_json(
            {
                "data": options.data,
                "train": len(train),
                "test": len(test),
                **result.to_json(),
                **shown,
            }
        )
        return
    print_lines(
        f"{train.name}: {len(train):,} training and {len(test):,} test texts",
        "",
        result.table(),
        "",
        f"{result.rows[0].name}, label by label",
        str(result.rows[0].metrics),
    )
    if examples is not None:
        print_lines("", examples.table())


def split_data(options: argparse.Namespace) -> "tuple[LabelledTexts, LabelledTexts]":
    """Return training and test texts: two sources, a data set's splits, or parts of one file."""
    from wordloom.datasets.labelled import LabelledTexts

    if options.test:
        return read_labelled(options, options.data, None), read_labelled(
            options, options.test, None
        )
    if options.data.startswith("data:"):
        return read_labelled(options, options.data, "train"), read_labelled(
            options, options.data, "test"
        )
    if not 0 < options.test_share < 1:
        raise InputError(f"--test-share must be between 0 and 1. Received: {options.test_share}.")
    import numpy as np

    everything = read_labelled(options, options.data, None)
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
