"""A colour for each embedding, the same in pictures and pages."""

from wordloom.inspect.maps.colors import cluster_colors

__all__ = ["embedding_colors"]

# Found by a search from the colours of Okabe and Ito (2008): any two are at least 0.11 apart in
# OKLab, for normal vision and for protanopia, deuteranopia and tritanopia as Machado et al. (2009)
# simulate them. For light and for dark paper; the first ones are furthest apart.
LIGHT = ("#4e50b3", "#e2851e", "#04938a", "#b580e5", "#47d8ff", "#8f4a00", "#c2e064", "#0c3e3d")
DARK = ("#9b72de", "#e2800c", "#00b59b", "#a8beff", "#36f7db", "#a74c4f", "#ffd070", "#217696")


def embedding_colors(count: int, *, dark: bool = False) -> list[str]:
    """Return a colour for each embedding.

    Args:
        count: How many embeddings; up to 8, the colours are safe for the colour-blind;
            more take hues around the circle.
        dark: For dark paper.

    Returns:
        Colours such as "#4e50b3".

    Example:
        >>> embedding_colors(2)
        ['#4e50b3', '#e2851e']
    """
    if count > len(LIGHT):
        return cluster_colors(count, dark=dark)
    return list((DARK if dark else LIGHT)[:count])
