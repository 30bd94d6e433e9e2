"""A backup's stream: what was written comes out, and nothing else is taken for whole."""

import io
import tarfile

import pytest

from readerstudy.core.backup_file import CHECKSUMS, BackupWriter, read_members
from readerstudy.core.errors import BadBackup

CONTENT = {"manifest.json": b"{}", "files/a/b.zip": bytes(range(256)) * 900, "database/x.jsonl": b""}


def written(content=CONTENT):
    sink = io.BytesIO()
    with BackupWriter(sink) as writer:
        for name, value in content.items():
            writer.add(name, io.BytesIO(value), len(value))
    return sink.getvalue()


def read(backup):
    return {name: stream.read() for name, stream in read_members(io.BytesIO(backup))}


def tar_of(*members):
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as tar:
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return sink.getvalue()


def test_what_was_written_comes_out():
    assert read(written()) == CONTENT


def test_members_that_nobody_reads_are_checked_too():
    damaged = bytearray(written())
    damaged[damaged.index(bytes(range(256)))] ^= 1

    with pytest.raises(BadBackup, match=r"files/a/b\.zip is not what was written"):
        list(read_members(io.BytesIO(bytes(damaged))))


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.6, 0.95])
def test_a_stream_that_was_cut_off_is_refused(share):
    backup = written()

    with pytest.raises(BadBackup):
        read(backup[: int(len(backup) * share)])


def test_every_single_bit_counts():
    backup = written({"manifest.json": b"{}", "files/a": b"abc"})
    used = backup.rstrip(b"\0")
    survived = []
    for place in range(0, len(used), 7):
        damaged = bytearray(backup)
        damaged[place] ^= 4
        try:
            if read(bytes(damaged)) != {"manifest.json": b"{}", "files/a": b"abc"}:
                survived.append(place)
        except (BadBackup, UnicodeDecodeError):
            pass
    assert survived == []


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "files/../../x", "files//x"])
def test_a_member_that_leads_out_is_refused(name):
    with pytest.raises(BadBackup, match="no plain file"):
        read(tar_of((tarfile.TarInfo(name), b"x"), (tarfile.TarInfo(CHECKSUMS), b"{}")))


def test_a_link_is_refused():
    link = tarfile.TarInfo("files/link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"

    with pytest.raises(BadBackup, match="no plain file"):
        read(tar_of((link, b""), (tarfile.TarInfo(CHECKSUMS), b"{}")))


def test_a_member_after_the_list_is_refused():
    with pytest.raises(BadBackup, match="where it should not"):
        read(tar_of((tarfile.TarInfo(CHECKSUMS), b"{}"), (tarfile.TarInfo("files/late"), b"x")))


def test_a_file_that_shrinks_while_it_is_read_stops_the_backup():
    sink = io.BytesIO()
    with pytest.raises(BadBackup, match="became shorter"), BackupWriter(sink) as writer:
        writer.add("files/a", io.BytesIO(b"abc"), 5)
    with pytest.raises(BadBackup):
        read(sink.getvalue())
