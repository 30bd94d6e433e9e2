"""The files of an upload as the worker finds them: zips are taken apart here, with limits."""

import hashlib
import lzma
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from readerstudy.models import FileStatus, Upload, UploadedFile
from readerstudy.services.uploads import CHUNK_BYTES, require_room, spool_dir, spooled

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")  # APPNOTE 4.3.7 and 4.3.16: with members, and empty
ENCRYPTED = 0x1  # APPNOTE 4.4.4
# What the decompressors raise on bytes that are not theirs.
DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, ValueError, NotImplementedError)
LONGEST_ZIP_NAME = 200  # of the 400 that a row holds; the rest is for the member


@dataclass(frozen=True)
class ZipLimits:
    """What one archive may unpack to; beyond it is an attack or a mistake."""

    members: int = 100_000
    member_bytes: int = 2 * 1024**3
    total_bytes: int = 64 * 1024**3
    ratio: int = 200  # compressed DICOM never shrinks that far; a zip bomb does


@dataclass(frozen=True)
class Unpacked:
    """One member as it lies on the disk, before its row is known; `problem` where it could not be read."""

    path: Path
    name: str
    size: int
    sha256: str
    problem: str = ""


def unpack_archives(upload: Upload, limits: ZipLimits = ZipLimits()) -> None:
    """Replace every zip of the upload by its members. Run again after a crash, it finishes what it began.

    A zip inside a zip is refused by name: only one level is opened, also when this runs again.
    """
    for file in upload.files.filter(status=FileStatus.RECEIVED):
        if _is_zip(spooled(file)):
            _unpack(file, limits)


def _is_zip(path: Path) -> bool:
    """Tell by the first bytes: pixels of a DICOM file may by chance look like the end of a zip."""
    with path.open("rb") as stream:
        return stream.read(4) in ZIP_MAGIC


def _unpack(file: UploadedFile, limits: ZipLimits) -> None:
    folder = spool_dir(file.upload) / f"{file.pk}.parts"
    shutil.rmtree(folder, ignore_errors=True)  # of a run that was killed
    folder.mkdir()
    try:
        with zipfile.ZipFile(spooled(file)) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if problem := _problem(members, limits):
                _refuse(file, problem)
                return
            require_room(sum(member.file_size for member in members))
            found = [_extract(file, archive, member, folder / str(n)) for n, member in enumerate(members)]
    except DAMAGE:
        _refuse(file, "The zip archive is damaged. Pack the files again, or send them without packing.")
        return
    packed = spooled(file)
    _replace(file, found)
    packed.unlink()
    shutil.rmtree(folder)


@transaction.atomic
def _replace(file: UploadedFile, found: list[Unpacked]) -> None:
    """The rows of the members for the row of the zip, all at once: a crash leaves the one or the others."""
    for part in found:
        status = FileStatus.REFUSED if part.problem else FileStatus.RECEIVED
        row = UploadedFile.objects.create(
            upload=file.upload, name=part.name, size=part.size, sha256=part.sha256, status=status, reason=part.problem
        )
        part.path.replace(spooled(row))
    file.delete()


def _problem(members: list[zipfile.ZipInfo], limits: ZipLimits) -> str | None:
    if len(members) > limits.members:
        return f"The zip archive holds more than {limits.members} files. Split it."
    if any(member.flag_bits & ENCRYPTED for member in members):
        return "The zip archive is protected by a password. Pack the files again without one."
    total = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members) or 1
    if total > limits.total_bytes or any(member.file_size > limits.member_bytes for member in members):
        return "The zip archive would unpack to more than this installation accepts. Split it."
    if total / packed > limits.ratio:
        return "The zip archive unpacks to implausibly much. Send the files without packing them."
    return None


def _extract(file: UploadedFile, archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> Unpacked:
    """One member on the disk; damage inside it is told of it alone, the others are good."""
    digest, problem = hashlib.sha256(), ""
    with target.open("wb") as sink:
        try:
            for chunk in _chunks(archive, member):
                digest.update(chunk)
                sink.write(chunk)
        except (*DAMAGE, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:  # bz2's own complaint has no number
                raise
            problem = "This part of the zip archive is damaged. Pack the file again, or send it by itself."
    if not problem and _is_zip(target):
        problem = "A zip archive inside a zip archive is not opened. Unpack it and send its files."
    name = f"{file.name[-LONGEST_ZIP_NAME:]}/{_printable(member.filename)[-LONGEST_ZIP_NAME + 1 :]}"
    return Unpacked(target, name, member.file_size, digest.hexdigest(), problem)


def _chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """No more than the directory promised: a member that lies about its size stops there."""
    left = member.file_size
    with archive.open(member) as source:
        while left > 0 and (chunk := source.read(min(CHUNK_BYTES, left))):
            yield chunk
            left -= len(chunk)


def _printable(name: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in name)


def _refuse(file: UploadedFile, reason: str) -> None:
    file.status, file.reason = FileStatus.REFUSED, reason
    file.save(update_fields=("status", "reason"))
