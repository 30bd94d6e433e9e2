"""Claim: enhancing a series is cheap: seconds a series, and memory that does not run away.

Each figure is of a process of its own that works as the enhancement worker does: torch and the weights are loaded in a
parent, which forks; the child reads the DICOM, denoises, writes the derived series, lets the guard look. Memory is that
of parent and child together, shared pages counted once. Contents do not matter to either, so the images are noise on a
square; where the matrix is zero-filled, as scanners do, the network works on fewer pixels. Times are of this machine
and are worth what `load` says.
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
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

from benchmarks.memory import PeakMemory
from benchmarks.report import Figure, parser, report

MUST_MIB, AIM_MIB = 1.5 * 1024, 0.8 * 1024  # of the whole worker, on a series of 16 x 512 x 512


@dataclass(frozen=True)
class Series:
    """slices x side x side pixels, with so many threads; `bar_mib` is what its memory must stay below.

    zero_fill : side of the matrix over the side of what was acquired.
    """

    slices: int
    side: int
    threads: int
    bar_mib: float | None = None
    zero_fill: float = 1.0

    @property
    def name(self) -> str:
        filled = f" (zero-filled {self.zero_fill:g} times)" if self.zero_fill > 1 else ""
        threads = f"{self.threads} thread{'s' if self.threads > 1 else ''}"
        return f"{self.slices} x {self.side} x {self.side}{filled}, {threads}"


QUICK = (Series(4, 192, 1, MUST_MIB),)
FULL = (
    Series(16, 512, 2, MUST_MIB),
    Series(16, 512, 1, MUST_MIB),
    Series(16, 1024, 1, MUST_MIB),
    Series(1000, 256, 1, MUST_MIB),
    Series(1000, 512, 1, MUST_MIB, zero_fill=1.6),
)
DRAWN = 16  # different slices; a longer series repeats them


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
    drawn = draw_slices(series)
    with zipfile.ZipFile(folder / "series.zip", "w", zipfile.ZIP_STORED) as archive:
        for z in range(series.slices):
            content = io.BytesIO()
            instance(drawn[z % len(drawn)], z).save_as(content, enforce_file_format=True)
            archive.writestr(f"{z + 1:04d}.dcm", content.getvalue())


def draw_slices(series: Series) -> np.ndarray:
    from enhancement.core.noise import acquire

    square = np.zeros((series.side, series.side))
    square[series.side // 8 : -series.side // 8, series.side // 8 : -series.side // 8] = 900
    clean = np.repeat(square[None], min(series.slices, DRAWN), 0)
    return np.rint(acquire(clean, rng=np.random.default_rng(1), snr=15, zero_fill=series.zero_fill)).astype("<u2")


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


def job(folder: Path, denoiser: "Denoiser") -> None:  # noqa: F821
    """The steps of `enhancement.services.enhance`, without the database. Prints seconds: denoising, all."""
    from datetime import UTC, datetime

    from enhancement.core.denoise import DenoisedSlices
    from enhancement.core.derived import derive_series
    from enhancement.core.guard import judge
    from enhancement.core.suitability import require_magnitudes, require_usable
    from readerstudy.core.packed import PackedInstances, pack, volumes_in

    began = time.perf_counter()
    with (folder / "series.zip").open("rb") as stored, tempfile.TemporaryFile(dir=folder) as output:
        instances = PackedInstances(stored)
        (volume,) = (one.in_memory() for one in volumes_in(instances))
        require_magnitudes(instances)
        require_usable(volume.value_slices)
        denoised = DenoisedSlices(volume.value_slices, denoiser=denoiser)
        derived = derive_series(
            instances,
            denoised,
            uid_key=b"benchmark",
            description="benchmark",
            algorithm_name="benchmark",
            algorithm_version="1",
            weights_sha256=denoiser.weights_sha256,
            now=datetime.now(UTC),
            order=list(zip(volume.sop_instance_uids, volume.frame_indices, strict=True)),
        )
        pack(derived, output)
        (result,) = volumes_in(PackedInstances(output))
        judge(volume.value_slices, result.value_slices, clipped=derived.clipped)
    print(denoised.report.seconds, time.perf_counter() - began)


if __name__ == "__main__":
    main()
