import numpy as np
import pytest
from scipy import ndimage

from enhancement.core.quality import ssim
from enhancement.core.residual import slice_figures


def scene(size=96):
    """A bright square with smooth edges on a bright ground, and a seed of white noise."""
    image = np.full((size, size), 100.0)
    image[30:60, 30:60] = 200
    return ndimage.gaussian_filter(image, 1).astype(np.float32)


def white(seed, sigma, size=96):
    return (np.random.default_rng(seed).standard_normal((size, size)) * sigma).astype(np.float32)


def figures(before, after):
    return slice_figures(before, after, level=20, peak=200)


class TestSliceFigures:
    def test_signal_and_change_are_means_over_tissue(self):
        found = figures(scene(), scene() + np.float32(2))

        assert found.signal == pytest.approx(float(scene().mean()), rel=1e-5)
        assert found.signal_after - found.signal == pytest.approx(2, rel=1e-3)
        assert found.change == pytest.approx(2, rel=1e-3)

    @pytest.mark.parametrize("share", [0.25, 1.0])
    def test_the_share_of_noise_that_was_removed(self, share):
        found = figures(scene() + white(1, 5), scene() + (1 - share) * white(1, 5))

        assert found.removed == pytest.approx(share, abs=0.03)

    def test_the_noise_is_that_of_the_input_less_its_slow_part(self):
        # A Gaussian of 2 pixels leaves 1 / (2 sqrt(pi) 2) = 0.141 of white noise's deviation
        found = figures(scene() + white(1, 5), scene())

        assert found.noise == pytest.approx(5 * np.sqrt(1 - 2 * 0.0705**2), rel=0.12)

    def test_ssim_is_wangs(self):
        before, after = scene() + white(1, 10), scene() + white(2, 5)

        assert figures(before, after).ssim == pytest.approx(ssim(before, after, peak=200), abs=1e-4)

    def test_slopes_that_are_halved_are_told(self):
        halved = 100 + (scene() - 100) / 2

        assert figures(scene(), halved).edge_energy == pytest.approx(0.5, abs=0.01)

    def test_pure_noise_removal_has_no_correlation_with_edges(self):
        assert abs(figures(scene() + white(1, 5), scene()).edge_correlation) < 0.05

    def test_blurring_has(self):
        before = scene() + white(1, 1)

        assert figures(before, ndimage.gaussian_filter(before, 1.5)).edge_correlation > 0.5

    def test_the_grain_of_something_else_than_the_noise_is_told(self):
        coarse = ndimage.gaussian_filter(white(2, 20), 1.5).astype(np.float32)

        same = figures(scene() + white(1, 5), scene()).colour
        other = figures(scene() + white(1, 5), scene() + white(1, 5) + coarse).colour

        assert same < 0.05
        assert other > 0.3

    def test_a_hill_stands_out_of_the_grain(self):
        y, x = np.mgrid[:96, :96]
        hill = 30 * np.exp(-((y - 75) ** 2 + (x - 20) ** 2) / (2 * 3**2)).astype(np.float32)

        assert figures(scene() + white(1, 5), scene()).hill < 7
        assert figures(scene() + white(1, 5), scene() + hill).hill > 14

    @pytest.mark.parametrize("shape", [(8, 200), (10, 10)])
    def test_too_small_a_slice_has_no_figures(self, shape):
        assert figures(np.full(shape, 100, np.float32), np.full(shape, 100, np.float32)) is None

    def test_air_alone_has_no_figures(self):
        assert figures(white(1, 1), white(2, 1)) is None
