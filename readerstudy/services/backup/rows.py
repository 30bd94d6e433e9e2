"""The rows of the database as lines of JSON that any engine can take back.

A line is one row: the values of the columns in the order of the header line. What another start makes anew (sessions,
content types, permissions that nobody here is given) is left out.
"""

import contextlib
import json
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from django.apps import apps
from django.apps.registry import Apps
from django.core.management.color import no_style
from django.db import connection, connections, models, transaction
from django.db.models.fields.json import JSONField

LEFT_OUT = {
    "contenttypes.contenttype", "auth.permission", "auth.group_permissions", "readerstudy.user_user_permissions",
    "sessions.session", "readerstudy.browsersession", "readerstudy.signintries",
}  # fmt: skip
SNAPSHOT = "backup_snapshot"
ROWS_AT_ONCE = 2000
# What JSON says as it is; everything else goes as the text that its field writes and reads.
PLAIN = (bool, int, float, str)


@contextlib.contextmanager
def snapshot(scratch: Path) -> Iterator[str]:
    """The database as it is at one moment, under an alias of its own; who writes meanwhile is not held up.

    SQLite copies itself into the folder `scratch` online; PostgreSQL shows one REPEATABLE READ transaction.
    """
    settings = dict(connection.settings_dict)
    if connection.vendor == "sqlite":
        settings["NAME"] = str(scratch / "snapshot.sqlite3")
        _copy_sqlite(settings["NAME"])
    else:
        from psycopg import IsolationLevel

        settings["OPTIONS"] = {**settings["OPTIONS"], "isolation_level": IsolationLevel.REPEATABLE_READ}
    connections.settings[SNAPSHOT] = settings
    try:
        with transaction.atomic(using=SNAPSHOT):
            yield SNAPSHOT
    finally:
        connections[SNAPSHOT].close()
        del connections[SNAPSHOT], connections.settings[SNAPSHOT]


def _copy_sqlite(target: str) -> None:
    connection.ensure_connection()
    with contextlib.closing(sqlite3.connect(target)) as copy:
        connection.connection.backup(copy)


def kept_models(registry: Apps = apps) -> list[type[models.Model]]:
    """The models whose rows a backup holds, tables that join two others among them."""
    found = registry.get_models(include_auto_created=True)
    return [model for model in found if model._meta.managed and not model._meta.proxy and label(model) not in LEFT_OUT]


def label(model: type[models.Model]) -> str:
    return model._meta.label_lower


def write_rows(model: type[models.Model], using: str) -> tuple[IO[bytes], int, int]:
    """All rows of a model in a temporary file that stands at its start, its size in bytes, and how many they are."""
    fields = model._meta.concrete_fields
    sink: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (the caller closes it)
    sink.write(_line([field.attname for field in fields]))
    count = 0
    for row in model._base_manager.using(using).order_by("pk").iterator(chunk_size=ROWS_AT_ONCE):
        sink.write(_line([_value(field, row) for field in fields]))
        count += 1
    size = sink.tell()
    sink.seek(0)
    return sink, size, count


def _line(values: list[Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _value(field: models.Field, row: models.Model) -> Any:
    value = getattr(row, field.attname)
    if value is None or isinstance(value, PLAIN) or isinstance(field, JSONField):
        return value
    return field.value_to_string(row)


def load_rows(model: type[models.Model], lines: Iterable[bytes]) -> int:
    """Insert the rows of one model, unchanged to their keys and dates; returns how many."""
    lines = iter(lines)
    fields = {field.attname: field for field in model._meta.concrete_fields}
    columns = [fields[name] for name in json.loads(next(lines))]
    for field in columns:
        if isinstance(field, models.DateField):
            field.auto_now = field.auto_now_add = False  # the day on which it was made is not today
    count = 0
    for batch in _batches(lines):
        rows = [model(**_attributes(columns, line)) for line in batch]
        model._base_manager.bulk_create(rows)
        count += len(rows)
    return count


def _batches(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    for line in lines:
        batch.append(line)
        if len(batch) == ROWS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _attributes(columns: list[models.Field], line: bytes) -> dict[str, Any]:
    values = json.loads(line)
    return {
        field.attname: value if isinstance(field, JSONField) else field.to_python(value)
        for field, value in zip(columns, values, strict=True)
    }


def restart_counters(loaded: list[type[models.Model]]) -> None:
    """Let the next row of each table get a key above those that were put in (PostgreSQL does not see them)."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), loaded):
            cursor.execute(statement)
