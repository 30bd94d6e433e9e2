"""What the denoiser made, from what, with which weights and settings, and what a person said of it."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from enhancement.core.strength import DEFAULT_STRENGTH, STRONGEST


class EnhancementSettings(models.Model):
    """What the denoiser is told for one study; a study without a row has the defaults."""

    study = models.OneToOneField("readerstudy.Study", models.CASCADE, related_name="enhancement_settings")
    strength = models.FloatField(
        default=DEFAULT_STRENGTH, validators=[MinValueValidator(0), MaxValueValidator(STRONGEST)]
    )

    # Another engine than our own: the name of a node in the settings. Empty: our own.
    node = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return self.node or f"strength {self.strength:g}"


class SendingState(models.TextChoices):
    ASKED = "asked", "To be sent"
    WAITING = "waiting", "Waiting for its return"
    DONE = "done", "Returned"


class Sending(models.Model):
    """One series on its way to a node and back: what it becomes is the `arm` of its image set.

    The UIDs are those that we put in when we de-identified it; by them what comes back is recognised.
    """

    source = models.ForeignKey("readerstudy.Series", models.CASCADE, related_name="sendings")
    arm = models.ForeignKey("readerstudy.Arm", models.CASCADE, related_name="+")
    node = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=SendingState.choices, default=SendingState.ASKED)
    result = models.OneToOneField("readerstudy.Series", models.SET_NULL, null=True, related_name="sending")
    sent_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)
    sent = models.JSONField(default=dict)  # `returned.Sent.to_json()`
    ours = models.JSONField(default=list)  # UIDs and dates of its headers

    class Meta:
        constraints = (models.UniqueConstraint(fields=("source", "arm"), name="one_sending_a_source_and_arm"),)

    def __str__(self) -> str:
        return f"series {self.source_id} to {self.node}"


class Enhancement(models.Model):
    """One run of the denoiser: the provenance of a generated series, and the figures of the integrity guard.

    `verdict` is `guard.Verdict.to_json()`; `pictures` a zip of input, output and residual side by side, one PNG a
    slice, named by the slice's number from 1.
    """

    source = models.ForeignKey("readerstudy.Series", models.CASCADE, related_name="enhancements")
    result = models.OneToOneField("readerstudy.Series", models.CASCADE, related_name="enhancement")
    weights_sha256 = models.CharField(max_length=64)
    settings = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    verdict = models.JSONField(default=dict)
    pictures = models.ForeignKey("readerstudy.StoredFile", models.SET_NULL, null=True, related_name="+")
    seconds = models.FloatField()
    made_at = models.DateTimeField()
    decided_by = models.ForeignKey("readerstudy.User", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=400, blank=True)

    def __str__(self) -> str:
        return f"enhancement {self.pk}"
