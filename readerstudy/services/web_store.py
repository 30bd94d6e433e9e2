"""Store what one DICOMweb request brings (PS3.18 10.5): part by part to the disk, with an answer for each."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from readerstudy.core.dicom import MR_IMAGES
from readerstudy.core.errors import BadDicom, BadInput, ReaderStudyError
from readerstudy.core.multipart import Part, media_type
from readerstudy.core.part10 import HEAD_BYTES, FileMeta, read_file_meta
from readerstudy.services import receiving, refusals
from readerstudy.services.receiving import Sender
from readerstudy.services.uploads import DiskFull, FileTooLarge, require_room

MOST_PARTS = 10_000
ROOM_ASKED_EVERY = 64 * 1024 * 1024
# PS3.18 table I.2-2, the same codes as those of a C-STORE.
CLASS_NOT_SUPPORTED = 0x0122
OUT_OF_RESOURCES = 0xA700
CANNOT_UNDERSTAND = 0xC000


@dataclass(frozen=True)
class Stored:
    """What became of one part: `failure` is 0 where it was stored; `meta` is None where it named no object."""

    meta: FileMeta | None
    failure: int = 0
    reason: str = ""


class TooManyParts(BadInput):
    """One request holds more than is answered at once."""


def store_parts(sender: Sender, parts: Iterable[Part]) -> list[Stored]:
    """Store every part; one that fails does not stop the others.

    Raises BadMultipart where the message ends in the middle: what was stored before is kept, and the same again does no
    harm. Raises WrongState where the study takes no cases, and whatever the disk or the database raises.
    """
    outcomes: list[Stored] = []
    for part in parts:
        if len(outcomes) >= MOST_PARTS:
            raise TooManyParts(f"More than {MOST_PARTS} instances in one request. Send them in several.")
        outcome = _store(sender, part)
        if outcome.failure:
            _note(sender, outcome.reason)
        outcomes.append(outcome)
    return outcomes


def _note(sender: Sender, reason: str) -> None:
    study = sender.entrance.study
    refusals.note(study, way=sender.way, sender=sender.name, called=sender.called, reason=reason)


def _store(sender: Sender, part: Part) -> Stored:
    with temporary_file() as path:
        try:
            write_part(path, part)
        except (FileTooLarge, DiskFull) as error:
            return Stored(_meta_or_none(path), OUT_OF_RESOURCES, str(error))
        if media_type(part.headers.get("content-type", "application/dicom")).name != "application/dicom":
            return Stored(None, CANNOT_UNDERSTAND, "A part is not application/dicom.")
        try:
            meta = read_file_meta(head_of(path))
        except BadDicom as error:
            return Stored(None, CANNOT_UNDERSTAND, str(error))
        return _take(sender, meta, path)


def _take(sender: Sender, meta: FileMeta, path: Path) -> Stored:
    if meta.sop_class_uid not in MR_IMAGES:
        words = "Not an MR image: send the original images alone, without reports and captures."
        return Stored(meta, CLASS_NOT_SUPPORTED, words)
    try:
        receiving.take(sender, name=f"{meta.sop_instance_uid}.dcm", path=path)
    except DiskFull as error:
        return Stored(meta, OUT_OF_RESOURCES, str(error))
    return Stored(meta)


@contextmanager
def temporary_file() -> Iterator[Path]:
    """A file in the waiting room, gone afterwards."""
    descriptor, name = tempfile.mkstemp(prefix="web-", dir=receiving.waiting_room())
    os.close(descriptor)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def write_part(path: Path, part: Part) -> None:
    """The content of a part into a file. Raises FileTooLarge, DiskFull, BadMultipart."""
    size, asked_at = 0, -ROOM_ASKED_EVERY
    with path.open("wb") as file:
        for chunk in part.chunks():
            file.write(chunk)  # first, so that the answer can name what was too much
            size += len(chunk)
            if size > settings.UPLOAD_MAX_FILE_BYTES:
                limit = settings.UPLOAD_MAX_FILE_BYTES // (1024 * 1024)
                raise FileTooLarge(f"An object is larger than {limit} MB.")
            if size - asked_at >= ROOM_ASKED_EVERY:
                require_room(0)
                asked_at = size


def head_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def _meta_or_none(path: Path) -> FileMeta | None:
    """Of an object that was not kept, for the answer to name it."""
    try:
        return read_file_meta(head_of(path))
    except ReaderStudyError:
        return None
