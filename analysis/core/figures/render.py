"""Draw a figure: one renderer for the preview on the screen and for print.

Panels have the shape of what they show in millimetres, so that pixels that are not square are not distorted. Nothing
but the window touches a pixel's value; between pixels it is interpolated linearly, as on the reading station.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.core.figures.layout import Arrow, Layout, Row
from analysis.core.figures.windows import Slice, Window
from readerstudy.core.errors import BadFigure

PRINT_DPI = 300
PREVIEW_DPI = 150
MM = 25.4  # an inch
GAP_MM, HEAD_MM, SIDE_MM = 1.0, 6.0, 6.0
TALLEST_MM = 1000.0
ARROW_MM = 7.0
FORMATS = {"png": "image/png", "tiff": "image/tiff", "svg": "image/svg+xml"}
# The same bytes from the same figure; letters as outlines, so that it prints alike everywhere.
_STYLE = {
    "svg.hashsalt": "reader-study",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "image.composite_image": False,
    "text.parse_math": False,
}


@dataclass(frozen=True)
class Picture:
    """The slice of one arm: (Y, X) display values, the acquisition time where it is known, and its place in the frame.

    `place` is x0, y0, x1, y1 as shares of the frame that all arms of the image set cover together.
    """

    pixels: Slice = field(repr=False)
    time: str = ""
    place: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True)
class DrawnRow:
    """A row of the layout with its pictures, one an arm.

    `extent_mm` is (height, width) of the frame; `has_geometry` tells whether these are true millimetres.
    """

    row: Row
    pictures: tuple[Picture, ...]
    window: Window
    extent_mm: tuple[float, float]
    has_geometry: bool


@dataclass(frozen=True)
class Panel:
    """Where a panel lies in the figure, and what it shows of its frame; all as shares from the left and the top."""

    row: int
    arm: str
    left: float
    top: float
    width: float
    height: float
    crop: tuple[float, float, float, float]  # x0, y0, x1, y1


def crop_of(row: Row) -> tuple[float, float, float, float]:
    """x0, y0, x1, y1 as shares of the frame; moved inwards where the middle lies too near to an edge."""
    half = 0.5 / row.zoom
    x, y = (min(max(middle, half), 1 - half) for middle in (row.x, row.y))
    return x - half, y - half, x + half, y + half


@dataclass(frozen=True)
class _Page:
    """Sizes in mm."""

    width: float
    height: float
    panels: tuple[Panel, ...]


def page_of(layout: Layout, rows: Sequence[DrawnRow]) -> _Page:
    """Where everything lies. Raises BadFigure where it would be taller than a metre."""
    side = SIDE_MM if any(one.row.label for one in rows) else 0.0
    columns = len(layout.arms)
    wide = (layout.width_mm - side - GAP_MM * (columns - 1)) / columns
    tall = [wide * one.extent_mm[0] / one.extent_mm[1] for one in rows]
    head = HEAD_MM if layout.arm_names else 0.0
    height = head + sum(tall) + GAP_MM * (len(rows) - 1)
    if height > TALLEST_MM:
        raise BadFigure(f"The figure would be {height:.0f} mm tall: take fewer rows, or make it narrower.")
    panels = []
    top = head
    for number, (one, own) in enumerate(zip(rows, tall, strict=True)):
        for column, arm in enumerate(layout.arms):
            left = side + column * (wide + GAP_MM)
            place = (left / layout.width_mm, top / height, wide / layout.width_mm, own / height)
            panels.append(Panel(number, arm, *place, crop_of(one.row)))
        top += own + GAP_MM
    return _Page(float(layout.width_mm), height, tuple(panels))


def render(layout: Layout, rows: Sequence[DrawnRow], *, kind: str, dpi: int = PRINT_DPI) -> bytes:
    """
    The figure as a PNG, TIFF (LZW) or SVG file; equal input gives equal bytes.

    Raises BadFigure for a format that is none of these.
    """
    # Imported here: half a second and 40 MB that no web process pays before somebody makes a figure.
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if kind not in FORMATS:
        raise BadFigure(f"A figure can be had as {', '.join(FORMATS)}, not as '{kind[:20]}'.")
    page = page_of(layout, rows)
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(page.width / MM, page.height / MM), dpi=dpi, facecolor="white")
        FigureCanvasAgg(figure)
        for number, panel in enumerate(page.panels):
            one = rows[panel.row]
            axes = _panel(figure, panel, one, one.pictures[layout.arms.index(panel.arm)])
            _words(axes, layout, panel, number, one, page)
            for arrow in layout.arrows:
                if arrow.row == panel.row and arrow.arm in (None, panel.arm):
                    _arrow(axes, arrow, panel, page)
        _heads(figure, layout, rows, page)
        return _saved(figure, kind, dpi)


def _panel(figure: Any, panel: Panel, one: DrawnRow, picture: Picture) -> Any:
    """Axes whose coordinates are shares of the frame, black, with the slice where it lies in them."""
    axes = figure.add_axes((panel.left, 1 - panel.top - panel.height, panel.width, panel.height), facecolor="black")
    left, top, right, bottom = picture.place
    axes.imshow(
        _grey(picture.pixels, one.window),
        cmap="gray",
        vmin=0,
        vmax=255,
        extent=(left, right, bottom, top),
        aspect="auto",
        interpolation="bilinear",
    )
    x0, y0, x1, y1 = panel.crop
    axes.set_xlim(x0, x1)
    axes.set_ylim(y1, y0)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    return axes


def _grey(pixels: Slice, window: Window) -> NDArray[np.uint8]:
    share = (pixels.astype(np.float64) - window.low) / max(window.high - window.low, 1e-9)
    return np.asarray(np.rint(np.clip(share, 0, 1) * 255), dtype=np.uint8)


def _outlined(width: float = 1.6) -> list[Any]:
    """White on black or on white: it must be readable on both."""
    from matplotlib import patheffects

    return [patheffects.withStroke(linewidth=width, foreground="black")]


def _words(axes: Any, layout: Layout, panel: Panel, number: int, one: DrawnRow, page: _Page) -> None:
    style: dict[str, Any] = {"color": "white", "transform": axes.transAxes, "path_effects": _outlined()}
    picture = one.pictures[layout.arms.index(panel.arm)]
    if layout.times and picture.time:
        axes.text(0.03, 0.03, picture.time, fontsize=8, va="bottom", **style)
    if layout.letters:
        axes.text(0.03, 0.97, chr(ord("a") + number % 26), fontsize=10, weight="bold", va="top", **style)
    if layout.scale_bar_mm and one.has_geometry and panel.arm == layout.arms[-1]:
        _scale_bar(axes, layout.scale_bar_mm, panel, one, style)


def _scale_bar(axes: Any, bar_mm: int, panel: Panel, one: DrawnRow, style: dict[str, Any]) -> None:
    """At the lower right; left out where it would fill more than two thirds of the panel."""
    shown_mm = one.extent_mm[1] * (panel.crop[2] - panel.crop[0])
    share = bar_mm / shown_mm
    if share > 2 / 3:
        return
    axes.plot([0.97 - share, 0.97], [0.04, 0.04], linewidth=1.8, solid_capstyle="butt", **style)
    words = f"{bar_mm // 10} cm" if bar_mm % 10 == 0 else f"{bar_mm} mm"
    axes.text(0.97 - share / 2, 0.055, words, fontsize=7, ha="center", va="bottom", **style)


def _arrow(axes: Any, arrow: Arrow, panel: Panel, page: _Page) -> None:
    """Drawn at one size in mm whatever the zoom; left out where its tip lies outside the crop."""
    from matplotlib import patheffects

    x0, y0, x1, y1 = panel.crop
    tip = (arrow.x - x0) / (x1 - x0), 1 - (arrow.y - y0) / (y1 - y0)
    if not (0 <= tip[0] <= 1 and 0 <= tip[1] <= 1):
        return
    angle = np.radians(arrow.angle_deg)
    tail = (
        tip[0] + ARROW_MM * np.cos(angle) / (panel.width * page.width),
        tip[1] - ARROW_MM * np.sin(angle) / (panel.height * page.height),
    )
    drawn = axes.annotate(
        "",
        xy=tip,
        xytext=tail,
        xycoords="axes fraction",
        textcoords="axes fraction",
        annotation_clip=False,
        arrowprops={
            "arrowstyle": "-|>,head_length=0.55,head_width=0.28",
            "color": arrow.colour,
            "linewidth": 1.4,
            "shrinkA": 0,
            "shrinkB": 0,
        },
    )
    contrast = "white" if arrow.colour == "black" else "black"
    drawn.arrow_patch.set_path_effects([patheffects.withStroke(linewidth=2.6, foreground=contrast)])
    drawn.arrow_patch.set_clip_path(axes.patch)


def _heads(figure: Any, layout: Layout, rows: Sequence[DrawnRow], page: _Page) -> None:
    """Names of arms above the columns, labels of rows at the side."""
    for panel in page.panels:
        if panel.row == 0 and layout.arm_names:
            middle = panel.left + panel.width / 2
            above = 1 - panel.top + 1.2 / page.height
            figure.text(middle, above, panel.arm, fontsize=9, weight="bold", ha="center", va="bottom")
        label = rows[panel.row].row.label
        if label and panel.arm == layout.arms[0]:
            side = (SIDE_MM / 2) / page.width
            at = 1 - panel.top - panel.height / 2
            figure.text(side, at, label, fontsize=9, ha="center", va="center", rotation=90)


def _saved(figure: Any, kind: str, dpi: int) -> bytes:
    content = io.BytesIO()
    if kind == "svg":
        figure.savefig(content, format="svg", dpi=dpi, metadata={"Date": None, "Creator": None})
        return content.getvalue()
    figure.savefig(content, format="png", dpi=dpi, metadata={"Software": None})
    return content.getvalue() if kind == "png" else _tiff(content, dpi)


def _tiff(png: io.BytesIO, dpi: int) -> bytes:
    from PIL import Image

    content = io.BytesIO()
    with Image.open(png) as image:
        image.convert("RGB").save(content, "TIFF", compression="tiff_lzw", dpi=(dpi, dpi))
    return content.getvalue()
