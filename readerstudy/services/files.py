"""Files in storage: written once with their checksum, read back, verified."""

import hashlib
import uuid
from typing import IO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from readerstudy.core.errors import IntegrityFailure
from readerstudy.models import StoredFile, Study


def store(study: Study, kind: str, content: bytes, *, suffix: str) -> StoredFile:
    """Write the bytes under a fresh name, then their row; a crash between leaves a file that nothing names."""
    path = default_storage.save(f"{study.uuid}/{kind}/{uuid.uuid4()}{suffix}", ContentFile(content))
    return StoredFile.objects.create(
        study=study, path=path, size=len(content), sha256=hashlib.sha256(content).hexdigest()
    )


def open_stored(file: StoredFile) -> IO[bytes]:
    return default_storage.open(file.path, "rb")


def read(file: StoredFile) -> bytes:
    """All bytes of a stored file; raises IntegrityFailure where they are not what was written."""
    with open_stored(file) as stream:
        content = stream.read()
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise IntegrityFailure(f"The stored file {file.path} is not what was written.")
    return content


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
