"""Denoise one array of MR magnitudes; no database, no DICOM."""

import io
import json
import math
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from enhancement.management.denoising import DenoisingCommand, denoiser_of, replace_file
from readerstudy.core.errors import BadSetting, NotAVolume
from readerstudy.core.slices import MadeSlices, Slices

if TYPE_CHECKING:
    from enhancement.core.denoise import DenoisedSlices


class Command(DenoisingCommand):
    help = "Denoise IN.npy, a (Z, Y, X) array of MR magnitudes, to OUT.npy: float32, same shape and scale."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("input", metavar="IN.npy", type=Path)
        parser.add_argument("output", metavar="OUT.npy", type=Path)
        parser.add_argument("--spacing", nargs=3, type=float, metavar=("Z", "Y", "X"), help="in mm, for the report")
        parser.add_argument("--report", type=Path, metavar="R.json", help="write what was done")
        super().add_arguments(parser)

    def denoise(self, options: dict[str, Any]) -> dict[str, Any]:
        from enhancement.core.denoise import DenoisedSlices

        spacing_mm = _checked_spacing(options["spacing"])
        slices = _read(options["input"])
        denoised = DenoisedSlices(slices, denoiser=denoiser_of(options), strength=options["strength"])
        replace_file(options["output"], _npy(denoised))
        report = asdict(denoised.report) | {
            "input": str(options["input"]),
            "output": str(options["output"]),
            "shape": list(denoised.shape),
            "spacing_mm": spacing_mm,
        }
        if options["report"]:
            replace_file(options["report"], [(json.dumps(report, indent=2) + "\n").encode()])
        return report

    def line(self, report: dict[str, Any]) -> str:
        return "{slices} slices in {seconds:.1f} s, strength {strength:g}: {output}".format(**report)


def _checked_spacing(spacing_mm: list[float] | None) -> list[float] | None:
    if spacing_mm and not all(math.isfinite(length) and length > 0 for length in spacing_mm):
        raise BadSetting(f"--spacing needs three positive lengths in mm; got {spacing_mm}.")
    return spacing_mm


def _read(path: Path) -> Slices:
    """The array in the file; of one in C order, as numpy writes them, no more than the slice that is asked for."""
    try:
        volume = np.load(path, allow_pickle=False, mmap_mode="r")
    except (ValueError, EOFError) as error:
        raise NotAVolume(f"{path} is no .npy array of numbers.") from error
    if not isinstance(volume, np.memmap):
        raise NotAVolume(f"{path} holds several arrays; save the one volume with numpy.save.")
    if volume.ndim != 3 or not volume.flags.c_contiguous:
        return np.asarray(volume)
    shape, dtype, first_byte = volume.shape, volume.dtype, volume.offset
    count = shape[1] * shape[2]

    def read(z: int) -> np.ndarray:
        # Read, not mapped: what is mapped counts as memory of the process as long as it likes.
        return np.fromfile(path, dtype, count, offset=first_byte + z * count * dtype.itemsize).reshape(shape[1:])

    return MadeSlices(shape, read)


def _npy(denoised: "DenoisedSlices") -> Iterator[bytes]:
    """The parts of a .npy file, as `numpy.save` writes it."""
    head = io.BytesIO()
    form = {"descr": "<f4", "fortran_order": False, "shape": tuple(denoised.shape)}
    np.lib.format.write_array_header_1_0(head, form)
    yield head.getvalue()
    for plane in denoised:
        yield plane.astype("<f4").tobytes()
