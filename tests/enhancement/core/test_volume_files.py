import numpy as np
import pytest

from enhancement.core.volume_files import found_names, manifest_rows, read_volume
from readerstudy.core.errors import BadData, BadVolume


class TestManifestRows:
    def test_a_folder_without_one_has_none(self, tmp_path):
        assert manifest_rows(tmp_path, columns=("path",)) is None

    def test_columns_that_are_missing_are_named(self, tmp_path):
        (tmp_path / "MANIFEST.csv").write_text("path,kind\na.npy,nifti3d\n")

        with pytest.raises(BadData, match="columns licence, use"):
            manifest_rows(tmp_path, columns=("path", "use", "licence"))

    def test_columns_are_asked_for_also_where_no_row_follows(self, tmp_path):
        (tmp_path / "MANIFEST.csv").write_text("file\n")

        with pytest.raises(BadData, match="column path"):
            manifest_rows(tmp_path, columns=("path",))


class TestFoundNames:
    def test_files_and_folders_are_sorted_together(self, tmp_path):
        (tmp_path / "b").mkdir()
        for name in ("c.npy", "a.nii.gz", "b/1.dcm", "b/2.dcm", "notes.txt"):
            (tmp_path / name).touch()

        assert found_names(tmp_path) == ["a.nii.gz", "b", "c.npy"]


class TestReadVolume:
    def test_repetitions_stay_the_last_axis(self, tmp_path):
        nibabel = pytest.importorskip("nibabel")
        values = np.random.default_rng(1).random((9, 8, 5, 2)).astype(np.float32)
        nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), tmp_path / "v.nii.gz")

        assert np.array_equal(read_volume(tmp_path / "v.nii.gz"), np.moveaxis(values, 2, 0))

    def test_of_two_shortest_axes_the_last_is_the_slices(self, tmp_path):
        nibabel = pytest.importorskip("nibabel")
        values = np.random.default_rng(1).random((4, 8, 4)).astype(np.float32)
        nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), tmp_path / "v.nii")

        assert np.array_equal(read_volume(tmp_path / "v.nii"), np.moveaxis(values, 2, 0))

    @pytest.mark.parametrize("name", ["v.npy", "v.nii", "missing.nii.gz", "folder"])
    def test_what_cannot_be_read_is_told_in_one_line(self, tmp_path, name):
        if name == "folder":
            (tmp_path / name).mkdir()
            (tmp_path / name / "1.dcm").write_bytes(b"no image")
        elif not name.startswith("missing"):
            (tmp_path / name).write_bytes(b"no image")

        with pytest.raises(BadVolume) as refused:
            read_volume(tmp_path / name)

        assert str(refused.value)
        assert "\n" not in str(refused.value)
