"""One child process: its own session, log and priority, and no life after its parent."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

PR_SET_PDEATHSIG = 1  # linux/prctl.h
LONGEST_LOG_BYTES = 10 * 1024 * 1024

# Looked up here and not after the fork: between fork and exec a child must not load libraries.
_prctl = ctypes.CDLL(None).prctl if sys.platform.startswith("linux") else None


@dataclass(frozen=True)
class Child:
    """What to run, and how to look after it.

    log_path : None writes to the supervisor's own terminal.
    stop_rank : children of a lower rank are stopped, and waited for, before those of a higher one.
    grace_s : how long it may take to stop before it is killed.
    keep_alive : False for work that is done once.
    """

    name: str
    command: tuple[str, ...]
    log_path: Path | None
    working_dir: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    niceness: int = 0
    stop_rank: int = 0
    grace_s: float = 10.0
    keep_alive: bool = True


def rotate_log(path: Path, *, longest_bytes: int = LONGEST_LOG_BYTES) -> None:
    """Keep one older log: a process that fails for days must not fill the disk."""
    if path.exists() and path.stat().st_size > longest_bytes:
        os.replace(path, path.with_name(path.name + ".1"))


def start(child: Child) -> subprocess.Popen[bytes]:
    """Start it in a session of its own, so that Ctrl-C reaches the supervisor only."""
    with _open_log(child.log_path) as log:
        return subprocess.Popen(  # noqa: S603  the command is ours
            child.command,
            env={**os.environ, **child.environment},
            cwd=child.working_dir,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT if log else None,
            start_new_session=True,
            # Safe because the supervisor has one thread only.
            preexec_fn=_before_exec(child.niceness, os.getpid()),
        )


def _open_log(path: Path | None) -> AbstractContextManager[BinaryIO | None]:
    if path is None:
        return nullcontext()
    path.parent.mkdir(parents=True, exist_ok=True)
    rotate_log(path)
    return path.open("ab")


def _before_exec(niceness: int, parent_pid: int) -> Callable[[], None]:
    def prepare() -> None:
        if niceness:
            os.nice(niceness)
        if _prctl is not None:
            _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent_pid:  # the parent died before the request above took hold
                os._exit(1)

    return prepare


def ask_to_stop(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM to the process alone: a worker finishes its job, a web server its requests."""
    process.terminate()


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """End it and all that it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # macOS refuses for a group of zombies
        return
    process.wait()
