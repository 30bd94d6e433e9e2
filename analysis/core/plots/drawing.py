"""One look for all plots; the same numbers give the same bytes. Drawn without pyplot: no state, no screen."""

import io
import textwrap
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager

# Okabe & Ito 2008: told apart by people with any colour vision; they also differ in lightness, for grey print.
BLUE, ORANGE, GREEN, GREY, INK = "#0072B2", "#E69F00", "#009E73", "#D5D8DC", "#1B2733"
COLOURS = (BLUE, ORANGE, GREEN, "#CC79A7", "#56B4E9", "#D55E00")
MARKERS = ("o", "s", "^", "D", "v", "P")
STYLE: dict[str, Any] = {
    "svg.hashsalt": "readerstudy",  # without it element ids are random
    "svg.fonttype": "path",  # the same look where the font is missing
    "font.family": ["DejaVu Sans"],  # the font that matplotlib brings along; `_style` adds fonts for other scripts
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#7A8794",
    "text.color": INK,
    "text.parse_math": False,  # labels are what people typed: a dollar sign is a dollar sign
    "axes.labelcolor": INK,
    "legend.frameon": False,
}
OTHER_SCRIPTS = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "WenQuanYi Zen Hei", "Droid Sans Fallback",
    "Noto Sans Devanagari", "Noto Sans Bengali", "Noto Sans Thai", "Noto Sans Hebrew", "Noto Sans Arabic", "Unifont",
)  # fmt: skip
PNG_DPI = 200
LABEL_WIDTH = 64  # characters: a scanner with its counts stays on one line


@dataclass(frozen=True)
class Plot:
    """A figure as SVG and PNG with the numbers that it shows. The PNG is drawn when it is asked for first."""

    name: str
    section: str
    title: str
    caption: str
    svg: bytes
    data: pd.DataFrame
    figure: Figure

    @cached_property
    def png(self) -> bytes:
        with _style():
            return _png(self.figure)


def draw(
    paint: Callable[[Figure], None],
    *,
    name: str,
    section: str,
    title: str,
    caption: str,
    data: pd.DataFrame,
    size_in: tuple[float, float],
) -> Plot:
    """`paint` fills an empty figure of `size_in` inches."""
    with _style():
        figure = Figure(figsize=size_in, layout="constrained")
        paint(figure)
        svg = _svg(figure)
    return Plot(name, section, title, caption, svg, data, figure)


@cache
def _fonts() -> list[str]:
    """DejaVu for all that it has, so that machines draw alike; then whatever this one has for other scripts."""
    here = {font.name for font in fontManager.ttflist}
    return [*STYLE["font.family"], *(name for name in OTHER_SCRIPTS if name in here)]


@contextmanager
def _style() -> Iterator[None]:
    """A sign that no font here has is drawn as a box: the table and the data beside the figure have it."""
    with matplotlib.rc_context({**STYLE, "font.family": _fonts()}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def _svg(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.dpi = PNG_DPI
    FigureCanvasAgg(figure).print_png(buffer, metadata={"Software": None})
    return buffer.getvalue()


def interval_row(axes: Axes, y: float, row: Mapping[str, Any], *, colour: str = BLUE, marker: str = "o") -> None:
    """One estimate with its interval; nothing where there is no estimate, a bare point where no interval."""
    if row["estimate"] is None or pd.isna(row["estimate"]):
        axes.text(0.01, y, "not computed", transform=axes.get_yaxis_transform(), va="center", color="#5B6875")
        return
    if row["low"] is not None and not pd.isna(row["low"]):
        axes.plot([row["low"], row["high"]], [y, y], color=colour, linewidth=1.6, solid_capstyle="butt", gid="interval")
    axes.plot([row["estimate"]], [y], marker, color=colour, markersize=5, gid="estimate")


def label_rows(axes: Axes, labels: list[str]) -> None:
    """Rows from the top down; a long label takes several lines, so that there is room for what it labels."""
    axes.set_yticks(range(len(labels)), ["\n".join(textwrap.wrap(label, LABEL_WIDTH)) for label in labels])
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)


def ends(interval: Any) -> dict[str, float | None]:
    low, high = interval if interval else (None, None)
    return {"low": low, "high": high}
