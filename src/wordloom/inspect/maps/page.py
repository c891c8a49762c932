"""The map as one interactive page that stands alone: nothing is fetched, all is inside."""

import base64
import json
from html import escape
from importlib.resources import files
from string import Template

import numpy as np
from numpy.typing import NDArray

from wordloom.inspect.maps.colors import cluster_colors
from wordloom.inspect.maps.word_map import WordMap

__all__ = ["embedded_json", "encoded", "map_page"]

# In this order: each may use what those before it define.
SCRIPTS = ("data", "camera", "points", "labels", "panel", "search", "main")
METHOD_NAMES = {"pca": "principal components", "tsne": "t-SNE", "umap": "UMAP"}


def map_page(word_map: WordMap, *, title: str | None = None) -> str:
    """Make the page of a map, as HTML.

    Words, places and neighbours lie in the page, some 60 bytes for each word. Words come from
    strangers' texts: they are data there, and no word can end the data or become markup.

    Args:
        word_map: The map.
        title: What stands above; the embedding's name unless given.

    Returns:
        The page.

    Example:
        >>> from wordloom.embedding.static import StaticEmbedding
        >>> from wordloom.inspect.maps.word_map import make_map
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> embedding = StaticEmbedding(Vocabulary.from_words(["cough", "fever"]), [[3, 0], [3, 4]])
        >>> map_page(make_map(embedding))[:15]
        '<!doctype html>'
    """
    folder = files("wordloom.inspect.maps").joinpath("page_files")

    def part(name: str) -> str:
        return folder.joinpath(name).read_text("utf-8")

    scripts = "\n".join(part(f"{name}.js") for name in SCRIPTS)
    plural = "" if len(word_map) == 1 else "s"
    return Template(part("page.html")).substitute(
        title=escape(word_map.name if title is None else title),
        subtitle=f"{len(word_map):,} word{plural}, laid out by {METHOD_NAMES[word_map.method]}",
        style=part("style.css"),
        data=embedded_json(page_data(word_map)),
        script=f'(() => {{\n"use strict";\n{scripts}\n}})();',
    )


def page_data(word_map: WordMap) -> dict[str, object]:
    """Return what the page's script reads."""
    small = np.uint16 if len(word_map) <= 1 << 16 else np.uint32
    n_colors = max(1, len(word_map.cluster_words))
    return {
        "words": word_map.words,
        "counts": word_map.counts.tolist() if word_map.counts.any() else None,
        "positions": encoded(fitted(word_map.positions)),
        "neighbors": encoded(word_map.neighbors.astype(small)),
        "n_neighbors": word_map.neighbors.shape[1],
        # Two decimals are shown.
        "similarities": encoded(np.rint(100 * word_map.similarities).astype(np.int8)),
        "clusters": encoded(word_map.clusters.astype(np.uint8)),
        "cluster_words": word_map.cluster_words,
        "colors": {
            "light": cluster_colors(n_colors),
            "dark": cluster_colors(n_colors, dark=True),
        },
        "highlighted": word_map.highlighted,
    }


def fitted(positions: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return positions moved and scaled evenly so that all lie from -1 to 1."""
    low, high = positions.min(axis=0), positions.max(axis=0)
    reach = float((high - low).max()) / 2
    scaled: NDArray[np.float32] = (positions - (low + high) / 2) / np.float32(reach or 1.0)
    return scaled


def encoded(array: NDArray[np.generic]) -> dict[str, str]:
    """Return an array as base64 text of its little-endian bytes."""
    little = array.astype(array.dtype.newbyteorder("<"))
    return {"type": array.dtype.name, "data": base64.b64encode(little.tobytes()).decode()}


def embedded_json(content: object) -> str:
    r"""Return JSON that may stand within a page.

    Example:
        >>> print(embedded_json(["</script>", "\ud800"]))
        ["\u003c/script>","\ud800"]
    """
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # "<" alone could begin a tag; a lone surrogate has no bytes in UTF-8.
    text = text.replace("<", "\\u003c")
    return "".join(f"\\u{ord(c):04x}" if "\ud800" <= c <= "\udfff" else c for c in text)
