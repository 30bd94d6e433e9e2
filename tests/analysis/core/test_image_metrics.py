import json

import numpy as np
import pandas as pd
import pytest

from analysis.core.image_metrics import (
    data_range_of,
    foreground_l1,
    image_metrics_summary,
    l1_volume,
    normalised_l1,
    nrmse,
    psnr,
    ssim_volume,
)
from readerstudy.core.errors import BadVolume


@pytest.fixture(scope="module")
def reference_case(reference_folder):
    folder = reference_folder / "image"
    values = json.loads((folder / "ssim_case.json").read_text("utf-8"))["values"]
    with np.load(folder / "ssim_case.npz") as arrays:
        volumes = {name: arrays[name] for name in arrays.files}
    return volumes, values


@pytest.fixture
def volume():
    return np.random.default_rng(4).integers(0, 900, (2, 16, 16)).astype(np.uint16)


class TestSsimVolume:
    def test_a_volume_is_identical_to_itself(self, volume):
        assert ssim_volume(volume, volume, data_range=data_range_of(volume)) == 1

    def test_a_constant_shift_follows_the_formula(self):
        # Without variation only luminance remains: (2ab + C1) / (a^2 + b^2 + C1), C1 = (0.01 L)^2.
        a, b, L = 100.0, 200.0, 1000.0
        expected = (2 * a * b + 100) / (a**2 + b**2 + 100)

        found = ssim_volume(np.full((1, 12, 12), a), np.full((1, 12, 12), b), data_range=L)

        assert found == pytest.approx(expected)

    @pytest.mark.parametrize("pair", ["soc_socdl", "fast_fastdl", "soc_fast", "soc_fastdl"])
    def test_it_equals_the_reference_case(self, reference_case, pair):
        volumes, values = reference_case
        a, b = (volumes[name] for name in pair.split("_"))
        expected = values[pair]["volume_reference_max_minus_min (DEFAULT)"]

        assert data_range_of(a) == expected["L"]
        assert ssim_volume(a, b, data_range=expected["L"]) == pytest.approx(expected["ssim"], rel=1e-9)

    def test_it_refuses_slices_smaller_than_its_window(self):
        with pytest.raises(BadVolume, match="10 × 16 are smaller than the window of 11"):
            ssim_volume(np.ones((1, 10, 16)), np.ones((1, 10, 16)), data_range=1)

    def test_it_refuses_unequal_shapes(self, volume):
        with pytest.raises(BadVolume, match="cannot be compared"):
            ssim_volume(volume, volume[:1], data_range=1)

    @pytest.mark.parametrize("data_range", [0, -1, float("nan")])
    def test_it_refuses_a_data_range_that_is_not_positive(self, volume, data_range):
        with pytest.raises(BadVolume, match="data range"):
            ssim_volume(volume, volume, data_range=data_range)


class TestDataRangeOf:
    def test_a_constant_volume_has_none(self):
        with pytest.raises(BadVolume, match="one value only"):
            data_range_of(np.ones((1, 12, 12)))


class TestL1Volume:
    def test_unsigned_values_do_not_wrap(self):
        small, large = np.zeros((1, 2, 2), np.uint16), np.full((1, 2, 2), 57, np.uint16)
        assert l1_volume(small, large) == 57

    @pytest.mark.parametrize("pair", ["soc_fast", "soc_fastdl"])
    def test_it_equals_the_reference_case(self, reference_case, pair):
        volumes, values = reference_case
        a, b = (volumes[name] for name in pair.split("_"))

        assert l1_volume(a, b) == pytest.approx(values[pair]["L1_mean_abs"], rel=1e-12)
        assert foreground_l1(a, b) == pytest.approx(values[pair]["L1_foreground"], rel=1e-12)
        assert normalised_l1(a, b) == pytest.approx(values[pair]["nL1_percent_of_reference_mean"], rel=1e-12)

    def test_it_refuses_values_that_are_not_finite(self, volume):
        with pytest.raises(BadVolume, match="finite"):
            l1_volume(volume, np.full(volume.shape, np.nan))


class TestForegroundL1:
    def test_only_pixels_above_a_twentieth_of_the_bright_ones_count(self):
        reference = np.array([[[100.0, 100, 4, 0]]])
        assert foreground_l1(reference, reference + np.array([10, 20, 50, 50])) == 15

    def test_an_empty_reference_has_no_foreground(self):
        with pytest.raises(BadVolume, match="no foreground"):
            foreground_l1(np.zeros((1, 2, 2)), np.ones((1, 2, 2)))


class TestNormalisedL1:
    def test_it_is_in_per_cent_of_the_reference(self):
        assert normalised_l1(np.full((1, 2, 2), 50.0), np.full((1, 2, 2), 60.0)) == 20

    def test_a_reference_of_mean_zero_is_refused(self):
        with pytest.raises(BadVolume, match="mean of 0"):
            normalised_l1(np.zeros((1, 2, 2)), np.ones((1, 2, 2)))


class TestPsnr:
    def test_it_is_ten_log_of_the_squared_range_over_the_mean_squared_difference(self):
        assert psnr(np.zeros((1, 2, 2)), np.full((1, 2, 2), 10.0), data_range=1000) == pytest.approx(40)

    def test_equal_series_have_none(self, volume):
        assert psnr(volume, volume, data_range=900) is None


class TestNrmse:
    def test_it_is_a_share_of_the_references_root_mean_square(self):
        assert nrmse(np.full((1, 2, 2), 50.0), np.full((1, 2, 2), 55.0)) == pytest.approx(0.1)

    def test_an_empty_reference_is_refused(self):
        with pytest.raises(BadVolume, match="0 everywhere"):
            nrmse(np.zeros((1, 2, 2)), np.ones((1, 2, 2)))


class TestImageMetricsSummary:
    def test_it_tests_whether_enhancement_brings_the_fast_scan_nearer(self):
        frame = pd.DataFrame(
            {
                "image_set_id": list("abc"),
                "patient_id": ["P1", "P2", "P3"],
                "l1_soc_fast": [10.0, 12.0, 14.0],
                "l1_soc_fastdl": [9.0, 10.0, np.nan],
            }
        )

        found = image_metrics_summary(frame)

        assert found["n_measured"] == {"l1_soc_fast": 3, "l1_soc_fastdl": 2}
        assert found["l1_soc_fast"] == [12, 2]
        assert (found["V"], found["p_exact"], found["mean_diff"]) == (3, 0.5, 1.5)

    def test_without_both_l1_there_is_no_test(self):
        frame = pd.DataFrame({"image_set_id": ["a"], "patient_id": ["P1"], "ssim_soc_socdl": [0.9]})
        assert "V" not in image_metrics_summary(frame)
