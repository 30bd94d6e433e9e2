"""The de-identified DICOM of a series: one stored zip of instances, read back as data sets or as a volume."""

import io
import zipfile
from collections.abc import Sequence

from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset

from readerstudy.core.dicom import Limits
from readerstudy.core.errors import IntegrityFailure
from readerstudy.core.pixels import decode_stored, pixel_sha256
from readerstudy.core.series import Instance, SeriesVolume, build_volume, group_instances
from readerstudy.models import Series, StoredFile, Study
from readerstudy.services import files

EPOCH = (1980, 1, 1, 0, 0, 0)  # zip needs a date; a constant one keeps the bytes of equal content equal


def store(study: Study, datasets: Sequence[Dataset]) -> StoredFile:
    """Write the instances in their order as 0001.dcm … into one uncompressed zip."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for number, dataset in enumerate(datasets, start=1):
            archive.writestr(zipfile.ZipInfo(f"{number:04d}.dcm", EPOCH), _bytes_of(dataset))
    return files.store(study, "series", content.getvalue(), suffix=".zip")


def _bytes_of(dataset: Dataset) -> bytes:
    content = io.BytesIO()
    dcmwrite(content, dataset, enforce_file_format=True)
    return content.getvalue()


def load_datasets(series: Series) -> list[Dataset]:
    """The instances of a stored series, in slice order; their bytes are checked against the checksum."""
    with zipfile.ZipFile(io.BytesIO(files.read(series.archive))) as archive:
        return [dcmread(io.BytesIO(archive.read(name))) for name in sorted(archive.namelist())]


def load_volume(series: Series) -> SeriesVolume:
    """The stack that the row describes: an enhanced object may hold several, its checksum tells which."""
    return volume_of(load_datasets(series), wanted_sha256=series.pixel_sha256)


def volume_of(datasets: Sequence[Dataset], *, wanted_sha256: str | None = None) -> SeriesVolume:
    """The stack of data sets that were accepted before; of several stacks, the one with this pixel checksum."""
    limits = Limits()
    instances = [Instance("", dataset, decode_stored(dataset, limits=limits)) for dataset in datasets]
    volumes = [build_volume(draft) for draft in group_instances(instances)]
    if len(volumes) == 1:
        return volumes[0]
    for volume in volumes:
        if pixel_sha256(volume.stored_zyx) == wanted_sha256:
            return volume
    raise IntegrityFailure("The stored series does not hold the stack that was taken in.")
