"""When the reader gave a score, beside when it arrived: an answer may wait in a browser without a connection."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("readerstudy", "0005_scoring_details"),)
    operations = (
        migrations.AddField(
            model_name="scoresave", name="given_at", field=models.DateTimeField(null=True)
        ),
    )
