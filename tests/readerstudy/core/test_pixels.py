"""Stored values: exact, checked before they are decoded, and equal to what the vendor files are known to hold."""

import hashlib
import json

import numpy as np
import pytest
from pydicom.encaps import encapsulate
from pydicom.pixels import get_encoder
from pydicom.uid import MPEG2MPML, ExplicitVRBigEndian, JPEG2000Lossless, RLELossless

from readerstudy.core.codestream import codestream_size
from readerstudy.core.dicom import Limits, read_instance
from readerstudy.core.errors import (
    BadDicom,
    BadPixelHeader,
    CannotDecode,
    DicomTooLarge,
    MissingPixels,
    UnsupportedPixels,
)
from readerstudy.core.pixels import decode_stored, pixel_sha256
from tests.readerstudy.core.mr_builder import VENDOR, file_bytes, mr_dataset, needs_vendor_files, ramp, vendor_bytes


def read(dataset, **kwargs):
    return read_instance(file_bytes(dataset, **kwargs))


def compressed(pixels, syntax=RLELossless, **changes):
    dataset = mr_dataset(pixels, PixelData=b"", **changes)
    dataset.file_meta = None
    frames = [get_encoder(syntax).encode(frame, **_encoding(frame)) for frame in pixels.reshape(-1, *pixels.shape[-2:])]
    dataset.add_new("PixelData", "OB", encapsulate(frames))
    return dataset


def _encoding(frame):
    return {
        "rows": frame.shape[0],
        "columns": frame.shape[1],
        "samples_per_pixel": 1,
        "bits_allocated": 16,
        "bits_stored": 16,
        "pixel_representation": 0,
        "photometric_interpretation": "MONOCHROME2",
        "number_of_frames": 1,
    }


class TestDecodeStored:
    @pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16", "uint32", "int32"])
    def test_it_returns_every_integer_type_unchanged(self, dtype):
        limits = np.iinfo(dtype)
        pixels = np.array([[limits.min, limits.max, 0, 1], [5, 6, 7, 8]], dtype=dtype)
        stored = decode_stored(read(mr_dataset(pixels)))
        assert stored.dtype == np.dtype(dtype)
        assert stored.flags.c_contiguous
        np.testing.assert_array_equal(stored[0], pixels)

    def test_big_endian_becomes_native(self):
        pixels = ramp()
        dataset = mr_dataset(pixels, PixelData=b"")
        dataset.add_new("PixelData", "OW", pixels.astype(">u2").tobytes())
        stored = decode_stored(read(dataset, syntax=ExplicitVRBigEndian))
        np.testing.assert_array_equal(stored[0], pixels)
        assert stored.dtype.isnative

    def test_frames_come_in_order(self):
        pixels = np.stack([ramp(start=100 * n) for n in range(3)])
        np.testing.assert_array_equal(decode_stored(read(mr_dataset(pixels))), pixels)

    def test_rle_frames_come_in_order(self):
        pixels = np.stack([ramp(start=100 * n) for n in range(3)])
        np.testing.assert_array_equal(decode_stored(read(compressed(pixels), syntax=RLELossless)), pixels)

    def test_bits_above_bits_stored_are_no_part_of_the_value(self):
        pixels = np.array([[0xF001, 0x0FFF], [0x1800, 0x0002]], dtype=np.uint16)
        stored = decode_stored(read(mr_dataset(pixels, BitsStored=12, HighBit=11)))
        np.testing.assert_array_equal(stored[0], [[1, 0xFFF], [0x800, 2]])

    def test_bits_above_bits_stored_are_cleared_in_compressed_frames_too(self):
        pixels = np.array([[0xF001, 0x0FFF], [0x1800, 0x0002]], dtype=np.uint16)
        dataset = compressed(pixels, BitsStored=12, HighBit=11)
        np.testing.assert_array_equal(decode_stored(read(dataset, syntax=RLELossless))[0], pixels & 0xFFF)

    def test_a_negative_value_of_twelve_bits_keeps_its_sign(self):
        pixels = np.array([[0x0FFF, 0x0800], [0x07FF, 0]], dtype=np.uint16)
        stored = decode_stored(read(mr_dataset(pixels, BitsStored=12, HighBit=11, PixelRepresentation=1)))
        np.testing.assert_array_equal(stored[0], [[-1, -2048], [2047, 0]])

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"Rows": None}, BadPixelHeader),
            ({"Rows": 0}, BadPixelHeader),
            ({"BitsAllocated": 12}, BadPixelHeader),
            ({"BitsAllocated": 8, "BitsStored": 16}, BadPixelHeader),
            ({"HighBit": 3}, BadPixelHeader),
            ({"PixelRepresentation": 2}, BadPixelHeader),
            ({"PhotometricInterpretation": None}, BadPixelHeader),
            ({"PhotometricInterpretation": "RGB", "SamplesPerPixel": 3}, UnsupportedPixels),
            ({"PhotometricInterpretation": "PALETTE COLOR"}, UnsupportedPixels),
            ({"Rows": 12}, MissingPixels),
            ({"NumberOfFrames": 2}, MissingPixels),
        ],
    )
    def test_it_refuses_a_header_that_contradicts_itself(self, changes, error):
        with pytest.raises(error):
            decode_stored(read(mr_dataset(ramp(), **changes)))

    @pytest.mark.parametrize(
        "limits",
        [Limits(max_rows=5), Limits(max_columns=7), Limits(max_decoded_bytes=0, max_frames=1)],
    )
    def test_it_refuses_what_is_over_a_limit(self, limits):
        pixels = np.zeros((1, 1024, 1024), np.uint16) if limits.max_decoded_bytes == 0 else ramp()
        with pytest.raises(DicomTooLarge):
            decode_stored(read(mr_dataset(pixels)), limits=limits)

    def test_it_refuses_frames_over_the_limit(self):
        with pytest.raises(DicomTooLarge):
            decode_stored(read(mr_dataset(np.zeros((3, 4, 4), np.uint16))), limits=Limits(max_frames=2))

    def test_it_refuses_video(self):
        with pytest.raises(UnsupportedPixels):
            decode_stored(read(compressed(ramp()), syntax=MPEG2MPML))

    def test_it_refuses_a_codestream_of_another_size_before_decoding_it(self):
        dataset = compressed(ramp(64, 64), JPEG2000Lossless, Rows=32)
        with pytest.raises(BadPixelHeader):
            decode_stored(read(dataset, syntax=JPEG2000Lossless))

    def test_it_refuses_too_few_compressed_frames(self):
        pixels = np.stack([ramp(), ramp()])
        with pytest.raises((MissingPixels, CannotDecode)):
            decode_stored(read(compressed(pixels, NumberOfFrames=3), syntax=RLELossless))

    def test_it_refuses_a_frame_larger_than_the_image(self):
        dataset = mr_dataset(ramp(), PixelData=b"")
        dataset.add_new("PixelData", "OB", encapsulate([b"\1" * 100_000]))
        with pytest.raises(CannotDecode, match="larger than the image"):
            decode_stored(read(dataset, syntax=RLELossless))


