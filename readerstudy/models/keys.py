"""The keys that a reader chose for the reading station."""

from django.db import models

from readerstudy.models.people import User


class ReaderKeys(models.Model):
    """Only what differs from the station's own keys: action -> key (`core.shortcuts`)."""

    user = models.OneToOneField(User, models.CASCADE, related_name="reader_keys")
    keys = models.JSONField(default=dict)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "reader keys"

    def __str__(self) -> str:
        return f"keys of {self.user}"
