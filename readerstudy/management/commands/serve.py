"""`manage.py serve`: the whole product on one machine, under one supervisor."""

import argparse
import contextlib
import http.client
import os
import signal
import socket
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.utils import timezone

from readerstudy import processes, queue_server, request_seconds
from readerstudy.catalogue import CannotCompile, compile_catalogues
from readerstudy.core.errors import ReaderStudyError
from readerstudy.services import fetching, receiving, tasks, uploads
from readerstudy.supervisor.lock import locked_directory
from readerstudy.supervisor.supervisor import Supervisor

QUEUE_ANSWERS_WITHIN_S = 60.0  # a long append-only file is read at the start
WEB_ANSWERS_WITHIN_S = 60.0


class Command(BaseCommand):
    help = (
        "Start queue server, workers and web server, restart what dies, and stop all on Ctrl-C. "
        "With REDIS_URL set no queue server is started; with READERSTUDY_DICOM_PORT set, the DICOM receiver is too."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--bind", type=_address, default="127.0.0.1:8000", metavar="HOST:PORT")
        parser.add_argument("--web-processes", type=_count, default=2, help="processes of the web server (2)")
        parser.add_argument("--web-threads", type=_count, default=4, help="threads of each of them (4)")
        elsewhere = "0 where other machines have them"
        parser.add_argument("--workers", type=_some, default=1, help=f"workers that parse uploads (1; {elsewhere})")
        parser.add_argument(
            "--enhance-workers", type=_some, default=1, help=f"workers that enhance series (1; {elsewhere})"
        )
        parser.add_argument(
            "--demo",
            action=argparse.BooleanOptionalAction,
            default=False,
            help="make the demo study if it is not there, and print its sign-ins",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        _compile_texts()
        machine = _machine(options)
        stops = _StopRequests()
        try:
            with locked_directory(machine.data_dir), request_seconds.shared_folder(machine.data_dir) as figures:
                _refuse_port_in_use(
                    machine.host, machine.port, f"Name another address: --bind 127.0.0.1:{machine.port + 1}"
                )
                if settings.DICOM_PORT:
                    _refuse_port_in_use(
                        settings.DICOM_BIND, settings.DICOM_PORT, "Set READERSTUDY_DICOM_PORT to another."
                    )
                self._serve(machine, stops, figures=figures, with_demo=options["demo"])
        except ReaderStudyError as problem:
            raise CommandError(str(problem)) from problem

    def _serve(self, machine: processes.Machine, stops: "_StopRequests", *, figures: Path, with_demo: bool) -> None:
        started = time.monotonic()
        # Links in invitations lead here, unless the settings name another address.
        os.environ.setdefault("READERSTUDY_PUBLIC_URL", f"http://{machine.host}:{machine.port}")
        supervisor = Supervisor(self._say)
        try:
            self._start(machine, supervisor, figures)
            if _web_answers(machine, supervisor, stops):
                self._say(f"Ready on http://{machine.host}:{machine.port} after {time.monotonic() - started:.0f} s.")
                self._say("Ctrl-C stops everything.")
            if with_demo and not stops:
                supervisor.start(processes.demo(machine))
            supervisor.run_until(lambda: bool(stops))
        finally:
            self._say("Stopping (running work is finished or put back) ...")
            supervisor.stop(hurry=lambda: stops.count > 1)
            self._say("Stopped.")

    def _start(self, machine: processes.Machine, supervisor: Supervisor, figures: Path) -> None:
        if _queue_is_embedded():
            self._start_queue(machine, supervisor)
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        # The database is the truth and the queue is not: what it lost is queued again before a worker looks.
        tasks.reconcile()
        uploads.cancel_abandoned(now=timezone.now())
        fetching.forget_abandoned(now=timezone.now())
        receiving.close_idle(now=timezone.now())
        receiving.sweep(older_than_s=0)
        for child in [*processes.workers(machine), processes.web(machine, figures=figures)]:
            supervisor.start(child)
        if settings.DICOM_PORT:
            supervisor.start(processes.receiver(machine))

    def _start_queue(self, machine: processes.Machine, supervisor: Supervisor) -> None:
        queue_server.prepare_socket_folder(settings.QUEUE_SOCKET)
        supervisor.start(processes.queue(machine, settings.QUEUE_SOCKET))
        queue_server.wait_until_it_answers(
            settings.REDIS_URL,
            timeout_s=QUEUE_ANSWERS_WITHIN_S,
            is_alive=lambda: supervisor.is_alive("queue"),
        )

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _compile_texts() -> None:
    """Before a process reads them: in production `serve` may be the first that runs after an update."""
    try:
        compile_catalogues()
    except CannotCompile as problem:
        raise CommandError(str(problem)) from problem


class _StopRequests:
    """Counts the requests to stop: the first is patient, the second is not."""

    def __init__(self) -> None:
        self.count = 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)

    def _note(self, *_: object) -> None:
        self.count += 1

    def __bool__(self) -> bool:
        return self.count > 0


def _machine(options: dict[str, Any]) -> processes.Machine:
    host, port = options["bind"]
    return processes.Machine(
        base_dir=settings.BASE_DIR,
        data_dir=Path(settings.DATA_DIR),
        host=host,
        port=port,
        web_processes=options["web_processes"],
        web_threads=options["web_threads"],
        workers=options["workers"],
        enhance_workers=options["enhance_workers"],
        cores=os.cpu_count() or 1,
    )


def _queue_is_embedded() -> bool:
    return str(settings.REDIS_URL).startswith(f"unix://{settings.QUEUE_SOCKET}")


def _refuse_port_in_use(host: str, port: int, way_out: str) -> None:
    """Say so at once: a server would only try again and again in its log."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), port))
        except OSError as problem:
            raise CommandError(f"Cannot listen on {host}:{port}: {problem.strerror}. {way_out}") from problem


def _web_answers(machine: processes.Machine, supervisor: Supervisor, stops: _StopRequests) -> bool:
    """Wait until the web server answers anything at all. False when it was told to stop meanwhile."""
    deadline = time.monotonic() + WEB_ANSWERS_WITHIN_S
    while time.monotonic() < deadline:
        if stops:
            return False
        supervisor.look_after_children()
        with contextlib.suppress(OSError, http.client.HTTPException):
            _ask(machine)
            return True
        time.sleep(0.1)
    raise CommandError(f"The web server did not answer. Its log says why: {machine.log('web')}")


def _ask(machine: processes.Machine) -> None:
    host = {"0.0.0.0": "127.0.0.1", "[::]": "::1"}.get(machine.host, machine.host.strip("[]"))  # noqa: S104
    connection = http.client.HTTPConnection(host, machine.port, timeout=5)
    try:
        connection.request("HEAD", "/")
        connection.getresponse()
    finally:
        connection.close()


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return host, int(port)


def _some(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def _count(text: str) -> int:
    if _some(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)
