"""Every file that cannot be used: one line that names file, row and column, an exit code, and nothing written."""

import json
import resource
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from analysis.core.plan import default_plan
from tests.analysis.core.odd_studies import Shape, study
from tests.guards.source import ROOT

SHAPE = Shape("small", sets_of_patients=(2, 1, 1), features=("snr",))
CONSISTENCY = (
    "study_id,reader_id,presentation_id,patient_id,image_set_id,comparison_id,item,flag_left,flag_right\r\n"
    "ODD,{reader},{presentation},{patient},{set},{comparison},loss,0,{flag}\r\n"
)


@pytest.fixture
def files(tmp_path):
    made = study(SHAPE, seed=3)
    (tmp_path / "scores.csv").write_bytes(made.scores)
    (tmp_path / "allocation.csv").write_bytes(made.allocation)
    return tmp_path


def arguments(files, *more):
    return [str(files / "scores.csv"), "--allocation", str(files / "allocation.csv"), "--out", str(files / "out"),
            "--bootstrap", "0", *map(str, more)]  # fmt: skip


def refused(files, *more):
    """The one line with which the command refuses these files; proves that it wrote nothing."""
    before = {path.name for path in files.iterdir()}
    with pytest.raises(CommandError) as caught:
        call_command("analyse", *arguments(files, *more))
    assert "\n" not in str(caught.value)
    assert caught.value.returncode != 0
    assert {path.name for path in files.iterdir()} == before
    return str(caught.value)


def cell(data, line, column):
    """The text of a cell; line 1 has the names."""
    rows = data.decode().split("\r\n")
    return rows[line - 1].split(",")[rows[0].split(",").index(column)]


def put(data, line, column, value):
    """The file with another text in one cell."""
    rows = [row.split(b",") for row in data.split(b"\r\n")]
    rows[line - 1][rows[0].index(column.encode())] = value if isinstance(value, bytes) else value.encode()
    return b"\r\n".join(b",".join(row) for row in rows)


def again(data, line):
    return data + data.split(b"\r\n")[line - 1] + b"\r\n"


def without_reader(data, reader):
    return b"\r\n".join(row for row in data.split(b"\r\n") if not row.startswith(reader))


SCORES = {
    "unknown column": (lambda data: data.replace(b"duration_s", b"duration_ms"), "line 1: column 'duration_ms' is not"),
    "missing column": (lambda data: data.replace(b"session", b"plane", 1), "line 1: column 'plane' stands twice"),
    "impossible score": (lambda data: put(data, 9, "raw_score", "6"), "line 9, column raw_score: '6' must be"),
    "score that is no number": (lambda data: put(data, 9, "raw_score", "NaN"), "line 9, column raw_score: 'NaN' must"),
    "infinite time": (lambda data: put(data, 9, "duration_s", "inf"), "line 9, column duration_s: 'inf' must be"),
    "time too large": (lambda data: put(data, 9, "duration_s", "1e999"), "line 9, column duration_s: '1e999' must be"),
    "unknown reason": (lambda data: put(data, 9, "missing_reason", "bored"), "line 9, column missing_reason: 'bored'"),
    "unknown arm": (lambda data: put(data, 9, "left_arm", "CT"), "line 9, column left_arm: 'CT', but"),
    "other reader": (lambda data: put(data, 9, "reader_id", "R7"), "line 9, column reader_id: 'R7', but"),
    "cp1252 in one cell": (
        lambda data: put(data, 9, "vendor", b"M\xfcller"),
        "line 9, column vendor: this is not UTF-8",
    ),
    "utf-16": (lambda data: data.decode().encode("utf-16"), "line 1, column 1: this is UTF-16"),
    "zero byte": (lambda data: put(data, 9, "vendor", b"G\0E"), "line 9, column vendor: there is a zero byte"),
    "semicolons": (lambda data: data.replace(b",", b";"), "line 1, column study_id: the cells are separated by ';'"),
    "tabs": (lambda data: data.replace(b",", b"\t"), "line 1, column study_id: the cells are separated by tabs"),
    "huge cell": (lambda data: put(data, 9, "vendor", "x" * 40_000), "line 9, column vendor: 'xxx"),
    "open quote": (lambda data: put(data, 9, "vendor", '"GE'), "line 9, column vendor: this is not CSV"),
    "cell too many": (lambda data: put(data, 9, "vendor", "G,E"), "line 9, column 25: 25 cells under 24"),
    "no file content": (lambda data: b"", "line 1: the file is empty"),
    "names without rows": (lambda data: data.split(b"\r\n")[0] + b"\r\n", "line 2: there is no row"),
}


