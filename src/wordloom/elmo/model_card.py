"""The README.md of an ELMo folder, which tells people what it holds."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wordloom.elmo.embedding import ELMoEmbedding

__all__ = ["model_card"]

TEMPLATE = """\
---
library_name: wordloom
tags:
- elmo
- contextual-embeddings
- embeddings
- feature-extraction
---

# {name}

An ELMo network (Peters et al. 2018, arXiv 1802.05365): vectors of {dim} dimensions for each word
in its context, from a forward and a backward language model that read characters. Made with
wordloom.

| setting | value |
|---|---|
| parameters | {parameters:,} |
| layers | {layers}, weighted {weights} |
| LSTM cells, projected to | {lstm_dim}, {projection_dim} |
| tokenizer | `{tokenizer}`, {case} |
| texts are read | {read} |
| vocabulary in training | {words} |

## Training

{training}

## How to open it

```python
import wordloom

elmo = wordloom.load("path/to/this/folder")
elmo.embed(["a text", "another text"])  # float32, (2, {dim})
elmo.embed_tokens(["The bank of the river."]).vectors  # float32, (n_tokens, {dim})
```

`wordloom convert` writes it as the published `options.json` and HDF5, for other programs.
"""


def model_card(embedding: "ELMoEmbedding") -> str:
    """Write the model card of an embedding.

    Args:
        embedding: What the card describes.

    Returns:
        Markdown with front matter.
    """
    options, words = embedding.options, embedding.vocabulary
    return TEMPLATE.format(
        name=" ".join(embedding.name.split()) or "elmo",
        dim=embedding.dim,
        parameters=options.n_parameters,
        layers=embedding.n_layers,
        weights=", ".join(f"{weight:.3g}" for weight in embedding.layer_weights.tolist()),
        lstm_dim=options.lstm_dim,
        projection_dim=options.projection_dim,
        tokenizer=embedding.tokenizer.preset,
        case="lower-cased" if embedding.tokenizer.lowercase else "case kept",
        read="sentence by sentence" if embedding.sentences else "as a whole",
        words="not known" if words is None else f"{len(words):,} words",
        training=training_text(embedding),
    )


def training_text(embedding: "ELMoEmbedding") -> str:
    """Say how it was trained, as far as that is known."""
    report: dict[str, Any] = dict(embedding.report or {})
    if not report:
        return "How it was trained is not known."
    lines = ["| | |", "|---|---|"]
    for name, value in report.items():
        shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        lines.append(f"| {name.replace('_', ' ')} | {shown.replace('|', '/')} |")
    return "\n".join(lines)
