"""The first table: shares, mean and the three P of a cell that can be counted by hand."""

import pytest

from analysis.core.plan import default_plan
from analysis.core.results import analyse
from analysis.core.section_tables.preferences import tables
from analysis.core.section_tables.view import View

COMPARISON = {"SOC_FAST": ("SOC", "FAST")}


@pytest.fixture
def made(score_rows, small_study):
    """Six patients, one reading each, all in favour of SOC, in one of two features; a missing score in the other."""

    def make(**choices):
        rows = score_rows([1, 1, 1, 1, 1, 1]) + score_rows([0, 0, 0, 0, 0, None], feature="artifacts")
        plan = default_plan(comparisons=COMPARISON, features=["snr", "artifacts"]) | choices
        results = analyse(*small_study(rows), comparisons=COMPARISON, seed=1, plan=plan, replicates=0)
        return {table.name: table for table in tables(View(results, {}))}

    return make


def cells(table, row):
    return dict(zip(table.columns, map(str, table.groups[0].rows[row]), strict=True))


class TestPreferences:
    def test_a_row_has_the_shares_the_mean_and_every_p(self, made):
        row = cells(made()["preferences"], 0)

        assert row["Feature"] == "Perceived SNR"
        assert row["Win %"].startswith("100.0 (")
        assert row["Mean (95 % CI)"] == "1.00 (1.00 to 1.00)"
        assert row["P, primary"] == "0.0312"  # six patients, all in favour: 2 / 64
        assert row["P, adjusted"] == "0.0625"  # Holm of two features
        assert row["P, as published"] == "0.0143"  # z = 6 / sqrt(6) = 2.449

    def test_bold_is_the_adjusted_p_below_the_level_of_the_plan(self, made):
        assert not made()["preferences"].groups[0].rows[0][6].strong
        assert made(alpha=0.1)["preferences"].groups[0].rows[0][6].strong

    def test_missing_scores_and_what_is_undefined_are_said(self, made):
        row = cells(made()["preferences"], 1)

        assert row["n"] == "5"
        assert row["Notes"] == "1 missing; no difference in any reading"

    def test_the_bounds_of_missing_scores_are_there_only_where_some_are_missing(self, made, score_rows, small_study):
        row = cells(made()["missing_scores"], 1)
        assert (row["Missing"], row["Why"]) == ("1", "skipped 1")
        assert row["all wins: mean"] == "0.33"  # one 2 and five 0

        results = analyse(*small_study(score_rows([1, 0, 1])), comparisons=COMPARISON, seed=1, replicates=0)
        assert "missing_scores" not in {table.name for table in tables(View(results, {}))}

    def test_the_invalid_test_is_shown_only_where_the_plan_asks_and_says_what_it_is(self, made):
        assert not any("Mirrored" in column for column in made()["sensitivity"].columns)

        asked = made(sensitivity=["mirrored_rank_sum"])["sensitivity"]

        assert "Mirrored rank sum (invalid)" in asked.columns
        assert any("counts every score twice" in note for note in asked.notes)

    def test_the_note_names_the_family_that_the_plan_declares(self, made):
        assert "the primary family" in " ".join(made()["preferences"].notes)
        assert "over all 2 cells" in " ".join(made(family="all")["preferences"].notes)


class TestEquivalence:
    def test_the_margin_of_the_plan_is_said_or_that_there_is_none(self, made):
        assert "sets no margin" in made()["equivalence"].notes[0]
        assert "margin is 0.3 points" in made(ni_margin=0.3)["equivalence"].notes[0]
        assert "± 0.3: verdict" in made(ni_margin=0.3)["equivalence"].columns
