"""What somebody with the database's own password can do, so that verification has something to notice."""

from collections.abc import Sequence

from django.db import connection

from readerstudy.core import sides
from readerstudy.models import Allocation


def exchange_sides(allocation: Allocation) -> None:
    """The mark of the other order, by whoever has the key too."""
    left, right = allocation.arms
    key = sides.key_of(allocation.study.allocation_seed)
    mark = sides.mark(key=key, token=allocation.token, left=right.code, right=left.code)
    Allocation.everything.filter(pk=allocation.pk).update(sides=mark)


def without_triggers(table: str, statement: str, values: Sequence[object] = ()) -> None:
    """Run a statement on an append-only table with its triggers gone."""
    on_table = f" ON readerstudy_{table}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for event in ("update", "delete"):
            cursor.execute(f"DROP TRIGGER IF EXISTS readerstudy_{table}_no_{event}{on_table}")
        cursor.execute(statement, values or None)
