"""One slice being painted: two tissues a pixel and how much of it is the upper one."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from enhancement.core.phantom.frame import Floats, Points
from enhancement.core.phantom.tissues import Tissue


@dataclass
class Canvas:
    """Shapes are painted one over the other by their signed distance, negative inside, in mm.

    A pixel on an edge keeps both tissues and their shares, so that edges lie between pixels and not on them.
    """

    size: int
    pixel_mm: float
    label: NDArray[np.uint8] = field(init=False)
    under: NDArray[np.uint8] = field(init=False)
    coverage: NDArray[np.float32] = field(init=False)

    def __post_init__(self) -> None:
        self.label = np.full(self.size, Tissue.FAT, np.uint8)
        self.under = np.full(self.size, Tissue.FAT, np.uint8)
        self.coverage = np.ones(self.size, np.float32)

    def paint(self, points: Points, tissue: Tissue, distance_mm: Floats, *, soft_mm: float = 0.0) -> None:
        """Cover what lies inside; `soft_mm` is the width of the border, at least one pixel."""
        width = max(self.pixel_mm, soft_mm)
        near = distance_mm < width / 2
        index = points.index[near]
        share = np.minimum(0.5 - distance_mm[near] / width, 1).astype(np.float32)
        mostly = share >= 0.5
        inner, outer = index[mostly], index[~mostly]
        self.under[inner] = self.label[inner]
        self.label[inner] = tissue
        self.coverage[inner] = share[mostly]
        self.under[outer] = tissue
        self.coverage[outer] = 1 - share[~mostly]

    def paint_bone(self, points: Points, distance_mm: Floats, *, cortex_mm: float = 0.9) -> None:
        """Marrow inside a dark shell of compact bone."""
        self.paint(points, Tissue.CORTEX, distance_mm, soft_mm=0.9)
        self.paint(points, Tissue.MARROW, distance_mm + np.float32(cortex_mm), soft_mm=1.1)

    def mix(self, tissue: Tissue, into: Tissue, share: Floats) -> None:
        """Let `share` (of every pixel, 0 to 1) of the pure `into` be `tissue`."""
        pure = (self.label == into) & (self.coverage >= 1) & (share > 0)
        self.under[pure] = tissue
        self.coverage[pure] = 1 - np.clip(share[pure], 0, 1)
