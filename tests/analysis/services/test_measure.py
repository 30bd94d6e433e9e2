"""Every image is measured once; nothing is resampled without a word."""

from typing import ClassVar

import numpy as np
import pytest
from scipy import ndimage

from analysis import queries
from analysis.core.csv_text import to_csv
from analysis.core.dataset import parse_image_metrics
from analysis.models import ImageMetric
from analysis.services import measure
from readerstudy.core.errors import BadVolume, WrongState
from readerstudy.models import Series
from readerstudy.services import archive
from tests.cast import texture
from tests.readerstudy.services.sending import silent
from tests.readerstudy.services.test_display import replace


def smooth_picture() -> np.ndarray:
    """(3, 64, 64) of structures that a registration can hold on to."""
    noise = np.random.default_rng(5).random((3, 64, 64))
    smooth = ndimage.gaussian_filter(noise, (0, 3, 3), mode="wrap")
    return np.rint(2000 * (smooth - smooth.min()) / np.ptp(smooth)).astype(int)


class TestMeasureImages:
    def test_ssim_only_of_what_comes_from_one_acquisition(self, unblinded):
        measure.measure_images(unblinded, silent)

        names = set(ImageMetric.objects.values_list("name", flat=True))
        assert {name for name in names if name.startswith("ssim")} == {"ssim_fast_fastdl", "ssim_soc_socdl"}
        assert {name for name in names if name.startswith("l1_")} == {
            "l1_fast_fastdl", "l1_soc_socdl", "l1_soc_fast", "l1_soc_fastdl",
        }  # fmt: skip
        assert {name for name in names if name.startswith("noise_percent")} == {
            "noise_percent_soc", "noise_percent_fast", "noise_percent_fastdl", "noise_percent_socdl",
        }  # fmt: skip

    def test_nothing_is_registered_unless_the_plan_asks_for_it(self, unblinded):
        measure.measure_images(unblinded, silent)

        assert not ImageMetric.objects.filter(name__contains="registered").exists()

    def test_the_data_range_is_kept_with_what_depends_on_it(self, unblinded):
        measure.measure_images(unblinded, silent)

        one = ImageMetric.objects.get(name="ssim_soc_socdl", image_set__code="S001")
        soc = archive.load_volume(one.reference).values_zyx
        assert one.data_range == float(soc.max() - soc.min())
        assert ImageMetric.objects.get(name="data_range_soc_socdl", image_set__code="S001").value == one.data_range

    def test_shapes_that_differ_give_a_reason_in_place_of_a_value_and_stop_nothing(self, unblinded):
        replace(unblinded.image_sets.first(), "SOC-DL", texture(9)[:2])

        measure.measure_images(unblinded, silent)

        refused = ImageMetric.objects.get(name="l1_soc_socdl", value=None)
        assert "2 x 24 x 24" in refused.note
        assert ImageMetric.objects.filter(name="l1_soc_fast", value__isnull=False).count() == 3

    def test_what_was_measured_or_refused_is_not_looked_at_again(self, unblinded, monkeypatch):
        replace(unblinded.image_sets.first(), "SOC-DL", texture(9)[:2])
        measure.measure_images(unblinded, silent)
        monkeypatch.setattr(archive, "load_volume", None)

        measure.measure_images(unblinded, silent)

    def test_it_refuses_before_unblinding(self, sealed):
        with pytest.raises(WrongState):
            measure.measure_images(sealed, silent)
        assert not ImageMetric.objects.exists()

    def test_an_arm_that_is_missing_gives_no_value(self, unblinded):
        Series.objects.filter(arm__code="SOC-DL").delete()

        measure.measure_images(unblinded, silent)

        assert not ImageMetric.objects.filter(name__contains="socdl").exists()


class TestRegistration:
    PLAN: ClassVar = {"image_registration": "rigid_in_plane"}

    def test_registered_values_stand_beside_the_others_with_shift_and_residual(self, unblinded):
        image_set = unblinded.image_sets.first()
        picture = smooth_picture()
        replace(image_set, "SOC", picture)
        replace(image_set, "FAST", np.roll(picture, 2, axis=2))
        replace(image_set, "FAST-DL", np.roll(picture, 2, axis=2))

        measure.measure_images(unblinded, silent, plan=self.PLAN)

        told = dict(image_set.image_metrics.values_list("name", "value"))
        # Two pixels of 0.8 mm.
        assert told["shift_mm_soc_fast"] == told["shift_mm_soc_fastdl"] == pytest.approx(1.6, abs=0.15)
        assert told["residual_mm_soc_fast"] < 0.3
        assert told["l1_registered_soc_fast"] < told["l1_soc_fast"] / 2
        assert told["ssim_registered_soc_fastdl"] > 0.8

    def test_a_registration_that_fails_is_tried_once_and_told(self, unblinded, monkeypatch):
        tries = []

        def fail(*_: object, **__: object) -> None:
            tries.append(1)
            raise BadVolume("too little in common")

        monkeypatch.setattr(measure.registration, "register_in_plane", fail)

        measure.measure_images(unblinded, silent, plan=self.PLAN)

        assert len(tries) == unblinded.image_sets.count()  # FAST-DL lies where FAST lies
        notes = ImageMetric.objects.filter(name="ssim_registered_soc_fastdl").values_list("value", "note")
        assert set(notes) == {(None, "too little in common")}


class TestExportedTable:
    def test_the_analysis_reads_it_back_with_every_column(self, unblinded):
        measure.measure_images(unblinded, silent, plan=TestRegistration.PLAN)
        wide = queries.image_metrics(unblinded)

        read = parse_image_metrics(to_csv(wide).encode(), name="image_metrics.csv").frame

        assert list(read.columns) == list(wide.columns)
        assert np.allclose(read["noise_soc"], wide["noise_soc"], rtol=1e-15)
