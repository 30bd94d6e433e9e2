"""What a reader's browser may know about a pair: one geometry, one window, two opaque tokens.

Everything in here is computed from both sides together, so that swapping the sides changes nothing but which
token stands left.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from readerstudy.core.answers import PinFrame


@dataclass(frozen=True)
class StackGeometry:
    """The frame of an image set: the minimum of geometry that the viewer needs, the same for all arms.

    `rows` and `columns` are those of the padded grid, `slices` the rungs of the common ladder (`core.alignment`).
    spacing_mm is (z, y, x), of the finest arm; extent_mm is (height, width) of what all arms cover together. Where
    `calibrated` is False no distance is known and none may be shown. Orientation maps the image's edges to patient
    directions (A, P, L, R, H, F).
    """

    rows: int
    columns: int
    slices: int
    spacing_mm: tuple[float, float, float]
    extent_mm: tuple[float, float]
    calibrated: bool
    orientation: Mapping[str, str]

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "StackGeometry":
        z, y, x = (float(value) for value in stored["spacing_mm"])
        height, width = (float(value) for value in stored["extent_mm"])
        return cls(
            rows=int(stored["rows"]),
            columns=int(stored["columns"]),
            slices=int(stored["slices"]),
            spacing_mm=(z, y, x),
            extent_mm=(height, width),
            calibrated=bool(stored["calibrated"]),
            orientation=dict(stored["orientation"]),
        )

    def pin_frame(self) -> PinFrame:
        """The bounds of a pin, in rungs and in pixels of the frame: those of the finest arm's spacing."""
        height_mm, width_mm = self.extent_mm
        _, row_mm, column_mm = self.spacing_mm
        return PinFrame(slices=self.slices, height=height_mm / row_mm, width=width_mm / column_mm)

    def to_json(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "columns": self.columns,
            "slices": self.slices,
            "spacing_mm": list(self.spacing_mm),
            "extent_mm": list(self.extent_mm),
            "calibrated": self.calibrated,
            "orientation": dict(self.orientation),
        }


def edge_letters(row_cosine: tuple[float, float, float], column_cosine: tuple[float, float, float]) -> dict[str, str]:
    """The patient direction at each edge of the image, one or two letters (DICOM PS3.3 C.7.6.1.1.1).

    row_cosine is the direction of increasing column index, column_cosine of increasing row index, both in the
    patient's coordinates (x to the left, y to the back, z to the head).
    """
    return {
        "right": _direction(row_cosine),
        "left": _direction(tuple(-part for part in row_cosine)),
        "bottom": _direction(column_cosine),
        "top": _direction(tuple(-part for part in column_cosine)),
    }


OBLIQUE = 0.4  # a second letter is shown when the direction leans at least this far (cosine)


def _direction(cosine: tuple[float, ...]) -> str:
    letters = (("L", "R"), ("P", "A"), ("H", "F"))
    parts = sorted(
        ((abs(part), names[0] if part > 0 else names[1]) for part, names in zip(cosine, letters, strict=True)),
        reverse=True,
    )
    return "".join(letter for size, letter in parts[:2] if size >= OBLIQUE or size == parts[0][0])
