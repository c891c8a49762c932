"""A text classifier on word embeddings, with the contract of scikit-learn's estimators."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from wordloom.classify.checks import check_texts
from wordloom.classify.linear.features import warn_of_unknown
from wordloom.classify.linear.heads import ClassWeight
from wordloom.classify.linear.hybrid import HYBRID_FEATURES, HybridModel
from wordloom.classify.linear.model import LinearModel
from wordloom.classify.models import build_model, held_out_part
from wordloom.classify.sources import Embeddings, open_embeddings
from wordloom.classify.targets import Labels, check_counts, read_targets
from wordloom.errors import InputError
from wordloom.output import check_writable

if TYPE_CHECKING:
    from wordloom.classify.attention.token_attention import TokenAttention
    from wordloom.classify.metrics import Metrics
    from wordloom.classify.neural.encoders import Encoder

__all__ = ["TextClassifier"]

BLOCK_TEXTS = 4096
FROM_MODELS = ("coef_", "intercept_", "C_", "self_trained_", "history_", "layer_weights_")


class TextClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Classifies texts by their n-grams, and by what embeddings say about their words.

    Without any choice made it is the strongest linear model that we know: naive-Bayes-weighted
    n-grams beside vectors, with settings that cross-validation chooses and calibrated
    probabilities. ``features="dense"`` looks at pooled vectors alone.
    Any other encoder makes a neural network: the embeddings' vectors of each word are combined into
    one, and the encoder turns these into scores. Then part of the texts is held out to decide when
    training stops. A word that any embedding knows counts at prediction, whether or not the
    labelled texts held it. Embeddings are shared, not copied, by `sklearn.base.clone`. Nothing is
    chosen on texts other than those given to `fit`.

    Args:
        embeddings: An embedding, a path to one, a `LearnedEmbedding` (which begins at random; for
            networks only), or a list of these; None for n-grams and the texts' own vectors. ELMo
            is an embedding like others.
        encoder: "linear"; or a network: "mean" (as fastText), "flatten" (the textbook's), "conv1d",
            "gru", "bigru", "bilstm-max", "dan" (deep averaging), "mean-dense" (the mean, then 256
            ReLU units), or an encoder with settings of your own from
            `wordloom.classify.neural.encoders`. The classifier of the published experiment with
            keywords is "mean-dense" on ELMo with ``dropout=0``: frozen with ``mix="fixed"``, with a
            learned mix, or with ``trainable=True``.
        combine: How a network makes one vector of a word's several: "concatenate"; "sum" of
            projections; "dme", dynamic meta-embeddings, which learn how far to trust each
            embedding for each word; "cdme", which also look at the word's neighbours (Kiela, Wang
            and Cho 2018); "gated" and "gated-bidirectional", the published Keras notebook's.
        trainable: Whether training a network changes the embeddings' vectors too. Of ELMo its LSTMs
            learn, and the character network stays as it is, as in version 1 of TensorFlow Hub's
            module; then each text is read whole. Frozen, its layers are worked out once, and those
            of all tokens of the training texts are held in memory: n_layers · dim · 4 bytes for
            each, half of that above 1 GiB.
        mix: How a network adds up the layers of ELMo: "learned": with weights that it learns, equal
            at first (Peters et al. 2018, equation 1); "fixed": with the embedding's own. The linear
            model always takes these.
        features: What the linear model sees: "auto": word n-grams, weighted for each label by how
            much more often they occur there (NB-SVM, Wang and Manning 2012), beside the pooled
            vectors of embeddings and vectors of whole texts, where held-out texts gain by them. The
            latter are learned from the texts themselves (see `fit`), if there are few, or
            unlabelled ones. "nb": those n-grams alone. "dense": the pooled vectors alone;
            "dense+tfidf": beside them TF-IDF of word n-grams; "tfidf": the latter alone. A network
            sees vectors.
        pooling: How a text's word vectors become one for the linear model, several ways joined by
            "+"; None takes each embedding's own. "mean+max" (SWEM-concat, Shen et al. 2018) beat
            "mean" by 2 points of accuracy on SciCite's dev split and by half a point on held-out
            training texts of IMDB; with only 200 labelled texts it lost half a point.
        head: The linear model: "logistic": multinomial logistic regression; "svm": linear support
            vector machine. None: the support vector machine, with calibrated probabilities, for
            "auto" and "nb"; logistic regression for the others.
        C: Inverse strength of the penalty on the linear model's weights; "auto" tries a few values
            on held-out training texts, which takes several times as long as one given value.
        class_weight: None: each text counts the same; "balanced": each label does; or a dict from
            labels to weights.
        max_n: Length of the longest n-grams, in tokens; None takes 3 for "auto" and "nb", else 2.
        min_df: In how many training texts an n-gram must occur; None takes 1 below 1,000 texts,
            else 2; 5 where so many texts are unlabelled.
        combined_dim: How many numbers a combined vector has, for "sum", "dme" and "cdme"; 256 in
            the paper.
        weighting: How "dme" and "cdme" turn scores into weights: "softmax", which add up to 1, or
            "sigmoid".
        dropout: Which share of a combined vector's numbers is dropped in training.
        max_tokens: How many tokens of a text a network sees.
        truncate: Which end of longer texts is cut off: "post", or "pre" (the front, as Keras does
            unless told otherwise).
        epochs: How often a network goes through the training texts, at most; None takes 30, or as
            many as make 700 steps.
        batch_size: How many texts a step of training sees.
        learning_rate: Adam's, of the network; None takes 0.001, for the encoder "mean" 0.01.
        embedding_learning_rate: That of the embeddings' vectors and of ELMo's LSTMs, if they are
            changed; None takes the network's, for LSTMs at most 0.001.
        validation_share: Which share of the texts a network's training holds out; 0 for none.
        patience: After how many epochs without progress on the held-out texts training stops; with
            few texts as many as make 20 steps count as one.
        random_state: Seed for everything random. Vectors of whole texts are trained by several
            threads at a time and differ a little from one fit to the next.

    Attributes:
        classes_: (n_classes,), the labels, sorted.
        multi_label_: Whether each text has a list of labels.
        model_: The fitted `HybridModel`, `LinearModel` or `NeuralModel`.
        embeddings_: The opened embeddings.
        coef_: Of the features "dense" and "tfidf": float64 (n_classes, n_features), or
            (1, n_features) for two classes.
        intercept_: Of these: float64, one for each row of `coef_`.
        C_: Of linear models: the value of C that was taken.
        self_trained_: Whether guesses on unlabelled texts were learned from too.
        history_: Of a network: what the fit recorded, a `History`.
        layer_weights_: Of a network: for each ELMo by name what its layers count, float32
            (n_layers,).
        metrics_: `Metrics` of the last evaluation, or None.

    Example:
        >>> from wordloom.embedding.static import StaticEmbedding
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> words = Vocabulary.from_words(["good", "fine", "bad", "dull"])
        >>> embedding = StaticEmbedding(words, [[1, 0], [1, 0.1], [-1, 0], [-1, 0.1]])
        >>> classifier = TextClassifier(embedding, C=10)
        >>> texts = ["a good film", "a fine film", "a bad film", "a dull film"]
        >>> classifier.fit(texts, ["+", "+", "-", "-"]).predict(["good, fine", "so dull"]).tolist()
        ['+', '-']
    """

    def __init__(
        self,
        embeddings: Embeddings = None,
        *,
        encoder: "str | Encoder" = "linear",
        combine: str = "concatenate",
        trainable: bool = False,
        mix: str = "learned",
        features: str = "auto",
        pooling: str | None = "mean+max",
        head: str | None = None,
        C: float | str = "auto",
        class_weight: ClassWeight = None,
        max_n: int | None = None,
        min_df: int | None = None,
        combined_dim: int = 256,
        weighting: Literal["softmax", "sigmoid"] = "softmax",
        dropout: float = 0.2,
        max_tokens: int = 256,
        truncate: Literal["pre", "post"] = "post",
        epochs: int | None = None,
        batch_size: int = 64,
        learning_rate: float | None = None,
        embedding_learning_rate: float | None = None,
        validation_share: float = 0.1,
        patience: int = 3,
        random_state: int | None = 0,
    ) -> None:
        self.embeddings = embeddings
        self.encoder = encoder
        self.combine = combine
        self.trainable = trainable
        self.mix = mix
        self.features = features
        self.pooling = pooling
        self.head = head
        self.C = C
        self.class_weight = class_weight
        self.max_n = max_n
        self.min_df = min_df
        self.combined_dim = combined_dim
        self.weighting = weighting
        self.dropout = dropout
        self.max_tokens = max_tokens
        self.truncate = truncate
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.embedding_learning_rate = embedding_learning_rate
        self.validation_share = validation_share
        self.patience = patience
        self.random_state = random_state

    def fit(
        self,
        texts: Sequence[str],
        labels: Labels,
        *,
        unlabelled: Sequence[str] | None = None,
        held_out: tuple[Sequence[str], Labels] | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        progress: bool = False,
    ) -> "TextClassifier":
        """Learn from labelled texts.

        Args:
            texts: The training texts.
            labels: The label of each, all str or all whole numbers; or for each text a list, tuple
                or set of any number of labels.
            unlabelled: More texts of the same kind, for the features "auto" and "nb". For "auto",
                vectors of whole texts are learned from them. The surest guesses on them become
                training texts, if that lowers the log loss of held-out labelled ones.
            held_out: Texts and labels that decide when a network's training stops; None holds out
                a part of the training texts.
            checkpoint: A file for the state of a network after each epoch. If it is there, an
                interrupted fit of the same texts and settings goes on, and gives what it would
                have given uninterrupted. You may remove it afterwards.
            progress: Show progress bars on stderr.

        Returns:
            This classifier.

        Raises:
            InputError: A setting, the texts or the labels break a rule that the message states.
            MissingExtraError: A network needs Keras, which is not installed.
            TrainingError: The loss of a network is not a finite number.
        """
        texts, listed = check_texts(texts), list[Any](labels)
        targets, n_train = read_targets(listed, len(texts)), len(texts)
        if held_out is not None:
            if not isinstance(held_out, tuple | list) or len(held_out) != 2:
                raise InputError(
                    "held_out is a pair: texts, and the label of each. Received: "
                    f"{type(held_out).__name__}. Write held_out=(texts, labels)."
                )
            more, more_labels = check_texts(held_out[0]), list[Any](held_out[1])
            # By itself too: else a label too many here could stand for one that is missing above.
            read_targets(more_labels, len(more))
            texts = texts + more
            targets = read_targets([*listed, *more_labels], len(texts))
        embeddings, paths = open_embeddings(self.embeddings)
        model = build_model(self, embeddings)
        held = np.arange(n_train, len(texts)) if held_out else held_out_part(self, targets)
        check_counts(targets, np.setdiff1d(np.arange(len(texts)), held))
        # What an earlier fit with another encoder left behind.
        for name in FROM_MODELS:
            if hasattr(self, name):
                delattr(self, name)
        if self.encoder == "linear":
            if held_out is not None or checkpoint is not None:
                raise InputError(
                    "held_out and checkpoint are for networks. Received: one of them with "
                    "encoder='linear'. Leave it out."
                )
            if self.features in HYBRID_FEATURES:
                more = [] if unlabelled is None or not len(unlabelled) else check_texts(unlabelled)
                model.fit(texts, targets, more, progress=progress)
            else:
                refuse_unlabelled(self, unlabelled)
                model.fit(texts, targets)
        else:
            refuse_unlabelled(self, unlabelled)
            place = None if checkpoint is None else Path(checkpoint)
            if place is not None:
                check_writable(place)
            model.fit(texts, targets, held, place, progress=progress)
        self.take_from(model)
        self.embeddings_ = embeddings
        self.embedding_paths_ = paths
        self.classes_ = targets.classes
        self.multi_label_ = targets.multi_label
        self.metrics_: Metrics | None = None
        return self

    def take_from(self, model: Any) -> None:  # noqa: ANN401 (any of the models)
        """Let a fitted model's attributes be the classifier's."""
        self.model_ = model
        if isinstance(model, HybridModel):
            self.C_, self.self_trained_ = model.C, model.self_trained
        elif isinstance(model, LinearModel):
            self.coef_, self.intercept_, self.C_ = model.weights, model.biases, model.C
        else:
            self.history_, self.layer_weights_ = model.history, model.layer_weights()

    def predict(self, texts: Sequence[str]) -> NDArray[np.generic]:
        """Return the most likely label of each text.

        Args:
            texts: Any texts.

        Returns:
            (n_texts,), labels of the type that `fit` received; after a fit with lists of labels,
            tuples of all labels that are more likely than not.

        Raises:
            InputError: The texts are not a non-empty list of str.
            NotFittedError: `fit` was not called.
        """
        scores = self.decision_function(texts)
        if self.multi_label_:
            found = np.empty(len(scores), object)
            for row, likely in enumerate(scores > 0):
                found[row] = tuple(self.classes_[likely].tolist())
            return found
        best = (scores > 0).astype(np.int64) if scores.ndim == 1 else scores.argmax(axis=1)
        return np.asarray(self.classes_[best])

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the probability of each label for each text.

        Args:
            texts: Any texts.

        Returns:
            float64 (n_texts, n_classes), in the order of `classes_`; rows add up to 1, except after
            a fit with lists of labels, where each label has a probability of its own.

        Raises:
            InputError: The texts are not a non-empty list of str, or the head is "svm".
            NotFittedError: `fit` was not called.
        """
        from scipy.special import expit, softmax

        check_is_fitted(self, "model_")
        self.model_.check_probabilities()
        scores = self.decision_function(texts)
        if self.multi_label_:
            return np.asarray(expit(scores), np.float64)
        if scores.ndim == 1:
            scores = np.stack([np.zeros_like(scores), scores], axis=1)
        return np.asarray(softmax(scores, axis=1), np.float64)

    def decision_function(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return how much speaks for each label.

        Args:
            texts: Any texts.

        Returns:
            float64 (n_texts, n_classes), or (n_texts,) for two classes: above 0 for the second.

        Raises:
            InputError: The texts are not a non-empty list of str.
            NotFittedError: `fit` was not called.
        """
        check_is_fitted(self, "model_")
        texts = check_texts(texts)
        blocks, unknown = [], 0
        for start in range(0, len(texts), BLOCK_TEXTS):
            scores, n_unknown = self.model_.scores(texts[start : start + BLOCK_TEXTS])
            blocks.append(scores)
            unknown += n_unknown
        warn_of_unknown(unknown, len(texts), "texts")
        joined = np.concatenate(blocks)
        return joined[:, 0] if len(self.classes_) == 2 and not self.multi_label_ else joined

    def predict_stream(self, batches: Iterable[Sequence[str]]) -> Iterator[NDArray[np.generic]]:
        """Label one batch of texts after another, so that memory does not grow with their number.

        Args:
            batches: Lists of texts; a generator is read as its labels are asked for.

        Yields:
            (n_texts,), the labels of each batch.

        Raises:
            InputError: A batch is not a list of str.
            NotFittedError: `fit` was not called.
        """
        for batch in batches:
            yield self.predict(batch) if len(batch) else self.classes_[:0]

    def score(
        self, texts: Sequence[str], labels: Labels, sample_weight: Sequence[float] | None = None
    ) -> float:
        """Return the share of texts whose label is right (of several labels, all of them).

        Args:
            texts: The texts.
            labels: Their true labels, as for `fit`.
            sample_weight: How much each text counts; None: each the same.

        Returns:
            The accuracy, from 0 to 1.

        Raises:
            InputError: There are more or fewer labels than texts, or the texts are not a non-empty
                list of str.
            NotFittedError: `fit` was not called.
        """
        found, true = self.predict(texts).tolist(), list[Any](labels)
        if len(true) != len(found):
            raise InputError(
                f"Each text needs its true labels. Received: {len(found):,} texts and labels of "
                f"{len(true):,}. Check that both come from the same rows."
            )
        if self.multi_label_:
            right = [set(a) == set(b) for a, b in zip(found, true, strict=True)]
        else:
            right = [a == b for a, b in zip(found, true, strict=True)]
        return float(np.average(right, weights=sample_weight))

    def token_attention(self, texts: Sequence[str]) -> "TokenAttention":
        """Return how far each token's vector came from each embedding.

        Args:
            texts: Any texts.

        Returns:
            The weights, token by token; `wordloom.attention_report` sums them up.

        Raises:
            InputError: The classifier does not weigh its embeddings (see `combine`).
            NotFittedError: `fit` was not called.
        """
        check_is_fitted(self, "model_")
        if self.encoder == "linear":
            raise InputError(
                "Weights of embeddings are learned by networks with combine='dme', 'cdme' or "
                "'gated'. Received: a linear classifier. Fit one with such a network."
            )
        found: TokenAttention = self.model_.attention(check_texts(texts))
        return found

    def save(
        self,
        folder: str | os.PathLike[str],
        embeddings: Literal["copy", "reference"] = "copy",
    ) -> Path:
        """Save the classifier; see `wordloom.classify.persistence.save`."""
        from wordloom.classify.persistence import save

        return save(self, folder, embeddings)

    @classmethod
    def load(
        cls,
        folder: str | os.PathLike[str],
        embeddings: Mapping[str, str | os.PathLike[str]] | None = None,
    ) -> "TextClassifier":
        """Open a saved classifier; see `wordloom.classify.persistence.load`."""
        from wordloom.classify.persistence import load

        return load(folder, embeddings)

    def __sklearn_clone__(self) -> "TextClassifier":
        """Return an unfitted classifier with the same settings and the very same embeddings."""
        return type(self)(**self.get_params(deep=False))


def refuse_unlabelled(classifier: TextClassifier, unlabelled: Sequence[str] | None) -> None:
    """Raise if unlabelled texts are given to a model that cannot learn from them."""
    if unlabelled is not None:
        raise InputError(
            "Unlabelled texts are for features='auto' or 'nb' with encoder='linear'. Received: "
            f"unlabelled texts with features={classifier.features!r} and "
            f"encoder={classifier.encoder!r}. Leave them out."
        )
