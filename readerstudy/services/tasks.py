"""Background work. A Task row is the truth; the queue is disposable and only wakes a worker.

A task is claimed by a conditional UPDATE, may run twice, and ends done or failed with a sentence that a
coordinator can read. `reconcile` puts back on the queue what a lost queue server or a power cut left behind.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any

import django_rq
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from redis.exceptions import RedisError
from rq import Retry, get_current_job
from rq.exceptions import NoSuchJobError
from rq.job import Job

from readerstudy.core.errors import ReaderStudyError, WrongState
from readerstudy.models import Study, Task, TaskState, User
from readerstudy.services import audit

logger = logging.getLogger(__name__)
LIVE = (TaskState.QUEUED, TaskState.RUNNING)


class Progress:
    """What a handler tells about its work: shown as it goes."""

    def __init__(self, task: Task) -> None:
        self._task = task

    def __call__(self, done: int, total: int, step: str = "") -> None:
        Task.objects.filter(pk=self._task.pk).update(done=done, total=total, step=step[:100])


Handler = Callable[[Task, Progress], None]


def enqueue(study: Study, kind: str, subject: int) -> Task:
    """Ask for one piece of work; where the same is already waiting or running, that one is returned."""
    try:
        with transaction.atomic():
            task = Task.objects.create(study=study, kind=kind, subject=subject)
    except IntegrityError:
        return Task.objects.get(kind=kind, subject=subject, state__in=LIVE)
    transaction.on_commit(lambda: push(task))
    return task


def push(task: Task) -> None:
    """Put a waiting task on the queue; a queue that is down is no error, `reconcile` comes back to it."""
    queue_name, _ = settings.TASK_HANDLERS[task.kind]
    job_id = f"task-{task.pk}-{task.attempts}"
    # Only while it waits: whoever took it on meanwhile without the queue keeps it for himself.
    Task.objects.filter(pk=task.pk, state=TaskState.QUEUED).update(job_id=job_id)
    try:
        django_rq.get_queue(queue_name, commit_mode="auto").enqueue(
            run, task.pk, job_id=job_id, retry=Retry(max=3), result_ttl=3600, failure_ttl=86400
        )
    except RedisError as error:
        logger.warning("task %s waits: the queue server does not answer (%s)", task.pk, type(error).__name__)


def run(task_pk: int) -> None:
    """Entry point of the worker: claim the row, do the work, record how it ended."""
    job = get_current_job()
    task = _claim(task_pk, job.id if job else None)
    if task is not None:
        _carry_out(task)


def _claim(task_pk: int, job_id: str | None) -> Task | None:
    claimable = Task.objects.filter(pk=task_pk, state=TaskState.QUEUED)
    if job_id is not None:
        # The queue hands the same job out again only after its first worker died.
        claimable |= Task.objects.filter(pk=task_pk, state=TaskState.RUNNING, job_id=job_id)
    # Whoever works without the queue takes the task away from its job, which a worker may just be about to start.
    mine = {} if job_id is not None else {"job_id": ""}
    claimed = claimable.update(state=TaskState.RUNNING, started_at=timezone.now(), error="", done=0, total=0, **mine)
    return Task.objects.select_related("study").get(pk=task_pk) if claimed else None


def _carry_out(task: Task) -> None:
    handler: Handler = import_string(settings.TASK_HANDLERS[task.kind][1])
    try:
        handler(task, Progress(task))
    except ReaderStudyError as error:
        _end(task, TaskState.FAILED, str(error))
    except MemoryError:
        _end(task, TaskState.FAILED, "The worker ran out of memory. Give it more, or use smaller series.")
    except OSError as error:
        logger.error("task %s (%s) failed: %s", task.pk, task.kind, type(error).__name__)
        _end(task, TaskState.FAILED, f"The computer could not read or write a file: {error.strerror}.")
    except Exception as error:
        # A message of unknown origin can quote a header, so only its type is stored and logged.
        place = _place_of(error)
        logger.error("task %s (%s) failed: %s at %s", task.pk, task.kind, type(error).__name__, place)
        _end(task, TaskState.FAILED, f"An unexpected problem ({type(error).__name__} at {place}). Try again.")
    else:
        _end(task, TaskState.DONE, "")


def _place_of(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else "unknown"


def _end(task: Task, state: TaskState, error: str) -> None:
    Task.objects.filter(pk=task.pk, state=TaskState.RUNNING).update(
        state=state, error=error[:400], finished_at=timezone.now()
    )


def retry(task: Task, actor: User) -> None:
    """Let a failed task run again."""
    with transaction.atomic():
        live = Task.objects.filter(kind=task.kind, subject=task.subject, state__in=LIVE).exists()
        changed = not live and Task.objects.filter(pk=task.pk, state=TaskState.FAILED).update(
            state=TaskState.QUEUED, error="", attempts=task.attempts + 1, started_at=None, finished_at=None
        )
        if not changed:
            raise WrongState("Only work that failed can be tried again; this is waiting, running or done.")
        audit.record(task.study, actor, "task retried", kind=task.kind, subject=task.subject)
        task.refresh_from_db()
        transaction.on_commit(lambda: push(task))


def dismiss(study: Study, kind: str, subject: int) -> None:
    """Nobody needs this work any more: that it failed is no news."""
    failed = Task.objects.filter(study=study, kind=kind, subject=subject, state=TaskState.FAILED)
    failed.update(state=TaskState.DONE, error="")


def work_off(study: Study, kinds: Iterable[str]) -> int:
    """Do the waiting tasks of these kinds here and now, including those they make; returns how many."""
    count = 0
    while True:
        waiting = Task.objects.filter(study=study, kind__in=tuple(kinds), state=TaskState.QUEUED)
        task_pks = list(waiting.values_list("pk", flat=True))
        if not task_pks:
            return count
        for task_pk in task_pks:
            run(task_pk)
            count += 1


def reconcile() -> int:
    """Re-enqueue every live task that has no live job behind it; returns how many."""
    lost = [task for task in Task.objects.filter(state__in=LIVE).select_related("study") if not _has_job(task)]
    for task in lost:
        Task.objects.filter(pk=task.pk).update(state=TaskState.QUEUED, attempts=task.attempts + 1)
        task.refresh_from_db()
        push(task)
    return len(lost)


def _has_job(task: Task) -> bool:
    if not task.job_id:
        return False
    queue_name, _ = settings.TASK_HANDLERS[task.kind]
    connection: Any = django_rq.get_connection(queue_name)
    try:
        job = Job.fetch(task.job_id, connection=connection)
        return not (job.is_finished or job.is_failed or job.is_stopped or job.is_canceled)
    except NoSuchJobError:
        return False
    except RedisError:
        return True
