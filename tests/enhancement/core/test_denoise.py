import os
import subprocess
import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from enhancement.core import denoise
from enhancement.core.denoise import DenoisedSlices, Denoiser, denoise_volume, load_denoiser
from enhancement.core.network import DenoisingNetwork, NetworkConfig, build_network
from enhancement.core.noise import acquire
from enhancement.core.weights import save_weights
from readerstudy.core.errors import BadSetting, IntegrityFailure, NotAVolume, NotFiniteVolume
from readerstudy.core.slices import MadeSlices

LOAD_THEN_FORK = """
import os, signal, sys
import numpy as np
from enhancement.core.denoise import denoise_volume, load_denoiser
denoiser = load_denoiser()
child = os.fork()
if child == 0:
    signal.alarm(60)
    denoise_volume(np.random.default_rng(1).random((1, 256, 256)), denoiser=denoiser)
    os._exit(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0)
"""


@pytest.fixture(scope="module")
def shipped():
    return load_denoiser()


def small_denoiser():
    """A network whose every path counts, though it was not trained: for what must hold with any weights."""
    torch.manual_seed(1)
    network = build_network(NetworkConfig(channels=(4, 6, 8), blocks=(1, 1, 1), estimator_channels=4)).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return Denoiser(network, "0" * 64, "cpu")


def tissue(shape=(3, 96, 80)):
    y, x = np.mgrid[-1 : 1 : shape[1] * 1j, -1 : 1 : shape[2] * 1j]
    body = (y / 0.9) ** 2 + (x / 0.8) ** 2 < 1
    return np.repeat((600 * body * (1 + 0.3 * np.sin(9 * y) * np.cos(7 * x)))[None], shape[0], 0).astype(np.float32)


