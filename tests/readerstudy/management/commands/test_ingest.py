"""`manage.py ingest`: the contract of the design, section 8."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from readerstudy.core.lifecycle import Status
from readerstudy.models import Study, Upload
from readerstudy.services import uploads
from tests.readerstudy.services.sending import sagittal_series, soc_and_fast, zipped


@pytest.fixture
def folder(tmp_path):
    """SOC and FAST of one patient below a folder, with a file that is no DICOM."""
    for name, data in {**soc_and_fast(), "notes.txt": b"hello"}.items():
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "in"


def ingest(*arguments):
    out = io.StringIO()
    call_command("ingest", *map(str, arguments), stdout=out)
    return out.getvalue()


def report_of(*arguments):
    return json.loads(ingest(*arguments, "--json"))


class TestJson:
    def test_it_has_exactly_the_keys_of_the_contract(self, study, folder):
        report = report_of(study.slug, folder)

        assert set(report) == {"files", "series"}
        assert all(set(file) == {"path", "status", "reason", "series", "pixel_sha256"} for file in report["files"])
        assert all(set(one) == {"id", "arm", "participant", "image_set", "shape", "checks"} for one in report["series"])

    def test_paths_are_as_found_and_every_file_is_there(self, study, folder):
        paths = {file["path"] for file in report_of(study.slug, folder)["files"]}

        assert paths == {str(path) for path in folder.rglob("*") if path.is_file()}

    def test_a_file_that_was_taken_names_its_series_and_checksum(self, study, folder):
        report = report_of(study.slug, folder)

        taken = [file for file in report["files"] if file["status"] == "taken"]
        assert {file["series"] for file in taken} == {series["id"] for series in report["series"]}
        assert all(len(file["pixel_sha256"]) == 64 for file in taken)

    def test_a_file_that_was_refused_has_a_reason_and_no_checksum(self, study, folder):
        (refused,) = (file for file in report_of(study.slug, folder)["files"] if file["status"] == "refused")

        assert refused["path"].endswith("notes.txt")
        assert refused["reason"]
        assert (refused["series"], refused["pixel_sha256"]) == (None, None)

    def test_series_tell_arm_place_and_shape(self, study, folder):
        series = report_of(study.slug, folder)["series"]

        assert {one["arm"] for one in series} == {"SOC", "FAST"}
        assert {(one["participant"], one["image_set"], *one["shape"]) for one in series} == {
            ("P001", "S001", 3, 16, 16)
        }

    def test_a_zip_is_reported_member_by_member(self, study, tmp_path):
        path = tmp_path / "in.zip"
        path.write_bytes(zipped(sagittal_series()))

        paths = {file["path"].replace("•••", "") for file in report_of(study.slug, path)["files"]}

        assert {name.rpartition("/")[2] for name in paths} == {"0.dcm", "1.dcm", "2.dcm"}


class TestText:
    def test_it_names_what_was_not_taken_and_counts(self, study, folder):
        text = ingest(study.slug, folder)

        assert f"refused: {folder / 'notes.txt'}" in text
        assert "6 of 7 files taken, 2 series." in text


class TestOptions:
    def test_an_arm_can_be_told(self, study, folder):
        report = report_of(study.slug, folder / "soc", "--arm", "FAST")

        assert report["series"][0]["arm"] == "FAST"

    def test_an_unknown_arm_is_refused_with_the_arms_there_are(self, study, folder):
        with pytest.raises(CommandError, match="SOC, FAST, FAST-DL, SOC-DL"):
            ingest(study.slug, folder, "--arm", "SLOW")
        assert not Upload.objects.exists()

    def test_create_makes_the_study_with_this_short_name(self, db, folder):
        ingest("new-study", folder, "--create")

        assert Study.objects.get().slug == "new-study"

    def test_create_takes_a_study_that_is_there(self, study, folder):
        ingest(study.slug, folder, "--create")

        assert study.series.count() == 2

    @pytest.mark.parametrize("slug", ["New Study", "ä", "x" * 60])
    def test_create_refuses_what_is_no_short_name_and_makes_nothing(self, db, folder, slug):
        with pytest.raises(CommandError, match="short name"):
            ingest(slug, folder, "--create")
        assert not Study.objects.exists()


class TestBadInput:
    def test_no_study(self, db, folder):
        with pytest.raises(CommandError, match="--create"):
            ingest("no-such-study", folder)

    def test_no_file(self, study, tmp_path):
        with pytest.raises(CommandError, match="no file or folder"):
            ingest(study.slug, tmp_path / "nothing")

    def test_an_empty_folder(self, study, tmp_path):
        with pytest.raises(CommandError, match="no files"):
            ingest(study.slug, tmp_path)

    def test_a_study_that_is_no_draft(self, study, folder):
        Study.objects.update(status=Status.LOCKED)

        with pytest.raises(CommandError, match="DRAFT"):
            ingest(study.slug, folder)

    def test_a_file_that_cannot_be_read_is_one_line(self, study, folder, monkeypatch):
        monkeypatch.setattr(
            uploads, "receive", lambda *a, **k: (_ for _ in ()).throw(PermissionError(13, "denied", "f"))
        )

        with pytest.raises(CommandError, match="f: denied"):
            ingest(study.slug, folder)


class TestNames:
    def test_of_files_that_were_taken_do_not_stay(self, study, folder):
        ingest(study.slug, folder)

        names = set(Upload.objects.get().files.filter(status="taken").values_list("name", flat=True))
        assert names == {""}
