"""What the denoiser may learn from: a folder of volumes, read as clean slices with their origin and licence.

A folder with a MANIFEST.csv gives only the rows whose column `use` allows training; one without gives every volume
in it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from enhancement.core.volume_files import found_names, manifest_rows, read_volume
from readerstudy.core.errors import BadData, BadVolume

ALLOWED_USE = "train and evaluate"
MAX_SLICES_PER_VOLUME = 24  # neighbours are nearly alike; more would only cost memory
SCALE_PERCENTILE = 99.5
_SPINE_WORDS = ("spine", "cervical", "thoracic", "lumbar", "cord")
_MIN_TISSUE = 0.08
_NORMAL_MAD = 0.6745  # median absolute deviation of a standard normal


@dataclass(frozen=True)
class CleanSlice:
    """pixels_yx : (Y, X) float32, 1 at the volume's 99.5th percentile. native_sigma : its own noise, same unit."""

    pixels_yx: NDArray[np.float32]
    native_sigma: float


@dataclass(frozen=True)
class SourceVolume:
    name: str
    subject: str
    licence: str
    is_spine: bool
    slices: tuple[CleanSlice, ...]


def read_training_folder(root: Path) -> tuple[SourceVolume, ...]:
    """Every volume below `root` that may be trained on; raises BadData when there is none."""
    volumes = tuple(_read_row(root, row) for row in _rows_of(root))
    usable = tuple(volume for volume in volumes if volume.slices)
    if not usable:
        raise BadData(f"No volume to train on in {root.name!r}: NIfTI, .npy or DICOM folders are needed.")
    return usable


def split_by_subject(
    volumes: Iterable[SourceVolume], *, validation_share: float, seed: int
) -> tuple[tuple[SourceVolume, ...], tuple[SourceVolume, ...]]:
    """(training, validation): no subject is in both; the same seed holds back the same subjects."""
    volumes = tuple(volumes)
    subjects = sorted({volume.subject for volume in volumes})
    if len(subjects) < 2:
        raise BadData(f"Validation by subject needs at least 2 subjects; got {len(subjects)}.")
    order = np.random.default_rng(seed).permutation(len(subjects))
    held_back = {subjects[i] for i in order[: max(1, round(validation_share * len(subjects)))]}
    training = tuple(volume for volume in volumes if volume.subject not in held_back)
    return training, tuple(volume for volume in volumes if volume.subject in held_back)


def _rows_of(root: Path) -> list[Mapping[str, str]]:
    listed = manifest_rows(root, columns=("path", "subject", "licence", "use"))
    if listed is not None:
        return [row for row in listed if row["use"] == ALLOWED_USE]
    return [
        {"path": name, "subject": Path(name).name.split(".")[0], "licence": "not stated"} for name in found_names(root)
    ]


def _read_row(root: Path, row: Mapping[str, str]) -> SourceVolume:
    described = f"{row['path']} {row.get('anatomy', '')}".lower()
    return SourceVolume(
        name=row["path"],
        # a subject may stand as a file pattern in the manifest: then the item is its own subject
        subject=row["path"] if "*" in row["subject"] else row["subject"],
        licence=row["licence"],
        is_spine=any(word in described for word in _SPINE_WORDS),
        slices=clean_slices(_read_slices(root, row["path"])),
    )


def _read_slices(root: Path, name: str) -> list[NDArray[np.float32]]:
    """Repetitions are averaged: less noise to learn."""
    try:
        values = np.asarray(read_volume(root / name), np.float32)
    except BadVolume as error:
        raise BadVolume(f"{name!r} cannot be trained on: {error}") from error
    if values.ndim == 4:
        values = values.mean(-1)
    if values.ndim != 3:
        raise BadVolume(f"{name!r} has {values.ndim} dimensions; a (Z, Y, X) volume is needed.")
    return list(np.ascontiguousarray(values))


def clean_slices(slices: list[NDArray[np.float32]]) -> tuple[CleanSlice, ...]:
    """A selection of slices that hold tissue, on the scale of their volume."""
    chosen = slices[:: max(1, -(-len(slices) // MAX_SLICES_PER_VOLUME))]
    scale = float(np.percentile(np.concatenate([s.ravel() for s in chosen]), SCALE_PERCENTILE)) if chosen else 0.0
    if scale <= 0:
        return ()
    scaled = [np.ascontiguousarray(np.clip(s, 0, None) / scale, np.float32) for s in chosen]
    return tuple(CleanSlice(s, estimate_native_sigma(s)) for s in scaled if (s > 0.1).mean() >= _MIN_TISSUE)


def estimate_native_sigma(pixels_yx: NDArray[np.float32]) -> float:
    """The noise that a 'clean' slice itself carries: MAD of its diagonal detail in tissue (Donoho 1994)."""
    s = pixels_yx[: pixels_yx.shape[0] // 2 * 2, : pixels_yx.shape[1] // 2 * 2]
    detail = (s[::2, ::2] - s[1::2, ::2] - s[::2, 1::2] + s[1::2, 1::2]) / 2
    tissue = ndimage.gaussian_filter(s, 3.0)[::2, ::2] > 0.15
    return float(np.median(np.abs(detail[tissue])) / _NORMAL_MAD) if tissue.sum() > 50 else 0.01
