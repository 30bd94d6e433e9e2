"""Fetch one series from an archive into an upload, which then takes the way of all uploads. The worker's part."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import transaction

from readerstudy.core.archives import Archive, ArchiveTrouble, Language
from readerstudy.core.errors import BadDicom
from readerstudy.core.found import SeriesPlace
from readerstudy.core.part10 import read_file_meta
from readerstudy.models import Fetch, FetchState, Study, Upload, UploadState
from readerstudy.remote import dicomweb, dimse
from readerstudy.services import receiving, uploads
from readerstudy.services.fetching import archive_named, drop_upload
from readerstudy.services.tasks import Progress
from readerstudy.services.web_store import head_of, temporary_file, write_part

WITHIN_S = 45 * 60.0  # less than the queue grants a job
MOST_OBJECTS = 10_000
TOLD_EVERY_S = 1.0
MOVE_IDS = 65_535  # PS3.7 9.1.4: a message ID has 16 bits
STEP = "fetching the images"
Close = Callable[..., object]


class Cancelled(Exception):
    """Somebody cancelled it meanwhile: no error."""


def fetch_series(fetch: Fetch, progress: Progress, *, close: Close = uploads.finish) -> Upload | None:
    """Fetch it and hand its upload to the worker; None where it was cancelled.

    Run again, it goes on with what came before. Raises ArchiveTrouble, WrongState, DiskFull, FileTooLarge.
    close : what is done with the complete upload, in the transaction that says that the series is here.
    """
    if fetch.state != FetchState.ASKED:
        return None
    archive = archive_named(fetch.archive)
    fetching = _Fetching(fetch, archive, progress, _open_upload(fetch))
    try:
        fetching.run()
    except (Cancelled, uploads.UploadClosed):
        if Fetch.objects.filter(pk=fetch.pk, state=FetchState.ASKED).exists():
            raise
        drop_upload(fetch)
        return None
    return _complete(fetch, close)


@transaction.atomic
def _open_upload(fetch: Fetch) -> Upload:
    """The upload of the attempt before, or a new one."""
    upload = fetch.upload
    if upload is None or upload.state != UploadState.RECEIVING:
        upload = uploads.begin(fetch.study, actor=fetch.made_by, arm=fetch.arm)
        Fetch.objects.filter(pk=fetch.pk).update(upload=upload)
        fetch.upload = upload
    return upload


@transaction.atomic
def _complete(fetch: Fetch, close: Close) -> Upload | None:
    """The series is here: its names in the archive are not needed any more."""
    upload = fetch.upload
    assert upload is not None
    images = upload.files.count()
    Study.objects.select_for_update().get(pk=fetch.study_id)
    changed = Fetch.objects.filter(pk=fetch.pk, state=FetchState.ASKED).update(
        state=FetchState.DONE, images=images, study_uid="", series_uid="", move_id=None
    )
    if not changed:
        return None
    close(upload, actor=fetch.made_by)
    return upload


class _Fetching:
    """One attempt: where objects go, when progress is told, when it stops."""

    def __init__(self, fetch: Fetch, archive: Archive, progress: Progress, upload: Upload) -> None:
        self.fetch, self.archive, self.progress, self.upload = fetch, archive, progress, upload
        self.place = SeriesPlace(fetch.study_uid, fetch.series_uid)
        self.expected: int | None = None
        self.taken = 0
        self._told_at = 0.0

    def run(self) -> None:
        self.progress(0, 0, "asking the archive")
        if self.archive.language is Language.WEB:
            self.expected = dicomweb.count_images(self.archive, self.place)
            self._by_web()
        else:
            dimse.silence()
            self.expected = dimse.count_images(self.archive, self.place, our_title=settings.DICOM_AE_TITLE)
            self._by_dicom()
        self._require_complete()

    def _by_web(self) -> None:
        with dicomweb.series_parts(self.archive, self.place, within_s=WITHIN_S) as parts:
            for number, part in enumerate(parts, start=1):
                with temporary_file() as path:
                    write_part(path, part)
                    self.take(_name_of(path, number), path)
                if not self.goes_on():
                    raise Cancelled

    def _by_dicom(self) -> None:
        if self.archive.language is Language.GET:
            try:
                self._by_get()
            except dimse.NoGet:
                self._by_move()
        else:
            self._by_move()
        if not self.goes_on(at_once=True):
            raise Cancelled

    def _by_get(self) -> None:
        with _files_in_waiting_room():
            dimse.get_series(
                self.archive,
                self.place,
                lambda instance, path: self.take(f"{instance}.dcm", path),
                our_title=settings.DICOM_AE_TITLE,
                goes_on=self.goes_on,
                within_s=WITHIN_S,
            )

    def _by_move(self) -> None:
        if not settings.DICOM_PORT:
            raise ArchiveTrouble(
                f"The archive '{self.archive.name}' would have to send by C-MOVE, and our receiver is off "
                "(READERSTUDY_DICOM_PORT): tell the administrator."
            )
        move_id = self.fetch.pk % MOVE_IDS + 1
        Fetch.objects.filter(pk=self.fetch.pk).update(move_id=move_id)
        try:
            dimse.move_series(
                self.archive,
                self.place,
                our_title=settings.DICOM_AE_TITLE,
                message_id=move_id,
                goes_on=self.goes_on,
                within_s=WITHIN_S,
            )
        finally:
            Fetch.objects.filter(pk=self.fetch.pk).update(move_id=None)

    def take(self, name: str, path: Path) -> None:
        if self.taken >= MOST_OBJECTS:
            raise ArchiveTrouble(f"The archive '{self.archive.name}' sends more than {MOST_OBJECTS} objects.")
        with path.open("rb") as stream:
            uploads.receive(self.upload, name=name, stream=stream, length=path.stat().st_size)
        self.taken += 1

    def goes_on(self, *, at_once: bool = False) -> bool:
        """Tell how far it is, once a second; False where it was cancelled."""
        if not at_once and time.monotonic() - self._told_at < TOLD_EVERY_S:
            return True
        self._told_at = time.monotonic()
        came = self.upload.files.exclude(sha256="").count()
        Fetch.objects.filter(pk=self.fetch.pk).update(images=came)
        self.progress(came, max(came, self.expected or 0), STEP)
        return Fetch.objects.filter(pk=self.fetch.pk, state=FetchState.ASKED).exists()

    def _require_complete(self) -> None:
        came = self.upload.files.exclude(sha256="").count()
        if not came:
            raise ArchiveTrouble(f"The archive '{self.archive.name}' sent no image of this series.")
        if self.expected is not None and came < self.expected:
            raise ArchiveTrouble(f"The archive '{self.archive.name}' sent {came} of {self.expected} images. Try again.")


def _name_of(path: Path, number: int) -> str:
    try:
        return f"{read_file_meta(head_of(path)).sop_instance_uid}.dcm"
    except BadDicom:
        return f"object {number}"


@contextmanager
def _files_in_waiting_room() -> Iterator[None]:
    """The library writes an object where `tempfile` puts it while it comes."""
    before = tempfile.tempdir
    tempfile.tempdir = str(receiving.waiting_room())
    try:
        yield
    finally:
        tempfile.tempdir = before
