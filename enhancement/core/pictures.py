"""Input, output and residual of a slice side by side, for the person who reviews a series."""

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from readerstudy.core.slices import Slices, every_nth, pixel_count

Floats = NDArray[np.floating]

PANELS = ("input", "output", "change")
LARGEST_SIDE_PX = 512
MOST_SLICES = 48
GAP_PX = 4
EPOCH = (1980, 1, 1, 0, 0, 0)  # equal content gives equal bytes
SAMPLED_PX = 1_000_000


@dataclass(frozen=True)
class Scale:
    """black, white : window of input and output; change : what is white (and, negative, black) in the residual."""

    black: float
    white: float
    change: float


def picture_scale(before_zyx: Slices, after_zyx: Slices) -> Scale:
    """One scale for all slices of a series: 0.5th to 99.5th percentile, and six times the typical change."""
    step = max(1, pixel_count(before_zyx) // SAMPLED_PX)
    before = every_nth(before_zyx, step)
    after = np.nan_to_num(every_nth(after_zyx, step))
    black, white = (float(value) for value in np.percentile(before, [0.5, 99.5]))
    change = 6 * float(np.sqrt(np.mean((after - before) ** 2)))
    return Scale(black, max(white, black + 1e-9), max(change, 1e-9))


def chosen_slices(count: int, *, first: Iterable[int] = (), most: int = MOST_SLICES) -> list[int]:
    """Which slices are pictured, in order: those named first, then others evenly, `most` in all."""
    named = [index for index in dict.fromkeys(first) if 0 <= index < count][:most]
    if count <= most:
        return list(range(count))
    others = [index for index in range(count) if index not in set(named)]
    evenly = np.linspace(0, len(others) - 1, most - len(named) + 2)[1:-1].round().astype(int)
    return sorted([*named, *(others[place] for place in evenly)])


def picture_zip(before_zyx: Slices, after_zyx: Slices, slices: Iterable[int], scale: Scale) -> bytes:
    """One PNG a slice, `0001.png` for the first slice of the series."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for index in slices:
            picture = slice_picture(before_zyx[index], after_zyx[index], scale)
            archive.writestr(zipfile.ZipInfo(f"{index + 1:04d}.png", EPOCH), picture)
    return content.getvalue()


def slice_picture(before_yx: Floats, after_yx: Floats, scale: Scale) -> bytes:
    """Three panels in the order of `PANELS`; in the residual mid-grey is no change. Large slices are made smaller."""
    after = np.nan_to_num(np.asarray(after_yx, np.float64))
    before = np.asarray(before_yx, np.float64)
    span = scale.white - scale.black
    panels = [_panel((image - scale.black) / span) for image in (before, after)]
    panels.append(_panel((after - before) / scale.change / 2 + 0.5))
    gap = np.zeros((panels[0].shape[0], GAP_PX), np.uint8)
    content = io.BytesIO()
    Image.fromarray(np.hstack([panels[0], gap, panels[1], gap, panels[2]])).save(content, format="PNG")
    return content.getvalue()


def _panel(grey: Floats) -> NDArray[np.uint8]:
    pixels = np.rint(np.clip(grey, 0, 1) * 255).astype(np.uint8)
    image = Image.fromarray(pixels)
    image.thumbnail((LARGEST_SIDE_PX, LARGEST_SIDE_PX))
    return np.asarray(image)
