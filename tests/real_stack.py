"""The whole product as a user starts it: supervisor, queue server, workers, web server, on a data directory of its own.

For the tests and benchmarks that use no mock: everything runs in the processes that production runs.
"""

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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STARTS_WITHIN_S = 120.0
# For pages whose work is not done by workers: half the processor time of a start.
WEB_ONLY = ("--workers", "0", "--enhance-workers", "0", "--web-processes", "1")
STOPS_WITHIN_S = 60.0


@dataclass(frozen=True)
class Stack:
    """A running product. `address` has no closing slash."""

    address: str
    data_dir: Path
    supervisor_pid: int
    environment: Mapping[str, str]

    def manage(self, *arguments: str, **environment: str) -> str:
        """Run a management command beside the running product; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"manage.py {' '.join(arguments)} failed: {done.stderr[-2000:]}")
        return done.stdout

    def add_administrator(self, username: str, password: str) -> None:
        """The first account of an installation, made as the README says."""
        self.manage(
            "createsuperuser",
            "--noinput",
            "--username",
            username,
            "--email",
            f"{username}@example.org",
            DJANGO_SUPERUSER_PASSWORD=password,
        )


@contextlib.contextmanager
def running_stack(*options: str, **environment: str) -> Iterator[Stack]:
    """Start the product on a free port and an empty data directory; stop it and remove the directory at the end.

    options : of `manage.py serve`, such as those of `WEB_ONLY`.
    """
    with (
        tempfile.TemporaryDirectory(prefix="readerstudy-stack-") as folder,
        stack_in(Path(folder), *options, **environment) as stack,
    ):
        yield stack


@contextlib.contextmanager
def stack_in(folder: Path, *options: str, **environment: str) -> Iterator[Stack]:
    """Start the product on the data that this folder holds already, if any; the folder stays."""
    port = free_port()
    settings = environment_of(folder, port, environment)
    log = folder / "stack.log"
    with log.open("ab") as sink:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--bind", f"127.0.0.1:{port}", *options],
            cwd=ROOT,
            env=settings,
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
    stack = Stack(f"http://127.0.0.1:{port}", folder / "data", process.pid, settings)
    try:
        _wait_until_it_answers(stack.address, process, log)
        yield stack
    finally:
        _stop(process)


def environment_of(folder: Path, port: int, extra: Mapping[str, str]) -> dict[str, str]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("READERSTUDY_", "DJANGO_")) and name not in {"REDIS_URL", "DATABASE_URL"}
    }
    own = {
        "READERSTUDY_DATA": str(folder / "data"),
        "READERSTUDY_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "DJANGO_SETTINGS_MODULE": "readerstudy.settings",
    }
    return {**inherited, **own, **extra}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{address}/sign-in/", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    _stop(process)
    raise RuntimeError(f"the product did not start: {log.read_text(errors='replace')[-4000:]}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOPS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
