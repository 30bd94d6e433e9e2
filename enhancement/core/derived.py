"""A denoised volume as a derived DICOM series: the source's header, new pixels, and where they came from.

A classic source gives classic instances, one a slice; an enhanced multi-frame source stays enhanced, with the frames
of the volume in its order, so that its functional groups (geometry, timing, rescale) are carried as they are.
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import PYDICOM_IMPLEMENTATION_UID, UID, ExplicitVRLittleEndian

from enhancement.core import provenance
from enhancement.core.provenance import Derivation
from readerstudy.core.errors import BadVolume
from readerstudy.core.frames import INTERCEPT, SLOPE
from readerstudy.core.functional_groups import FrameAttributes
from readerstudy.core.pixels import decode_stored

# They describe pixels that are replaced, or vouch for bytes that have changed.
DROPPED = frozenset(
    {
        "PixelData",
        "FloatPixelData",
        "DoubleFloatPixelData",
        "IconImageSequence",
        "SmallestImagePixelValue",
        "LargestImagePixelValue",
        "SmallestPixelValueInSeries",
        "LargestPixelValueInSeries",
        "ExtendedOffsetTable",
        "ExtendedOffsetTableLengths",
        "DigitalSignaturesSequence",
        "MACParametersSequence",
    }
)

PADDING = "PixelPaddingValue"

FrameRef = tuple[str, int]  # (SOP instance UID, frame index from 0)


@dataclass(frozen=True)
class _Plane:
    """One slice of the volume and the frame that it replaces."""

    values_yx: NDArray[np.floating] = field(repr=False)
    source: Dataset = field(repr=False)
    frame: int
    padding: NDArray[np.integer] | None = field(repr=False)  # the source's stored values, where it has padding


class SliceStream(Protocol):
    """Slices in their order, once: an array, or what makes one after the other."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    def __iter__(self) -> Iterator[Any]: ...


def derive_series(
    sources: Sequence[Dataset],
    slices: SliceStream,
    *,
    uid_key: bytes,
    description: str,
    algorithm_name: str,
    algorithm_version: str,
    weights_sha256: str,
    now: datetime,
    order: Sequence[FrameRef] | None = None,
) -> "DerivedSeries":
    """The instances of a derived series, ready for `save_as(..., enforce_file_format=True)`, one after the other.

    Parameters
    ----------
    sources : de-identified instances of one series; not changed. Each is looked at twice, so that they may be read
        from a file when they are asked for.
    slices : (Z, Y, X) real values, that is after rescale slope and intercept; taken as the instances are.
    uid_key : secret of the study; the same source, algorithm and description give the same UIDs.
    description : how the pixels were made, with the settings, for people (DerivationDescription).
    now : when; written as the content's date and time.
    order : (SOP instance UID, frame index) of each slice, as `SeriesVolume` has them; without it the frames are
        taken in the order of `sources`.

    Returns
    -------
    DerivedSeries
        Data sets in explicit VR little endian, with the source's stored type, rescale, window and geometry. Values
        outside the stored range are clipped.

    Raises
    ------
    BadVolume
        The volume and the frames do not correspond; while it is iterated over, where a value is no number.
    """
    derivation = Derivation(
        description=description,
        algorithm_name=algorithm_name,
        algorithm_version=algorithm_version,
        weights_sha256=weights_sha256,
        now=now,
    )
    return DerivedSeries(sources, slices, derivation, uid_key=uid_key, order=order)


class DerivedSeries:
    """Iterate once. `clipped` says how many values of the slices so far did not fit the stored range."""

    def __init__(
        self,
        sources: Sequence[Dataset],
        slices: SliceStream,
        derivation: Derivation,
        *,
        uid_key: bytes,
        order: Sequence[FrameRef] | None,
    ) -> None:
        outlines = {str(one.SOPInstanceUID): _Outline.of(one, index) for index, one in enumerate(sources)}
        if order is None:
            order = [(uid, frame) for uid, outline in outlines.items() for frame in range(outline.frames)]
        _require_match(order, slices, outlines)
        self.clipped = 0
        self._sources, self._slices, self._outlines = sources, slices, outlines
        self._order, self._derivation, self._uid_key = order, derivation, uid_key

    def __iter__(self) -> Iterator[Dataset]:
        series_uid = _uid(self._uid_key, "series", self._derivation, self._order)
        members: dict[str, list[int]] = {}
        for z, (uid, _) in enumerate(self._order):
            members.setdefault(uid, []).append(z)
        arrived: dict[int, NDArray[np.floating]] = {}
        stream = enumerate(self._slices)
        for uid, places in members.items():
            # Frames of several objects may alternate; what comes before its turn waits.
            while any(z not in arrived for z in places):
                z, values = next(stream)
                arrived[z] = _finite(values)
            planes = self._planes(uid, [(self._order[z][1], arrived.pop(z)) for z in places])
            self.clipped += sum(
                int((_clipped(plane) != _with_padding(_unclipped(plane), plane)).sum()) for plane in planes
            )
            yield _instance(planes, self._derivation, series_uid, self._uid_key)
        for _ in stream:  # to its end, where it may have something to say
            pass

    def _planes(self, uid: str, frames: Sequence[tuple[int, NDArray[np.floating]]]) -> list[_Plane]:
        source = self._sources[self._outlines[uid].index]
        padded = decode_stored(source) if PADDING in source else None
        return [_Plane(values, source, frame, None if padded is None else padded[frame]) for frame, values in frames]


