"""Rules of reading; and signatures, which the database itself refuses to change or delete."""

from importlib import import_module

import django.core.validators
import django.db.models.deletion
import readerstudy.models.rules
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
        ('readerstudy', '0006_scores_given_at'),
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
        migrations.CreateModel(
            name='ReadingRules',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('session_minutes', models.PositiveSmallIntegerField(blank=True, help_text='After this time no further pair is opened until the reader has had a break. Empty: no limit.', null=True, validators=[django.core.validators.MinValueValidator(5), django.core.validators.MaxValueValidator(600)], verbose_name='longest session (minutes)')),
                ('break_minutes', models.PositiveSmallIntegerField(default=15, help_text='So long without a score is a break, and a new session begins.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(600)], verbose_name='shortest break (minutes)')),
                ('pairs_a_day', models.PositiveSmallIntegerField(blank=True, help_text='So many pairs are opened on one day. Empty: no limit.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1000)], verbose_name='most pairs a day')),
                ('time_zone', models.CharField(default='UTC', help_text='Where a day begins at midnight, like Europe/Berlin.', max_length=64, validators=[readerstudy.models.rules.is_time_zone], verbose_name='time zone of the readers')),
                ('washout_days', models.PositiveSmallIntegerField(blank=True, help_text='Days between two pairs of the same images. Pairs are then read in their order, in rounds in which each image set comes once. Empty: none.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(365)], verbose_name='washout (days)')),
                ('repeats', models.PositiveSmallIntegerField(default=0, help_text='Pairs that each reader is shown a second time without being told, for the agreement of readers with themselves. They enter no other result.', validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(1000)], verbose_name='hidden repeats')),
                ('repeat_distance', models.PositiveSmallIntegerField(default=30, help_text='Other pairs between the two showings, at least.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1000)], verbose_name='distance of repeats')),
                ('study', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='reading_rules', to='readerstudy.study')),
            ],
            options={
                'verbose_name_plural': 'reading rules',
            },
        ),
        migrations.RunPython(add_triggers, drop_triggers),
    ]
