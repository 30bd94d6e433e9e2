"""Zips are taken apart with limits; what is good in them is never lost, and nothing comes twice."""

import io
import shutil
import struct
import zipfile
from collections import namedtuple

import pytest

from readerstudy.models import FileStatus
from readerstudy.services import spool, uploads
from readerstudy.services.spool import ZipLimits, unpack_archives
from tests.readerstudy.services.sending import outcome, send, zipped

Usage = namedtuple("Usage", "total used free")
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


def content_of(upload):
    return {file.name: uploads.spooled(file).read_bytes() for file in upload.files.all()}


def damaged(data, *, name):
    """The zip with the packed bytes of one member overwritten."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        member = archive.getinfo(name)
    start = member.header_offset + 30 + len(name)
    return data[:start] + b"\xff" * member.compress_size + data[start + member.compress_size :]


def encrypted(data):
    """The zip with the flag of encryption set in every header (APPNOTE 4.4.4)."""
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.find(magic)
        while start >= 0:
            data = data[: start + offset] + struct.pack("<H", 1) + data[start + offset + 2 :]
            start = data.find(magic, start + 4)
    return data


class TestUnpackArchives:
    @pytest.mark.parametrize("method", METHODS)
    def test_every_member_becomes_a_file_under_the_zips_name(self, study, method):
        upload = send(study, {"z.zip": zipped({"a/b/1.dcm": b"one", "2.dcm": b""}, method=method), "3.dcm": b"three"})

        unpack_archives(upload)

        assert content_of(upload) == {"z.zip/a/b/1.dcm": b"one", "z.zip/2.dcm": b"", "3.dcm": b"three"}

    def test_folders_are_no_files(self, study):
        upload = send(study, {"z.zip": zipped({"a/": b"", "a/1.dcm": b"one"})})

        unpack_archives(upload)

        assert set(outcome(upload)) == {"z.zip/a/1.dcm"}

    def test_two_zips_of_one_name_keep_the_members_of_both(self, study):
        upload = send(study, {"z.zip": zipped({"1.dcm": b"one"})} | {"z.zip ": zipped({"1.dcm": b"two"})})
        upload.files.update(name="z.zip")

        unpack_archives(upload)

        assert sorted(uploads.spooled(file).read_bytes() for file in upload.files.all()) == [b"one", b"two"]

    def test_a_path_in_a_zip_does_not_lead_out_of_the_spool(self, study):
        upload = send(study, {"z.zip": zipped({"../../../escaped": b"one", "/abs": b"two"})})

        unpack_archives(upload)

        assert all(uploads.spooled(file).parent == uploads.spool_dir(upload) for file in upload.files.all())
        assert not list(uploads.spool_dir(upload).parent.glob("escaped*"))

    def test_members_of_a_zip_with_a_long_name_have_names_that_fit(self, study):
        upload = send(study, {"z" * 390 + ".zip": zipped({"m" * 390 + ".dcm": b"one"})})

        unpack_archives(upload)

        (name,) = outcome(upload)
        assert len(name) <= 400
        assert name.endswith(".dcm")

    def test_a_zip_in_a_zip_is_refused_by_name_and_the_rest_is_taken(self, study):
        inner = zipped({"1.dcm": b"one"})
        upload = send(study, {"z.zip": zipped({"inner.zip": inner, "2.dcm": b"two"})})

        unpack_archives(upload)
        unpack_archives(upload)

        assert outcome(upload) == {"z.zip/inner.zip": FileStatus.REFUSED, "z.zip/2.dcm": FileStatus.RECEIVED}

    def test_pixels_that_look_like_the_end_of_a_zip_are_no_zip(self, study):
        end_of_zip = b"PK\x05\x06" + bytes(18)
        upload = send(study, {"1.dcm": bytes(128) + b"DICM" + bytes(64) + end_of_zip})

        unpack_archives(upload)

        assert outcome(upload) == {"1.dcm": FileStatus.RECEIVED}

    @pytest.mark.parametrize("method", METHODS)
    def test_a_damaged_member_is_refused_by_name_and_the_rest_is_taken(self, study, method):
        members = {"1.dcm": b"one" * 100, "2.dcm": b"two" * 100, "3.dcm": b"three" * 100}
        upload = send(study, {"z.zip": damaged(zipped(members, method=method), name="2.dcm")})

        unpack_archives(upload)

        assert outcome(upload) == {
            "z.zip/1.dcm": FileStatus.RECEIVED,
            "z.zip/2.dcm": FileStatus.REFUSED,
            "z.zip/3.dcm": FileStatus.RECEIVED,
        }
        assert "damaged" in upload.files.get(status=FileStatus.REFUSED).reason

    @pytest.mark.parametrize("cut", [10, 100, -30])
    def test_a_zip_that_was_cut_off_is_refused(self, study, cut):
        upload = send(study, {"z.zip": zipped({"1.dcm": b"one" * 100})[:cut]})

        unpack_archives(upload)

        assert outcome(upload) == {"z.zip": FileStatus.REFUSED}
        assert "damaged" in upload.files.get().reason

    def test_a_zip_with_a_password_is_refused_as_that(self, study):
        upload = send(study, {"z.zip": encrypted(zipped({"1.dcm": b"one", "2.dcm": b"two"}))})

        unpack_archives(upload)

        assert outcome(upload) == {"z.zip": FileStatus.REFUSED}
        assert "password" in upload.files.get().reason

    @pytest.mark.parametrize(
        "limits", [ZipLimits(members=1), ZipLimits(member_bytes=10**5), ZipLimits(total_bytes=10**5), ZipLimits()]
    )
    def test_a_bomb_is_refused_without_unpacking_it(self, study, limits):
        bomb = zipped({"1.dcm": bytes(10**6), "2.dcm": bytes(10**6)}, method=zipfile.ZIP_DEFLATED)
        upload = send(study, {"z.zip": bomb})

        unpack_archives(upload, limits)

        assert outcome(upload) == {"z.zip": FileStatus.REFUSED}
        assert sum(path.stat().st_size for path in uploads.spool_dir(upload).rglob("*") if path.is_file()) < 10**5

    def test_a_member_that_lies_about_its_size_stops_at_what_it_promised(self, study):
        data = zipped({"1.dcm": b"x" * 1000}, method=zipfile.ZIP_DEFLATED)
        lie = data.replace(struct.pack("<L", 1000), struct.pack("<L", 10))
        upload = send(study, {"z.zip": lie})

        unpack_archives(upload, ZipLimits(ratio=10**6))

        assert upload.files.get().size == 10
        assert uploads.spooled(upload.files.get()).stat().st_size <= 10

    def test_without_room_the_zip_waits_and_nothing_is_lost(self, study, monkeypatch):
        upload = send(study, {"z.zip": zipped({"1.dcm": b"one"})})
        monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**12, 10**12, 0))

        with pytest.raises(uploads.DiskFull):
            unpack_archives(upload)
        monkeypatch.undo()
        unpack_archives(upload)

        assert content_of(upload) == {"z.zip/1.dcm": b"one"}

    @pytest.mark.parametrize("victim", ["_extract", "_replace"])
    def test_killed_in_the_middle_it_finishes_what_it_began(self, study, monkeypatch, victim):
        upload = send(study, {"z.zip": zipped({"1.dcm": b"one", "2.dcm": b"two"})})
        work = getattr(spool, victim)

        def work_and_die(*args):
            work(*args)
            raise KeyboardInterrupt

        monkeypatch.setattr(spool, victim, work_and_die)
        with pytest.raises(KeyboardInterrupt):
            unpack_archives(upload)
        monkeypatch.undo()
        unpack_archives(upload)

        assert content_of(upload) == {"z.zip/1.dcm": b"one", "z.zip/2.dcm": b"two"}
