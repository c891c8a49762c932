"""The linear models on top of the features, and how hard they are held back."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import InputError
from wordloom.parallel import one_blas_thread

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

    from wordloom.classify.linear.features import Matrix

__all__ = ["HEADS", "ClassWeight", "check_class_weight", "check_strength", "fit_head"]

ClassWeight = Literal["balanced"] | Mapping[str | int, float] | None
"""How much the texts of each label count: each the same, each label the same, or as given."""

# For each kind of model the values of C (the inverse strength of the penalty) that are tried, for
# features with rows of length 1. On SciCite (7,320 texts), IMDB (25,000 and 200) and BBC (1,780)
# the best one lies between the ends, or the last step changes little.
HEADS: dict[str, tuple[float, ...]] = {
    "logistic": (1.0, 3.0, 10.0, 30.0, 100.0),
    "svm": (0.1, 0.3, 1.0),
}
FOLDS = 5
# So many texts decide about C; at 1,000 the standard error of an accuracy of 0.9 is 0.01.
ENOUGH_TEXTS = 1000


def fit_head(
    head: str,
    features: "Matrix",
    labels: NDArray[np.generic],
    *,
    C: float | str,
    class_weight: ClassWeight,
    random_state: int | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Fit a linear model.

    "logistic" is multinomial logistic regression by Newton's method with conjugate gradients, on
    sparse rows several times faster than L-BFGS; "svm" the linear support vector machine of
    liblinear, one label against the rest.

    With ``C="auto"``, the values in `HEADS` are tried on parts of the training texts: up to five
    folds, of which as many are held out in turn as it takes to judge by 1,000 texts. The value with
    the lowest log loss (logistic) or the most right answers (svm) wins, the smaller one if level.
    For logistic regression the first value whose loss is higher than an earlier one is the last.

    Args:
        head: "logistic" or "svm".
        features: float64 (n_texts, n_features), dense or sparse, rows of length about 1. Logistic
            regression works on them in float32: twice as fast, the same scores.
        labels: (n_texts,), at least two different ones.
        C: Inverse strength of the penalty, or "auto".
        class_weight: How much the texts of each label count.
        random_state: Seed for the folds and for liblinear.

    Returns:
        The weights, float64 (n_labels, n_features) or (1, n_features) for two labels; the biases,
        float64 with one for each row; and the C taken.

    Raises:
        InputError: `head`, `C` or `class_weight` is none of the known ones.
    """
    if head not in HEADS:
        raise InputError(f"The head must be one of {', '.join(HEADS)}. Received: {head!r}.")
    check_class_weight(class_weight, labels)
    check_strength(C)
    if head == "logistic":
        features = features.astype(np.float32)
    # Threads that wait for each other in tiny steps make these solvers up to ten times slower.
    with one_blas_thread():
        chosen = (
            choose_c(head, features, labels, class_weight, random_state)
            if isinstance(C, str)
            else float(C)
        )
        model = linear_model(head, class_weight, random_state).set_params(C=chosen)
        model.fit(features, labels)
    # C order, as after loading: the order of memory decides how sums are rounded.
    weights = np.array(model.coef_, np.float64, order="C")
    return weights, np.array(model.intercept_, np.float64), chosen


def check_strength(C: object) -> None:
    """Refuse an inverse strength of the penalty that is neither "auto" nor a number above 0."""
    if C != "auto" and (not isinstance(C, int | float) or C is True or not 0 < C < np.inf):
        raise InputError(f"C must be a number above 0, or 'auto'. Received: {C!r}.")


def choose_c(
    head: str,
    features: "Matrix",
    labels: NDArray[np.generic],
    class_weight: ClassWeight,
    random_state: int | None,
) -> float:
    """Return the value of C that does best on held-out training texts."""
    from sklearn.metrics import accuracy_score, log_loss
    from sklearn.utils.class_weight import compute_sample_weight

    grid = HEADS[head]
    folds = assign_folds(labels, random_state)
    rounds = min(FOLDS, -(-ENOUGH_TEXTS * FOLDS // len(labels)))
    weights = compute_sample_weight(class_weight, labels)
    if not np.any((folds >= 0) & (folds < rounds)):
        return grid[len(grid) // 2]  # no text to hold out
    losses: list[float] = []
    for value in grid:
        total = 0.0
        for fold in range(rounds):
            held = np.flatnonzero(folds == fold)
            kept = np.flatnonzero(folds != fold)
            if not len(held):
                continue
            model = linear_model(head, class_weight, random_state).set_params(C=value)
            model.fit(features[kept], labels[kept])
            if head == "logistic":
                guess = model.predict_proba(features[held])
                loss = log_loss(
                    labels[held], guess, sample_weight=weights[held], labels=model.classes_
                )
            else:
                guess = model.predict(features[held])
                loss = 1 - accuracy_score(labels[held], guess, sample_weight=weights[held])
            total += loss * weights[held].sum()
        losses.append(total)
        # As the penalty gets weaker the log loss falls, then rises; the weakest take the longest.
        if head == "logistic" and total > min(losses):
            break
    return grid[int(np.argmin(losses))]


def assign_folds(labels: NDArray[np.generic], random_state: int | None) -> NDArray[np.int64]:
    """Return the fold of each text, -1 for the only text of its label: it is never held out.

    Each label is spread evenly over the folds, so that those that remain know every label.

    Example:
        >>> np.sort(assign_folds(np.array(["a", "a", "b", "a", "a", "a"]), 0)).tolist()
        [-1, 0, 1, 2, 3, 4]
    """
    from sklearn.utils import check_random_state

    shuffled = check_random_state(random_state).permutation(len(labels))
    by_label = shuffled[np.argsort(labels[shuffled], kind="stable")]
    _, label_of, counts = np.unique(labels, return_inverse=True, return_counts=True)
    by_label = by_label[counts[label_of[by_label]] > 1]
    folds = np.full(len(labels), -1)
    folds[by_label] = np.arange(len(by_label)) % FOLDS
    return folds


def linear_model(head: str, class_weight: ClassWeight, random_state: int | None) -> "BaseEstimator":
    """Return the scikit-learn estimator of a head."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    if head == "logistic":
        # At scikit-learn's tolerance of 1e-4 it stops before weak penalties show their effect.
        return LogisticRegression(
            solver="newton-cg", tol=1e-5, class_weight=class_weight, max_iter=1000
        )
    return LinearSVC(class_weight=class_weight, random_state=random_state, max_iter=10_000)


def check_class_weight(class_weight: ClassWeight, labels: NDArray[np.generic]) -> None:
    """Refuse class weights that fit no label, or are no weights."""
    if class_weight is None or class_weight == "balanced":
        return
    known = set(labels.tolist())
    if not isinstance(class_weight, Mapping) or not known >= set(class_weight):
        raise InputError(
            "class_weight must be None, 'balanced', or a dict from labels to weights. Received: "
            f"{class_weight!r}, and the labels are {', '.join(map(repr, sorted(known)))}."
        )
    for label, weight in class_weight.items():
        if not isinstance(weight, int | float | np.number) or not 0 < weight < np.inf:
            raise InputError(
                f"class_weight must hold numbers above 0. Received: {weight!r} for the label "
                f"{label!r}."
            )
