"""Signatures under the two acts that close a study. A signature is append-only (triggers in the migration)."""

from datetime import timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from readerstudy.core.closing import MEANINGS, MOST_SIGNATURES, Closing
from readerstudy.models.people import User
from readerstudy.models.study import Study

NEEDED = ((0, "one person, with a reason"), (1, "one person, who signs"), (2, "two persons, who both sign"))
ACTS = [(act.value, act.value) for act in Closing]


class ClosingRules(models.Model):
    """How many coordinators sign before the study is locked or unblinded. Without a row: none."""

    study = models.OneToOneField(Study, models.CASCADE, related_name="closing_rules")
    lock_signatures = models.PositiveSmallIntegerField("who locks the study", choices=NEEDED, default=0)
    unblind_signatures = models.PositiveSmallIntegerField("who unblinds the study", choices=NEEDED, default=0)
    request_hours = models.PositiveSmallIntegerField(
        "a first signature holds for (hours)",
        default=72,
        validators=[MinValueValidator(1), MaxValueValidator(720)],
        help_text="If the second person has not signed by then, both begin anew.",
    )

    class Meta:
        verbose_name_plural = "closing rules"
        constraints = (
            models.CheckConstraint(
                condition=Q(lock_signatures__lte=MOST_SIGNATURES, unblind_signatures__lte=MOST_SIGNATURES),
                name="closing_signatures_in_range",
            ),
        )

    def __str__(self) -> str:
        return f"closing rules of {self.study}"

    def needed(self, act: Closing) -> int:
        return self.lock_signatures if act is Closing.LOCK else self.unblind_signatures

    @property
    def lifetime(self) -> timedelta:
        return timedelta(hours=self.request_hours)


class ClosingRequest(models.Model):
    """What the first person asked for and signed; open until enough have signed, it is withdrawn, or it is too old."""

    class Outcome(models.TextChoices):
        DONE = "done", "Done"
        WITHDRAWN = "withdrawn", "Withdrawn"
        EXPIRED = "expired", "Expired"

    study = models.ForeignKey(Study, models.PROTECT, related_name="closing_requests")
    number = models.PositiveIntegerField()
    act = models.CharField(max_length=8, choices=ACTS)
    reason = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("study", "number")
        constraints = (
            models.UniqueConstraint(fields=("study", "number"), name="one_closing_request_a_number"),
            models.UniqueConstraint(fields=("study",), condition=Q(outcome=""), name="one_open_closing_request"),
        )

    def __str__(self) -> str:
        return f"request {self.number} to {self.act}"

    @property
    def meaning(self) -> str:
        return MEANINGS[Closing(self.act)]


class ClosingSignature(models.Model):
    """Who signed a request, when, and the hash of what they signed."""

    request = models.ForeignKey(ClosingRequest, models.PROTECT, related_name="signatures")
    signer = models.ForeignKey(User, models.PROTECT, related_name="+")
    printed_name = models.CharField(max_length=150)
    meaning = models.CharField(max_length=200)
    content_sha256 = models.CharField(max_length=64)
    signed_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("request", "signer"), name="one_closing_signature_a_person"),)

    def __str__(self) -> str:
        return f"signature of {self.printed_name}"
