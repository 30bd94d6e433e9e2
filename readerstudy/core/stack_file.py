"""A display stack as a file, and one of its slices as bytes for the browser.

The file is `RSD2`, then uint32 little-endian rungs, rows and columns, then for each rung a record (see `ENTRY`) that
says where the rung's packed slice lies and what its place in the frame is, then the packed slices. Rungs between two
slices of a sparser arm share the bytes of the nearest one. All slices of an image set are padded to one grid.

On the wire a slice is `HEADER`: the length of the packed slice and its place; then the packed slice; then zeros up to
the longer of the pair's two. Everything that differs between the arms is therefore in the bytes of the pixels.
"""

import struct
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import BinaryIO

import numpy as np

from readerstudy.core.alignment import SlicePlace
from readerstudy.core.display import Stack, encode_slice
from readerstudy.core.errors import IntegrityFailure

MAGIC = b"RSD2"
FILE_HEADER = struct.Struct("<4s3I")
# Offset and length of the packed slice; rows, columns, row_mm, column_mm, top_mm, left_mm.
ENTRY = struct.Struct("<QI2H4f")
HEADER = struct.Struct("<I2H4f")


@dataclass(frozen=True)
class StoredSlice:
    """One packed slice and its place."""

    blob: bytes
    place: SlicePlace


def pack_stack(
    stack_zyx: Stack, places: Sequence[SlicePlace], *, sources: Sequence[int], grid: tuple[int, int]
) -> bytes:
    """Return the display file of a (Z, Y, X) uint16 stack; `sources` names the slice of every rung."""
    blobs = [encode_slice(_on_grid(pixels, grid)) for pixels in stack_zyx]
    start = FILE_HEADER.size + ENTRY.size * len(sources)
    offsets = start + np.concatenate([[0], np.cumsum([len(blob) for blob in blobs])])
    entries = [ENTRY.pack(int(offsets[z]), len(blobs[z]), *astuple(places[z])) for z in sources]
    return b"".join((FILE_HEADER.pack(MAGIC, len(sources), *grid), *entries, *blobs))


def _on_grid(pixels_yx: Stack, grid: tuple[int, int]) -> Stack:
    """Put the slice into the top left corner of the common grid; the rest is never shown."""
    if pixels_yx.shape == grid:
        return pixels_yx
    padded = np.zeros(grid, dtype=np.uint16)
    padded[: pixels_yx.shape[0], : pixels_yx.shape[1]] = pixels_yx
    return padded


@dataclass(frozen=True)
class StackIndex:
    """The start of a display file."""

    rungs: int
    rows: int
    columns: int

    @classmethod
    def read(cls, stream: BinaryIO) -> "StackIndex":
        """Raises IntegrityFailure when the file is none."""
        header = stream.read(FILE_HEADER.size)
        if len(header) != FILE_HEADER.size or not header.startswith(MAGIC):
            raise IntegrityFailure("This is not a display file.")
        _, rungs, rows, columns = FILE_HEADER.unpack(header)
        return cls(rungs, rows, columns)

    def slice_at(self, stream: BinaryIO, rung: int) -> StoredSlice:
        """Read one packed slice; only its own bytes are touched. Raises IndexError outside the stack."""
        if not 0 <= rung < self.rungs:
            raise IndexError(f"rung {rung} of {self.rungs}")
        stream.seek(FILE_HEADER.size + ENTRY.size * rung)
        entry = stream.read(ENTRY.size)
        if len(entry) != ENTRY.size:
            raise IntegrityFailure("The display file is cut short.")
        offset, length, *place = ENTRY.unpack(entry)
        stream.seek(offset)
        blob = stream.read(length)
        if len(blob) != length:
            raise IntegrityFailure("The display file is cut short.")
        return StoredSlice(blob, SlicePlace(*place))


def on_the_wire(stored: StoredSlice, size: int) -> bytes:
    """Return header, blob and zeros to HEADER.size + size bytes: both sides of a pair weigh the same.

    Raises ValueError when the blob is longer than `size`.
    """
    length = len(stored.blob)
    if length > size:
        raise ValueError(f"a slice of {length} bytes cannot be padded to {size}")
    return HEADER.pack(length, *astuple(stored.place)) + stored.blob.ljust(size, b"\0")


def from_the_wire(content: bytes) -> StoredSlice:
    """Undo `on_the_wire`, as the browser does. Raises IntegrityFailure when the content is cut short."""
    if len(content) < HEADER.size:
        raise IntegrityFailure("The slice is shorter than its header.")
    length, *place = HEADER.unpack_from(content)
    blob = content[HEADER.size : HEADER.size + length]
    if len(blob) != length:
        raise IntegrityFailure("The slice was cut off.")
    return StoredSlice(blob, SlicePlace(*place))
