import csv

import numpy as np
import pytest

from enhancement.core.evaluation_volumes import VolumeFile, find_volumes, read_central_slices
from readerstudy.core.errors import BadData, BadVolume
from tests.readerstudy.core.mr_builder import file_bytes, mr_dataset


def numbered(slices=9, side=16):
    """Each slice holds its own number, counted from 1."""
    return np.arange(1.0, slices + 1)[:, None, None] * np.ones((side, side))


def saved(path, volume):
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, volume)
    return VolumeFile(path.name, path)


class TestFindVolumes:
    def test_files_and_folders_of_dicom_are_found_by_name(self, tmp_path):
        saved(tmp_path / "b.npy", numbered())
        (tmp_path / "a.nii.gz").touch()
        (tmp_path / "notes.txt").touch()
        (tmp_path / "spine" / "sag").mkdir(parents=True)
        (tmp_path / "spine" / "sag" / "1.dcm").touch()
        (tmp_path / "spine" / "sag" / "2.dcm").touch()

        assert [found.name for found in find_volumes(tmp_path)] == ["a.nii.gz", "b.npy", "spine/sag"]

    def test_a_manifest_decides_what_is_there_and_its_order(self, tmp_path):
        for name in ("a", "b", "c", "repeats"):
            saved(tmp_path / f"{name}.npy", numbered())
        with (tmp_path / "MANIFEST.csv").open("w", newline="") as file:
            rows = [("path", "kind", "use"), ("c.npy", "nifti3d", "evaluate only")]
            rows += [("a.npy", "nifti3d", "train and evaluate"), ("repeats.npy", "repeats4d", "evaluate only")]
            csv.writer(file).writerows(rows)

        assert [found.name for found in find_volumes(tmp_path)] == ["c.npy", "a.npy"]

    def test_only_some_of_them_may_be_asked_for(self, tmp_path):
        for name in ("brain/a.npy", "spine/b.npy"):
            saved(tmp_path / name, numbered())

        assert [found.name for found in find_volumes(tmp_path, only="spine/")] == ["spine/b.npy"]

    @pytest.mark.parametrize("only", ["", "knee"])
    def test_an_empty_choice_is_refused(self, tmp_path, only):
        if only:
            saved(tmp_path / "spine.npy", numbered())

        with pytest.raises(BadData, match="no volume"):
            find_volumes(tmp_path, only=only)

    def test_what_is_no_folder_is_refused(self, tmp_path):
        with pytest.raises(BadData, match="not a folder"):
            find_volumes(tmp_path / "nowhere")

    def test_a_manifest_without_paths_is_refused(self, tmp_path):
        (tmp_path / "MANIFEST.csv").write_text("file,kind\na.npy,nifti3d\n")

        with pytest.raises(BadData, match="path"):
            find_volumes(tmp_path)


class TestReadCentralSlices:
    def test_slices_are_taken_from_the_middle(self, tmp_path):
        central = read_central_slices(saved(tmp_path / "v.npy", numbered(9)), 3)

        assert central.dtype == np.float32
        assert central[:, 0, 0].tolist() == [4, 5, 6]

    def test_a_short_volume_is_taken_whole_and_negatives_become_zero(self, tmp_path):
        central = read_central_slices(saved(tmp_path / "v.npy", numbered(2) - 1.5), 3)

        assert central.shape == (2, 16, 16)
        assert central[:, 0, 0].tolist() == [0, 0.5]

    @pytest.mark.parametrize("axis", [0, 1, 2])
    def test_a_nifti_is_cut_across_its_shortest_axis(self, tmp_path, axis):
        nibabel = pytest.importorskip("nibabel")
        values = np.moveaxis(numbered(5), 0, axis).astype(np.float32)
        nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), tmp_path / "v.nii.gz")

        central = read_central_slices(VolumeFile("v", tmp_path / "v.nii.gz"), 1)

        assert np.array_equal(central, np.full((1, 16, 16), 3))

    def test_a_dicom_folder_is_read_by_position_and_with_its_rescale(self, tmp_path):
        for z in (0, 1, 2):
            pixels = np.full((6, 8), 10 * (z + 1), np.uint16)
            dataset = mr_dataset(pixels, number=z + 1, position=(0, 0, 4 * z), RescaleSlope=2, RescaleIntercept=5)
            (tmp_path / f"{9 - z}.dcm").write_bytes(file_bytes(dataset))

        central = read_central_slices(VolumeFile("v", tmp_path), 3)

        assert central[:, 0, 0].tolist() == [25, 45, 65]

    def test_a_folder_of_two_series_is_refused(self, tmp_path):
        for series in ("1.2.3.4", "1.2.3.5"):
            (tmp_path / f"{series}.dcm").write_bytes(file_bytes(mr_dataset(series=series)))

        with pytest.raises(BadVolume, match="holds 2"):
            read_central_slices(VolumeFile("v", tmp_path), 3)

    @pytest.mark.parametrize(
        ("volume", "reason"),
        [
            (np.ones((4, 4)), "volume of real numbers"),
            (np.ones((2, 4, 4), complex), "volume of real numbers"),
            (np.ones((0, 4, 4)), "volume of real numbers"),
            (np.full((1, 4, 4), np.nan), "NaN"),
            (np.zeros((1, 4, 4)), "no signal"),
        ],
    )
    def test_an_array_that_is_no_volume_is_refused_by_name(self, tmp_path, volume, reason):
        with pytest.raises(BadVolume, match=rf"v\.npy.*{reason}"):
            read_central_slices(saved(tmp_path / "v.npy", volume), 1)

    @pytest.mark.parametrize("name", ["v.npy", "v.nii", "v.nii.gz", "missing.npy", "folder/1.dcm"])
    def test_an_unreadable_file_is_refused_in_one_line(self, tmp_path, name):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        if name != "missing.npy":
            path.write_bytes(b"this is no image")
        volume = VolumeFile(name, path.parent if name.endswith(".dcm") else path)

        with pytest.raises(BadVolume, match="cannot be evaluated") as refused:
            read_central_slices(volume, 1)

        assert "\n" not in str(refused.value)
