"""How busy this installation is, in figures: work by kind, workers, disk, saved scores. Of no study, reader or arm."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import django_rq
from django.conf import settings
from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Min, Q, Sum
from django.utils import timezone
from redis.exceptions import RedisError
from rq import Worker

from readerstudy.models import ScoreSave, Task, TaskState
from readerstudy.services import health

ENDED = Q(state__in=(TaskState.DONE, TaskState.FAILED), started_at__isnull=False, finished_at__isnull=False)
TOOK = ExpressionWrapper(F("finished_at") - F("started_at"), output_field=DurationField())


@dataclass(frozen=True)
class Work:
    """
    The tasks of one kind.

    tasks : state -> how many, of every state.
    ended, seconds : how many have run to an end, good or bad, and for how long in all and in the mean.
    waiting_s : for how long the first in the line has waited; 0 where none does.
    """

    kind: str
    queue: str
    tasks: dict[str, int]
    ended: int = 0
    seconds: float = 0.0
    mean_s: float | None = None
    waiting_s: float = 0.0


@dataclass(frozen=True)
class WorkerSeen:
    """A worker that gave a sign lately; `state` in rq's words: idle, busy, suspended."""

    host: str
    pid: int
    queues: tuple[str, ...]
    state: str
    last_sign_at: datetime | None


@dataclass(frozen=True)
class Installation:
    """All of it at one moment; `workers` is None where the queue does not answer."""

    at: datetime
    parts: dict[str, str]
    work: list[Work]
    workers: list[WorkerSeen] | None
    saves: int
    disk_free_bytes: int
    disk_bytes: int


def measure() -> Installation:
    """Look at database, queue and disk. Raises DatabaseError where the database does not answer."""
    now = timezone.now()
    disk = shutil.disk_usage(Path(settings.DATA_DIR))
    return Installation(
        at=now,
        parts=health.readiness(),
        work=list(_work(now)),
        workers=_workers(),
        saves=ScoreSave.objects.count(),
        disk_free_bytes=disk.free,
        disk_bytes=disk.total,
    )


def _work(now: datetime) -> Iterator[Work]:
    counts: dict[str, dict[str, int]] = {}
    for kind, state, number in Task.objects.order_by().values_list("kind", "state").annotate(Count("pk")):
        counts.setdefault(kind, {})[state] = number
    took = {row["kind"]: row for row in _durations()}
    first = dict(Task.objects.filter(state=TaskState.QUEUED).order_by().values_list("kind").annotate(Min("created_at")))
    for kind, (queue, _) in settings.TASK_HANDLERS.items():
        ended = took.get(kind)
        yield Work(
            kind=kind,
            queue=queue,
            tasks={state: counts.get(kind, {}).get(state, 0) for state in TaskState.values},
            ended=ended["number"] if ended else 0,
            seconds=ended["total"].total_seconds() if ended else 0.0,
            mean_s=ended["mean"].total_seconds() if ended else None,
            waiting_s=(now - first[kind]).total_seconds() if kind in first else 0.0,
        )


def _durations() -> Any:
    return (
        Task.objects.filter(ENDED)
        .order_by()
        .values("kind")
        .annotate(number=Count("pk"), total=Sum(TOOK), mean=Avg(TOOK))
    )


def _workers() -> list[WorkerSeen] | None:
    queues = sorted({queue for queue, _ in settings.TASK_HANDLERS.values()})
    try:
        found = Worker.all(connection=django_rq.get_connection(queues[0]))
    except RedisError:
        return None
    seen = [
        WorkerSeen(
            host=one.hostname or "unknown",
            pid=one.pid or 0,
            queues=tuple(one.queue_names()),
            state=str(getattr(one.get_state(), "value", one.get_state())),
            last_sign_at=one.last_heartbeat,
        )
        for one in found
    ]
    return sorted(seen, key=lambda one: (one.host, one.queues, one.pid))
