"""Denoise one array of MR magnitudes; no database, no DICOM."""

import io
import json
import math
import os
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError

from readerstudy.core.errors import BadSetting, NotAVolume, ReaderStudyError


class Command(BaseCommand):
    help = "Denoise IN.npy, a (Z, Y, X) array of MR magnitudes, to OUT.npy: float32, same shape and scale."
    requires_system_checks: list[str] = []  # noqa: RUF012  (Django's own name and form)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("input", metavar="IN.npy", type=Path)
        parser.add_argument("output", metavar="OUT.npy", type=Path)
        parser.add_argument("--spacing", nargs=3, type=float, metavar=("Z", "Y", "X"), help="in mm, for the report")
        parser.add_argument("--report", type=Path, metavar="R.json", help="write what was done")
        parser.add_argument("--strength", type=float, help="share of the noise to remove, 0 to 1; default 0.7")
        parser.add_argument("--weights", type=Path, help="instead of the shipped weights")
        parser.add_argument("--device", default="cpu", help="cpu (default) or cuda")
        parser.add_argument("--json", action="store_true", help="print the report as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = _denoise_file(options)
        except ReaderStudyError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from error
        line = "{slices} slices in {seconds:.1f} s, strength {strength}: {output}".format(**report)
        self.stdout.write(json.dumps(report) if options["json"] else line)


def _denoise_file(options: dict[str, Any]) -> dict[str, Any]:
    from enhancement.core.denoise import DEFAULT_STRENGTH, denoise_volume, load_denoiser

    spacing_mm = _checked_spacing(options["spacing"])
    volume = _read(options["input"])
    strength = DEFAULT_STRENGTH if options["strength"] is None else options["strength"]
    denoiser = load_denoiser(options["weights"], device=options["device"])
    denoised = denoise_volume(volume, denoiser=denoiser, strength=strength)
    report = asdict(denoised.report) | {
        "input": str(options["input"]),
        "output": str(options["output"]),
        "shape": list(denoised.volume_zyx.shape),
        "spacing_mm": spacing_mm,
    }
    buffer = io.BytesIO()
    np.save(buffer, denoised.volume_zyx)
    _replace(options["output"], buffer.getvalue())
    if options["report"]:
        _replace(options["report"], (json.dumps(report, indent=2) + "\n").encode())
    return report


def _checked_spacing(spacing_mm: list[float] | None) -> list[float] | None:
    if spacing_mm and not all(math.isfinite(length) and length > 0 for length in spacing_mm):
        raise BadSetting(f"--spacing needs three positive lengths in mm; got {spacing_mm}.")
    return spacing_mm


def _read(path: Path) -> np.ndarray:
    try:
        volume = np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise NotAVolume(f"{path} is no .npy array of numbers.") from error
    if not isinstance(volume, np.ndarray):
        raise NotAVolume(f"{path} holds several arrays; save the one volume with numpy.save.")
    return volume


def _replace(path: Path, content: bytes) -> None:
    """All of the file or none of it."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fresh.write_bytes(content)
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
