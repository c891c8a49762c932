"""Text embedding beside model2vec, both reading the same saved folder."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import wordloom
from benchmarks.table import Row, median_seconds
from wordloom.datasets.registry import open_labelled, open_source
from wordloom.text.corpus import Corpus
from wordloom.train.skipgram import SkipGram

__all__ = ["run"]


def run(seeds: int) -> list[Row]:
    """Embed short texts and whole reviews with both."""
    from model2vec import StaticModel

    with TemporaryDirectory() as folder:
        corpus = Corpus.build(open_source("imdb"))
        SkipGram(epochs=1).train(corpus).save(Path(folder) / "embedding")
        ours = wordloom.load(Path(folder) / "embedding")
        peer = StaticModel.from_pretrained(Path(folder) / "embedding")
        reviews = open_labelled("imdb", "train").texts
        words = " ".join(reviews[:10_000]).split()
        short = [" ".join(words[start : start + 20]) for start in range(0, 2_000_000, 20)]
        rows = []
        for what, texts, repeats in (("twenty-word texts", short, 5), ("reviews", reviews, 3)):
            # model2vec cuts texts at 512 tokens unless told otherwise.
            theirs = peer.encode(texts[:200], max_length=None)
            np.testing.assert_allclose(ours.embed(texts[:200]), theirs, atol=1e-4)
            fast = len(texts) / median_seconds(
                lambda texts=texts: ours.embed(texts, threads=2), repeats
            )
            part = texts[:20_000]
            slow = len(part) / median_seconds(
                lambda part=part: peer.encode(part, max_length=None), repeats
            )
            rows.append(
                Row(f"embedding {what}", fast, "texts/s", slow, "model2vec", note="equal vectors")
            )
    return rows
