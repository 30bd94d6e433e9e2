"""How a study is read: pacing and hidden repeats, as the protocol asks for it. Without a row: no limits, no repeats."""

from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import BaseValidator, MaxValueValidator, MinValueValidator
from django.db import models

from readerstudy.models.study import Study


def is_time_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise ValidationError(f"There is no time zone '{name}'. Write one like Europe/Berlin, or UTC.") from error


def between(lowest: int, highest: int) -> list[BaseValidator]:
    return [MinValueValidator(lowest), MaxValueValidator(highest)]


class ReadingRules(models.Model):
    study = models.OneToOneField(Study, models.CASCADE, related_name="reading_rules")
    session_minutes = models.PositiveSmallIntegerField(
        "longest session (minutes)",
        null=True,
        blank=True,
        validators=between(5, 600),
        help_text="After this time no further pair is opened until the reader has had a break. Empty: no limit.",
    )
    break_minutes = models.PositiveSmallIntegerField(
        "shortest break (minutes)",
        default=15,
        validators=between(1, 600),
        help_text="So long without a score is a break, and a new session begins.",
    )
    pairs_a_day = models.PositiveSmallIntegerField(
        "most pairs a day",
        null=True,
        blank=True,
        validators=between(1, 1000),
        help_text="So many pairs are opened on one day. Empty: no limit.",
    )
    time_zone = models.CharField(
        "time zone of the readers",
        max_length=64,
        default="UTC",
        validators=[is_time_zone],
        help_text="Where a day begins at midnight, like Europe/Berlin.",
    )
    washout_days = models.PositiveSmallIntegerField(
        "washout (days)",
        null=True,
        blank=True,
        validators=between(1, 365),
        help_text="Days between two pairs of the same images. Pairs are then read in their order, in rounds in which "
        "each image set comes once. Empty: none.",
    )

    repeats = models.PositiveSmallIntegerField(
        "hidden repeats",
        default=0,
        validators=between(0, 1000),
        help_text="Pairs that each reader is shown a second time without being told, for the agreement of readers with "
        "themselves. They enter no other result.",
    )
    repeat_distance = models.PositiveSmallIntegerField(
        "distance of repeats",
        default=30,
        validators=between(1, 1000),
        help_text="Other pairs between the two showings, at least.",
    )
    training_pairs = models.PositiveSmallIntegerField(
        "training pairs",
        default=0,
        validators=between(0, 30),
        help_text="Pairs of training image sets that each reader works through before the first scored pair. Mark the "
        "image sets on the cases page. 0: no training.",
    )

    class Meta:
        verbose_name_plural = "reading rules"

    def __str__(self) -> str:
        return f"reading rules of {self.study}"
