"""The strongest linear model: naive-Bayes-weighted n-grams beside vectors, all settings chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.document_vectors import DocumentModel, DocumentVectors
from wordloom.classify.linear.calibration import Calibration
from wordloom.classify.linear.choice import Choice, choose, make_folds, untested
from wordloom.classify.linear.dense import DenseFeatures, TextVectors
from wordloom.classify.linear.features import warn_of_unknown
from wordloom.classify.linear.heads import ClassWeight, check_strength
from wordloom.classify.linear.one_vs_rest import Job, OneVsRest, Rows, fit
from wordloom.classify.linear.outputs import error_costs, outputs_of, positives
from wordloom.classify.linear.self_training import learn_from_guesses
from wordloom.classify.saved_arrays import damaged, saved_array
from wordloom.classify.targets import Targets
from wordloom.errors import InputError
from wordloom.parallel import one_blas_thread
from wordloom.text.ngram_counts import NgramCounts
from wordloom.text.tokenizer import Tokenizer
from wordloom.text.word_ngrams import WordNgrams

__all__ = ["HYBRID_FEATURES", "HybridModel", "HybridSettings"]

HYBRID_FEATURES: Final = ("auto", "nb")
"""Weighted n-grams beside vectors, or the n-grams alone."""

VECTORS: Final = "vectors"
DOCUMENTS: Final = "documents"
MAX_N: Final = 3
FEW_UNLABELLED: Final = 1000
UNLABELLED_MIN_DF: Final = 5
MOST_WEIGHTS: Final = 100_000_000
"""Weights of n-grams for all labels together; beyond, rarer n-grams are dropped."""

MOST_GUESSED: Final = 10_000
"""Unlabelled texts of which labels are guessed; vectors are learned from all."""

ENTRIES: Final = 250_000_000
"""N-grams that document vectors are trained on, over all epochs: about a minute on two cores."""

FEWEST_EPOCHS, MOST_EPOCHS = 12, 40


@dataclass(frozen=True)
class HybridSettings:
    """The part of a classifier's settings that this model goes by; see `TextClassifier`."""

    features: str
    pooling: str | None
    C: float | str
    class_weight: ClassWeight
    max_n: int | None
    min_df: int | None
    random_state: int | None


