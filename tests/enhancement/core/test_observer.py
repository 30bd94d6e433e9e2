import numpy as np
import pytest
from scipy.stats import norm

from enhancement.core.observer import detectability, dog_channels, hotelling_template, responses
from readerstudy.core.errors import BadData

SIDE = 23


def blob(contrast=1.0, radius_px=3.0):
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE // 2
    return contrast * np.exp(-(y**2 + x**2) / (2 * (radius_px / 2) ** 2))


def noise(count, sigma=1.0, seed=1):
    return np.random.default_rng(seed).normal(0, sigma, (count, SIDE, SIDE))


def observed(signal, *, count=4000, internal_noise=0.0):
    channels = dog_channels(SIDE)
    present, absent = responses(noise(count) + signal, channels), responses(noise(count, seed=2), channels)
    return detectability(present, absent, internal_noise=internal_noise)


class TestDetectability:
    def test_in_white_noise_it_is_what_the_formula_says(self):
        """d'^2 = s^T U (U^T U)^-1 U^T s / sigma^2 (Barrett & Myers 2004, eq. 13.181), AUC = Phi(d' / sqrt 2)."""
        signal, channels = blob(0.6), dog_channels(SIDE)
        seen = channels.T @ signal.ravel()
        expected = float(np.sqrt(seen @ np.linalg.solve(channels.T @ channels, seen)))

        found = observed(signal)

        assert found.d_prime == pytest.approx(expected, rel=0.06)
        assert found.auc == pytest.approx(norm.cdf(expected / np.sqrt(2)), abs=0.01)

    def test_the_channels_see_most_of_a_small_lesion(self):
        """Against the ideal observer in white noise, whose d' is the norm of the signal."""
        assert 0.9 < observed(blob(0.6)).d_prime / np.linalg.norm(blob(0.6)) <= 1.05

    def test_without_a_lesion_it_guesses(self):
        found = observed(blob(0.0))

        assert found.d_prime == pytest.approx(0, abs=0.1)
        assert found.auc == pytest.approx(0.5, abs=0.03)

    def test_half_the_contrast_is_half_as_detectable(self):
        assert observed(blob(0.3)).d_prime == pytest.approx(observed(blob(0.6)).d_prime / 2, rel=0.1)

    def test_an_observer_of_its_own_uncertainty_sees_less(self):
        """Noise of the same variance within each channel halves d'^2 where channels are independent; here about so."""
        assert observed(blob(0.6), internal_noise=1.0).d_prime < observed(blob(0.6)).d_prime

    def test_too_few_patches_are_refused(self):
        channels = dog_channels(SIDE)

        with pytest.raises(BadData, match="40 patches"):
            detectability(*(responses(noise(20), channels) for _ in range(2)))


class TestHotellingTemplate:
    def test_it_ignores_channels_without_signal(self):
        rng = np.random.default_rng(1)
        absent = rng.normal(0, 1, (5000, 3))
        present = rng.normal(0, 1, (5000, 3)) + np.array([1, 0, 0])

        template = hotelling_template(present, absent)

        assert template[0] == pytest.approx(1, abs=0.08)
        assert np.abs(template[1:]).max() < 0.08


class TestDogChannels:
    def test_each_has_unit_norm_and_no_answer_to_a_constant(self):
        channels = dog_channels(SIDE)

        assert channels.shape == (SIDE * SIDE, 10)
        assert np.linalg.norm(channels, axis=0) == pytest.approx(np.ones(10))
        assert np.abs(channels.sum(0)).max() < 1e-9