class TestDenoiseVolume:
    def test_the_shipped_weights_take_a_quarter_off_the_error_of_a_noisy_acquisition(self, shipped):
        clean = tissue()
        noisy = acquire(clean, rng=np.random.default_rng(1), snr=12, zero_fill=1.3)

        denoised = denoise_volume(noisy, denoiser=shipped, strength=1).volume_zyx

        inside = clean > 0
        before, after = (np.sqrt(np.mean((image - clean)[inside] ** 2)) for image in (noisy, denoised))
        assert after < 0.75 * before
        assert denoised[inside].mean() == pytest.approx(noisy[inside].mean(), rel=0.01)

    def test_the_report_estimates_the_noise_that_was_put_in(self, shipped):
        clean = tissue((2, 128, 128))
        noisy = acquire(clean, rng=np.random.default_rng(1), snr=12)

        report = denoise_volume(noisy, denoiser=shipped).report

        assert report.sigma == pytest.approx(clean[clean > 0].mean() / 12, rel=0.5)
        assert report.weights_sha256 == shipped.weights_sha256
        assert (report.slices, report.empty_slices, report.strength) == (2, 0, 1)

    @pytest.mark.parametrize("shape", [(1, 1, 1), (2, 3, 5), (1, 17, 9), (1, 8, 200), (2, 33, 64)])
    def test_any_size_keeps_its_shape(self, shape):
        volume = np.random.default_rng(1).random(shape) * 100

        denoised = denoise_volume(volume, denoiser=small_denoiser()).volume_zyx

        assert denoised.shape == shape
        assert denoised.dtype == np.float32
        assert np.isfinite(denoised).all()

    @pytest.mark.parametrize("dtype", ["uint8", "int16", ">i2", "uint16", "int64", "float16", "float64"])
    def test_any_real_type_gives_the_same_result(self, dtype):
        volume = tissue((1, 40, 40)).clip(0, 255).round()

        expected = denoise_volume(volume, denoiser=small_denoiser()).volume_zyx
        converted = denoise_volume(volume.astype(dtype), denoiser=small_denoiser()).volume_zyx

        assert np.array_equal(converted, expected)

    def test_the_input_is_not_changed(self):
        volume = tissue()
        before = volume.copy()

        denoise_volume(volume, denoiser=small_denoiser())

        assert np.array_equal(volume, before)

    def test_the_unit_does_not_matter(self):
        volume, denoiser = tissue(), small_denoiser()

        plain = denoise_volume(volume, denoiser=denoiser).volume_zyx
        scaled = denoise_volume(volume * 1024, denoiser=denoiser).volume_zyx

        assert np.allclose(scaled, plain * 1024, rtol=1e-5)

    @pytest.mark.parametrize("factor", [1e-3, 0.37, 4095.0])
    def test_scaling_the_input_scales_the_output(self, shipped, factor):
        volume = acquire(tissue(), rng=np.random.default_rng(1), snr=10)

        plain = denoise_volume(volume, denoiser=shipped).volume_zyx
        scaled = denoise_volume(volume * np.float32(factor), denoiser=shipped).volume_zyx

        assert np.abs(scaled / factor - plain).max() < 1e-3 * plain.max()

    @pytest.mark.parametrize(
        "turn", [lambda v: v[:, ::-1], lambda v: v[:, :, ::-1], lambda v: np.rot90(v, 1, (1, 2))], ids=["y", "x", "90"]
    )
    def test_a_turned_image_gives_the_turned_result_within_tolerance(self, shipped, turn):
        """A convolution is not exactly symmetric: the results may differ by two fifths of what was removed (RMS)."""
        volume = acquire(tissue((2, 96, 96)), rng=np.random.default_rng(1), snr=12)

        plain = turn(denoise_volume(volume, denoiser=shipped).volume_zyx)
        turned = denoise_volume(np.ascontiguousarray(turn(volume)), denoiser=shipped).volume_zyx

        removed = np.sqrt(np.mean((plain - turn(volume)) ** 2))
        assert np.sqrt(np.mean((turned - plain) ** 2)) < 0.4 * removed

    @pytest.mark.parametrize("value", [1, 700])
    def test_a_constant_image_stays_constant_within_three_percent(self, shipped, value):
        denoised = denoise_volume(np.full((1, 64, 64), value, np.int16), denoiser=shipped).volume_zyx

        assert np.abs(denoised / value - 1).max() < 0.03

    def test_a_nearly_clean_input_passes_nearly_unchanged(self, shipped):
        volume = acquire(tissue(), rng=np.random.default_rng(1), snr=200)

        denoised = denoise_volume(volume, denoiser=shipped).volume_zyx

        inside = tissue() > 0
        assert np.abs(denoised - volume)[inside].mean() < 0.02 * volume[inside].mean()

    def test_no_slice_influences_another(self):
        rng, denoiser = np.random.default_rng(1), small_denoiser()
        volume = acquire(tissue(), rng=rng, snr=10)
        changed = volume.copy()
        changed[1] = changed[1, ::-1]  # another slice, but the same values and so the same scale

        first = denoise_volume(volume, denoiser=denoiser).volume_zyx
        second = denoise_volume(changed, denoiser=denoiser).volume_zyx

        assert np.array_equal(first[[0, 2]], second[[0, 2]])
        assert not np.array_equal(first[1], second[1])

    def test_empty_slices_pass_unchanged_and_are_counted(self):
        volume = tissue()
        volume[1] = 0

        denoised = denoise_volume(volume, denoiser=small_denoiser())

        assert not denoised.volume_zyx[1].any()
        assert denoised.report.empty_slices == 1

    def test_an_empty_volume_passes_unchanged(self):
        denoised = denoise_volume(np.zeros((2, 9, 9)), denoiser=small_denoiser())

        assert not denoised.volume_zyx.any()
        assert denoised.report.sigma is None

    def test_tiles_give_the_result_of_the_whole_image(self, monkeypatch):
        denoiser = small_denoiser()
        volume = acquire(tissue((1, 300, 210)), rng=np.random.default_rng(1), snr=10)
        whole = denoise_volume(volume, denoiser=denoiser).volume_zyx

        monkeypatch.setattr(denoise, "TILE_PX", 64)
        tiled = denoise_volume(volume, denoiser=denoiser).volume_zyx

        assert np.allclose(tiled, whole, rtol=1e-4, atol=1e-2)

    def test_two_runs_give_the_same_bits(self, shipped):
        volume = acquire(tissue(), rng=np.random.default_rng(1), snr=10)

        first, second = (denoise_volume(volume, denoiser=shipped).volume_zyx for _ in range(2))

        assert np.array_equal(first, second)

    def test_strength_zero_changes_nothing_and_more_strength_changes_more(self, shipped):
        volume = acquire(tissue(), rng=np.random.default_rng(1), snr=10)

        changes = [
            np.abs(denoise_volume(volume, denoiser=shipped, strength=s).volume_zyx - volume).mean()
            for s in (0, 0.3, 0.7, 1)
        ]

        assert changes[0] == 0
        assert changes == sorted(changes)

    def test_magnitudes_stay_magnitudes(self):
        volume = acquire(tissue(), rng=np.random.default_rng(1), snr=3)

        assert denoise_volume(volume, denoiser=small_denoiser(), strength=1).volume_zyx.min() >= 0

    def test_progress_counts_the_slices(self):
        seen = []

        denoise_volume(tissue(), denoiser=small_denoiser(), progress=lambda done, total: seen.append((done, total)))

        assert seen == [(1, 3), (2, 3), (3, 3)]

    def test_it_takes_the_time_from_the_given_clock(self):
        report = denoise_volume(tissue(), denoiser=small_denoiser(), clock=iter([10.0, 12.5]).__next__).report

        assert report.seconds == 2.5

    @pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e300])
    def test_it_refuses_what_is_not_finite(self, bad):
        volume = tissue().astype(np.float64)
        volume[1, 2, 3] = bad

        with pytest.raises(NotFiniteVolume):
            denoise_volume(volume, denoiser=small_denoiser())

    @pytest.mark.parametrize(
        "bad",
        [
            np.ones((4, 4)),
            np.ones((0, 4, 4)),
            np.ones((1, 4, 4), complex),
            np.ones((1, 4, 4), bool),
            np.full((1, 4, 4), -1.0),
        ],
    )
    def test_it_refuses_what_is_no_volume_of_magnitudes(self, bad):
        with pytest.raises(NotAVolume):
            denoise_volume(bad, denoiser=small_denoiser())

    @pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
    def test_it_refuses_a_strength_outside_its_range(self, strength):
        with pytest.raises(BadSetting):
            denoise_volume(tissue(), denoiser=small_denoiser(), strength=strength)


