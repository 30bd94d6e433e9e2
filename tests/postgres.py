"""A PostgreSQL server for tests that need one: in a folder of its own, on a socket alone, stopped at the end."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

HOW_TO_GET_IT = "PostgreSQL is not installed (Debian: apt-get install postgresql); this test needs its server."
# The server refuses to run as root; Debian's package brings this account.
ACCOUNT = "postgres"


def server_programs() -> Path | None:
    """The folder of `initdb` and `pg_ctl`, of the newest release that is installed."""
    if found := shutil.which("pg_ctl"):
        return Path(found).resolve().parent
    found_all = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
    return found_all[-1].parent if found_all else None


@contextlib.contextmanager
def running_postgres(programs: Path) -> Iterator[str]:
    """The URL of an empty database; without fsync, because nothing in it has to survive."""
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        folder = Path(name)
        if os.getuid() == 0:
            os.chown(folder, pwd.getpwnam(ACCOUNT).pw_uid, -1)
        data = str(folder / "data")
        _run(programs, "initdb", "-D", data, "-U", "app", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        _run(programs, "pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            _run(programs, "createdb", "-h", str(folder), "-U", "app", "app")
            yield f"postgresql://app@/app?host={folder}"
        finally:
            _run(programs, "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")


def _run(programs: Path, program: str, *arguments: str) -> None:
    as_account: Sequence[str] = ("runuser", "-u", ACCOUNT, "--") if os.getuid() == 0 else ()
    done = subprocess.run(
        [*as_account, str(programs / program), *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True, check=False, cwd="/",
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{program} failed: {done.stderr[-2000:]}")
