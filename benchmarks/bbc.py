"""The fit on BBC news beside the notebook's network in plain Keras, on each backend that is there.

The notebook's network is run with this Python, and with the one that ``PEER_PYTHON`` names (for
backends that are installed elsewhere), on JAX and TensorFlow where Keras can import them. All get
the same arrays, one after another, each in a process of its own; seconds are those of building,
compiling and 20 epochs.
"""

import json
import os
import statistics
import subprocess
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.table import Row
from wordloom.datasets.registry import open_labelled
from wordloom.recipes import bbc_articles, bbc_published
from wordloom.recipes.keras_fit import Examples, fit_network

__all__ = ["ours", "run"]

BACKENDS = ("jax", "tensorflow")
EPOCHS = bbc_published.EPOCHS
NOTEBOOK = Path(__file__).with_name("bbc_notebook.py")


def run(seeds: int) -> list[Row]:
    """Fit DME and CDME with ours and the notebook's networks, once for each seed."""
    articles = bbc_articles.prepare(open_labelled("bbc", "train"), open_labelled("bbc", "test"))
    pythons = peers()
    found: dict[tuple[str, str], list[dict[str, float]]] = {}
    with TemporaryDirectory() as folder:
        arrays = Path(folder) / "bbc.npz"
        for seed in range(1, seeds + 1):
            save_arrays(arrays, articles, seed)
            for model in bbc_published.PUBLISHED:
                same = [arrays, model, str(seed), str(EPOCHS)]
                code = "import sys, benchmarks.bbc as b; b.ours(*sys.argv[1:])"
                commands = {"wordloom": [sys.executable, "-c", code, *same]} | {
                    backend: [python, NOTEBOOK, *same] for backend, python in pythons.items()
                }
                for name, command in commands.items():
                    answer = last_line(command, "" if name == "wordloom" else name)
                    found.setdefault((model, name), []).append(answer)
                    print(f"{model}, seed {seed}, {name}: {answer}", flush=True)
    return [
        row
        for model in bbc_published.PUBLISHED
        for backend in pythons
        for row in compared(model, found[model, "wordloom"], found[model, backend], backend)
    ]


def compared(
    model: str, mine: list[dict[str, float]], theirs: list[dict[str, float]], backend: str
) -> list[Row]:
    """Return a row for the seconds and one for the accuracy."""
    peer = f"notebook's network on {backend}"
    accuracies = [answer["accuracy"] for answer in mine]
    return [
        Row(
            f"BBC, {model}, whole fit",
            statistics.median(answer["seconds"] for answer in mine),
            "s",
            statistics.median(answer["seconds"] for answer in theirs),
            peer,
            higher_is_better=False,
            note=f"median of {len(mine)}",
        ),
        Row(
            f"BBC, {model}",
            statistics.mean(accuracies),
            "accuracy",
            statistics.mean(answer["accuracy"] for answer in theirs),
            peer,
            note=f"± {statistics.pstdev(accuracies):.4f} over {len(mine)} seeds",
        ),
    ]


def peers() -> dict[str, str]:
    """Return which Python runs each backend that one of them has."""
    found: dict[str, str] = {}
    for python in filter(None, (sys.executable, os.environ.get("PEER_PYTHON"))):
        for backend in BACKENDS:
            code = "import keras; keras.ops.zeros(1)"
            environment = {**os.environ, "KERAS_BACKEND": backend}
            tried = subprocess.run([python, "-c", code], env=environment, capture_output=True)
            if tried.returncode == 0:
                found.setdefault(backend, python)
    return found


def last_line(command: list[str | Path], backend: str) -> dict[str, float]:
    """Run a program and read its last line as JSON."""
    environment = {**os.environ, **({"KERAS_BACKEND": backend} if backend else {})}
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def save_arrays(path: Path, articles: bbc_articles.Articles, seed: int) -> None:
    """Write what all networks get: texts, topics and both tables."""
    topics = sorted(set(articles.train.labels))
    (cbow, fasttext), _ = bbc_published.train_tables(articles, seed=seed)
    np.savez(
        path,
        cbow=cbow,
        fasttext=fasttext,
        train=articles.train.inputs,
        train_topics=articles.train.targets(topics),
        test=articles.test.inputs,
        test_topics=articles.test.targets(topics),
    )


def ours(path: str, model: str, seed: str, epochs: str) -> None:
    """Fit wordloom's network in this process; print the seconds and the accuracy."""
    with np.load(path) as arrays:
        tables = [arrays["cbow"], arrays["fasttext"]]
        train, test = (
            Examples(arrays[part], arrays[f"{part}_topics"].astype(str).tolist())
            for part in ("train", "test")
        )
    fit = fit_network(
        model,
        partial(bbc_published.build_network, model, tables, len(set(train.labels))),
        train,
        test,
        np.zeros(len(test), np.bool_),
        seed=int(seed),
        epochs=int(epochs),
        batch_size=bbc_published.BATCH_SIZE,
        validation=0.1,
    )
    print(json.dumps({"seconds": fit.seconds, "accuracy": fit.metrics.accuracy}))
