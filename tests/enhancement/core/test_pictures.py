import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from enhancement.core.pictures import GAP_PX, Scale, chosen_slices, picture_scale, picture_zip, slice_picture


def opened(content):
    return np.asarray(Image.open(io.BytesIO(content)))


class TestSlicePicture:
    def test_input_output_and_change_stand_side_by_side(self):
        before, after = np.full((20, 30), 50.0), np.full((20, 30), 60.0)

        picture = opened(slice_picture(before, after, Scale(black=0, white=100, change=20)))

        assert picture.shape == (20, 3 * 30 + 2 * GAP_PX)
        assert picture[0, 0] == 128  # 50 of 0 to 100
        assert picture[0, 30 + GAP_PX] == 153  # 60 of 0 to 100
        assert picture[0, -1] == 191  # + 10 of -20 to 20

    def test_no_change_is_mid_grey_and_what_is_no_number_is_black(self):
        before = np.full((20, 30), 50.0)
        after = before.copy()
        after[3, 3] = np.nan

        picture = opened(slice_picture(before, after, Scale(0, 100, 20)))

        assert picture[0, -1] == 128
        assert picture[3, 30 + GAP_PX + 3] == 0

    def test_a_large_slice_is_made_smaller(self):
        picture = opened(slice_picture(np.ones((1024, 2048)), np.ones((1024, 2048)), Scale(0, 2, 1)))

        assert picture.shape == (256, 3 * 512 + 2 * GAP_PX)


class TestPictureScale:
    def test_a_constant_volume_has_a_scale_too(self):
        scale = picture_scale(np.ones((2, 8, 8)), np.ones((2, 8, 8)))

        assert scale.white > scale.black
        assert scale.change > 0


class TestChosenSlices:
    def test_all_where_they_are_few(self):
        assert chosen_slices(5, most=8) == [0, 1, 2, 3, 4]

    def test_named_ones_are_among_them_and_the_rest_is_spread(self):
        chosen = chosen_slices(1000, first=[777, 3], most=10)

        assert {3, 777} <= set(chosen)
        assert len(chosen) == 10
        assert max(np.diff(sorted({0, *chosen, 999}))) < 200

    @pytest.mark.parametrize("most", [1, 3])
    def test_never_more_than_allowed(self, most):
        assert len(chosen_slices(40, first=range(30), most=most)) <= most


class TestPictureZip:
    def test_members_are_named_by_the_slices_number_from_one(self):
        volume = np.random.default_rng(1).random((4, 16, 16))

        content = picture_zip(volume, volume, [0, 3], picture_scale(volume, volume))

        assert zipfile.ZipFile(io.BytesIO(content)).namelist() == ["0001.png", "0004.png"]
        assert content == picture_zip(volume, volume, [0, 3], picture_scale(volume, volume))
