"""The de-identified DICOM of a series: one stored zip of instances, read back as data sets or as a volume."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO

from django.conf import settings
from pydicom.dataset import Dataset

from readerstudy.core.errors import IntegrityFailure
from readerstudy.core.packed import PackedInstances, PackedVolume, pack, volumes_in
from readerstudy.core.pixels import pixel_sha256
from readerstudy.core.series import SeriesVolume
from readerstudy.models import Series, StoredFile, Study
from readerstudy.services import files


def store(study: Study, datasets: Iterable[Dataset]) -> StoredFile:
    """Write the instances in their order as 0001.dcm … into one uncompressed zip; what is packed already, as it is."""
    if isinstance(datasets, PackedInstances):
        return files.store_stream(study, "series", datasets.stream, suffix=".zip")
    with scratch() as stream:
        pack(datasets, stream)
        return files.store_stream(study, "series", stream, suffix=".zip")


@contextmanager
def scratch() -> Iterator[IO[bytes]]:
    """A file without a name, on the disk of the uploads, where a series may be large; it is gone with the process."""
    with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as stream:
        yield stream


@contextmanager
def opened(series: Series) -> Iterator[PackedInstances]:
    """The instances of a stored series, read one at a time; their bytes are checked against the checksum first."""
    with scratch() as stream:
        files.copy_checked(series.archive, stream)
        yield PackedInstances(stream)


def load_datasets(series: Series) -> list[Dataset]:
    """The instances of a stored series, in slice order; their bytes are checked against the checksum."""
    with opened(series) as instances:
        return list(instances)


def load_volume(series: Series) -> SeriesVolume:
    """The stack that the row describes: an enhanced object may hold several, its checksum tells which."""
    with opened(series) as instances:
        return volume_of(instances, wanted_sha256=series.pixel_sha256)


def volume_of(datasets: Sequence[Dataset], *, wanted_sha256: str | None = None) -> SeriesVolume:
    """The stack of data sets that were accepted before; of several stacks, the one with this pixel checksum."""
    return packed_volume_of(datasets, wanted_sha256=wanted_sha256).in_memory()


def packed_volume_of(datasets: Sequence[Dataset], *, wanted_sha256: str | None = None) -> PackedVolume:
    """The same, its pixels read whenever they are asked for."""
    volumes = volumes_in(datasets)
    if len(volumes) == 1:
        return volumes[0]
    for volume in volumes:
        if pixel_sha256(volume.stored_slices) == wanted_sha256:
            return volume
    raise IntegrityFailure("The stored series does not hold the stack that was taken in.")
