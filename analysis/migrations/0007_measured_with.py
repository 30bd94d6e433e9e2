from django.db import migrations, models


class Migration(migrations.Migration):
    """Which software measured an image; empty for what was measured before this was kept."""

    dependencies = [("analysis", "0006_result_files")]

    operations = [
        migrations.AddField(
            model_name="imagemetric",
            name="measured_with",
            field=models.CharField(blank=True, default="", max_length=200),
            preserve_default=False,
        ),
    ]
