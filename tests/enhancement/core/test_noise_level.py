import numpy as np
import pytest

from enhancement.core.noise import acquire
from enhancement.core.noise_level import air_sigma, blind_sigma, wavelet_sigma


def rayleigh_air_around_tissue(sigma=7.0):
    rng = np.random.default_rng(1)
    signal = np.zeros((3, 96, 96))
    signal[:, 40:56, 40:56] = 500
    return np.abs(signal + sigma * (rng.standard_normal(signal.shape) + 1j * rng.standard_normal(signal.shape)))


class TestWaveletSigma:
    @pytest.mark.parametrize("side", [128, 129])
    def test_white_noise_is_measured_whatever_the_signal(self, side):
        plane = np.add.outer(10.0 * np.arange(side), 5.0 * np.arange(side))
        noise = np.random.default_rng(1).normal(0, 5, (5, side, side))

        assert wavelet_sigma(plane + noise) == pytest.approx(5, rel=0.05)

    def test_it_agrees_with_scikit_image_and_pywavelets(self):
        """skimage.restoration.estimate_sigma 0.26 with PyWavelets 1.9 gives 4.922134 for this image."""
        image = np.random.default_rng(0).normal(100, 5, (64, 64))

        assert wavelet_sigma(image[None]) == pytest.approx(4.922134, abs=1e-6)

    def test_on_zero_filled_images_it_is_far_too_low(self):
        flat = np.full((2, 96, 96), 100.0)
        noisy = acquire(flat, rng=np.random.default_rng(1), snr=20, zero_fill=1.6)

        assert wavelet_sigma(noisy) < 0.5 * 5

    def test_an_empty_image_has_none(self):
        assert wavelet_sigma(np.zeros((1, 16, 16))) == 0


class TestAirSigma:
    def test_the_noise_of_one_channel_is_read_from_the_air(self):
        assert air_sigma(rayleigh_air_around_tissue(7)) == pytest.approx(7, rel=0.03)

    def test_a_masked_background_tells_nothing(self):
        volume = rayleigh_air_around_tissue()
        volume[:, ::2] = 0

        assert air_sigma(volume) == 0

    def test_without_air_there_is_no_estimate(self):
        assert air_sigma(np.full((2, 64, 64), 100.0)) == 0


class TestBlindSigma:
    def test_it_is_the_larger_of_both(self):
        masked = np.full((2, 64, 64), 100.0) + np.random.default_rng(1).normal(0, 5, (2, 64, 64))
        correlated = acquire(
            np.pad(np.full((2, 32, 32), 100.0), ((0, 0), (40, 40), (40, 40))),
            rng=np.random.default_rng(1),
            snr=10,
            zero_fill=1.6,
        )

        assert blind_sigma(masked) == wavelet_sigma(masked) > 0
        assert blind_sigma(correlated) == air_sigma(correlated) > wavelet_sigma(correlated)

    def test_it_is_never_zero(self):
        assert blind_sigma(np.zeros((1, 32, 32))) > 0
