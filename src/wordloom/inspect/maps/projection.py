"""Word vectors laid out on a plane, so that words that mean alike lie near each other."""

import importlib
import importlib.util
import warnings
from typing import cast

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError, MissingExtraError
from wordloom.inspect.maps.neighbor_graph import NeighborGraph, neighbor_graph
from wordloom.inspect.queries import unit_vectors
from wordloom.parallel import processor_count
from wordloom.progress import progress_bar

__all__ = [
    "GRAPH_NEIGHBORS",
    "METHODS",
    "best_method",
    "check_installed",
    "finite_units",
    "principal_components",
    "project",
]

METHODS = ("pca", "tsne", "umap")
"""The ways to lay vectors out on a plane. PCA keeps the two directions in which they differ most
and takes no time; t-SNE and UMAP keep neighbours together, and show far more."""

PERPLEXITY = 30
GRAPH_NEIGHBORS = 3 * PERPLEXITY
"""How many neighbours t-SNE looks at; a graph with as many serves every method."""

LEAST_WORDS = 10
UMAP_NEIGHBORS = 15
# Threads that share the steps of fewer words only wait for each other.
THREADED_WORDS = 5000
EARLY_ITERATIONS, ITERATIONS = 250, 500


def best_method(n_words: int) -> str:
    """Return "tsne" where openTSNE is installed and there are words enough, else "pca".

    Args:
        n_words: How many words are laid out.

    Returns:
        One of `METHODS`.

    Example:
        >>> best_method(3)
        'pca'
    """
    installed = importlib.util.find_spec("openTSNE") is not None
    return "tsne" if installed and n_words >= LEAST_WORDS else "pca"


def project(
    embedding: StaticEmbedding,
    method: str = "pca",
    *,
    graph: NeighborGraph | None = None,
    seed: int = 1,
    threads: int | None = None,
    progress: bool = False,
) -> NDArray[np.float32]:
    """Lay the words of an embedding out on a plane.

    What is near by cosine comes to lie near. Lengths are left out: they tell how frequent a word
    is, and would push rare words to one side.

    t-SNE (van der Maaten and Hinton 2008; the package openTSNE) begins with the principal
    components, which keeps the large-scale order (Kobak and Berens 2019), with perplexity 30 and
    the learning rate n / 12. UMAP (McInnes, Healy and Melville 2018; the package umap-learn) looks
    at 15 neighbours and begins at the same place. Both take the exact neighbours.

    Args:
        embedding: The word vectors.
        method: One of `METHODS`.
        graph: The words' neighbours, at least `GRAPH_NEIGHBORS` of each where there are as many;
            None finds them. PCA needs none.
        seed: What random numbers begin with; the same seed gives the same layout.
        threads: How many threads t-SNE uses; None takes one for each core.
        progress: Show progress on stderr.

    Returns:
        float32 (n_words, 2), centred; the unit is arbitrary.

    Raises:
        InputError: The method is unknown, there are too few words for it, or a vector is not
            finite.
        MissingExtraError: openTSNE or umap-learn is not installed.

    Example:
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> vocabulary = Vocabulary.from_words(["Rome", "cough"])
        >>> project(StaticEmbedding(vocabulary, [[-1, 0], [3, 0]])).tolist()
        [[1.0, 0.0], [-1.0, 0.0]]
    """
    check_installed(method)
    n_words, units = len(embedding), finite_units(embedding)
    if method == "pca":
        return principal_components(units).astype(np.float32)
    if n_words < LEAST_WORDS:
        raise InputError(
            f"t-SNE and UMAP need at least {LEAST_WORDS} words. Received: {n_words}. Name more "
            "words, or take the method 'pca'."
        )
    layout = tsne if method == "tsne" else umap
    if graph is None:
        graph = neighbor_graph(embedding, GRAPH_NEIGHBORS, progress=progress)
    threads = processor_count() if threads is None else threads
    positions = layout(units, graph, seed, threads, progress)
    positions -= positions.mean(axis=0)
    return positions.astype(np.float32)


def finite_units(embedding: StaticEmbedding) -> NDArray[np.float32]:
    """Return the words' vectors scaled to length 1; a zero vector stays zero.

    Args:
        embedding: The word vectors.

    Returns:
        float32 (n_words, dim).

    Raises:
        InputError: A vector is not finite.
    """
    finite = np.isfinite(embedding.vectors).all(axis=1)
    if not finite.all():
        word = embedding.vocabulary.word(int(np.argmin(finite)))
        raise InputError(
            "A map needs finite vectors. Received: NaN or infinity in the vector of "
            f"{word!r}. Train again, or leave the word out."
        )
    return unit_vectors(embedding.vectors)


