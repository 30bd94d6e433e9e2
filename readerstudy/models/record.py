"""The record of what was done: the audit chain and the background tasks."""

from typing import Any, NoReturn

from django.db import models
from django.db.models import Q

from readerstudy.core.errors import IntegrityFailure
from readerstudy.models.people import User
from readerstudy.models.study import Study


class AuditHead(models.Model):
    """The end of one chain: locked while an event is added, so that the chain never forks."""

    study = models.OneToOneField(Study, models.CASCADE, null=True, related_name="audit_head")
    length = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"audit chain of {self.study or 'the installation'}"


class AuditQuerySet(models.QuerySet["AuditEvent"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise IntegrityFailure("Audit events are never changed.")

    def delete(self) -> NoReturn:
        raise IntegrityFailure("Audit events are never deleted.")


class AuditEvent(models.Model):
    """One act: who, what, when; chained by hash to the one before. Append-only."""

    study = models.ForeignKey(Study, models.PROTECT, null=True, related_name="audit_events")
    number = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=150)
    action = models.CharField(max_length=40)
    detail = models.JSONField(default=dict)
    previous_sha256 = models.CharField(max_length=64, blank=True)
    sha256 = models.CharField(max_length=64)

    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ("study", "number")
        constraints = (
            models.UniqueConstraint(fields=("study", "number"), name="one_event_a_number"),
            models.UniqueConstraint(
                fields=("number",), condition=Q(study=None), name="one_installation_event_a_number"
            ),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.action}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise IntegrityFailure("Audit events are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise IntegrityFailure("Audit events are never deleted.")


class TaskState(models.TextChoices):
    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class Task(models.Model):
    """Work for the worker. The row is the truth; the queue only wakes somebody up."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="tasks")
    kind = models.CharField(max_length=40)
    subject = models.PositiveBigIntegerField()
    state = models.CharField(max_length=10, choices=TaskState.choices, default=TaskState.QUEUED)
    job_id = models.CharField(max_length=64, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    step = models.CharField(max_length=100, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "subject"),
                condition=Q(state__in=["queued", "running"]),
                name="one_live_task_a_subject",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    @property
    def seconds(self) -> float | None:
        if self.started_at and self.finished_at:
            return (self.finished_at - self.started_at).total_seconds()
        return None
