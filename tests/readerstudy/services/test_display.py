"""Stacks for the readers: one geometry, one scale, one window a pair; blocked where sides could not be compared."""

import numpy as np
import pytest

from readerstudy.core.display import decode_slice
from readerstudy.core.errors import WrongState
from readerstudy.core.lifecycle import Status
from readerstudy.core.stack_file import StackIndex
from readerstudy.models import DisplayState, ImageSet, Pair, Series, StoredFile, Study
from readerstudy.services import archive, cases, display, files, protocol
from tests.cast import add_image_set, add_series, instances, texture
from tests.readerstudy.services.protocol_rows import rows_of_part


@pytest.fixture
def image_set(study):
    return add_image_set(study, 1)


def replace(image_set, code, values_zyx, **changes):
    """Put another series in the place of an arm."""
    arm = image_set.study.arms.get(code=code)
    image_set.series.filter(arm=arm).delete()
    series = add_series(image_set.study, image_set.participant, values_zyx, image_set=image_set, arm=arm)
    if changes:
        datasets = instances(values_zyx)
        for dataset in datasets:
            for keyword, value in changes.items():
                setattr(dataset, keyword, value)
        Series.objects.filter(pk=series.pk).update(archive=archive.store(image_set.study, datasets))
    return series


def shown(series):
    """The stack as the browser gets it."""
    series.refresh_from_db()
    with files.open_stored(series.display) as stream:
        index = StackIndex.read(stream)
        slices = [index.slice_at(stream, rung) for rung in range(index.rungs)]
        return np.stack([decode_slice(one.blob, index.rows, index.columns) for one in slices])


class TestBuild:
    def test_every_comparison_has_a_window_and_the_geometry_is_stored(self, image_set):
        assert image_set.display_state == DisplayState.READY
        assert image_set.pairs.count() == image_set.study.comparisons.count() == 3
        assert {"rows": 24, "columns": 24, "slices": 3}.items() <= image_set.geometry.items()
        assert image_set.geometry["spacing_mm"] == [4.0, 0.8, 0.8]
        assert image_set.geometry["orientation"]

    def test_an_arm_that_readers_never_see_gets_no_stack(self, image_set):
        assert image_set.series.get(arm__code="SOC-DL").display is None

    def test_run_twice_it_has_one_pair_a_comparison_and_equal_stacks(self, image_set):
        first = files.read(image_set.series.get(arm__code="SOC").display)

        display.build(image_set)

        assert Pair.objects.filter(image_set=image_set).count() == 3
        assert files.read(image_set.series.get(arm__code="SOC").display) == first

    def test_the_grey_values_keep_their_order_between_the_arms(self, image_set):
        soc = image_set.series.get(arm__code="SOC")
        replace(image_set, "FAST", archive.load_volume(soc).stored_zyx // 2)

        display.build(image_set)

        assert shown(image_set.series.get(arm__code="FAST")).mean() == pytest.approx(shown(soc).mean() / 2, rel=0.02)

    def test_where_black_is_white_the_stack_is_turned(self, image_set):
        for code in ("SOC", "FAST", "FAST-DL"):
            replace(image_set, code, texture(5), PhotometricInterpretation="MONOCHROME1")

        display.build(image_set)

        soc = image_set.series.get(arm__code="SOC")
        values = archive.load_volume(soc).stored_zyx
        assert np.array_equal(shown(soc), values.max() - values)

    @pytest.mark.parametrize(
        ("values", "changes", "code"),
        [
            (texture(9)[:2], {"PixelSpacing": None}, "shapes-differ"),
            (texture(9), {"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}, "orientation-differs"),
            (texture(9), {"PhotometricInterpretation": "MONOCHROME1"}, "photometric-differs"),
        ],
    )
    def test_sides_that_cannot_be_compared_are_blocked_with_the_reason(self, image_set, values, changes, code):
        replace(image_set, "FAST", values, **changes)

        display.build(image_set)

        image_set.refresh_from_db()
        assert image_set.display_state == DisplayState.BLOCKED
        assert code in {finding["code"] for finding in image_set.findings}

    def test_arms_with_other_slices_and_another_matrix_get_stacks_of_one_shape(self, image_set):
        replace(image_set, "FAST", texture(9)[:2, :20], PixelSpacing=[0.9, 0.7])

        display.build(image_set)

        image_set.refresh_from_db()
        assert image_set.display_state == DisplayState.READY
        assert shown(image_set.series.get(arm__code="FAST")).shape == (3, 24, 24)
        assert image_set.geometry["spacing_mm"] == [4.0, 0.8, 0.7]
        assert image_set.geometry["calibrated"] is True

    def test_without_positions_no_distance_is_known(self, image_set):
        for code in ("SOC", "FAST", "FAST-DL"):
            replace(image_set, code, texture(5), PixelSpacing=None)

        display.build(image_set)

        image_set.refresh_from_db()
        assert (image_set.geometry["calibrated"], image_set.geometry["orientation"]) == (False, {})

    def test_an_image_set_without_an_arm_waits(self, image_set):
        image_set.series.filter(arm__code="FAST").delete()

        display.build(image_set)

        image_set.refresh_from_db()
        assert image_set.display_state == DisplayState.INCOMPLETE

    def test_a_series_that_comes_while_the_stacks_are_made_is_not_forgotten(self, image_set, monkeypatch):
        pack, new = display.stack_file.pack_stack, []

        def pack_and_replace(stack, places, **how):
            if not new:
                new.append(replace(image_set, "FAST", texture(99)))
            return pack(stack, places, **how)

        monkeypatch.setattr(display.stack_file, "pack_stack", pack_and_replace)
        display.build(image_set)

        assert image_set.display_state == DisplayState.READY
        new[0].refresh_from_db()
        assert new[0].display is not None

    def test_it_is_refused_after_the_seal(self, image_set):
        Study.objects.update(status=Status.READING)
        before = StoredFile.objects.get(pk=image_set.series.get(arm__code="SOC").display_id)

        with pytest.raises(WrongState, match="DRAFT"):
            display.build(image_set)
        assert image_set.series.get(arm__code="SOC").display == before


class TestAfterTheProtocolChanged:
    def test_a_new_comparison_is_prepared_for_the_images_that_are_there(self, image_set, cast):
        rows = rows_of_part(cast.study, "comparisons")
        arms = {arm.code: arm for arm in cast.study.arms.all()}
        rows.append({"id": None, "code": "NEW", "arm_a": arms["FAST"], "arm_b": arms["SOC"], "position": 9})

        protocol.save_part(cast.study, actor=cast.coordinator, part="comparisons", rows=rows)

        image_set.refresh_from_db()
        assert image_set.display_state == DisplayState.QUEUED
        display.build(ImageSet.objects.get(pk=image_set.pk))
        assert image_set.pairs.count() == 4

    def test_an_arm_that_is_now_made_from_another_is_made_anew(self, image_set, cast):
        fast, arm = image_set.series.get(arm__code="FAST"), cast.study.arms.get(code="FAST-DL")
        image_set.series.filter(arm=arm).update(origin=Series.Origin.GENERATED, derived_from=fast)
        rows = rows_of_part(cast.study, "arms")
        next(row for row in rows if row["code"] == "FAST-DL")["source"] = cast.study.arms.get(code="SOC")

        protocol.save_part(cast.study, actor=cast.coordinator, part="arms", rows=rows)

        assert not cases.queries.arms_of_set(image_set).get("FAST-DL")
        assert cast.study.tasks.filter(kind="enhance", subject=image_set.series.get(arm__code="SOC").pk).exists()
