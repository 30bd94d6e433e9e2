"""Take in what scanners and archives send: grouped into uploads by who sent it, read when nothing more comes.

What was acknowledged is on the disk and in the database, so that any process may be killed at any time.
"""

import logging
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import django_rq
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from redis.exceptions import RedisError

from readerstudy.core import lifecycle
from readerstudy.core.errors import BadInput, WrongState
from readerstudy.core.peers import is_our_title
from readerstudy.models import (
    Arm,
    Arrival,
    ReceivingTitle,
    SendingToken,
    Study,
    UploadedFile,
    UploadState,
    User,
    Way,
)
from readerstudy.services import audit, refusals, uploads

logger = logging.getLogger(__name__)
ATTEMPTS = 3  # an upload may be closed between finding it and writing into it
# A sender that broke off comes back within minutes: so many idle times its images wait, to be one series with the rest.
PATIENCE = 10
SEALED_MEANWHILE = "They came before the allocation was sealed, but were not read by then. The cases are frozen now."


def waiting_room() -> Path:
    """Where an object lies while it comes, before it has a row. With a dot, so that a backup leaves it alone."""
    folder = Path(settings.UPLOAD_DIR) / ".receiving"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def sweep(*, older_than_s: float) -> None:
    """Remove from there what a killed process left; none of it was acknowledged."""
    for path in waiting_room().iterdir():
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > older_than_s:
                path.unlink()


@dataclass(frozen=True)
class Sender:
    """Somebody who was let in, and where what they send goes: one of `title` and `token` is given."""

    name: str  # PACS at 192.0.2.7
    title: ReceivingTitle | None = None
    token: SendingToken | None = None

    @property
    def way(self) -> Way:
        return Way.DICOM if self.title else Way.WEB

    @property
    def entrance(self) -> ReceivingTitle | SendingToken:
        entrance = self.title or self.token
        assert entrance is not None
        return entrance

    @property
    def called(self) -> str:
        """How the entrance is named in a list."""
        return str(self.entrance)


@transaction.atomic
def add_title(study: Study, *, actor: User, title: str, arm: Arm | None = None) -> ReceivingTitle:
    """A new AE title of the study. Raises BadInput where it cannot be one or is taken."""
    lifecycle.require(study.status, lifecycle.Act.EDIT_CASES)
    if not is_our_title(title):
        raise BadInput(f"'{title[:40]}' cannot be an AE title: 1 to 16 of A-Z, 0-9, '-' and '_', a letter first.")
    if title == settings.DICOM_AE_TITLE or ReceivingTitle.objects.filter(title=title).exists():
        raise BadInput(f"The AE title '{title}' is taken. Choose another one.")
    made = ReceivingTitle.objects.create(study=study, title=title, arm=arm, made_by=actor, made_at=timezone.now())
    audit.record(study, actor, "AE title made", title=title, arm=arm.code if arm else None)
    return made


@transaction.atomic
def close_title(title: ReceivingTitle, *, actor: User) -> None:
    """Nothing more comes in by it. It is not given to another study: scanners may still know it."""
    if not ReceivingTitle.objects.filter(pk=title.pk, closed_at=None).update(closed_at=timezone.now()):
        raise WrongState("This AE title was closed before.")
    audit.record(title.study, actor, "AE title closed", title=title.title)


@transaction.atomic
def open_title(title: ReceivingTitle, *, actor: User) -> None:
    if not ReceivingTitle.objects.filter(pk=title.pk).exclude(closed_at=None).update(closed_at=None):
        raise WrongState("This AE title is open.")
    audit.record(title.study, actor, "AE title opened", title=title.title)


