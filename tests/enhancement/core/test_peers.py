import sys
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from enhancement.core import peers
from enhancement.core.noise import make_window
from enhancement.core.peers import Truth, choose_peers, gaussian, non_local_means, unchanged
from readerstudy.core.errors import BadSetting


def noisy_step():
    image = np.full((2, 64, 64), 100, np.float32)
    image[:, :, 32:] = 300
    return (image + np.random.default_rng(1).normal(0, 10, image.shape)).astype(np.float32)


class TestPeers:
    @pytest.mark.parametrize("method", [unchanged, gaussian, non_local_means])
    def test_shape_dtype_scale_and_input_are_kept(self, method):
        volume = noisy_step()

        output = method(volume)

        assert (output.shape, output.dtype) == (volume.shape, np.float32)
        assert output.mean() == pytest.approx(volume.mean(), rel=0.01)
        assert np.array_equal(volume, noisy_step())

    @pytest.mark.parametrize("method", [gaussian, non_local_means])
    def test_noise_falls_and_slices_do_not_mix(self, method):
        volume = noisy_step()
        volume[1] = 0

        output = method(volume)

        assert output[0, 8:-8, 8:24].std() < 0.7 * volume[0, 8:-8, 8:24].std()
        assert not output[1].any()

    def test_a_gaussian_leaves_what_its_formula_says_of_white_noise(self):
        """For sigma well above half a pixel, variance falls to 1 / (4 pi sigma^2)."""
        noise = np.random.default_rng(1).normal(0, 1, (1, 256, 256)).astype(np.float32)

        assert gaussian(noise).var() == pytest.approx(1 / (4 * np.pi * 0.8**2), rel=0.05)

    def test_non_local_means_keeps_the_step_that_a_gaussian_blurs(self):
        steps = [method(noisy_step())[0, :, 31:33].mean(0) for method in (gaussian, non_local_means)]

        blurred, kept = (float(np.diff(step)[0]) for step in steps)
        assert kept > 0.95 * 200 > blurred


class TestBm3d:
    def test_it_is_told_the_noise_on_its_own_scale_and_scaled_back(self, monkeypatch):
        """The package is optional; what stands in for it here only records its arguments."""
        told = []
        package = ModuleType("bm3d")
        package.bm3d = lambda image, sigma: told.append((image.max(), sigma)) or image
        monkeypatch.setitem(sys.modules, "bm3d", package)

        output = peers.bm3d(noisy_step())

        assert np.allclose(output, noisy_step(), rtol=1e-5)
        assert told[0][0] == pytest.approx(1, abs=0.1)
        assert told[0][1] == pytest.approx(10 / np.percentile(noisy_step(), 99.9), rel=0.1)

    def test_only_the_scored_window_and_a_margin_need_be_done(self, monkeypatch):
        package = ModuleType("bm3d")
        package.bm3d = lambda image, sigma: np.zeros_like(image)
        monkeypatch.setitem(sys.modules, "bm3d", package)

        output = peers.bm3d(noisy_step(), window_yx=(slice(0, 20), slice(30, 40)))

        untouched = output == noisy_step()
        assert not untouched[:, :32, 18:52].any()
        assert untouched[:, 32:].all()
        assert untouched[:, :, :18].all()


class TestAllKnowingBm3d:
    def test_the_spectrum_it_is_told_holds_the_power_of_the_noise(self, monkeypatch):
        """Mean of the spectrum over frequencies = variance times pixels (Parseval); the floor is then taken off."""
        told = []
        package = ModuleType("bm3d")
        package.bm3d = lambda image, spectrum: told.append(spectrum) or image
        monkeypatch.setitem(sys.modules, "bm3d", package)
        volume = noisy_step()
        whole = (slice(0, 64), slice(0, 64))
        window = make_window((64, 64), zero_fill=1.6)

        output = peers.all_knowing_bm3d(volume, truth=Truth(whole, 10.0, window))

        scale = np.percentile(volume, 99.9)
        assert told[0].mean() == pytest.approx(64 * 64 * (10 / scale) ** 2)
        assert told[0][0, 0] > 0 == told[0][32, 32]
        assert output == pytest.approx(np.sqrt(np.clip(volume**2 - 100, 0, None)), rel=1e-4)

    def test_a_real_acquisition_has_no_truth_to_tell(self):
        with pytest.raises(BadSetting, match="truth"):
            peers.PEERS["bm3d_oracle"].told(None)(noisy_step())


class TestChoosePeers:
    def test_the_reference_is_always_there_and_first(self):
        methods, missing = choose_peers(["nlm", "gaussian", "nlm"])

        assert list(methods) == ["identity", "nlm", "gaussian"]
        assert missing == ()

    def test_a_peer_without_its_package_is_named_and_left_out(self, monkeypatch):
        monkeypatch.setitem(peers.PEERS, "bm3d", replace(peers.PEERS["bm3d"], package="no_such_package"))

        methods, missing = choose_peers(["bm3d"])

        assert list(methods) == ["identity"]
        assert missing == ("bm3d",)

    def test_an_unknown_name_is_refused(self):
        with pytest.raises(BadSetting, match="median"):
            choose_peers(["median"])
