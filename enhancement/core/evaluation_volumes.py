"""The volumes of an evaluation: found in a folder, read one at a time, a few central slices of each."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from enhancement.core.volume_files import found_names, manifest_rows, read_volume
from readerstudy.core.errors import BadData, BadVolume, NotAVolume, NotFiniteVolume

SINGLE_VOLUME = "nifti3d"  # in the manifest's column `kind`

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class VolumeFile:
    """`name` is the path below the folder, with slashes; `path` is a file, or a folder of DICOM."""

    name: str
    path: Path


def find_volumes(root: Path, *, only: str = "") -> tuple[VolumeFile, ...]:
    """The volumes below `root` whose name contains `only`.

    A MANIFEST.csv decides what is there and in which order: its three-dimensional volumes, whatever they may be
    used for otherwise. Without one it is every NIfTI, .npy and folder of DICOM, sorted by name.
    Raises BadData when there is none.
    """
    if not root.is_dir():
        raise BadData(f"{root} is not a folder.")
    chosen = tuple(VolumeFile(name, root / name) for name in _listed_names(root) if only in name)
    if not chosen:
        wanted = f" whose name contains {only!r}" if only else ""
        raise BadData(f"There is no volume{wanted} in {root}: NIfTI, .npy or folders of DICOM are needed.")
    return chosen


def read_central_slices(file: VolumeFile, count: int) -> Floats:
    """(Z, Y, X) float32 with at most `count` slices from the middle; negative values become 0.

    Raises
    ------
    BadVolume
        The file cannot be read as what its name says, is no volume, or holds no signal.
    """
    try:
        volume = read_volume(file.path)
        if volume.ndim != 3 or volume.size == 0 or volume.dtype.kind not in "iuf":
            raise NotAVolume(f"a (Z, Y, X) volume of real numbers is needed; it is {volume.dtype} {volume.shape}.")
        first = max(0, (len(volume) - count) // 2)
        central = np.clip(np.asarray(volume[first : first + count], np.float32), 0, None)
        if not np.isfinite(central).all():
            raise NotFiniteVolume("it holds NaN or infinity.")
        if not central.any():
            raise BadVolume("its central slices hold no signal.")
    except (NotAVolume, NotFiniteVolume, BadVolume) as error:
        raise BadVolume(f"{file.name!r} cannot be evaluated: {error}") from error
    return np.ascontiguousarray(central)


def _listed_names(root: Path) -> list[str]:
    rows = manifest_rows(root, columns=("path",))
    if rows is None:
        return found_names(root)
    return [row["path"] for row in rows if row.get("kind", SINGLE_VOLUME) == SINGLE_VOLUME]
