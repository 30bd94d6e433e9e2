"""The head of a file tells which object it is, whatever stands behind it."""

import contextlib
import struct

import pytest
from pydicom.uid import ExplicitVRLittleEndian

from readerstudy.core.dicom import MR_IMAGE
from readerstudy.core.errors import BadDicom, NoPreamble, NotDicom, UnreadableDicom
from readerstudy.core.part10 import HEAD_BYTES, FileMeta, read_file_meta
from tests.readerstudy.core.mr_builder import file_bytes, mr_dataset

HEAD = file_bytes(mr_dataset(number=7))[:HEAD_BYTES]


class TestReadFileMeta:
    def test_it_tells_class_instance_and_syntax(self):
        assert read_file_meta(HEAD) == FileMeta(MR_IMAGE, "1.2.3.4.7", str(ExplicitVRLittleEndian))

    def test_what_stands_behind_is_not_looked_at(self):
        end = HEAD.index(b"\x08\x00\x08\x00") if b"\x08\x00\x08\x00" in HEAD else HEAD.index(b"\x08\x00\x16\x00")

        assert read_file_meta(HEAD[:end] + b"\xff" * 64) == read_file_meta(HEAD)

    @pytest.mark.parametrize(
        ("head", "kind"),
        [(b"", NotDicom), (b"%PDF-1.7", NotDicom), (b"\0" * 400, NoPreamble), (HEAD[:132], UnreadableDicom)],
    )
    def test_it_refuses_what_is_no_file(self, head, kind):
        with pytest.raises(kind):
            read_file_meta(head)

    @pytest.mark.parametrize("uid", [b"1.2.840.x", b"1" * 70, b"", b"Quimby"])
    def test_it_refuses_a_malformed_uid(self, uid):
        padded = uid + b"\0" * (len(uid) % 2)
        element = struct.pack("<HH2sH", 2, 3, b"UI", len(padded)) + padded

        with pytest.raises(UnreadableDicom):
            read_file_meta(b"\0" * 128 + b"DICM" + element)

    @pytest.mark.parametrize("cut", range(132, len(HEAD[:420]), 7))
    def test_any_cut_is_an_answer_and_no_crash(self, cut):
        with contextlib.suppress(BadDicom):
            assert read_file_meta(HEAD[:cut]) == read_file_meta(HEAD)

    def test_a_length_beyond_the_head_ends_the_list(self):
        element = struct.pack("<HH2sHI", 2, 1, b"OB", 0, 0xFFFFFFFF)

        with pytest.raises(UnreadableDicom):
            read_file_meta(b"\0" * 128 + b"DICM" + element)
