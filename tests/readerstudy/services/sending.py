"""Files as a hospital sends them, and the way they take: begin, receive, close, parse."""

import io
import zipfile
from collections.abc import Mapping

import numpy as np
from scipy import ndimage

from readerstudy.models import Arm, Study, Upload, UploadedFile
from readerstudy.services import ingest, uploads
from tests.readerstudy.core.mr_builder import SAGITTAL, file_bytes, mr_dataset

Files = Mapping[str, bytes]


def silent(done: int, total: int, step: str = "") -> None:
    """Progress that nobody watches."""


def sagittal_series(
    series: str = "1.2.3.4",
    *,
    count: int = 3,
    seed: int = 1,
    folder: str = "a",
    pixels_zyx: np.ndarray | None = None,
    **changes: object,
) -> Files:
    """The files of one sagittal lumbar T2 series: name to bytes; grain, unless pixels are given."""
    grain = np.random.default_rng(seed).integers(0, 900, (count, 16, 16), dtype=np.uint16)
    values = grain if pixels_zyx is None else pixels_zyx
    return {
        f"{folder}/{z}.dcm": file_bytes(
            mr_dataset(plane, number=z + 1, position=(5.0 * z, 0, 0), orientation=SAGITTAL, series=series, **changes)
        )
        for z, plane in enumerate(values)
    }


def soc_and_fast(**changes: object) -> Files:
    """Two series of one patient that differ in averages only: the standard and the accelerated scan."""
    return {
        **sagittal_series("1.2.3.4", seed=1, folder="soc", NumberOfAverages="2", **changes),
        **sagittal_series("1.2.3.5", seed=2, folder="fast", NumberOfAverages="1", **changes),
    }


def bodies(seed: int, *, snr: float = 14, count: int = 3, side: int = 72) -> np.ndarray:
    """(count, side, side) uint16 scans of something with tissue, organs and air: what a denoiser can work on."""
    rng = np.random.default_rng(seed)
    z, y, x = np.mgrid[0:count, -1 : 1 : side * 1j, -1 : 1 : side * 1j]
    body = (y / 0.9) ** 2 + (x / 0.8) ** 2 < 1
    sharp = body * (500 + 160 * (np.sin(7 * y + z) * np.cos(6 * x) > 0.3) + 60 * z)
    clean = ndimage.gaussian_filter(sharp, (0, 1, 1))  # as the band limit of any acquisition leaves it
    noise = rng.standard_normal((2, *clean.shape)) * 500 / snr
    return np.hypot(clean + noise[0], noise[1]).round().astype(np.uint16)


def scanned_soc_and_fast() -> Files:
    """As `soc_and_fast`, of images that the denoiser takes."""
    return {
        **sagittal_series("1.2.3.4", folder="soc", pixels_zyx=bodies(1, snr=20), NumberOfAverages="2"),
        **sagittal_series("1.2.3.5", folder="fast", pixels_zyx=bodies(2), NumberOfAverages="1"),
    }


def zipped(files: Files, *, method: int = zipfile.ZIP_STORED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def receive(upload: Upload, name: str, data: bytes) -> UploadedFile:
    return uploads.receive(upload, name=name, stream=io.BytesIO(data), length=len(data))


def send(study: Study, files: Files, *, arm: Arm | None = None) -> Upload:
    """A closed upload that waits for the worker."""
    upload = uploads.begin(study, actor=None, arm=arm)
    for name, data in files.items():
        receive(upload, name, data)
    uploads.close(upload, actor=None)
    return upload


def take(study: Study, files: Files, *, arm: Arm | None = None) -> Upload:
    """An upload that was parsed."""
    upload = send(study, files, arm=arm)
    ingest.parse(upload, silent)
    return upload


def outcome(upload: Upload) -> dict[str, str]:
    """What became of every file, by its name."""
    return dict(upload.files.values_list("name", "status"))
