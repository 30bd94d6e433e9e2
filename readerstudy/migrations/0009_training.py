"""Training before the first scored pair: image sets marked for it, rounds of it, and their allocations."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('readerstudy', '0008_reading_sessions'),
    ]

    operations = [
        migrations.CreateModel(
            name='TrainingRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('attempt', models.PositiveSmallIntegerField()),
                ('started_at', models.DateTimeField()),
                ('completed_at', models.DateTimeField(blank=True, null=True)),
                ('handling', models.JSONField(default=dict)),
            ],
            options={
                'ordering': ('reader', 'attempt'),
            },
        ),
        migrations.RemoveConstraint(
            model_name='allocation',
            name='one_allocation_a_repeat',
        ),
        migrations.RemoveConstraint(
            model_name='allocation',
            name='one_allocation_a_position',
        ),
        migrations.AddField(
            model_name='imageset',
            name='training',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='readingrules',
            name='training_pairs',
            field=models.PositiveSmallIntegerField(default=0, help_text='Pairs of training image sets that each reader works through before the first scored pair. Mark the image sets on the cases page. 0: no training.', validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(30)], verbose_name='training pairs'),
        ),
        migrations.AddField(
            model_name='trainingrun',
            name='reader',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='training_runs', to='readerstudy.membership'),
        ),
        migrations.AddField(
            model_name='allocation',
            name='training_run',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='readerstudy.trainingrun'),
        ),
        migrations.AddConstraint(
            model_name='allocation',
            constraint=models.UniqueConstraint(condition=models.Q(('training_run', None)), fields=('reader', 'pair', 'repeat'), name='one_allocation_a_repeat'),
        ),
        migrations.AddConstraint(
            model_name='allocation',
            constraint=models.UniqueConstraint(condition=models.Q(('training_run', None)), fields=('reader', 'position'), name='one_allocation_a_position'),
        ),
        migrations.AddConstraint(
            model_name='allocation',
            constraint=models.UniqueConstraint(fields=('training_run', 'position'), name='one_training_pair_a_position'),
        ),
        migrations.AddConstraint(
            model_name='allocation',
            constraint=models.UniqueConstraint(fields=('training_run', 'pair'), name='one_training_pair_a_pair'),
        ),
        migrations.AddConstraint(
            model_name='trainingrun',
            constraint=models.UniqueConstraint(fields=('reader', 'attempt'), name='one_training_run_an_attempt'),
        ),
    ]
