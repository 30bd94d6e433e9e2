import numpy as np
import pytest
from scipy import ndimage

from analysis.core.series_quality import edge_width_mm, noise_percent, noise_sigma
from readerstudy.core.errors import BadVolume


def disc(sigma_mm: float, *, dy: float = 0.5, dx: float = 0.5, noise: float = 0.0) -> np.ndarray:
    """A (2, 160, 160) bright disc whose rim a Gaussian of `sigma_mm` blurred, sampled four times finer before."""
    size, fine = 160, 4
    y, x = (np.arange(size * fine) / fine - size / 2)[:, None] * dy, (np.arange(size * fine) / fine - size / 2) * dx
    plane = ndimage.gaussian_filter(300.0 * (np.hypot(y, x) < 28) + 100, (fine * sigma_mm / dy, fine * sigma_mm / dx))
    return plane[2::fine, 2::fine] + np.random.default_rng(1).normal(0, noise, (2, size, size))


class TestNoiseSigma:
    @pytest.mark.parametrize("sigma", [2.0, 20.0])
    def test_it_finds_the_noise_that_was_added(self, sigma):
        assert noise_sigma(disc(0.8, noise=sigma)) == pytest.approx(sigma, rel=0.05)

    def test_edges_and_ramps_are_no_noise(self):
        assert noise_sigma(disc(0.8) + np.arange(160)) < 0.05

    def test_it_is_told_in_per_cent_of_the_foreground_too(self):
        flat = np.random.default_rng(0).normal(200, 10, (2, 64, 64))
        assert noise_percent(flat) == pytest.approx(5, rel=0.05)

    def test_it_refuses_slices_that_are_smaller_than_its_mask(self):
        with pytest.raises(BadVolume, match="too small"):
            noise_sigma(np.ones((3, 2, 8)))


class TestEdgeWidthMm:
    @pytest.mark.parametrize("sigma_mm", [0.5, 0.8, 1.2, 2.0])
    def test_it_finds_the_blur_of_a_step(self, sigma_mm):
        # The curved rim and the pixel's own width let it read up to 0.06 mm wide.
        assert edge_width_mm(disc(sigma_mm), spacing_mm=(4, 0.5, 0.5)) == pytest.approx(sigma_mm, abs=0.07)

    def test_pixels_need_not_be_square(self):
        found = edge_width_mm(disc(1.2, dy=0.9, dx=0.6), spacing_mm=(4, 0.9, 0.6))

        assert found == pytest.approx(1.2, abs=0.15)

    def test_noise_does_not_pass_for_sharpness(self):
        clean, noisy = (edge_width_mm(disc(0.8, noise=noise), spacing_mm=(4, 0.5, 0.5)) for noise in (0, 20))

        assert noisy == pytest.approx(clean, rel=0.05)

    def test_an_image_without_edges_has_no_width(self):
        with pytest.raises(BadVolume, match="edges"):
            edge_width_mm(np.zeros((1, 32, 32)) + np.arange(32), spacing_mm=(4, 1, 1))
