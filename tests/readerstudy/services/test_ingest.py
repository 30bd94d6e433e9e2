"""From files to series: each is judged by name, nothing identifies, and a killed worker loses and doubles nothing."""

import logging
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings as django_settings

from readerstudy.core.errors import WrongState
from readerstudy.core.lifecycle import Status
from readerstudy.models import FileStatus, Series, StoredFile, Study, UploadedFile, UploadState
from readerstudy.services import audit, files, ingest, uploads
from tests.readerstudy.core.mr_builder import file_bytes, mr_dataset
from tests.readerstudy.services.sending import (
    outcome,
    sagittal_series,
    send,
    silent,
    soc_and_fast,
    take,
    zipped,
)

# What the instances of mr_builder, and the names of the files below, say about the patient.
SECRETS = ("quimby", "zelda", "hosp-778899", "778899", "19500615", "1950-06-15", "20200614", "2020-06-14", "1.2.3.4")
IDENTIFYING = {
    "InstitutionName": "Saint Quimby Hospital",
    "ReferringPhysicianName": "Doctor^Zelda",
    "PatientComments": "Zelda Quimby called on 2020-06-14",
    "SeriesDescription": "SAG T2 LUMBAR Quimby",
    "AccessionNumber": "HOSP-778899-1",
    "PatientAddress": "1 Zelda Street",
    "DeviceSerialNumber": "778899",
    "ProtocolName": "T2 ZELDA",
}


def everything_in_the_tables():
    rows = (
        str(row)
        for model in apps.get_models()
        if model._meta.app_label in {"readerstudy", "enhancement", "analysis"}
        for row in model.objects.values()
    )
    return "\n".join(rows).lower()


def everything_in_the_storage():
    folder = Path(django_settings.STORAGES["default"]["OPTIONS"]["location"])
    stored = StoredFile.objects.values_list("path", flat=True)
    return b"\n".join((folder / path).read_bytes() for path in stored).lower()


class TestParse:
    def test_two_series_of_one_patient_become_the_arms_of_one_image_set(self, study):
        upload = take(study, soc_and_fast())

        series = {one.arm.code: one for one in study.series.all()}
        assert set(series) == {"SOC", "FAST"}
        assert series["SOC"].image_set == series["FAST"].image_set
        assert set(outcome(upload).values()) == {FileStatus.TAKEN}

    def test_the_report_tells_series_and_checksum_of_every_file(self, study):
        upload = take(study, sagittal_series())

        series = study.series.get()
        assert {file.series for file in upload.files.all()} == {series}
        assert len(set(upload.files.values_list("pixel_sha256", flat=True))) == 3

    def test_sex_and_capped_age_are_kept_of_the_patient(self, study):
        take(study, sagittal_series(PatientBirthDate="19200101"))

        participant = study.participants.get()
        assert (participant.code, participant.sex, participant.age_years) == ("P001", "F", 90)

    def test_a_bad_file_is_refused_by_name_and_the_good_ones_are_taken(self, study):
        upload = take(study, {**sagittal_series(), "notes.txt": b"hello", "empty.dcm": b""})

        refused = {file.name: file.reason for file in upload.files.filter(status=FileStatus.REFUSED)}
        assert set(refused) == {"notes.txt", "empty.dcm"}
        assert all(refused.values())
        assert study.series.get().slices == 3

    def test_an_error_that_nobody_foresaw_refuses_one_file_alone(self, study, monkeypatch):
        decode = ingest.decode_stored

        def stumble(dataset, **options):
            if dataset.InstanceNumber == 2:
                raise TypeError("Quimby")
            return decode(dataset, **options)

        monkeypatch.setattr(ingest, "decode_stored", stumble)
        upload = take(study, sagittal_series())

        assert outcome(upload)["a/1.dcm"] == FileStatus.REFUSED
        assert "Quimby" not in upload.files.get(name="a/1.dcm").reason
        assert study.series.get().slices == 2

    def test_an_error_that_nobody_foresaw_refuses_one_series_alone(self, study, monkeypatch):
        clean = ingest.deidentify

        def stumble(dataset, **options):
            if dataset.SeriesInstanceUID == "1.2.3.5":
                raise TypeError("Quimby")
            return clean(dataset, **options)

        monkeypatch.setattr(ingest, "deidentify", stumble)
        upload = take(study, soc_and_fast())

        assert study.series.count() == 1
        assert set(upload.files.filter(name__startswith="fast").values_list("status", flat=True)) == {"refused"}

    def test_a_disk_that_fails_is_not_the_files_fault(self, study, monkeypatch):
        upload = send(study, sagittal_series())
        monkeypatch.setattr(ingest, "read_instance", lambda *args, **options: (_ for _ in ()).throw(OSError(5, "I/O")))

        with pytest.raises(OSError, match="I/O"):
            ingest.parse(upload, silent)
        assert set(outcome(upload).values()) == {FileStatus.RECEIVED}

    def test_a_series_that_names_two_patients_is_held(self, study):
        mixed = {**sagittal_series(), "a/2.dcm": sagittal_series(PatientID="OTHER")["a/2.dcm"]}

        upload = take(study, mixed)

        assert set(outcome(upload).values()) == {FileStatus.HELD}
        assert not study.series.exists()

    def test_files_without_a_patient_id_are_a_participant_of_their_own(self, study):
        take(study, sagittal_series("1.2.3.4", PatientID=None))
        take(study, sagittal_series("1.2.3.5", PatientID=None, StudyInstanceUID="1.2.99"))

        assert study.participants.count() == 2
        assert study.series.first().findings[0]["code"] == "no-patient-id"

    def test_what_may_show_a_name_in_its_pixels_is_held(self, study):
        upload = take(study, sagittal_series(BurnedInAnnotation="YES"))

        assert set(outcome(upload).values()) == {FileStatus.HELD}
        assert not study.series.exists()

    def test_the_spool_is_empty_afterwards(self, study, django_capture_on_commit_callbacks):
        upload = send(study, sagittal_series())

        with django_capture_on_commit_callbacks(execute=True):
            ingest.parse(upload, silent)

        assert not uploads.spool_dir(upload).exists()

    def test_an_arm_that_is_told_with_the_upload_is_kept(self, study):
        take(study, sagittal_series(), arm=study.arms.get(code="FAST"))

        assert study.series.get().arm.code == "FAST"

    def test_a_vendors_enhanced_series_counts_as_uploaded(self, study):
        take(study, sagittal_series(), arm=study.arms.get(code="FAST-DL"))

        assert study.series.get().origin == Series.Origin.UPLOADED


