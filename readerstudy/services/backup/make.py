"""One file with everything that must not be lost, made while people work."""

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from readerstudy.core.backup_file import MANIFEST, BackupWriter
from readerstudy.core.errors import BadSetting, IntegrityFailure
from readerstudy.models import StoredFile
from readerstudy.services.backup.locks import encrypting
from readerstudy.services.backup.rows import kept_models, label, snapshot, write_rows

FORMAT = 1
SECRETS = ("django", "deidentification", "second_factor", "allocation")


@dataclass(frozen=True)
class BackupReport:
    """What a backup holds, in numbers."""

    rows: int
    files: int
    uploads: int
    size: int


def make_backup(
    target: Path, *, public_key: str | None = None, progress: Callable[[int, int], None] = lambda done, total: None
) -> BackupReport:
    """Write the backup to `target`, which must not exist; it stands under its name only when it is whole.

    The database is taken at one moment and the files after it: a stored file is never changed or deleted, so that all
    files of that moment are still there. `progress` gets files written and files in all. Raises BadSetting,
    IntegrityFailure where a stored file is not what was written, OSError where the disk is full.
    """
    if target.exists():
        raise BadSetting(f"{target} is there already. Name another file.")
    if not target.parent.is_dir():
        raise BadSetting(f"There is no folder {target.parent}.")
    descriptor, part = tempfile.mkstemp(prefix=".part-", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as sink:
            with (
                _scratch(target.parent) as scratch,
                encrypting(sink, public_key) as stream,
                BackupWriter(stream) as writer,
            ):
                report = _write(writer, scratch, progress)
            sink.flush()
            os.fsync(sink.fileno())
        size = os.path.getsize(part)
        os.link(part, target)  # unlike a rename it never replaces what came there meanwhile
    finally:
        os.unlink(part)
    return BackupReport(**report, size=size)


@contextlib.contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=folder) as scratch:
        yield Path(scratch)


def _write(writer: BackupWriter, scratch: Path, progress: Callable[[int, int], None]) -> dict[str, int]:
    with _pinned_uploads() as pinned:
        with snapshot(scratch) as alias:
            _pin(pinned)
            writer.add_json(MANIFEST, _manifest(alias))
            _add_secrets(writer)
            rows = _add_rows(writer, alias)
            stored = list(StoredFile.objects.using(alias).order_by("pk").values_list("path", "size", "sha256"))
        uploads = _add_uploads(writer, pinned)
    for number, (path, size, sha256) in enumerate(stored, start=1):
        _add_stored(writer, path, size, sha256)
        progress(number, len(stored))
    return {"rows": rows, "files": len(stored), "uploads": uploads}


def _manifest(alias: str) -> dict[str, Any]:
    """What a restore must know first; the migrations tell it how the rows are built."""
    applied = MigrationRecorder(connections[alias]).applied_migrations()
    return {
        "format": FORMAT,
        "made_at": timezone.now().isoformat(),
        "engine": connections[alias].vendor,
        "migrations": sorted([app, name] for app, name in applied),
        "models": [label(model) for model in kept_models()],
        # Told so that a restore can say that a key of the environment is not the one of the data.
        "deidentification_key": fingerprint(settings.DEIDENTIFICATION_KEY),
        "allocation_key": fingerprint(settings.ALLOCATION_KEY),
    }


def fingerprint(secret: str) -> str:
    """Enough to tell two keys apart, too little to find one."""
    return hashlib.sha256(b"readerstudy backup" + secret.encode()).hexdigest()[:16]


def _add_secrets(writer: BackupWriter) -> None:
    for name in SECRETS:
        path = Path(settings.DATA_DIR) / "secrets" / name
        if path.is_file():  # a secret of the environment is the environment's to keep
            with path.open("rb") as content:
                writer.add(f"secrets/{name}", content, path.stat().st_size)


def _add_rows(writer: BackupWriter, alias: str) -> int:
    total = 0
    for model in kept_models():
        content, size, count = write_rows(model, alias)
        with content:
            writer.add(f"database/{label(model)}.jsonl", content, size)
        total += count
    return total


def _add_stored(writer: BackupWriter, path: str, size: int, sha256: str) -> None:
    try:
        with default_storage.open(path, "rb") as content:
            written = writer.add(f"files/{path}", content, size)
    except FileNotFoundError as error:
        raise IntegrityFailure(f"The stored file {path} is missing. Run verify_study on its study.") from error
    if written != sha256:
        raise IntegrityFailure(f"The stored file {path} is not what was written. Run verify_study on its study.")


@contextlib.contextmanager
def _pinned_uploads() -> Iterator[Path]:
    """Second names for all spooled files: the worker may take a file away while the backup still needs it."""
    folder = Path(tempfile.mkdtemp(prefix=".backup-", dir=settings.UPLOAD_DIR))
    try:
        _pin(folder)
        yield folder
    finally:
        shutil.rmtree(folder)


def _pin(folder: Path) -> None:
    for path in _spooled_files():
        second = folder / path.relative_to(settings.UPLOAD_DIR)
        second.parent.mkdir(exist_ok=True)
        with contextlib.suppress(FileExistsError, FileNotFoundError):
            os.link(path, second)


def _spooled_files() -> Iterator[Path]:
    """Files that stand for a row: UPLOAD/PK. What is being unpacked or received has another kind of name."""
    for folder in Path(settings.UPLOAD_DIR).iterdir():
        if folder.is_dir() and not folder.name.startswith("."):
            yield from (path for path in folder.iterdir() if path.name.isdigit() and path.is_file())


def _add_uploads(writer: BackupWriter, pinned: Path) -> int:
    paths = sorted(path for path in pinned.rglob("*") if path.is_file())
    for path in paths:
        content: IO[bytes]
        with path.open("rb") as content:
            writer.add(f"uploads/{path.relative_to(pinned)}", content, os.fstat(content.fileno()).st_size)
    return len(paths)
