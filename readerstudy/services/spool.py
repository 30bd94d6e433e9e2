"""The files of an upload as the worker finds them: zips are taken apart here, with limits."""

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

from readerstudy.models import FileStatus, Upload, UploadedFile
from readerstudy.services.uploads import CHUNK_BYTES, spool_dir, spooled


@dataclass(frozen=True)
class ZipLimits:
    """What one archive may unpack to; beyond it is an attack or a mistake."""

    members: int = 100_000
    member_bytes: int = 2 * 1024**3
    total_bytes: int = 64 * 1024**3
    ratio: int = 200  # compressed DICOM never shrinks that far; a zip bomb does


def unpack_archives(upload: Upload, limits: ZipLimits = ZipLimits()) -> None:
    """Replace every zip of the upload by its members. Run again after a crash, it finishes what it began."""
    for file in upload.files.filter(status=FileStatus.RECEIVED):
        if zipfile.is_zipfile(spooled(file)):
            _unpack(file, limits)


def _unpack(file: UploadedFile, limits: ZipLimits) -> None:
    file.upload.files.filter(name__startswith=f"{file.name}/").delete()  # of a run that was killed
    try:
        with zipfile.ZipFile(spooled(file)) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if problem := _problem(members, limits):
                _refuse(file, problem)
                return
            for member in members:
                _extract(file, archive, member)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
        _refuse(file, "The zip archive is damaged or protected by a password. Pack the files again without one.")
        return
    spooled(file).unlink(missing_ok=True)
    file.delete()


def _problem(members: list[zipfile.ZipInfo], limits: ZipLimits) -> str | None:
    if len(members) > limits.members:
        return f"The zip archive holds more than {limits.members} files. Split it."
    total = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members) or 1
    if total > limits.total_bytes or any(member.file_size > limits.member_bytes for member in members):
        return "The zip archive would unpack to more than this installation accepts. Split it."
    if total / packed > limits.ratio:
        return "The zip archive unpacks to implausibly much. Send the files without packing them."
    return None


def _extract(file: UploadedFile, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    row = UploadedFile.objects.create(
        upload=file.upload, name=f"{file.name}/{member.filename}"[-400:], size=member.file_size
    )
    row.sha256 = _copy(archive, member, spool_dir(file.upload) / str(row.pk))
    row.save(update_fields=("sha256",))


def _copy(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> str:
    """Copy no more than the directory promised: a member that lies about its size stops there."""
    digest, left = hashlib.sha256(), member.file_size
    with archive.open(member) as source, target.open("wb") as sink:
        while left > 0 and (chunk := source.read(min(CHUNK_BYTES, left))):
            digest.update(chunk)
            sink.write(chunk)
            left -= len(chunk)
    return digest.hexdigest()


def _refuse(file: UploadedFile, reason: str) -> None:
    file.status, file.reason = FileStatus.REFUSED, reason
    file.save(update_fields=("status", "reason"))
