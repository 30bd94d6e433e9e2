"""What the denoiser made, from what, with which weights."""

from django.db import models


class Enhancement(models.Model):
    """One run of the denoiser: the provenance of a generated series."""

    source = models.ForeignKey("readerstudy.Series", models.CASCADE, related_name="enhancements")
    result = models.OneToOneField("readerstudy.Series", models.CASCADE, related_name="enhancement")
    weights_sha256 = models.CharField(max_length=64)
    settings = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    seconds = models.FloatField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"enhancement {self.pk}"
