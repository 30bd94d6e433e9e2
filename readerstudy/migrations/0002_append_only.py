"""The database itself refuses to change or delete audit events and saved scores.

Django's own methods refuse too; the triggers hold against raw SQL and mistakes in later code.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLES = ("readerstudy_auditevent", "readerstudy_scoresave", "readerstudy_score")

POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION readerstudy_append_only() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION 'rows of % are append-only', TG_TABLE_NAME; END $$ LANGUAGE plpgsql
"""


def add_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    vendor = schema_editor.connection.vendor
    if vendor == "postgresql":
        # Without parameters, or the driver takes the % of RAISE for a place of one.
        schema_editor.execute(POSTGRES_FUNCTION, params=None)
    for table in TABLES:
        for event in ("UPDATE", "DELETE"):
            schema_editor.execute(_trigger(vendor, table, event))


def _trigger(vendor: str, table: str, event: str) -> str:
    name = f"{table}_no_{event.lower()}"
    if vendor == "postgresql":
        return (
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION readerstudy_append_only()"
        )
    return (
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are append-only'); END"
    )


def drop_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    vendor = schema_editor.connection.vendor
    for table in TABLES:
        for event in ("update", "delete"):
            on_table = f" ON {table}" if vendor == "postgresql" else ""
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{event}{on_table}")


class Migration(migrations.Migration):
    dependencies = (("readerstudy", "0001_initial"),)
    operations = (migrations.RunPython(add_triggers, drop_triggers),)