class TestAfterTheSeal:
    def test_an_upload_that_comes_too_late_changes_nothing(self, study):
        upload = send(study, sagittal_series())
        Study.objects.filter(pk=study.pk).update(status=Status.READING)

        with pytest.raises(WrongState, match="DRAFT"):
            ingest.parse(upload, silent)
        assert not study.series.exists()

    def test_a_seal_in_the_middle_leaves_the_rest_out(self, study):
        upload = send(study, soc_and_fast())

        def seal_before_the_series(done, total, step=""):
            if step == "reading the series":
                Study.objects.filter(pk=study.pk).update(status=Status.READING)

        with pytest.raises(WrongState, match="DRAFT"):
            ingest.parse(upload, seal_before_the_series)
        assert not study.series.exists()
        assert not study.image_sets.exists()


class TestTwice:
    def test_the_same_upload_again_makes_no_second_series(self, study):
        take(study, soc_and_fast())
        again = take(study, soc_and_fast())

        assert study.series.count() == 2
        assert set(outcome(again).values()) == {FileStatus.TAKEN}
        assert all("already" in file.reason for file in again.files.all())

    def test_a_copy_in_the_same_upload_does_no_harm(self, study):
        files_ = sagittal_series()
        upload = take(study, {**files_, "copy.dcm": files_["a/0.dcm"]})

        assert set(outcome(upload).values()) == {FileStatus.TAKEN}
        assert study.series.get().slices == 3

    def test_a_contradicting_copy_is_held_and_the_first_is_taken(self, study):
        upload = take(study, {**sagittal_series(seed=1), "b.dcm": sagittal_series(seed=2)["a/0.dcm"]})

        held = upload.files.get(status=FileStatus.HELD)
        assert held.name == "b.dcm"
        assert held.reason == ingest.CONTRADICTION
        assert study.series.get().slices == 3

    def test_other_pixels_of_a_series_that_is_there_are_held(self, study):
        take(study, sagittal_series(seed=1))
        upload = take(study, sagittal_series(seed=2))

        assert set(outcome(upload).values()) == {FileStatus.HELD}
        assert study.series.count() == 1

    def test_a_removed_series_can_be_sent_again(self, study):
        take(study, sagittal_series())
        study.series.update(removed_at=study.created_at)

        take(study, sagittal_series())

        assert study.series.filter(removed_at=None).count() == 1


