"""Whether this installation can do its work at the moment; for monitoring, so that nothing is told of any study."""

import logging
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import django_rq
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from redis.exceptions import RedisError

from readerstudy import side_key
from readerstudy.core.errors import IntegrityFailure
from readerstudy.models import Study

log = logging.getLogger(__name__)
OK = "ok"
FREE_BYTES_WANTED = 500_000_000
QUEUE = "default"


def readiness() -> dict[str, str]:
    """Each part by name: `ok`, or what is wrong in a word or two. The log has the cause; a stranger may ask here."""
    return {name: check() for name, check in CHECKS.items()}


def _database() -> str:
    try:
        executor = MigrationExecutor(connection)
    except DatabaseError as error:
        log.error("The database does not answer: %s", error)
        return "unreachable"
    return "not migrated" if executor.migration_plan(executor.loader.graph.leaf_nodes()) else OK


def _queue() -> str:
    try:
        django_rq.get_connection(QUEUE).ping()
    except RedisError as error:
        log.error("The queue does not answer: %s", error)
        return "unreachable"
    return OK


def _disk() -> str:
    """A file that is written and synced: a disk can be full, read-only, or gone."""
    folder = Path(settings.DATA_DIR)
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0" * 4096)
            file.flush()
            os.fsync(file.fileno())
        free = shutil.disk_usage(folder).free
    except OSError as error:
        log.error("The data directory cannot be written: %s", error)
        return "not writable"
    return OK if free >= FREE_BYTES_WANTED else "nearly full"


def _allocation_key() -> str:
    """Whether the sides of every sealed study can be read; without the key no pair is shown."""
    try:
        sealed = Study.objects.exclude(allocation_seed_encrypted="")
        for uuid, encrypted in sealed.values_list("uuid", "allocation_seed_encrypted"):
            side_key.seed_of(encrypted, str(uuid))
    except IntegrityFailure as error:
        log.error("%s", error)
        return "not the one of the data"
    except DatabaseError:
        return "unknown"  # the database has its own line
    return OK


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database, "queue": _queue, "disk": _disk, "allocation key": _allocation_key,
}  # fmt: skip
