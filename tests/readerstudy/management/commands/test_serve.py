"""The real thing: supervisor, queue server, workers and web server, as `./run` starts them."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis

from tests.guards.source import ROOT

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for processes in /proc")

STARTS_WITHIN_S = 240  # it imports everything and migrates; on a machine that does much else at once this takes minutes


@dataclass
class Served:
    """A running supervisor."""

    process: "subprocess.Popen[str]"
    data_dir: Path
    port: int

    def log(self) -> str:
        return (self.data_dir / "terminal.log").read_text()

    def children(self) -> dict[str, int]:
        """The processes under the supervisor, by a word of their command line."""
        words = {"queue": "valkey-server", "web": "gunicorn", "worker": "default", "enhance": "EnhanceWorker"}
        found = {pid: command_line(pid) for pid in child_pids(self.process.pid)}
        return {name: pid for name, word in words.items() for pid, line in found.items() if word in line}

    def answers(self) -> bool:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/", method="HEAD")
        try:
            with urllib.request.urlopen(request, timeout=5):
                return True
        except urllib.error.HTTPError as answer:
            answer.close()
            return True
        except OSError:
            return False


def child_pids(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def descendants(pid: int) -> list[int]:
    return [found for child in child_pids(pid) for found in (child, *descendants(child))]


def command_line(pid: int) -> str:
    with contextlib.suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return ""


def wait_for(condition: Callable[[], object], within_s: float = 60) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"it did not happen within {within_s} s"
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(data_dir: Path) -> dict[str, str]:
    ours = {"DJANGO_SETTINGS_MODULE": "readerstudy.settings", "READERSTUDY_DATA": str(data_dir)}
    return {name: value for name, value in os.environ.items() if name != "REDIS_URL"} | ours


def serve(data_dir: Path, port: int, *arguments: str) -> list[str]:
    return [sys.executable, "manage.py", "serve", "--bind", f"127.0.0.1:{port}", *arguments]


def start(data_dir: Path, port: int) -> Served:
    with (data_dir / "terminal.log").open("w") as log:
        process = subprocess.Popen(
            serve(data_dir, port), cwd=ROOT, env=environment(data_dir), stdout=log, stderr=log, text=True
        )
    served = Served(process, data_dir, port)
    try:
        wait_for(lambda: served.process.poll() is not None or "Ready on" in served.log(), within_s=STARTS_WITHIN_S)
        assert process.poll() is None, served.log()
    except AssertionError:
        stop(served)
        raise
    return served


def stop(served: Served) -> int:
    served.process.terminate()
    return served.process.wait(60)


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="rs-") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def served(data_dir: Path) -> Iterator[Served]:
    served = start(data_dir, free_port())
    yield served
    stop(served)


class TestServe:
    """In the order of a day: one installation is started, hurt, stopped and started again."""

    def test_it_starts_queue_workers_and_web_server_and_says_where(self, served: Served):
        assert sorted(served.children()) == ["enhance", "queue", "web", "worker"]
        assert f"Ready on http://127.0.0.1:{served.port}" in served.log()
        assert served.answers()

    def test_a_second_one_on_the_same_data_is_refused_in_one_line(self, served: Served):
        done = run_to_end(served.data_dir, free_port())

        assert done.returncode != 0
        assert "already running" in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1

    def test_a_port_in_use_is_refused_in_one_line(self, served: Served):
        with tempfile.TemporaryDirectory(prefix="rs-") as folder:
            done = run_to_end(Path(folder), served.port)

        assert done.returncode != 0
        assert f"Cannot listen on 127.0.0.1:{served.port}" in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1

    @pytest.mark.parametrize("name", ["web", "worker", "enhance", "queue"])
    def test_what_is_killed_comes_back(self, served: Served, name: str):
        before = served.children()[name]

        os.kill(before, signal.SIGKILL)

        wait_for(lambda: served.children().get(name, before) != before)
        wait_for(served.answers)

    def test_work_that_waited_is_still_there_after_a_clean_stop_and_a_new_start(self, served: Served):
        wait_for(lambda: len(served.children()) == 4)
        with redis.Redis(unix_socket_path=str(served.data_dir / "queue.sock")) as client:
            wait_for(lambda: pings(client))
            client.rpush("waiting", "work")
        running = descendants(served.process.pid)

        served.process.send_signal(signal.SIGINT)
        code = served.process.wait(60)
        left = [pid for pid in running if command_line(pid)]
        again = start(served.data_dir, served.port)
        with redis.Redis(unix_socket_path=str(served.data_dir / "queue.sock")) as client:
            waiting = client.lrange("waiting", 0, -1)

        assert stop(again) == 0
        assert (code, left) == (0, [])
        assert waiting == [b"work"]

    def test_nothing_outlives_a_supervisor_that_is_killed(self, tmp_path: Path):
        killed = start(tmp_path, free_port())
        running = descendants(killed.process.pid)

        killed.process.kill()
        killed.process.wait()

        assert len(running) >= 4
        wait_for(lambda: not [pid for pid in running if command_line(pid)])


class TestAddress:
    @pytest.mark.parametrize("address", ["8000", "localhost:", ":8000", "localhost:99999", "localhost:http"])
    def test_what_is_no_address_is_refused(self, address: str, tmp_path: Path):
        command = [sys.executable, "manage.py", "serve", "--bind", address]

        done = subprocess.run(command, cwd=ROOT, env=environment(tmp_path), capture_output=True, text=True)

        assert done.returncode != 0
        assert "is not HOST:PORT" in done.stderr


def pings(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.exceptions.ConnectionError:
        return False


def run_to_end(data_dir: Path, port: int) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        serve(data_dir, port), cwd=ROOT, env=environment(data_dir), capture_output=True, text=True, timeout=60
    )
