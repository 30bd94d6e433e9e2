"""On a real GPU: the same pixels as on the CPU, training, and the way back when memory ends."""

import json

import numpy as np
import pytest
import torch
from django.core.management import call_command

from enhancement.core.denoise import denoise_volume, load_denoiser
from enhancement.core.noise import acquire

TOLERANCE = 1e-5  # of the series' 99.5th percentile


@pytest.fixture(scope="module")
def volume():
    y, x = np.mgrid[-1:1:256j, -1:1:256j]
    clean = 600.0 * (np.hypot(y, x) < 0.8) * (1 + 0.2 * np.sin(30 * x))
    rng = np.random.default_rng(1)
    return acquire(np.repeat(clean[None], 3, 0), rng=rng, snr=12, zero_fill=1.6, phase_fraction=0.75, g_max=1.6)


class TestDenoising:
    def test_the_pixels_are_those_of_the_cpu(self, volume):
        on_cpu, on_gpu = (denoise_volume(volume, denoiser=load_denoiser(device=name)) for name in ("cpu", "cuda"))

        assert (on_gpu.report.device, on_gpu.report.fallback) == ("cuda", None)
        assert np.abs(on_gpu.volume_zyx - on_cpu.volume_zyx).max() <= TOLERANCE * on_cpu.report.scale
        assert on_gpu.report.sigma == pytest.approx(on_cpu.report.sigma, rel=1e-4)

    def test_it_gives_the_same_bits_again(self, volume):
        denoiser = load_denoiser(device="cuda")

        once, again = (denoise_volume(volume, denoiser=denoiser).volume_zyx for _ in range(2))

        assert np.array_equal(once, again)

    def test_when_its_memory_runs_out_the_cpu_goes_on(self, volume):
        total = torch.cuda.get_device_properties(0).total_memory
        torch.cuda.empty_cache()
        torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_allocated() + 2**20) / total)
        try:
            fallen = denoise_volume(volume, denoiser=load_denoiser(device="cuda"))
        finally:
            torch.cuda.set_per_process_memory_fraction(1.0)

        assert fallen.report.device == "cpu"
        assert fallen.report.fallback.startswith("OutOfMemoryError: CUDA out of memory")
        assert np.array_equal(fallen.volume_zyx, denoise_volume(volume, denoiser=load_denoiser()).volume_zyx)


class TestTraining:
    def test_weights_made_there_can_be_used_on_the_cpu(self, tmp_path, capsys):
        settings = {
            "steps": 6,
            "batch_size": 8,
            "uses": 4,
            "validate_every": 3,
            "network": {"channels": [8, 8, 8], "blocks": [1, 1, 1], "estimator_channels": 8},
            "recipe": {"patch_px": 32, "dead_leaves": 4, "spine_scenes": 2},
        }
        (tmp_path / "config.json").write_text(json.dumps(settings))
        (tmp_path / "data").mkdir()
        for name in ("one", "two"):
            np.save(tmp_path / "data" / f"{name}.npy", np.random.default_rng(1).uniform(50, 100, (2, 64, 64)))
        out = tmp_path / "out"
        arguments = [str(tmp_path / "data"), "--out", str(out), "--config", str(tmp_path / "config.json")]
        arguments += ["--no-progress", "--json", "--device"]

        call_command("train_denoiser", *arguments, "auto")
        call_command("train_denoiser", *arguments, "cuda", "--resume", "--steps", "8")

        assert json.loads(capsys.readouterr().out.splitlines()[-1])["step"] == 8
        assert torch.cuda.get_device_name() in (out / "MODEL_CARD.md").read_text()
        volume = np.random.default_rng(2).uniform(50, 100, (1, 64, 64))
        assert denoise_volume(volume, denoiser=load_denoiser(out / "denoiser.pt")).report.fallback is None
