import numpy as np
import pytest

from enhancement.core.quality import (
    data_range,
    edge_masks,
    edge_retention,
    homogeneous_tissue,
    low_frequency_error,
    noise_variance,
    nrmse,
    psnr,
    ssim,
    ssim_map,
)
from readerstudy.core.errors import BadVolume

EVERYWHERE = np.ones((32, 32), bool)


def flat(value=100.0):
    return np.full((32, 32), value)


def ramps():
    """Columns of slope 1, 4 and 10 per pixel: few steep pixels, more of middling steepness, the rest gentle."""
    slopes = np.ones(100)
    slopes[80:94] = 4
    slopes[94:] = 10
    return np.tile(np.cumsum(slopes), (40, 1))


class TestDataRange:
    def test_one_bright_pixel_in_ten_thousand_does_not_set_it(self):
        image = np.full((100, 100), 50.0)
        image[0, 0] = 1e6

        assert data_range(image) == pytest.approx(50)


class TestPsnr:
    def test_an_error_of_a_tenth_of_the_peak_is_twenty_decibels(self):
        assert psnr(flat(110), flat(100), tissue=EVERYWHERE, peak=100) == pytest.approx(20)

    def test_only_tissue_counts(self):
        image, tissue = flat(110), EVERYWHERE.copy()
        image[:16], tissue[:16] = 1e6, False

        assert psnr(image, flat(100), tissue=tissue, peak=100) == pytest.approx(20)

    def test_equal_images_are_infinitely_good(self):
        assert psnr(flat(), flat(), tissue=EVERYWHERE, peak=100) == np.inf

    def test_without_tissue_there_is_nothing_to_measure(self):
        with pytest.raises(BadVolume, match="tissue"):
            psnr(flat(), flat(), tissue=~EVERYWHERE, peak=100)


class TestNrmse:
    def test_it_is_the_rms_error_over_the_mean_of_the_reference(self):
        image = flat(200.0)
        image[::2] += 6
        image[1::2] -= 8

        assert nrmse(image, flat(200), tissue=EVERYWHERE) == pytest.approx(np.sqrt((36 + 64) / 2) / 200)


class TestSsim:
    def test_of_two_flat_images_only_the_luminance_term_is_left(self):
        # Wang 2004, eq. 6 with C1 = (0.01 * 100)^2; contrast and structure are 1
        expected = (2 * 100 * 50 + 1) / (100**2 + 50**2 + 1)

        assert ssim(flat(100), flat(50), peak=100) == pytest.approx(expected)

    def test_it_is_symmetric_and_one_for_equal_images(self):
        first, second = np.random.default_rng(1).uniform(0, 100, (2, 32, 32))

        assert ssim(first, first, peak=100) == pytest.approx(1)
        assert ssim(first, second, peak=100) == pytest.approx(ssim(second, first, peak=100))

    def test_the_window_is_wangs(self):
        """An 11 x 11 Gaussian of sigma 1.5, population moments: worked out here for the one central pixel."""
        first, second = np.random.default_rng(1).uniform(0, 100, (2, 11, 11))
        offsets = np.arange(-5, 6)
        weights = np.exp(-(offsets[:, None] ** 2 + offsets[None, :] ** 2) / 2 / 1.5**2)
        weights /= weights.sum()
        mean = [(weights * image).sum() for image in (first, second)]
        variance = [(weights * image**2).sum() - m**2 for image, m in zip((first, second), mean, strict=True)]
        covariance = (weights * first * second).sum() - mean[0] * mean[1]
        luminance = (2 * mean[0] * mean[1] + 1) / (mean[0] ** 2 + mean[1] ** 2 + 1)
        structure = (2 * covariance + 9) / (sum(variance) + 9)

        assert ssim_map(first, second, peak=100)[5, 5] == pytest.approx(luminance * structure)

    def test_the_border_counts_too(self):
        image = np.random.default_rng(1).uniform(0, 100, (32, 32))
        spoiled = image.copy()
        spoiled[0] = 0

        assert ssim(image, spoiled, peak=100) < 0.97

    def test_an_image_smaller_than_its_window_is_refused(self):
        with pytest.raises(BadVolume, match="11 pixels"):
            ssim(np.ones((10, 40)), np.ones((10, 40)), peak=1)


class TestEdges:
    def test_the_steepest_are_strong_the_next_are_weak(self):
        edges = edge_masks(ramps(), tissue=np.ones((40, 100), bool))

        assert np.array_equal(np.unique(np.nonzero(edges.strong)[1]), np.arange(94, 100))
        assert np.array_equal(np.unique(np.nonzero(edges.weak)[1]), np.arange(80, 94))

    def test_edges_outside_tissue_are_none(self):
        tissue = np.ones((40, 100), bool)
        tissue[:, 90:] = False

        edges = edge_masks(ramps(), tissue=tissue)

        assert not (edges.strong | edges.weak)[:, 90:].any()

    def test_a_halved_slope_is_half_retained(self):
        strong = edge_masks(ramps(), tissue=np.ones((40, 100), bool)).strong

        assert edge_retention(ramps() / 2 + 30, ramps(), edges=strong) == pytest.approx(0.5)

    def test_a_gradient_across_the_edge_does_not_count(self):
        strong = edge_masks(ramps(), tissue=np.ones((40, 100), bool)).strong
        across = ramps() + 50 * np.arange(40)[:, None]

        assert edge_retention(across, ramps(), edges=strong) == pytest.approx(1)

    def test_without_an_edge_it_is_not_a_number(self):
        assert np.isnan(edge_retention(flat(), flat(), edges=EVERYWHERE))


class TestHomogeneousTissue:
    def test_it_lies_away_from_steps_and_from_the_border_of_the_tissue(self):
        reference = np.full((64, 64), 100.0)
        reference[:, 32:] = 200 + np.arange(32) * 5
        tissue = np.zeros((64, 64), bool)
        tissue[8:56, 8:56] = True

        found = homogeneous_tissue(reference, tissue=tissue)

        assert found.any()
        assert set(np.nonzero(found)[1]) <= set(range(11, 32))
        assert set(np.nonzero(found)[0]) <= set(range(11, 53))

    def test_where_nothing_is_left_inside_the_whole_tissue_serves(self):
        tissue = np.zeros((32, 32), bool)
        tissue[10:14, :] = True

        assert homogeneous_tissue(flat(), tissue=tissue).sum() == tissue.sum()


class TestNoiseVariance:
    def test_it_is_the_variance_of_the_error_and_ignores_a_shift(self):
        image = flat(103)
        image[::2] += 4

        assert noise_variance(image, flat(100), flat=EVERYWHERE) == pytest.approx(4)


class TestLowFrequencyError:
    def test_fine_noise_passes_and_an_invented_blob_does_not(self):
        checkerboard = 10.0 * (-1) ** np.add.outer(np.arange(32), np.arange(32))
        blob = 10 * np.exp(-np.add.outer((np.arange(32) - 16.0) ** 2, (np.arange(32) - 16.0) ** 2) / 2 / 4**2)

        assert low_frequency_error(flat() + checkerboard, flat(), flat=EVERYWHERE) < 0.5
        assert low_frequency_error(flat() + blob, flat(), flat=EVERYWHERE) > 5

    def test_a_constant_shift_is_no_structure(self):
        assert low_frequency_error(flat(130), flat(100), flat=EVERYWHERE) == pytest.approx(0, abs=1e-9)
