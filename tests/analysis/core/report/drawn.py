"""Plots as figures of a report."""

from analysis.core.report.document import Figure


def as_figure(plot):
    return Figure(plot.name, plot.section, plot.title, plot.caption, plot.svg.decode())
