"""Signatures under lock and unblinding, which the database itself refuses to change or delete.

And sides that need a key: the seeds of allocations are encrypted with a key that is not in the database, and marks that
need the seed come in the place of the arms (`core/sides.py`). What SQLite frees of the old columns is overwritten.
"""

import base64
import hashlib
import hmac
import json
from importlib import import_module

import django.core.validators
import pyrage
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

append_only = import_module("readerstudy.migrations.0002_append_only")
TABLE = "readerstudy_closingsignature"


def add_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for event in ("UPDATE", "DELETE"):
        schema_editor.execute(append_only._trigger(schema_editor.connection.vendor, TABLE, event))


def drop_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    on_table = f" ON {TABLE}" if schema_editor.connection.vendor == "postgresql" else ""
    for event in ("update", "delete"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_no_{event}{on_table}")


def encrypt(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    recipient = pyrage.x25519.Identity.from_str(settings.ALLOCATION_KEY).to_public()
    allocations = apps.get_model("readerstudy", "Allocation")._base_manager
    for study in apps.get_model("readerstudy", "Study").objects.exclude(allocation_seed=""):
        content = json.dumps({"study": str(study.uuid), "seed": study.allocation_seed}).encode()
        study.allocation_seed_encrypted = base64.b64encode(pyrage.encrypt(content, [recipient])).decode()
        study.save(update_fields=("allocation_seed_encrypted",))
        key = hmac.new(study.allocation_seed.encode(), b"sides", hashlib.sha256).digest()
        rows = list(allocations.filter(study=study).select_related("left_arm", "right_arm"))
        for row in rows:
            text = f"{row.token}|{row.left_arm.code}|{row.right_arm.code}"
            row.sides = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        allocations.bulk_update(rows, ("sides",), batch_size=200)


def overwrite_what_is_freed(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete=ON").fetchone()


class Migration(migrations.Migration):

    dependencies = [
        ('readerstudy', '0012_fetching'),
    ]

    operations = [
        migrations.CreateModel(
            name='ClosingRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('act', models.CharField(choices=[('lock', 'lock'), ('unblind', 'unblind')], max_length=8)),
                ('reason', models.CharField(max_length=200)),
                ('made_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('outcome', models.CharField(blank=True, choices=[('done', 'Done'), ('withdrawn', 'Withdrawn'), ('expired', 'Expired')], max_length=10)),
                ('ended_at', models.DateTimeField(null=True)),
                ('study', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='closing_requests', to='readerstudy.study')),
            ],
            options={
                'ordering': ('study', 'number'),
            },
        ),
        migrations.CreateModel(
            name='ClosingRules',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lock_signatures', models.PositiveSmallIntegerField(choices=[(0, 'one person, with a reason'), (1, 'one person, who signs'), (2, 'two persons, who both sign')], default=0, verbose_name='who locks the study')),
                ('unblind_signatures', models.PositiveSmallIntegerField(choices=[(0, 'one person, with a reason'), (1, 'one person, who signs'), (2, 'two persons, who both sign')], default=0, verbose_name='who unblinds the study')),
                ('request_hours', models.PositiveSmallIntegerField(default=72, help_text='If the second person has not signed by then, both begin anew.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(720)], verbose_name='a first signature holds for (hours)')),
                ('study', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='closing_rules', to='readerstudy.study')),
            ],
            options={
                'verbose_name_plural': 'closing rules',
            },
        ),
        migrations.CreateModel(
            name='ClosingSignature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('printed_name', models.CharField(max_length=150)),
                ('meaning', models.CharField(max_length=200)),
                ('content_sha256', models.CharField(max_length=64)),
                ('signed_at', models.DateTimeField()),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to='readerstudy.closingrequest')),
                ('signer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.AddConstraint(
            model_name='closingrequest',
            constraint=models.UniqueConstraint(fields=('study', 'number'), name='one_closing_request_a_number'),
        ),
        migrations.AddConstraint(
            model_name='closingrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('outcome', '')), fields=('study',), name='one_open_closing_request'),
        ),
        migrations.AddConstraint(
            model_name='closingrules',
            constraint=models.CheckConstraint(condition=models.Q(('lock_signatures__lte', 2), ('unblind_signatures__lte', 2)), name='closing_signatures_in_range'),
        ),
        migrations.AddConstraint(
            model_name='closingsignature',
            constraint=models.UniqueConstraint(fields=('request', 'signer'), name='one_closing_signature_a_person'),
        ),
        migrations.RunPython(add_triggers, drop_triggers),
        migrations.RunPython(overwrite_what_is_freed),
        migrations.AddField(
            model_name='study',
            name='allocation_seed_encrypted',
            field=models.TextField(blank=True, default=''),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='allocation',
            name='sides',
            field=models.CharField(default='', max_length=64),
            preserve_default=False,
        ),
        migrations.RunPython(encrypt),
        migrations.RemoveConstraint(model_name='allocation', name='sides_show_two_arms'),
        migrations.RemoveField(model_name='allocation', name='left_arm'),
        migrations.RemoveField(model_name='allocation', name='right_arm'),
        migrations.RemoveField(model_name='study', name='allocation_seed'),
    ]
