"""The images: participants, image sets, series, the files behind them and the uploads they came in."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext

from readerstudy.models.study import Arm, Comparison, Scanner, Site, Study
from readerstudy.standard_words import shown


class StoredFile(models.Model):
    """A file in storage with what it must be; written once, never changed."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="files")
    path = models.CharField(max_length=200, unique=True)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.path


class Participant(models.Model):
    """A de-identified patient. The pseudonym is a keyed hash: it cannot be turned back."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="participants")
    site = models.ForeignKey(Site, models.SET_NULL, null=True, blank=True, related_name="participants")
    code = models.CharField(max_length=32)
    pseudonym = models.CharField(max_length=64)
    sex = models.CharField(max_length=1, blank=True)
    age_years = models.PositiveSmallIntegerField(null=True, blank=True)  # capped at 90

    class Meta:
        ordering = ("code",)
        constraints = (
            models.UniqueConstraint(fields=("study", "code"), name="one_participant_a_code"),
            models.UniqueConstraint(fields=("study", "pseudonym"), name="one_participant_a_pseudonym"),
            models.CheckConstraint(condition=Q(age_years__isnull=True) | Q(age_years__lte=90), name="age_is_capped"),
        )

    def __str__(self) -> str:
        return self.code


class DisplayState(models.TextChoices):
    INCOMPLETE = "incomplete", "Waiting for images"
    QUEUED = "queued", "Being prepared"
    READY = "ready", "Ready"
    BLOCKED = "blocked", "Cannot be shown"


class ImageSet(models.Model):
    """One anatomical acquisition of one participant; holds one series per arm."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="image_sets")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="image_sets")
    scanner = models.ForeignKey(Scanner, models.SET_NULL, null=True, blank=True, related_name="image_sets")
    code = models.CharField(max_length=32)
    region = models.CharField(max_length=20, blank=True)
    plane = models.CharField(max_length=20, blank=True)
    sequence = models.CharField(max_length=20, blank=True)
    ordinal = models.PositiveSmallIntegerField(default=1)
    # Readers train on it; it is never allocated for scoring, measured, or counted.
    training = models.BooleanField(default=False)
    display_state = models.CharField(max_length=12, choices=DisplayState.choices, default=DisplayState.INCOMPLETE)
    findings = models.JSONField(default=list, blank=True)
    # One geometry for all arms of the set: rows, columns, slices, spacing_mm, orientation.
    geometry = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("code",)
        constraints = (models.UniqueConstraint(fields=("study", "code"), name="one_image_set_a_code"),)

    def __str__(self) -> str:
        return self.code

    @property
    def label(self) -> str:
        """In the language of the page; nothing stores it."""
        region = shown(self.region.capitalize()) or gettext("Unknown region")
        scan = f"{shown(self.plane)} {self.sequence}".strip()
        return f"{region} · {scan}" if scan else region


class UploadState(models.TextChoices):
    RECEIVING = "receiving", "Receiving"
    QUEUED = "queued", "Waiting for the worker"
    DONE = "done", "Done"
    CANCELLED = "cancelled", "Cancelled"


class Upload(models.Model):
    """A set of files that came in together; parsed by the worker, then only the report remains."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="uploads")
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_by = models.ForeignKey("readerstudy.User", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=12, choices=UploadState.choices, default=UploadState.RECEIVING)
    arm = models.ForeignKey(Arm, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"upload {self.created_at:%Y-%m-%d %H:%M}"


class FileStatus(models.TextChoices):
    RECEIVED = "received", "Received"
    TAKEN = "taken", "Taken"
    HELD = "held", "Held for review"
    REFUSED = "refused", "Refused"


class UploadedFile(models.Model):
    """One file of an upload and what became of it.

    A file's name can hold a patient's name: it is kept only where somebody must act on it (held or refused),
    with words of the patient's name and id masked, until the report is cleared or the study sealed.
    """

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="files")
    name = models.CharField(max_length=400, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=10, choices=FileStatus.choices, default=FileStatus.RECEIVED)
    reason = models.CharField(max_length=400, blank=True)
    pixel_sha256 = models.CharField(max_length=64, blank=True)
    series = models.ForeignKey("readerstudy.Series", models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"file {self.pk}"


class Series(models.Model):
    """The DICOM instances of one arm of one image set, plus the display stack made from them."""

    class Origin(models.TextChoices):
        ACQUIRED = "acquired", "Acquired"
        UPLOADED = "uploaded", "Uploaded, already enhanced"
        GENERATED = "generated", "Made by the denoiser"

    class Review(models.TextChoices):
        """Whether a person must look at a generated series before it is used; nothing for most."""

        HELD = "held", "Held for review"
        ACCEPTED = "accepted", "Accepted after review"
        REJECTED = "rejected", "Rejected after review"

    study = models.ForeignKey(Study, models.CASCADE, related_name="series")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="series")
    image_set = models.ForeignKey(ImageSet, models.SET_NULL, null=True, blank=True, related_name="series")
    arm = models.ForeignKey(Arm, models.SET_NULL, null=True, blank=True, related_name="series")
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    series_uid = models.CharField(max_length=64)  # after de-identification
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.ACQUIRED)
    review = models.CharField(max_length=10, choices=Review.choices, blank=True)
    derived_from = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="derived")
    archive = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    display = models.ForeignKey(StoredFile, models.SET_NULL, null=True, blank=True, related_name="+")
    thumbnail = models.ForeignKey(StoredFile, models.SET_NULL, null=True, blank=True, related_name="+")
    pixel_sha256 = models.CharField(max_length=64)
    rows = models.PositiveIntegerField()
    columns = models.PositiveIntegerField()
    slices = models.PositiveIntegerField()
    spacing_mm = models.JSONField(default=list)  # z, y, x
    parameters = models.JSONField(default=dict)
    findings = models.JSONField(default=list)
    deidentification = models.JSONField(default=dict)  # action -> number of elements; never a value
    proposal = models.CharField(max_length=200, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)
        verbose_name_plural = "series"
        constraints = (
            models.UniqueConstraint(
                fields=("image_set", "arm"),
                condition=Q(removed_at__isnull=True, image_set__isnull=False, arm__isnull=False),
                name="one_series_an_arm_and_image_set",
            ),
            models.UniqueConstraint(
                fields=("study", "series_uid"), condition=Q(removed_at__isnull=True), name="one_series_a_uid"
            ),
        )

    def __str__(self) -> str:
        return f"series {self.pk}"

    @property
    def is_usable(self) -> bool:
        """Whether it may be shown, allocated and measured."""
        return self.review not in WITHHELD


# Until a person has accepted them, and for ever where one has not.
WITHHELD = (Series.Review.HELD, Series.Review.REJECTED)


class Pair(models.Model):
    """Image set × comparison: what is read. One display window for both sides, from both."""

    image_set = models.ForeignKey(ImageSet, models.CASCADE, related_name="pairs")
    comparison = models.ForeignKey(Comparison, models.CASCADE, related_name="pairs")
    window_center = models.FloatField()
    window_width = models.FloatField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("image_set", "comparison"), name="one_pair_a_comparison"),
            models.CheckConstraint(condition=Q(window_width__gt=0), name="window_has_width"),
        )

    def __str__(self) -> str:
        return f"{self.image_set} {self.comparison.code}"
