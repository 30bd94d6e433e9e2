"""The figures of conduct show the numbers of the results, for any number of readers, and nothing that is not there."""

import json

import numpy as np
import pytest

from analysis.core.plots.course import drift, straight_lining, time_course
from analysis.core.results import analyse
from analysis.core.results_json import to_json

COMPARISON = {"SOC_FAST": ("SOC", "FAST")}


@pytest.fixture
def results_of(small_study, score_rows):
    def made(*, readers=3, timed=True):
        rng = np.random.default_rng(1)
        rows = []
        for number in range(1, readers + 1):
            d = rng.integers(-1, 2, 30).tolist()
            own = [
                row for feature in ("snr", "artifacts") for row in score_rows(d, feature=feature, reader=f"R{number}")
            ]
            rows += [row | {"duration_s": 20 + row["presentation_order"] if timed else ""} for row in own]
        return analyse(*small_study(rows), comparisons=COMPARISON, seed=1, replicates=0)

    return made


class TestTimeCourse:
    def test_its_data_are_those_of_the_results(self, results_of):
        results = results_of()

        data = time_course(results).data

        own = data[data["reader"] == "R2"]
        assert own["median_s"].tolist() == results["course"]["R2"]["median_s"]
        assert own["duration_s"].tolist() == [20 + at for at in range(1, 31)]
        assert len(data) == 90

    @pytest.mark.parametrize("readers", [1, 2, 7])
    def test_there_is_one_line_of_medians_a_reader(self, results_of, readers):
        svg = time_course(results_of(readers=readers)).svg.decode()

        assert svg.count('id="rolling-median') == readers

    def test_without_times_there_is_none(self, results_of):
        results = results_of(timed=False)

        assert time_course(results) is None
        assert drift(results) is not None

    def test_stored_results_give_the_same_bytes_and_older_ones_no_figure(self, results_of):
        results = results_of()
        again = json.loads(to_json(results))

        for plot in (time_course, drift, straight_lining):
            assert plot(again).svg == plot(results).svg
        del again["course"]
        assert time_course(again) is None
        assert drift(again) is None


class TestDrift:
    def test_its_data_are_the_rolling_means(self, results_of):
        results = results_of(readers=2)

        data = drift(results).data

        assert data[data["reader"] == "R1"]["raw_mean"].tolist() == results["course"]["R1"]["raw_mean"]


class TestStraightLining:
    def test_shares_add_up_to_those_of_the_results(self, results_of):
        results = results_of()

        data = straight_lining(results).data.set_index("reader")

        for reader, own in results["straight_lining"].items():
            assert data.loc[reader, ["alike_no_difference", "alike_other"]].sum() == pytest.approx(own["prop_same"])
            assert data.loc[reader, "longest_run"] == own["longest_identical_run"]

    def test_one_feature_a_pair_cannot_be_alike(self, small_study, score_rows):
        results = analyse(*small_study(score_rows([1, 0, 1])), comparisons=COMPARISON, seed=1, replicates=0)

        assert straight_lining(results) is None