def take(sender: Sender, *, name: str, path: Path) -> UploadedFile:
    """One object into the sender's open upload; on the disk for good when this returns.

    Raises WrongState where the study takes no cases, DiskFull, FileTooLarge.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return _take_once(sender, name, path)
        except uploads.UploadClosed:
            continue
    return _take_once(sender, name, path)


def _take_once(sender: Sender, name: str, path: Path) -> UploadedFile:
    arrival = _open_arrival(sender) or _begin(sender)
    with path.open("rb") as stream:
        file = uploads.receive(arrival.upload, name=name, stream=stream, length=path.stat().st_size, durably=True)
    Arrival.objects.filter(pk=arrival.pk).update(last_at=timezone.now(), broken_off=False)
    return file


def _open_arrival(sender: Sender) -> Arrival | None:
    found = Arrival.objects.filter(
        upload__state=UploadState.RECEIVING, title=sender.title, token=sender.token, sender=sender.name
    )
    return found.select_related("upload__study").first()


@transaction.atomic
def _begin(sender: Sender) -> Arrival:
    study = Study.objects.select_for_update().get(pk=sender.entrance.study_id)
    if (found := _open_arrival(sender)) is not None:  # of the sender's other connection, a moment ago
        return found
    actor = sender.token.owner if sender.token else None
    upload = uploads.begin(study, actor=actor, arm=sender.entrance.arm)
    arrival = Arrival.objects.create(
        upload=upload,
        way=sender.way,
        title=sender.title,
        token=sender.token,
        sender=sender.name,
        last_at=timezone.now(),
    )
    audit.record(study, actor, "images arriving", upload=str(upload.uuid), sender=sender.name, to=sender.called)
    if sender.way is Way.WEB:  # the receiver closes its own
        transaction.on_commit(lambda: close_later(arrival, attempt=1))
    return arrival


def touch(sender: Sender) -> None:
    """Something of a large object is coming: its upload stays open."""
    if (arrival := _open_arrival(sender)) is not None:
        Arrival.objects.filter(pk=arrival.pk).update(last_at=timezone.now())


def note_broken_off(sender: Sender) -> None:
    """The sender went away in the middle: what came waits for the rest."""
    if (arrival := _open_arrival(sender)) is not None:
        Arrival.objects.filter(pk=arrival.pk).update(last_at=timezone.now(), broken_off=True)


def note_restart() -> None:
    """Whoever was sending when the receiver ended was broken off."""
    open_ones = Arrival.objects.filter(upload__state=UploadState.RECEIVING, way=Way.DICOM)
    open_ones.update(last_at=timezone.now(), broken_off=True)


def due_at(arrival: Arrival) -> datetime:
    """When the upload is closed and read, if nothing more comes."""
    wait = timedelta(seconds=settings.ARRIVAL_IDLE_S)
    return arrival.last_at + (wait * PATIENCE if arrival.broken_off else wait)


def close_idle(*, now: datetime) -> int:
    """Hand every upload to the worker whose sender has been silent for long enough; returns how many."""
    open_ones = Arrival.objects.filter(upload__state=UploadState.RECEIVING)
    due = [one for one in open_ones.select_related("upload__study", "title", "token") if due_at(one) <= now]
    for arrival in due:
        close(arrival, actor=None)
    return len(due)


def close(arrival: Arrival, *, actor: User | None) -> None:
    """Hand the upload to the worker; where the study was sealed meanwhile, drop it and say so."""
    upload = arrival.upload
    try:
        uploads.finish(upload, actor=actor)
    except WrongState:
        count = upload.files.count()
        uploads.cancel(upload, actor=None)
        called = str(arrival.title or arrival.token)
        way, sender = Way(arrival.way), arrival.sender
        refusals.note(upload.study, way=way, sender=sender, called=called, reason=SEALED_MEANWHILE, count=max(count, 1))


def close_later(arrival: Arrival, *, attempt: int) -> None:
    """Let the worker look again when the upload is due. Where the queue is down, the next start comes back to it."""
    wait = max(due_at(arrival) - timezone.now(), timedelta(seconds=1))
    try:
        django_rq.get_queue("default").enqueue_in(
            wait, "readerstudy.jobs.close_arrival", arrival.pk, attempt, job_id=f"arrival-{arrival.pk}-{attempt}"
        )
    except RedisError as error:
        logger.warning("arrival %s waits: the queue server does not answer (%s)", arrival.pk, type(error).__name__)


def close_when_due(arrival_pk: int, attempt: int) -> None:
    """What the worker does then: close it, or come back later. Safe to run twice."""
    arrival = Arrival.objects.select_related("upload__study", "title", "token").filter(pk=arrival_pk).first()
    if arrival is None or arrival.upload.state != UploadState.RECEIVING:
        return
    if due_at(arrival) <= timezone.now():
        close(arrival, actor=None)
    else:
        close_later(arrival, attempt=attempt + 1)
