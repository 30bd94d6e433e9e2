"""The loop: what died is started again after a growing wait; at the end all are stopped in their order."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby

from readerstudy.supervisor.backoff import Backoff
from readerstudy.supervisor.child import Child, ask_to_stop, kill_group, start

LOOK_EVERY_S = 0.2


@dataclass
class Running:
    """A child and what became of it."""

    child: Child
    process: subprocess.Popen[bytes]
    started_at: float
    backoff: Backoff = field(default_factory=Backoff)
    restart_at: float | None = None


class Supervisor:
    """Starts children, keeps them alive, stops them. One thread, no signal handling of its own."""

    def __init__(
        self,
        report: Callable[[str], None],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._report = report
        self._clock = clock
        self._sleep = sleep
        self._running: dict[str, Running] = {}

    def start(self, child: Child) -> None:
        """Start a child and look after it from now on."""
        self._running[child.name] = Running(child, start(child), self._clock())

    def is_alive(self, name: str) -> bool:
        """True while the process of that name runs."""
        return self._running[name].process.poll() is None

    def run_until(self, should_stop: Callable[[], bool]) -> None:
        """Keep all children alive until told to stop."""
        while not should_stop():
            self.look_after_children()
            self._sleep(LOOK_EVERY_S)

    def look_after_children(self) -> None:
        """Notice who died, and start again whose wait is over."""
        for running in list(self._running.values()):
            if running.restart_at is not None:
                self._restart_when_due(running)
            elif running.process.poll() is not None:
                self._note_exit(running)

    def _note_exit(self, running: Running) -> None:
        now = self._clock()
        # What it started may outlive it, and would hold its port or its jobs.
        kill_group(running.process)
        if not running.child.keep_alive:
            self._note_end_of_work(running)
            return
        running.backoff = running.backoff.after_exit(now - running.started_at)
        running.restart_at = now + running.backoff.delay_s
        child = running.child
        self._report(
            f"{child.name} ended ({_how(running.process.returncode)}); starting it again in "
            f"{running.backoff.delay_s:g} s. Log: {child.log_path}"
        )

    def _note_end_of_work(self, running: Running) -> None:
        del self._running[running.child.name]
        if running.process.returncode != 0:
            self._report(f"{running.child.name} failed ({_how(running.process.returncode)}).")

    def _restart_when_due(self, running: Running) -> None:
        now = self._clock()
        if running.restart_at is None or now < running.restart_at:
            return
        running.process = start(running.child)
        running.started_at = now
        running.restart_at = None

    def stop(self, hurry: Callable[[], bool] = lambda: False) -> None:
        """Stop all, rank by rank: one is gone before the next is asked. `hurry` cuts the waiting short."""
        ordered = sorted(self._running.values(), key=lambda running: running.child.stop_rank)
        for _, rank in groupby(ordered, key=lambda running: running.child.stop_rank):
            self._stop_together(list(rank), hurry)
        self._running.clear()

    def _stop_together(self, rank: list[Running], hurry: Callable[[], bool]) -> None:
        for running in rank:
            if running.process.poll() is None:
                ask_to_stop(running.process)
        deadline = self._clock() + max(running.child.grace_s for running in rank)
        while self._clock() < deadline and not hurry() and any(r.process.poll() is None for r in rank):
            self._sleep(0.05)
        for running in rank:
            kill_group(running.process)


def _how(return_code: int | None) -> str:
    """A negative code is the number of the signal that ended it."""
    if return_code is not None and return_code < 0:
        return f"signal {-return_code}"
    return f"exit code {return_code}"
