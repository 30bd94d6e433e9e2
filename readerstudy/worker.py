"""The worker: rq's own, made to notice soon that another worker died and to leave no orphan behind."""

import ctypes
import os
import signal
import socket
import sys
from typing import Any

from rq import Queue, Worker
from rq.executions import Execution
from rq.job import Job
from rq.registry import StartedJobRegistry
from rq.utils import as_text, parse_composite_key

PR_SET_PDEATHSIG = 1  # linux/prctl.h
HEARTBEAT_EVERY_S = 10
MAINTENANCE_EVERY_S = 30  # rq: 600
# An idle worker waits for this long less 15 s before it looks after abandoned jobs. rq: 420
LONGEST_IDLE_S = 45


class StudyWorker(Worker):
    """Forks for each job, so that a crash in a decoder ends one job and not the worker.

    With rq's own intervals a job whose worker lost its power is taken up again after a quarter of an hour.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("job_monitoring_interval", HEARTBEAT_EVERY_S)
        options.setdefault("maintenance_interval", MAINTENANCE_EVERY_S)
        # django-rq always passes its own default, so a default here would never be used.
        options["worker_ttl"] = min(options.get("worker_ttl") or LONGEST_IDLE_S, LONGEST_IDLE_S)
        super().__init__(*args, **options)

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """Entry point of the forked process."""
        die_with_parent(self.pid)
        super().main_work_horse(job, queue)

    def run_maintenance_tasks(self) -> None:
        """Give up what dead workers of this host held, then let rq retry or fail it."""
        for queue in self.queues:
            self._expire_orphans(StartedJobRegistry(queue=queue))
        super().run_maintenance_tasks()

    def _expire_orphans(self, registry: StartedJobRegistry) -> None:
        for entry in self.connection.zrange(registry.key, 0, -1):
            job_id, execution_id = parse_composite_key(as_text(entry))
            try:
                execution = Execution.fetch(execution_id, job_id, connection=self.connection)
            except ValueError:
                continue  # it ended meanwhile
            if execution.worker_name and self._is_dead(execution.worker_name):
                # A time of expiry in the past; rq's own clean-up does the rest, once and under its lock.
                self.connection.zadd(registry.key, {entry: 1}, xx=True)

    def _is_dead(self, worker_name: str) -> bool:
        hostname, pid = self.connection.hmget(f"{self.redis_worker_namespace_prefix}{worker_name}", "hostname", "pid")
        if hostname is None or pid is None:
            return True  # its record expired with its heartbeat
        if as_text(hostname) != socket.gethostname():
            return False  # only the heartbeat can tell
        return not process_exists(int(pid))


def process_exists(pid: int) -> bool:
    """True while a process of that number runs on this host."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def die_with_parent(parent_pid: int | None) -> None:
    """Linux: a forked job must not outlive its worker, or the job would soon run twice at once."""
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:  # it died before the request took hold
        os._exit(1)
