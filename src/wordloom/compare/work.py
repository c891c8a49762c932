"""What a worker does: opens embeddings, fits a row, judges it, and measures what it takes."""

import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wordloom.compare.candidates import build
from wordloom.compare.folds import nested_order
from wordloom.compare.statistics import macro_f1
from wordloom.errors import InputError

__all__ = ["Workshop"]

# Enough texts to see whether an embedding is of their language, and whether its numbers are sound.
LOOKED_AT = 2000
WORDS_SHOWN = 12


class Workshop:
    """Texts, labels and open embeddings, and what is done with them.

    Args:
        texts: All texts of the comparison.
        codes: int64 (n_texts,), the number of each text's label.
        folds: int64 (n_texts,), the fold of each text, or -1: never held out.
        labels: The labels.
        seed: Seed for everything random.
        folder: Where temporary files go.
    """

    def __init__(
        self,
        texts: Sequence[str],
        codes: Sequence[int],
        folds: Sequence[int],
        labels: Sequence[str | int],
        seed: int,
        folder: str,
    ) -> None:
        self.texts = list(texts)
        self.codes = np.array(codes, np.int64)
        self.folds = np.array(folds, np.int64)
        self.labels = list(labels)
        self.seed = seed
        self.folder = folder
        self.opened: dict[str, Any] = {}

    def do(self, task: Mapping[str, Any]) -> dict[str, Any]:
        """Do what a task says: open an embedding, fit and judge, or fit and save.

        Args:
            task: Its "do" is "open", "fit" or "final"; the rest is what these methods take.
        """
        arguments = {name: value for name, value in task.items() if name != "do"}
        if task["do"] == "open":
            return self.open(**arguments)
        return self.fit(**arguments) if task["do"] == "fit" else self.final(**arguments)

    def embedding(self, path: str) -> Any:  # noqa: ANN401 (an embedding of any kind)
        """Return the embedding at a path, opened once."""
        if path not in self.opened:
            from wordloom.elmo.loading import load

            self.opened[path] = load(path)
        return self.opened[path]

    def open(self, path: str, store: str) -> dict[str, Any]:
        """Open an embedding, see whether it is sound, and how many of the tokens it knows.

        Args:
            path: Where it lies.
            store: Where it is written if it lies in a file: as a folder it is mapped into memory,
                so that no other worker reads it again.

        Returns:
            The kind, the numbers of dimensions and words, the share of known tokens, and the path
            from which it is best opened.

        Raises:
            InputError: It cannot be opened, or its numbers are not finite.
        """
        from wordloom.embedding.static import StaticEmbedding
        from wordloom.text.batches import pack_texts

        embedding = self.embedding(path)
        rng = np.random.default_rng(self.seed)
        chosen = rng.permutation(len(self.texts))[:LOOKED_AT].tolist()
        sample = [self.texts[place] for place in chosen]
        static = isinstance(embedding, StaticEmbedding)
        if not np.all(np.isfinite(embedding.embed(sample if static else sample[:8]))):
            raise InputError(
                "The vectors of texts must be finite. Received: NaN or infinity. If training "
                "diverged, train it again with a lower learning rate."
            )
        found: dict[str, Any] = {
            "kind": type(embedding).__name__,
            "dim": embedding.dim,
            "words": None,
            "known_tokens": None,
            "path": path,
        }
        if static:
            tokens = embedding.tokenizer.tokenize_batch(pack_texts(sample))
            ids = embedding.vocabulary.find(tokens.data, tokens.offsets)
            found["words"] = len(embedding.vocabulary)
            found["known_tokens"] = float(np.mean(ids >= 0)) if len(ids) else None
            if Path(path).is_file():
                embedding.save(store)
                del self.opened[path]
                found["path"] = store
        return found

    def fit(
        self,
        candidate: Mapping[str, Any],
        embeddings: Sequence[str],
        fold: int,
        labels: int | None = None,
        draw: int = 0,
        measure_size: bool = False,
    ) -> dict[str, Any]:
        """Fit a row on all folds but one, or on a few texts of these, and judge it on that one.

        Args:
            candidate: The row's id and settings.
            embeddings: Paths of its embeddings.
            fold: The fold that is held out.
            labels: How many texts are learned from; None: all.
            draw: Which draw of so many texts this is.
            measure_size: Save the fitted classifier once to see how large it is, and ask a DME
                network for its weights.

        Returns:
            Scores and CPU seconds; with all labels what `judged` returns too.
        """
        train = np.flatnonzero(self.folds != fold)
        held = np.flatnonzero(self.folds == fold)
        if labels is not None:
            order = nested_order(self.codes[train], self.seed + 1000 * draw + fold)
            train = train[order[:labels]]
        model, seconds = self.fitted(
            candidate,
            embeddings,
            [self.texts[place] for place in train.tolist()],
            self.codes[train].tolist(),
            draw,
        )
        texts = [self.texts[place] for place in held.tolist()]
        result = self.judged(model, texts)
        predicted = np.array(result["predicted"], np.int64)
        result["fit_seconds"] = seconds
        result["macro_f1"] = macro_f1(self.codes[held], predicted, len(self.labels))
        result["accuracy"] = float(np.mean(predicted == self.codes[held]))
        if labels is not None:
            return {name: result[name] for name in ("macro_f1", "accuracy", "fit_seconds")}
        if measure_size:
            result["bytes"] = self.size(model)
            if candidate["settings"].get("combine") in ("dme", "cdme"):
                result["attention"] = attention_of(model, texts)
        return result

    def final(
        self,
        candidate: Mapping[str, Any],
        embeddings: Sequence[str],
        save: str | None,
        test: Sequence[str] | None,
        more: Sequence[Sequence[Any]] = (),
    ) -> dict[str, Any]:
        """Fit a row on all texts, save it, and let it predict the test texts.

        Args:
            candidate: The row's id and settings.
            embeddings: Paths of its embeddings.
            save: The folder to save to, or None.
            test: The test texts, or None.
            more: Further training texts, each with its label's number.

        Returns:
            CPU seconds, the folder, and for test texts what `judged` returns.
        """
        texts = self.texts + [text for text, _ in more]
        codes = self.codes.tolist() + [code for _, code in more]
        model, seconds = self.fitted(candidate, embeddings, texts, codes, 0)
        result: dict[str, Any] = {"fit_seconds": seconds, "saved": None}
        if test is not None:
            result |= self.judged(model, test)
        if save is not None and hasattr(model, "save"):
            result["saved"] = str(model.save(save))
        return result

    def fitted(
        self,
        candidate: Mapping[str, Any],
        embeddings: Sequence[str],
        texts: Sequence[str],
        codes: Sequence[int],
        draw: int,
    ) -> tuple[Any, float]:
        """Return a classifier fitted on some texts, and the CPU seconds that took."""
        opened = [self.embedding(path) for path in embeddings]
        model = build(candidate["settings"], opened, self.seed + draw)
        labels = [self.labels[code] for code in codes]
        before = time.process_time()
        model.fit(texts, labels)
        return model, time.process_time() - before

    def judged(
        self,
        model: Any,  # noqa: ANN401 (a fitted classifier)
        texts: Sequence[str],
    ) -> dict[str, Any]:
        """Let a classifier predict texts.

        Args:
            model: The fitted classifier.
            texts: The texts.

        Returns:
            "predicted", label numbers; "texts_per_second" of CPU time; "sureness" of each
            prediction: its probability if "has_probability", else how far its score leads.
        """
        places = {label: place for place, label in enumerate(self.labels)}
        before = time.process_time()
        predicted, sureness, has_probability = predictions(model, texts)
        seconds = time.process_time() - before
        return {
            "predicted": [places[label] for label in predicted],
            "texts_per_second": len(texts) / max(seconds, 1e-6),
            "sureness": sureness,
            "has_probability": has_probability,
        }

    def size(self, model: Any) -> int | None:  # noqa: ANN401 (a fitted classifier)
        """Return how many bytes a saved classifier takes, embeddings included; None: not saved."""
        if not hasattr(model, "save"):
            return len(str(model.label_))
        folder = tempfile.mkdtemp(dir=self.folder)
        try:
            model.save(Path(folder, "model"))
            return sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
        except (InputError, OSError):
            return None
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def predictions(
    model: Any,  # noqa: ANN401 (a fitted classifier)
    texts: Sequence[str],
) -> tuple[list[Any], list[float], bool]:
    """Return the predicted labels, how sure the model is of each, and whether by probabilities.

    The texts are looked at once: the label with the highest probability is the one that `predict`
    returns. A support vector machine has none, but a score that leads by more or less.
    """
    if not hasattr(model, "decision_function"):
        return model.predict(texts).tolist(), [0.0] * len(texts), False
    try:
        scores, has_probability = model.predict_proba(texts), True
    except InputError:
        scores, has_probability = model.decision_function(texts), False
        if scores.ndim == 1:
            scores = np.stack([-scores / 2, scores / 2], axis=1)
    labels = model.classes_[scores.argmax(axis=1)].tolist()
    ranked = np.sort(scores, axis=1)
    sureness = ranked[:, -1] if has_probability else ranked[:, -1] - ranked[:, -2]
    return labels, [round(each, 4) for each in sureness.tolist()], has_probability


def attention_of(model: Any, texts: Sequence[str]) -> dict[str, Any] | None:  # noqa: ANN401
    """Return how far each embedding counts: overall, for telling words, and by frequency."""
    from wordloom.classify.attention.report import attention_report

    report = attention_report(model, texts)
    if not report.tokens:
        return None
    tops = [row for rows in report.leaning(WORDS_SHOWN).values() for row in rows]
    words = {row.name: row for row in tops}
    frequent = sorted(report.by_word(least=5), key=lambda row: -row.n_tokens)[:WORDS_SHOWN]
    words |= {row.name: row for row in frequent}
    bands = report.groupings().get("by_frequency", [])
    return {
        "overall": list(report.overall().mean),
        "words": [
            {"word": row.name, "count": row.n_tokens, "weights": list(row.mean)}
            for row in words.values()
        ],
        "by_frequency": [{"band": row.name, "weights": list(row.mean)} for row in bands],
    }
