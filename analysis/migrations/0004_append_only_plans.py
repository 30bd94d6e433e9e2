"""The database itself refuses to change or delete a version of the analysis plan."""

from importlib import import_module

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

append_only = import_module("readerstudy.migrations.0002_append_only")
TABLE = "analysis_planversion"


def add_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for event in ("UPDATE", "DELETE"):
        schema_editor.execute(append_only._trigger(schema_editor.connection.vendor, TABLE, event))


def drop_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    on_table = f" ON {TABLE}" if schema_editor.connection.vendor == "postgresql" else ""
    for event in ("update", "delete"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_no_{event}{on_table}")


class Migration(migrations.Migration):
    dependencies = (("analysis", "0003_plans_power_tokens"), ("readerstudy", "0002_append_only"))
    operations = (migrations.RunPython(add_triggers, drop_triggers),)
