"""The README.md of a module folder, which tells people and the Hugging Face Hub what it holds."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from wordloom.embedding.tokenizer_json import differences

if TYPE_CHECKING:
    from wordloom.embedding.static import StaticEmbedding

__all__ = ["model_card"]

TEMPLATE = """\
---
library_name: wordloom
tags:
- word-embeddings
- static-embeddings
- embeddings
- feature-extraction
- model2vec
- sentence-transformers
---

# {name}

{n_words:,} word vectors of {dim} dimensions, and what it takes to embed whole texts with them,
made with wordloom.

## Settings

| setting | value |
|---|---|
| words | {n_words:,} |
| dimensions | {dim} |
| numbers stored as | {dtype} |
| tokenizer | {tokenizer}, {case} |
| out-of-vocabulary words | {oov} |
| pooling | {pooling} |
| counted on | {counted} |

Most frequent words: {sample}

## Training

{training}

## How to open it

With wordloom, which maps the file into memory and follows all of the settings above:

```python
import wordloom

embedding = wordloom.load("path/to/this/folder")
embedding.embed(["a text", "another text"])  # float32, (2, {dim})
embedding["word"]  # float32, ({dim},)
```

With model2vec, which averages the vectors of the words of the vocabulary:

```python
from model2vec import StaticModel

StaticModel.from_pretrained("path/to/this/folder").encode(["a text", "another text"])
```

{sentence_transformers}

{differences}

## Files

| file | what |
|---|---|
| `model.safetensors` | {tensors} |
| `config.json` | the settings and the training report |
| `tokenizer.json`, `modules.json` | for model2vec and sentence-transformers |
| `vocabulary.txt` | the words and their counts, for people |
"""

SENTENCE_TRANSFORMERS = """\
With sentence-transformers, which averages over all words, counting unknown ones as zero vectors:

```python
from sentence_transformers import SentenceTransformer

SentenceTransformer("path/to/this/folder").encode(["a text", "another text"])
```"""

SCALED = """\
Not with sentence-transformers: it knows nothing of the scales (`weights`) by which vectors of int8
are multiplied."""


def model_card(embedding: "StaticEmbedding", dtype: str = "float32") -> str:
    """Write the model card of an embedding.

    Args:
        embedding: What the card describes.
        dtype: The type of numbers in which its vectors are stored.

    Returns:
        Markdown with front matter.
    """
    vocabulary = embedding.vocabulary
    total = int(vocabulary.counts.sum())
    counted = f"{total:,} words" if total else "not known"
    if total and vocabulary.n_documents:
        counted += f" in {vocabulary.n_documents:,} documents"
    sample = ", ".join(as_code(vocabulary.word(i)) for i in range(min(20, len(vocabulary))))
    return TEMPLATE.format(
        name=one_line(embedding.name),
        n_words=len(vocabulary),
        dim=embedding.dim,
        dtype="int8, with a float32 scale for each vector" if dtype == "int8" else dtype,
        sentence_transformers=SCALED if dtype == "int8" else SENTENCE_TRANSFORMERS,
        tokenizer=f"`{embedding.tokenizer.preset}`",
        case="lower-cased" if embedding.tokenizer.lowercase else "case kept",
        oov=oov_text(embedding),
        pooling=f"`{embedding.pooling}`",
        counted=counted,
        sample=sample or "none",
        tensors="one vector for each word, a last one (zero) for unknown words; the counts"
        + ("; the vectors of character n-grams" if embedding.subwords is not None else ""),
        training=report_table(embedding.report),
        differences=differences(embedding.tokenizer),
    )


def oov_text(embedding: "StaticEmbedding") -> str:
    """Say what words get that are not in the vocabulary."""
    if embedding.oov == "skip":
        return "`skip`: they are left out"
    if embedding.oov == "zero" or embedding.subwords is None:
        return "`zero`: they count as zero vectors"
    subwords = embedding.subwords
    return (
        f"`subwords`: the mean of the vectors of their character n-grams ({subwords.min_n} to "
        f"{subwords.max_n} characters, {len(subwords):,} of {subwords.n_buckets:,} buckets in use)"
    )


def report_table(report: Mapping[str, object] | None) -> str:
    """Return the figures of a training report as a table."""
    if not report:
        return "Nothing is known of how the vectors were trained."
    rows = []
    for key, value in report.items():
        parts = value.items() if isinstance(value, Mapping) else [("", value)]
        rows += [
            f"| {one_line(f'{key} {part}'.replace('_', ' '))} | {one_line(figure_text(figure))} |"
            for part, figure in parts
            if figure is not None
        ]
    return "\n".join(["| figure | value |", "|---|---|", *rows])


def figure_text(figure: object) -> str:
    """Return a figure as people write it."""
    if isinstance(figure, bool | str):
        return str(figure)
    if isinstance(figure, int):
        return f"{figure:,}"
    if isinstance(figure, float):
        return f"{figure:,.0f}" if abs(figure) >= 1e5 else f"{figure:.5g}"
    if isinstance(figure, list | tuple):
        return ", ".join(map(figure_text, figure))
    return str(figure)


def as_code(word: str) -> str:
    """Return a word as code; a back-tick would end it too early."""
    return f"`{one_line(word)}`" if "`" not in word else one_line(word)


def one_line(text: str) -> str:
    """Return a text on one line that breaks no table."""
    return " ".join(text.split()).replace("|", r"\|")
