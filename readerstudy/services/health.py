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


CHECKS: dict[str, Callable[[], str]] = {"database": _database, "queue": _queue, "disk": _disk}
