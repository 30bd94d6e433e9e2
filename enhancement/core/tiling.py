"""Large images in overlapping tiles whose results are those of the whole image, so that memory stays bounded."""

from collections.abc import Iterator
from dataclasses import dataclass

Region = tuple[slice, slice]


@dataclass(frozen=True)
class Tile:
    """outer : what the network sees, in the image; inner : what of its output counts, in the tile;
    target : where that goes, in the image."""

    outer: Region
    inner: Region
    target: Region


def make_tiles(shape_yx: tuple[int, int], *, tile_px: int, margin_px: int) -> Iterator[Tile]:
    """Cover an image by tiles of `tile_px` that overlap by a margin on each side (less at the image's border).

    With a margin of at least the network's reach, no seam can appear. All lengths must be multiples of the
    network's grid; an image no larger than tile and margin is one tile.
    """
    rows, columns = (list(_spans(n, tile_px=tile_px, margin_px=margin_px)) for n in shape_yx)
    for row_outer, row_inner, row_target in rows:
        for column_outer, column_inner, column_target in columns:
            yield Tile((row_outer, column_outer), (row_inner, column_inner), (row_target, column_target))


def _spans(length: int, *, tile_px: int, margin_px: int) -> Iterator[tuple[slice, slice, slice]]:
    if length <= tile_px + margin_px:
        yield slice(0, length), slice(0, length), slice(0, length)
        return
    for start in range(0, length, tile_px):
        stop = min(start + tile_px, length)
        first, last = max(0, start - margin_px), min(length, stop + margin_px)
        yield slice(first, last), slice(start - first, stop - first), slice(start, stop)
