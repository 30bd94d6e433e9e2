"""The plots of the results as figures of the report. Loads matplotlib: for workers and commands."""

from collections.abc import Iterable

from analysis.core.plots.drawing import Plot
from analysis.core.report.document import Figure


def figures_of(plots: Iterable[Plot]) -> list[Figure]:
    return [Figure(plot.name, plot.section, plot.title, plot.caption, plot.svg.decode()) for plot in plots]
