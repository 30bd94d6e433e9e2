import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.core.image_metrics_preference import metric_preference

COMPARISONS = {"FASTDL_SOC": ("FASTDL", "SOC")}
SETS = [f"S{number}" for number in range(8)]


@pytest.fixture
def scores():
    """Two readers whose preference for FAST-DL rises with the number of the image set."""
    rng = np.random.default_rng(2)
    rows = [
        ("FASTDL_SOC", feature, image_set, float(np.clip(round(3 + (index - 4) / 2 + rng.normal()), 1, 5)))
        for index, image_set in enumerate(SETS)
        for feature in ("snr", "cord")
        for _ in range(2)
    ]
    return pd.DataFrame(rows, columns=["comparison_id", "feature_id", "image_set_id", "pref"])


@pytest.fixture
def metrics():
    return pd.DataFrame(
        {
            "image_set_id": SETS,
            "patient_id": SETS,
            "l1_soc_fastdl": [3.0, 1, 4, 1, 5, 9, 2, 6],
            "noise_soc": np.arange(8.0),
            "noise_fastdl": 2 * np.arange(8.0),
            "ssim_soc_socdl": 0.9,
        }
    )


class TestMetricPreference:
    def test_a_metric_of_two_series_enters_as_it_is_and_equals_scipy(self, scores, metrics):
        found = metric_preference(scores, metrics, COMPARISONS)["FASTDL_SOC"]["l1_soc_fastdl"]

        snr = scores[scores["feature_id"] == "snr"].groupby("image_set_id")["pref"].mean()
        expected = stats.spearmanr(metrics["l1_soc_fastdl"], snr[SETS])
        assert found["of"] == "pair"
        assert found["features"]["snr"]["rho"] == pytest.approx(expected.statistic, rel=1e-9)
        assert found["features"]["snr"]["p_t"] == pytest.approx(expected.pvalue, rel=1e-9)
        assert found["features"]["snr"]["n"] == 8

    def test_a_metric_of_one_series_enters_as_first_named_arm_less_the_other(self, scores, metrics):
        found = metric_preference(scores, metrics, COMPARISONS)["FASTDL_SOC"]["noise"]

        assert found["of"] == "difference"
        assert found["features"]["snr"]["rho"] > 0

    def test_metrics_of_other_arms_are_left_out(self, scores, metrics):
        assert "ssim_soc_socdl" not in metric_preference(scores, metrics, COMPARISONS)["FASTDL_SOC"]

    def test_exchanging_the_arms_of_the_comparison_turns_the_sign_of_a_difference(self, scores, metrics):
        turned = scores.assign(pref=6 - scores["pref"])

        one = metric_preference(scores, metrics, COMPARISONS)["FASTDL_SOC"]["noise"]["features"]["cord"]["rho"]
        two = metric_preference(turned, metrics, {"FASTDL_SOC": ("SOC", "FASTDL")})["FASTDL_SOC"]["noise"]

        assert two["features"]["cord"]["rho"] == pytest.approx(one)

    def test_readers_who_never_differ_leave_it_undefined(self, scores, metrics):
        found = metric_preference(scores.assign(pref=3.0), metrics, COMPARISONS)["FASTDL_SOC"]["noise"]

        assert found["features"]["snr"] == {"n": 8, "rho": None, "p_t": None, "ci_bonett_wright": None}

    def test_missing_scores_and_metrics_drop_their_image_set_only(self, scores, metrics):
        scores.loc[scores["image_set_id"] == "S0", "pref"] = np.nan
        metrics.loc[1, "noise_soc"] = np.nan

        assert metric_preference(scores, metrics, COMPARISONS)["FASTDL_SOC"]["noise"]["features"]["snr"]["n"] == 6
