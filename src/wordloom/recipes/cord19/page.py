"""The page of the experiment with CORD-19 vectors."""

from base64 import b64encode
from pathlib import Path
from typing import Final

from wordloom.inspect.heatmap import draw_heatmap
from wordloom.recipes.cord19.fitting import FROZEN
from wordloom.recipes.cord19.result import CitationResult, Cord19Result
from wordloom.recipes.cord19.vectors import SCALE_LABEL, EmbedResult
from wordloom.recipes.curves import draw_curves
from wordloom.recipes.page import Section, write_experiment_page

__all__ = ["TITLE", "write_page"]

TITLE: Final = "CORD-19 Swivel vectors, and what papers are cited for"

KEPT: Final = (
    "Texts are read as TensorFlow Hub's exporter reads them: punctuation is deleted, so that "
    "COVID-19 becomes COVID19, which training never saw; each space splits; a word without a "
    "vector adds nothing but counts; a text is the sum of its vectors over the square root of "
    "its number of words.",
    "Every 200 steps training begins again at the first row, through a shuffle buffer of 1,024: "
    "no more than the first 3,023 training texts are ever seen.",
    "The test texts are judged every 200 steps, and the last step counts, not the best.",
    "Precision and recall are those of tf.metrics, which take every label but the first, method, "
    "as positive: they say how well method is told from the others.",
    "Remaining differences: the published vectors were trained on 47,000 papers, these on the "
    "papers named below; the published training file has 8,194 rows and 1,859 test texts.",
)
"""The quirks that the published reading keeps."""

MENDED: Final = (
    "Texts are read as the vectors were trained, so that COVID-19 keeps its vector.",
    "All training texts are seen in each epoch, shuffled: Adam, rate 0.001, batches of 32, 35 "
    "epochs, as in the Keras version of the notebook.",
    "The epoch is chosen by macro-F1 on the dev texts; the test texts are judged once, at the end.",
    "Precision and recall are means over the three labels.",
    "Swivel takes 10 epochs of steps that adapt to few papers, in place of 40 with the published "
    "constants.",
)
"""How the corrected reading differs."""


def write_page(path: Path, result: Cord19Result) -> None:
    """Write the page.

    Args:
        path: The HTML file.
        result: The result.

    Raises:
        InputError: The file cannot be written.
        MissingExtraError: matplotlib is not installed, which draws the heatmap.
    """
    published = result.reading == "published"
    citations = result.citations
    notes = [*(KEPT if published else MENDED)]
    if result.vectors is not None:
        corpus = result.vectors.corpus
        notes.append(
            f"Vectors: {corpus.n_documents:,} papers, {corpus.n_tokens:,} words, of which "
            f"{len(result.vectors.embedding):,} different ones occur at least {corpus.min_count} "
            "times."
        )
    if citations is not None:
        counts = ", ".join(f"{count:,} {what}" for what, count in citations.counts.items())
        notes += [
            f"SciCite: {counts}.",
            "± is the standard deviation over the seeds of the layer; the vectors are the same. "
            "With so many test texts chance alone makes for about 1 point of accuracy.",
        ]
    write_experiment_page(
        path,
        title=f"{TITLE}, {'as published' if published else 'corrected'}",
        lead=(
            "Word vectors of papers on the coronavirus: do words that belong together lie "
            "together, and does one linear layer on them tell what a paper is cited for?"
        ),
        figures=result.figures(),
        sections=[
            *([] if result.vectors is None else heatmap_sections(result.vectors)),
            *([] if citations is None else citation_sections(citations)),
        ],
        notes=notes,
    )


def heatmap_sections(vectors: EmbedResult) -> list[Section]:
    """Return the heatmap, and the neighbours of its words."""
    sizes = [len(group) for group in vectors.word_groups()]
    svg = draw_heatmap(
        vectors.similarities,
        vectors.words,
        scale_label=SCALE_LABEL,
        groups=sizes,
        file_format="svg",
    )
    rows = [["word", "nearest words"]]
    rows += [
        [word, ", ".join(near.word for near in row)] for word, row in vectors.neighbors.items()
    ]
    return [
        Section(
            "Heatmap",
            ["Inner products of the words of the notebook's picture, divided by the largest."],
            pictures=[f"data:image/svg+xml;base64,{b64encode(svg).decode()}"],
        ),
        Section("Neighbours", rows=rows),
    ]


def citation_sections(citations: CitationResult) -> list[Section]:
    """Return models, figures by step, and example predictions."""
    published = citations.reading == "published"
    split = "test" if published else "dev"
    sections = [
        Section("Models", ["All on the test texts."], citations.model_rows()),
        Section("Precision (P) and recall (R) by label", rows=citations.label_rows()),
    ]
    for model in citations.layers:
        runs = [fit.points for fit in citations.of(model)]
        curves = {
            what: [[getattr(point, what) for point in run] for run in runs]
            for what in ("accuracy", "precision", "recall")
        }
        picture = draw_curves(curves, f"on the {split} texts", axis="step", every=runs[0][0].step)
        sections.append(
            Section(
                f"By step: {model}",
                [f"On the {split} texts; the table has the means over the seeds."],
                citations.point_rows(model),
                [picture],
            )
        )
    rows = [["text", "label", "predicted", "probability"]]
    rows += [
        [row.text, str(row.label), str(row.predicted), f"{row.probability or 0:.3f}"]
        for row in citations.examples.rows
    ]
    sections.append(Section("Ten predictions", [f"Test texts and the {FROZEN}."], rows))
    return sections
