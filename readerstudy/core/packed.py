"""A series as one zip of its instances, and its stack, of which no more is held in memory than is asked for.

A thousand slices of 512 x 512 fill half a gigabyte as they are stored: what only passes over them reads an instance at
a time. An enhanced multi-frame object is one instance and is held whole while its frames are read.
"""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import IO, overload

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset

from readerstudy.core.dicom import PIXEL_DATA
from readerstudy.core.elements import text
from readerstudy.core.pixels import StoredPixels, decode_stored, pixel_header
from readerstudy.core.slices import MadeSlices, Slices
from readerstudy.core.stacks import Instance, SeriesDraft, group_instances
from readerstudy.core.volume import SeriesVolume, Vector, build_volume

EPOCH = (1980, 1, 1, 0, 0, 0)  # zip needs a date; a constant one keeps the bytes of equal content equal


def pack(datasets: Iterable[Dataset], stream: IO[bytes]) -> None:
    """Write the instances in their order as 0001.dcm … into one uncompressed zip, one at a time."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for number, dataset in enumerate(datasets, start=1):
            content = io.BytesIO()
            dcmwrite(content, dataset, enforce_file_format=True)
            archive.writestr(zipfile.ZipInfo(f"{number:04d}.dcm", EPOCH), content.getvalue())


class PackedInstances(Sequence[Dataset]):
    """The instances of what `pack` wrote, in slice order; each is read when it is asked for, and not kept.

    `stream` must stay open as long as this is used.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self._archive = zipfile.ZipFile(stream)
        self._names = sorted(self._archive.namelist(), key=lambda name: (len(name), name))

    def __len__(self) -> int:
        return len(self._names)

    @overload
    def __getitem__(self, index: int) -> Dataset: ...
    @overload
    def __getitem__(self, index: slice) -> list[Dataset]: ...
    def __getitem__(self, index: int | slice) -> Dataset | list[Dataset]:
        if isinstance(index, slice):
            return [self._read(name) for name in self._names[index]]
        return self._read(self._names[index])

    def _read(self, name: str) -> Dataset:
        return dcmread(io.BytesIO(self._archive.read(name)))


@dataclass(frozen=True, eq=False)
class PackedVolume:
    """A stack whose pixels stay where its instances are. What it has means what it means in `SeriesVolume`."""

    stored_slices: Slices = field(repr=False)
    value_slices: Slices = field(repr=False)
    _outline: SeriesVolume = field(repr=False)  # of one pixel a slice

    @property
    def spacing_mm(self) -> Vector:
        return self._outline.spacing_mm

    @property
    def photometric(self) -> str:
        return self._outline.photometric

    def in_memory(self) -> SeriesVolume:
        """The whole, its pixels held once."""
        first = self.stored_slices[0]
        stored = np.empty(self.stored_slices.shape, first.dtype)
        for z, plane in enumerate(stored):
            plane[:] = self.stored_slices[z]
        return replace(self._outline, stored_zyx=stored)


def volumes_in(datasets: Sequence[Dataset]) -> list[PackedVolume]:
    """The stacks of data sets that were accepted before. Headers are read once, pixels whenever they are asked for."""
    drafts = group_instances([_header_of(dataset) for dataset in datasets])
    places = {text(dataset, "SOPInstanceUID") or "": index for index, dataset in enumerate(datasets)}
    decoded = _LastDecoded(datasets)
    return [_packed_volume(draft, places, decoded) for draft in drafts]


def _header_of(dataset: Dataset) -> Instance:
    """The header, and one zero that stands for all pixels of a frame: enough to group and order frames by."""
    header = pixel_header(dataset)
    kind = np.dtype(f"{'i' if header.signed else 'u'}{header.bits_allocated // 8}")
    # As they were read: an element is parsed when it is asked for, and few of a thousand headers' elements ever are.
    tags = dataset.keys()
    rest = Dataset({tag: dataset.get_item(tag) for tag in tags if tag != PIXEL_DATA})
    return Instance("", rest, np.broadcast_to(np.zeros((), kind), (header.frames, header.rows, header.columns)))


def _packed_volume(draft: SeriesDraft, places: Mapping[str, int], decoded: "_LastDecoded") -> PackedVolume:
    shape_yx = draft.frames[0].shape
    corners = tuple(replace(frame, stored=frame.stored[:1, :1]) for frame in draft.frames)
    outline = build_volume(replace(draft, frames=corners))

    def stored_slice(z: int) -> StoredPixels:
        return decoded(places[outline.sop_instance_uids[z]])[outline.frame_indices[z]]

    def value_slice(z: int) -> NDArray[np.float32]:
        return np.asarray(stored_slice(z) * outline.slope[z] + outline.intercept[z], np.float32)

    shape_zyx = (len(corners), *shape_yx)
    return PackedVolume(MadeSlices(shape_zyx, stored_slice), MadeSlices(shape_zyx, value_slice), outline)


class _LastDecoded:
    """The pixels of an instance; those of the last one are kept, for the frames of one object come together."""

    def __init__(self, datasets: Sequence[Dataset]) -> None:
        self._datasets = datasets
        self._last: tuple[int, StoredPixels] | None = None

    def __call__(self, index: int) -> StoredPixels:
        if self._last is None or self._last[0] != index:
            self._last = None  # before the next one is there: a multi-frame object is large
            self._last = index, decode_stored(self._datasets[index])
        return self._last[1]
