"""Bytes come in: whole, once, with room, into a draft; their names do not stay."""

import hashlib
import io
import shutil
from collections import namedtuple
from datetime import timedelta

import pytest

from readerstudy.core.errors import WrongState
from readerstudy.core.lifecycle import Status
from readerstudy.models import FileStatus, Study, Task, UploadedFile, UploadState
from readerstudy.services import uploads
from tests.readerstudy.services.sending import receive, send

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def upload(cast):
    return uploads.begin(cast.study, actor=cast.coordinator, arm=None)


class TestBegin:
    def test_it_is_recorded(self, upload, cast):
        event = cast.study.audit_events.get(action="upload begun")

        assert event.actor == cast.coordinator
        assert event.detail["upload"] == str(upload.uuid)

    def test_it_is_refused_once_the_study_is_no_draft(self, sealed, cast):
        with pytest.raises(WrongState, match="DRAFT"):
            uploads.begin(sealed, actor=cast.coordinator, arm=None)


class TestReceive:
    def test_the_bytes_lie_in_the_spool_under_a_number(self, upload):
        file = receive(upload, "Quimby^Zelda.dcm", b"abc")

        assert uploads.spooled(file).read_bytes() == b"abc"
        assert uploads.spooled(file).name == str(file.pk)
        assert file.sha256 == hashlib.sha256(b"abc").hexdigest()

    def test_the_same_file_sent_again_is_the_same_file(self, upload):
        first = receive(upload, "a.dcm", b"abc")

        assert receive(upload, "a.dcm", b"abc") == first
        assert [path.name for path in uploads.spool_dir(upload).iterdir()] == [str(first.pk)]

    def test_other_bytes_under_the_same_name_are_another_file(self, upload):
        receive(upload, "a.dcm", b"abc")
        receive(upload, "a.dcm", b"abd")

        assert upload.files.count() == 2

    def test_a_transfer_that_breaks_off_leaves_nothing(self, upload):
        with pytest.raises(uploads.BrokenTransfer, match="again"):
            uploads.receive(upload, name="a.dcm", stream=io.BytesIO(b"abc"), length=4)

        assert not upload.files.exists()
        assert not list(uploads.spool_dir(upload).iterdir())

    def test_no_more_is_read_than_was_announced(self, upload):
        file = uploads.receive(upload, name="a.dcm", stream=io.BytesIO(b"abcdef"), length=3)

        assert uploads.spooled(file).read_bytes() == b"abc"

    def test_a_file_over_the_limit_is_refused_before_a_byte_is_read(self, upload, settings):
        settings.UPLOAD_MAX_FILE_BYTES = 2

        with pytest.raises(uploads.FileTooLarge):
            receive(upload, "a.dcm", b"abc")
        assert not upload.files.exists()

    def test_a_full_disk_is_told_and_leaves_nothing(self, upload, monkeypatch):
        monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**12, 10**12, uploads.FREE_BYTES_KEPT + 2))

        with pytest.raises(uploads.DiskFull, match="room"):
            receive(upload, "a.dcm", b"abc")
        assert not upload.files.exists()

    def test_a_closed_upload_takes_nothing(self, upload):
        uploads.close(upload, actor=None)
        upload.refresh_from_db()

        with pytest.raises(WrongState, match="closed"):
            receive(upload, "a.dcm", b"abc")

    def test_a_study_that_was_sealed_meanwhile_takes_nothing(self, upload):
        upload.study.status = Status.READING

        with pytest.raises(WrongState, match="DRAFT"):
            receive(upload, "a.dcm", b"abc")

    @pytest.mark.parametrize("name", ["", "a\nb", "x" * 1000, "../../etc/passwd", "\udcff.dcm"])
    def test_any_name_can_be_stored_and_printed(self, upload, name):
        file = receive(upload, name, b"abc")

        assert file.name.isprintable()
        assert 0 < len(file.name) <= 400
        assert uploads.spooled(file).parent == uploads.spool_dir(upload)


class TestFinish:
    def test_it_asks_the_worker_once(self, upload):
        uploads.finish(upload, actor=None)
        uploads.finish(upload, actor=None)

        assert Task.objects.filter(kind="ingest", subject=upload.pk).count() == 1
        assert upload.study.audit_events.filter(action="upload complete").count() == 1

    def test_a_study_that_was_sealed_meanwhile_is_left_alone(self, upload):
        Study.objects.filter(pk=upload.study_id).update(status=Status.READING)

        with pytest.raises(WrongState, match="DRAFT"):
            uploads.finish(upload, actor=None)
        upload.refresh_from_db()
        assert upload.state == UploadState.RECEIVING
        assert not Task.objects.exists()


class TestClose:
    def test_a_file_that_a_killed_server_left_half_is_forgotten(self, upload):
        whole = receive(upload, "a.dcm", b"abc")
        UploadedFile.objects.create(upload=upload, name="b.dcm", size=3)

        uploads.close(upload, actor=None)

        assert list(upload.files.all()) == [whole]


class TestNames:
    @pytest.fixture
    def judged(self, study):
        upload = send(study, {"taken": b"1", "held": b"2", "refused": b"3"})
        for file in upload.files.all():
            UploadedFile.objects.filter(pk=file.pk).update(status=file.name)
        return upload

    def test_of_files_that_were_taken_are_erased(self, judged):
        uploads.erase_taken_names(judged)

        assert set(judged.files.values_list("name", "status")) == {
            ("", FileStatus.TAKEN),
            ("held", FileStatus.HELD),
            ("refused", FileStatus.REFUSED),
        }

    def test_are_all_erased_when_the_report_is_cleared(self, judged, cast):
        uploads.clear_names(judged, actor=cast.coordinator)

        assert set(judged.files.values_list("name", flat=True)) == {""}
        assert judged.study.audit_events.filter(action="upload report cleared").count() == 1


class TestCancel:
    def test_nothing_that_was_sent_is_left(self, upload, cast, django_capture_on_commit_callbacks):
        receive(upload, "a.dcm", b"one")

        with django_capture_on_commit_callbacks(execute=True):
            uploads.cancel(upload, actor=cast.coordinator)

        assert not upload.files.exists()
        assert not uploads.spool_dir(upload).exists()
        assert upload.study.audit_events.filter(action="upload cancelled").count() == 1

    def test_a_closed_upload_is_not_cancelled(self, upload, cast):
        receive(upload, "a.dcm", b"one")
        uploads.finish(upload, actor=cast.coordinator)

        with pytest.raises(WrongState):
            uploads.cancel(upload, actor=cast.coordinator)
        assert upload.files.count() == 1


class TestCancelAbandoned:
    def test_only_what_nobody_came_back_to_is_dropped(self, upload):
        later = upload.created_at + uploads.ABANDONED_AFTER

        assert uploads.cancel_abandoned(now=later) == 0
        assert uploads.cancel_abandoned(now=later + timedelta(seconds=1)) == 1
        upload.refresh_from_db()
        assert upload.state == UploadState.CANCELLED
