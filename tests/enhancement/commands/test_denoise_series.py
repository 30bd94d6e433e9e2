import json

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian


def write_series(folder, slices=3, series_uid="1.2.3.4"):
    """Files whose names run against the order of their positions."""
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(1)
    for z in range(slices):
        dataset = Dataset()
        dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.4", f"{series_uid}.{z + 1}"
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.Modality = "1.2.3", series_uid, "MR"
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "M"]
        dataset.ImagePositionPatient, dataset.ImageOrientationPatient = [0, 0, 4 * z], [1, 0, 0, 0, 1, 0]
        dataset.PixelSpacing, dataset.SliceThickness = [0.5, 0.5], 4
        dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = 48, 40, 1
        dataset.PhotometricInterpretation, dataset.PixelRepresentation = "MONOCHROME2", 0
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
        pixels = (500 + 200 * z + rng.integers(-50, 50, (48, 40))).astype("<u2")
        dataset.add_new("PixelData", "OW", pixels.tobytes())
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.save_as(folder / f"{series_uid}-{slices - z}.dcm", enforce_file_format=True)


class TestDenoiseSeries:
    def test_it_writes_a_derived_series_slice_for_slice(self, tmp_path, capsys):
        write_series(tmp_path / "in")

        call_command("denoise_series", str(tmp_path / "in"), str(tmp_path / "out"), "--json")

        report = json.loads(capsys.readouterr().out)
        derived = [dcmread(path) for path in sorted((tmp_path / "out").iterdir())]
        assert (report["instances"], report["slices"], report["clipped_values"]) == (3, 3, 0)
        for dataset in derived:
            z = int(dataset.ImagePositionPatient[2]) // 4
            assert dataset.ImageType[0] == "DERIVED"
            assert dataset.SourceImageSequence[0].ReferencedSOPInstanceUID == f"1.2.3.4.{z + 1}"
            assert dataset.pixel_array.mean() == pytest.approx(500 + 200 * z, rel=0.05)

    def test_the_strength_is_one_unless_said_and_stands_in_the_header(self, tmp_path, capsys):
        write_series(tmp_path / "in")

        call_command("denoise_series", str(tmp_path / "in"), str(tmp_path / "one"), "--json")
        call_command("denoise_series", str(tmp_path / "in"), str(tmp_path / "half"), "--strength", "0.5")

        assert json.loads(capsys.readouterr().out.splitlines()[0])["strength"] == 1
        one, half = (dcmread(sorted((tmp_path / name).iterdir())[0]) for name in ("one", "half"))
        assert one.DerivationDescription.endswith("strength 1")
        assert half.DerivationDescription.endswith("strength 0.5")
        assert one.SOPInstanceUID != half.SOPInstanceUID

    def test_the_guards_figures_are_in_the_report(self, tmp_path, capsys):
        write_series(tmp_path / "in")

        call_command("denoise_series", str(tmp_path / "in"), str(tmp_path / "out"), "--json")

        names = {figure["name"] for figure in json.loads(capsys.readouterr().out)["guard"]["figures"]}
        assert {"ssim", "l1", "mean_shift", "edge_energy", "hill"} <= names

    def test_another_kind_of_image_is_refused(self, tmp_path):
        write_series(tmp_path / "in")
        for path in (tmp_path / "in").iterdir():
            dataset = dcmread(path)
            dataset.ImageType = ["ORIGINAL", "PRIMARY", "P"]
            dataset.save_as(path)

        with pytest.raises(CommandError, match="phase"):
            call_command("denoise_series", str(tmp_path / "in"), str(tmp_path / "out"))
        assert not (tmp_path / "out").exists()

    def test_a_second_run_is_recognisable_by_its_uids(self, tmp_path):
        write_series(tmp_path / "in")

        for name in ("one", "two"):
            call_command("denoise_series", str(tmp_path / "in"), str(tmp_path / name))

        uids = [sorted(dcmread(path).SOPInstanceUID for path in (tmp_path / name).iterdir()) for name in ("one", "two")]
        assert uids[0] == uids[1]

    def test_it_refuses_a_target_that_holds_files(self, tmp_path):
        write_series(tmp_path / "in")
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "mine.txt").write_text("keep")

        with pytest.raises(CommandError, match="not an empty folder"):
            call_command("denoise_series", str(tmp_path / "in"), str(tmp_path / "out"))

    def test_it_names_the_file_that_it_cannot_read_and_writes_nothing(self, tmp_path):
        write_series(tmp_path / "in")
        (tmp_path / "in" / "notes.txt").write_text("hello")

        with pytest.raises(CommandError, match=r"notes\.txt"):
            call_command("denoise_series", str(tmp_path / "in"), str(tmp_path / "out"))

        assert not (tmp_path / "out").exists()

    def test_it_refuses_two_series_at_once(self, tmp_path):
        write_series(tmp_path / "in")
        write_series(tmp_path / "in", series_uid="1.2.3.5")

        with pytest.raises(CommandError, match="it holds 2"):
            call_command("denoise_series", str(tmp_path / "in"), str(tmp_path / "out"))

    def test_it_refuses_a_folder_that_is_not_there(self, tmp_path):
        with pytest.raises(CommandError, match="not a folder"):
            call_command("denoise_series", str(tmp_path / "in"), str(tmp_path / "out"))
