"""A figure of two rows and three arms on pixels that are not square."""

import numpy as np
import pytest

from analysis.core.figures.layout import Arrow, Layout, Row
from analysis.core.figures.render import DrawnRow, Picture
from analysis.core.figures.windows import Window

ARMS = ("SOC", "FAST", "FAST-DL")
EXTENT = (80.0, 60.0)  # height, width: a pixel is twice as tall as wide


@pytest.fixture
def layout():
    arrows = (Arrow(row=0, arm=None, x=0.3, y=0.4), Arrow(row=1, arm="FAST", x=0.5, y=0.5, colour="yellow"))
    return Layout(rows=(Row("S001", 1, label="T2"), Row("S002", 1, zoom=2.0)), arms=ARMS, arrows=arrows, width_mm=174)


@pytest.fixture
def drawn(layout):
    """80 × 120 pixels of 1 × 0.5 mm: 80 mm tall and 60 mm wide."""
    pixels = np.random.default_rng(0).integers(0, 1000, (80, 120)).astype(np.uint16)
    pictures = tuple(Picture(pixels + number, "4:32 min") for number in range(3))
    return [DrawnRow(row, pictures, Window(0, 1000), EXTENT, True) for row in layout.rows]
