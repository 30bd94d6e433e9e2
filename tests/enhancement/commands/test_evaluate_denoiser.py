import csv
import importlib.util
import json

import nibabel
import numpy as np
import pytest
from django.core.management import CommandError, call_command

from enhancement.core.dead_leaves import draw_dead_leaves
from enhancement.core.weights import SHIPPED_WEIGHTS

QUICK = ("--peers", "gaussian", "--cases", "1", "--slices", "1", "--roi", "64")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "volumes").mkdir()
    rng = np.random.default_rng(1)
    for name in ("one", "two"):
        np.save(tmp_path / "volumes" / f"{name}.npy", 0.3 + draw_dead_leaves(96, rng=rng)[None])
    return tmp_path / "volumes"


class TestEvaluateDenoiser:
    def test_it_prints_a_line_for_each_method(self, folder, capsys):
        call_command("evaluate_denoiser", str(folder), *QUICK)

        block = capsys.readouterr().out.split("\n\n")[0].splitlines()
        assert block[0].startswith("all (2 cases)")
        assert [line.split()[0] for line in block[1:]] == ["identity", "gaussian", "network"]

    def test_json_holds_table_scores_and_what_was_used(self, folder, capsys):
        call_command("evaluate_denoiser", str(folder), *QUICK, "--strength", "0", "--json")

        told = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
        network = next(row for row in told["table"] if row["method"] == "network")
        assert network["gain_db"] == 0
        assert network["ssim_fast"] == network["ssim_soc"] == pytest.approx(1)
        assert len(told["scores"]) == 2 * 3
        assert told["weights_sha256"] == SHIPPED_WEIGHTS.with_name("denoiser.pt.sha256").read_text().split()[0]
        assert told["strength"] == 0
        assert told["settings"] == {
            **{"cases": 1, "slices": 1, "window_px": 64, "seeds": [7], "only": "", "repeats_slices": 4}
        }

    def test_the_seed_decides_the_figures(self, folder, capsys):
        tables = []
        for seed in ("1", "1", "2"):
            call_command("evaluate_denoiser", str(folder), *QUICK, "--seeds", seed, "--json")
            rows = json.loads(capsys.readouterr().out)["table"]
            tables.append([{**row, "seconds": None} for row in rows])

        assert tables[0] == tables[1] != tables[2]

    def test_the_results_can_be_kept_as_tables_and_pictures(self, folder):
        out = folder.parent / "results"

        call_command("evaluate_denoiser", str(folder), *QUICK, "--out", str(out))

        assert sorted(path.name for path in out.iterdir()) == [
            "evaluation.csv",
            "evaluation.png",
            "evaluation.svg",
            "evaluation_cases.csv",
        ]
        rows, cases = (
            list(csv.DictReader((out / name).read_text().splitlines()))
            for name in ("evaluation.csv", "evaluation_cases.csv")
        )
        assert {row["method"] for row in rows} == {"identity", "gaussian", "network"}
        assert {(case["case"], case["snr"]) for case in cases} == {("one.npy", "8"), ("two.npy", "15")}

    def test_several_seeds_are_several_cases(self, folder, capsys):
        call_command("evaluate_denoiser", str(folder), *QUICK, "--only", "two", "--seeds", "7,8", "--json")

        assert {score["seed"] for score in json.loads(capsys.readouterr().out)["scores"]} == {7, 8}

    def test_repeated_acquisitions_beside_the_volumes_are_scored_too(self, folder, capsys):
        (folder / "repeats").mkdir()
        clean = 100 + 200 * draw_dead_leaves(64, rng=np.random.default_rng(3))[:, :, None, None]
        repeats = clean + np.random.default_rng(4).normal(0, 20, (64, 64, 1, 6))
        nibabel.save(nibabel.Nifti1Image(repeats.astype(np.float32), np.eye(4)), folder / "repeats" / "set.nii.gz")

        call_command("evaluate_denoiser", str(folder), *QUICK, "--only", "two", "--json")

        gains = {one["method"]: one["gain_db"] for one in json.loads(capsys.readouterr().out)["repeats"]}
        assert gains["identity"] == 0 < gains["network"]

    def test_only_the_volumes_asked_for_count(self, folder, capsys):
        call_command("evaluate_denoiser", str(folder), *QUICK, "--only", "two", "--json")

        assert {score["case"] for score in json.loads(capsys.readouterr().out)["scores"]} == {"two.npy"}

    @pytest.mark.skipif(importlib.util.find_spec("bm3d") is not None, reason="bm3d is installed here")
    def test_a_peer_that_is_not_installed_is_left_out_and_said_so(self, folder, capsys):
        call_command("evaluate_denoiser", str(folder), *QUICK, "--only", "two", "--peers", "bm3d", "--json")

        printed = capsys.readouterr()
        assert json.loads(printed.out)["not_run"] == ["bm3d"]
        assert "bm3d is left out" in printed.err

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (("--peers", "median"), "median"),
            (("--strength", "2"), "strength"),
            (("--cases", "0"), "cases"),
            (("--slices", "-1"), "slices"),
            (("--roi", "10"), "window_px"),
            (("--seeds", "-1"), "Seeds"),
            (("--seeds", "one"), "--seeds"),
            (("--only", "knee"), "knee"),
            (("--weights", "nowhere.pt"), "nowhere.pt"),
        ],
    )
    def test_a_setting_that_cannot_be_used_is_one_line(self, folder, options, message):
        with pytest.raises(CommandError, match=message) as refused:
            call_command("evaluate_denoiser", str(folder), *QUICK, *options)

        assert "\n" not in str(refused.value)

    def test_an_empty_folder_is_refused(self, tmp_path):
        with pytest.raises(CommandError, match="no volume"):
            call_command("evaluate_denoiser", str(tmp_path), *QUICK)

    def test_an_unreadable_file_is_refused_by_name_and_nothing_is_written(self, folder):
        (folder / "broken.nii.gz").write_bytes(b"this is no image")
        out = folder.parent / "results"

        with pytest.raises(CommandError, match=r"broken\.nii\.gz") as refused:
            call_command("evaluate_denoiser", str(folder), *QUICK, "--out", str(out))

        assert "\n" not in str(refused.value)
        assert not out.exists()
