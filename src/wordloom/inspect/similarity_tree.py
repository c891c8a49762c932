"""A tree over items that joins similar ones first, and the order of items that it gives."""

from typing import cast

import numpy as np
from numpy.typing import NDArray

__all__ = ["similarity_tree", "tree_lines", "tree_order"]


def similarity_tree(similarities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Join items step by step, the most similar first.

    Hierarchical clustering by average linkage. Of all orders that the tree allows, the leaves take
    the one in which neighbours are most similar (Bar-Joseph, Gifford and Jaakkola 2001).

    Args:
        similarities: float64 (n_items, n_items), at least two items.

    Returns:
        float64 (n_items - 1, 4), the linkage as scipy keeps it.

    Example:
        >>> tree = similarity_tree(np.array([[1, 0, 0.9], [0, 1, 0.1], [0.9, 0.1, 1]]))
        >>> tree_order(tree), tree[:, 2].round(2).tolist()
        ([1, 2, 0], [0.1, 0.95])
    """
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    distances = similarities.max() - (similarities + similarities.T) / 2
    np.fill_diagonal(distances, 0.0)
    condensed = squareform(distances, checks=False)
    return cast("NDArray[np.float64]", linkage(condensed, method="average", optimal_ordering=True))


def tree_order(tree: NDArray[np.float64]) -> list[int]:
    """Return the items in the order of the tree's leaves.

    Args:
        tree: What `similarity_tree` returns.

    Returns:
        The items' rows.
    """
    from scipy.cluster.hierarchy import leaves_list

    return leaves_list(tree).tolist()


def tree_lines(tree: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the lines that draw a tree beside rows of height 1.

    Args:
        tree: What `similarity_tree` returns.

    Returns:
        float64 (n_items - 1, 4, 2): for each joint the four points of its bracket, the distance
        of the joint along the first axis and the place along the rows on the second.

    Example:
        >>> tree = similarity_tree(np.array([[1, 0.5], [0.5, 1]]))
        >>> tree_lines(tree).tolist()
        [[[0.0, 0.5], [0.5, 0.5], [0.5, 1.5], [0.0, 1.5]]]
    """
    from scipy.cluster.hierarchy import dendrogram

    drawn = dendrogram(tree, no_plot=True)
    return np.stack([np.array(drawn["dcoord"]), np.array(drawn["icoord"]) / 10], axis=2)
