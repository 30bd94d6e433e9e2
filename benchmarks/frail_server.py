"""The whole product on a small disk of its own, which can be filled, and whose processes can be killed.

Where the system allows it (Linux, user namespaces) the disk is a tmpfs that only these processes see: a full one
answers ENOSPC, as any full disk does. Elsewhere the web server's processes get a limit on the size of files (EFBIG).
Neither needs more rights than any user has, and the product knows nothing of it.
"""

import contextlib
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, Self

from tests.real_stack import ROOT, environment_of, free_port

DISK_MIB = 160
STARTS_WITHIN_S = 300.0
MANAGE = str(ROOT / "manage.py")  # in another mount namespace the working directory is another
DATABASE = "readerstudy.sqlite3"
FILLER = "filler"


class Disk(Protocol):
    """Where the product keeps its data. `inside` is put before commands that must see it."""

    folder: Path
    inside: Sequence[str]
    kind: str

    def fill(self, web_pids: Sequence[int]) -> None: ...
    def empty(self, web_pids: Sequence[int]) -> None: ...
    def outside(self, path: Path) -> Path: ...
    def close(self) -> None: ...


class SmallDisk:
    """A tmpfs in a mount namespace, which lives as long as the process that holds it."""

    kind = "tmpfs"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        mount = f"mount -t tmpfs -o size={DISK_MIB}m tmpfs '{folder}' && echo mounted && exec sleep infinity"
        self._holder = subprocess.Popen(
            ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert self._holder.stdout is not None
        if self._holder.stdout.readline().strip() != "mounted":
            self.close()
            raise OSError("no tmpfs in a user namespace")
        pid = str(self._holder.pid)
        self.inside = ("nsenter", "--target", pid, "--user", "--mount", "--preserve-credentials", "--")

    def outside(self, path: Path) -> Path:
        """The same file as the rest of the machine can name it."""
        return Path(f"/proc/{self._holder.pid}/root") / path.relative_to("/")

    def fill(self, web_pids: Sequence[int]) -> None:
        with contextlib.suppress(OSError), self.outside(self.folder / FILLER).open("wb", buffering=0) as file:
            size = 1 << 20
            while size:
                try:
                    file.write(b"\0" * size)
                except OSError:
                    size //= 2

    def empty(self, web_pids: Sequence[int]) -> None:
        self.outside(self.folder / FILLER).unlink(missing_ok=True)

    def close(self) -> None:
        self._holder.kill()
        self._holder.wait()
        if self._holder.stdout:
            self._holder.stdout.close()


class LimitedFiles:
    """A folder, and a limit on what the web server's processes may write."""

    kind = "limit on file size"
    inside: Sequence[str] = ()

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def outside(self, path: Path) -> Path:
        return path

    def fill(self, web_pids: Sequence[int]) -> None:
        self._limit(web_pids, 0)

    def empty(self, web_pids: Sequence[int]) -> None:
        self._limit(web_pids, resource.RLIM_INFINITY)

    def _limit(self, pids: Sequence[int], soft: int) -> None:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))

    def close(self) -> None:
        pass


def disk_in(folder: Path) -> Disk:
    """The honest disk where the system allows it."""
    try:
        return SmallDisk(folder)
    except OSError:
        return LimitedFiles(folder)


class FrailServer:
    """A product that can be killed and started again on the same data and the same port."""

    def __init__(self) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="readerstudy-frail-")
        folder = Path(self._temporary.name)
        (folder / "disk").mkdir()
        self.disk = disk_in(folder / "disk")
        self.port = free_port()
        self.environment = environment_of(self.disk.folder, self.port, {})
        self._log = folder / "serve.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self.disk.close()
        self._temporary.cleanup()

    def start(self) -> None:
        command = [*self.disk.inside, sys.executable, MANAGE, "serve", "--bind", f"127.0.0.1:{self.port}"]
        with self._log.open("ab") as sink:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=sink, stderr=subprocess.STDOUT
            )
        self.wait()

    def wait(self) -> None:
        """Until it answers."""
        deadline = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < deadline and self._process and self._process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/sign-in/", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise RuntimeError(f"the server did not start: {self._log.read_text(errors='replace')[-3000:]}")

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self.disk.inside, sys.executable, MANAGE, *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"manage.py {arguments[0]} failed: {done.stderr[-3000:]}")
        return done.stdout

    def fill_disk(self) -> None:
        # As a backup tool may do at any time: else SQLite's log has room from before, and a full disk is not felt.
        self.sql("PRAGMA wal_checkpoint(TRUNCATE)")
        self.disk.fill(self.web_pids())

    def free_disk(self) -> None:
        self.disk.empty(self.web_pids())

    def sql(self, statement: str) -> None:
        """For what the product has no page: to let a session end. Inside, where the path of the database is."""
        path = str(self.disk.folder / "data" / DATABASE)
        program = f"import sqlite3; d = sqlite3.connect({path!r}, timeout=20); d.execute({statement!r}); d.commit()"
        subprocess.run([*self.disk.inside, sys.executable, "-c", program], check=True, env=self.environment)

    def kill(self) -> None:
        """SIGKILL to everything, as a power cut ends it."""
        if self._process is None:
            return
        _kill([*below(self._process.pid), self._process.pid])
        self._process.wait()
        self._process = None

    @property
    def is_up(self) -> bool:
        return self._process is not None

    def kill_web(self) -> None:
        """SIGKILL to the web server alone; the supervisor starts it again."""
        _kill(self.web_pids())

    def web_pids(self) -> list[int]:
        assert self._process is not None
        return [pid for pid in below(self._process.pid) if "readerstudy.wsgi:application" in words_of(pid)]


def below(parent: int) -> list[int]:
    """Every process that descends from `parent`. Linux: /proc/PID/stat, field 4 is the parent."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
    found = [parent]
    for pid in found:
        found += [child for child, its_parent in parents.items() if its_parent == pid]
    return found[1:]


def words_of(pid: int) -> list[str]:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").split()
    return []


def _kill(pids: Sequence[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
