import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from readerstudy.supervisor.child import Child
from readerstudy.supervisor.supervisor import Supervisor

SLEEP = "import time; time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); time.sleep(60)"
# Says when it was asked to stop, so that the order can be read afterwards.
POLITE = """
import signal, sys, time
def stop(*_):
    with open("order", "a") as file:
        file.write(sys.argv[1])
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("on", flush=True)
time.sleep(60)
"""


class Clock:
    """Time that passes only when told; sleeping lets real time pass a little, for real processes."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        time.sleep(0.01)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def supervisor(clock: Clock, lines: list[str]) -> Iterator[Supervisor]:
    supervisor = Supervisor(lines.append, clock=clock, sleep=clock.sleep)
    yield supervisor
    supervisor.stop(hurry=lambda: True)


def make_child(folder: Path, script: str, name: str = "sample", **options) -> Child:
    return Child(name, (sys.executable, "-c", script, name), folder / f"{name}.log", folder, **options)


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within 20 s"
        time.sleep(0.01)


def wait_until_on(*children: Child) -> None:
    wait_for(lambda: all(c.log_path.exists() and "on" in c.log_path.read_text() for c in children))


class TestLookAfterChildren:
    def test_what_died_is_started_again_after_its_wait(
        self, supervisor: Supervisor, clock: Clock, lines: list[str], tmp_path: Path
    ):
        child = make_child(tmp_path, "print('ran', flush=True); raise SystemExit(3)")
        supervisor.start(child)
        wait_for(lambda: not supervisor.is_alive("sample"))

        supervisor.look_after_children()
        supervisor.look_after_children()
        runs_before_the_wait = child.log_path.read_text().count("ran")
        clock.now += 0.5
        supervisor.look_after_children()
        wait_for(lambda: child.log_path.read_text().count("ran") == 2)

        assert runs_before_the_wait == 1
        assert lines == [f"sample ended (exit code 3); starting it again in 0.5 s. Log: {child.log_path}"]

    def test_each_death_makes_the_next_wait_longer(
        self, supervisor: Supervisor, clock: Clock, lines: list[str], tmp_path: Path
    ):
        supervisor.start(make_child(tmp_path, "pass"))
        for _ in range(3):
            wait_for(lambda: not supervisor.is_alive("sample"))
            supervisor.look_after_children()
            clock.now += 30
            supervisor.look_after_children()

        assert [line.split(" again in ")[1].split(" s.")[0] for line in lines] == ["0.5", "1", "2"]

    def test_a_signal_is_told_by_its_number(self, supervisor: Supervisor, lines: list[str], tmp_path: Path):
        supervisor.start(make_child(tmp_path, "import os; os.kill(os.getpid(), 9)"))
        wait_for(lambda: not supervisor.is_alive("sample"))

        supervisor.look_after_children()

        assert "signal 9" in lines[0]

    def test_one_that_waits_does_not_keep_others_from_being_looked_after(
        self, supervisor: Supervisor, lines: list[str], tmp_path: Path
    ):
        for name in ("one", "two"):
            supervisor.start(make_child(tmp_path, "pass", name))
        wait_for(lambda: not supervisor.is_alive("one") and not supervisor.is_alive("two"))

        supervisor.look_after_children()

        assert [line.split()[0] for line in lines] == ["one", "two"]

    def test_work_that_is_done_once_is_not_started_again(
        self, supervisor: Supervisor, clock: Clock, lines: list[str], tmp_path: Path
    ):
        child = make_child(tmp_path, "print('ran')", keep_alive=False)
        supervisor.start(child)
        wait_for(lambda: not supervisor.is_alive("sample"))

        supervisor.look_after_children()
        clock.now += 60
        supervisor.look_after_children()

        assert child.log_path.read_text() == "ran\n"
        assert lines == []

    def test_work_that_fails_is_told(self, supervisor: Supervisor, lines: list[str], tmp_path: Path):
        supervisor.start(make_child(tmp_path, "raise SystemExit(2)", keep_alive=False))
        wait_for(lambda: not supervisor.is_alive("sample"))

        supervisor.look_after_children()

        assert lines == ["sample failed (exit code 2)."]


class TestStop:
    def test_a_lower_rank_is_gone_before_the_next_is_asked(self, supervisor: Supervisor, tmp_path: Path):
        ranks = {"queue": 3, "worker": 2, "web": 1}
        children = [make_child(tmp_path, POLITE, name, stop_rank=rank) for name, rank in ranks.items()]
        for child in children:
            supervisor.start(child)
        wait_until_on(*children)

        supervisor.stop()

        assert (tmp_path / "order").read_text() == "webworkerqueue"

    def test_one_that_does_not_stop_is_killed_after_its_grace(
        self, supervisor: Supervisor, clock: Clock, tmp_path: Path
    ):
        child = make_child(tmp_path, STUBBORN, grace_s=5)
        supervisor.start(child)
        wait_until_on(child)
        asked_at = clock.now

        supervisor.stop()

        assert 5 <= clock.now - asked_at < 6

    def test_hurry_ends_the_waiting(self, supervisor: Supervisor, clock: Clock, tmp_path: Path):
        child = make_child(tmp_path, STUBBORN, grace_s=500)
        supervisor.start(child)
        wait_until_on(child)
        asked_at = clock.now

        supervisor.stop(hurry=lambda: clock.now > asked_at + 1)

        assert clock.now - asked_at < 2

    def test_one_that_waits_for_its_restart_stays_down(self, supervisor: Supervisor, tmp_path: Path):
        child = make_child(tmp_path, "print('ran')")
        supervisor.start(child)
        wait_for(lambda: not supervisor.is_alive("sample"))
        supervisor.look_after_children()

        supervisor.stop()

        assert child.log_path.read_text() == "ran\n"


class TestRunUntil:
    def test_it_looks_after_children_until_told_to_stop(
        self, supervisor: Supervisor, clock: Clock, lines: list[str], tmp_path: Path
    ):
        supervisor.start(make_child(tmp_path, "pass"))

        supervisor.run_until(lambda: len(lines) == 2)

        assert len(lines) == 2
