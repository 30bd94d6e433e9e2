"""The worker against a real queue server: what happens to work when a worker dies."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from rq import Queue, Retry
from rq.job import Job

from readerstudy import queue_server
from readerstudy.worker import LONGEST_IDLE_S, StudyWorker, process_exists

# The first run of this job hangs and says its process; the second finds that file and ends at once.
HANG_ONCE = """
import os, time
from pathlib import Path

def hang_once(folder):
    runs = Path(folder) / "runs"
    with runs.open("a") as file:
        file.write(f"{os.getpid()}\\n")
    if len(runs.read_text().split()) == 1:
        time.sleep(120)
    return "done"

def die_once(folder):
    runs = Path(folder) / "runs"
    with runs.open("a") as file:
        file.write("x\\n")
    if len(runs.read_text().split()) == 1:
        os.kill(os.getpid(), 11)
    return "done"
"""
WORKER = """
import sys
from redis import Redis
from rq import Queue
from readerstudy.worker import StudyWorker

connection = Redis.from_url(sys.argv[1])
StudyWorker([Queue("default", connection=connection)], connection=connection).work()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="rs-") as name:
        (Path(name) / "sample_jobs.py").write_text(HANG_ONCE)
        yield Path(name)


@pytest.fixture
def url(folder: Path) -> Iterator[str]:
    url = f"unix://{folder / 'queue.sock'}?db=0"
    command = queue_server.command(queue_server.find_program(), socket=folder / "queue.sock", folder=folder)
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    queue_server.wait_until_it_answers(url, timeout_s=20, is_alive=lambda: server.poll() is None)
    yield url
    server.terminate()
    server.wait()


@pytest.fixture
def queue(url: str) -> Iterator[Queue]:
    with redis.Redis.from_url(url) as connection:
        yield Queue("default", connection=connection)


@pytest.fixture
def start_worker(url: str, folder: Path) -> Iterator[Callable[[], "subprocess.Popen[bytes]"]]:
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), os.getcwd()])}
        with (folder / "worker.log").open("ab") as log:
            process = subprocess.Popen([sys.executable, "-c", WORKER, url], env=env, stdout=log, stderr=log)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 40
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within 40 s"
        time.sleep(0.05)


def enqueue(queue: Queue, name: str, folder: Path) -> Job:
    return queue.enqueue(f"sample_jobs.{name}", str(folder), retry=Retry(max=3))


def runs(folder: Path) -> list[str]:
    path = folder / "runs"
    return path.read_text().split() if path.exists() else []


class TestStudyWorker:
    def test_work_of_a_killed_worker_ends_with_it_and_is_taken_up_by_the_next(
        self, queue: Queue, start_worker: Callable[[], "subprocess.Popen[bytes]"], folder: Path
    ):
        job = enqueue(queue, "hang_once", folder)
        first = start_worker()
        wait_for(lambda: runs(folder))
        job_process = int(runs(folder)[0])

        first.kill()
        first.wait()
        wait_for(lambda: not process_exists(job_process))
        start_worker()

        wait_for(lambda: job.get_status(refresh=True) == "finished")
        assert len(runs(folder)) == 2

    def test_a_crash_in_a_job_does_not_end_the_worker(
        self, queue: Queue, start_worker: Callable[[], "subprocess.Popen[bytes]"], folder: Path
    ):
        job = enqueue(queue, "die_once", folder)
        worker = start_worker()

        wait_for(lambda: job.get_status(refresh=True) == "finished")

        assert worker.poll() is None
        assert len(runs(folder)) == 2

    def test_asked_to_stop_while_idle_it_goes(
        self, queue: Queue, start_worker: Callable[[], "subprocess.Popen[bytes]"], folder: Path
    ):
        job = queue.enqueue("sample_jobs.die_once", str(folder), retry=Retry(max=1))
        worker = start_worker()
        wait_for(lambda: job.get_status(refresh=True) == "finished")

        worker.send_signal(signal.SIGTERM)

        assert worker.wait(30) == 0

    def test_it_looks_for_abandoned_work_within_half_a_minute_whatever_it_is_told(self, queue: Queue):
        worker = StudyWorker([queue], connection=queue.connection, worker_ttl=420)

        assert worker.worker_ttl == LONGEST_IDLE_S
        assert worker.dequeue_timeout <= 30
        assert worker.maintenance_interval <= 30

    def test_a_worker_of_another_host_is_left_to_its_heartbeat(self, queue: Queue):
        worker = StudyWorker([queue], connection=queue.connection)
        queue.connection.hset("rq:worker:far", mapping={"hostname": "elsewhere", "pid": "1"})

        assert not worker._is_dead("far")
        assert worker._is_dead("never-heard-of")

    def test_a_living_worker_of_this_host_keeps_its_work(self, queue: Queue):
        worker = StudyWorker([queue], connection=queue.connection)
        queue.connection.hset("rq:worker:near", mapping={"hostname": socket.gethostname(), "pid": str(os.getpid())})

        assert not worker._is_dead("near")


class TestProcessExists:
    def test_it_knows_the_living_from_the_dead(self):
        gone = subprocess.Popen([sys.executable, "-c", "pass"])
        gone.wait()

        assert process_exists(os.getpid())
        assert not process_exists(gone.pid)
