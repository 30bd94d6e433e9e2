"""Training before the first scored pair: rounds of pairs that no result ever counts."""

from typing import Any

from django.db import models

from readerstudy.models.people import Membership


class ScoredOnly(models.Manager):
    """The manager by which everything but the training itself sees allocations and readings: without training ones.

    It is the default one, so relations such as `study.allocations` go by it too. A lookup across tables
    does not: it begins with `reading__in=Reading.objects…`.
    """

    run = "training_run"  # the path to it from the model

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().filter(**{f"{self.run}__isnull": True})


class ScoredReadings(ScoredOnly):
    run = "allocation__training_run"


class TrainingRun(models.Model):
    """One round of training of one reader; its pairs are the allocations that name it.

    handling : what the reader tried at the station, {"tasks": [code, …], "open_at_finish": {position: items}}
    (`core.training`). Nothing in it is about arms, other readers or a truth.
    """

    reader = models.ForeignKey(Membership, models.PROTECT, related_name="training_runs")
    attempt = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True, blank=True)
    handling = models.JSONField(default=dict)

    class Meta:
        ordering = ("reader", "attempt")
        constraints = (models.UniqueConstraint(fields=("reader", "attempt"), name="one_training_run_an_attempt"),)

    def __str__(self) -> str:
        return f"training {self.attempt} of {self.reader.code}"
