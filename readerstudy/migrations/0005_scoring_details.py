"""What an answer may say besides a number, the parts of a consistency finding, and readers' own keys."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

KINDS = ("loss", "corruption", "alteration", "creation", "exaggeration")
SUBJECTS = ("anatomy", "pathology")


def name_categories(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The items of the reference protocol tell both in their codes, such as loss_anatomy."""
    items = apps.get_model("readerstudy", "ConsistencyItem").objects
    for kind in KINDS:
        for subject in SUBJECTS:
            items.filter(code=f"{kind}_{subject}").update(category=kind.capitalize(), subject=subject)


class Migration(migrations.Migration):

    dependencies = [
        ('readerstudy', '0004_blink_comparison'),
    ]

    operations = [
        migrations.AddField(
            model_name='consistencyitem',
            name='category',
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name='consistencyitem',
            name='subject',
            field=models.CharField(blank=True, choices=[('anatomy', 'Anatomy'), ('pathology', 'Pathology')], max_length=10),
        ),
        migrations.AddField(
            model_name='score',
            name='detail',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='study',
            name='rest_no_difference',
            field=models.BooleanField(default=False, verbose_name="allow 'no difference' for all open features in one act"),
        ),
        migrations.RunPython(name_categories, migrations.RunPython.noop),
        migrations.CreateModel(
            name='ReaderKeys',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('keys', models.JSONField(default=dict)),
                ('changed_at', models.DateTimeField(auto_now=True)),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='reader_keys', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'reader keys',
            },
        ),
        migrations.CreateModel(
            name='NotAssessableReason',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=32, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$', "Use up to 32 letters, digits, '_', '.' or '-', beginning with a letter or digit.")])),
                ('label', models.CharField(max_length=100)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('study', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='not_assessable_reasons', to='readerstudy.study')),
            ],
            options={
                'ordering': ('position', 'id'),
                'constraints': [models.UniqueConstraint(fields=('study', 'code'), name='one_reason_a_code')],
            },
        ),
    ]
