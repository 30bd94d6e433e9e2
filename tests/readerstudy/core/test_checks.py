"""Findings: what keeps an image set from the readers, and what a coordinator should know."""

import numpy as np
import pytest

from readerstudy.core.checks import series_findings, set_findings
from readerstudy.core.parameters import SeriesParameters
from readerstudy.core.series import build_volume, group_instances
from tests.readerstudy.core.mr_builder import AXIAL, SAGITTAL, instance, mr_dataset, ramp

KNOWN = {"region": "lumbar", "plane": "axial", "sequence": "T2"}


def volume_of(instances):
    return build_volume(group_instances(instances)[0])


def at(*heights, **changes):
    """Return a volume with slices at these heights, large enough that one brightest pixel is no saturation."""
    return volume_of(
        [
            instance(mr_dataset(ramp(20, 24, n), number=n + 1, position=(0, 0, z), **changes))
            for n, z in enumerate(heights)
        ]
    )


def series_codes(volume, **parameters):
    found = series_findings(volume, SeriesParameters(**({"scan_time_s": 200.0} | KNOWN | parameters)))
    return [(finding.code, finding.severity) for finding in found]


def set_codes(**by_arm):
    arms = {arm.replace("_", "-"): (volume, SeriesParameters(**p)) for arm, (volume, p) in by_arm.items()}
    return {(finding.code, finding.severity) for finding in set_findings(arms)}


class TestSeriesFindings:
    def test_a_plain_series_has_none(self):
        assert series_codes(at(0, 5, 10, 15)) == []

    def test_a_gap_is_counted(self):
        volume = at(0, 5, 10, 25, 30)
        assert series_codes(volume) == [("missing-slices", "warning")]
        assert "2 slices" in series_findings(volume, SeriesParameters())[0].message

    def test_uneven_distances_are_told(self):
        assert series_codes(at(0, 5, 10, 16)) == [("uneven-slices", "warning")]

    def test_two_slices_in_one_place_are_an_error(self):
        assert series_codes(at(0, 5, 5, 10)) == [("duplicate-position", "error")]

    def test_a_series_without_geometry_is_told(self):
        bare = mr_dataset(np.stack([ramp(), ramp(start=3)]), PixelSpacing=None)
        assert ("no-geometry", "warning") in series_codes(volume_of([instance(bare)]))

    def test_empty_slices_are_told_and_an_empty_series_is_an_error(self):
        black = np.zeros((6, 8), np.uint16)
        some = [instance(mr_dataset(black if n else None, number=n + 1, position=(0, 0, n))) for n in range(3)]
        every = [instance(mr_dataset(black, number=n + 1, position=(0, 0, n))) for n in range(3)]
        assert series_codes(volume_of(some))[0] == ("empty-slices", "warning")
        assert series_codes(volume_of(every)) == [("empty", "error")]

    def test_saturation_is_told(self):
        clipped = np.minimum(ramp(40, 40), 1500)
        assert ("saturation", "warning") in series_codes(volume_of([instance(mr_dataset(clipped))]))

    @pytest.mark.parametrize(
        ("parameters", "code"),
        [
            ({"lossy": True}, ("lossy", "warning")),
            ({"scan_time_s": None}, ("no-scan-time", "info")),
            ({"region": "unknown"}, ("unknown-kind", "info")),
        ],
    )
    def test_the_header_is_looked_at(self, parameters, code):
        assert series_codes(at(0, 5), **parameters) == [code]

    def test_a_single_slice_and_an_inverted_one_are_told(self):
        codes = series_codes(at(0, PhotometricInterpretation="MONOCHROME1"))
        assert codes == [("single-slice", "warning"), ("inverted", "info")]


class TestSetFindings:
    def test_equal_arms_have_none(self):
        arms = {"SOC": (at(0, 5), {"scan_time_s": 200.0}), "FAST": (at(0, 5), {"scan_time_s": 120.0})}
        assert set_codes(**arms) == set()

    @pytest.mark.parametrize(
        ("other", "expected"),
        [
            (lambda: at(0, 5, 10), ("shapes-differ", "warning")),
            (lambda: at(0, 5, 10, PixelSpacing=None), ("shapes-differ", "error")),
            (lambda: at(0, 5, orientation=SAGITTAL), ("orientation-differs", "error")),
            (lambda: at(0, 5, PhotometricInterpretation="MONOCHROME1"), ("photometric-differs", "error")),
            (lambda: at(0, 5, PixelSpacing=[0.6, 0.75]), ("spacing-differs", "warning")),
            (lambda: at(6, 11), ("place-differs", "warning")),
            (lambda: at(30, 35), ("places-apart", "error")),
            (lambda: at(0, 5, FrameOfReferenceUID="1.2.99"), ("separate-frames", "info")),
            (lambda: at(0, 0), ("duplicate-position", "error")),
        ],
    )
    def test_arms_that_differ_are_found(self, other, expected):
        assert expected in set_codes(SOC=(at(0, 5), {}), FAST=(at(0, 5), {}), FAST_DL=(other(), {}))

    def test_the_message_names_the_arms(self):
        found = set_findings({"SOC": (at(0, 5), SeriesParameters()), "FAST": (at(0, 5, 10), SeriesParameters())})
        assert found[0].message.startswith("FAST has 3 x 20 x 24 slices x rows x columns, SOC has 2 x 20 x 24")

    @pytest.mark.parametrize(
        ("standard", "fast", "expected"),
        [
            ({"scan_time_s": 200.0}, {"scan_time_s": 120.0}, set()),
            ({"scan_time_s": 200.0}, {"scan_time_s": 190.0}, {("time-ratio", "warning")}),
            ({"scan_time_s": 200.0}, {"scan_time_s": 40.0}, {("time-ratio", "warning")}),
            ({"scan_time_s": 120.0}, {"scan_time_s": 200.0}, {("arms-swapped", "warning")}),
            ({"averages": 2.0}, {"averages": 4.0}, {("arms-swapped", "warning")}),
            ({"averages": 4.0}, {"averages": 2.0}, set()),
            ({}, {}, set()),
        ],
    )
    def test_the_times_are_compared(self, standard, fast, expected):
        assert set_codes(SOC=(at(0, 5), standard), FAST=(at(0, 5), fast)) == expected

    def test_one_arm_alone_gives_nothing(self):
        assert set_codes(SOC=(at(0, 5, orientation=AXIAL), {})) == set()
