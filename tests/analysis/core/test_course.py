"""The course of reading: rolling medians and means counted by hand, short at both ends, thinned when long."""

import numpy as np
import pandas as pd
import pytest

from analysis.core.course import MOST_POINTS, WINDOW, course, kept_places


def shown(seconds, *, reader="R1", m=None):
    n = len(seconds)
    return pd.DataFrame(
        {"reader_id": reader, "presentation_order": range(1, n + 1), "duration_s": seconds,
         "ad": np.abs(m) if m is not None else 0.0, "m": m if m is not None else 0.0}
    )  # fmt: skip


class TestCourse:
    def test_the_median_of_each_window_is_that_of_its_values_sorted(self):
        seconds = np.random.default_rng(3).lognormal(3, 0.5, 60).round(1)

        found = course(shown(seconds))["R1"]

        half = WINDOW // 2
        windows = [sorted(seconds[max(0, at - half) : at + half + 1]) for at in range(60)]
        expected = [(one[(len(one) - 1) // 2] + one[len(one) // 2]) / 2 for one in windows]
        assert found["median_s"] == pytest.approx(expected)
        assert found["q1_s"] == pytest.approx([round(float(np.quantile(one, 0.25)), 3) for one in windows], abs=1e-3)
        assert found["order"] == list(range(1, 61))
        assert found["duration_s"] == seconds.tolist()

    def test_an_outlier_does_not_move_the_median_and_a_slow_down_does(self):
        seconds = np.full(60, 20.0)
        seconds[30] = 9000
        seconds[45:] = 40

        found = course(shown(seconds))["R1"]

        assert found["median_s"][30] == 20
        assert (found["median_s"][0], found["median_s"][-1]) == (20, 40)

    def test_what_has_no_time_has_no_median_and_is_passed_over_by_the_windows_of_others(self):
        gap, none = course(shown([10.0, np.nan, 30.0]))["R1"], course(shown([np.nan] * 3))["R1"]
        unread = course(shown([20.0] * 20 + [40.0] * 11 + [np.nan] * 30))["R1"]

        assert (gap["median_s"][0], gap["median_s"][2]) == (20, 20)
        assert np.isnan([gap["median_s"][1], *none["median_s"], *unread["median_s"][31:]]).all()
        assert unread["median_s"][30] == 40  # of the eleven last ones that were read

    def test_strength_and_side_are_means_and_readers_do_not_mix(self):
        both = pd.concat([shown([1.0] * 4, m=np.array([1, -1, 0.5, 0])), shown([1.0], reader="R2", m=np.array([-2.0]))])

        found = course(both)

        assert found["R1"]["raw_mean"] == [0.125] * 4
        assert found["R1"]["abs_preference"] == [0.625] * 4
        assert (found["R2"]["raw_mean"], found["R2"]["n"]) == ([-2], 1)

    def test_of_a_long_course_evenly_spaced_places_are_kept_with_both_ends(self):
        found = course(shown(np.arange(5000.0)))["R1"]

        assert found["n"] == 5000
        assert len(found["order"]) == MOST_POINTS
        assert (found["order"][0], found["order"][-1]) == (1, 5000)
        assert set(np.diff(kept_places(5000))) <= {16, 17}
        assert kept_places(MOST_POINTS).tolist() == list(range(MOST_POINTS))