class TestScores:
    @pytest.mark.parametrize("name", SCORES)
    def test_a_bad_table_is_refused_by_file_row_and_column(self, files, name):
        edit, says = SCORES[name]
        (files / "scores.csv").write_bytes(edit((files / "scores.csv").read_bytes()))

        assert refused(files).startswith(f"scores.csv, {says}")

    def test_a_reading_that_stands_twice_is_refused(self, files):
        data = (files / "scores.csv").read_bytes()
        (files / "scores.csv").write_bytes(again(data, 5))

        n = data.count(b"\r\n") + 1
        assert refused(files).startswith(f"scores.csv, line {n}, column feature_id: a second row for presentation_id")

    def test_a_file_that_is_not_there_is_named(self, files):
        (files / "scores.csv").unlink()

        assert "scores.csv: cannot be read (No such file or directory)" in refused(files)

    def test_a_folder_in_place_of_a_file_is_named(self, files):
        (files / "scores.csv").unlink()
        (files / "scores.csv").mkdir()

        assert "scores.csv: cannot be read (Is a directory)" in refused(files)


class TestAllocation:
    def test_a_reader_without_allocation_is_named(self, files):
        data = (files / "allocation.csv").read_bytes()
        (files / "allocation.csv").write_bytes(without_reader(data, b"R2"))

        assert "of reader 'R2' is not in the allocation" in refused(files)
        assert refused(files).startswith("scores.csv, line ")
        assert ", column presentation_id: 'R2-0001'" in refused(files)

    @pytest.mark.parametrize(
        ("edit", "says"),
        [
            (lambda data: put(data, 4, "left_arm", ""), "allocation.csv, line 4, column left_arm: '' must be a code"),
            (
                lambda data: data.replace(b"replicate", b"repeat"),
                "allocation.csv, line 1: column 'repeat' is not known",
            ),
            (lambda data: again(data, 3), "column presentation_id: a second row for presentation_id"),
            (lambda data: b"", "allocation.csv, line 1: the file is empty"),
            (lambda data: data.replace(b",", b";"), "allocation.csv, line 1, column presentation_id: the cells are"),
            (lambda data: put(data, 4, "reader_id", b"R\xff"), "allocation.csv, line 4, column reader_id: this is not"),
        ],
    )
    def test_a_bad_table_is_refused_by_file_row_and_column(self, files, edit, says):
        (files / "allocation.csv").write_bytes(edit((files / "allocation.csv").read_bytes()))

        assert says in refused(files)

    def test_an_arm_that_no_comparison_has_is_refused(self, files):
        for name in ("scores.csv", "allocation.csv"):
            data = (files / name).read_bytes()
            (files / name).write_bytes(data.replace(b"FASTDL", b"CT").replace(b"CT_", b"FASTDL_"))

        said = refused(files)
        assert said.startswith("allocation.csv, line ")
        assert ", column comparison_id: 'FASTDL_SOC' does not name two of the arms CT, SOC in order" in said

    def test_a_file_that_is_not_there_is_named(self, files):
        (files / "allocation.csv").unlink()

        assert "allocation.csv: cannot be read" in refused(files)


