"""How long things take before anything happens: opening vectors, asking for help."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import wordloom
from benchmarks.table import Row, median_seconds
from wordloom.embedding.static import StaticEmbedding
from wordloom.text.vocabulary import Vocabulary

__all__ = ["run"]


def run(seeds: int) -> list[Row]:
    """Measure the two waits."""
    with TemporaryDirectory() as folder:
        place = Path(folder) / "embedding"
        words = [f"word{number}" for number in range(400_000)]
        vectors = np.random.default_rng(0).random((400_000, 100), np.float32)
        StaticEmbedding(Vocabulary.from_words(words), vectors).save(place)
        opening = median_seconds(lambda: wordloom.load(place))
        look_up = median_seconds(lambda: wordloom.load(place)["word399999"])
    command = [sys.executable, "-m", "wordloom", "--help"]
    help_text = median_seconds(lambda: subprocess.run(command, capture_output=True, check=True))
    return [
        Row("opening 400,000 × 100", 1000 * opening, "ms", note="limit 50 ms"),
        Row("opening it and looking up a word", 1000 * look_up, "ms", note="builds the hash table"),
        Row("wordloom --help", help_text, "s", note="limit 0.3 s; whole process"),
    ]
