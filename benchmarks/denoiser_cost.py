"""Claim: enhancing a series is cheap: seconds a series, and memory that does not run away.

Each figure is of a process of its own that works as the enhancement worker does: torch and the weights are loaded in a
parent, which forks; the child reads the DICOM, denoises, writes the derived series, lets the guard look. Memory is that
of parent and child together, shared pages counted once. Contents do not matter to either, so the images are noise on a
square. Times are of this machine and are worth what `load` says.
"""

import argparse
import io
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

from benchmarks.memory import PeakMemory
from benchmarks.report import Figure, parser, report

MUST_MIB, AIM_MIB = 1.5 * 1024, 0.8 * 1024  # issue 3, "peak memory of the worker on that series"


@dataclass(frozen=True)
class Series:
    """slices x side x side pixels, with so many threads; `bar_mib` is what its memory must stay below."""

    slices: int
    side: int
    threads: int
    bar_mib: float | None = None

    @property
    def name(self) -> str:
        return f"{self.slices} x {self.side} x {self.side}, {self.threads} thread{'s' if self.threads > 1 else ''}"


QUICK = (Series(4, 192, 1, MUST_MIB),)
FULL = (
    Series(16, 512, 2, MUST_MIB),
    Series(16, 512, 1, MUST_MIB),
    Series(16, 1024, 1, MUST_MIB),
    Series(1000, 256, 1, MUST_MIB),
)


def main() -> None:
    options = parser(__doc__)
    options.formatter_class = argparse.RawDescriptionHelpFormatter
    options.add_argument("--child", nargs=2, metavar=("FOLDER", "DEVICE"), help=argparse.SUPPRESS)
    options.add_argument("--device", default="cpu", help="cpu (default), cuda or auto")
    chosen = options.parse_args()
    if chosen.child:
        work(Path(chosen.child[0]), chosen.child[1])
        return
    figures = [figure for series in (QUICK if chosen.quick else FULL) for figure in measure(series, chosen.device)]
    ok = report("What enhancing one series costs", figures, as_json=chosen.json, quick=chosen.quick)
    sys.exit(0 if ok else 1)


def measure(series: Series, device: str) -> list[Figure]:
    """Run one series in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        write_series(Path(folder), series)
        command = [sys.executable, __file__, "--child", folder, device]
        environment = {**os.environ, "OMP_NUM_THREADS": str(series.threads)}
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        with PeakMemory(process.pid) as memory:
            told = process.communicate()[0]
        if process.returncode:
            sys.exit(f"The series {series.name} failed.")
    denoising, all_of_it = (float(word) for word in told.split())
    peak = round(memory.peak_mib)
    bar = series.bar_mib
    return [
        Figure(f"{series.name}: denoising", round(denoising, 2), "s"),
        Figure(f"{series.name}: with DICOM and guard", round(all_of_it, 2), "s"),
        Figure(
            f"{series.name}: peak memory",
            peak,
            "MiB",
            None if bar is None else f"<= {bar:.0f} (aim {AIM_MIB:.0f})",
            None if bar is None else peak <= bar,
        ),
    ]


def write_series(folder: Path, series: Series) -> None:
    """The stored form of a series: one zip of instances, as `archive.store` writes it."""
    rng = np.random.default_rng(1)
    square = np.zeros((series.side, series.side))
    square[series.side // 8 : -series.side // 8, series.side // 8 : -series.side // 8] = 900
    with zipfile.ZipFile(folder / "series.zip", "w", zipfile.ZIP_STORED) as archive:
        for z in range(series.slices):
            content = io.BytesIO()
            pixels = np.abs(square + rng.normal(0, 60, square.shape)).astype("<u2")
            instance(pixels, z).save_as(content, enforce_file_format=True)
            archive.writestr(f"{z + 1:04d}.dcm", content.getvalue())


def instance(pixels: np.ndarray, z: int) -> Dataset:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = MRImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = f"2.25.{z + 1000}"
    dataset.SeriesInstanceUID, dataset.StudyInstanceUID, dataset.Modality = "2.25.2", "2.25.1", "MR"
    dataset.ImageType, dataset.InstanceNumber = ["ORIGINAL", "PRIMARY", "M"], z + 1
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 0
    dataset.PixelSpacing, dataset.SliceThickness = [0.5, 0.5], 4
    dataset.ImageOrientationPatient, dataset.ImagePositionPatient = [0, 1, 0, 0, 0, -1], [4.0 * z, 0, 0]
    dataset.add_new("PixelData", "OW", pixels.tobytes())
    return dataset


def work(folder: Path, device: str) -> None:
    """As the worker: load in the parent, fork, and do the whole job in the child."""
    from enhancement.core.denoise import load_denoiser

    denoiser = load_denoiser(device=device)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            job(folder, denoiser)
            status = 0
        finally:
            sys.stdout.flush()
            os._exit(status)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def job(folder: Path, denoiser: object) -> None:
    """The steps of `enhancement.services.enhance`, without the database. Prints seconds: denoising, all."""
    from datetime import UTC, datetime

    from enhancement.core.denoise import denoise_volume
    from enhancement.core.derived import count_clipped, write_derived_series
    from enhancement.core.guard import judge
    from enhancement.core.suitability import require_magnitudes, require_usable

    began = time.perf_counter()
    with zipfile.ZipFile(io.BytesIO((folder / "series.zip").read_bytes())) as archive:
        datasets = [dcmread(io.BytesIO(archive.read(name))) for name in sorted(archive.namelist())]
    require_magnitudes(datasets)
    volume = volume_of(datasets)
    values = volume.values_zyx
    require_usable(values)
    denoised = denoise_volume(values, denoiser=denoiser)
    order = list(zip(volume.sop_instance_uids, volume.frame_indices, strict=True))
    derived = write_derived_series(
        datasets,
        denoised.volume_zyx,
        uid_key=b"benchmark",
        description="benchmark",
        algorithm_name="benchmark",
        algorithm_version="1",
        weights_sha256=denoised.report.weights_sha256,
        now=datetime.now(UTC),
        order=order,
    )
    clipped = count_clipped(datasets, denoised.volume_zyx, order=order)
    judge(values, volume_of(derived).values_zyx, clipped=clipped)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for number, dataset in enumerate(derived, start=1):
            one = io.BytesIO()
            dataset.save_as(one, enforce_file_format=True)
            archive.writestr(f"{number:04d}.dcm", one.getvalue())
    print(denoised.report.seconds, time.perf_counter() - began)


def volume_of(datasets: list[Dataset]) -> "SeriesVolume":  # noqa: F821
    from readerstudy.core.pixels import decode_stored
    from readerstudy.core.series import Instance, build_volume, group_instances

    (draft,) = group_instances([Instance("", dataset, decode_stored(dataset)) for dataset in datasets])
    return build_volume(draft)


if __name__ == "__main__":
    main()
