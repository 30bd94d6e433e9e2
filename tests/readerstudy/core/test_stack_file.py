"""Stacks as files: every rung is found again, and both sides of a pair weigh the same on the wire."""

import struct
from io import BytesIO

import numpy as np
import pytest

from readerstudy.core.alignment import SlicePlace
from readerstudy.core.display import decode_slice, encode_slice
from readerstudy.core.errors import IntegrityFailure
from readerstudy.core.stack_file import StackIndex, StoredSlice, from_the_wire, on_the_wire, pack_stack

# Powers of two are exact in the 32-bit floats of the file.
PLACES = [SlicePlace(30, 40, 0.5, 0.75, 1.25, float(z)) for z in range(3)]
SOURCES = (0, 1, 1, 2)
GRID = (32, 48)


def phantom(seed, shape=(3, 30, 40)):
    return np.random.default_rng(seed).integers(0, 4096, shape).astype(np.uint16)


def packed(seed=1):
    return pack_stack(phantom(seed), PLACES, sources=SOURCES, grid=GRID)


class TestPackStack:
    def test_every_rung_is_found_again_with_its_place(self):
        stream = BytesIO(packed())
        index = StackIndex.read(stream)

        assert (index.rungs, index.rows, index.columns) == (4, *GRID)
        for rung, z in enumerate(SOURCES):
            stored = index.slice_at(stream, rung)
            assert stored.place == PLACES[z]
            pixels = decode_slice(stored.blob, *GRID)
            np.testing.assert_array_equal(pixels[:30, :40], phantom(1)[z])
            assert pixels[30:].sum() == pixels[:, 40:].sum() == 0

    def test_rungs_of_one_slice_share_its_bytes(self):
        many = pack_stack(phantom(1), PLACES, sources=SOURCES * 5, grid=GRID)

        assert len(many) - len(packed()) == 32 * 4 * len(SOURCES)

    def test_a_slice_that_fills_the_grid_is_packed_as_it_is(self):
        stack = phantom(2, (3, *GRID))
        stream = BytesIO(pack_stack(stack, PLACES, sources=range(3), grid=GRID))

        assert StackIndex.read(stream).slice_at(stream, 1).blob == encode_slice(stack[1])


class TestStackIndex:
    @pytest.mark.parametrize("damage", [b"", b"RSD1" + b"\0" * 40, packed()[:10]])
    def test_it_refuses_what_is_no_display_file(self, damage):
        with pytest.raises(IntegrityFailure):
            StackIndex.read(BytesIO(damage))

    @pytest.mark.parametrize("rung", [-1, 4])
    def test_there_is_nothing_outside_the_stack(self, rung):
        stream = BytesIO(packed())
        with pytest.raises(IndexError):
            StackIndex.read(stream).slice_at(stream, rung)

    @pytest.mark.parametrize("end", [-1, 40])
    def test_a_file_cut_short_is_noticed(self, end):
        stream = BytesIO(packed()[:end])
        with pytest.raises(IntegrityFailure, match="cut short"):
            StackIndex.read(stream).slice_at(stream, 3)


class TestOnTheWire:
    def test_both_sides_weigh_the_same_whatever_their_grids(self):
        one, two = StoredSlice(b"abc", PLACES[0]), StoredSlice(b"abcde", PLACES[2])

        assert len(on_the_wire(one, 5)) == len(on_the_wire(two, 5)) == 29

    def test_it_is_as_documented(self):
        content = on_the_wire(StoredSlice(b"abc", PLACES[1]), 5)

        assert content == struct.pack("<IHHffff", 3, 30, 40, 0.5, 0.75, 1.25, 1.0) + b"abc\0\0"

    def test_it_comes_back(self):
        stored = StoredSlice(b"abc", PLACES[1])

        assert from_the_wire(on_the_wire(stored, 9)) == stored

    def test_nothing_is_cut_off(self):
        with pytest.raises(ValueError, match="6 bytes"):
            on_the_wire(StoredSlice(b"abcdef", PLACES[0]), 5)

    @pytest.mark.parametrize("end", [3, 25])
    def test_what_was_cut_off_is_refused(self, end):
        with pytest.raises(IntegrityFailure):
            from_the_wire(on_the_wire(StoredSlice(b"abc", PLACES[0]), 3)[:end])
