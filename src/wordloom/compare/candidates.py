"""The rows of the leaderboard: what is compared, the cheapest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from wordloom.errors import InputError

if TYPE_CHECKING:
    from wordloom.classify.baselines import MajorityClassifier
    from wordloom.classify.classifier import TextClassifier

__all__ = ["CHEAP", "MIDDLE", "NETWORK", "Candidate", "build", "list_candidates"]

CHEAP, MIDDLE, NETWORK = 0, 1, 2
"""How long a fit takes: about a second, several seconds, much longer."""

# One network for all ways to combine embeddings, such that the whole comparison stays short. On a
# third of SciCite's training texts, learned from the others (4,880), the macro-F1 with 100 numbers
# for each word was, in brackets CPU seconds of the fit: bidirectional LSTM of 64 units with its
# maximum over time .817 (17, 6 epochs), GRU of 64 units .792 (15, 8 epochs), convolutions .789 to
# .796 (13 to 18, 8 epochs), deep averaging .747 (11).
NETWORK_SETTINGS: Mapping[str, Any] = {
    "max_tokens": 100,
    "epochs": 5,
    "patience": 2,
    "combined_dim": 128,
}
ENCODER: Mapping[str, Any] = {"kind": "lstm-max", "units": 64, "hidden": []}

COMBINATIONS = {
    "concatenate": ("concatenated", "the vectors of each word laid side by side"),
    "sum": ("unweighted", "the vectors of each word projected and added up"),
    "dme": ("DME", "dynamic meta-embeddings: how far each embedding counts is learned by word"),
    "cdme": ("CDME", "the same, learned from the words around too"),
}


@dataclass(frozen=True)
class Candidate:
    """One row: a classifier that is not fitted yet.

    Attributes:
        id: What the journal calls it.
        name: What people call it.
        group: What it is.
        description: What it sees and learns, in a few words.
        cost: `CHEAP`, `MIDDLE` or `NETWORK`.
        embeddings: The numbers of its embeddings.
        settings: What `TextClassifier` is given; empty for the majority label.
    """

    id: str
    name: str
    group: Literal["baseline", "vectors", "hybrid", "network"]
    description: str
    cost: int
    embeddings: tuple[int, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def needs_keras(self) -> bool:
        """Whether it is a network."""
        return "encoder" in self.settings

    def to_json(self) -> dict[str, Any]:
        """Return what `build` needs as what JSON knows."""
        return {"id": self.id, "settings": dict(self.settings)}


def list_candidates(names: Sequence[str], *, networks: bool = True) -> list[Candidate]:
    """Return all rows for some embeddings, the cheapest first.

    Args:
        names: What the embeddings are called; there may be one only, or none.
        networks: Whether networks are among them.

    Returns:
        The rows; with a single embedding without those that combine several.

    Example:
        >>> [candidate.id for candidate in list_candidates(["news"], networks=False)]
        ['majority', 'tfidf-svm', 'nb-svm', 'vectors-1', 'default', 'default-ngrams']
    """
    everything = tuple(range(len(names)))
    rows = [
        Candidate(
            "majority", "majority label", "baseline", "always the most frequent label", CHEAP
        ),
        Candidate(
            "tfidf-svm",
            "TF-IDF, linear SVM",
            "baseline",
            "a linear support vector machine on TF-IDF of words and word pairs",
            CHEAP,
            settings={"features": "tfidf", "head": "svm"},
        ),
        Candidate(
            "nb-svm",
            "NB-SVM",
            "baseline",
            "a linear support vector machine on n-grams weighted by naive Bayes",
            CHEAP,
            settings={"features": "nb", "head": "svm"},
        ),
    ]
    for number, name in enumerate(names):
        rows.append(
            Candidate(
                f"vectors-{number + 1}",
                f"{name}, linear",
                "vectors",
                "logistic regression on pooled vectors of this embedding",
                CHEAP,
                (number,),
                {"features": "dense"},
            )
        )
    if len(names) > 1:
        rows.append(
            Candidate(
                "vectors",
                "concatenated, linear",
                "vectors",
                "logistic regression on pooled vectors of all embeddings, side by side",
                CHEAP,
                everything,
                {"features": "dense"},
            )
        )
    if names:
        rows.append(
            Candidate(
                "default",
                "TextClassifier(), all embeddings",
                "hybrid",
                "wordloom's default: n-grams beside pooled vectors and vectors of whole texts",
                MIDDLE,
                everything,
                {"features": "auto"},
            )
        )
    rows.append(
        Candidate(
            "default-ngrams",
            "TextClassifier(), no embedding",
            "hybrid",
            "wordloom's default without embeddings, settings by cross-validation",
            MIDDLE,
            settings={"features": "auto"},
        )
    )
    return rows + (network_candidates(names) if networks else [])


def network_candidates(names: Sequence[str]) -> list[Candidate]:
    """Return the rows that need Keras."""
    rows = [
        Candidate(
            "fasttext-style",
            "fastText-style",
            "baseline",
            "the mean of word vectors that are learned from the labels alone",
            MIDDLE,
            settings={
                **NETWORK_SETTINGS,
                "features": "dense",
                "encoder": {"kind": "mean"},
                "learned": 100,
            },
        )
    ]
    network = {
        **NETWORK_SETTINGS,
        "features": "dense",
        "encoder": dict(ENCODER),
    }
    for number, name in enumerate(names):
        rows.append(
            Candidate(
                f"network-{number + 1}",
                f"{name}, network",
                "network",
                "a bidirectional LSTM on the word vectors of this embedding",
                NETWORK,
                (number,),
                network,
            )
        )
    if len(names) > 1:
        for combine, (title, description) in COMBINATIONS.items():
            rows.append(
                Candidate(
                    f"network-{combine}",
                    f"{title}, network",
                    "network",
                    f"a bidirectional LSTM; {description}",
                    NETWORK,
                    tuple(range(len(names))),
                    {**network, "combine": combine},
                )
            )
    return rows


def build(
    settings: Mapping[str, Any], embeddings: Sequence[object], seed: int
) -> "TextClassifier | MajorityClassifier":
    """Return the classifier of a row, not fitted.

    Args:
        settings: Those of a `Candidate`.
        embeddings: Its embeddings, opened.
        seed: Seed for everything random.

    Raises:
        InputError: A setting is none that `TextClassifier` knows.

    Example:
        >>> build({"features": "tfidf", "head": "svm"}, [], seed=0).head
        'svm'
    """
    from wordloom.classify.baselines import MajorityClassifier
    from wordloom.classify.classifier import TextClassifier

    if not settings:
        return MajorityClassifier()
    given = dict(settings)
    used: list[Any] = list(embeddings)
    if "learned" in given:
        from wordloom.classify.neural.learned import LearnedEmbedding

        used.append(LearnedEmbedding(given.pop("learned")))
    if "encoder" in given:
        given["encoder"] = encoder(given["encoder"])
    return TextClassifier(used or None, random_state=seed, **given)


def encoder(settings: Mapping[str, Any]) -> object:
    """Return the encoder that a kind with some of its settings describes."""
    from wordloom.classify.neural.encoder_names import KINDS

    kind, others = settings["kind"], {k: v for k, v in settings.items() if k != "kind"}
    if kind not in KINDS:
        raise InputError(f"Encoders are: {', '.join(KINDS)}. Received: {kind!r}.")
    return KINDS[kind](**{k: tuple(v) if isinstance(v, list) else v for k, v in others.items()})
