"""The trade-off as a picture: power by number of patients, one line a number of readers."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from analysis.core.wording import counted

# Okabe and Ito 2008: told apart by the colour-blind, and by their markers in grey print.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
MARKERS = ("o", "s", "^", "D")
LINES = {1: "-", 2: "--"}
WANTED = 0.8


def power_svg(trade_off: Sequence[Mapping[str, Any]], *, title: str) -> str:
    """SVG text; the same input gives the same bytes."""
    # Imported here: the web process names this module through its services and draws no power.
    import matplotlib as mpl
    from matplotlib.figure import Figure

    settings = {"svg.hashsalt": "power", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 10}
    with mpl.rc_context(settings):
        figure = Figure(figsize=(7.6, 4.2), layout="constrained")
        _draw(figure.add_subplot(), trade_off, title)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()


def _draw(axes: Any, trade_off: Sequence[Mapping[str, Any]], title: str) -> None:
    readers = sorted({row["readers"] for row in trade_off})
    for place, n_readers in enumerate(readers):
        for times in sorted({row["sets_factor"] for row in trade_off}):
            rows = [row for row in trade_off if (row["readers"], row["sets_factor"]) == (n_readers, times)]
            if not rows:
                continue
            axes.errorbar(
                [row["patients"] for row in rows],
                [row["power"] for row in rows],
                yerr=[row["error"] for row in rows],
                color=COLOURS[place % len(COLOURS)],
                marker=MARKERS[place % len(MARKERS)],
                linestyle=LINES[times],
                capsize=2.5,
                label=f"{counted(n_readers, 'reader')}{', twice the image sets' if times == 2 else ''}",
            )
    axes.axhline(WANTED, color="#56636f", linewidth=0.8, linestyle=":")
    axes.set(xlabel="Patients", ylabel="Power of the primary test", ylim=(0, 1.02), title=title)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8.5, loc="center left", bbox_to_anchor=(1.01, 0.5))