class TestBatches:
    def test_slices_together_give_what_each_gives_alone(self, monkeypatch, shipped):
        volume = acquire(tissue((5, 96, 80)), rng=np.random.default_rng(1), snr=10)
        volume[2] = 0

        together = denoise_volume(volume, denoiser=shipped)
        monkeypatch.setattr(denoise, "BATCH_PX", 1)
        alone = denoise_volume(volume, denoiser=shipped)

        assert np.abs(together.volume_zyx - alone.volume_zyx).max() < 1e-6 * alone.report.scale
        assert together.report.sigma == pytest.approx(alone.report.sigma, rel=1e-5)

    def test_a_batch_is_no_larger_than_a_tile(self):
        seen = []

        class Watched(DenoisingNetwork):
            def estimate_log_sigma(self, image):
                seen.append(tuple(image.shape))
                return super().estimate_log_sigma(image)

        network = Watched(small_denoiser().network.config).eval()
        denoise_volume(np.random.default_rng(1).random((7, 256, 256)), denoiser=Denoiser(network, "0" * 64, "cpu"))

        assert seen == [(4, 1, 288, 288), (3, 1, 288, 288)]


class TestDenoisedSlices:
    def made(self, volume, asked=None):
        def make(z):
            if asked is not None:
                asked.append(z)
            return volume[z]

        return MadeSlices(volume.shape, make)

    @pytest.mark.parametrize("dtype", ["uint16", "float64"])
    def test_a_stream_gives_the_bits_of_the_whole_volume(self, dtype):
        volume = acquire(tissue((9, 160, 144)), rng=np.random.default_rng(1), snr=10, zero_fill=1.3).astype(dtype)
        volume[4] = 0

        stream = DenoisedSlices(self.made(volume), denoiser=small_denoiser())
        streamed = np.stack(list(stream))

        whole = denoise_volume(volume, denoiser=small_denoiser())
        assert np.array_equal(streamed, whole.volume_zyx)
        assert replace(stream.report, seconds=0) == replace(whole.report, seconds=0)

    def test_slices_are_asked_for_as_they_are_needed(self):
        asked = []
        volume = np.random.default_rng(1).random((6, 512, 512)).astype(np.float32)
        stream = iter(DenoisedSlices(self.made(volume, asked), denoiser=small_denoiser()))
        asked.clear()

        next(stream)
        next(stream)

        assert asked == [0, 1]

    def test_memory_does_not_grow_with_the_series(self):
        """Python's own allocations, which hold every array of numpy's; 40 slices are 40 MB as float32."""
        plane = acquire(tissue((1, 512, 512)), rng=np.random.default_rng(1), snr=10)[0].astype(np.uint16)
        stream = DenoisedSlices(MadeSlices((40, 512, 512), lambda z: plane.copy()), denoiser=small_denoiser())
        tracemalloc.start()

        for _ in stream:
            pass

        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 20e6

    def test_there_is_no_report_before_the_end(self):
        stream = DenoisedSlices(self.made(tissue()), denoiser=small_denoiser())

        with pytest.raises(RuntimeError, match="last slice"):
            _ = stream.report


