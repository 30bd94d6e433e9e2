"""The processes of this product on one machine: what each runs, at which priority, and which stops first."""

import sys
from dataclasses import dataclass
from pathlib import Path

from readerstudy import queue_server, request_seconds
from readerstudy.supervisor.child import Child

# The web server goes first, so that nothing new is queued; the queue last, so that workers can hand back.
STOP_WEB, STOP_WORKERS, STOP_QUEUE = 1, 2, 3
# Reading must stay quick while images are parsed and enhanced on the same cores.
NICE_PARSING, NICE_ENHANCING = 5, 10
WORKER_GRACE_S = 20.0
ENHANCE_WORKER = "enhancement.worker.EnhanceWorker"


@dataclass(frozen=True)
class Machine:
    """Where this installation lives and how much of it is wanted."""

    base_dir: Path
    data_dir: Path
    host: str
    port: int
    web_processes: int
    web_threads: int
    workers: int
    enhance_workers: int
    cores: int

    def log(self, name: str) -> Path:
        """The log of one process."""
        return self.data_dir / "logs" / f"{name}.log"

    def manage(self, *words: str) -> tuple[str, ...]:
        """A command line of this project, with this very Python."""
        return (sys.executable, str(self.base_dir / "manage.py"), *words)


def queue(machine: Machine, socket: Path) -> Child:
    """The embedded queue server."""
    folder = machine.data_dir / "queue"
    folder.mkdir(mode=0o700, exist_ok=True)
    return Child(
        name="queue",
        command=tuple(queue_server.command(queue_server.find_program(), socket=socket, folder=folder)),
        log_path=machine.log("queue"),
        working_dir=folder,
        stop_rank=STOP_QUEUE,
    )


def workers(machine: Machine) -> list[Child]:
    """Workers that parse uploads and prepare displays, and workers that enhance."""
    parsing = [_parsing_worker(machine, number) for number in range(1, machine.workers + 1)]
    enhancing = [_enhance_worker(machine, number) for number in range(1, machine.enhance_workers + 1)]
    return parsing + enhancing


def _parsing_worker(machine: Machine, number: int) -> Child:
    name = f"worker-{number}"
    return Child(
        name=name,
        # The scheduler starts jobs that wait for their next attempt.
        command=machine.manage("rqworker", "default", "--with-scheduler"),
        log_path=machine.log(name),
        working_dir=machine.base_dir,
        environment={"OMP_NUM_THREADS": "1"},
        niceness=NICE_PARSING,
        stop_rank=STOP_WORKERS,
        grace_s=WORKER_GRACE_S,
    )


def _enhance_worker(machine: Machine, number: int) -> Child:
    name = f"enhance-worker-{number}"
    return Child(
        name=name,
        command=machine.manage("rqworker", "enhance", "--with-scheduler", "--worker-class", ENHANCE_WORKER),
        log_path=machine.log(name),
        working_dir=machine.base_dir,
        # One core is left to the web server: else each request waits behind OpenMP's spinning threads.
        environment={"OMP_NUM_THREADS": str(max(1, (machine.cores - 1) // machine.enhance_workers))},
        niceness=NICE_ENHANCING,
        stop_rank=STOP_WORKERS,
        grace_s=WORKER_GRACE_S,
    )


def web(machine: Machine, *, figures: Path) -> Child:
    """
    The web server: threads suit requests that wait for the disk, two processes use two cores.

    figures : the folder in which they add up what /metrics shows.
    """
    command = [sys.executable, "-m", "gunicorn", "readerstudy.wsgi:application", "--worker-class", "gthread"]
    command += ["--workers", str(machine.web_processes), "--threads", str(machine.web_threads)]
    command += [
        "--bind",
        f"{machine.host}:{machine.port}",
        "--graceful-timeout",
        "8",
        "--log-level",
        "warning",
    ]
    # By default it opens a control socket in the home directory: two installations would clash.
    command += ["--no-control-socket"]
    return Child(
        name="web",
        command=tuple(command),
        log_path=machine.log("web"),
        working_dir=machine.base_dir,
        environment={request_seconds.FOLDER_VARIABLE: str(figures)},
        stop_rank=STOP_WEB,
    )


def receiver(machine: Machine) -> Child:
    """The DICOM node. It stops with the web server: what it acknowledged is on the disk already."""
    return Child(
        name="receiver",
        command=machine.manage("receive_dicom"),
        log_path=machine.log("receiver"),
        working_dir=machine.base_dir,
        environment={"OMP_NUM_THREADS": "1"},
        stop_rank=STOP_WEB,
    )


def demo(machine: Machine) -> Child:
    """Makes the demo study, once; it prints the sign-ins on this terminal and nowhere else."""
    return Child(
        name="demo study",
        command=machine.manage("make_demo_study"),
        log_path=None,
        working_dir=machine.base_dir,
        environment={"OMP_NUM_THREADS": "1"},
        niceness=NICE_PARSING,
        stop_rank=STOP_WEB,
        keep_alive=False,
    )
