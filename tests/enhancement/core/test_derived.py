from datetime import UTC, datetime
from io import BytesIO

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from enhancement.core.derived import derive_series
from readerstudy.core.dicom import read_instance
from readerstudy.core.errors import BadVolume
from readerstudy.core.pixels import decode_stored
from readerstudy.core.series import Instance, group_instances
from readerstudy.core.volume import build_volume

MR, ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.4.1"
SETTINGS = {
    "uid_key": b"study",
    "description": "Noise reduction, strength 0.7",
    "algorithm_name": "denoiser",
    "algorithm_version": "1",
    "weights_sha256": "ab" * 32,
    "now": datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC),
}


def header(pixels, *, sop_class, signed=False, bits_stored=12):
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = sop_class, generate_uid()
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.3", "1.2.3.4"
    dataset.FrameOfReferenceUID, dataset.Modality = "1.2.3.5", "MR"
    dataset.PatientID, dataset.Manufacturer = "P001", "ACME"
    dataset.SeriesNumber, dataset.SeriesDescription = 7, "T2 sagittal"
    dataset.Rows, dataset.Columns = pixels.shape[-2:]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, bits_stored, bits_stored - 1
    dataset.PixelRepresentation = int(signed)
    dataset.add_new("PixelData", "OW", pixels.astype("<i2" if signed else "<u2").tobytes())
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return dataset


def classic_series(stored_zyx, **kind):
    """One instance a slice, with a rescale and a window; the first slice lies at z = 0 mm."""
    series = []
    for z, pixels in enumerate(stored_zyx):
        dataset = header(pixels, sop_class=MR, **kind)
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND"]
        dataset.InstanceNumber = z + 1
        dataset.ImagePositionPatient, dataset.ImageOrientationPatient = [0, 0, 4 * z], [1, 0, 0, 0, 1, 0]
        dataset.PixelSpacing, dataset.SliceThickness = [0.5, 0.5], 4
        dataset.RescaleSlope, dataset.RescaleIntercept = 2, -10
        dataset.WindowCenter, dataset.WindowWidth = 300, 500
        dataset.SmallestImagePixelValue = 3
        series.append(dataset)
    return series


def enhanced_instance(stored_zyx):
    """All slices in one instance, each frame with a rescale and a position of its own."""
    dataset = header(stored_zyx, sop_class=ENHANCED_MR)
    dataset.ImageType, dataset.NumberOfFrames = ["ORIGINAL", "PRIMARY", "M", "NONE"], len(stored_zyx)
    shared, orientation, measures = Dataset(), Dataset(), Dataset()
    orientation.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    measures.PixelSpacing, measures.SliceThickness = [0.5, 0.5], 4
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = [orientation], [measures]
    dataset.SharedFunctionalGroupsSequence = [shared]
    dataset.PerFrameFunctionalGroupsSequence = [frame_groups(z) for z in range(len(stored_zyx))]
    return dataset


def frame_groups(z):
    group, position, rescale, frame_type = Dataset(), Dataset(), Dataset(), Dataset()
    position.ImagePositionPatient = [0, 0, 4 * z]
    rescale.RescaleSlope, rescale.RescaleIntercept, rescale.RescaleType = z + 1, 0, "US"
    frame_type.FrameType = ["ORIGINAL", "PRIMARY", "M", "NONE"]
    group.PlanePositionSequence, group.PixelValueTransformationSequence = [position], [rescale]
    group.MRImageFrameTypeSequence = [frame_type]
    return group


def stored_pixels(shape=(3, 6, 8), high=1000):
    return np.random.default_rng(1).integers(0, high, shape)


def read_back(datasets):
    """Through bytes and the product's own reader, as anybody will see them."""
    instances = []
    for dataset in datasets:
        buffer = BytesIO()
        dataset.save_as(buffer, enforce_file_format=True)
        again = read_instance(buffer.getvalue())
        instances.append(Instance("x", again, decode_stored(again)))
    (draft,) = group_instances(instances)
    return build_volume(draft)


def derived_of(sources, values, **options):
    return list(derive_series(sources, values, **(SETTINGS | options)))


def clipped_in(sources, values):
    derived = derive_series(sources, values, **SETTINGS)
    assert len(list(derived)) == len(sources)
    return derived.clipped


