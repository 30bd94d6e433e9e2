"""Plots show the numbers of the results, the same bytes each time, and nothing where nothing was computed."""

import matplotlib
import pytest

from analysis.core.plots.conduct import position_bias
from analysis.core.plots.preferences import win_tie_loss
from analysis.core.results import analyse


@pytest.fixture
def results(small_study, score_rows):
    rows = score_rows([1, 0, -1, 1, 1, 0, 2, 0], patients=[f"P{n // 2}" for n in range(8)])
    scores, allocation = small_study(rows)
    return analyse(scores, allocation, comparisons={"SOC_FAST": ("SOC", "FAST")}, seed=1)


class TestWinTieLoss:
    def test_the_data_of_the_plot_are_the_shares_of_the_results(self, results):
        data = win_tie_loss(results, {}).data

        assert data[["win", "tie", "loss"]].iloc[0].tolist() == [4 / 8, 3 / 8, 1 / 8]  # counted in the rows above
        assert data["comparison"].tolist() == ["SOC vs FAST"]

    def test_there_is_a_bar_for_each_outcome(self, results):
        svg = win_tie_loss(results, {}).svg.decode()

        assert all(svg.count(f'id="bar-{outcome}') == 1 for outcome in ("win", "tie", "loss"))

    def test_the_same_results_give_the_same_bytes_and_carry_no_date(self, results):
        one, two = win_tie_loss(results, {}), win_tie_loss(results, {})

        assert (one.svg, one.png) == (two.svg, two.png)
        assert b"dc:date" not in one.svg

    def test_arms_are_named_as_the_study_writes_them(self, results):
        assert win_tie_loss(results, {"FAST": "FAST-1"}).data["comparison"].tolist() == ["SOC vs FAST-1"]


class TestPositionBias:
    def test_nothing_is_drawn_where_nothing_was_computed(self, results):
        assert position_bias({**results, "position_bias": None}) is None


class TestLabels:
    def test_a_label_is_text_and_not_mathematics_and_a_long_one_leaves_room_to_draw(self, results):
        plan = results["meta"]["plan"]
        label = r"$\nonsense$ " + "a feature of many words " * 4
        named = {**results, "meta": {**results["meta"], "plan": {**plan, "features": [{"id": "snr", "label": label}]}}}

        assert win_tie_loss(named, {}).data["feature"].tolist() == [label]

    def test_the_png_is_drawn_in_the_same_look(self, results):
        with matplotlib.rc_context({"font.size": 30, "text.color": "red"}):
            png = win_tie_loss(results, {}).png

        assert png == win_tie_loss(results, {}).png
