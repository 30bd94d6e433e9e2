"""Separate acquisitions on one ladder and in one frame, without resampling."""

import dataclasses

import numpy as np
import pytest

from readerstudy.core.alignment import align, stacks_apart
from readerstudy.core.errors import BadVolume
from readerstudy.core.volume import SeriesVolume

SAGITTAL = ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0))
OBLIQUE = ((0.8, 0.6, 0.0), (0.0, 0.0, -1.0))


def stack(distances, *, shape=(6, 8), spacing=(0.5, 0.5), origin=(0.0, 0.0), axes=SAGITTAL, frame="1.2.3"):
    """Slices at these distances along the normal; `origin` is (down, right) of the first pixel's centre, mm."""
    row, column = np.array(axes[0]), np.array(axes[1])
    normal = np.cross(row, column)
    step = float(np.median(np.diff(distances))) if len(distances) > 1 else 4.0
    positions = np.array([d * normal + origin[0] * column + origin[1] * row for d in distances])
    return SeriesVolume(
        stored_zyx=np.zeros((len(distances), *shape), np.uint16),
        slope=np.ones(len(distances)),
        intercept=np.zeros(len(distances)),
        spacing_mm=(step, *spacing),
        row_cosine=tuple(row),
        column_cosine=tuple(column),
        normal=tuple(normal),
        positions_mm=positions,
        sop_instance_uids=tuple(str(z) for z in range(len(distances))),
        frame_indices=tuple(range(len(distances))),
        frame_of_reference_uid=frame,
        photometric="MONOCHROME2",
        has_geometry=True,
    )


def every(count):
    return tuple(range(count))


class TestRungs:
    def test_equal_stacks_have_one_rung_a_slice(self):
        found = align({"SOC": stack(np.arange(17) * 4.0), "FAST": stack(np.arange(17) * 4.0 + 0.7)})

        assert found.sources == {"SOC": every(17), "FAST": every(17)}
        assert found.rung_mm == 4.0

    def test_uneven_stacks_at_the_same_places_have_one_rung_a_slice(self):
        uneven = [0.0, 3.0, 9.0, 10.0, 15.0]

        assert align({"SOC": stack(uneven), "FAST": stack(uneven)}).sources["SOC"] == every(5)

    def test_a_sparser_stack_shows_its_nearest_slice_at_each_rung(self):
        found = align({"SOC": stack([0, 4, 8, 12, 16]), "FAST": stack([0, 8, 16])})

        assert found.sources["SOC"] == every(5)
        assert [abs(8 * z - 4 * rung) <= 4 for rung, z in enumerate(found.sources["FAST"])] == [True] * 5
        assert (found.sources["FAST"][0], found.sources["FAST"][2], found.sources["FAST"][4]) == (0, 1, 2)

    def test_stacks_that_start_elsewhere_are_linked_by_place_and_not_by_number(self):
        found = align({"SOC": stack(np.arange(10) * 4.0), "FAST": stack(np.arange(10) * 4.0 + 8)})

        assert found.rungs == 12
        assert found.sources["SOC"] == (*every(10), 9, 9)
        assert found.sources["FAST"] == (0, 0, *every(10))

    @pytest.mark.parametrize("seed", range(20))
    def test_every_slice_of_every_arm_is_shown_at_some_rung_in_order(self, seed):
        rng = np.random.default_rng(seed)
        stacks = {code: stack(np.cumsum(rng.uniform(1, 6, rng.integers(2, 25)))) for code in ("SOC", "FAST", "DL")}

        for code, sources in align(stacks).sources.items():
            assert set(sources) == set(range(len(stacks[code].stored_zyx)))
            assert list(sources) == sorted(sources)

    def test_exchanging_the_arms_exchanges_nothing_but_the_arms(self):
        one, two = stack(np.arange(9) * 5.0), stack(np.arange(11) * 4.0 + 1, shape=(7, 7), spacing=(0.4, 0.6))

        before, after = align({"SOC": one, "FAST": two}), align({"SOC": two, "FAST": one})

        assert (after.sources["SOC"], after.places["SOC"]) == (before.sources["FAST"], before.places["FAST"])
        unnamed = ("rung_mm", "extent_mm", "pixel_mm", "grid", "rungs")
        assert [getattr(after, name) for name in unnamed] == [getattr(before, name) for name in unnamed]

    def test_one_slice_each_is_one_rung(self):
        assert align({"SOC": stack([0.0]), "FAST": stack([1.0])}).rungs == 1


