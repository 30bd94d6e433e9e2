"""Hostile bytes: every cause of refusal has its own class, and nothing of the header is repeated."""

import logging
import struct
import warnings
import zlib
from contextlib import suppress

import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian

from readerstudy.core.dicom import DIRECTORY, Limits, read_instance
from readerstudy.core.errors import (
    BadDicom,
    DicomDirectory,
    DicomTooLarge,
    MissingIdentifiers,
    MissingPixels,
    NoPreamble,
    NotDicom,
    NotMrImage,
    NoTransferSyntax,
    UnreadableDicom,
)
from readerstudy.core.pixels import decode_stored
from tests.readerstudy.core.mr_builder import AXIAL, file_bytes, mr_dataset, ramp


def part_10(body, meta=b""):
    return b"\0" * 128 + b"DICM" + meta + body


class TestReadInstance:
    @pytest.mark.parametrize(
        ("data", "error"),
        [
            (b"", NotDicom),
            (b"Dear colleague, please find attached" * 9, NotDicom),
            (b"\x89PNG\r\n\x1a\n" + b"\0" * 300, NotDicom),
            (b"PK\x03\x04" + b"\0" * 300, NotDicom),
            (b"\0" * 1000, NotDicom),
            (b"\xff" * 1000, NotDicom),
            (part_10(b""), NoTransferSyntax),
            (part_10(b"\x02\x00\x10\x00UI\xff\xff1.2"), BadDicom),
        ],
    )
    def test_it_refuses_what_is_no_dicom_file(self, data, error):
        with pytest.raises(error):
            read_instance(data)

    def test_it_refuses_a_data_set_without_preamble_by_its_own_name(self):
        with pytest.raises(NoPreamble):
            read_instance(file_bytes(mr_dataset())[132:])

    def test_it_refuses_a_file_over_the_limit_before_parsing_it(self):
        with pytest.raises(DicomTooLarge):
            read_instance(b"\0" * 2000, limits=Limits(max_file_bytes=1999))

    def test_it_refuses_a_directory(self):
        uid = DIRECTORY.encode() + b"\0" * (len(DIRECTORY) % 2)
        media = struct.pack("<HH2sH", 2, 2, b"UI", len(uid)) + uid
        with pytest.raises(DicomDirectory):
            read_instance(part_10(b"", media))

    @pytest.mark.parametrize("modality", ["RTPLAN", "SR", "CT", "SEG"])
    def test_it_refuses_another_modality(self, modality):
        with pytest.raises(NotMrImage):
            read_instance(file_bytes(mr_dataset(Modality=modality)))

    def test_it_refuses_an_object_that_is_no_image_although_it_says_mr(self):
        with pytest.raises(NotMrImage):
            read_instance(file_bytes(mr_dataset(SOPClassUID="1.2.840.10008.5.1.4.1.1.4.2")))

    def test_it_refuses_a_screen_capture_without_geometry_and_takes_one_with_it(self):
        capture = "1.2.840.10008.5.1.4.1.1.7"
        with pytest.raises(NotMrImage):
            read_instance(file_bytes(mr_dataset(SOPClassUID=capture, ImageOrientationPatient=None)))
        assert read_instance(file_bytes(mr_dataset(SOPClassUID=capture))).ImageOrientationPatient == AXIAL

    @pytest.mark.parametrize("keyword", ["SOPClassUID", "StudyInstanceUID", "SeriesInstanceUID"])
    def test_it_refuses_a_missing_identifier(self, keyword):
        dataset = mr_dataset()
        data = file_bytes(dataset)
        number = {"SOPClassUID": b"\x08\x00\x16\x00", "StudyInstanceUID": b"\x20\x00\x0d\x00"}
        tag = number.get(keyword, b"\x20\x00\x0e\x00") + b"UI"
        # The tag becomes a private one of the same group, which is read and then means nothing.
        broken = data.replace(tag, tag[:2] + b"\x01\x00" + b"UI")
        with pytest.raises(MissingIdentifiers):
            read_instance(broken)

    def test_it_refuses_a_malformed_identifier(self):
        with pytest.raises(MissingIdentifiers):
            read_instance(file_bytes(mr_dataset()).replace(b"1.2.3.4\0", b"1.2.3.x\0"))

    def test_it_refuses_a_file_without_pixel_data(self):
        dataset = mr_dataset()
        del dataset.PixelData
        with pytest.raises(MissingPixels):
            read_instance(file_bytes(dataset))

    def test_it_refuses_an_image_element_that_cannot_be_read(self):
        data = file_bytes(mr_dataset(NumberOfFrames="1"))
        with pytest.raises(UnreadableDicom):
            read_instance(data.replace(b"IS\x02\x001 ", b"IS\x02\x001A", 2))

    def test_it_drops_an_unreadable_element_that_is_not_of_the_image(self):
        data = file_bytes(mr_dataset(PatientWeight="77.5"))
        read = read_instance(data.replace(b"77.5", b"7x.5"))
        assert "PatientWeight" not in read

    @pytest.mark.parametrize(
        "rest", [file_bytes(mr_dataset(number=2)), b"\x08\x00\x18\x00UI\x04\x001.9\0", b"\xfc\xff\xfc\xffgarbage"]
    )
    def test_it_ignores_what_follows_the_pixel_data(self, rest):
        dataset = mr_dataset(number=1)
        read = read_instance(file_bytes(dataset) + rest)
        assert read.SOPInstanceUID == dataset.SOPInstanceUID
        assert set(read.keys()) == set(dataset.keys())

    def test_it_refuses_endless_nesting(self):
        dataset = mr_dataset()
        inner = dataset
        for _ in range(40):
            item = mr_dataset()
            inner.ReferencedImageSequence = [item]
            inner = item
        with pytest.raises(UnreadableDicom):
            read_instance(file_bytes(dataset))

    @pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
    def test_it_reads_other_encodings_of_the_same_image(self, syntax):
        read = read_instance(file_bytes(mr_dataset(), syntax))
        assert (decode_stored(read)[0] == ramp(start=1)).all()

    def test_it_refuses_a_deflate_bomb_without_inflating_it(self):
        head = file_bytes(mr_dataset(), DeflatedExplicitVRLittleEndian)
        start = 132 + 12 + struct.unpack_from("<I", head, 140)[0]  # group 0002 ends here: PS3.10 7.1
        packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        bomb = packer.compress(b"\0" * 5_000_000) + packer.flush()
        with pytest.raises(DicomTooLarge):
            read_instance(head[:start] + bomb, limits=Limits(max_file_bytes=1_000_000))

    def test_truncation_anywhere_is_refused_or_harmless_but_never_another_exception(self):
        data = file_bytes(mr_dataset())
        for end in range(0, len(data) - 1, 7):
            with pytest.raises(BadDicom):
                decode_stored(read_instance(data[:end]))

    def test_flipped_bytes_never_raise_anything_but_bad_dicom(self):
        data = file_bytes(mr_dataset())
        for place in range(132, len(data) - 96, 3):
            broken = data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]
            with suppress(BadDicom):
                decode_stored(read_instance(broken))

    def test_no_message_warning_or_log_repeats_the_header(self, caplog, capfd):
        dataset = mr_dataset(SpecificCharacterSet="QUIMBY_SET", NumberOfFrames="1")
        data = file_bytes(dataset).replace(b"IS\x02\x001 ", b"IS\x02\x00Zq")
        with warnings.catch_warnings(record=True) as caught, caplog.at_level(logging.DEBUG):
            warnings.simplefilter("always")
            with pytest.raises(BadDicom) as raised:
                read_instance(data)
        said = "".join((str(raised.value), caplog.text, *capfd.readouterr(), *(str(w.message) for w in caught)))
        assert not any(secret in said for secret in ("Quimby", "QUIMBY", "778899", "Zq"))
