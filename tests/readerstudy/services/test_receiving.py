"""What comes by itself: grouped by who sent it, kept, closed when nothing more comes, read as any upload."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from readerstudy.core.errors import BadInput, WrongState
from readerstudy.core.lifecycle import Status
from readerstudy.models import Arrival, FileStatus, Refusal, Study, Task, Upload, UploadState
from readerstudy.services import allocate, ingest, receiving, tasks, uploads
from readerstudy.services.receiving import Sender
from tests.readerstudy.services.sending import sagittal_series, silent


@pytest.fixture
def title(cast):
    return receiving.add_title(cast.study, actor=cast.coordinator, title="SPINE")


@pytest.fixture
def pacs(title):
    return Sender("PACS at 192.0.2.7", title=title)


@pytest.fixture
def give(tmp_path):
    """Take objects as a sender's: name to bytes."""

    def given(sender, files):
        for name, data in files.items():
            path = tmp_path / "object"
            path.write_bytes(data)
            receiving.take(sender, name=name, path=path)

    return given


def let_pass(seconds):
    """Make what arrived older."""
    for arrival in Arrival.objects.all():
        Arrival.objects.filter(pk=arrival.pk).update(last_at=arrival.last_at - timedelta(seconds=seconds))


class TestAddTitle:
    def test_it_is_recorded(self, title, cast):
        assert cast.study.audit_events.get(action="AE title made").detail == {"title": "SPINE", "arm": None}

    @pytest.mark.parametrize("words", ["", "spine", "A" * 17, "A B"])
    def test_it_refuses_what_cannot_be_one(self, cast, words):
        with pytest.raises(BadInput):
            receiving.add_title(cast.study, actor=cast.coordinator, title=words)

    def test_one_title_leads_to_one_study(self, title, cast):
        other = Study.objects.get(title="Another study")

        for study in (other, cast.study):
            with pytest.raises(BadInput, match="taken"):
                receiving.add_title(study, actor=cast.outsider, title="SPINE")

    def test_nobody_takes_the_title_of_the_receiver(self, cast, settings):
        with pytest.raises(BadInput, match="taken"):
            receiving.add_title(cast.study, actor=cast.coordinator, title=settings.DICOM_AE_TITLE)

    def test_a_sealed_study_gets_none(self, sealed, cast):
        with pytest.raises(WrongState):
            receiving.add_title(sealed, actor=cast.coordinator, title="SPINE")


class TestTake:
    def test_what_one_sender_sends_is_one_upload(self, pacs, give):
        give(pacs, sagittal_series("1.2.3.4"))
        give(pacs, sagittal_series("1.2.3.5", folder="b"))

        upload = Upload.objects.get()
        assert upload.files.count() == 6
        assert (upload.arrival.sender, upload.arrival.title) == (pacs.name, pacs.title)

    def test_another_sender_has_another(self, pacs, title, give):
        give(pacs, {"a": b"1"})
        give(Sender("MR1 at 192.0.2.8", title=title), {"a": b"1"})

        assert Upload.objects.count() == 2

    def test_a_title_of_an_arm_gives_its_arm(self, cast, give):
        fast = cast.study.arms.get(code="FAST")
        title = receiving.add_title(cast.study, actor=cast.coordinator, title="SPINE_FAST", arm=fast)
        give(Sender("PACS at 192.0.2.7", title=title), {"a": b"1"})

        assert Upload.objects.get().arm == fast

    def test_the_same_object_again_is_the_same_file(self, pacs, give):
        give(pacs, {"a": b"1"})
        give(pacs, {"a": b"1"})

        assert Upload.objects.get().files.count() == 1

    def test_an_upload_that_was_closed_meanwhile_has_a_successor(self, pacs, give, monkeypatch):
        give(pacs, {"a": b"1"})
        real = uploads.receive
        closed = []

        def close_first(upload, **kwargs):
            if not closed:
                closed.append(uploads.close(Upload.objects.get(pk=upload.pk), actor=None))
                upload.refresh_from_db()
            return real(upload, **kwargs)

        monkeypatch.setattr(uploads, "receive", close_first)
        give(pacs, {"b": b"2"})

        assert closed == [True]
        assert sorted(Upload.objects.values_list("state", "files__name")) == [("queued", "a"), ("receiving", "b")]

    def test_a_sealed_study_takes_nothing(self, pacs, give, cast):
        Study.objects.filter(pk=cast.study.pk).update(status=Status.READING)

        with pytest.raises(WrongState, match="READING"):
            give(pacs, {"a": b"1"})
        assert not Upload.objects.exists()

    def test_it_is_on_the_disk_before_it_is_acknowledged(self, pacs, give, monkeypatch):
        synced = []
        real = uploads.os.fsync
        monkeypatch.setattr(
            uploads.os, "fsync", lambda fd: (synced.append(Path(f"/proc/self/fd/{fd}").resolve()), real(fd))
        )

        give(pacs, {"a": b"1"})

        file = Upload.objects.get().files.get()
        assert synced == [uploads.spooled(file), uploads.spool_dir(file.upload), uploads.spool_dir(file.upload).parent]