class FailsOnThirdSlice(DenoisingNetwork):
    """A network on a device that runs out of memory; deep copies, as `on` makes them, keep the class."""

    calls = 0

    def estimate_log_sigma(self, image):
        type(self).calls += 1
        if type(self).calls == 3:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nSee the documentation.")
        return super().estimate_log_sigma(image)


class TestDeviceThatFails:
    def test_it_goes_on_on_the_cpu_and_says_so(self):
        # torch's own "meta" device computes shapes only: fetching a result from it fails, as from a broken GPU.
        volume = acquire(tissue(), rng=np.random.default_rng(1), snr=10)
        on_cpu = small_denoiser()
        failing = Denoiser(on_cpu.network, on_cpu.weights_sha256, "meta")

        denoised = denoise_volume(volume, denoiser=failing)

        assert np.array_equal(denoised.volume_zyx, denoise_volume(volume, denoiser=on_cpu).volume_zyx)
        assert denoised.report.device == "cpu"
        assert denoised.report.fallback.startswith("NotImplementedError")

    def test_memory_that_runs_out_in_the_middle_costs_no_slice(self, monkeypatch):
        monkeypatch.setattr(denoise, "BATCH_PX", 1)
        volume, plain = acquire(tissue(), rng=np.random.default_rng(1), snr=10), small_denoiser()
        network = FailsOnThirdSlice(plain.network.config).eval()
        network.load_state_dict(plain.network.state_dict())
        FailsOnThirdSlice.calls = 0
        failing = Denoiser(network, "0" * 64, "cpu")
        monkeypatch.setattr(Denoiser, "on", lambda self, device: failing if device == "fake" else plain)

        denoised = denoise_volume(volume, denoiser=Denoiser(network, "0" * 64, "fake"))

        assert np.array_equal(denoised.volume_zyx, denoise_volume(volume, denoiser=plain).volume_zyx)
        assert denoised.report.fallback == "OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB."

    def test_a_failure_on_the_cpu_is_raised(self, monkeypatch):
        def fail(*_):
            raise RuntimeError("broken")

        monkeypatch.setattr(denoise, "_noise_of_slices", fail)

        with pytest.raises(RuntimeError, match="broken"):
            denoise_volume(tissue(), denoiser=small_denoiser())

    def test_where_nothing_fails_nothing_is_told(self):
        assert denoise_volume(tissue(), denoiser=small_denoiser()).report.fallback is None


class TestLoadDenoiser:
    def test_it_names_the_weights_by_their_checksum(self, tmp_path):
        digest = save_weights(small_denoiser().network, tmp_path / "w.pt")

        assert load_denoiser(tmp_path / "w.pt").weights_sha256 == digest

    def test_it_leaves_the_number_of_threads_alone(self, shipped):
        before = torch.get_num_threads()

        load_denoiser()

        assert torch.get_num_threads() == before

    def test_it_refuses_weights_that_were_changed(self, tmp_path):
        save_weights(small_denoiser().network, tmp_path / "w.pt")
        (tmp_path / "w.pt").write_bytes(b"x" + (tmp_path / "w.pt").read_bytes()[1:])

        with pytest.raises(IntegrityFailure, match="SHA-256"):
            load_denoiser(tmp_path / "w.pt")

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="workers fork on POSIX only")
    def test_a_worker_may_load_it_and_then_fork(self):
        # OpenMP does not survive a fork: one parallel computation while loading, and the child hangs.
        environment = os.environ | {"OMP_NUM_THREADS": "2"}
        root = Path(denoise.__file__).resolve().parents[2]

        done = subprocess.run(
            [sys.executable, "-c", LOAD_THEN_FORK], cwd=root, env=environment, timeout=120, capture_output=True
        )

        assert done.returncode == 0, done.stderr.decode()[-500:]
