import json

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from enhancement.core.denoise import denoise_volume, load_denoiser


def saved(tmp_path, volume):
    np.save(tmp_path / "in.npy", volume)
    return str(tmp_path / "in.npy"), str(tmp_path / "out.npy")


class TestDenoiseVolume:
    def test_it_writes_float32_of_the_same_shape_and_scale(self, tmp_path, capsys):
        volume = np.random.default_rng(1).integers(400, 600, (2, 33, 40)).astype(">i2")
        source, target = saved(tmp_path, volume)

        call_command("denoise_volume", source, target, "--json")

        denoised = np.load(target)
        assert (denoised.dtype, denoised.shape) == (np.float32, volume.shape)
        assert denoised.mean() == pytest.approx(volume.mean(), rel=0.05)
        assert json.loads(capsys.readouterr().out)["slices"] == 2

    def test_the_report_tells_weights_settings_and_spacing(self, tmp_path):
        source, target = saved(tmp_path, np.ones((1, 16, 16)))
        report = tmp_path / "report.json"

        call_command(
            *("denoise_volume", source, target, "--report", str(report)),
            *("--spacing", "4", "0.5", "0.5", "--strength", "1"),
        )

        told = json.loads(report.read_text())
        assert told["spacing_mm"] == [4, 0.5, 0.5]
        assert told["strength"] == 1
        assert len(told["weights_sha256"]) == 64

    @pytest.mark.parametrize("layout", ["C", "F"])
    def test_the_file_is_what_numpy_writes_of_the_whole_volume(self, tmp_path, layout):
        volume = np.asarray(np.random.default_rng(1).integers(400, 600, (5, 33, 40)).astype("<u2"), order=layout)
        source, target = saved(tmp_path, volume)

        call_command("denoise_volume", source, target)

        np.save(tmp_path / "whole.npy", denoise_volume(volume, denoiser=load_denoiser()).volume_zyx)
        assert (tmp_path / "out.npy").read_bytes() == (tmp_path / "whole.npy").read_bytes()

    def test_nothing_is_written_but_what_was_asked_for(self, tmp_path):
        source, target = saved(tmp_path, np.ones((1, 16, 16)))

        call_command("denoise_volume", source, target)

        assert sorted(path.name for path in tmp_path.iterdir()) == ["in.npy", "out.npy"]

    @pytest.mark.parametrize(
        "volume", [np.ones((4, 4)), np.full((1, 4, 4), np.nan), np.ones((1, 4, 4), complex), np.array([["a"]])]
    )
    def test_bad_input_is_one_line_and_no_output(self, tmp_path, volume):
        source, target = saved(tmp_path, volume)

        with pytest.raises(CommandError) as refused:
            call_command("denoise_volume", source, target)

        assert "\n" not in str(refused.value)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["in.npy"]

    def test_a_file_that_is_no_array_is_refused(self, tmp_path):
        (tmp_path / "in.npy").write_text("hello")

        with pytest.raises(CommandError, match=r"no \.npy array"):
            call_command("denoise_volume", str(tmp_path / "in.npy"), str(tmp_path / "out.npy"))

    def test_an_archive_of_arrays_is_refused(self, tmp_path):
        np.savez(tmp_path / "in.npz", a=np.ones((1, 4, 4)))

        with pytest.raises(CommandError, match="several arrays"):
            call_command("denoise_volume", str(tmp_path / "in.npz"), str(tmp_path / "out.npy"))

    def test_a_missing_file_is_refused(self, tmp_path):
        with pytest.raises(CommandError, match="nowhere"):
            call_command("denoise_volume", str(tmp_path / "nowhere.npy"), str(tmp_path / "out.npy"))

    @pytest.mark.parametrize(
        "option", [("--strength", "2"), ("--spacing", "0", "1", "1"), ("--device", "tpu"), ("--threads", "0")]
    )
    def test_settings_outside_their_range_are_refused(self, tmp_path, option):
        source, target = saved(tmp_path, np.ones((1, 16, 16)))

        with pytest.raises(CommandError):
            call_command("denoise_volume", source, target, *option)