class TestKilled:
    """The worker dies at a point, and the queue gives the task to another one."""

    POINTS = ("unpack_archives", "_sort_out", "_take_series", "_take_stack", "store_series", "place_series", "_close")

    @pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
    @pytest.mark.parametrize("point", POINTS)
    def test_nothing_is_lost_and_nothing_comes_twice(self, study, monkeypatch, point, after):
        upload = send(study, {"z.zip": zipped(soc_and_fast()), "notes.txt": b"hello"})
        self.parse_and_die(upload, monkeypatch, point, after=after)

        ingest.parse(upload, silent)

        upload.refresh_from_db()
        assert upload.state == UploadState.DONE
        assert sorted(study.series.values_list("arm__code", flat=True)) == ["FAST", "SOC"]
        assert study.participants.count() == study.image_sets.count() == 1
        statuses = list(upload.files.values_list("status", flat=True))
        assert (statuses.count("taken"), statuses.count("refused"), len(statuses)) == (6, 1, 7)
        assert study.audit_events.filter(action="series taken").count() == 2
        assert study.audit_events.filter(action="upload parsed").count() == 1
        audit.verify_chain(study)
        files.verify(study)

    def parse_and_die(self, upload, monkeypatch, point, *, after):
        work = getattr(ingest, point)

        def die(*args, **options):
            if after:
                work(*args, **options)
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(ingest, point, die)
            with pytest.raises(KeyboardInterrupt):
                ingest.parse(upload, silent)


class TestNothingIdentifies:
    @pytest.fixture
    def uploaded(self, study, caplog):
        caplog.set_level(logging.DEBUG)
        good = soc_and_fast(**IDENTIFYING)
        held = sagittal_series("1.2.3.6", BurnedInAnnotation="YES", **IDENTIFYING)
        refused = {"bad.dcm": file_bytes(mr_dataset(series="1.2.3.7", Rows=99, **IDENTIFYING))}
        named = {f"QUIMBY_Zelda/HOSP-778899/19500615/{name}": data for name, data in (good | held | refused).items()}
        upload = take(study, named)
        uploads.erase_taken_names(upload)
        assert set(outcome(upload).values()) == {FileStatus.TAKEN, FileStatus.HELD, FileStatus.REFUSED}
        return upload

    def test_in_any_table(self, uploaded):
        text = everything_in_the_tables()

        assert not [secret for secret in SECRETS if secret in text]

    def test_in_any_stored_file(self, uploaded):
        content = everything_in_the_storage()

        assert content.count(b"dicm") == 6
        assert not [secret for secret in SECRETS if secret.encode() in content]

    def test_in_any_line_of_the_log(self, uploaded, caplog):
        log = "\n".join(f"{record.getMessage()} {record.exc_text or ''}" for record in caplog.records).lower()

        assert not [secret for secret in SECRETS if secret in log]

    def test_in_the_report(self, uploaded, cast, sign_in):
        page = sign_in(cast.coordinator).get(f"/studies/{cast.study.slug}/uploads/{uploaded.uuid}/")

        text = page.content.decode().lower()
        assert not [secret for secret in SECRETS if secret in text]

    def test_short_names_are_masked_where_they_stand_alone(self, study):
        upload = take(study, {"Li_Wu/limits.dcm": file_bytes(mr_dataset(PatientName="Li^Wu", Rows=99))})

        assert outcome(upload) == {"•••_•••/limits.dcm": FileStatus.REFUSED}


class TestSeriesOf:
    def test_it_gives_each_series_once(self, study):
        upload = take(study, soc_and_fast())

        assert sorted(one.pk for one in ingest.series_of(upload)) == sorted(study.series.values_list("pk", flat=True))

    def test_an_upload_without_series_has_none(self, study):
        assert ingest.series_of(take(study, {"notes.txt": b"hello"})) == []


class TestUploadedFileRow:
    def test_a_long_reason_fits(self, study):
        upload = send(study, {"a": b"1"})
        file = UploadedFile.objects.get(upload=upload)

        ingest._judge([file], FileStatus.REFUSED, "x" * 1000)

        file.refresh_from_db()
        assert len(file.reason) == 400
