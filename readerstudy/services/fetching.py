"""Ask an archive for images: search, put series on the list of what is to be fetched, cancel, try again.

The fetching itself is the worker's, in `fetch_images`. What a search finds goes to whoever asked, and nowhere else.
"""

import threading
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from readerstudy.core import lifecycle
from readerstudy.core.archives import Archive
from readerstudy.core.errors import BadInput, WrongState
from readerstudy.core.found import Found, Question, SeriesPlace
from readerstudy.models import Arm, Fetch, FetchState, Study, Task, TaskState, Upload, UploadState, User
from readerstudy.remote.ask import ask
from readerstudy.services import audit, tasks, uploads

MOST_AT_ONCE = 200
MOST_SEARCHES = 2  # in one web process: each holds a thread of it until the archive has answered
KEPT_FOR = timedelta(days=7)
_searching = threading.BoundedSemaphore(MOST_SEARCHES)


def archive_named(name: str) -> Archive:
    """One that the administrator configured. Raises BadInput for any other."""
    found = next((one for one in settings.ARCHIVES if one.name == name), None)
    if found is None:
        raise BadInput(f"There is no archive '{name[:40]}' in the settings of this server.")
    return found


def search(study: Study, *, actor: User, archive: Archive, question: Question) -> Found:
    """What the archive has. That somebody searched is recorded, what for and what was found is not.

    Raises ArchiveTrouble, WrongState.
    """
    lifecycle.require(study.status, lifecycle.Act.EDIT_CASES)
    if not _searching.acquire(timeout=5):
        raise WrongState("Others are searching at this moment. Try again in a minute.")
    try:
        found = ask(archive, question, our_title=settings.DICOM_AE_TITLE)
    finally:
        _searching.release()
    audit.record(study, actor, "archive searched", archive=archive.name, studies=len(found.studies))
    return found


@transaction.atomic
def begin(
    study: Study, *, actor: User | None, archive: Archive, places: Iterable[SeriesPlace], arm: Arm | None
) -> list[Fetch]:
    """Put series on the list; each is a task of its own. One that waits or runs already is not put there again."""
    study = Study.objects.select_for_update().get(pk=study.pk)
    lifecycle.require(study.status, lifecycle.Act.EDIT_CASES)
    wanted = list(dict.fromkeys(places))
    if not wanted:
        raise BadInput("Tick the series that are to be fetched.")
    if len(wanted) > MOST_AT_ONCE:
        raise BadInput(f"At most {MOST_AT_ONCE} series at once.")
    waiting = set(live_fetches(study).filter(archive=archive.name).values_list("study_uid", "series_uid"))
    made = [
        _begin_one(study, actor, archive, one, arm) for one in wanted if (one.study_uid, one.series_uid) not in waiting
    ]
    audit.record(study, actor, "series asked for", archive=archive.name, series=len(made), arm=arm.code if arm else "")
    return made


def _begin_one(study: Study, actor: User | None, archive: Archive, place: SeriesPlace, arm: Arm | None) -> Fetch:
    return Fetch.objects.create(
        study=study,
        archive=archive.name,
        arm=arm,
        study_uid=place.study_uid,
        series_uid=place.series_uid,
        number=place.number,
        made_by=actor,
        made_at=timezone.now(),
    )


@transaction.atomic
def begin_in_the_worker(
    study: Study, *, actor: User | None, archive: Archive, places: Iterable[SeriesPlace], arm: Arm | None
) -> list[Fetch]:
    """As `begin`, each with its task."""
    made = begin(study, actor=actor, archive=archive, places=places, arm=arm)
    for one in made:
        tasks.enqueue(study, "fetch", one.pk)
    return made


def live_fetches(study: Study) -> QuerySet[Fetch]:
    return study.fetches.filter(state=FetchState.ASKED)


def task_of(fetch: Fetch) -> Task | None:
    return fetch.study.tasks.filter(kind="fetch", subject=fetch.pk).last()


@transaction.atomic
def cancel(fetch: Fetch, *, actor: User | None) -> None:
    """Do not fetch it, or stop in the middle; what came of it is thrown away."""
    changed = Fetch.objects.filter(pk=fetch.pk, state=FetchState.ASKED).update(
        state=FetchState.CANCELLED, study_uid="", series_uid="", move_id=None
    )
    if not changed:
        raise WrongState("This series is here already, or was cancelled before.")
    audit.record(fetch.study, actor, "fetch cancelled", archive=fetch.archive, fetch=fetch.pk)
    tasks.dismiss(fetch.study, "fetch", fetch.pk)
    drop_upload(fetch)


def drop_upload(fetch: Fetch) -> None:
    """Throw away what came of a series that will not be complete."""
    upload = Upload.objects.select_related("study").filter(fetch=fetch).first()
    if upload is None or upload.state not in (UploadState.RECEIVING, UploadState.CANCELLED):
        return
    if upload.state == UploadState.RECEIVING:
        uploads.cancel(upload, actor=None)
    else:  # an image that was under way when it was cancelled
        upload.files.all().delete()
        uploads.discard_spool(upload)


@transaction.atomic
def retry(fetch: Fetch, *, actor: User) -> None:
    """Once more, from where it failed."""
    task = task_of(fetch)
    if fetch.state != FetchState.ASKED or task is None or task.state != TaskState.FAILED:
        raise WrongState("Only what failed can be tried again.")
    lifecycle.require(fetch.study.status, lifecycle.Act.EDIT_CASES)
    tasks.retry(task, actor)


def forget(study: Study) -> None:
    """The cases are frozen: nothing is fetched any more, and nothing of the archive's is kept."""
    for fetch in live_fetches(study):
        cancel(fetch, actor=None)


def forget_abandoned(*, now: datetime) -> int:
    """Cancel what failed and nobody came back to; returns how many."""
    old = list(Fetch.objects.filter(state=FetchState.ASKED, made_at__lt=now - KEPT_FOR))
    for fetch in old:
        cancel(fetch, actor=None)
    return len(old)


def upload_of_move(move_id: int | None) -> Upload | None:
    """Where an object belongs that an archive sends because we asked for it by C-MOVE."""
    if move_id is None:
        return None
    found = Upload.objects.filter(fetch__move_id=move_id, fetch__state=FetchState.ASKED, state=UploadState.RECEIVING)
    return found.select_related("study").first()