def principal_components(units: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the two coordinates in which vectors differ most.

    Args:
        units: float32 (n_vectors, dim).

    Returns:
        float64 (n_vectors, 2), centred. Of each axis's two possible directions the one is taken in
        which the most distant vector is positive, so that the same vectors give the same picture.

    Example:
        >>> line = np.array([[0, 0, 1], [0, 3, 1], [0, 9, 1]], np.float32)
        >>> principal_components(line).round(6).tolist()
        [[-4.0, 0.0], [-1.0, 0.0], [5.0, 0.0]]
    """
    centered = units.astype(np.float64)
    centered -= centered.mean(axis=0)
    _, axes = np.linalg.eigh(centered.T @ centered)
    places = np.zeros((len(units), 2))
    found = min(2, axes.shape[1])
    places[:, :found] = centered @ axes[:, ::-1][:, :found]
    farthest = np.abs(places).argmax(axis=0)
    return places * np.where(places[farthest, [0, 1]] < 0, -1.0, 1.0)


def check_installed(method: str) -> None:
    """Refuse a method that is unknown or whose package is missing, before the work begins.

    Args:
        method: One of `METHODS`.

    Raises:
        InputError: It is none of them.
        MissingExtraError: openTSNE or umap-learn is not installed.
    """
    if method not in METHODS:
        raise InputError(
            f"The method of a projection is one of {', '.join(METHODS)}. Received: {method!r}."
        )
    if method == "pca":
        return
    package, extra, title = {
        "tsne": ("openTSNE", "tsne", "laying out words by t-SNE"),
        "umap": ("umap", "umap", "laying out words by UMAP"),
    }[method]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            importlib.import_module(package)
    except ImportError:
        raise MissingExtraError(package, extra, title) from None


def tsne(
    units: NDArray[np.float32], graph: NeighborGraph, seed: int, threads: int, progress: bool
) -> NDArray[np.float64]:
    """Return the layout by t-SNE."""
    from openTSNE import TSNEEmbedding
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    if len(units) < THREADED_WORDS:
        threads = 1
    perplexity = min(PERPLEXITY, (len(units) - 1) / 3)
    graph = graph.nearest(int(3 * perplexity))
    affinities = PerplexityBasedNN(
        perplexity=perplexity,
        n_jobs=threads,
        random_state=seed,
        knn_index=PrecomputedNeighbors(graph.ids.astype(np.int64), distances(graph)),
    )
    done = 0
    total = EARLY_ITERATIONS + ITERATIONS
    with progress_bar("Laying out by t-SNE", total, "steps", show=progress) as advance:

        def report(iteration: int, error: float, embedding: object) -> None:
            advance(done + iteration)

        layout = TSNEEmbedding(
            start(units, seed, 1e-4),
            affinities,
            random_state=seed,
            n_jobs=threads,
            callbacks=report,
            callbacks_every_iters=10,
        )
        # Early exaggeration 12, and the learning rate that goes with it (Belkina et al. 2019).
        layout = layout.optimize(EARLY_ITERATIONS, exaggeration=12, momentum=0.8)
        done = EARLY_ITERATIONS
        layout = layout.optimize(ITERATIONS, momentum=0.8)
    return np.array(layout, np.float64)


def umap(
    units: NDArray[np.float32], graph: NeighborGraph, seed: int, threads: int, progress: bool
) -> NDArray[np.float64]:
    """Return the layout by UMAP; a seed keeps it on one thread."""
    with (
        warnings.catch_warnings(),
        progress_bar("Laying out by UMAP", None, "steps", show=progress),
    ):
        warnings.simplefilter("ignore")
        from umap import UMAP

        # UMAP counts a word as its own first neighbour.
        count = min(UMAP_NEIGHBORS, len(units) - 1)
        nearest = graph.nearest(count - 1)
        own = np.arange(len(units))[:, None]
        found = UMAP(
            n_neighbors=count,
            random_state=seed,
            n_jobs=1,
            init=start(units, seed, 5.0),
            precomputed_knn=(
                np.hstack([own, nearest.ids]),
                np.hstack([0.0 * own, distances(nearest)]).astype(np.float32),
            ),
            force_approximation_algorithm=True,
        ).fit_transform(units)
    return np.array(found, np.float64)


def distances(graph: NeighborGraph) -> NDArray[np.float64]:
    """Return the distances of neighbours on the unit sphere."""
    return cast("NDArray[np.float64]", np.sqrt(2 - 2 * graph.similarities.astype(np.float64)))


def start(units: NDArray[np.float32], seed: int, spread: float) -> NDArray[np.float64]:
    """Return the principal components with a standard deviation, and a jitter for equal words."""
    places = principal_components(units)
    deviation = places[:, 0].std()
    random = np.random.default_rng(seed)
    scaled = places * (spread / deviation if deviation > 0 else 0.0)
    return cast("NDArray[np.float64]", scaled + random.normal(0, 0.01 * spread, places.shape))
