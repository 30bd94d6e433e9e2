import os
from pathlib import Path

import pytest

from readerstudy.supervisor.lock import AlreadyRunning, locked_directory


class TestLockedDirectory:
    def test_a_second_supervisor_is_refused_and_told_who_runs(self, tmp_path: Path):
        refused = pytest.raises(AlreadyRunning, match=str(os.getpid()))

        with locked_directory(tmp_path), refused, locked_directory(tmp_path):
            pass

    def test_the_directory_is_free_afterwards(self, tmp_path: Path):
        with locked_directory(tmp_path):
            pass

        with locked_directory(tmp_path):
            pass

    def test_a_lock_file_left_by_a_dead_process_does_not_hold(self, tmp_path: Path):
        (tmp_path / "supervisor.lock").write_text("12345678")

        with locked_directory(tmp_path):
            assert (tmp_path / "supervisor.lock").read_text() == str(os.getpid())

    def test_another_directory_is_not_locked(self, tmp_path: Path):
        other = tmp_path / "other"
        other.mkdir()

        with locked_directory(tmp_path), locked_directory(other):
            pass
