"""Stored files are written once and read back with their checksum."""

import io
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from readerstudy.core.errors import IntegrityFailure
from readerstudy.services import files


@pytest.fixture
def stored(study):
    return files.store(study, "series", b"content", suffix=".zip")


def on_disk(file):
    return Path(django_settings.STORAGES["default"]["OPTIONS"]["location"]) / file.path


class TestStore:
    def test_it_can_be_read_back(self, stored):
        assert files.read(stored) == b"content"

    def test_equal_content_gets_two_names(self, study, stored):
        assert files.store(study, "series", b"content", suffix=".zip").path != stored.path


class TestStoreStream:
    def test_all_of_a_stream_is_stored_wherever_it_stands(self, study):
        content = bytes(range(256)) * 5000  # more than one chunk
        stream = io.BytesIO(content)
        stream.seek(77)

        stored = files.store_stream(study, "series", stream, suffix=".zip")

        assert files.read(stored) == content
        assert stored.size == len(content)
        assert files.verify(study) == 1


class TestCopyChecked:
    def test_the_copy_is_ready_to_be_read(self, stored):
        target = io.BytesIO()

        files.copy_checked(stored, target)

        assert target.read() == b"content"

    def test_other_bytes_are_noticed(self, stored):
        on_disk(stored).write_bytes(b"Content")

        with pytest.raises(IntegrityFailure, match="not what was written"):
            files.copy_checked(stored, io.BytesIO())


class TestVerify:
    def test_it_counts_the_files(self, study, stored):
        assert files.verify(study) == 1

    @pytest.mark.parametrize("content", [b"Content", b"conten", b"content ", b""])
    def test_other_bytes_are_noticed(self, study, stored, content):
        on_disk(stored).write_bytes(content)

        with pytest.raises(IntegrityFailure, match="not what was written"):
            files.verify(study)

    def test_a_missing_file_is_noticed(self, study, stored):
        on_disk(stored).unlink()

        with pytest.raises(IntegrityFailure, match="missing"):
            files.verify(study)