class TestDeriveSeries:
    @pytest.mark.parametrize("signed", [False, True])
    def test_the_values_come_back_within_half_a_stored_step(self, signed):
        sources = classic_series(stored_pixels(), signed=signed)
        values = stored_pixels() * 2.0 - 10 + np.random.default_rng(2).uniform(-1, 1, (3, 6, 8))

        volume = read_back(derived_of(sources, values.clip(-10)))

        assert np.abs(volume.values_zyx - values.clip(-10)).max() <= 1 + 1e-4
        assert np.signbit(volume.stored_zyx.dtype.type(-1) if signed else 1) == signed

    def test_geometry_and_window_are_those_of_the_source(self):
        sources = classic_series(stored_pixels())

        derived = derived_of(sources, stored_pixels() * 2.0 - 10)
        volume = read_back(derived)

        assert volume.spacing_mm == (4, 0.5, 0.5)
        assert volume.positions_mm[:, 2].tolist() == [0, 4, 8]
        assert {d.FrameOfReferenceUID for d in derived} == {"1.2.3.5"}
        assert {(d.WindowCenter, d.WindowWidth, d.RescaleSlope, d.RescaleIntercept) for d in derived} == {
            (300, 500, 2, -10)
        }

    def test_it_says_what_it_is_and_where_it_comes_from(self):
        sources = classic_series(stored_pixels())

        derived = derived_of(sources, stored_pixels() * 2.0)[0]

        assert list(derived.ImageType) == ["DERIVED", "SECONDARY", "M", "ND"]
        assert derived.SourceImageSequence[0].ReferencedSOPInstanceUID == sources[0].SOPInstanceUID
        assert derived.ReferencedSeriesSequence[0].SeriesInstanceUID == "1.2.3.4"
        assert derived.DerivationDescription == SETTINGS["description"]
        assert derived.DerivationCodeSequence[0].CodeValue == "123102"
        assert derived.ContentQualification == "RESEARCH"
        assert derived.ContributingEquipmentSequence[-1].ManufacturerModelName == "denoiser"
        assert derived.DerivationAlgorithmSequence[0].AlgorithmVersion == "1"
        assert SETTINGS["weights_sha256"] in derived.DerivationAlgorithmSequence[0].AlgorithmParameters
        assert (derived.ContentDate, derived.Manufacturer) == ("20260304", "ACME")

    def test_what_described_the_old_pixels_is_gone(self):
        derived = derived_of(classic_series(stored_pixels()), stored_pixels() * 2.0)

        assert all("SmallestImagePixelValue" not in dataset for dataset in derived)

    def test_all_uids_are_new_and_a_second_run_gives_the_same(self):
        sources = classic_series(stored_pixels())

        first, second = (derived_of(sources, stored_pixels() * 2.0) for _ in range(2))

        new = [d.SOPInstanceUID for d in first]
        assert new == [d.SOPInstanceUID for d in second]
        assert len({*new, *(d.SOPInstanceUID for d in sources)}) == 6
        assert {d.SeriesInstanceUID for d in first} == {second[0].SeriesInstanceUID} != {"1.2.3.4"}
        assert {d.StudyInstanceUID for d in first} == {"1.2.3"}

    @pytest.mark.parametrize(
        "other", [{"uid_key": b"other"}, {"weights_sha256": "cd" * 32}, {"description": "strength 1"}]
    )
    def test_another_study_model_or_setting_gives_other_uids(self, other):
        sources = classic_series(stored_pixels())

        first = derived_of(sources, stored_pixels() * 2.0)[0]
        second = derived_of(sources, stored_pixels() * 2.0, **other)[0]

        assert first.SOPInstanceUID != second.SOPInstanceUID
        assert first.SeriesInstanceUID != second.SeriesInstanceUID

    def test_the_sources_are_not_changed(self):
        sources = classic_series(stored_pixels())
        before = [dataset.to_json() for dataset in sources]

        derived_of(sources, stored_pixels() * 2.0)

        assert [dataset.to_json() for dataset in sources] == before

    def test_values_beyond_the_stored_range_are_clipped_and_counted(self):
        sources = classic_series(stored_pixels())
        values = stored_pixels() * 2.0 - 10
        values[0, 0, 0], values[1, 0, 0] = 1e6, -100

        volume = read_back(derived_of(sources, values))

        assert volume.stored_zyx[0, 0, 0] == 4095
        assert volume.stored_zyx[1, 0, 0] == 0
        assert clipped_in(sources, values) == 2

    def test_padding_stays_padding(self):
        stored = stored_pixels()
        stored[:, 0], stored[:, 1] = 4000, 4001
        sources = classic_series(stored)
        for dataset in sources:
            dataset.PixelPaddingValue, dataset.PixelPaddingRangeLimit = 4000, 4001
        values = np.full(stored.shape, 500.0)

        derived = derived_of(sources, values)

        volume = read_back(derived)
        assert (volume.stored_zyx[:, 0] == 4000).all()
        assert (volume.stored_zyx[:, 1] == 4001).all()
        assert (volume.stored_zyx[:, 2:] == 255).all()  # (500 + 10) / 2
        assert {d.PixelPaddingValue for d in derived} == {4000}
        assert clipped_in(sources, values) == 0

    def test_values_that_did_not_change_are_stored_as_they_were(self):
        for signed in (False, True):
            sources = classic_series(stored_pixels(), signed=signed)

            volume = read_back(derived_of(sources, stored_pixels() * 2.0 - 10))

            assert np.array_equal(volume.stored_zyx, stored_pixels())

    def test_what_is_no_number_is_refused(self):
        values = stored_pixels() * 2.0
        values[1, 2, 3] = np.nan

        with pytest.raises(BadVolume, match="no numbers"):
            derived_of(classic_series(stored_pixels()), values)

    def test_an_enhanced_result_tells_no_pulse_sequence_of_its_own(self):
        """PS3.3 C.8.13.4: only what is ORIGINAL or MIXED has one."""
        source = enhanced_instance(stored_pixels())
        source.EchoPulseSequence, source.MRAcquisitionType = "SPIN", "2D"

        (derived,) = derived_of([source], stored_pixels() * 1.0)

        assert "EchoPulseSequence" not in derived
        assert "MRAcquisitionType" not in derived
        assert source.EchoPulseSequence == "SPIN"

    def test_unsorted_instances_follow_the_given_order(self):
        sources = classic_series(stored_pixels())
        order = [(str(dataset.SOPInstanceUID), 0) for dataset in sources]
        values = stored_pixels() * 2.0 - 10

        volume = read_back(derived_of(sources[::-1], values, order=order))

        assert np.allclose(volume.values_zyx, values)

    def test_an_odd_number_of_bytes_is_padded(self):
        (source,) = classic_series(stored_pixels((1, 3, 3), high=200), bits_stored=8)
        source.BitsAllocated, source.HighBit = 8, 7

        (derived,) = derived_of([source], stored_pixels((1, 3, 3), high=200) * 2.0 - 10)

        assert len(derived.PixelData) == 10
        assert np.allclose(read_back([derived]).values_zyx, stored_pixels((1, 3, 3), high=200) * 2.0 - 10)

    def test_an_enhanced_source_stays_enhanced_with_each_frames_own_rescale_and_position(self):
        source = enhanced_instance(stored_pixels())
        order = [(str(source.SOPInstanceUID), frame) for frame in (2, 0)]  # a part, in another order
        values = stored_pixels()[[2, 0]] * np.array([3.0, 1.0])[:, None, None]

        (derived,) = derived_of([source], values, order=order)
        volume = read_back([derived])

        assert derived.SOPClassUID == ENHANCED_MR
        assert derived.NumberOfFrames == 2
        assert volume.positions_mm[:, 2].tolist() == [0, 8]
        assert np.allclose(volume.values_zyx, values[::-1])

    def test_an_enhanced_result_names_the_source_frame_of_each_frame(self):
        source = enhanced_instance(stored_pixels())

        (derived,) = derived_of([source], stored_pixels() * 1.0)

        sources = [
            group.DerivationImageSequence[0].SourceImageSequence[0]
            for group in derived.PerFrameFunctionalGroupsSequence
        ]
        assert [item.ReferencedFrameNumber for item in sources] == [1, 2, 3]
        # PS3.3 C.8.16.1.2: value 2 is PRIMARY in enhanced objects, derived or not.
        assert list(derived.ImageType) == ["DERIVED", "PRIMARY", "M", "FILTERED"]
        frame_types = {
            tuple(group.MRImageFrameTypeSequence[0].FrameType) for group in derived.PerFrameFunctionalGroupsSequence
        }
        assert frame_types == {("DERIVED", "PRIMARY", "M", "FILTERED")}
        evidence = derived.SourceImageEvidenceSequence[0].ReferencedSeriesSequence[0]
        assert evidence.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == source.SOPInstanceUID

    def test_the_file_is_explicit_little_endian_with_its_own_identity_in_the_header(self):
        derived = derived_of(classic_series(stored_pixels()), stored_pixels() * 2.0)[0]
        buffer = BytesIO()
        derived.save_as(buffer, enforce_file_format=True)
        buffer.seek(0)

        meta = dcmread(buffer).file_meta

        assert meta.TransferSyntaxUID == ExplicitVRLittleEndian
        assert meta.MediaStorageSOPInstanceUID == derived.SOPInstanceUID

    @pytest.mark.parametrize("shape", [(2, 6, 8), (3, 8, 6)])
    def test_it_refuses_a_volume_of_another_shape(self, shape):
        with pytest.raises(BadVolume):
            derived_of(classic_series(stored_pixels()), np.zeros(shape))

    def test_it_refuses_an_order_that_names_a_foreign_instance(self):
        order = [("1.2.3.99", 0)] * 3
        with pytest.raises(BadVolume, match="none of the source instances"):
            derived_of(classic_series(stored_pixels()), np.zeros((3, 6, 8)), order=order)

    def test_slices_are_taken_as_the_instances_are(self):
        """A stream that makes its slices is never ahead of what is written."""
        taken = []

        class Stream:
            shape = (3, 6, 8)

            def __iter__(self):
                for z, plane in enumerate(stored_pixels() * 2.0 - 10):
                    taken.append(z)
                    yield plane

        derived = iter(derive_series(classic_series(stored_pixels()), Stream(), **SETTINGS))
        next(derived)

        assert taken == [0]
        assert len(list(derived)) == 2

    def test_frames_of_two_objects_may_alternate(self):
        stored = stored_pixels((4, 6, 8))
        sources = [enhanced_instance(stored[::2]), enhanced_instance(stored[1::2])]
        order = [(str(sources[z % 2].SOPInstanceUID), z // 2) for z in range(4)]
        values = np.stack([plane * (z // 2 + 1.0) for z, plane in enumerate(stored)])

        derived = derived_of(sources, values, order=order)

        assert np.array_equal(decode_stored(derived[0]), stored[::2])
        assert np.array_equal(decode_stored(derived[1]), stored[1::2])
