"""Colours for clusters that tell apart on light and on dark paper."""

import math

__all__ = ["cluster_colors"]

FIRST_HUE = 255.0
# Clusters with neighbouring numbers are about so large a part of the circle of hues apart.
GOLDEN_PART = 0.382


def cluster_colors(count: int, *, dark: bool = False) -> list[str]:
    """Return a colour for each cluster.

    Hues are spread evenly, and clusters with neighbouring numbers differ much. Lightness and
    chroma are those of the perceptual space OKLCH (Ottosson 2020), so that no cluster looks more
    important than another.

    Args:
        count: How many colours.
        dark: For dark paper.

    Returns:
        Colours such as "#2f6fb5".

    Example:
        >>> cluster_colors(2), cluster_colors(1, dark=True)
        (['#3077cd', '#ba7e0a'], ['#5ca3fd'])
    """
    stride = max(1, round(GOLDEN_PART * count))
    while math.gcd(stride, count) > 1:
        stride += 1
    colors = []
    for number in range(count):
        place = number * stride % count
        # Neighbours on the circle differ in lightness as well.
        lightness = (0.71 if dark else 0.57) + (0.07 if place % 2 else 0.0)
        colors.append(oklch(lightness, 0.15, FIRST_HUE + 360 * place / count))
    return colors


def oklch(lightness: float, chroma: float, hue: float) -> str:
    """Return an OKLCH colour as hexadecimal sRGB; what sRGB cannot show is made less colourful."""
    while True:
        a = chroma * math.cos(math.radians(hue))
        b = chroma * math.sin(math.radians(hue))
        channels = linear_srgb(lightness, a, b)
        if all(-1e-4 <= channel <= 1.0001 for channel in channels):
            return "#" + "".join(f"{round(255 * encoded(channel)):02x}" for channel in channels)
        chroma *= 0.97


def linear_srgb(lightness: float, a: float, b: float) -> tuple[float, float, float]:
    """Return linear sRGB of OKLab, by the matrices of Ottosson (2020)."""
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def encoded(channel: float) -> float:
    """Return a linear channel with sRGB's gamma."""
    channel = min(1.0, max(0.0, channel))
    return 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055
