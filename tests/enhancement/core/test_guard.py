"""Honest noise removal passes; every kind of harm is held, and named."""

import numpy as np
import pytest
from scipy import ndimage

from enhancement.core.guard import EXPECTED, Expectation, judge
from readerstudy.core.errors import BadVolume

SHAPE = (4, 128, 128)
SIGNAL = 500.0


def clean_volume():
    z, y, x = np.mgrid[0:4, -1:1:128j, -1:1:128j]
    body = (y / 0.9) ** 2 + (x / 0.8) ** 2 < 1
    organs = 160 * (np.sin(8 * y + z) * np.cos(7 * x + 0.5 * z) > 0.3)
    return ndimage.gaussian_filter(body * (SIGNAL + organs + 40 * z), (0, 1, 1)).astype(np.float32)


def noise(seed, sigma):
    """As a zero-filled acquisition has it: correlated over about a pixel."""
    grain = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal(SHAPE), (0, 0.6, 0.6))
    return (grain / grain.std() * sigma).astype(np.float32)


@pytest.fixture(scope="module")
def pair():
    """An input, and what a denoiser makes of it that removes four fifths of the noise and nothing else."""
    return clean_volume() + noise(1, 30), clean_volume() + 0.2 * noise(1, 30)


def each(volume, change):
    return np.stack([change(plane) for plane in volume])


def sharpened(plane):
    return plane + 0.6 * (plane - ndimage.gaussian_filter(plane, 1))


def with_blob(volume, height):
    """A lesion of 4 pixels in one slice, where the input has none."""
    y, x = np.mgrid[:128, :128]
    changed = volume.copy()
    changed[2] += height * SIGNAL * np.exp(-((y - 64) ** 2 + (x - 60) ** 2) / (2 * 2.5**2))
    return changed


def with_slice(volume, target, source):
    changed = volume.copy()
    changed[target] = volume[source]
    return changed


CORRUPTIONS = {
    "blurred": (lambda y: each(y, lambda p: ndimage.gaussian_filter(p, 0.8)), {"edge_energy", "fine_detail"}),
    "strongly blurred": (lambda y: each(y, lambda p: ndimage.gaussian_filter(p, 2)), {"edge_energy", "residual_level"}),
    "one slice blurred": (
        lambda y: np.concatenate([y[:1], each(y[1:2], lambda p: ndimage.gaussian_filter(p, 1)), y[2:]]),
        {"edge_energy"},
    ),
    "sharpened": (lambda y: each(y, sharpened), {"edge_energy", "fine_detail"}),
    "shifted mean": (lambda y: y + 0.02 * SIGNAL, {"mean_shift"}),
    "scaled up": (lambda y: y * 1.04, {"mean_shift", "edge_energy"}),
    "scaled down": (lambda y: y * 0.96, {"mean_shift"}),
    "bright blob": (lambda y: with_blob(y, 0.4), {"hill"}),
    "dark blob": (lambda y: with_blob(y, -0.4), {"hill"}),
    "copied slice": (lambda y: with_slice(y, 2, 1), {"slice_order"}),
    "swapped slices": (lambda y: y[[0, 2, 1, 3]], {"slice_order"}),
    "reversed order": (lambda y: y[::-1], {"slice_order"}),
    "mirrored": (lambda y: y[:, :, ::-1], {"residual_level"}),
    "moved by a pixel": (lambda y: np.roll(y, 1, 2), {"edge_correlation"}),
    "noise added": (lambda y: y + noise(9, 40), {"removed"}),
    "empty slice": (lambda y: y * (np.arange(4) != 1)[:, None, None], {"worst_slice_shift"}),
}


class TestJudge:
    def test_removing_noise_alone_is_as_expected(self, pair):
        verdict = judge(*pair)

        assert verdict.ok, verdict.outside
        assert verdict.suspicious_slices == ()

    @pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
    def test_any_share_of_the_noise_may_be_removed(self, share):
        assert judge(clean_volume() + noise(1, 25), clean_volume() + (1 - share) * noise(1, 25)).ok

    def test_an_input_that_is_returned_as_it_is_passes(self, pair):
        verdict = judge(pair[0], pair[0])

        assert verdict.ok
        assert (verdict.value("ssim"), verdict.value("l1"), verdict.value("mean_shift")) == (pytest.approx(1), 0, 0)

    @pytest.mark.parametrize("name", CORRUPTIONS)
    def test_it_holds_what_was(self, pair, name):
        corrupt, blamed = CORRUPTIONS[name]

        verdict = judge(pair[0], corrupt(pair[1]).astype(np.float32))

        assert blamed <= {figure.name for figure in verdict.outside}

    @pytest.mark.parametrize("bad", [np.nan, np.inf])
    def test_it_holds_what_is_no_number(self, pair, bad):
        output = pair[1].copy()
        output[1, 5, 5] = bad

        verdict = judge(pair[0], output)

        assert [figure.name for figure in verdict.outside] == ["not_finite"]
        assert verdict.value("ssim") is None

    def test_it_holds_what_was_clipped(self, pair):
        assert [figure.name for figure in judge(*pair, clipped=1000).outside] == ["clipped"]

    def test_it_names_the_slice_in_which_something_was_invented(self, pair):
        verdict = judge(pair[0], with_blob(pair[1], 0.4))

        assert verdict.suspicious_slices == (2,)

    def test_detail_that_is_blurred_where_there_was_no_noise_is_held(self):
        """No loss where there is nothing to gain: the nearly clean input allows hardly any change."""
        before = clean_volume() + noise(1, 2)

        assert not judge(before, each(before, lambda p: ndimage.gaussian_filter(p, 0.6))).ok

    def test_the_unit_does_not_matter(self, pair):
        one, other = judge(*pair), judge(pair[0] * 0.01, pair[1] * 0.01)

        for figure, again in zip(one.figures, other.figures, strict=True):
            assert again.value == pytest.approx(figure.value, rel=1e-3, abs=1e-5), figure.name

    @pytest.mark.parametrize("volume", [np.zeros((2, 64, 64)), np.ones((1, 8, 8)), np.full((3, 40, 40), 7.0)])
    def test_what_has_nothing_to_measure_passes_when_it_is_unchanged(self, volume):
        assert judge(volume, volume).ok

    def test_it_refuses_two_shapes(self, pair):
        with pytest.raises(BadVolume, match="differ in shape"):
            judge(pair[0], pair[1][:2])

    def test_the_verdict_can_be_stored(self, pair):
        stored = judge(pair[0], with_blob(pair[1], 0.4)).to_json()

        hill = next(figure for figure in stored["figures"] if figure["name"] == "hill")
        assert (stored["ok"], hill["ok"], hill["slice_index"]) == (False, False, 2)
        assert hill["value"] > hill["high"]


class TestExpectation:
    def test_a_bound_that_follows_the_noise_falls_with_it(self):
        assert Expectation("x", "", 0.9, 1.1, low_per_noise=2).at(0.1).low == pytest.approx(0.7)

    def test_what_is_no_number_never_holds(self):
        assert not Expectation("x", "", None, None).holds(float("nan"))

    def test_every_figure_has_a_name_of_its_own(self):
        assert len({one.name for one in EXPECTED}) == len(EXPECTED)
