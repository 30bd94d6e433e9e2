"""What the commands that run the denoiser share: their options, their errors, and how they print."""

import json
import os
from abc import abstractmethod
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from enhancement.core.strength import DEFAULT_STRENGTH, checked_strength
from readerstudy.core.errors import BadSetting, ReaderStudyError

if TYPE_CHECKING:
    from enhancement.core.denoise import Denoiser


class ToolCommand(BaseCommand):
    """A command that needs no database: what is wrong is one line on stderr, what it did a line or one JSON object.

    A subclass does the work and puts it into words.
    """

    requires_system_checks: list[str] = []  # noqa: RUF012  (Django's own name and form)
    json_help = "print the report as one JSON object"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help=self.json_help)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = self.work(options)
        except ReaderStudyError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from error
        self.stdout.write(json.dumps(report) if options["json"] else self.line(report))

    @abstractmethod
    def work(self, options: dict[str, Any]) -> dict[str, Any]:
        """Do the work; returns the report, which can be written as JSON."""

    @abstractmethod
    def line(self, report: dict[str, Any]) -> str:
        """The report for a person."""

    def say(self, line: str) -> None:
        """Tell how far it is, beside the report."""
        self.stderr.write(line)
        self.stderr.flush()


class DenoisingCommand(ToolCommand):
    """A command that denoises something without a study; a subclass names its files."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_denoiser_options(parser)
        super().add_arguments(parser)

    def work(self, options: dict[str, Any]) -> dict[str, Any]:
        checked_strength(options["strength"])
        report = self.denoise(options)
        if report["fallback"]:
            self.stderr.write(f"Computed on the CPU: {report['fallback']}")
        return report

    @abstractmethod
    def denoise(self, options: dict[str, Any]) -> dict[str, Any]:
        """Do the work; returns the report, which can be written as JSON."""


def add_denoiser_options(parser: ArgumentParser) -> None:
    """Which denoiser, how strong, and on what: the options that `denoiser_of` reads, and the strength."""
    parser.add_argument(
        "--strength", type=float, default=DEFAULT_STRENGTH, help="share of the noise to remove, 0 to 1; default 1"
    )
    parser.add_argument("--weights", type=Path, help="instead of the shipped weights")
    parser.add_argument("--device", default="cpu", help="cpu (default), cuda, or auto: a GPU where there is one")
    parser.add_argument(
        "--threads", type=int, help="of the processor; default: OMP_NUM_THREADS, else as many as there are cores"
    )


def denoiser_of(options: dict[str, Any]) -> "Denoiser":
    """The denoiser that the options name, with their number of threads set for this process."""
    import torch

    from enhancement.core.denoise import load_denoiser
    from enhancement.core.device import chosen_device

    if options["threads"] is not None:
        if options["threads"] < 1:
            raise BadSetting(f"--threads must be at least 1; got {options['threads']}.")
        torch.set_num_threads(options["threads"])
    return load_denoiser(options["weights"], device=chosen_device(options["device"]))


def replace_file(path: Path, parts: Iterable[bytes]) -> None:
    """All of the file or none of it; the parts are written as they come."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with fresh.open("wb") as file:
            file.writelines(parts)
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
