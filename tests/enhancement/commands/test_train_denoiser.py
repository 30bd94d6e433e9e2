import json

import numpy as np
import pytest
from django.core.management import CommandError, call_command

TINY = {
    "steps": 2,
    "batch_size": 2,
    "validate_every": 1,
    "bfloat16": False,
    "network": {"channels": [4, 4, 4], "blocks": [1, 1, 1], "estimator_channels": 4},
    "recipe": {"patch_px": 32, "dead_leaves": 2, "spine_scenes": 1},
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "data").mkdir()
    for name in ("one", "two", "three"):
        np.save(tmp_path / "data" / f"{name}.npy", np.random.default_rng(1).uniform(50, 100, (2, 64, 64)))
    (tmp_path / "config.json").write_text(json.dumps(TINY))
    return tmp_path


def train(folder, *options):
    arguments = [str(folder / "data"), "--out", str(folder / "out"), "--config", str(folder / "config.json")]
    arguments += ["--processes", "0", "--no-progress"]
    call_command("train_denoiser", *arguments, *options)


class TestTrainDenoiser:
    def test_it_leaves_weights_card_settings_and_log(self, folder, capsys):
        train(folder, "--json")

        result = json.loads(capsys.readouterr().out)
        card = (folder / "out" / "MODEL_CARD.md").read_text()
        assert result["step"] == 2
        assert result["sha256"] in card
        assert {"| one.npy", "| two.npy", "| three.npy"} <= {line[: line.find(" |", 2)] for line in card.splitlines()}
        assert "validation |" in card
        assert len((folder / "out" / "training_log.csv").read_text().splitlines()) == 3
        assert (folder / "out" / "training_curve.svg").read_bytes().startswith(b"<?xml")
        assert json.loads((folder / "out" / "training_config.json").read_text())["steps"] == 2

    def test_the_weights_can_be_used_at_once(self, folder):
        train(folder)
        volume = folder / "data" / "one.npy"

        weights = str(folder / "out" / "denoiser.pt")
        call_command("denoise_volume", str(volume), str(folder / "denoised.npy"), "--weights", weights)

        assert np.load(folder / "denoised.npy").shape == (2, 64, 64)

    def test_it_goes_on_from_its_checkpoint(self, folder, capsys):
        train(folder)
        before = (folder / "out" / "denoiser.pt.sha256").read_text()

        train(folder, "--resume", "--json")

        assert json.loads(capsys.readouterr().out.splitlines()[-1])["step"] == 2
        assert (folder / "out" / "denoiser.pt.sha256").read_text() == before

    def test_it_stops_when_its_time_is_over_and_goes_on_later(self, folder, capsys):
        train(folder, "--steps", "5", "--hours", "1e-9", "--json")

        assert json.loads(capsys.readouterr().out)["step"] == 1
        assert "Its time was over there; 5 steps were planned." in (folder / "out" / "MODEL_CARD.md").read_text()

        train(folder, "--resume", "--steps", "5", "--json")

        assert json.loads(capsys.readouterr().out)["step"] == 5
        assert "time was over" not in (folder / "out" / "MODEL_CARD.md").read_text()

    @pytest.mark.parametrize("hours", ["0", "-1", "nan"])
    def test_no_time_at_all_is_refused(self, folder, hours):
        with pytest.raises(CommandError, match="hours must be above 0"):
            train(folder, "--hours", hours)

    def test_a_gpu_that_is_not_there_is_told_before_any_work(self, folder, monkeypatch):
        monkeypatch.setattr("torch.cuda.is_available", lambda: False)

        with pytest.raises(CommandError, match="no GPU"):
            train(folder, "--device", "cuda")

        assert not (folder / "out").exists()

    def test_a_misspelt_setting_is_refused(self, folder):
        (folder / "config.json").write_text('{"step": 3}')

        with pytest.raises(CommandError, match="step"):
            train(folder)

    def test_settings_that_are_no_json_are_refused(self, folder):
        (folder / "config.json").write_text("steps = 3")

        with pytest.raises(CommandError, match="no training settings"):
            train(folder)

    def test_resuming_needs_a_checkpoint(self, folder):
        with pytest.raises(CommandError, match="to resume from"):
            train(folder, "--resume")