class TestOtherTables:
    @pytest.fixture
    def facts(self, files):
        data = (files / "scores.csv").read_bytes()
        columns = {"reader": "reader_id", "presentation": "presentation_id", "patient": "patient_id",
                   "set": "image_set_id", "comparison": "comparison_id"}  # fmt: skip
        return {key: cell(data, 2, column) for key, column in columns.items()} | {"flag": "1"}

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ({"flag": "yes"}, "line 2, column flag_right: 'yes' must be 0, 1 or empty"),
            ({"presentation": "R9-1"}, "line 2, column presentation_id: 'R9-1' of reader"),
            ({"reader": "R9"}, "line 2, column reader_id: 'R9', but the allocation says otherwise"),
            ({"patient": "P999"}, "line 2, column patient_id: 'P999', but scores.csv gives image set"),
        ],
    )
    def test_consistency_that_does_not_fit_is_refused(self, files, facts, change, says):
        (files / "c.csv").write_text(CONSISTENCY.format(**facts | change), encoding="utf-8", newline="")

        assert refused(files, "--consistency", files / "c.csv").startswith(f"c.csv, {says}")

    @pytest.mark.parametrize(
        ("row", "says"),
        [
            ("{set},{patient},inf", "line 2, column ssim_soc_fast: 'inf' must be a number or empty"),
            ("{set},P999,0.9", "line 2, column patient_id: 'P999', but scores.csv gives image set '{set}' to another"),
            ("{set},{patient},0.9\n{set},{patient},0.8", "line 3, column image_set_id: a second row"),
            ("{set},{patient}", "line 2, column ssim_soc_fast: 2 cells under 3"),
        ],
    )
    def test_image_metrics_that_do_not_fit_are_refused(self, files, facts, row, says):
        text = "image_set_id,patient_id,ssim_soc_fast\n" + row.format(**facts) + "\n"
        (files / "m.csv").write_text(text, encoding="utf-8")

        assert refused(files, "--image-metrics", files / "m.csv").startswith(f"m.csv, {says.format(**facts)}")

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("", "plan.json: this is not JSON"),
            ("[]", "plan.json: The plan must be a JSON object"),
            (json.dumps(default_plan() | {"alpha": 5}), "plan.json: The plan's alpha must be"),
            (json.dumps(default_plan() | {"ni_margin": float("inf")}), "plan.json: The plan's ni_margin must be"),
            (
                json.dumps(default_plan() | {"primary_comparison": {}}),
                "plan.json: The plan's primary_comparison must be",
            ),
        ],
    )
    def test_a_bad_plan_is_refused_by_its_name(self, files, text, says):
        (files / "plan.json").write_text(text, encoding="utf-8")

        assert refused(files, "--plan", files / "plan.json").startswith(says)


class TestGoodVariants:
    @pytest.mark.parametrize(
        "edit",
        [lambda data: b"\xef\xbb\xbf" + data, lambda data: data.replace(b"\r\n", b"\n"),
         lambda data: data.replace(b"\r\n", b"\r"), lambda data: data.rstrip(b"\r\n")],
        ids=["byte order mark", "line feeds", "carriage returns", "no last line end"],
    )  # fmt: skip
    def test_what_spreadsheets_do_to_line_ends_and_the_first_bytes_changes_no_number(self, files, edit):
        call_command("analyse", *arguments(files))
        first = json.loads((files / "out" / "results.json").read_text("utf-8"))
        for name in ("scores.csv", "allocation.csv"):
            (files / name).write_bytes(edit((files / name).read_bytes()))

        call_command("analyse", *arguments(files))

        again_ = json.loads((files / "out" / "results.json").read_text("utf-8"))
        for results in (first, again_):
            for hash_of_bytes in ("sha256", "allocation_sha256"):
                del results["meta"][hash_of_bytes]
        assert again_ == first


class TestTheProcess:
    def run(self, files, **options):
        command = [sys.executable, str(ROOT / "manage.py"), "analyse", *arguments(files)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, **options)

    def test_it_ends_with_an_error_code_and_one_line(self, files):
        data = (files / "scores.csv").read_bytes()
        (files / "scores.csv").write_bytes(put(data, 9, "raw_score", "6"))

        done = self.run(files)

        assert done.returncode == 1
        assert done.stdout == ""
        assert done.stderr.splitlines() == [
            "CommandError: scores.csv, line 9, column raw_score: '6' must be a whole number from 1 to 5, or empty."
        ]

    def test_when_a_file_cannot_be_written_whole_the_old_ones_stay(self, files):
        (files / "out").mkdir()
        (files / "out" / "results.json").write_text("old", encoding="utf-8")

        def small_files_only():
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

        done = self.run(files, preexec_fn=small_files_only)

        assert done.returncode == 1
        assert "out: cannot be written (File too large)" in done.stderr
        assert [path.name for path in (files / "out").iterdir()] == ["results.json"]
        assert (files / "out" / "results.json").read_text("utf-8") == "old"
