"""Take in bytes from outside: spooled to disk with a checksum, untouched until the worker parses them."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.db import transaction

from readerstudy.core import lifecycle
from readerstudy.core.errors import BadInput, WrongState
from readerstudy.models import Arm, FileStatus, Study, Upload, UploadedFile, UploadState, User
from readerstudy.services import audit, tasks

CHUNK_BYTES = 1024 * 1024
ABANDONED_AFTER = timedelta(days=7)
FREE_BYTES_KEPT = 512 * 1024 * 1024  # the database and the queue must go on when an upload fills the disk


class Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


class FileTooLarge(BadInput):
    """A file is larger than the installation accepts."""


class DiskFull(BadInput):
    """There is no room for the file."""


class BrokenTransfer(BadInput):
    """Fewer or more bytes came than were announced."""


class UploadClosed(WrongState):
    """The upload takes no more files."""


@transaction.atomic
def begin(study: Study, *, actor: User | None, arm: Arm | None) -> Upload:
    study = Study.objects.select_for_update().get(pk=study.pk)
    lifecycle.require(study.status, lifecycle.Act.EDIT_CASES)
    upload = Upload.objects.create(study=study, created_by=actor, arm=arm)
    audit.record(study, actor, "upload begun", upload=str(upload.uuid), arm=arm.code if arm else None)
    return upload


def spool_dir(upload: Upload) -> Path:
    return settings.UPLOAD_DIR / str(upload.uuid)


def spooled(file: UploadedFile) -> Path:
    """Where the file's bytes lie; its own name never reaches the disk."""
    return spool_dir(file.upload) / str(file.pk)


def receive(upload: Upload, *, name: str, stream: Stream, length: int, durably: bool = False) -> UploadedFile:
    """Spool one file. The same bytes under the same name again are the same file: a resend does no harm.

    `durably`: when this returns, the bytes outlive a power cut, for senders that throw away what was acknowledged.
    """
    lifecycle.require(upload.study.status, lifecycle.Act.EDIT_CASES)
    if upload.state != UploadState.RECEIVING:
        raise UploadClosed("This upload is closed. Begin a new one.")
    _require_fit(length)
    require_room(length)
    folder = spool_dir(upload)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = UploadedFile.objects.create(upload=upload, name=_clean_name(name), size=length)
    try:
        file.sha256 = _write(folder / str(file.pk), _chunks(stream, length), durably=durably)
    except BaseException:
        (folder / str(file.pk)).unlink(missing_ok=True)
        file.delete()
        raise
    twin = upload.files.filter(name=file.name, sha256=file.sha256).exclude(pk=file.pk).first()
    if twin is not None:
        spooled(file).unlink()
        file.delete()
        return twin
    if not UploadedFile.objects.filter(pk=file.pk).update(sha256=file.sha256):
        # Closed meanwhile, and the row was swept away as one that was cut off.
        spooled(file).unlink(missing_ok=True)
        raise UploadClosed("This upload was closed while the file came. Send it again.")
    return file


def _clean_name(name: str) -> str:
    printable = "".join(character if character.isprintable() else "?" for character in name)
    return printable[-400:] or "file without a name"


def _require_fit(length: int) -> None:
    if length > settings.UPLOAD_MAX_FILE_BYTES:
        limit = settings.UPLOAD_MAX_FILE_BYTES // (1024 * 1024)
        raise FileTooLarge(
            f"The file is larger than {limit} MB. Split it, or ask the administrator for a higher limit."
        )


def require_room(length: int) -> None:
    """Raise DiskFull unless so many bytes fit on the disk of the spool."""
    if shutil.disk_usage(settings.UPLOAD_DIR).free < length + FREE_BYTES_KEPT:
        raise DiskFull("The server's disk has no room for this file. Nothing is lost; tell the administrator.")


def _chunks(stream: Stream, length: int) -> Iterator[bytes]:
    left = length
    while left > 0:
        chunk = stream.read(min(CHUNK_BYTES, left))
        if not chunk:
            raise BrokenTransfer("The connection broke before the file was complete. Send it again.")
        left -= len(chunk)
        yield chunk


def _write(path: Path, chunks: Iterator[bytes], *, durably: bool) -> str:
    digest = hashlib.sha256()
    with path.open("xb") as file:
        for chunk in chunks:
            digest.update(chunk)
            file.write(chunk)
        if durably:
            file.flush()
            os.fsync(file.fileno())
    if durably:  # the names too: of the file in its folder, and of a new folder
        for folder in (path.parent, path.parent.parent):
            _sync_folder(folder)
    return digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@transaction.atomic
def finish(upload: Upload, *, actor: User | None) -> None:
    """Close the upload and hand it to the worker; closing twice is closing once."""
    if close(upload, actor=actor):
        tasks.enqueue(upload.study, "ingest", upload.pk)


@transaction.atomic
def close(upload: Upload, *, actor: User | None) -> bool:
    """Take no more files; False where the upload was closed before."""
    study = Study.objects.select_for_update().get(pk=upload.study_id)
    if not Upload.objects.filter(pk=upload.pk, state=UploadState.RECEIVING).update(state=UploadState.QUEUED):
        return False
    lifecycle.require(study.status, lifecycle.Act.EDIT_CASES)
    # The checksum is written last: a file without one was cut off, and its sender knows or sent it again.
    upload.files.filter(sha256="").delete()
    audit.record(study, actor, "upload complete", upload=str(upload.uuid), files=upload.files.count())
    return True


@transaction.atomic
def cancel(upload: Upload, *, actor: User | None) -> None:
    """Drop an upload that was not completed, with all that was sent of it. One that was closed stays."""
    changed = Upload.objects.filter(pk=upload.pk, state=UploadState.RECEIVING).update(state=UploadState.CANCELLED)
    if not changed:
        raise WrongState("This upload is complete; its images can be removed one by one.")
    upload.files.all().delete()
    audit.record(upload.study, actor, "upload cancelled", upload=str(upload.uuid))
    transaction.on_commit(lambda: discard_spool(upload))


def cancel_abandoned(*, now: datetime) -> int:
    """Drop what nobody came back to; returns how many uploads. What arrived by itself was acknowledged, and stays."""
    open_ones = Upload.objects.filter(state=UploadState.RECEIVING, arrival=None).select_related("study")
    abandoned = list(open_ones.filter(created_at__lt=now - ABANDONED_AFTER))
    for upload in abandoned:
        cancel(upload, actor=None)
    return len(abandoned)


def erase_taken_names(upload: Upload) -> None:
    """Nobody has to act on a file that was taken, so its name, which may identify, is not kept."""
    upload.files.filter(status=FileStatus.TAKEN).update(name="")


@transaction.atomic
def clear_names(upload: Upload, *, actor: User) -> None:
    """Erase the names of files from a report that was dealt with."""
    upload.files.exclude(status=FileStatus.RECEIVED).update(name="")
    audit.record(upload.study, actor, "upload report cleared", upload=str(upload.uuid))


def discard_spool(upload: Upload) -> None:
    shutil.rmtree(spool_dir(upload), ignore_errors=True)
