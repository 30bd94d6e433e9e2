import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest

from enhancement.core.noise import (
    acquire,
    draw_complex_noise,
    foreground,
    make_g_map,
    make_window,
    rician_mean,
    simulate,
    tabled_rician_mean,
)
from readerstudy.core.errors import BadSetting, NotAVolume

SHARED = Path(os.environ.get("READERSTUDY_SHARED", Path(__file__).resolve().parents[4] / "shared"))
BENCH = SHARED / "denoising" / "prototype" / "bench.py"


def flat_volume(signal=100.0, shape=(4, 64, 64)):
    return np.full(shape, signal, np.float32)


class TestAcquire:
    def test_the_noise_has_the_level_that_the_snr_says(self):
        noisy = acquire(flat_volume(), rng=np.random.default_rng(1), snr=20)

        assert noisy.dtype == np.float32
        assert noisy.std() == pytest.approx(100 / 20, rel=0.05)

    def test_two_averages_lower_the_noise_by_the_root_of_two(self):
        once = acquire(flat_volume(), rng=np.random.default_rng(1), snr=20)
        twice = acquire(flat_volume(), rng=np.random.default_rng(1), snr=20, averages=2)

        assert once.std() / twice.std() == pytest.approx(np.sqrt(2), rel=0.02)

    def test_zero_filling_keeps_the_level_and_correlates_neighbours(self):
        noisy = acquire(flat_volume(), rng=np.random.default_rng(1), snr=20, zero_fill=2)
        noise = noisy - noisy.mean()

        neighbours = (noise[..., 1:] * noise[..., :-1]).mean() / noise.var()
        assert noise.std() == pytest.approx(5, rel=0.1)
        assert neighbours == pytest.approx(2 / np.pi, abs=0.08)  # sinc(1/2) of a band of half the width

    def test_a_g_factor_makes_the_noise_uneven(self):
        even = acquire(flat_volume(shape=(64, 32, 32)), rng=np.random.default_rng(1), snr=20)
        uneven = acquire(flat_volume(shape=(64, 32, 32)), rng=np.random.default_rng(1), snr=20, g_max=2.2)

        assert np.ptp(uneven.std(0)) > 1.5 * np.ptp(even.std(0))

    def test_the_same_generator_gives_the_same_image(self):
        first, second = (acquire(flat_volume(), rng=np.random.default_rng(3), snr=9, g_max=2) for _ in range(2))

        assert np.array_equal(first, second)

    def test_it_refuses_a_single_slice_without_its_axis(self):
        with pytest.raises(NotAVolume):
            acquire(np.ones((8, 8), np.float32), rng=np.random.default_rng(1), snr=20)

    @pytest.mark.parametrize(
        "setting",
        [{"snr": 0}, {"zero_fill": 0.5}, {"phase_fraction": 0}, {"window": "hann"}, {"g_max": 0.5}, {"averages": 0}],
    )
    def test_it_refuses_settings_that_no_scanner_has(self, setting):
        with pytest.raises(BadSetting):
            acquire(flat_volume(), rng=np.random.default_rng(1), **({"snr": 20} | setting))


class TestMakeWindow:
    def test_it_keeps_the_acquired_part_of_k_space(self):
        window = make_window((100, 100), zero_fill=2, phase_fraction=0.8)

        assert window.mean() == pytest.approx(0.5 * 0.4, abs=0.02)

    def test_an_ellipse_cuts_the_corners(self):
        full, ellipse = make_window((100, 100)), make_window((100, 100), kind="elliptical")

        assert ellipse.mean() / full.mean() == pytest.approx(np.pi / 4, abs=0.01)


class TestMakeGMap:
    def test_it_lies_between_one_and_its_maximum(self):
        g_map = make_g_map((40, 50), g_max=1.8, rng=np.random.default_rng(1))

        assert g_map.shape == (40, 50)
        assert g_map.min() == pytest.approx(1)
        assert g_map.max() == pytest.approx(1.8)


class TestRicianMean:
    def test_air_has_the_mean_of_the_rayleigh_distribution(self):
        assert rician_mean(np.zeros(1), np.ones(1)) == pytest.approx(np.sqrt(np.pi / 2))

    def test_bright_tissue_keeps_its_signal(self):
        assert rician_mean(np.array([1000.0]), np.array([1.0])) == pytest.approx(1000.0005, abs=1e-5)

    def test_it_is_what_many_acquisitions_converge_to(self):
        rng = np.random.default_rng(1)
        draws = np.abs(2 + rng.standard_normal(200_000) + 1j * rng.standard_normal(200_000))

        assert rician_mean(np.array([2.0]), np.array([1.0])) == pytest.approx(draws.mean(), abs=0.01)


class TestSimulate:
    @pytest.mark.skipif(not BENCH.is_file(), reason="the shared prototype is not here (READERSTUDY_SHARED)")
    @pytest.mark.parametrize(("kind", "theirs"), [("none", "none"), ("elliptical+tukey", "elltukey")])
    def test_it_agrees_with_the_reference_simulator(self, kind, theirs, monkeypatch):
        bench = load_bench(monkeypatch)
        y, x = np.mgrid[-1:1:64j, -1:1:48j]
        clean = (100 * (x**2 + y**2 < 0.8) * (1 + 0.3 * np.sin(9 * y)))[None].astype(np.float32)
        reference_rng, rng = np.random.default_rng(5), np.random.default_rng(5)
        window = bench.kfilter((64, 48), (1 / 1.3, 0.75 / 1.3), theirs, 0.3)
        g_map = bench.gmap((64, 48), 1.6, reference_rng)
        target, (noisy,), sigma = bench.simulate(clean, window, 15, g_map, reference_rng, [1.0])

        taken = simulate(
            clean,
            window=make_window((64, 48), zero_fill=1.3, phase_fraction=0.75, kind=kind),
            g_map=make_g_map((64, 48), g_max=1.6, rng=rng),
            snr=15,
            rng=rng,
        )

        assert np.allclose(taken.noise_free_zyx, target, atol=1e-3)
        assert np.allclose(taken.noisy_zyx, noisy, atol=1e-3)
        assert np.allclose(taken.sigma, sigma, rtol=1e-5)


class TestForeground:
    def test_it_finds_the_body_in_air(self):
        volume = np.zeros((1, 64, 64), np.float32)
        volume[0, 16:48, 16:48] = 100

        tissue = foreground(volume)

        assert tissue[0, 32, 32]
        assert not tissue[0, 2, 2]


def load_bench(monkeypatch):
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        monkeypatch.setenv(name, "1")  # the script sets them where they are absent
    monkeypatch.setenv("ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS", "1")
    spec = importlib.util.spec_from_file_location("reference_bench", BENCH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestTabledRicianMean:
    def test_it_agrees_with_the_formula(self):
        amplitude = np.linspace(0, 40, 5001)

        exact = rician_mean(amplitude, np.full(1, 0.7))

        assert np.abs(tabled_rician_mean(amplitude, np.full(1, 0.7)) - exact).max() < 5e-5


class TestDrawComplexNoise:
    @pytest.mark.parametrize("zero_fill", [1.0, 2.0])
    def test_each_channel_has_unit_deviation_whatever_the_window(self, zero_fill):
        window = make_window((200, 240), zero_fill=zero_fill, kind="elliptical")

        noise = draw_complex_noise(window, rng=np.random.default_rng(1))

        assert noise.real.std() == pytest.approx(1, rel=0.03)
        assert noise.imag.std() == pytest.approx(1, rel=0.03)
        assert not np.abs(np.fft.fft2(noise))[window == 0].max() > 1e-2
