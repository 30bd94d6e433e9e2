"""What a study keeps of a header, classic and enhanced, and what it refuses to keep or to invent."""

import json

import numpy as np
import pytest

from readerstudy.core.dicom import read_instance
from readerstudy.core.parameters import SeriesParameters, extract_parameters
from readerstudy.core.series import build_volume, group_instances
from tests.readerstudy.core.mr_builder import (
    SAGITTAL,
    enhanced_dataset,
    file_bytes,
    instance,
    mr_dataset,
    needs_vendor_files,
    ramp,
    stack_of,
    vendor_bytes,
)


def parameters_of(**changes):
    return extract_parameters([read_instance(file_bytes(mr_dataset(**changes)))])


class TestExtractParameters:
    def test_it_reads_a_classic_header(self):
        found = parameters_of(
            AcquisitionMatrix=[384, 0, 0, 269],
            AcquisitionDuration=149.0,
            EchoTrainLength="17",
            FlipAngle="160",
            SoftwareVersions=["24", "LX"],
        )
        assert (found.manufacturer, found.model, found.field_strength_t) == ("GE MEDICAL SYSTEMS", "Signa HDxt", 1.5)
        assert (found.tr_ms, found.te_ms, found.averages, found.scan_time_s) == (3000, 100, 2, 149)
        assert (found.acquisition_matrix, found.echo_train_length, found.flip_angle_deg) == ((384, 269), 17, 160)
        assert (found.rows, found.columns, found.pixel_spacing_mm) == (6, 8, (0.5, 0.75))
        assert (found.sequence, found.region, found.plane) == ("T2", "lumbar", "axial")
        assert (found.software, found.scanning_sequence, found.n_slices) == ("24\\LX", ("SE",), 1)

    def test_frequency_and_phase_come_in_that_order_whatever_the_direction(self):
        assert parameters_of(AcquisitionMatrix=[0, 384, 269, 0]).acquisition_matrix == (384, 269)

    def test_it_reads_an_enhanced_header(self):
        pixels = np.stack([ramp(), ramp(start=5)])
        one = instance(enhanced_dataset(pixels, positions=[(0, 0, 0), (4, 0, 0)]))
        found = extract_parameters([one.dataset], build_volume(group_instances([one])[0]))
        assert (found.tr_ms, found.te_ms, found.averages, found.scan_time_s) == (600, 12, 4, 123.5)
        assert (found.sequence, found.plane, found.n_slices) == ("T1", "sagittal", 2)
        assert (found.pixel_spacing_mm, found.slice_thickness_mm) == ((0.5, 0.75), 4)
        assert (found.scanning_sequence, found.echo_train_length) == (("SE",), 3)

    def test_what_is_missing_is_none(self):
        found = parameters_of(
            RepetitionTime=None, EchoTime=None, NumberOfAverages=None, Manufacturer=None, PatientSex=None,
            SeriesDescription=None, MagneticFieldStrength=None, PatientBirthDate=None,
        )  # fmt: skip
        missing = ("tr_ms", "te_ms", "ti_ms", "averages", "scan_time_s", "manufacturer", "sex", "age_years", "software")
        assert {name: getattr(found, name) for name in missing} == dict.fromkeys(missing)
        assert (found.field_strength_t, found.acquisition_matrix, found.sequence) == (None, None, "unknown")
        assert found.region == "unknown"

    def test_gauss_and_milliseconds_of_old_headers_become_tesla_and_seconds(self):
        found = parameters_of(MagneticFieldStrength="15000", AcquisitionDuration=188717.0)
        assert (found.field_strength_t, found.scan_time_s) == (1.5, pytest.approx(188.717))

    def test_nothing_of_the_person_but_sex_and_capped_age_is_kept(self):
        found = parameters_of(PatientAge="097Y", SeriesDescription="SAG T2 Zelda Quimby 778899", StudyDescription="Q")
        kept = json.dumps(found.to_json())
        assert (found.sex, found.age_years) == ("F", 90)
        assert not any(secret in kept.upper() for secret in ("ZELDA", "QUIMBY", "778899", "1950", "2020"))

    def test_an_enhanced_arm_is_known_by_its_derivation(self):
        derived = {"ImageType": ["DERIVED", "SECONDARY", "M"], "DerivationDescription": "Deep learning denoised"}
        assert parameters_of(**derived).enhanced_by_algorithm
        assert not parameters_of(ImageType=["DERIVED", "SECONDARY", "M"]).enhanced_by_algorithm
        assert not parameters_of(DerivationDescription="Deep learning denoised").enhanced_by_algorithm

    def test_the_plane_of_a_volume_wins_over_the_first_frame(self):
        instances = stack_of(3, orientation=SAGITTAL, step=(4, 0, 0))
        volume = build_volume(group_instances(instances)[0])
        found = extract_parameters([one.dataset for one in instances], volume)
        assert (found.plane, found.n_slices) == ("sagittal", 3)

    @needs_vendor_files
    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("ge_artist_acr_t2/0001.dcm", ("GE MEDICAL SYSTEMS", 1.5, 2000, 80, "T2")),
            ("ge_signa_fse_pd_ax/0001.dcm", ("GE Medical Systems", 1.5, 2300, 22, "PD")),
            ("siemens_xa30_enhanced_t1/0001.dcm", ("Siemens Healthineers", 3, 1800, 2.41, "T1")),
            ("uih_umr770_t1_gre_sag/0001.dcm", ("UIH", 3, 7.25, 3.1, "T1")),
        ],
    )
    def test_vendor_headers_are_understood(self, path, expected):
        found = extract_parameters([read_instance(vendor_bytes(f"dicom/{path}"))])
        got = (found.manufacturer, found.field_strength_t, found.tr_ms, found.te_ms, found.sequence)
        assert got == expected


class TestSeriesParameters:
    def test_it_survives_json(self):
        found = parameters_of(AcquisitionMatrix=[384, 0, 0, 269], ScanOptions=["FS", "PFP"])
        assert SeriesParameters.from_json(json.loads(json.dumps(found.to_json()))) == found

    def test_an_unknown_key_fails(self):
        with pytest.raises(ValueError, match="colour"):
            SeriesParameters.from_json({"colour": 1})
