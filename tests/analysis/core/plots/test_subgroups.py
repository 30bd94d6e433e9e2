"""Forest plots: levels in a fixed order, the P of their interaction in the heading, nothing outside the scale."""

import json
import math

import pytest

from analysis.core.plots.subgroups import cells_with_subgroups, forest, interaction_p, lines
from analysis.core.results import analyse
from analysis.core.results_json import to_json

CELL = "SOC_FAST/snr"


@pytest.fixture
def results(small_study, score_rows):
    """Four patients of each of two regions, who differ; one patient on another scanner; R2 read nothing."""
    d = [2, 1, 2, 2, -1, 0, -1, 0]
    rows = score_rows(d, patients=[f"P{n}" for n in range(8)])
    for number, row in enumerate(rows):
        row |= {"region": "lumbar" if number < 4 else "cervical", "scanner_id": "S1" if number else "S2"}
    rows += score_rows([None] * 8, reader="R2", patients=[f"P{n}" for n in range(8)])
    scores, allocation = small_study(rows)
    return analyse(scores, allocation, comparisons={"SOC_FAST": ("SOC", "FAST")}, seed=1, replicates=0)


class TestForest:
    def test_a_heading_has_the_p_of_the_interaction_test_or_says_that_there_is_none(self, results):
        plot = forest(results, CELL, {})

        headings = [label for label, row in lines(plot.data, results, CELL) if row is None]
        p = results["subgroups"][f"{CELL}/region"]["wald_f_cr1s"]["p"]
        assert headings[:2] == ["Reader (interaction not tested)", f"Region (interaction P {p:.3g})"]
        assert "Scanner (interaction not tested)" in headings

    def test_means_of_levels_are_those_counted_by_hand_and_an_absent_reader_has_none(self, results):
        data = forest(results, CELL, {}).data.set_index(["factor", "level"])

        assert data.loc[("region", "lumbar"), "estimate"] == 7 / 4
        assert data.loc[("region", "cervical"), "estimate"] == -2 / 4
        assert data["estimate"].isna().loc[("reader", "R2")]

    def test_a_reader_has_the_interval_by_patient_and_none_where_stored_results_lack_it(self, results):
        reader = ("reader", "R1")
        interval = results["cells"]["SOC_FAST"]["snr"]["mean_cluster"]["ci_cr2"]

        shown = forest(results, CELL, {}).data.set_index(["factor", "level"]).loc[reader]
        del results["subgroups"][f"{CELL}/reader_id"]
        bare = forest(results, CELL, {}).data.set_index(["factor", "level"]).loc[reader]

        assert (shown["low"], shown["high"]) == pytest.approx(interval)
        assert bare["estimate"] == shown["estimate"]
        assert math.isnan(bare["low"])

    def test_stored_results_give_the_same_bytes_as_fresh_ones(self, results):
        assert forest(json.loads(to_json(results)), CELL, {}).svg == forest(results, CELL, {}).svg

    def test_cells_come_in_the_order_of_the_plan(self, results):
        assert cells_with_subgroups(results) == [CELL]

    def test_without_a_test_there_is_no_p(self, results):
        assert interaction_p(results, CELL, "scanner_id") is None
        assert interaction_p({}, CELL, "region") is None
