"""A small study with results: two readers, two features, one score missing, everything known by hand."""

import pytest

from analysis.core.plan import default_plan
from analysis.core.plots.collection import drawings
from analysis.core.report.about import About
from analysis.core.report.build import build_report, in_order, laid_out_tables
from analysis.core.results import analyse
from tests.analysis.core.report.drawn import as_figure

COMPARISON = {"SOC_FAST": ("SOC", "FAST")}


@pytest.fixture
def results_of(score_rows, small_study):
    """Results by the reference plan with these changes."""

    def made(**changes):
        one, two = [1, 1, 1, 1, 0, 2], [1, 2, 0, 1, 1, None]
        rows = [
            row | {"region": "lumbar" if int(row["presentation_order"]) > 2 else "cervical"}
            for feature, turn in (("snr", 1), ("artifacts", -1))
            for reader, d in (("R1", one), ("R2", two))
            for row in score_rows([None if x is None else x * turn for x in d], feature=feature, reader=reader)
        ]
        plan = default_plan(comparisons=COMPARISON, features=["snr", "artifacts"]) | {"bootstrap": 99} | changes
        return in_order(analyse(*small_study(rows), comparisons=COMPARISON, plan=plan, seed=plan["seed"]))

    return made


@pytest.fixture
def results(results_of):
    return results_of()


@pytest.fixture
def figures(results):
    """Drawn only where a test is about them: it takes seconds."""
    return [as_figure(plot) for piece in drawings(results) for plot in piece()]


@pytest.fixture
def report_of():
    """The whole document of results; without figures where none are given."""

    def made(results, figures=(), **about):
        told = About(**{"title": "A small study", "tables": laid_out_tables(results), **about})
        return build_report(results, told, figures)

    return made
