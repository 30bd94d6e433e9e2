"""Display stacks: one scale, one window, lossless packing."""

import gzip

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp

from readerstudy.core.display import (
    DisplayScale,
    decode_slice,
    display_scale,
    display_window,
    encode_slice,
    thumbnail,
    to_display,
)
from readerstudy.core.errors import BadVolume, IntegrityFailure


def volume(*values):
    return np.array(values, dtype=np.float32).reshape(1, 1, -1)


def phantom(seed, shape=(3, 40, 40)):
    rng = np.random.default_rng(seed)
    stack = rng.integers(0, 20, shape)
    stack[:, 10:30, 10:30] += 400 + rng.integers(0, 200, (shape[0], 20, 20))
    return stack.astype(np.uint16)


class TestDisplayScale:
    def test_whole_numbers_that_fit_stay_as_they_are(self):
        scale = display_scale([volume(0, 7, 4095), volume(3, 65535)])
        assert (scale.offset, scale.factor, scale.top) == (0, 1, 65535)
        np.testing.assert_array_equal(to_display(volume(0, 7, 4095), scale, invert=False), volume(0, 7, 4095))

    def test_positive_values_are_not_shifted(self):
        assert display_scale([volume(100, 200)]) == DisplayScale(0, 1, 200)

    def test_negative_values_are_lifted_for_all_arms_alike(self):
        scale = display_scale([volume(0, 10), volume(-5, 3)])
        assert scale == DisplayScale(-5, 1, 15)
        np.testing.assert_array_equal(to_display(volume(0, 10), scale, invert=False).ravel(), [5, 15])

    @pytest.mark.parametrize("values", [(0.25, 1.0), (0.5, 300.5), (0.5, 5000.25), (0.0, 70_000.0), (1e-6, 3e-6)])
    def test_the_factor_is_a_power_of_two_with_at_least_4096_steps_and_fits(self, values):
        scale = display_scale([volume(*values)])
        assert np.log2(scale.factor) == int(np.log2(scale.factor))
        assert 4095 <= scale.top <= 65535

    def test_a_fractional_arm_does_not_spoil_the_whole_numbers_of_another(self):
        whole, fractional = volume(0, 100, 900), volume(0.4, 899.7)
        scale = display_scale([whole, fractional])
        np.testing.assert_array_equal(to_display(whole, scale, invert=False) / scale.factor, whole)

    def test_an_even_volume_has_a_scale(self):
        scale = display_scale([volume(0, 0)])
        np.testing.assert_array_equal(to_display(volume(0, 0), scale, invert=False), volume(0, 0))

    @pytest.mark.parametrize("bad", [volume(1, np.nan), volume(np.inf, 1), np.zeros((0, 4, 4), np.float32)])
    def test_what_is_no_image_is_refused(self, bad):
        with pytest.raises(BadVolume):
            display_scale([volume(1, 2), bad])


class TestToDisplay:
    def test_inversion_turns_the_smallest_into_the_brightest(self):
        scale = display_scale([volume(0, 4, 10)])
        np.testing.assert_array_equal(to_display(volume(0, 4, 10), scale, invert=True).ravel(), [10, 6, 0])

    def test_what_lies_outside_the_scale_is_clipped(self):
        scale = DisplayScale(0, 1, 100)
        np.testing.assert_array_equal(to_display(volume(-3, 101), scale, invert=False).ravel(), [0, 100])


class TestDisplayWindow:
    def test_exchanging_the_sides_changes_nothing(self):
        left, right = phantom(1), phantom(2) * 2
        assert display_window(left, right) == display_window(right, left)

    def test_it_spans_the_tissue_of_both_and_not_the_air(self):
        left, right = phantom(1), phantom(2) * 2
        window = display_window(left, right)
        low, high = window.center - window.width / 2, window.center + window.width / 2
        assert 300 < low < 450
        assert 1100 < high <= 1240

    def test_it_depends_on_both(self):
        assert display_window(phantom(1), phantom(2)) != display_window(phantom(1), phantom(2) * 2)

    def test_empty_stacks_have_a_window(self):
        empty = np.zeros((1, 4, 4), np.uint16)
        assert display_window(empty, empty).width >= 1


class TestThumbnail:
    def test_it_is_the_middle_slice_in_eight_bits(self):
        values = np.zeros((3, 4, 8), np.float32)
        values[1] = np.arange(32).reshape(4, 8)
        grey = thumbnail(values)
        assert (grey.dtype, grey.shape) == (np.uint8, (4, 8))
        assert (grey[0, 0], grey[-1, -1]) == (0, 255)

    def test_an_even_slice_has_one(self):
        assert thumbnail(np.full((1, 4, 4), 7.0)).max() == 0


class TestEncodeSlice:
    @settings(max_examples=80, deadline=None)
    @given(hnp.arrays(np.uint16, hnp.array_shapes(min_dims=2, max_dims=2, max_side=12)))
    def test_decoding_gives_back_every_pixel(self, pixels):
        np.testing.assert_array_equal(decode_slice(encode_slice(pixels), *pixels.shape), pixels)

    def test_it_is_the_format_that_the_viewer_reads(self):
        pixels = np.array([[5, 4, 300], [7, 65535, 0]], np.uint16)
        # Residuals 5, -1, 296 / 2 (from the 5 above), -8 (wrapped), 1 (wrapped); zigzag 10, 1, 592, 4, 15, 2.
        expected = bytes([10, 1, 592 & 255, 4, 15, 2]) + bytes([0, 0, 592 >> 8, 0, 0, 0])
        assert gzip.decompress(encode_slice(pixels)) == expected

    def test_equal_pixels_give_equal_bytes_at_any_time(self):
        assert encode_slice(phantom(1)[0])[4:8] == b"\0\0\0\0"  # no time stamp: RFC 1952 2.3.1
        assert encode_slice(phantom(1)[0]) == encode_slice(phantom(1)[0])


class TestDecodeSlice:
    def test_another_size_is_refused(self):
        with pytest.raises(IntegrityFailure):
            decode_slice(encode_slice(phantom(1)[0]), 40, 41)
