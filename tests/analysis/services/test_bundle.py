"""The bundle: no file replaces another, equal data give equal bytes."""

import hashlib
import io
import json
import zipfile

import pytest
from django.core.management import call_command
from frictionless import Package

from analysis.core.plan import plan_sha256
from analysis.services.bundle import bundle_files, bundle_zip
from analysis.services.compute import compute
from analysis.services.plans import amend_plan
from readerstudy.core.errors import IntegrityFailure, WrongState
from readerstudy.services import tasks
from tests.readerstudy.services.sending import silent


@pytest.fixture
def analysis(unblinded):
    return compute(unblinded, silent)


class TestBundleFiles:
    def test_a_printed_table_never_replaces_the_data(self, unblinded, analysis):
        analysis.results["tables"][0]["name"] = "scores"
        analysis.save()

        with pytest.raises(IntegrityFailure, match=r"would replace the data in scores\.csv"):
            bundle_files(unblinded)

    def test_it_is_refused_until_the_results_are_computed(self, unblinded):
        with pytest.raises(WrongState, match="not computed"):
            bundle_files(unblinded)

    def test_asked_for_again_it_has_the_same_bytes(self, unblinded, analysis):
        assert bundle_files(unblinded) == bundle_files(unblinded)


class TestFigures:
    def test_they_come_with_their_numbers_are_described_and_summed_and_again_the_same(self, unblinded, analysis):
        tasks.work_off(unblinded, ["draw_results"])

        files = bundle_files(unblinded)

        drawn = {f"figures/{file.name}": bytes(file.content) for file in analysis.files.exclude(section="report")}
        assert {name: content for name, content in files.items() if name.startswith("figures/")} == drawn
        described = {one["path"] for one in json.loads(files["datapackage.json"])["resources"]}
        assert {name for name in drawn if name.endswith(".csv")} <= described
        line = f"{hashlib.sha256(files['figures/time_course.svg']).hexdigest()}  figures/time_course.svg"
        assert line in files["SHA256SUMS"].decode().splitlines()
        made_with = json.loads(files["versions.json"])
        assert made_with["printed_with"].keys() == {"matplotlib", "typst", "Jinja2"}
        assert "scikit-image" in made_with["images_measured_with"][0]
        assert "matplotlib, figures and pages" in files["report.html"].decode()
        assert bundle_files(unblinded) == files

    def test_frictionless_takes_their_numbers_too(self, unblinded, analysis, tmp_path):
        tasks.work_off(unblinded, ["draw_results"])
        call_command("export_study", unblinded.slug, str(tmp_path / "bundle"), stdout=io.StringIO())

        report = Package(str(tmp_path / "bundle" / "datapackage.json")).validate()

        assert report.valid, report.flatten(["path", "rowNumber", "fieldName", "type", "note"])[:5]
        assert "figures/win_tie_loss.csv" in {task.place for task in report.tasks}

    def test_every_table_of_every_section_is_there(self, unblinded, analysis):
        files = bundle_files(unblinded)

        names = {name.split("/")[1] for name in files if name.startswith("sections/")}
        assert names >= {"preferences", "paper", "subgroups", "agreement", "conduct", "consistency", "images"}
        assert "sections/subgroups/subgroup_levels_SOC_FAST.csv" in files
        assert files["sections/conduct/time_by_reader.csv"].startswith(b"Reader,Presentations,Median (s)")


class TestPostHoc:
    @pytest.fixture
    def later(self, unblinded, analysis, cast):
        choices = {"alpha": 0.01}
        amend_plan(unblinded, actor=cast.statistician, reason="A reviewer asked for it.", choices=choices)
        return compute(unblinded, silent, plan_version=2)

    def test_results_of_a_later_plan_stand_beside_the_sealed_ones(self, unblinded, analysis, later):
        files = bundle_files(unblinded)

        plan, results = (json.loads(files[f"post_hoc_2_{name}.json"]) for name in ("plan", "results"))
        assert (plan["alpha"], plan["post_hoc"]["version"]) == (0.01, 2)
        assert results["meta"]["plan_sha256"] == later.plan_sha256 == plan_sha256(plan)
        assert json.loads(files["results.json"])["meta"]["plan_sha256"] == unblinded.plan_sha256
        assert files["post_hoc_2_table2.csv"].startswith(b"Feature,")
        assert "Post hoc: version 2 of the plan" in files["README.txt"].decode()

    def test_the_checksums_cover_them(self, unblinded, analysis, later):
        files = bundle_files(unblinded)

        line = f"{hashlib.sha256(files['post_hoc_2_results.json']).hexdigest()}  post_hoc_2_results.json"
        assert line in files["SHA256SUMS"].decode().splitlines()

    def test_analysed_again_from_the_bundle_they_have_the_same_numbers(self, unblinded, analysis, later, tmp_path):
        call_command("export_study", unblinded.slug, str(tmp_path), stdout=io.StringIO())
        tables = ["--consistency", str(tmp_path / "consistency.csv")]
        if (tmp_path / "image_metrics.csv").exists():
            tables += ["--image-metrics", str(tmp_path / "image_metrics.csv")]

        call_command("analyse", str(tmp_path / "scores.csv"), "--allocation", str(tmp_path / "allocation.csv"), *tables,
                     "--plan", str(tmp_path / "post_hoc_2_plan.json"), "--out", str(tmp_path / "again"),
                     "--no-report", "--no-figures")  # fmt: skip

        assert (tmp_path / "again" / "results.json").read_bytes() == (tmp_path / "post_hoc_2_results.json").read_bytes()

    def test_without_a_later_plan_there_is_none(self, unblinded, analysis):
        files = bundle_files(unblinded)

        assert not [name for name in files if name.startswith("post_hoc")]
        assert "Post hoc" not in files["README.txt"].decode()


class TestBundleZip:
    def test_it_holds_the_same_files(self, unblinded, analysis):
        with zipfile.ZipFile(io.BytesIO(bundle_zip(unblinded))) as archive:
            assert {name: archive.read(name) for name in archive.namelist()} == bundle_files(unblinded)
