"""ELMo from texts to layers beside PyTorch: the same weights, the same texts, one run.

PyTorch runs in the Python that ``PEER_PYTHON`` names (or this one), on padded batches of 32 texts
in their order, on as many threads. Both get texts that are split already. "LSTMs alone" begins with
the vectors of the tokens, "from characters" with their bytes, nothing remembered from before.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.table import Row
from wordloom.datasets.registry import open_labelled
from wordloom.elmo.characters import character_ids, sentence_marks
from wordloom.elmo.inference import LanguageModels
from wordloom.elmo.network_at_random import random_weights
from wordloom.elmo.options import SIZES
from wordloom.elmo.token_encoder import TokenEncoder
from wordloom.parallel import processor_count
from wordloom.text.batches import TextBatch, pack_texts
from wordloom.text.interning import intern
from wordloom.text.tokenizer import Tokenizer

__all__ = ["run"]

TORCH = Path(__file__).with_name("elmo_torch.py")
BATCH = 32
N_TEXTS = {"tiny": 1500, "small": 400, "original": 200}


def run(seeds: int) -> list[Row]:
    """Time each size, `seeds` times in turn with the peer."""
    texts = open_labelled("scicite", "train").texts
    return [row for size, n in N_TEXTS.items() for row in compare(size, texts[:n], seeds)]


def compare(size: str, texts: list[str], repeats: int) -> list[Row]:
    """Time one size on some texts."""
    # PyTorch's LSTM cuts nothing off: without limits both compute the same.
    options = replace(SIZES[size], cell_clip=0.0, projection_clip=0.0)
    weights = random_weights(options, seed=1)
    tokens = Tokenizer("marks").tokenize_batch(pack_texts(texts))
    words, ids = intern(tokens)
    most = options.max_characters
    spelled = character_ids(TextBatch(words.data, words.offsets), most)
    python = os.environ.get("PEER_PYTHON", sys.executable)
    models = LanguageModels(options, weights)
    vectors = TokenEncoder(options, weights).encode(words)

    def ours(part: str) -> tuple[float, np.ndarray]:
        started = time.perf_counter()
        encoder = TokenEncoder(options, weights)
        known = vectors if part == "lstm" else encoder.encode(words)
        layers = models.layers(known, encoder.marks, ids, tokens.splits)
        return time.perf_counter() - started, layers

    with TemporaryDirectory() as folder:
        arrays = Path(folder) / "elmo.npz"
        np.savez(
            arrays,
            characters=np.concatenate([spelled, sentence_marks(most)]),
            ids=ids,
            splits=tokens.splits,
            threads=processor_count(),
            **weights,
        )
        rows = []
        for part, title in (("lstm", "LSTMs alone"), ("all", "from characters")):
            mine, theirs = [], []
            ours(part)
            for _ in range(repeats):
                seconds, layers = ours(part)
                mine.append(seconds)
                command = [python, TORCH, arrays, str(BATCH), part]
                done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
                answer = json.loads(done.stdout.splitlines()[-1])
                theirs.append(answer["seconds"])
            firsts = tokens.splits[:-1:BATCH]
            difference = np.abs(layers[2, firsts, :5] - np.array(answer["numbers"])).max()
            rows.append(
                Row(
                    f"ELMo {size}, {title}",
                    len(ids) / statistics.median(mine),
                    "tokens/s",
                    len(ids) / statistics.median(theirs),
                    "PyTorch, padded",
                    note=f"{len(ids):,} tokens; largest difference {difference:.1e}",
                )
            )
            print(rows[-1], flush=True)
        return rows
