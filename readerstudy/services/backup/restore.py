"""A backup put back into an empty installation, on either database engine.

Files come first and the rows last, in one transaction: a restore that is cut off leaves an installation without rows,
and is simply run again.
"""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.apps.registry import Apps
from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from readerstudy.core.backup_file import CHUNK_BYTES, MANIFEST, read_members
from readerstudy.core.errors import BadBackup, WrongState
from readerstudy.services.backup.locks import decrypting
from readerstudy.services.backup.make import FORMAT, SECRETS, fingerprint
from readerstudy.services.backup.rows import kept_models, label, load_rows, restart_counters

IN_MEMORY_BYTES = 16 * 1024 * 1024
Members = Iterator[tuple[str, IO[bytes]]]


@dataclass(frozen=True)
class Restored:
    """What a backup holds or what was put back, in numbers."""

    made_at: str
    rows: int
    files: int
    uploads: int
    # The key of pseudonyms that this process uses is not the one of the data: the environment sets another.
    foreign_key: bool
    # The same of the key that the seeds of allocations are encrypted with.
    foreign_allocation_key: bool


def check_backup(source: Path, *, key_file: Path | None = None) -> Restored:
    """Read a backup from front to end against its checksums, changing nothing. Raises BadBackup."""
    counts = {"database": 0, "files": 0, "uploads": 0}
    with _members(source, key_file) as members:
        manifest = _read_manifest(members)
        for name, stream in members:
            kind = name.split("/")[0]
            if kind in counts:
                counts[kind] += _rows_in(stream) if kind == "database" else 1
    return Restored(
        manifest["made_at"],
        counts["database"],
        counts["files"],
        counts["uploads"],
        foreign_key=_is_foreign(manifest),
        foreign_allocation_key=_is_allocation_key_foreign(manifest),
    )


def restore_backup(
    source: Path, *, key_file: Path | None = None, progress: Callable[[str], None] = lambda step: None
) -> Restored:
    """Put everything back, and bring the rows of an older release up to this one.

    Raises BadBackup before anything is written where the backup is damaged or of a newer release, WrongState where
    the installation is not empty, OSError where the disk is full.
    """
    progress("Checking the backup")
    held = check_backup(source, key_file=key_file)
    with _members(source, key_file) as members:
        manifest = _read_manifest(members)
        executor, targets = _require_empty_and_able(manifest)
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=settings.DATA_DIR) as folder:
            tables = Path(folder)
            progress(f"Putting back {held.files} files")
            for name, stream in members:
                _put_back(name, stream, tables)
            progress(f"Putting back {held.rows} rows")
            _load(executor.migrate(targets).apps, tables)
    call_command("migrate", interactive=False, verbosity=0)
    return held


@contextlib.contextmanager
def _members(source: Path, key_file: Path | None) -> Iterator[Members]:
    try:
        file = source.open("rb")
    except OSError as error:
        raise BadBackup(f"Cannot read {source}: {error.strerror}.") from error
    with file, decrypting(file, key_file) as stream:
        yield read_members(stream)


def _read_manifest(members: Members) -> dict[str, Any]:
    name, stream = next(members, ("", None))
    if stream is None or name != MANIFEST:
        raise BadBackup("This is no backup: it does not begin with a manifest.")
    manifest: dict[str, Any] = json.loads(stream.read())
    if manifest["format"] != FORMAT:
        raise BadBackup(f"The backup has format {manifest['format']}; this release reads format {FORMAT}.")
    return manifest


def _is_foreign(manifest: dict[str, Any]) -> bool:
    if settings.DEIDENTIFICATION_KEY_IS_OURS:  # then the backup's own comes back with it
        return False
    return bool(manifest["deidentification_key"] != fingerprint(settings.DEIDENTIFICATION_KEY))


def _is_allocation_key_foreign(manifest: dict[str, Any]) -> bool:
    # Backups of before there was one hold seeds that the upgrade encrypts with the key that is here.
    if settings.ALLOCATION_KEY_IS_OURS or "allocation_key" not in manifest:
        return False
    return bool(manifest["allocation_key"] != fingerprint(settings.ALLOCATION_KEY))


def _rows_in(stream: IO[bytes]) -> int:
    lines = 0
    while chunk := stream.read(CHUNK_BYTES):
        lines += chunk.count(b"\n")
    return lines - 1  # the first names the columns


def _require_empty_and_able(manifest: dict[str, Any]) -> tuple[MigrationExecutor, list[tuple[str, str]]]:
    """The migrations that build the tables as they were, when nothing here would be written over."""
    executor = MigrationExecutor(connection)
    recorded = {(app, name) for app, name in manifest["migrations"]}
    if unknown := sorted(recorded - set(executor.loader.graph.nodes)):
        app, name = unknown[0]
        raise BadBackup(f"The backup is of a newer release: this one does not know {app} {name}. Install that release.")
    tables = set(connection.introspection.table_names())
    for model in kept_models():
        if model._meta.db_table in tables and model._base_manager.exists():
            raise WrongState(
                "This installation is not empty. Restore into a new data directory (READERSTUDY_DATA) "
                "or an empty database (DATABASE_URL)."
            )
    if set(executor.loader.applied_migrations) - recorded:
        raise WrongState(
            "The tables here are newer than the backup's. Restore into a directory or database without tables."
        )
    leaves = [node for node in recorded if not executor.loader.graph.node_map[node].children & recorded]
    return executor, sorted(tuple(node) for node in leaves)


def _put_back(name: str, stream: IO[bytes], tables: Path) -> None:
    kind, _, rest = name.partition("/")
    if kind == "database":
        _write_whole(tables / rest, stream)
    elif kind == "files":
        _store(rest, stream)
    elif kind == "uploads":
        _write_whole(Path(settings.UPLOAD_DIR) / rest, stream)
    elif kind == "secrets" and rest in SECRETS:
        _write_whole(Path(settings.DATA_DIR) / "secrets" / rest, stream)
    else:
        raise BadBackup(f"The backup holds {name!r}, which this release does not know.")


def _write_whole(target: Path, stream: IO[bytes]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = target.with_name(f".part-{target.name}")
    with part.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)
        shutil.copyfileobj(stream, file, CHUNK_BYTES)
        file.flush()
        os.fsync(file.fileno())
    part.replace(target)


def _store(path: str, stream: IO[bytes]) -> None:
    """Under its own name; one that an earlier try put there stays where it is the same."""
    with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES) as content:
        shutil.copyfileobj(stream, content, CHUNK_BYTES)
        content.seek(0)
        if default_storage.exists(path):
            with default_storage.open(path, "rb") as there:
                if _sha256(there) != _sha256(content):
                    raise WrongState(f"The storage here holds another file {path}. Restore into an empty one.")
            return
        if default_storage.save(path, File(content)) != path:
            raise WrongState(f"The storage here did not take the name {path}.")


def _sha256(stream: Any) -> str:
    digest = hashlib.sha256()
    while chunk := stream.read(CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def _load(registry: Apps, tables: Path) -> None:
    """All rows in one transaction; the tables are those of the release that made the backup."""
    loaded = kept_models(registry)
    if unknown := sorted({path.stem for path in tables.iterdir()} - {label(model) for model in loaded}):
        raise BadBackup(f"The backup holds rows of {unknown[0]}, which its own migrations do not make.")
    with transaction.atomic():
        for model in loaded:
            path = tables / f"{label(model)}.jsonl"
            if path.is_file():
                with path.open("rb") as lines:
                    load_rows(model, lines)
        restart_counters(loaded)
