import io
from datetime import date, datetime

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from enhancement.core.scan_protocols import scan_protocol
from enhancement.core.scanner import SCANNERS, AcquisitionHeader, FakePerson, ScannerModel, to_dicom, to_stored
from readerstudy.core.dicom import Limits, read_instance
from readerstudy.core.errors import BadVolume
from readerstudy.core.parameters import extract_parameters
from readerstudy.core.pixels import decode_stored
from readerstudy.core.series import Instance, build_volume, group_instances

PERSON = FakePerson("Phantom^Invented", "SIM00042", date(1961, 5, 4), "F", 71)
SLICES = 5


def header(scanner: ScannerModel = SCANNERS[0], *, accelerated: bool = False) -> AcquisitionHeader:
    cos, sin = np.cos(0.3), np.sin(0.3)
    origins = np.arange(SLICES)[:, None] * 4.4 * np.array([0, -sin, cos])
    return AcquisitionHeader(
        person=PERSON,
        scanner=scanner,
        protocol=scan_protocol("T2", "axial", field_t=scanner.field_t),
        accelerated=accelerated,
        region="lumbar",
        origins_mm=origins,
        cosines=(1, 0, 0, 0, float(cos), float(sin)),
        spacing_mm=(4.4, 0.6, 0.6),
        study_uid="2.25.11",
        frame_of_reference_uid="2.25.12",
        series_number=3,
        started_at=datetime(2020, 3, 4, 9, 30),
    )


def values() -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 900, (SLICES, 24, 20)).astype(np.float32)


def bytes_of(dataset: Dataset) -> bytes:
    content = io.BytesIO()
    dataset.save_as(content, enforce_file_format=True)
    return content.getvalue()


def make(scanner: ScannerModel = SCANNERS[0], *, accelerated: bool = False) -> list[Dataset]:
    return to_dicom(values(), header=header(scanner, accelerated=accelerated), rng=np.random.default_rng(7))


class TestToDicom:
    @pytest.mark.parametrize("scanner", SCANNERS, ids=lambda scanner: scanner.station)
    def test_what_was_written_is_read_back_by_the_product(self, scanner: ScannerModel):
        read = [read_instance(bytes_of(dataset), limits=Limits()) for dataset in make(scanner)]
        drafts = group_instances([Instance("", one, decode_stored(one, limits=Limits())) for one in read])

        volume = build_volume(drafts[0])
        assert len(drafts) == 1
        assert drafts[0].findings == ()
        assert np.array_equal(volume.stored_zyx, to_stored(values(), scanner))
        assert volume.spacing_mm == pytest.approx((4.4, 0.6, 0.6))

    def test_the_parameters_are_those_of_table_1(self):
        soc, fast = (extract_parameters(make(accelerated=accelerated)) for accelerated in (False, True))

        assert (soc.tr_ms, soc.te_ms, soc.acquisition_matrix, soc.echo_train_length) == (4459, 102, (320, 224), 32)
        assert (soc.averages, fast.averages) == (3, 2)
        assert (soc.scan_time_s, fast.scan_time_s) == (98, 30)
        assert (soc.region, soc.sequence, soc.age_years, soc.sex) == ("lumbar", "T2", 58, "F")

    def test_instances_come_unsorted(self):
        assert [dataset.InstanceNumber for dataset in make()] != list(range(1, SLICES + 1))

    def test_a_name_stands_in_the_header_and_in_a_private_element(self):
        for scanner in SCANNERS[:2]:
            dataset = make(scanner)[0]

            private = " ".join(str(element.value) for element in dataset if element.tag.is_private)
            assert dataset.PatientName == PERSON.name
            assert PERSON.name in private or PERSON.patient_id in private

    def test_every_scan_has_uids_of_its_own(self):
        uids = [dataset.SOPInstanceUID for dataset in make()]

        assert len({*uids, make()[0].SeriesInstanceUID}) == SLICES + 1

    def test_positions_must_match_the_slices(self):
        with pytest.raises(BadVolume, match="4 slices and 5 positions"):
            to_dicom(values()[:4], header=header(), rng=np.random.default_rng(0))

    def test_files_are_explicit_little_endian_with_valid_meta(self):
        read = dcmread(io.BytesIO(bytes_of(make()[0])))

        assert read.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
        assert read.file_meta.MediaStorageSOPInstanceUID == read.SOPInstanceUID


class TestToStored:
    def test_twelve_bits_are_not_passed(self):
        bright = values()
        bright[0, 0, 0] = 1e6

        stored = to_stored(bright, SCANNERS[1])
        assert stored.dtype == np.uint16
        assert stored.max() == 4095
