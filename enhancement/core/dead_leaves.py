"""Images without any noise to learn from: overlapping shapes of constant or textured signal, smoothly shaded.

Real images carry the noise of their own acquisition, so a network that learns from them alone blurs at high SNR.
Source: the dead leaves model (Lee, Mumford & Huang 2001), which has the edge statistics of natural images.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

_OVERSAMPLE = 2  # shapes are drawn finer and averaged, so that their edges are not stair-cased


def draw_dead_leaves(size_px: int, *, rng: np.random.Generator) -> NDArray[np.float32]:
    """(size_px, size_px) float32, non-negative, mostly within 0 to 1, without noise."""
    fine = size_px * _OVERSAMPLE
    image = np.full((fine, fine), rng.uniform(0, 0.6), np.float32)
    for _ in range(int(rng.integers(12, 60))):
        _draw_leaf(image, rng)
    image = image.reshape(size_px, _OVERSAMPLE, size_px, _OVERSAMPLE).mean((1, 3))
    return np.clip(_shade(image, rng), 0, None).astype(np.float32)


def _draw_leaf(image: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Paint one super-ellipse over `image`; a third of them carry stripes, as trabeculae and muscle do."""
    radius = float(np.exp(rng.uniform(np.log(4), np.log(70)))) * _OVERSAMPLE / 2
    centre_y, centre_x = rng.uniform(0, image.shape[0], 2)
    top, bottom = (int(np.clip(centre_y + s * radius * 1.5, 0, image.shape[0])) for s in (-1, 1))
    left, right = (int(np.clip(centre_x + s * radius * 1.5, 0, image.shape[1])) for s in (-1, 1))
    if bottom - top < 2 or right - left < 2:
        return
    y, x = np.mgrid[top:bottom, left:right].astype(np.float32)
    angle, aspect, power = rng.uniform(0, np.pi), rng.uniform(0.25, 1), rng.choice([2, 2, 4, 8])
    u = (y - centre_y) * np.cos(angle) + (x - centre_x) * np.sin(angle)
    v = -(y - centre_y) * np.sin(angle) + (x - centre_x) * np.cos(angle)
    inside = np.abs(u / radius) ** power + np.abs(v / (aspect * radius)) ** power < 1
    signal = np.full(u.shape, rng.uniform(0, 1) ** rng.choice([0.7, 1, 2]))
    if rng.random() < 0.35:
        wavelength = rng.uniform(3, 14) * _OVERSAMPLE
        signal = signal * (1 + rng.uniform(0, 0.3) * np.sin((u * np.cos(1) + v) * 2 * np.pi / wavelength))
    image[top:bottom, left:right] = np.where(inside, signal, image[top:bottom, left:right])


def _shade(image: NDArray[np.floating], rng: np.random.Generator) -> NDArray[np.floating]:
    """Partial volume, fine texture and a body outline, each in part of the images."""
    size = image.shape[0]
    if rng.random() < 0.6:
        image = ndimage.gaussian_filter(image, rng.uniform(0.3, 1.2))
    if rng.random() < 0.5:
        grain = ndimage.gaussian_filter(rng.standard_normal(image.shape), rng.uniform(0.8, 3))
        image = image * (1 + rng.uniform(0, 0.6) * grain)
    if rng.random() < 0.4:
        y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
        body = (y / rng.uniform(0.6, 1.2)) ** 2 + (x / rng.uniform(0.6, 1.2)) ** 2 < 1
        image = image * ndimage.gaussian_filter(body.astype(np.float32), 0.7)
    return image
