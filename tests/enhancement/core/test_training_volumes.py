import csv

import numpy as np
import pytest

from enhancement.core.training_volumes import (
    clean_slices,
    estimate_native_sigma,
    read_training_folder,
    split_by_subject,
)
from readerstudy.core.errors import BadData, BadVolume
from tests.readerstudy.core.mr_builder import file_bytes, mr_dataset


def save_volume(path, slices=3):
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, np.random.default_rng(1).uniform(50, 100, (slices, 40, 40)))


def write_manifest(folder, rows):
    with (folder / "MANIFEST.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["path", "subject", "licence", "use", "anatomy"])
        writer.writeheader()
        writer.writerows({"licence": "CC0", "anatomy": "brain"} | row for row in rows)


class TestReadTrainingFolder:
    def test_the_manifest_decides_what_may_be_trained_on(self, tmp_path):
        for name in ("allowed.npy", "forbidden.npy", "unlisted.npy"):
            save_volume(tmp_path / name)
        allowed = {"path": "allowed.npy", "subject": "a", "use": "train and evaluate", "anatomy": "lumbar spine"}
        write_manifest(tmp_path, [allowed, {"path": "forbidden.npy", "subject": "b", "use": "evaluate only"}])

        (volume,) = read_training_folder(tmp_path)

        assert (volume.name, volume.subject, volume.licence, volume.is_spine) == ("allowed.npy", "a", "CC0", True)
        assert len(volume.slices) == 3

    def test_without_a_manifest_every_volume_counts(self, tmp_path):
        save_volume(tmp_path / "one.npy")
        save_volume(tmp_path / "deeper" / "two.npy")

        assert {volume.subject for volume in read_training_folder(tmp_path)} == {"one", "two"}

    def test_a_nifti_is_cut_across_its_shortest_axis_and_repetitions_are_averaged(self, tmp_path):
        nibabel = pytest.importorskip("nibabel")
        values = np.random.default_rng(1).uniform(50, 100, (40, 32, 5, 2)).astype(np.float32)
        nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), tmp_path / "repeats.nii.gz")

        (volume,) = read_training_folder(tmp_path)

        assert [s.pixels_yx.shape for s in volume.slices] == [(40, 32)] * 5
        scale = np.percentile(values.mean(-1), 99.5)
        assert np.allclose(volume.slices[2].pixels_yx, values.mean(-1)[:, :, 2] / scale, rtol=1e-4)

    def test_an_empty_folder_is_refused(self, tmp_path):
        with pytest.raises(BadData, match="No volume"):
            read_training_folder(tmp_path)

    def test_a_manifest_without_the_column_use_is_refused(self, tmp_path):
        (tmp_path / "MANIFEST.csv").write_text("path,subject,licence\nx.npy,a,CC0\n")

        with pytest.raises(BadData, match="use"):
            read_training_folder(tmp_path)

    def test_a_folder_of_dicom_is_read_with_its_rescale(self, tmp_path):
        folder = tmp_path / "series"
        folder.mkdir()
        for z in (0, 1, 2):
            pixels = np.full((20, 20), 10 * (z + 1), np.uint16)
            dataset = mr_dataset(pixels, number=z + 1, position=(0, 0, 4 * z), RescaleSlope=1 + z)
            (folder / f"{9 - z}.dcm").write_bytes(file_bytes(dataset))

        (volume,) = read_training_folder(tmp_path)

        levels = np.array([one.pixels_yx[0, 0] for one in volume.slices])
        assert np.allclose(levels / levels[0], [1, 4, 9])

    def test_a_file_that_cannot_be_read_is_refused_by_name(self, tmp_path):
        (tmp_path / "broken.npy").write_bytes(b"this is no image")

        with pytest.raises(BadVolume, match=r"broken\.npy.*cannot be trained on"):
            read_training_folder(tmp_path)


class TestSplitBySubject:
    def test_no_subject_is_on_both_sides(self, tmp_path):
        for index in range(8):
            save_volume(tmp_path / f"v{index}.npy")
        rows = [{"path": f"v{i}.npy", "subject": f"s{i // 2}", "use": "train and evaluate"} for i in range(8)]
        write_manifest(tmp_path, rows)

        training, validation = split_by_subject(read_training_folder(tmp_path), validation_share=0.25, seed=1)

        assert len(validation) == 2
        assert not {v.subject for v in training} & {v.subject for v in validation}

    def test_one_subject_is_not_enough(self, tmp_path):
        save_volume(tmp_path / "one.npy")

        with pytest.raises(BadData, match="2 subjects"):
            split_by_subject(read_training_folder(tmp_path), validation_share=0.25, seed=1)


class TestCleanSlices:
    def test_slices_of_air_are_left_out(self):
        tissue, air = np.full((20, 20), 100, np.float32), np.zeros((20, 20), np.float32)

        assert len(clean_slices([tissue, air, tissue])) == 2


class TestEstimateNativeSigma:
    def test_it_finds_white_noise_on_a_smooth_object(self):
        image = 1 + 0.05 * np.random.default_rng(1).standard_normal((128, 128))

        assert estimate_native_sigma(image.astype(np.float32)) == pytest.approx(0.05, rel=0.1)
