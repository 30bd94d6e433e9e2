"""The canonical layouts, byte for byte, and what they must never lose."""

import pandas as pd
import pytest

from analysis.core.csv_text import to_csv
from analysis.core.export import frames
from tests.analysis.core.export.conftest import long_table

COMPARISONS = {"SOC_FAST": ("SOC", "FAST")}


class TestCanonicalLayouts:
    @pytest.mark.parametrize(
        ("name", "make"),
        [
            ("ratings_long.csv", lambda long: long),
            ("ratings_wide_by_presentation.csv", frames.wide_by_presentation),
            ("ratings_wide_by_reader.csv", frames.wide_by_reader),
        ],
    )
    def test_it_is_the_example_byte_for_byte(self, tiny, examples, name, make):
        assert to_csv(make(tiny)).encode() == (examples / name).read_bytes()


class TestRatingsLong:
    def test_pref_is_the_raw_score_mirrored_where_arm_a_stood_left(self, reference_folder):
        long = long_table(reference_folder, "hard").dropna(subset=["raw_score"])

        mirrored = long["raw_score"].where(long["a_on_left"] == 0, 6 - long["raw_score"])
        assert (long["pref_score"] == mirrored).all()
        assert (long["pref_delta"] == long["pref_score"] - 3).all()

    def test_a_missing_score_stays_missing_with_its_reason(self, small_study, score_rows):
        long = frames.ratings_long(*small_study(score_rows([1, None])), COMPARISONS)

        assert long.loc[1, ["raw_score", "pref_score", "pref_delta"]].isna().all()
        assert long.loc[1, "missing_reason"] == "skipped"

    def test_the_arms_are_those_of_the_comparison_whatever_the_sides(self, small_study, score_rows):
        long = frames.ratings_long(*small_study(score_rows([1, 1])), COMPARISONS)

        assert list(long["a_on_left"]) == [0, 1]
        assert set(zip(long["arm_a"], long["arm_b"], strict=True)) == {("SOC", "FAST")}


class TestWideByPresentation:
    def test_every_presentation_stands_once_even_without_any_score(self, small_study, score_rows):
        long = frames.ratings_long(*small_study(score_rows([None, 2])), COMPARISONS)

        wide = frames.wide_by_presentation(long)

        assert list(wide["presentation_id"]) == ["R1-0000", "R1-0001"]
        assert wide["pref_snr"].isna().tolist() == [True, False]


class TestWideByReader:
    def test_repeats_do_not_enter(self, small_study, score_rows):
        rows = score_rows([1, 2])
        again = [
            {**row, "replicate": 2, "presentation_id": f"{row['presentation_id']}x"} for row in score_rows([-2, -2])
        ]

        wide = frames.wide_by_reader(frames.ratings_long(*small_study(rows + again), COMPARISONS))

        assert list(wide["pref_R1"]) == [4, 5]

    def test_a_reader_who_scored_nothing_has_an_empty_column(self, small_study, score_rows):
        rows = score_rows([1, 0], reader="R1") + score_rows([None, None], reader="R2")

        wide = frames.wide_by_reader(frames.ratings_long(*small_study(rows), COMPARISONS))

        assert pd.isna(wide["pref_R2"]).all()
        assert list(wide["pref_R1"]) == [4, 3]
