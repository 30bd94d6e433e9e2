"""The volumes of an evaluation: found in a folder, read one at a time, a few central slices of each."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from enhancement.core.training_volumes import MANIFEST
from readerstudy.core.dicom import read_instance
from readerstudy.core.errors import BadData, BadInput, BadVolume, NotAVolume, NotFiniteVolume
from readerstudy.core.pixels import decode_stored
from readerstudy.core.series import Instance, build_volume, group_instances

SINGLE_VOLUME = "nifti3d"  # in the manifest's column `kind`
FILE_ENDINGS = (".nii", ".nii.gz", ".npy")

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
    names = _manifest_names(root) if (root / MANIFEST).is_file() else _found_names(root)
    chosen = tuple(VolumeFile(name, root / name) for name in names if only in name)
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
        volume = _read(file.path)
        if volume.ndim != 3 or volume.size == 0 or volume.dtype.kind not in "iuf":
            raise NotAVolume(f"a (Z, Y, X) volume of real numbers is needed; it is {volume.dtype} {volume.shape}.")
        first = max(0, (len(volume) - count) // 2)
        central = np.clip(np.asarray(volume[first : first + count], np.float32), 0, None)
        if not np.isfinite(central).all():
            raise NotFiniteVolume("it holds NaN or infinity.")
        if not central.any():
            raise BadVolume("its central slices hold no signal.")
    except (BadInput, EOFError, OSError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadVolume(f"{file.name!r} cannot be evaluated: {reason}") from error
    return np.ascontiguousarray(central)


def _manifest_names(root: Path) -> list[str]:
    with (root / MANIFEST).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if rows and "path" not in rows[0]:
        raise BadData(f"{MANIFEST} lacks the column path.")
    return [row["path"] for row in rows if row.get("kind", SINGLE_VOLUME) == SINGLE_VOLUME]


def _found_names(root: Path) -> list[str]:
    files = {path for path in root.rglob("*") if path.is_file() and path.name.endswith(FILE_ENDINGS)}
    folders = {path.parent for path in root.rglob("*.dcm")}
    return sorted(path.relative_to(root).as_posix() for path in files | folders)


def _read(path: Path) -> NDArray[np.generic]:
    if path.is_dir():
        return _read_dicom_folder(path)
    if path.suffix == ".npy":
        return np.asarray(np.load(path, allow_pickle=False))
    return _read_nifti(path)


def _read_nifti(path: Path) -> NDArray[np.generic]:
    """The slice axis is the one with the fewest samples; the last of them where two are equal."""
    import nibabel
    from nibabel.filebasedimages import ImageFileError

    try:
        values = np.asarray(nibabel.load(path).dataobj)
    except ImageFileError as error:
        raise BadVolume("it is no NIfTI file.") from error
    return np.moveaxis(values, -1 - int(np.argmin(values.shape[::-1])), 0)


def _read_dicom_folder(path: Path) -> NDArray[np.generic]:
    instances = []
    for file in sorted(path.glob("*.dcm")):
        dataset = read_instance(file.read_bytes())
        instances.append(Instance(file.name, dataset, decode_stored(dataset)))
    drafts = group_instances(instances)
    if len(drafts) != 1:
        raise BadVolume(f"the folder must hold one stack of MR images; it holds {len(drafts)}.")
    return build_volume(drafts[0]).values_zyx
