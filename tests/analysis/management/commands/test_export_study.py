"""`manage.py export_study`: the files, their checksums, and the same numbers again from nothing but them."""

import hashlib
import io
import json

import pandas as pd
import pyreadstat
import pytest
from django.core.management import CommandError, call_command
from frictionless import Package

from analysis.services.compute import compute
from tests.readerstudy.services.sending import silent

FILES = {
    "ratings_long.csv", "ratings_long.sav", "ratings_long.xpt", "ratings_wide_by_presentation.csv",
    "ratings_wide_by_reader.csv", "datapackage.json", "codebook.csv", "read_ratings.R", "read_ratings.sps",
    "read_ratings.sas", "mixed_models.R", "scores.csv", "allocation.csv", "consistency.csv", "findings.csv",
    "image_metrics.csv", "plan.json", "results.json", "audit.jsonl", "README.txt", "table1.csv", "table2.csv",
    "table3.csv", "table4.csv", "table_consistency.csv", "table_diagnostic_quality.csv", "table_image_metrics.csv",
    "answer_order.csv", "codebook_reading.csv", "SHA256SUMS",
}  # fmt: skip
# For people: as printed, or the dictionary itself.
PRINTED = {name for name in FILES if name.startswith(("table", "codebook"))}


@pytest.fixture
def exported(unblinded, tmp_path):
    compute(unblinded, silent)
    call_command("export_study", unblinded.slug, str(tmp_path / "bundle"), stdout=io.StringIO())
    return tmp_path / "bundle"


class TestFiles:
    def test_they_are_all_there_and_no_other(self, exported):
        assert {path.name for path in exported.iterdir()} == FILES | {"sections"}

    def test_the_checksums_match(self, exported):
        lines = (exported / "SHA256SUMS").read_text().splitlines()

        sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
        folders = {name for name in sums if "/" in name}
        assert sums.keys() - folders == FILES - {"SHA256SUMS"}
        assert folders == {str(path.relative_to(exported)) for path in exported.glob("*/**/*.csv")}
        assert all(hashlib.sha256((exported / name).read_bytes()).hexdigest() == sums[name] for name in sums)

    def test_the_codebook_explains_every_column_of_the_long_table(self, exported):
        columns = pd.read_csv(exported / "ratings_long.csv").columns

        assert list(pd.read_csv(exported / "codebook.csv")["variable"]) == list(columns)

    def test_frictionless_takes_every_table_of_the_package(self, exported):
        report = Package(str(exported / "datapackage.json")).validate()

        assert report.valid, report.flatten(["path", "rowNumber", "fieldName", "type", "note"])[:5]
        described = {task.place for task in report.tasks}
        assert described == {name for name in FILES if name.endswith(".csv") and name not in PRINTED}

    def test_spss_and_sas_get_the_numbers_of_the_long_table(self, exported):
        long = pd.read_csv(exported / "ratings_long.csv")

        sav, _ = pyreadstat.read_sav(exported / "ratings_long.sav")
        xpt, _ = pyreadstat.read_xport(exported / "ratings_long.xpt")

        assert list(sav["pref_score"]) == list(xpt["PREFSCOR"]) == list(long["pref_score"])

    def test_the_audit_trail_is_chained(self, exported):
        events = [json.loads(line) for line in (exported / "audit.jsonl").read_text().splitlines()]

        assert [event["previous_sha256"] for event in events[1:]] == [event["sha256"] for event in events[:-1]]

    def test_the_readme_names_the_hashes(self, exported, unblinded):
        text = (exported / "README.txt").read_text()

        assert unblinded.plan_sha256 in text
        assert unblinded.allocation_sha256 in text


class TestAgain:
    def test_analyse_on_the_files_gives_the_same_numbers(self, exported, tmp_path):
        out = tmp_path / "again"

        call_command(
            "analyse", str(exported / "scores.csv"), "--allocation", str(exported / "allocation.csv"),
            "--consistency", str(exported / "consistency.csv"), "--image-metrics", str(exported / "image_metrics.csv"),
            "--plan", str(exported / "plan.json"), "--out", str(out), "--no-report", "--no-figures",
            stdout=io.StringIO(),
        )  # fmt: skip

        assert json.loads((out / "results.json").read_text()) == json.loads((exported / "results.json").read_text())
        # Printed tables name the arms as the study does.
        assert (out / "table2.csv").read_text() == (exported / "table2.csv").read_text().replace("FAST-DL", "FASTDL")


class TestBadInput:
    def test_no_study(self, db, tmp_path):
        with pytest.raises(CommandError, match="no study"):
            call_command("export_study", "nothing", str(tmp_path / "out"))

    def test_a_folder_with_something_in_it(self, unblinded, tmp_path):
        (tmp_path / "mine").write_text("mine")

        with pytest.raises(CommandError, match="not an empty folder"):
            call_command("export_study", unblinded.slug, str(tmp_path))
        assert (tmp_path / "mine").read_text() == "mine"

    def test_results_that_are_not_computed(self, unblinded, tmp_path):
        with pytest.raises(CommandError, match="not computed"):
            call_command("export_study", unblinded.slug, str(tmp_path / "out"))
        assert not (tmp_path / "out").exists()

    def test_json_names_the_files(self, unblinded, tmp_path):
        compute(unblinded, silent)
        out = io.StringIO()

        call_command("export_study", unblinded.slug, str(tmp_path / "out"), "--json", stdout=out)

        assert {name for name in json.loads(out.getvalue())["files"] if "/" not in name} == FILES
