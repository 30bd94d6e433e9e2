"""Results, the versions of the plan that they follow, power simulations, and keys of scripts."""

from django.db import models


class ImageMetric(models.Model):
    """One number of one series, or of two of one image set (Table 4); or why there is none."""

    image_set = models.ForeignKey("readerstudy.ImageSet", models.CASCADE, related_name="image_metrics")
    reference = models.ForeignKey("readerstudy.Series", models.CASCADE, related_name="+")
    # None for a metric of one series.
    other = models.ForeignKey("readerstudy.Series", models.CASCADE, null=True, related_name="+")
    name = models.CharField(max_length=100)  # as in the tables: ssim_soc_socdl, l1_soc_fast, noise_fast …
    value = models.FloatField(null=True)
    note = models.CharField(max_length=200, blank=True)
    data_range = models.FloatField(null=True)
    measured_with = models.CharField(max_length=200, blank=True)  # numpy 2.4.6, scikit-image 0.26.0 …

    class Meta:
        constraints = (models.UniqueConstraint(fields=("image_set", "name"), name="one_metric_a_name"),)

    def __str__(self) -> str:
        return f"{self.name} of {self.image_set}"


class FigurePlate(models.Model):
    """A figure for print, as a statistician laid it out: which images, windows, crops and arrows. No pixel is kept."""

    study = models.ForeignKey("readerstudy.Study", models.CASCADE, related_name="figure_plates")
    title = models.CharField(max_length=120)
    layout = models.JSONField()  # core/figures/layout.py says what it holds
    version = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey("readerstudy.User", models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ("-changed_at",)

    def __str__(self) -> str:
        return f"{self.title} ({self.study})"


class Analysis(models.Model):
    """One computation of all tables after unblinding."""

    study = models.ForeignKey("readerstudy.Study", models.CASCADE, related_name="analyses")
    made_at = models.DateTimeField()
    results = models.JSONField()
    plan_version = models.PositiveSmallIntegerField(default=1)  # 1 as sealed; from 2 post hoc
    plan_sha256 = models.CharField(max_length=64)
    data_sha256 = models.CharField(max_length=64)
    versions = models.JSONField(default=dict)

    class Meta:
        ordering = ("-made_at",)
        verbose_name_plural = "analyses"

    def __str__(self) -> str:
        return f"analysis of {self.study}"

    @property
    def has_report(self) -> bool:
        return self.files.filter(name="report.pdf").exists()


class ResultFile(models.Model):
    """A file drawn from one analysis: a figure as SVG or PNG, the numbers that it shows as CSV, or the report."""

    analysis = models.ForeignKey(Analysis, models.CASCADE, related_name="files")
    name = models.CharField(max_length=200)  # win_tie_loss.svg
    section = models.CharField(max_length=30)  # a code of core/sections.py
    position = models.PositiveSmallIntegerField()  # among the figures of the analysis
    title = models.CharField(max_length=300)
    caption = models.TextField()
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()

    class Meta:
        ordering = ("position", "name")
        constraints = (models.UniqueConstraint(fields=("analysis", "name"), name="one_result_file_a_name"),)

    def __str__(self) -> str:
        return f"{self.name} of {self.analysis}"


class PlanDraft(models.Model):
    """What was chosen for the plan while the study is a draft; comparisons and features come from the protocol."""

    study = models.OneToOneField("readerstudy.Study", models.CASCADE, related_name="plan_draft")
    choices = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"plan draft of {self.study}"


class PlanVersion(models.Model):
    """A plan made after the seal: post hoc by definition. Version 1 is the sealed plan, which stays on the study."""

    study = models.ForeignKey("readerstudy.Study", models.PROTECT, related_name="plan_versions")
    number = models.PositiveSmallIntegerField()  # from 2
    plan = models.JSONField()
    plan_sha256 = models.CharField(max_length=64)
    made_by = models.ForeignKey("readerstudy.User", models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    reason = models.CharField(max_length=400)

    class Meta:
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=("study", "number"), name="one_plan_a_version"),
            models.CheckConstraint(condition=models.Q(number__gte=2), name="the_sealed_plan_is_version_1"),
        )

    def __str__(self) -> str:
        return f"plan version {self.number} of {self.study}"


class PowerRun(models.Model):
    """One simulation for planning: what was assumed, and what came out once the worker is through."""

    study = models.ForeignKey("readerstudy.Study", models.CASCADE, related_name="power_runs")
    made_by = models.ForeignKey("readerstudy.User", models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    inputs = models.JSONField()
    results = models.JSONField(null=True)
    plot_svg = models.TextField(blank=True)

    class Meta:
        ordering = ("-made_at",)

    def __str__(self) -> str:
        return f"power run {self.pk} of {self.study}"


class ApiToken(models.Model):
    """A key for scripts to one study, for reading only. The secret is shown once; here is its SHA-256.

    It opens what its owner may see, and nothing once the owner left the study or may not sign in.
    """

    study = models.ForeignKey("readerstudy.Study", models.CASCADE, related_name="api_tokens")
    owner = models.ForeignKey("readerstudy.User", models.PROTECT, related_name="api_tokens")
    name = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64, unique=True)
    may_read_key = models.BooleanField("may read the allocation key", default=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.name} ({self.study})"
