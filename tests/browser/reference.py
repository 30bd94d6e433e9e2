"""What a pane must show, from the stored values alone, in numpy: none of the product's code is used here."""

from dataclasses import dataclass

import numpy as np

from tests.browser.pixel_study import CASES, Scan, values_of


@dataclass(frozen=True)
class Look:
    """The window in display values, and how the frame lies on the canvas (zoom 1 fits it)."""

    center: float
    width: float
    inverted: bool = False
    smooth: bool = True
    zoom: float = 1.0


def scan_of(name: str, arm: str) -> Scan:
    return CASES[name].fast if arm.startswith("FAST") else CASES[name].standard


def display_values(name: str, arm: str) -> np.ndarray:
    """Lifted to start at 0 for all arms alike; turned where small values are white."""
    arms = [values_of(name, code) for code in ("SOC", "FAST", "FAST-DL")]
    low = min(0, *(int(one.min()) for one in arms))
    values = values_of(name, arm).astype(np.float64) - low
    top = max(int(one.max()) for one in arms) - low
    return top - values if scan_of(name, arm).photometric == "MONOCHROME1" else values


def frame_of(name: str) -> tuple[float, float, float, float]:
    """Top, left, height and width in mm of what both acquisitions cover, relative to the zero of their corners."""
    boxes = []
    for scan in (CASES[name].standard, CASES[name].fast):
        top, left = (corner - step / 2 for corner, step in zip(scan.corner, scan.spacing, strict=True))
        boxes.append((top, left, top + scan.shape[0] * scan.spacing[0], left + scan.shape[1] * scan.spacing[1]))
    top, left = (min(box[i] for box in boxes) for i in (0, 1))
    return top, left, max(box[2] for box in boxes) - top, max(box[3] for box in boxes) - left


def expected(name: str, arm: str, z: int, *, canvas: tuple[int, int], look: Look) -> np.ndarray:
    """(H, W) grey of 0..255, not rounded: interpolated in stored values, then windowed (PS3.3 C.11.2.1.2.1)."""
    scan, (height, width) = scan_of(name, arm), canvas
    top, left, tall, wide = frame_of(name)
    per_mm = look.zoom * min(width / wide, height / tall)
    rows = axis(height, tall, scan.corner[0] - scan.spacing[0] / 2 - top, scan.spacing[0], per_mm)
    columns = axis(width, wide, scan.corner[1] - scan.spacing[1] / 2 - left, scan.spacing[1], per_mm)
    stored = sample(display_values(name, arm)[z], rows, columns, smooth=look.smooth)
    grey = (stored - (look.center - 0.5)) / (look.width - 1) + 0.5
    grey = np.clip(1 - grey if look.inverted else grey, 0, 1) * 255
    inside = np.outer((rows >= 0) & (rows < scan.shape[0]), (columns >= 0) & (columns < scan.shape[1]))
    return np.where(inside, grey, 0.0)


def axis(size: int, extent_mm: float, corner_mm: float, step_mm: float, per_mm: float) -> np.ndarray:
    """Where the middle of each canvas pixel lies, in image pixels from the image's outer edge."""
    begins = np.floor(size / 2 + (corner_mm - extent_mm / 2) * per_mm + 0.5)  # whole screen pixels
    return np.asarray((np.arange(size) + 0.5 - begins) / (step_mm * per_mm))


def sample(image: np.ndarray, rows: np.ndarray, columns: np.ndarray, *, smooth: bool) -> np.ndarray:
    """Bilinear between the middles of pixels, edges repeated; or the pixel that a place lies in."""
    if not smooth:
        y, x = (np.clip(np.floor(at).astype(int), 0, n - 1) for at, n in zip((rows, columns), image.shape, strict=True))
        return np.asarray(image[np.ix_(y, x)])
    across = [np.interp(columns - 0.5, np.arange(image.shape[1]), row) for row in image]
    return np.stack([np.interp(rows - 0.5, np.arange(image.shape[0]), column) for column in np.array(across).T]).T
