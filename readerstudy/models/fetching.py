"""Images that we get ourselves: one series that a coordinator asked an archive for."""

from django.db import models

from readerstudy.models.cases import Upload
from readerstudy.models.people import User
from readerstudy.models.study import Arm, Study


class FetchState(models.TextChoices):
    ASKED = "asked", "Waiting"
    DONE = "done", "Fetched"
    CANCELLED = "cancelled", "Cancelled"


class Fetch(models.Model):
    """One series to be fetched. How far it is, and why it failed, stands in its task.

    The series' own UIDs lead back to the patient in the archive: they are kept only until the series is here.
    """

    study = models.ForeignKey(Study, models.CASCADE, related_name="fetches")
    archive = models.CharField(max_length=40)  # its name in the settings
    arm = models.ForeignKey(Arm, models.SET_NULL, null=True, blank=True, related_name="+")
    upload = models.OneToOneField(Upload, models.SET_NULL, null=True, related_name="fetch")
    study_uid = models.CharField(max_length=64, blank=True)
    series_uid = models.CharField(max_length=64, blank=True)
    number = models.PositiveIntegerField(null=True)  # of the series, as the archive has it
    state = models.CharField(max_length=10, choices=FetchState.choices, default=FetchState.ASKED)
    images = models.PositiveIntegerField(default=0)
    # While an archive sends to our receiver by C-MOVE: how the receiver knows what comes.
    move_id = models.PositiveIntegerField(null=True)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("-pk",)
        verbose_name_plural = "fetches"
        constraints = (
            models.UniqueConstraint(
                fields=("move_id",), condition=models.Q(move_id__isnull=False), name="one_fetch_a_move_id"
            ),
        )

    def __str__(self) -> str:
        return f"series {self.number or '?'} of {self.archive}"
