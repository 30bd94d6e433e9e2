"""Small irregular displacements, so that no outline of a phantom is a perfect ellipse and no two sides are alike."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from enhancement.core.phantom.frame import Floats

# Wave length and amplitude in mm of the waves that displace one coordinate.
_WAVES_MM = ((52.0, 1.5), (31.0, 0.9), (19.0, 0.45), (12.0, 0.24), (8.0, 0.13), (5.5, 0.07))


@dataclass(frozen=True)
class Warp:
    """A sum of plane waves for each of the three coordinates; the same everywhere a patient is cut.

    vectors : (3, waves, 3) float32, rad / mm.
    phases : (3, waves) float32.
    """

    vectors: NDArray[np.float32]
    phases: NDArray[np.float32]

    def at(self, x: Floats, y: Floats, z: Floats) -> tuple[Floats, Floats, Floats]:
        """Displacement of the three coordinates, mm, in the broadcast shape of the arguments."""
        shape = np.broadcast_shapes(x.shape, y.shape, z.shape)
        moved = []
        for vectors, phases in zip(self.vectors, self.phases, strict=True):
            total = np.zeros(shape, np.float32)
            for (_, amplitude), vector, phase in zip(_WAVES_MM, vectors, phases, strict=True):
                total += amplitude * np.sin(vector[0] * x + vector[1] * y + vector[2] * z + phase)
            moved.append(total)
        return moved[0], moved[1], moved[2]


def draw_warp(rng: np.random.Generator) -> Warp:
    directions = rng.standard_normal((3, len(_WAVES_MM), 3))
    directions /= np.linalg.norm(directions, axis=-1, keepdims=True)
    wave_numbers = 2 * np.pi / np.array([length for length, _ in _WAVES_MM])
    return Warp(
        vectors=(directions * wave_numbers[:, None]).astype(np.float32),
        phases=rng.uniform(0, 2 * np.pi, (3, len(_WAVES_MM))).astype(np.float32),
    )
