import numpy as np
import pytest

from enhancement.core.tiling import make_tiles


class TestMakeTiles:
    @pytest.mark.parametrize("shape_yx", [(8, 8), (96, 64), (200, 72), (264, 520)])
    def test_every_pixel_is_written_exactly_once(self, shape_yx):
        written = np.zeros(shape_yx, int)

        for tile in make_tiles(shape_yx, tile_px=64, margin_px=16):
            written[tile.target] += 1

        assert (written == 1).all()

    def test_what_is_cut_from_a_tile_is_what_goes_to_its_target(self):
        image = np.arange(200 * 136).reshape(200, 136)
        copy = np.zeros_like(image)

        for tile in make_tiles(image.shape, tile_px=64, margin_px=16):
            copy[tile.target] = image[tile.outer][tile.inner]

        assert np.array_equal(copy, image)

    def test_inside_the_image_every_tile_sees_its_margin(self):
        for tile in make_tiles((300, 300), tile_px=64, margin_px=16):
            outer, target = tile.outer[0], tile.target[0]
            assert outer.start == max(0, target.start - 16)
            assert outer.stop == min(300, target.stop + 16)

    def test_an_image_that_fits_is_one_tile(self):
        assert len(list(make_tiles((80, 80), tile_px=64, margin_px=16))) == 1
