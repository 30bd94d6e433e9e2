"""Results: one row an analysis, with the hashes of what it was computed from."""

from django.db import models


class ImageMetric(models.Model):
    """Similarity of two series of one image set (Table 4)."""

    image_set = models.ForeignKey("readerstudy.ImageSet", models.CASCADE, related_name="image_metrics")
    reference = models.ForeignKey("readerstudy.Series", models.CASCADE, related_name="+")
    other = models.ForeignKey("readerstudy.Series", models.CASCADE, related_name="+")
    name = models.CharField(max_length=40)  # as in the tables: ssim_soc_socdl, l1_soc_fast …
    value = models.FloatField()
    data_range = models.FloatField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("image_set", "name"), name="one_metric_a_name"),)

    def __str__(self) -> str:
        return f"{self.name} of {self.image_set}"


class Analysis(models.Model):
    """One computation of all tables after unblinding."""

    study = models.ForeignKey("readerstudy.Study", models.CASCADE, related_name="analyses")
    made_at = models.DateTimeField()
    results = models.JSONField()
    plan_sha256 = models.CharField(max_length=64)
    data_sha256 = models.CharField(max_length=64)
    versions = models.JSONField(default=dict)

    class Meta:
        ordering = ("-made_at",)
        verbose_name_plural = "analyses"

    def __str__(self) -> str:
        return f"analysis of {self.study}"
