"""Every image is measured once; nothing is resampled without a word."""

from analysis.models import ImageMetric
from analysis.services import measure
from readerstudy.models import Series
from tests.cast import texture
from tests.readerstudy.services.sending import silent
from tests.readerstudy.services.test_display import replace


class TestMeasureImages:
    def test_ssim_only_of_what_comes_from_one_acquisition(self, unblinded):
        measure.measure_images(unblinded, silent)

        names = set(ImageMetric.objects.values_list("name", flat=True))
        assert names == {
            "ssim_fast_fastdl", "l1_fast_fastdl", "ssim_soc_socdl", "l1_soc_socdl", "l1_soc_fast", "l1_soc_fastdl",
        }  # fmt: skip

    def test_shapes_that_differ_give_no_value_and_stop_nothing(self, unblinded):
        replace(unblinded.image_sets.first(), "SOC-DL", texture(9)[:2])

        measure.measure_images(unblinded, silent)

        assert ImageMetric.objects.filter(name="l1_soc_socdl").count() == 2
        assert ImageMetric.objects.filter(name="l1_soc_fast").count() == 3

    def test_an_arm_that_is_missing_gives_no_value(self, unblinded):
        Series.objects.filter(arm__code="SOC-DL").delete()

        measure.measure_images(unblinded, silent)

        assert not ImageMetric.objects.filter(name__contains="socdl").exists()
