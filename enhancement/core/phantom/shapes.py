"""Signed distances of simple shapes, negative inside, in the unit of the arguments."""

import numpy as np

from enhancement.core.phantom.frame import Floats


def ellipse(a: Floats, b: Floats, radius_a: Floats | float, radius_b: Floats | float, power: float = 2) -> Floats:
    """A (super-)ellipse; exact on the outline, nearly so close to it."""
    a, b = np.abs(a / radius_a), np.abs(b / radius_b)
    r = np.sqrt(a * a + b * b) if power == 2 else (a**power + b**power) ** (1 / power)
    return ((r - 1) * np.minimum(radius_a, radius_b)).astype(np.float32)


def ellipsoid(a: Floats, b: Floats, c: Floats, radii: tuple[float, float, float]) -> Floats:
    r = np.sqrt((a / radii[0]) ** 2 + (b / radii[1]) ** 2 + (c / radii[2]) ** 2)
    return ((r - 1) * min(radii)).astype(np.float32)


def both(first: Floats, second: Floats, *, rounding: float = 0.0) -> Floats:
    """Inside both; where the two borders meet, the edge is rounded."""
    if not rounding:
        return np.maximum(first, second)
    a, b = first + rounding, second + rounding
    outside = np.hypot(np.maximum(a, 0), np.maximum(b, 0))
    return (outside + np.minimum(np.maximum(a, b), 0) - rounding).astype(np.float32)


def band(a: Floats, low: float | Floats, high: float | Floats) -> Floats:
    """Between two values."""
    return np.maximum(low - a, a - high).astype(np.float32)
