"""Volumes in a folder: which there are, and what is in one. Training and evaluation read through here.

A volume is a NIfTI, a .npy (Z, Y, X) or a folder of DICOM. A MANIFEST.csv in the folder says what there is.
"""

import csv
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from readerstudy.core.dicom import read_instance
from readerstudy.core.errors import BadData, BadInput, BadVolume
from readerstudy.core.pixels import decode_stored
from readerstudy.core.series import Instance, build_volume, group_instances

MANIFEST = "MANIFEST.csv"
FILE_ENDINGS = (".nii", ".nii.gz", ".npy")


def manifest_rows(root: Path, *, columns: Collection[str]) -> Sequence[Mapping[str, str]] | None:
    """The rows of the folder's manifest; None where it has none. Raises BadData where one of `columns` is missing."""
    path = root / MANIFEST
    if not path.is_file():
        return None
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    if missing := sorted(set(columns) - set(reader.fieldnames or ())):
        words = "column" if len(missing) == 1 else "columns"
        raise BadData(f"{MANIFEST} lacks the {words} {', '.join(missing)}.")
    return rows


def found_names(root: Path) -> list[str]:
    """Every NIfTI, .npy and folder of DICOM below `root`, as paths with slashes, sorted."""
    files = {path for path in root.rglob("*") if path.is_file() and path.name.endswith(FILE_ENDINGS)}
    folders = {path.parent for path in root.rglob("*.dcm")}
    return sorted(path.relative_to(root).as_posix() for path in files | folders)


def read_volume(path: Path) -> NDArray[np.generic]:
    """(Z, Y, X) in the file's own type, after rescale; of a NIfTI with repetitions (Z, Y, X, N), of others as it is.

    Raises BadVolume, with the reason in one line and without the name, where the file is not what its name says.
    """
    try:
        if path.is_dir():
            return _read_dicom_folder(path)
        if path.suffix == ".npy":
            return np.asarray(np.load(path, allow_pickle=False))
        return _read_nifti(path)
    except (BadInput, EOFError, OSError, ValueError) as error:
        raise BadVolume(str(error).splitlines()[0] if str(error) else type(error).__name__) from error


def _read_nifti(path: Path) -> NDArray[np.generic]:
    """The slice axis is the one of the first three with the fewest samples; the last of them where two are equal."""
    import nibabel
    from nibabel.filebasedimages import ImageFileError

    try:
        values = np.asarray(nibabel.load(path).dataobj)
    except ImageFileError as error:
        raise BadVolume("it is no NIfTI file.") from error
    spatial = values.shape[:3]
    return np.moveaxis(values, len(spatial) - 1 - int(np.argmin(spatial[::-1])), 0)


def _read_dicom_folder(path: Path) -> NDArray[np.generic]:
    """Slices by position, as a series that is uploaded."""
    instances = []
    for file in sorted(path.glob("*.dcm")):
        dataset = read_instance(file.read_bytes())
        instances.append(Instance(file.name, dataset, decode_stored(dataset)))
    drafts = group_instances(instances)
    if len(drafts) != 1:
        raise BadVolume(f"the folder must hold one stack of MR images; it holds {len(drafts)}.")
    return build_volume(drafts[0]).values_zyx
