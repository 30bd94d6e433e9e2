"""Denoise one array of MR magnitudes; no database, no DICOM."""

import io
import json
import math
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from enhancement.management.denoising import DenoisingCommand, denoiser_of, replace_file
from readerstudy.core.errors import BadSetting, NotAVolume


class Command(DenoisingCommand):
    help = "Denoise IN.npy, a (Z, Y, X) array of MR magnitudes, to OUT.npy: float32, same shape and scale."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("input", metavar="IN.npy", type=Path)
        parser.add_argument("output", metavar="OUT.npy", type=Path)
        parser.add_argument("--spacing", nargs=3, type=float, metavar=("Z", "Y", "X"), help="in mm, for the report")
        parser.add_argument("--report", type=Path, metavar="R.json", help="write what was done")
        super().add_arguments(parser)

    def denoise(self, options: dict[str, Any]) -> dict[str, Any]:
        from enhancement.core.denoise import denoise_volume

        spacing_mm = _checked_spacing(options["spacing"])
        volume = _read(options["input"])
        denoised = denoise_volume(volume, denoiser=denoiser_of(options), strength=options["strength"])
        report = asdict(denoised.report) | {
            "input": str(options["input"]),
            "output": str(options["output"]),
            "shape": list(denoised.volume_zyx.shape),
            "spacing_mm": spacing_mm,
        }
        buffer = io.BytesIO()
        np.save(buffer, denoised.volume_zyx)
        replace_file(options["output"], buffer.getvalue())
        if options["report"]:
            replace_file(options["report"], (json.dumps(report, indent=2) + "\n").encode())
        return report

    def line(self, report: dict[str, Any]) -> str:
        return "{slices} slices in {seconds:.1f} s, strength {strength:g}: {output}".format(**report)


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
