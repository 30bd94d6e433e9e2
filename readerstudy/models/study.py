"""A study and its protocol: the rows that a coordinator edits while the study is a draft."""

import uuid

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from readerstudy import side_key
from readerstudy.core.lifecycle import Status

code_is_safe = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$",
    "Use up to 32 letters, digits, '_', '.' or '-', beginning with a letter or digit.",
)


class Study(models.Model):
    """One protocol with its cases, readers, allocation and results."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=200)
    sponsor = models.CharField(max_length=200, blank=True)
    ethics_approval = models.CharField("ethics approval", max_length=200, blank=True)
    description = models.TextField(blank=True)
    instructions = models.TextField("instructions to readers", blank=True)
    diagnostic_quality = models.BooleanField("ask for diagnostic quality of each displayed series", default=True)
    rest_no_difference = models.BooleanField("allow 'no difference' for all open features in one act", default=False)
    blink_comparison = models.BooleanField("allow blink comparison: both sides in turn in one place", default=False)
    status = models.CharField(
        max_length=12,
        choices=[(status.value, status.value.capitalize()) for status in Status],
        default=Status.DRAFT,
    )
    created_at = models.DateTimeField(auto_now_add=True)
    # The seed would tell the sides: it is shown to nobody before unblinding, and stored encrypted.
    allocation_seed_encrypted = models.TextField(blank=True)
    allocation_sha256 = models.CharField(max_length=64, blank=True)
    plan = models.JSONField(default=dict, blank=True)
    plan_sha256 = models.CharField(max_length=64, blank=True)
    sealed_at = models.DateTimeField(null=True, blank=True)
    locked_at = models.DateTimeField(null=True, blank=True)
    scores_sha256 = models.CharField(max_length=64, blank=True)
    unblinded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)
        verbose_name_plural = "studies"
        constraints = (
            models.CheckConstraint(condition=Q(status__in=[s.value for s in Status]), name="status_is_known"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def allocation_seed(self) -> str:
        """Empty before the seal. Raises IntegrityFailure where the installation's allocation key is another one."""
        if not self.allocation_seed_encrypted:
            return ""
        return side_key.seed_of(self.allocation_seed_encrypted, str(self.uuid))

    def keep_seed(self, seed: str) -> None:
        self.allocation_seed_encrypted = side_key.encrypted_seed(seed, str(self.uuid))


class Site(models.Model):
    study = models.ForeignKey(Study, models.CASCADE, related_name="sites")
    code = models.CharField(max_length=32, validators=[code_is_safe])
    name = models.CharField(max_length=200, blank=True)
    location = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("code",)
        constraints = (models.UniqueConstraint(fields=("study", "code"), name="one_site_a_code"),)

    def __str__(self) -> str:
        return self.name or self.code


class Scanner(models.Model):
    """A scanner model at a site; rows are made from the headers and completed by hand."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="scanners")
    site = models.ForeignKey(Site, models.SET_NULL, null=True, blank=True, related_name="scanners")
    code = models.CharField(max_length=32, validators=[code_is_safe])
    manufacturer = models.CharField(max_length=64, blank=True)
    model = models.CharField(max_length=64, blank=True)
    field_strength_t = models.FloatField("field strength (T)", null=True, blank=True)

    class Meta:
        ordering = ("code",)
        constraints = (models.UniqueConstraint(fields=("study", "code"), name="one_scanner_a_code"),)

    def __str__(self) -> str:
        return f"{self.manufacturer} {self.model}".strip() or self.code


class Arm(models.Model):
    """What was done to the image. A generated arm names the arm that the denoiser starts from."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="arms")
    code = models.CharField(max_length=32, validators=[code_is_safe])
    label = models.CharField(max_length=100, blank=True)
    source = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="generated")
    shown = models.BooleanField("shown to readers", default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position", "id")
        constraints = (models.UniqueConstraint(fields=("study", "code"), name="one_arm_a_code"),)

    def __str__(self) -> str:
        return self.code


class Comparison(models.Model):
    """An ordered pair of arms: results above the mid-point favour arm A."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="comparisons")
    code = models.CharField(max_length=70, validators=[code_is_safe])
    arm_a = models.ForeignKey(Arm, models.PROTECT, related_name="+")
    arm_b = models.ForeignKey(Arm, models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position", "id")
        constraints = (
            models.UniqueConstraint(fields=("study", "code"), name="one_comparison_a_code"),
            models.CheckConstraint(condition=~Q(arm_a=F("arm_b")), name="comparison_has_two_arms"),
        )

    def __str__(self) -> str:
        return f"{self.arm_a.code} vs {self.arm_b.code}"


class Feature(models.Model):
    """One thing that readers compare between the sides."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="features")
    code = models.CharField(max_length=32, validators=[code_is_safe])
    label = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position", "id")
        constraints = (models.UniqueConstraint(fields=("study", "code"), name="one_feature_a_code"),)

    def __str__(self) -> str:
        return self.label


class ScaleChoice(models.Model):
    """One word of the preference scale, from the left side's favour to the right's."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="scale")
    value = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=100)

    class Meta:
        ordering = ("value",)
        constraints = (
            models.UniqueConstraint(fields=("study", "value"), name="one_word_a_value"),
            models.CheckConstraint(condition=Q(value__gte=1, value__lte=9), name="scale_value_in_range"),
        )

    def __str__(self) -> str:
        return f"{self.value} {self.label}"


class NotAssessableReason(models.Model):
    """Why a reader may leave a feature without a score. A protocol without reasons asks for every score."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="not_assessable_reasons")
    code = models.CharField(max_length=32, validators=[code_is_safe])
    label = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position", "id")
        constraints = (models.UniqueConstraint(fields=("study", "code"), name="one_reason_a_code"),)

    def __str__(self) -> str:
        return self.label


class ConsistencyItem(models.Model):
    """A box that a reader ticks when a side seems to have lost, altered or invented something.

    Items of one category stand in one row of the reading station, side by side for anatomy and pathology.
    """

    class Subject(models.TextChoices):
        ANATOMY = "anatomy", "Anatomy"
        PATHOLOGY = "pathology", "Pathology"

    study = models.ForeignKey(Study, models.CASCADE, related_name="consistency_items")
    code = models.CharField(max_length=32, validators=[code_is_safe])
    label = models.CharField(max_length=100)
    category = models.CharField(max_length=60, blank=True)
    subject = models.CharField(max_length=10, choices=Subject.choices, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position", "id")
        constraints = (models.UniqueConstraint(fields=("study", "code"), name="one_consistency_item_a_code"),)

    def __str__(self) -> str:
        return self.label
