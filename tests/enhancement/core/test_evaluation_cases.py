from itertools import product

import numpy as np
import pytest
from scipy import ndimage

from enhancement.core.dead_leaves import draw_dead_leaves
from enhancement.core.evaluation_cases import SNRS, Setting, make_case, setting_for
from enhancement.core.noise import WINDOWS
from readerstudy.core.errors import BadVolume

PLAIN = Setting(snr=15, zero_fill=1.0, phase_fraction=1.0, window="none", g_max=1.0)


def disc(side=96, slices=2):
    """Flat tissue in air with a soft border, without any noise."""
    y, x = np.mgrid[:side, :side] - side / 2
    return np.tile(70 / (1 + np.exp((np.hypot(y, x) - 0.4 * side) / 1.5)), (slices, 1, 1)).astype(np.float32)


def case_of(clean=None, *, setting=PLAIN, name="v", case_index=0, seed=7, window_px=64):
    clean = disc() if clean is None else clean
    return make_case(clean, name=name, setting=setting, case_index=case_index, seed=seed, window_px=window_px)


class TestSettingFor:
    def test_four_cases_meet_every_noise_level_and_window(self):
        for volume in range(5):
            settings = [setting_for(volume, case, cases=4) for case in range(4)]

            assert {setting.snr for setting in settings} == set(SNRS)
            assert {setting.window for setting in settings} == set(WINDOWS)

    def test_with_two_cases_the_volumes_share_the_levels_out(self):
        settings = [setting_for(volume, case, cases=2) for volume, case in product(range(12), range(2))]

        assert {snr: [s.snr for s in settings].count(snr) for snr in SNRS} == dict.fromkeys(SNRS, 6)
        assert {s.zero_fill for s in settings} == {1.0, 1.3, 1.6}
        assert {s.g_max for s in settings} == {1.0, 1.6, 2.2}
        assert {s.phase_fraction for s in settings} == {1.0, 0.75}


class TestMakeCase:
    def test_fast_has_the_noise_of_its_snr_and_soc_less_by_the_root_of_two(self):
        case = case_of()
        bright = case.reference > 600  # nearer to the air the magnitude of noise is no longer Gaussian
        fast, soc = (np.std((noisy - case.reference)[bright]) for noisy in (case.fast, case.soc))
        signal = case.reference[case.tissue].mean()

        assert signal / fast == pytest.approx(15, rel=0.03)
        assert fast / soc == pytest.approx(np.sqrt(2), rel=0.03)
        assert case.sigma[bright].mean() == pytest.approx(fast, rel=0.03)

    def test_their_noise_is_independent(self):
        case = case_of()
        bright = case.reference > 600
        fast, soc = ((noisy - case.reference)[bright] for noisy in (case.fast, case.soc))

        assert abs(np.corrcoef(fast, soc)[0, 1]) < 0.05

    def test_both_are_what_a_scanner_stores(self):
        case = case_of(draw_dead_leaves(96, rng=np.random.default_rng(1))[None])

        for stored in (case.fast, case.soc):
            assert np.array_equal(stored, np.rint(stored))
            assert stored.min() >= 0
            assert stored.max() <= 4095
        assert np.percentile(case.absent, 99.9) == pytest.approx(1200, rel=0.05)

    def test_reference_and_absent_differ_by_the_lesions_only(self):
        case = case_of()
        difference = np.abs(case.reference - case.absent)
        rows, columns = case.window_yx

        assert all(case.lesions)
        for z, lesions in enumerate(case.lesions):
            window = difference[z][rows, columns]
            for lesion in lesions:
                assert window[lesion.y, lesion.x] == pytest.approx(1200 * abs(lesion.contrast), rel=0.01)
                window[lesion.y - 11 : lesion.y + 12, lesion.x - 11 : lesion.x + 12] = 0
        assert difference.max() < 1

    def test_the_lesions_are_in_fast_and_in_soc(self):
        case = case_of()
        lesion_only = case.reference - case.absent

        for noisy in (case.fast, case.soc):
            seen = ((noisy - case.absent) * lesion_only).sum() / (lesion_only**2).sum()
            assert seen == pytest.approx(1, abs=0.3)

    def test_the_reference_went_through_the_same_window_as_the_noise(self):
        blurred = case_of(setting=Setting(15, 1.6, 0.75, "elliptical", 1.0))
        plain = case_of()
        beyond = np.abs(np.fft.fftfreq(96)) > 0.5 / 1.6 * 1.05
        middle = (slice(None), slice(30, 66), slice(30, 66))  # in the air, taking the magnitude whitens the noise

        outside = [np.abs(np.fft.fft2(c.reference[0]))[beyond].mean() for c in (plain, blurred)]
        noises = [(c.fast - c.reference)[middle] for c in (plain, blurred)]
        neighbours = [np.corrcoef(n[..., 1:].ravel(), n[..., :-1].ravel())[0, 1] for n in noises]
        assert outside[1] < 0.3 * outside[0]
        assert neighbours[0] == pytest.approx(0, abs=0.05)
        assert neighbours[1] > 0.4

    def test_seed_name_and_case_make_it_and_nothing_else(self):
        first = case_of()

        assert np.array_equal(first.fast, case_of().fast)
        assert not np.array_equal(first.fast, case_of(seed=8).fast)
        assert not np.array_equal(first.fast, case_of(name="w").fast)
        assert not np.array_equal(first.fast, case_of(case_index=1).fast)

    def test_the_scale_of_the_volume_does_not_matter_and_it_is_left_alone(self):
        clean = disc()

        case = case_of(clean * 1000)

        assert np.allclose(case.fast, case_of(clean).fast, atol=1)
        assert np.array_equal(clean, disc())

    def test_the_window_lies_on_the_tissue_and_within_the_image(self):
        clean = np.zeros((1, 128, 100), np.float32)
        clean[0, 80:126, 4:60] = 50

        near = case_of(clean, window_px=40)
        wide = case_of(clean, window_px=64)
        whole = case_of(clean, window_px=500)

        assert near.window_yx == (slice(82, 122), slice(11, 51))
        assert wide.window_yx == (slice(64, 128), slice(0, 64))
        assert whole.fast[:, whole.window_yx[0], whole.window_yx[1]].shape == (1, 128, 100)

    def test_a_noisy_volume_is_no_clean_reference(self):
        clean = disc()
        noisy = np.abs(clean + np.random.default_rng(1).normal(0, 70 / 20, clean.shape)).astype(np.float32)

        assert case_of(clean).has_clean_reference
        assert case_of(noisy).native_snr == pytest.approx(20, rel=0.15)
        assert not case_of(noisy).has_clean_reference
        assert case_of(noisy, setting=Setting(8, 1.0, 1.0, "none", 1.0)).has_clean_reference

    def test_a_tiny_image_is_refused(self):
        with pytest.raises(BadVolume, match="48 pixels"):
            case_of(disc(40))

    def test_noise_in_the_air_of_a_volume_is_told(self):
        """Also where interpolation hid it from the wavelets: here noise of SNR 20, smoothed as by zero-filling."""
        rng = np.random.default_rng(1)
        real, imaginary = (ndimage.gaussian_filter(rng.normal(size=(2, 96, 96)), (0, 1.2, 1.2)) for _ in range(2))
        sigma = 70 / 20
        noisy = np.hypot(disc() + real / real.std() * sigma, imaginary / imaginary.std() * sigma).astype(np.float32)

        case = case_of(noisy)

        assert case.air_snr == pytest.approx(20, rel=0.2)
        assert case.native_snr > 2 * case.air_snr
        assert case_of().air_snr > 500
