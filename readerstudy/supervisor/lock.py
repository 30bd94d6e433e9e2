"""One supervisor to a data directory: two would run two queue servers on the same file."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from readerstudy.core.errors import ReaderStudyError


class AlreadyRunning(ReaderStudyError):
    """Another supervisor holds this data directory."""


@contextmanager
def locked_directory(folder: Path) -> Iterator[None]:
    """Hold the directory while the block runs. The system drops the lock when the process dies, however.

    Raises AlreadyRunning.
    """
    descriptor = os.open(folder / "supervisor.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(descriptor, folder)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 20, 0).decode() or "unknown"
        raise AlreadyRunning(
            f"This is already running on {folder} (process {holder}). Stop that one first, or name another "
            "data directory with READERSTUDY_DATA."
        ) from None