class TestPlaces:
    def test_every_slice_keeps_its_grid_and_the_frame_holds_all_of_them(self):
        soc = stack([0, 4], shape=(6, 8), spacing=(0.5, 0.5))
        fast = stack([0, 4], shape=(4, 10), spacing=(0.75, 0.4), origin=(1.0, -2.0))

        found = align({"SOC": soc, "FAST": fast})

        first, other = found.places["SOC"][0], found.places["FAST"][0]
        assert (first.rows, first.columns, first.row_mm, first.column_mm) == (6, 8, 0.5, 0.5)
        # Outer corners: SOC at (-0.25, -0.25), FAST at (1 - 0.375, -2 - 0.2).
        assert (first.top_mm, first.left_mm) == pytest.approx((0.0, 1.95))
        assert (other.top_mm, other.left_mm) == pytest.approx((0.875, 0.0))
        assert found.extent_mm == pytest.approx((0.875 + 3.0, 1.95 + 4.0))
        assert (found.grid, found.pixel_mm) == ((6, 10), (0.5, 0.4))

    @pytest.mark.parametrize("axes", [SAGITTAL, OBLIQUE])
    def test_it_holds_in_any_direction(self, axes):
        found = align({"SOC": stack([0, 3], axes=axes), "FAST": stack([0, 3], axes=axes, origin=(2.0, 1.0))})

        shift = [getattr(found.places["FAST"][0], name) - getattr(found.places["SOC"][0], name) for name in
                 ("top_mm", "left_mm")]  # fmt: skip
        assert shift == pytest.approx([2.0, 1.0], abs=1e-4)


class TestFramesOfReference:
    def test_separate_frames_that_overlap_are_taken_at_their_word(self):
        found = align({"SOC": stack(np.arange(10) * 4.0), "FAST": stack(np.arange(10) * 4.0 + 8, frame="9.9")})

        assert found.sources["FAST"] == (0, 0, *every(10))

    def test_a_patient_positioned_anew_is_laid_middle_on_middle(self):
        elsewhere = stack(np.arange(10) * 4.0 + 300, origin=(120.0, -80.0), frame="9.9")

        found = align({"SOC": stack(np.arange(10) * 4.0), "FAST": elsewhere})

        assert found.sources["SOC"] == found.sources["FAST"] == every(10)
        assert found.places["SOC"] == found.places["FAST"]

    def test_one_frame_with_stacks_apart_is_told(self):
        soc, fast = stack([0, 4, 8]), stack([30, 34])

        assert stacks_apart({"SOC": soc, "FAST": fast}) == (
            "FAST and SOC lie 18 mm apart along the slices: they show different places."
        )
        assert stacks_apart({"SOC": soc, "FAST": stack([8, 12])}) == ""


class TestWithoutPositions:
    def test_the_nth_slices_belong_together(self):
        bare = dataclasses.replace(stack([0, 1, 2], origin=(50, 0)), has_geometry=False, spacing_mm=(1.0, 1.0, 1.0))

        found = align({"SOC": bare, "FAST": stack([0, 4, 8], spacing=(0.5, 0.5))})

        assert found.sources == {"SOC": every(3), "FAST": every(3)}
        assert found.places["SOC"] == found.places["FAST"]
        assert found.places["SOC"][0].row_mm == 0.5

    def test_different_shapes_are_refused(self):
        bare = dataclasses.replace(stack([0, 1, 2]), has_geometry=False)

        with pytest.raises(BadVolume, match="no positions in space"):
            align({"SOC": bare, "FAST": stack([0, 1])})
