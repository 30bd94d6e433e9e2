"""What comes in by itself, from scanners and archives: where it may be sent, what arrived, what was refused."""

from datetime import datetime

from django.core.validators import RegexValidator
from django.db import models

from readerstudy.core.peers import TITLE
from readerstudy.models.cases import Upload
from readerstudy.models.people import User
from readerstudy.models.study import Arm, Study


class Way(models.TextChoices):
    DICOM = "dicom", "DICOM C-STORE"
    WEB = "web", "DICOMweb STOW-RS"


class ReceivingTitle(models.Model):
    """An AE title of a study: what is sent to it becomes a case of the study, as one arm where one is named."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="receiving_titles")
    arm = models.ForeignKey(Arm, models.SET_NULL, null=True, blank=True, related_name="+")
    title = models.CharField(
        "AE title",
        max_length=16,
        unique=True,
        validators=[
            RegexValidator(
                f"^{TITLE.pattern}$", "Use 1 to 16 capital letters, digits, '-' or '_', no '-' or '_' first."
            )
        ],
        error_messages={"unique": "This AE title is taken. Choose another one."},
    )
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("title",)

    def __str__(self) -> str:
        return self.title


class SendingToken(models.Model):
    """A key by which another system may send images to one study, and do nothing else. Here is its SHA-256.

    It is its owner's: it opens nothing once the owner is no coordinator of the study or may not sign in.
    """

    study = models.ForeignKey(Study, models.CASCADE, related_name="sending_tokens")
    arm = models.ForeignKey(Arm, models.SET_NULL, null=True, blank=True, related_name="+")
    owner = models.ForeignKey(User, models.PROTECT, related_name="+")
    name = models.CharField("what sends with it", max_length=40)
    sha256 = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-made_at",)

    def __str__(self) -> str:
        return self.name

    def is_open(self, now: datetime) -> bool:
        return self.revoked_at is None and self.expires_at > now


class Arrival(models.Model):
    """That an upload came by itself: from whom, and when last. It closes when nothing more comes."""

    upload = models.OneToOneField(Upload, models.CASCADE, related_name="arrival")
    way = models.CharField(max_length=8, choices=Way.choices)
    title = models.ForeignKey(ReceivingTitle, models.PROTECT, null=True, related_name="arrivals")
    token = models.ForeignKey(SendingToken, models.PROTECT, null=True, related_name="arrivals")
    sender = models.CharField(max_length=80)
    last_at = models.DateTimeField()
    # The sender broke off in the middle and will send again: what came is kept for that time before it is read.
    broken_off = models.BooleanField(default=False)

    class Meta:
        ordering = ("-last_at",)

    def __str__(self) -> str:
        return f"{self.get_way_display()} from {self.sender}"


class Refusal(models.Model):
    """Something that was sent and not taken. The same again counts up, so that a flood is one row."""

    study = models.ForeignKey(Study, models.CASCADE, null=True, related_name="refusals")
    way = models.CharField(max_length=8, choices=Way.choices)
    sender = models.CharField(max_length=80)
    called = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=300)
    count = models.PositiveBigIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        ordering = ("-last_at", "-pk")

    def __str__(self) -> str:
        return f"refused: {self.sender}"