class HybridModel:
    """Scores each label by its n-grams and by vectors of the text.

    N-grams are those of up to three tokens, punctuation marks among them, and words that open or
    close a text count once more; each is present or absent, and weighted for each label by its
    log-count ratio (Wang and Manning 2012). Unlike there, each text's n-grams are divided by their
    length, which gained 0.8 points of macro-F1 on SciCite, and words too rare to be known are taken
    by their shape.
    Beside them stand, where held-out texts say that they help, the pooled vectors of embeddings,
    and document vectors that are trained on the texts themselves, unlabelled ones included (and
    held-out ones, whose labels they do not see).

    Args:
        embeddings: Turn texts into vectors, which stand side by side; there may be none.
        settings: How.

    Attributes:
        choice: The settings that were chosen.
        self_trained: Whether the model learned from its own guesses on unlabelled texts too.
    """

    def __init__(self, embeddings: Sequence[TextVectors], settings: HybridSettings) -> None:
        self.settings = settings
        self.ngrams = WordNgrams(
            MAX_N if settings.max_n is None else settings.max_n,
            settings.min_df,
            Tokenizer("marks", lowercase=True),
            shapes=True,
            edges=True,
        )
        self.dense = DenseFeatures(
            embeddings if settings.features == "auto" else (), settings.pooling
        )
        self.documents: DocumentModel | None = None
        self.choice = untested((), 1, None)
        self.self_trained = False
        self.model: OneVsRest | None = None

    @property
    def C(self) -> float:
        """The inverse strength of the penalty that was taken."""
        return self.choice.C

    def fit(
        self,
        texts: Sequence[str],
        targets: Targets,
        unlabelled: Sequence[str] = (),
        *,
        progress: bool = False,
    ) -> None:
        """Learn from labelled texts, and from unlabelled ones if there are any.

        Args:
            texts: The training texts.
            targets: Their labels.
            unlabelled: More texts of the same kind.
            progress: Show a progress bar on stderr while document vectors are trained.

        Raises:
            InputError: A setting or the texts break a rule that the message states.
        """
        settings, seed = self.settings, self.settings.random_state or 0
        check_strength(settings.C)
        given = None if isinstance(settings.C, str) else float(settings.C)
        with one_blas_thread():
            n_outputs = outputs_of(targets)
            counts = self.learn_ngrams([*texts, *unlabelled], n_outputs, len(unlabelled))
            if self.wants_documents(counts, bool(unlabelled)):
                self.documents = train_documents(counts, seed, progress=progress)
            unlabelled, counts = some_unlabelled(len(texts), unlabelled, counts, seed)
            everything = self.blocks(texts, unlabelled, counts)
            self.warn(counts.first(len(texts)), everything)
            rows = {
                names: Rows(counts.first(len(texts)), dense[: len(texts)])
                for names, dense in everything.items()
            }
            positive = positives(targets)
            costs = error_costs(targets, positive, settings.class_weight)
            weights = costs.mean(axis=1, dtype=np.float64)
            folds = make_folds(targets.codes, settings.random_state)
            jobs = [Job(train, positive, costs) for train in folds.train]
            choice = (
                choose(rows, jobs, folds, targets.codes, weights, C=given, seed=seed)
                if len(folds)
                else untested(max(rows, key=len), n_outputs, given)
            )
            job = Job(np.arange(len(texts)), positive, costs)
            seen = rows[choice.blocks]
            self.self_trained = False
            if unlabelled and len(folds) and not targets.multi_label:
                seen = Rows(counts, everything[choice.blocks])
                guessed = learn_from_guesses(
                    seen, job, folds, targets.codes, weights, choice, C=given, seed=seed
                )
                if guessed is not None:
                    job, choice = guessed
                    self.self_trained = True
            self.model = fit(seen, job, choice.C, choice.share, seed)
            self.choice = choice
        if DOCUMENTS not in choice.blocks:
            self.documents = None

    def learn_ngrams(self, texts: Sequence[str], n_outputs: int, n_unlabelled: int) -> NgramCounts:
        """Choose the n-grams; rare ones go where there are many unlabelled texts or labels."""
        least = self.settings.min_df
        if least is None and n_unlabelled >= FEW_UNLABELLED:
            least = UNLABELLED_MIN_DF
        self.ngrams.min_df = least
        counts = self.ngrams.learn(texts)
        while counts.n_ngrams * n_outputs > MOST_WEIGHTS:
            self.ngrams.min_df = 2 * (self.ngrams.min_df or 2)
            counts = self.ngrams.learn(texts)
        self.ngrams.min_df = self.settings.min_df
        if not len(counts.columns) and not self.dense.embeddings:
            if least is not None and any(text.strip() for text in texts):
                raise InputError(
                    f"N-grams must occur in {least} texts (min_df). Received: {len(texts):,} texts "
                    "without such an n-gram. Lower min_df, or add texts."
                )
            raise InputError(
                "Texts need at least one token to learn from. Received: empty texts only."
            )
        return counts

    def wants_documents(self, counts: NgramCounts, more: bool) -> bool:
        """Tell whether document vectors are trained.

        They are if there are unlabelled texts, or few enough texts that vectors may help more than
        they cost.
        """
        small = len(counts.columns) * FEWEST_EPOCHS <= ENTRIES
        return self.settings.features == "auto" and (more or small)

    def blocks(
        self, texts: Sequence[str], unlabelled: Sequence[str], counts: NgramCounts
    ) -> dict[tuple[str, ...], NDArray[np.float32]]:
        """Return the dense features to choose from, by the names of what they are made of."""
        parts: dict[str, NDArray[np.float32]] = {}
        if self.dense.embeddings:
            pooled = self.dense.pooled([*texts, *unlabelled])
            self.dense.learn(pooled[: len(texts)])
            parts[VECTORS] = self.dense.standardised(pooled).astype(np.float32)
        if self.documents is not None:
            parts[DOCUMENTS] = self.documents.embed(counts)
        n_texts = len(texts) + len(unlabelled)
        found: dict[tuple[str, ...], NDArray[np.float32]] = {}
        found[()] = np.zeros((n_texts, 0), np.float32)
        for name, part in parts.items():
            found[(name,)] = part
        if len(parts) > 1:
            found[tuple(parts)] = np.concatenate(list(parts.values()), axis=1)
        return found

    def warn(
        self, counts: NgramCounts, dense: Mapping[tuple[str, ...], NDArray[np.float32]]
    ) -> None:
        """Warn if many training texts hold nothing to learn from."""
        known = np.diff(counts.starts) > 0
        if (VECTORS,) in dense:
            unmoved = (-self.dense.mean / self.dense.scale).astype(np.float32)
            known |= np.any(dense[(VECTORS,)][: len(known)] != unmoved, axis=1)
        warn_of_unknown(int(np.sum(~known)), len(known), "training texts")

    def scores(self, texts: Sequence[str]) -> tuple[NDArray[np.float64], int]:
        """Return log-odds of each label, and how many texts hold nothing that is known.

        Args:
            texts: Any texts.

        Returns:
            float64 (n_texts, n_outputs), and a number of texts.
        """
        counts = self.ngrams.count(texts)
        known = np.diff(counts.starts) > 0
        parts = [np.zeros((len(texts), 0), np.float32)]
        if VECTORS in self.choice.blocks:
            pooled = self.dense.pooled(texts)
            known |= pooled.any(axis=1)
            parts.append(self.dense.standardised(pooled).astype(np.float32))
        if self.documents is not None:
            parts.append(self.documents.embed(counts))
        assert self.model is not None  # noqa: S101 (TextClassifier asks only after fit)
        scores = self.model.scores(Rows(counts, np.concatenate(parts, axis=1)))
        return self.choice.calibration.apply(scores), int(np.sum(~known))

    def check_probabilities(self) -> None:
        """Do nothing: probabilities are calibrated."""

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Return all arrays, by name, for saving."""
        assert self.model is not None  # noqa: S101 (only a fitted model is saved)
        line = self.choice.calibration
        return {
            **self.ngrams.tensors(),
            "ngram_weights": self.model.ngram_weights,
            "ngram_squares": self.model.ngram_squares,
            "dense_weights": self.model.dense_weights,
            "biases": self.model.biases,
            "mean": self.dense.mean,
            "scale": self.dense.scale,
            "calibration": np.concatenate([[line.slope], line.shifts]),
            "choice": np.array(
                [
                    self.choice.C,
                    self.choice.share,
                    VECTORS in self.choice.blocks,
                    DOCUMENTS in self.choice.blocks,
                    self.self_trained,
                    self.choice.loss,
                ]
            ),
            **({} if self.documents is None else self.documents.tensors()),
        }

    def restore(
        self, tensors: Mapping[str, NDArray[np.generic]], n_labels: int, *, multi_label: bool
    ) -> None:
        """Take over the arrays that `tensors` returned.

        Args:
            tensors: The arrays by name.
            n_labels: How many labels there are.
            multi_label: Whether a text may have any number of them.

        Raises:
            FormatError: An array is missing, or does not fit the others.
        """
        n_outputs = 1 if n_labels == 2 and not multi_label else n_labels
        self.ngrams.restore(tensors)
        n_ngrams = len(self.ngrams)
        choice = saved_array(tensors, "choice", "float64", (6,))
        if not np.all(choice[:2] > 0):
            raise damaged("C and the share of vectors must be above 0")
        c, share, vectors, documents, self_trained, loss = choice.tolist()
        blocks = tuple(name for name, used in ((VECTORS, vectors), (DOCUMENTS, documents)) if used)
        if documents:
            self.documents = DocumentModel.from_tensors(tensors, n_ngrams)
        n_dense = len(self.dense) if vectors else 0
        n_dense += self.documents.dim if self.documents else 0
        if self.dense.embeddings:
            self.dense.mean = saved_array(tensors, "mean", "float64", (len(self.dense),))
            self.dense.scale = saved_array(tensors, "scale", "float64", (len(self.dense),))
            if not np.all(self.dense.scale > 0):
                raise damaged("a scale is not above 0")
        line = saved_array(tensors, "calibration", "float64", (1 + n_outputs,))
        self.choice = Choice(blocks, c, share, Calibration(float(line[0]), line[1:]), loss)
        self.self_trained = bool(self_trained)
        self.model = OneVsRest(
            saved_array(tensors, "ngram_weights", "float32", (n_ngrams, n_outputs)),
            saved_array(tensors, "ngram_squares", "float32", (n_ngrams, n_outputs)),
            saved_array(tensors, "dense_weights", "float32", (n_dense, n_outputs)),
            saved_array(tensors, "biases", "float32", (n_outputs,)),
        )


def some_unlabelled(
    n_labelled: int, unlabelled: Sequence[str], counts: NgramCounts, seed: int
) -> tuple[Sequence[str], NgramCounts]:
    """Return unlabelled texts that are not too many to guess at, and the n-grams of all texts."""
    if len(unlabelled) <= MOST_GUESSED:
        return unlabelled, counts
    random = np.random.default_rng(seed)
    chosen = np.sort(random.choice(len(unlabelled), MOST_GUESSED, replace=False))
    rows = np.concatenate([np.arange(n_labelled), n_labelled + chosen])
    return [unlabelled[place] for place in chosen.tolist()], counts.part(rows)


def train_documents(counts: NgramCounts, seed: int, *, progress: bool) -> DocumentModel | None:
    """Train document vectors, in more epochs where there is less text; None without n-grams."""
    if not len(counts.columns):
        return None
    epochs = min(MOST_EPOCHS, max(FEWEST_EPOCHS, ENTRIES // len(counts.columns)))
    return DocumentVectors(epochs=epochs).train(counts, seed=seed, progress=progress)
