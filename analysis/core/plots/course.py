"""Reading over its course: seconds a pair, strength and side of preference, answers all alike."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from analysis.core.conduct import SAME_NON3, TOO_FAST_S
from analysis.core.plots.drawing import BLUE, COLOURS, GREY, ORANGE, Plot, draw, label_rows

DASHES = ("-", "--", "-.", ":")  # told apart in grey print, too
COLUMNS = ("order", "duration_s", "median_s", "q1_s", "q3_s", "abs_preference", "raw_mean")
FADED = "#7A8794"


def _courses(results: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Reader -> the kept presentations in their order; readers without any are left out."""
    courses = results.get("course") or {}
    frames = {
        reader: pd.DataFrame({name: courses[reader][name] for name in COLUMNS}, dtype=float)
        for reader in results["meta"]["readers"]
        if reader in courses
    }
    return {reader: frame for reader, frame in frames.items() if len(frame)}


def _data(frames: Mapping[str, pd.DataFrame], columns: tuple[str, ...]) -> pd.DataFrame:
    own = [frame.assign(reader=reader, order=frame["order"].astype(int)) for reader, frame in frames.items()]
    return pd.concat(own, ignore_index=True)[["reader", *columns]]


def time_course(results: Mapping[str, Any]) -> Plot | None:
    """Seconds of each pair in the order of reading, with their rolling median; None where no time was taken."""
    frames = {reader: frame for reader, frame in _courses(results).items() if frame["duration_s"].notna().any()}
    if not frames:
        return None
    window = results["course"][next(iter(frames))]["window"]
    columns = 1 if len(frames) <= 3 else 2
    rows = -(-len(frames) // columns)

    def paint(figure: Figure) -> None:
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for axes, (reader, frame) in zip(grid.flat, frames.items(), strict=False):
            _seconds(axes, reader, frame)
        for axes in list(grid.flat)[len(frames) :]:
            axes.set_axis_off()
        figure.supxlabel("Order of reading", fontsize=9)
        figure.supylabel("Active seconds a pair (logarithmic)", fontsize=9)

    return draw(
        paint,
        name="time_course",
        section="conduct",
        title="Time over the course of reading",
        caption=f"Each dot is a pair in the order in which its reader saw it. Line: rolling median of {window} pairs; "
        f"band: rolling quartiles. Dotted: {TOO_FAST_S:g} seconds, below which a pair counts as too fast.",
        data=_data(frames, ("order", "duration_s", "median_s", "q1_s", "q3_s")),
        size_in=(7.5, 0.9 + 1.45 * rows),
    )


def _seconds(axes: Axes, reader: str, frame: pd.DataFrame) -> None:
    seconds = frame["duration_s"].where(frame["duration_s"] > 0)  # none of the others has a place on a logarithm
    axes.set_yscale("log")
    axes.fill_between(frame["order"], frame["q1_s"], frame["q3_s"], color=BLUE, alpha=0.18, linewidth=0)
    axes.plot(frame["order"], seconds, ".", color=FADED, markersize=2.5)
    axes.plot(frame["order"], frame["median_s"], color=BLUE, linewidth=1.6, gid="rolling-median")
    axes.axhline(TOO_FAST_S, color="#D55E00", linewidth=0.8, linestyle=":")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_title(reader)


def drift(results: Mapping[str, Any]) -> Plot | None:
    """Rolling means of strength and side of preference, all readers together; None without a course."""
    frames = _courses(results)
    if not frames:
        return None
    window = results["course"][next(iter(frames))]["window"]
    panels = {"abs_preference": "Strength: mean distance from “no difference”",
              "raw_mean": "Side: positive towards the right"}  # fmt: skip

    def paint(figure: Figure) -> None:
        for axes, (column, title) in zip(figure.subplots(1, 2, sharex=True), panels.items(), strict=True):
            for place, (reader, frame) in enumerate(frames.items()):
                style = DASHES[place % len(DASHES)]
                colour = COLOURS[place % len(COLOURS)]
                axes.plot(frame["order"], frame[column], color=colour, linestyle=style, linewidth=1.4, label=reader)
            axes.set_title(title, fontsize=9)
            axes.set_xlabel("Order of reading")
        strength, side = figure.axes
        strength.set_ylim(bottom=0)
        side.axhline(0, color=FADED, linewidth=0.8, linestyle="--")
        side.set_ylim(*_around_zero(side))
        strength.set_ylabel("Points")
        handles, labels = strength.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=min(len(frames), 8))

    return draw(
        paint,
        name="drift",
        section="conduct",
        title="Drift",
        caption=f"Rolling means of {window} pairs over all features of a pair. A line that rises or falls over the "
        "whole course tells of fatigue or learning; the table has its test.",
        data=_data(frames, ("order", *panels)),
        size_in=(8.6, 3.2),
    )


def _around_zero(axes: Axes) -> tuple[float, float]:
    """Limits with zero in the middle, and never so narrow that noise looks like drift."""
    most = max(0.25, *(abs(limit) for limit in axes.get_ylim()))
    return -most, most


def straight_lining(results: Mapping[str, Any]) -> Plot | None:
    """Pairs whose features all have one score, in per cent; None where no pair has two scored features."""
    blocks = results.get("straight_lining") or {}
    data = pd.DataFrame(
        {
            "reader": reader,
            "alike_no_difference": blocks[reader]["prop_same"] - blocks[reader]["prop_same_non3"],
            "alike_other": blocks[reader]["prop_same_non3"],
            "longest_run": blocks[reader]["longest_identical_run"],
            "longest_run_other": blocks[reader]["longest_identical_run_non3"],
        }
        for reader in results["meta"]["readers"]
        if (blocks.get(reader) or {}).get("prop_same") is not None
    )
    if data.empty:
        return None

    def paint(figure: Figure) -> None:
        axes, y = figure.subplots(), range(len(data))
        middle, other = 100 * data["alike_no_difference"], 100 * data["alike_other"]
        axes.barh(y, other, color=ORANGE, height=0.6, label="all alike, a preference")
        axes.barh(y, middle, left=other, color=GREY, height=0.6, label="all alike, “no difference”")
        axes.axvline(100 * SAME_NON3, color="#D55E00", linewidth=0.8, linestyle=":")
        for place, row in enumerate(data.itertuples()):
            axes.text(100 * (row.alike_no_difference + row.alike_other) + 1, place,
                      f"longest run {row.longest_run}", va="center", color="#5B6875")  # fmt: skip
        label_rows(axes, list(data["reader"]))
        axes.set(xlabel="% of the pairs with two or more scored features", xlim=(0, 118), xticks=range(0, 101, 20))
        figure.legend(loc="outside lower center", ncols=2)

    return draw(
        paint,
        name="straight_lining",
        section="conduct",
        title="Straight-lining",
        caption="Pairs of which every feature got the same score. “No difference” throughout can be right; the dotted "
        "line is the 5 % of other answers above which a reader is flagged. Nobody is left out for it.",
        data=data,
        size_in=(7.5, 1.3 + 0.3 * len(data)),
    )