class TestCloseIdle:
    def test_what_comes_still_stays_open(self, pacs, give):
        give(pacs, {"a": b"1"})

        assert receiving.close_idle(now=timezone.now()) == 0
        assert Upload.objects.get().state == UploadState.RECEIVING

    def test_after_the_silence_the_worker_reads_it(self, pacs, give, cast, settings):
        give(pacs, sagittal_series())
        let_pass(settings.ARRIVAL_IDLE_S + 1)

        assert receiving.close_idle(now=timezone.now()) == 1

        task = Task.objects.get(kind="ingest")
        assert task.subject == Upload.objects.get().pk
        tasks.run(task.pk)
        assert set(Upload.objects.get().files.values_list("status", flat=True)) == {FileStatus.TAKEN}
        assert cast.study.series.count() == 1

    def test_what_was_broken_off_waits_longer_and_the_rest_joins_it(self, pacs, give, settings):
        files = sagittal_series()
        give(pacs, dict(list(files.items())[:2]))
        receiving.note_broken_off(pacs)
        let_pass(settings.ARRIVAL_IDLE_S + 1)
        assert receiving.close_idle(now=timezone.now()) == 0

        give(pacs, files)
        let_pass(settings.ARRIVAL_IDLE_S + 1)
        assert receiving.close_idle(now=timezone.now()) == 1
        assert Upload.objects.get().files.count() == 3

    def test_what_nobody_finishes_is_read_all_the_same(self, pacs, give, settings):
        give(pacs, {"a": b"1"})
        receiving.note_restart()
        let_pass(settings.ARRIVAL_IDLE_S * receiving.PATIENCE + 1)

        assert receiving.close_idle(now=timezone.now()) == 1

    def test_a_study_that_was_sealed_meanwhile_changes_in_nothing_and_it_is_told(self, pacs, give, cast):
        give(pacs, {"a": b"1", "b": b"2"})
        Study.objects.filter(pk=cast.study.pk).update(status=Status.READING)
        let_pass(10_000)

        receiving.close_idle(now=timezone.now())

        assert Upload.objects.get().state == UploadState.CANCELLED
        assert not Task.objects.exists()
        refusal = Refusal.objects.get()
        assert (refusal.study, refusal.count, refusal.called) == (cast.study, 2, "SPINE")
        assert "sealed" in refusal.reason

    def test_what_was_acknowledged_is_never_dropped_as_abandoned(self, pacs, give):
        give(pacs, {"a": b"1"})
        Upload.objects.update(created_at=timezone.now() - timedelta(days=30))

        assert uploads.cancel_abandoned(now=timezone.now()) == 0


class TestCloseWhenDue:
    def test_it_closes_what_is_due_once(self, pacs, give):
        give(pacs, {"a": b"1"})
        let_pass(10_000)
        arrival = Arrival.objects.get()

        receiving.close_when_due(arrival.pk, 1)
        receiving.close_when_due(arrival.pk, 1)

        assert Task.objects.count() == 1

    def test_what_is_not_due_stays(self, pacs, give):
        give(pacs, {"a": b"1"})

        receiving.close_when_due(Arrival.objects.get().pk, 1)

        assert Upload.objects.get().state == UploadState.RECEIVING


class TestTheSameSeriesTwice:
    def test_it_is_one_series_and_the_report_says_so(self, pacs, give, cast):
        for _ in range(2):
            give(pacs, sagittal_series())
            let_pass(10_000)
            receiving.close_idle(now=timezone.now())
            ingest.parse(Upload.objects.order_by("pk").last(), silent)

        assert cast.study.series.count() == 1
        again = Upload.objects.order_by("pk").last()
        assert set(again.files.values_list("status", flat=True)) == {FileStatus.TAKEN}
        assert "has these images already" in again.files.first().reason


class TestSealing:
    def test_what_is_still_arriving_is_in_the_way(self, pacs, give, cast):
        give(pacs, {"a": b"1"})

        assert any("still arriving" in problem for problem in allocate.readiness(cast.study).problems)
        receiving.close(Arrival.objects.get(), actor=cast.coordinator)
        assert not any("still arriving" in problem for problem in allocate.readiness(cast.study).problems)
