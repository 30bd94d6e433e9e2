"""Files in storage: written once with their checksum, read back, verified."""

import hashlib
import io
import uuid
from typing import IO

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

from readerstudy.core.errors import IntegrityFailure
from readerstudy.models import StoredFile, Study

CHUNK_BYTES = 1024 * 1024


def store(study: Study, kind: str, content: bytes, *, suffix: str) -> StoredFile:
    """Write the bytes under a fresh name, then their row; a crash between leaves a file that nothing names."""
    path = default_storage.save(f"{study.uuid}/{kind}/{uuid.uuid4()}{suffix}", ContentFile(content))
    return StoredFile.objects.create(
        study=study, path=path, size=len(content), sha256=hashlib.sha256(content).hexdigest()
    )


def store_stream(study: Study, kind: str, stream: IO[bytes], *, suffix: str) -> StoredFile:
    """`store` for what is too large to be held: all of a seekable stream, from its beginning."""
    stream.seek(0)
    digest = hashlib.file_digest(stream, "sha256").hexdigest()
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    path = default_storage.save(f"{study.uuid}/{kind}/{uuid.uuid4()}{suffix}", File(stream))
    return StoredFile.objects.create(study=study, path=path, size=size, sha256=digest)


def copy_checked(file: StoredFile, target: IO[bytes]) -> None:
    """Copy a stored file; raises IntegrityFailure where it is not what was written."""
    digest = hashlib.sha256()
    with open_stored(file) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
            target.write(chunk)
    _require_sha256(digest.hexdigest(), file)
    target.seek(0)


def open_stored(file: StoredFile) -> IO[bytes]:
    return default_storage.open(file.path, "rb")


def read(file: StoredFile) -> bytes:
    """All bytes of a stored file; raises IntegrityFailure where they are not what was written."""
    with open_stored(file) as stream:
        content = stream.read()
    _require_sha256(hashlib.sha256(content).hexdigest(), file)
    return content


def _require_sha256(found: str, file: StoredFile) -> None:
    if found != file.sha256:
        raise IntegrityFailure(f"The stored file {file.path} is not what was written.")


def verify(study: Study) -> int:
    """Read every file of a study against its checksum; returns how many, raises IntegrityFailure."""
    count = 0
    for file in study.files.order_by("pk").iterator():
        try:
            read(file)
        except FileNotFoundError as error:
            raise IntegrityFailure(f"The stored file {file.path} is missing.") from error
        count += 1
    return count
