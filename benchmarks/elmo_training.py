"""ELMo "tiny" on CORD-19 papers: tokens per second, perplexity by epoch, beside n-grams."""

from typing import Any

import numpy as np

from benchmarks.table import Row
from wordloom.datasets.registry import open_source
from wordloom.elmo.ngrams import ngram_perplexity
from wordloom.elmo.training.text import Text
from wordloom.elmo.training.trainer import ELMo
from wordloom.text.corpus import Corpus
from wordloom.text.tokenizer import Tokenizer

__all__ = ["run"]

TRAINER = ELMo(epochs=3)


def run(seeds: int) -> list[Row]:
    """Train once for each seed; the n-grams count the same text and predict the same words."""
    corpus = Corpus.build(
        open_source("cord19"), tokenizer=Tokenizer("marks"), min_count=1, progress=True
    )
    speeds, last, rows = [], [], []
    for seed in range(1, seeds + 1):
        report: dict[str, Any] = dict(TRAINER.train(corpus, seed=seed, progress=True).report or {})
        speeds.append(float(str(report["units_per_second"])))
        shown = [f"{each['average']:.1f}" for each in report["perplexities"]]
        print(f"seed {seed}: {speeds[-1]:,.0f} tokens/s, perplexity {' '.join(shown)}", flush=True)
        last.append(float(shown[-1]))
        text = Text.prepare(TRAINER, corpus, seed)
        counted = ngram_perplexity(
            text.pairs(text.trained), text.pairs(text.held_out), len(text.targets)
        )
        rows += [
            Row(
                f"ELMo tiny, held-out perplexity, seed {seed}",
                last[-1],
                "",
                getattr(counted, name),
                f"{name}s",
                higher_is_better=False,
                note=f"{len(text.targets):,} words, {text.unknown_share():.1%} <UNK>; by epoch "
                + " ".join(shown),
            )
            for name in ("unigram", "bigram")
        ]
    speed = Row(
        "ELMo tiny, training",
        float(np.median(speeds)),
        "tokens/s",
        note=f"{TRAINER.epochs} epochs over {corpus.n_tokens:,} tokens, judging included",
    )
    return [speed, *rows]
