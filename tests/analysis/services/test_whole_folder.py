from pathlib import Path

import pytest

from analysis.services.whole_folder import whole_folder


def contents(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def write(out, *names):
    with whole_folder(out) as folder:
        for name in names:
            (folder / name).write_text("new")


def write_and_fail(out):
    with whole_folder(out) as folder:
        (folder / "a").write_text("new")
        raise ZeroDivisionError


class TestWholeFolder:
    def test_files_and_folders_come_together_at_the_end(self, tmp_path):
        out = tmp_path / "new" / "out"
        with whole_folder(out) as folder:
            (folder / "a").write_text("1")
            (folder / "deep").mkdir()
            (folder / "deep" / "b").write_text("2")
            assert not out.exists()

        assert contents(out) == {"a": "1", "deep/b": "2"}
        assert [path.name for path in tmp_path.iterdir()] == ["new"]

    def test_what_was_there_is_replaced_by_name_and_else_left_alone(self, tmp_path):
        (tmp_path / "a").write_text("old")
        (tmp_path / "mine").write_text("kept")
        with whole_folder(tmp_path) as folder:
            (folder / "a").write_text("new")

        assert contents(tmp_path) == {"a": "new", "mine": "kept"}

    def test_when_the_block_fails_nothing_has_changed(self, tmp_path):
        (tmp_path / "a").write_text("old")
        with pytest.raises(ZeroDivisionError):
            write_and_fail(tmp_path)

        assert contents(tmp_path) == {"a": "old"}
        assert len(list(tmp_path.iterdir())) == 1

    def test_when_it_fails_a_missing_folder_is_still_missing(self, tmp_path):
        with pytest.raises(ZeroDivisionError):
            write_and_fail(tmp_path / "out")

        assert list(tmp_path.iterdir()) == []

    def test_a_folder_in_the_place_of_a_file_stops_before_the_first_file(self, tmp_path):
        (tmp_path / "z").mkdir()
        with pytest.raises(FileExistsError):
            write(tmp_path, "a", "z")

        assert [path.name for path in tmp_path.iterdir()] == ["z"]

    def test_a_file_in_the_place_of_the_folder_is_refused_before_the_work(self, tmp_path):
        (tmp_path / "out").write_text("in the way")
        worked = []
        with pytest.raises(NotADirectoryError), whole_folder(tmp_path / "out"):
            worked.append(True)

        assert not worked

    def test_a_folder_that_cannot_be_made_is_refused_before_the_work(self):
        worked = []
        with pytest.raises(OSError, match="/proc/"), whole_folder(Path("/proc/none/out")):
            worked.append(True)

        assert not worked