@dataclass(frozen=True)
class _Outline:
    """Where a source instance is, how many frames it has and of which (rows, columns)."""

    index: int
    frames: int
    shape_yx: tuple[int, int]

    @classmethod
    def of(cls, source: Dataset, index: int) -> "_Outline":
        return cls(index, _frame_count(source), (int(source.Rows), int(source.Columns)))


def _require_match(order: Sequence[FrameRef], slices: SliceStream, outlines: Mapping[str, _Outline]) -> None:
    if len(slices.shape) != 3 or len(order) != slices.shape[0]:
        raise BadVolume(f"The volume has the shape {slices.shape}, but there are {len(order)} frames.")
    if any(uid not in outlines or not 0 <= frame < outlines[uid].frames for uid, frame in order):
        raise BadVolume("The order names a frame that is in none of the source instances; pass all of them.")
    shapes = {outlines[uid].shape_yx for uid, _ in order}
    if shapes != {tuple(slices.shape[1:])}:
        raise BadVolume(f"The slices are {slices.shape[1:]}, but the source's frames {sorted(shapes)}.")


def _finite(values_yx: NDArray[np.floating]) -> NDArray[np.floating]:
    if not np.isfinite(values_yx).all():
        raise BadVolume("The result holds values that are no numbers; nothing was written. Tell the administrator.")
    return values_yx


def _frame_count(source: Dataset) -> int:
    return int(source.get("NumberOfFrames") or 1)


def _unclipped(plane: _Plane) -> NDArray[np.float64]:
    attributes = FrameAttributes(plane.source, plane.frame)
    slope, intercept = attributes.number(SLOPE) or 1.0, attributes.number(INTERCEPT) or 0.0
    return np.rint((plane.values_yx.astype(np.float64) - intercept) / slope)


def _clipped(plane: _Plane) -> NDArray[np.float64]:
    """PS3.3 C.7.6.3: what BitsStored and PixelRepresentation can hold."""
    bits = int(plane.source.BitsStored)
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if plane.source.PixelRepresentation else (0, 2**bits - 1)
    return _with_padding(np.clip(_unclipped(plane), low, high), plane)


def _with_padding(stored: NDArray[np.float64], plane: _Plane) -> NDArray[np.float64]:
    """PS3.3 C.7.5.1.1.2: what was padding, one value or a range of them, is no image and stays what it was."""
    if plane.padding is None:
        return stored
    first = int(plane.source[PADDING].value)
    last = int(plane.source.get("PixelPaddingRangeLimit", first))
    return np.where((plane.padding >= min(first, last)) & (plane.padding <= max(first, last)), plane.padding, stored)


def _instance(planes: Sequence[_Plane], derivation: Derivation, series_uid: UID, uid_key: bytes) -> Dataset:
    source = planes[0].source
    derived = _header(source)
    frames = [(str(source.SOPInstanceUID), plane.frame) for plane in planes]
    derived.SOPInstanceUID = _uid(uid_key, "instance", derivation, frames)
    derived.SeriesInstanceUID = series_uid
    derived.SeriesNumber = int(source.get("SeriesNumber") or 0) + 1000
    derived.SeriesDescription = f"{str(source.get('SeriesDescription') or '')[:54]} denoised".strip()
    _set_pixels(derived, planes)
    _select_frames(derived, planes)
    provenance.describe(derived, source, [plane.frame for plane in planes], derivation)
    derived.file_meta = _file_meta(derived)
    return derived


def _header(source: Dataset) -> Dataset:
    """A copy of all elements but the dropped ones; the pixels, which are large, are not copied even in passing."""
    header = Dataset()
    for element in source:
        if element.keyword not in DROPPED:
            header.add(deepcopy(element))
    return header


def _set_pixels(derived: Dataset, planes: Sequence[_Plane]) -> None:
    kind = "i" if derived.PixelRepresentation else "u"
    bits = int(derived.BitsAllocated)
    pixels = b"".join(_clipped(plane).astype(f"<{kind}{bits // 8}").tobytes() for plane in planes)
    derived.add_new("PixelData", "OB" if bits == 8 else "OW", pixels + b"\0" * (len(pixels) % 2))
    derived.HighBit = int(derived.BitsStored) - 1


def _select_frames(derived: Dataset, planes: Sequence[_Plane]) -> None:
    if "NumberOfFrames" in derived:
        derived.NumberOfFrames = len(planes)
    groups = derived.get("PerFrameFunctionalGroupsSequence")
    if groups:
        derived.PerFrameFunctionalGroupsSequence = [deepcopy(groups[plane.frame]) for plane in planes]


def _uid(key: bytes, role: str, derivation: Derivation, order: Sequence[FrameRef]) -> UID:
    """PS3.5 B.2: 2.25 and 128 bits, here of a keyed hash over the source's frames and how they were processed."""
    frames = sorted(f"{uid}/{frame}" for uid, frame in order)
    digest = hmac.new(key, "\n".join([role, *derivation.identity, *frames]).encode(), hashlib.sha256).digest()
    return UID(f"2.25.{int.from_bytes(digest[:16])}")


def _file_meta(derived: Dataset) -> FileMetaDataset:
    meta: Any = FileMetaDataset()
    meta.MediaStorageSOPClassUID = derived.SOPClassUID
    meta.MediaStorageSOPInstanceUID = derived.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    return meta
