"""A reader's signature under all of their scores. Append-only, as the scores are (triggers in the migration)."""

from django.db import models

from readerstudy.models.people import Membership
from readerstudy.models.study import Study


class Signature(models.Model):
    """Who signed what, when, and what it means; from then on the reader's scores are read-only."""

    study = models.ForeignKey(Study, models.PROTECT, related_name="signatures")
    reader = models.OneToOneField(Membership, models.PROTECT, related_name="signature")
    printed_name = models.CharField(max_length=150)
    meaning = models.CharField(max_length=200)
    pairs = models.PositiveIntegerField()
    content_sha256 = models.CharField(max_length=64)
    signed_at = models.DateTimeField()

    class Meta:
        ordering = ("reader__code",)

    def __str__(self) -> str:
        return f"signature of {self.reader.code}"
