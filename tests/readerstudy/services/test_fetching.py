"""The list of what an archive is asked for: what gets onto it, what is taken off, what is forgotten."""

from datetime import timedelta

import pytest
from django.utils import timezone

from readerstudy.core.archives import parse_archives
from readerstudy.core.errors import BadInput, WrongState
from readerstudy.core.found import Question, SeriesPlace
from readerstudy.models import AuditEvent, Fetch, FetchState, Study, Task, TaskState, Upload, UploadState
from readerstudy.services import fetch_images, fetching, tasks, uploads
from tests.readerstudy.services.sending import receive, silent

pytestmark = pytest.mark.django_db
PLACES = [SeriesPlace("1.2.3", "1.2.3.4", 4), SeriesPlace("1.2.3", "1.2.3.5", 5)]


@pytest.fixture
def archive(settings):
    """One that is not there."""
    settings.ARCHIVES = parse_archives(["main=http://127.0.0.1:1/dicom-web"])
    return settings.ARCHIVES[0]


@pytest.fixture
def asked(cast, archive):
    return fetching.begin_in_the_worker(cast.study, actor=cast.coordinator, archive=archive, places=PLACES, arm=None)


def half_here(fetch):
    """Some of it came."""
    fetch.upload = uploads.begin(fetch.study, actor=None, arm=None)
    fetch.save()
    receive(fetch.upload, "a.dcm", b"image")
    return fetch.upload


def failed(fetch):
    Task.objects.filter(kind="fetch", subject=fetch.pk).update(state=TaskState.FAILED, error="no")


class TestBegin:
    def test_each_series_is_a_task_of_its_own(self, asked, study):
        assert [(one.study_uid, one.series_uid, one.number) for one in asked] == [
            ("1.2.3", "1.2.3.4", 4), ("1.2.3", "1.2.3.5", 5),
        ]  # fmt: skip
        assert set(study.tasks.filter(kind="fetch").values_list("subject", flat=True)) == {one.pk for one in asked}

    def test_what_waits_is_not_asked_for_twice(self, asked, cast, archive):
        again = fetching.begin(cast.study, actor=cast.coordinator, archive=archive, places=PLACES[:1] * 2, arm=None)

        assert again == []

    def test_nothing_and_too_much_are_refused(self, cast, archive):
        many = [SeriesPlace("1.2.3", f"1.2.{number}") for number in range(fetching.MOST_AT_ONCE + 1)]
        for places in ([], many):
            with pytest.raises(BadInput):
                fetching.begin(cast.study, actor=cast.coordinator, archive=archive, places=places, arm=None)

    def test_an_archive_that_is_not_configured_is_refused(self, archive):
        with pytest.raises(BadInput, match="elsewhere"):
            fetching.archive_named("elsewhere")

    def test_a_sealed_study_asks_for_nothing(self, cast, archive):
        Study.objects.filter(pk=cast.study.pk).update(status="reading")
        with pytest.raises(WrongState):
            fetching.begin(cast.study, actor=cast.coordinator, archive=archive, places=PLACES, arm=None)
        cast.study.refresh_from_db()
        with pytest.raises(WrongState):
            fetching.search(cast.study, actor=cast.coordinator, archive=archive, question=Question(patient_id="P1"))


class TestFail:
    def test_an_archive_that_is_not_there_fails_in_words_and_can_be_retried(self, asked, cast, study):
        tasks.work_off(study, ("fetch",))
        task = fetching.task_of(asked[0])

        assert (task.state, "cannot be reached" in task.error) == (TaskState.FAILED, True)
        fetching.retry(asked[0], actor=cast.coordinator)
        task.refresh_from_db()
        assert task.state == TaskState.QUEUED
        with pytest.raises(WrongState):
            fetching.retry(asked[0], actor=cast.coordinator)

    def test_the_next_attempt_goes_on_in_the_same_upload(self, asked, study):
        upload = half_here(asked[0])
        tasks.work_off(study, ("fetch",))
        asked[0].refresh_from_db()

        assert asked[0].upload == upload
        assert Upload.objects.filter(study=study).count() == 2  # of each series one


class TestCancel:
    def test_what_came_is_thrown_away_and_what_was_asked_for_forgotten(self, asked, cast):
        upload = half_here(asked[0])
        fetching.cancel(asked[0], actor=cast.coordinator)
        upload.refresh_from_db()
        asked[0].refresh_from_db()

        assert upload.state == UploadState.CANCELLED
        assert not upload.files.exists()
        assert (asked[0].state, asked[0].study_uid, asked[0].series_uid) == (FetchState.CANCELLED, "", "")

    def test_the_worker_then_does_nothing(self, asked, study):
        for one in asked:
            fetching.cancel(one, actor=None)
        tasks.work_off(study, ("fetch",))

        assert not study.uploads.exists()
        assert not study.tasks.exclude(state=TaskState.DONE).exists()

    def test_a_failure_is_no_news_any_more(self, asked, study):
        failed(asked[0])
        fetching.cancel(asked[0], actor=None)

        assert not study.tasks.filter(state=TaskState.FAILED).exists()

    def test_once_is_enough(self, asked):
        fetching.cancel(asked[0], actor=None)
        with pytest.raises(WrongState):
            fetching.cancel(asked[0], actor=None)


class TestForget:
    def test_nothing_of_the_archives_is_kept_when_the_cases_are_frozen(self, asked, study):
        half_here(asked[0])
        fetching.forget(study)

        assert not Fetch.objects.exclude(study_uid="", series_uid="", state=FetchState.CANCELLED).exists()

    def test_what_nobody_came_back_to_goes_after_a_week(self, asked):
        failed(asked[0])
        Fetch.objects.filter(pk=asked[0].pk).update(made_at=timezone.now() - timedelta(days=8))

        assert fetching.forget_abandoned(now=timezone.now()) == 1
        asked[1].refresh_from_db()
        assert asked[1].state == FetchState.ASKED


class TestMove:
    def test_an_object_finds_its_upload_while_it_is_waited_for(self, asked):
        upload = half_here(asked[0])
        assert fetching.upload_of_move(77) is None
        Fetch.objects.filter(pk=asked[0].pk).update(move_id=77)
        assert fetching.upload_of_move(77) == upload
        assert fetching.upload_of_move(None) is None
        uploads.close(upload, actor=None)
        assert fetching.upload_of_move(77) is None


class TestAudit:
    def test_it_names_no_series_and_no_patient(self, asked, cast):
        fetching.cancel(asked[0], actor=cast.coordinator)
        told = str(list(AuditEvent.objects.values_list("action", "detail")))

        assert "series asked for" in told
        assert "1.2.3" not in told

    def test_done_is_done(self, asked):
        Fetch.objects.filter(pk=asked[0].pk).update(state=FetchState.DONE)
        asked[0].refresh_from_db()

        assert fetch_images.fetch_series(asked[0], silent) is None