class TestPixelSha256:
    def test_it_is_the_hash_of_the_little_endian_bytes(self):
        expected = hashlib.sha256(ramp().astype("<u2").tobytes()).hexdigest()
        assert pixel_sha256(ramp()) == expected
        assert pixel_sha256(ramp().astype(">u2")) == expected
        assert pixel_sha256(np.asfortranarray(ramp())) == expected


class TestCodestreamSize:
    def test_it_reads_the_size_of_jpeg_2000(self):
        frame = get_encoder(JPEG2000Lossless).encode(ramp(32, 48), **_encoding(ramp(32, 48)))
        size = codestream_size(frame)
        assert (size.rows, size.columns, size.components, size.precision) == (32, 48, 1, 16)

    def test_it_reads_the_size_of_a_jpeg_behind_other_segments(self):
        app = b"\xff\xe0\x00\x04ab"
        frame = b"\xff\xd8" + app + b"\xff\xc3\x00\x0b\x0c\x01\x00\x02\x00\x01\x01\x11\x00" + b"\0" * 9
        size = codestream_size(frame)
        assert (size.rows, size.columns, size.components, size.precision) == (256, 512, 1, 12)

    @pytest.mark.parametrize(
        "frame", [b"", b"\xff\xd8", b"\xff\xd8\x00\x00" * 9, b"\1\0\0\0" * 20, b"\xff\x4f\xff\x51"]
    )
    def test_it_says_nothing_of_what_has_no_header(self, frame):
        assert codestream_size(frame) is None


def expected_files():
    path = VENDOR / "dicom_expected.json"
    return sorted(json.loads(path.read_text()).items()) if path.exists() else [("none", {})]


@needs_vendor_files
class TestVendorFiles:
    @pytest.mark.parametrize(("path", "expected"), expected_files(), ids=lambda v: v if isinstance(v, str) else "")
    def test_each_is_taken_with_exact_pixels_or_refused(self, path, expected):
        must_be_taken = expected["expect"] in ("accept", "flag-duplicate", "accept-or-warn")
        try:
            stored = decode_stored(read_instance(vendor_bytes(path)))
        except BadDicom:
            assert not must_be_taken
            return
        assert expected["expect"] != "reject"
        if must_be_taken:
            as_listed = stored.astype(np.dtype(expected["dtype"]))
            assert hashlib.sha256(as_listed.tobytes()).hexdigest().startswith(expected["sha256"])
            assert (stored.min(), stored.max()) == (expected["min"], expected["max"])

    def test_jpeg_of_twelve_bits_is_close_to_the_lossless_copy_of_the_same_image(self):
        lossy = decode_stored(read_instance(vendor_bytes("dicom/dwv_odd/nema-mr1_jply.dcm"))).astype(int)
        exact = decode_stored(read_instance(vendor_bytes("dicom/wg04_compressed_knee_mra/MR1_RLE.dcm")))
        assert lossy.shape == exact.shape
        assert np.abs(lossy - exact).mean() < 0.005 * exact.max()
