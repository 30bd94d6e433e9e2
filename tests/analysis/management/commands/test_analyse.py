import csv
import json

import pytest
from django.core.management import CommandError, call_command


@pytest.fixture
def files(tmp_path, score_rows, scores_csv, allocation_csv):
    rows = score_rows([1, 2, 0, -1, 1, None], reader="R1") + score_rows([1, 1, 0, -1, 2, 1], reader="R2")
    (tmp_path / "scores.csv").write_bytes(scores_csv(rows))
    (tmp_path / "allocation.csv").write_bytes(allocation_csv(rows))
    return tmp_path


def run(files, *more, scores="scores.csv"):
    call_command("analyse", files / scores, "--allocation", files / "allocation.csv", "--out", files / "out", *more)


class TestAnalyse:
    def test_it_writes_results_and_tables_without_a_database(self, files, capsys):
        run(files)

        results = json.loads((files / "out" / "results.json").read_text("utf-8"))
        assert results["cells"]["SOC_FAST"]["snr"]["n_obs"] == 11
        with (files / "out" / "table2.csv").open(encoding="utf-8", newline="") as table:
            assert next(csv.DictReader(table))["Feature"] == "Perceived SNR"
        written = [path for path in (files / "out").rglob("*") if path.is_file()]
        assert f"wrote results.json and {len(written) - 1} other files to" in capsys.readouterr().out

    def test_its_files_have_dos_line_ends_and_json_has_not(self, files):
        run(files, "--no-report", "--no-figures")

        assert b"\r\n" in (files / "out" / "table3.csv").read_bytes()
        assert b"\r" not in (files / "out" / "results.json").read_bytes()

    def test_image_metrics_give_table_4(self, files):
        (files / "m.csv").write_text("image_set_id,patient_id,ssim_soc_socdl\nS1,P1,0.98\n", encoding="utf-8")

        run(files, "--no-report", "--no-figures", "--image-metrics", str(files / "m.csv"))

        assert "SOC vs SOC-DL" in (files / "out" / "table4.csv").read_text("utf-8")

    def test_guesses_give_a_key_of_their_own_and_change_no_other_byte(self, files, score_rows):
        run(files)
        without = json.loads((files / "out" / "results.json").read_text("utf-8"))
        shown = {row["presentation_id"]: row for row in score_rows([1, 2, 0], reader="R1")}.values()
        columns = ["study_id", "reader_id", "presentation_id", "replicate", "patient_id", "image_set_id"]
        with (files / "g.csv").open("w", encoding="utf-8", newline="") as target:
            table = csv.DictWriter(target, [*columns, "comparison_id", "enhanced_side", "guess"], extrasaction="ignore")
            table.writeheader()
            table.writerows({**row, "enhanced_side": "left", "guess": "left"} for row in shown)

        run(files, "--guesses", str(files / "g.csv"))

        results = json.loads((files / "out" / "results.json").read_text("utf-8"))
        assert results.pop("blinding_index")["all"]["bang"]["left"]["index"] == 1
        assert results == without
        assert "blinding_index" not in without

    def test_it_reports_as_json(self, files, capsys):
        run(files, "--json")

        report = json.loads(capsys.readouterr().out)
        written = {str(path.relative_to(files / "out")) for path in (files / "out").rglob("*") if path.is_file()}
        assert set(report["files"]) == written
        assert written >= {
            "results.json", "table2.csv", "table3.csv", "report.html", "report.pdf", "figures/win_tie_loss.svg",
            "figures/win_tie_loss.png", "figures/win_tie_loss.csv", "sections/conduct/drift_by_reader.csv",
        }  # fmt: skip
        assert (report["n_rows"], report["readers"]) == (12, ["R1", "R2"])

    def test_two_runs_write_the_same_bytes(self, files):
        names = ("results.json", "report.html", "report.pdf")
        run(files)
        first = [(files / "out" / name).read_bytes() for name in names]
        run(files)
        assert [(files / "out" / name).read_bytes() for name in names] == first

    def test_the_report_has_the_title_that_was_given(self, files):
        run(files, "--title", "Spine <at> 3 T")

        assert "<h1>Spine &lt;at&gt; 3 T</h1>" in (files / "out" / "report.html").read_text("utf-8")
        assert (files / "out" / "report.pdf").read_bytes().startswith(b"%PDF-")

    def test_neither_report_nor_figures_are_made_where_none_are_wanted(self, files):
        run(files, "--no-report", "--no-figures")

        names = sorted(path.name for path in (files / "out").iterdir())
        assert names == ["results.json", "sections", "table2.csv", "table3.csv"]

    def test_a_formula_in_a_label_is_defused(self, files):
        run(files, "--no-report", "--no-figures")
        results = json.loads((files / "out" / "results.json").read_text("utf-8"))
        plan = results["meta"]["plan"] | {"features": [{"id": "snr", "label": "=HYPERLINK(1)"}]}
        (files / "plan.json").write_text(json.dumps(plan), encoding="utf-8")

        run(files, "--no-report", "--no-figures", "--plan", str(files / "plan.json"))

        assert "\r\n'=HYPERLINK(1)," in (files / "out" / "table2.csv").read_bytes().decode()

    @pytest.mark.parametrize(
        ("edit", "says"),
        [
            (lambda data: data.replace(b",snr,4,", b",snr,9,"), r"bad\.csv, line 2, column raw_score: '9'"),
            (lambda data: data.replace(b"R2-0003", b"R2-9999"), r"line 11, column presentation_id: 'R2-9999'"),
            (lambda data: data + b"\xff", r"line 14, column study_id: this is not UTF-8"),
        ],
    )
    def test_bad_input_is_one_line_that_says_where(self, files, edit, says):
        (files / "bad.csv").write_bytes(edit((files / "scores.csv").read_bytes()))

        with pytest.raises(CommandError, match=says) as caught:
            run(files, scores="bad.csv")

        assert "\n" not in str(caught.value)
        assert not (files / "out").exists()

    def test_a_missing_file_is_named(self, files):
        with pytest.raises(CommandError, match=r"none\.csv: cannot be read"):
            run(files, scores="none.csv")

    def test_a_folder_that_cannot_be_made_is_named(self, files):
        (files / "out").write_text("in the way", encoding="utf-8")

        with pytest.raises(CommandError, match="out: cannot be written"):
            run(files)
