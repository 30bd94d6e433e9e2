"""Signatures, which the database itself refuses to change or delete."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

append_only = import_module("readerstudy.migrations.0002_append_only")
TABLE = "readerstudy_signature"


def add_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for event in ("UPDATE", "DELETE"):
        schema_editor.execute(append_only._trigger(schema_editor.connection.vendor, TABLE, event))


def drop_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    on_table = f" ON {TABLE}" if schema_editor.connection.vendor == "postgresql" else ""
    for event in ("update", "delete"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_no_{event}{on_table}")


class Migration(migrations.Migration):

    dependencies = [
        ('readerstudy', '0004_blink_comparison'),
    ]

    operations = [
        migrations.CreateModel(
            name='Signature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('printed_name', models.CharField(max_length=150)),
                ('meaning', models.CharField(max_length=200)),
                ('pairs', models.PositiveIntegerField()),
                ('content_sha256', models.CharField(max_length=64)),
                ('signed_at', models.DateTimeField()),
                ('reader', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='signature', to='readerstudy.membership')),
                ('study', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to='readerstudy.study')),
            ],
            options={
                'ordering': ('reader__code',),
            },
        ),
        migrations.RunPython(add_triggers, drop_triggers),
    ]
