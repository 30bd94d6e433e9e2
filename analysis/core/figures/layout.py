"""What a figure holds: the arms as columns, image sets as rows, and arrows placed by hand. No pixel.

Places are shares of the frame that the arms of an image set cover together (0 left or top, 1 right or bottom), so that
they stay when the crop changes and mean one place in the patient in every arm.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from readerstudy.core.errors import BadFigure

MAX_ROWS, MAX_ARMS, MAX_ARROWS = 6, 6, 40
MAX_ZOOM = 8.0
WIDTHS_MM = (60, 240)  # a journal's single column is about 84 mm, its page 174 mm
SCALE_BARS_MM = (0, 5, 10, 20, 50, 100)
PRESETS = ("as_read", "full", "soft", "hard", "own")
COLOURS = ("white", "yellow", "black")


@dataclass(frozen=True)
class Arrow:
    """Its tip at (x, y); `angle_deg` is where it comes from, clockwise from the right. `arm` None: in every panel."""

    row: int
    arm: str | None
    x: float
    y: float
    angle_deg: float = 225.0
    colour: str = "white"


@dataclass(frozen=True)
class Row:
    """One image set at one slice (from 0), in one window and one crop for all arms.

    `center`, `width`: of the window, as shares of the brightest value of the image set; they count for the preset
    "own" only. `x`, `y`: the middle of the crop.
    """

    image_set: str
    slice: int
    preset: str = "as_read"
    center: float = 0.25
    width: float = 0.5
    zoom: float = 1.0
    x: float = 0.5
    y: float = 0.5
    label: str = ""


@dataclass(frozen=True)
class Layout:
    """A figure of `width_mm`; its height follows from the images."""

    rows: tuple[Row, ...]
    arms: tuple[str, ...]
    arrows: tuple[Arrow, ...] = field(default=())
    width_mm: int = 174
    scale_bar_mm: int = 50
    arm_names: bool = True
    times: bool = True
    letters: bool = False

    def to_json(self) -> dict[str, Any]:
        """As it is kept: lists for tuples."""
        plain = asdict(self)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}


def layout_of(data: Any) -> Layout:
    """
    The layout in what came from outside.

    Raises BadFigure for anything that it does not know, with the name of the part and the rule.
    """
    plain = _object(data, Layout, "figure")
    rows = _list(plain.get("rows"), "rows", MAX_ROWS)
    arms = [_text(arm, "arms") for arm in _list(plain.get("arms"), "arms", MAX_ARMS)]
    arrows = _list(plain.get("arrows", []), "arrows", MAX_ARROWS, fewest=0)
    if len(set(arms)) != len(arms):
        raise BadFigure("The figure's arms must differ.")
    layout = Layout(
        rows=tuple(_row(row) for row in rows),
        arms=tuple(arms),
        arrows=tuple(_arrow(arrow) for arrow in arrows),
        width_mm=int(_number(plain.get("width_mm", 174), "width_mm", *WIDTHS_MM)),
        scale_bar_mm=_one_of(plain.get("scale_bar_mm", 50), "scale_bar_mm", SCALE_BARS_MM),
        **{name: _one_of(plain.get(name, name != "letters"), name, (True, False)) for name in _SWITCHES},
    )
    for arrow in layout.arrows:
        if arrow.row >= len(rows) or arrow.arm not in (None, *arms):
            raise BadFigure(f"An arrow points into row {arrow.row + 1}, arm {arrow.arm}, which the figure lacks.")
    return layout


_SWITCHES = ("arm_names", "times", "letters")


def _row(data: Any) -> Row:
    plain = _object(data, Row, "row")
    return Row(
        image_set=_text(plain.get("image_set"), "image_set"),
        slice=int(_number(plain.get("slice", 0), "slice", 0, 9999)),
        preset=_one_of(plain.get("preset", "as_read"), "preset", PRESETS),
        center=_number(plain.get("center", 0.25), "center", 0, 1),
        width=_number(plain.get("width", 0.5), "width", 0.001, 2),
        zoom=_number(plain.get("zoom", 1), "zoom", 1, MAX_ZOOM),
        x=_number(plain.get("x", 0.5), "x", 0, 1),
        y=_number(plain.get("y", 0.5), "y", 0, 1),
        label=_text(plain.get("label", ""), "label"),
    )


def _arrow(data: Any) -> Arrow:
    plain = _object(data, Arrow, "arrow")
    arm = plain.get("arm")
    return Arrow(
        row=int(_number(plain.get("row", 0), "row", 0, MAX_ROWS - 1)),
        arm=None if arm is None else _text(arm, "arm"),
        x=_number(plain.get("x"), "x", 0, 1),
        y=_number(plain.get("y"), "y", 0, 1),
        angle_deg=_number(plain.get("angle_deg", 225), "angle_deg", -360, 360) % 360,
        colour=_one_of(plain.get("colour", "white"), "colour", COLOURS),
    )


def _object(data: Any, kind: type, what: str) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise BadFigure(f"A {what} of the figure must be an object.")
    if unknown := sorted(str(name) for name in data.keys() - kind.__dataclass_fields__.keys()):  # type: ignore[attr-defined]
        raise BadFigure(f"A {what} of the figure has '{unknown[0][:40]}', which is not known.")
    return data


def _list(value: Any, name: str, most: int, *, fewest: int = 1) -> Sequence[Any]:
    if not isinstance(value, list) or not fewest <= len(value) <= most:
        raise BadFigure(f"The figure's {name} must be a list of {fewest} to {most}.")
    return value


def _text(value: Any, name: str) -> str:
    # Signs that no font of ours draws would leave boxes in print; control characters break an SVG.
    if not isinstance(value, str) or len(value) > 60 or not value.isprintable():
        raise BadFigure(f"The figure's {name} must be a text of at most 60 signs.")
    return value


def _number(value: Any, name: str, low: float, high: float) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not good or not low <= value <= high:
        raise BadFigure(f"The figure's {name} must be a number from {low:g} to {high:g}, not '{str(value)[:40]}'.")
    return value


def _one_of(value: Any, name: str, choices: Sequence[Any]) -> Any:
    if not any(value is choice or (type(value) is type(choice) and value == choice) for choice in choices):
        raise BadFigure(f"The figure's {name} must be one of {', '.join(map(str, choices))}, not '{str(value)[:40]}'.")
    return value
