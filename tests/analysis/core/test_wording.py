import re
from pathlib import Path

import pytest

from analysis.core import cells
from analysis.core.wording import NOTES, counted, format_p, interval, mean_sd, minutes, notes, plain


class TestFormatP:
    @pytest.mark.parametrize(
        ("p", "text"),
        [
            (None, "–"),
            (0.0, "<0.0001"),
            (4.4e-12, "<0.0001"),
            (0.00015609, "0.000156"),
            (0.0496, "0.0496"),
            (0.41108, "0.41"),
            (0.9999, ">0.99"),
            (1.0, "1"),
        ],
    )
    def test_it_never_prints_zero_nor_rounds_across_the_threshold(self, p, text):
        assert format_p(p) == text


class TestPlain:
    def test_a_minus_is_no_hyphen_and_zero_has_none(self):
        assert (plain(-1.25, 1), plain(-0.001, 1), plain(None, 1)) == ("−1.2", "0.0", "–")


class TestMeanSd:
    def test_a_mean_without_spread_says_so(self):
        assert (mean_sd(3.71, 0.52, 1), mean_sd(3.0, None, 1), mean_sd(None, None, 1)) == ("3.7 ± 0.5", "3.0 ± –", "–")


class TestInterval:
    def test_it_can_be_moved_to_the_scale(self):
        assert (interval([-0.1, 0.25], 2, shift=3), interval(None, 2)) == ("2.90 to 3.25", "–")


class TestNotes:
    def test_every_flag_of_a_cell_has_words(self):
        source = Path(cells.__file__).read_text(encoding="utf-8")
        found = source[source.index("found = {") : source.index("return [name for name")]

        assert set(re.findall(r'"([a-z_]+)": ', found)) | {"no_data", "all_ties"} == set(NOTES)

    def test_flags_are_told_in_words(self):
        assert notes("ok", ["small_n", "low_df"]) == "fewer than 10 preferences; few patients, interval uncertain"
        assert notes("ok", []) == ""

    def test_without_any_difference_nothing_else_needs_saying(self):
        assert notes("all_ties", ["small_n", "zero_variance"]) == "no difference in any reading"


class TestMinutes:
    def test_seconds_have_two_digits(self):
        assert (minutes(177), minutes(36.4), minutes(59.6)) == ("2:57", "0:36", "1:00")


class TestCounted:
    def test_one_is_not_many(self):
        assert [counted(n, "image set") for n in (0, 1, 2004)] == ["0 image sets", "1 image set", "2,004 image sets"]
