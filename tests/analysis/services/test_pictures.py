"""What a figure shows is what the series hold."""

import numpy as np
import pytest

from analysis.core.figures.layout import Layout, Row
from analysis.services.pictures import drawn_rows
from readerstudy.core.errors import BadFigure
from readerstudy.models import Series
from readerstudy.services import archive


class TestDrawnRows:
    def test_each_picture_holds_the_pixels_of_its_arm_at_that_slice(self, unblinded):
        layout = Layout(rows=(Row("S002", 2),), arms=("FAST", "SOC"))

        [row] = drawn_rows(unblinded, layout)

        series = unblinded.image_sets.get(code="S002").series
        for arm, picture in zip(layout.arms, row.pictures, strict=True):
            stored = archive.load_volume(series.get(arm__code=arm)).values_zyx[2]
            assert np.array_equal(picture.pixels, stored)  # whole numbers stay exact on the display scale
        assert row.extent_mm == pytest.approx((24 * 0.8, 24 * 0.8))
        assert row.has_geometry

    def test_a_denoised_series_took_as_long_as_what_it_was_made_from(self, unblinded):
        fast, denoised = (Series.objects.get(image_set__code="S001", arm__code=code) for code in ("FAST", "FAST-DL"))
        Series.objects.filter(pk=fast.pk).update(parameters={"scan_time_s": 152.4})
        Series.objects.filter(pk=denoised.pk).update(derived_from=fast)

        [row] = drawn_rows(unblinded, Layout(rows=(Row("S001", 0),), arms=("SOC", "FAST", "FAST-DL")))

        assert [picture.time for picture in row.pictures] == ["", "2:32 min", "2:32 min"]

    @pytest.mark.parametrize(
        ("row", "arms", "says"),
        [
            (Row("S999", 0), ("SOC",), "no image set 'S999'"),
            (Row("S001", 3), ("SOC",), "Slice 4 is asked for, and the image set has 3"),
            (Row("S001", 0), ("SOC-DL",), "no image of SOC-DL that was shown"),
        ],
    )
    def test_it_refuses_what_the_study_lacks(self, unblinded, row, arms, says):
        with pytest.raises(BadFigure, match=says):
            drawn_rows(unblinded, Layout(rows=(row,), arms=arms))
