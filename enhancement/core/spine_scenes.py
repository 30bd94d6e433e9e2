"""Clean spine images of known truth to learn from: the demo study's phantoms in every region, plane and contrast."""

from collections.abc import Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from enhancement.core.phantom import default_sequence, make_spine_phantom, render
from enhancement.core.phantom.render import SEQUENCES

REGIONS = {"lumbar": 0.6, "cervical": 0.25, "thoracic": 0.15}
PLANES = {"sagittal": 0.7, "axial": 0.3}
MATRICES = (224, 288, 352)
SLICES = 2  # of one patient; more would be alike
CONTRASTS = 2  # of one slice
SCALE_PERCENTILE = 99.5


def draw_spine_scenes(count: int, *, rng: np.random.Generator) -> list[NDArray[np.float32]]:
    """`count` images, (Y, X) float32, without noise, 1 at their 99.5th percentile."""
    return list(islice(_scenes(rng), count))


def _scenes(rng: np.random.Generator) -> Iterator[NDArray[np.float32]]:
    while True:
        side = int(rng.choice(MATRICES))
        phantom = make_spine_phantom(
            region=_draw(REGIONS, rng), plane=_draw(PLANES, rng), rng=rng, matrix=(side, side), slices=SLICES
        )
        for name in rng.permutation(list(SEQUENCES))[:CONTRASTS]:
            field_t = float(rng.choice([1.5, 3.0]))
            stack = render(phantom, sequence=default_sequence(str(name), field_t=field_t), field_t=field_t)
            yield from (stack / np.percentile(stack, SCALE_PERCENTILE)).astype(np.float32)


def _draw(shares: dict[str, float], rng: np.random.Generator) -> str:
    return str(rng.choice(list(shares), p=list(shares.values())))
