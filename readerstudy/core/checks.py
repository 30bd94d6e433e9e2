"""What is wrong or odd in one series, and between the arms of one image set. Errors keep it from the readers."""

from collections.abc import Callable, Mapping

import numpy as np

from readerstudy.core.alignment import stacks_apart
from readerstudy.core.findings import Finding, Severity
from readerstudy.core.parameters import SeriesParameters
from readerstudy.core.volume import SeriesVolume

Arm = tuple[SeriesVolume, SeriesParameters]
ByArm = Mapping[str, Arm]

SAME_POSITION_MM = 1e-3
GAP = 1.5  # slices further apart than this many times the usual distance: one is missing
UNEVEN = 0.05
SATURATED_SHARE = 0.005
SAME_COSINE = 0.01
SAME_SPACING = 0.01
SAME_PLACE_MM = 5.0
TIME_RATIO = (0.3, 0.9)  # FAST over SOC; the paper's is 0.6

__all__ = ["Finding", "Severity", "series_findings", "set_findings"]


def series_findings(volume: SeriesVolume, parameters: SeriesParameters) -> list[Finding]:
    """Return the findings of one series, errors first."""
    found = [
        *_geometry_findings(volume),
        *_position_findings(volume),
        *_pixel_findings(volume),
        *_header_findings(volume, parameters),
    ]
    return _by_severity(found)


def set_findings(by_arm: ByArm) -> list[Finding]:
    """Compare the arms of one image set, each with the first; errors first.

    The errors of each series by itself are repeated here, for they keep the image set from the readers, too.
    """
    arms = sorted(by_arm)
    found = [
        Finding(finding.code, "error", f"{arm}: {finding.message}")
        for arm in arms
        for finding in series_findings(*by_arm[arm])
        if finding.severity == "error"
    ]
    found += [
        finding
        for arm in arms[1:]
        for check in PAIR_CHECKS
        for finding in check(arms[0], by_arm[arms[0]], arm, by_arm[arm])
    ]
    return _by_severity(found + _time_findings(by_arm))


def _by_severity(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: ("error", "warning", "info").index(finding.severity))


def _geometry_findings(volume: SeriesVolume) -> list[Finding]:
    if volume.has_geometry:
        return []
    words = "The file gives no positions in space: slices are in the order of the file, distances are unknown."
    return [Finding("no-geometry", "warning", words)]


def _position_findings(volume: SeriesVolume) -> list[Finding]:
    steps = np.diff(volume.distances_mm)
    if not volume.has_geometry or steps.size == 0:
        return []
    if (steps < SAME_POSITION_MM).any():
        count = int((steps < SAME_POSITION_MM).sum())
        words = f"{count} slices lie where another one lies. Upload one acquisition at a time."
        return [Finding("duplicate-position", "error", words)]
    usual = float(np.median(steps))
    missing = int(np.rint(steps[steps > GAP * usual] / usual - 1).sum())
    if missing:
        return [Finding("missing-slices", "warning", f"{missing} slices seem to be missing between others.")]
    if np.ptp(steps) > UNEVEN * usual:
        words = f"Slice distances vary from {steps.min():.2f} to {steps.max():.2f} mm."
        return [Finding("uneven-slices", "warning", words)]
    return []


def _pixel_findings(volume: SeriesVolume) -> list[Finding]:
    stored = volume.stored_zyx
    flat = stored.reshape(stored.shape[0], -1)
    lows, highs = flat.min(axis=1), flat.max(axis=1)
    empty = int((lows == highs).sum())
    if empty == stored.shape[0]:
        return [Finding("empty", "error", "Every slice is one even grey. Export the images again.")]
    found = []
    if empty:
        found.append(Finding("empty-slices", "warning", f"{empty} slices are one even grey."))
    share = float((stored == highs.max()).mean())
    if share > SATURATED_SHARE:
        words = f"{share:.1%} of all pixels have the largest value: the image seems to be saturated."
        found.append(Finding("saturation", "warning", words))
    return found


def _header_findings(volume: SeriesVolume, parameters: SeriesParameters) -> list[Finding]:
    found = []
    if parameters.lossy:
        found.append(Finding("lossy", "warning", "The images went through lossy compression before the upload."))
    if volume.stored_zyx.shape[0] == 1:
        found.append(Finding("single-slice", "warning", "The series has one slice only."))
    if "unknown" in (parameters.region, parameters.plane, parameters.sequence):
        words = "Region, plane or sequence cannot be told from the header. Set them by hand."
        found.append(Finding("unknown-kind", "info", words))
    if parameters.scan_time_s is None:
        found.append(Finding("no-scan-time", "info", "The header has no scan time, so Table 1 will lack this series."))
    if volume.photometric == "MONOCHROME1":
        found.append(Finding("inverted", "info", "Small values are white in this series; it is shown that way."))
    return found


def _shape_findings(a: str, first: Arm, b: str, second: Arm) -> list[Finding]:
    shapes = first[0].stored_zyx.shape, second[0].stored_zyx.shape
    if shapes[0] == shapes[1]:
        return []
    sizes = (" x ".join(map(str, shape)) for shape in shapes)
    words = "{} has {} slices x rows x columns, {} has {}".format(
        *(part for pair in zip((a, b), sizes, strict=True) for part in pair)
    )
    if first[0].has_geometry and second[0].has_geometry:
        told = "slices are linked by their position; readers may tell the arms by how the images are made up."
        return [Finding("shapes-differ", "warning", f"{words}: {told}")]
    return [Finding("shapes-differ", "error", f"{words}, and no positions: they cannot be shown side by side.")]


def _orientation_findings(a: str, first: Arm, b: str, second: Arm) -> list[Finding]:
    left, right = first[0], second[0]
    if not (left.has_geometry and right.has_geometry):
        return []
    same = np.allclose(left.row_cosine, right.row_cosine, rtol=0, atol=SAME_COSINE) and np.allclose(
        left.column_cosine, right.column_cosine, rtol=0, atol=SAME_COSINE
    )
    if same:
        return []
    return [Finding("orientation-differs", "error", f"{a} and {b} were cut in different directions.")]


def _spacing_findings(a: str, first: Arm, b: str, second: Arm) -> list[Finding]:
    if np.allclose(first[0].spacing_mm, second[0].spacing_mm, rtol=SAME_SPACING):
        return []
    return [Finding("spacing-differs", "warning", f"{a} and {b} have different pixel or slice spacing.")]


def _place_findings(a: str, first: Arm, b: str, second: Arm) -> list[Finding]:
    if not (first[0].has_geometry and second[0].has_geometry):
        return []
    if apart := stacks_apart({a: first[0], b: second[0]}):
        return [Finding("places-apart", "error", apart)]
    if first[0].frame_of_reference_uid != second[0].frame_of_reference_uid:
        words = f"{a} and {b} have separate frames of reference: look whether the same slices stand side by side."
        return [Finding("separate-frames", "info", words)]
    return _shift_findings(a, first[0], b, second[0])


def _shift_findings(a: str, left: SeriesVolume, b: str, right: SeriesVolume) -> list[Finding]:
    if left.stored_zyx.shape != right.stored_zyx.shape:
        return []
    shift_mm = float(np.linalg.norm(left.positions_mm - right.positions_mm, axis=1).max())
    if shift_mm <= SAME_PLACE_MM:
        return []
    return [Finding("place-differs", "warning", f"The slices of {a} and {b} lie up to {shift_mm:.0f} mm apart.")]


def _photometric_findings(a: str, first: Arm, b: str, second: Arm) -> list[Finding]:
    if first[0].photometric == second[0].photometric:
        return []
    return [Finding("photometric-differs", "error", f"{a} and {b} differ in which end of the grey scale is white.")]


PAIR_CHECKS: tuple[Callable[[str, Arm, str, Arm], list[Finding]], ...] = (
    _shape_findings,
    _orientation_findings,
    _spacing_findings,
    _place_findings,
    _photometric_findings,
)


def _time_findings(by_arm: ByArm) -> list[Finding]:
    if "SOC" not in by_arm or "FAST" not in by_arm:
        return []
    standard, fast = by_arm["SOC"][1], by_arm["FAST"][1]
    if standard.scan_time_s and fast.scan_time_s:
        return _ratio_findings(fast.scan_time_s / standard.scan_time_s)
    if standard.averages and fast.averages and fast.averages > standard.averages:
        words = "FAST has more averages than SOC: the arms may have been exchanged."
        return [Finding("arms-swapped", "warning", words)]
    return []


def _ratio_findings(ratio: float) -> list[Finding]:
    if ratio > 1:
        words = f"FAST took {ratio:.2f} times as long as SOC: the arms may have been exchanged."
        return [Finding("arms-swapped", "warning", words)]
    if not TIME_RATIO[0] <= ratio <= TIME_RATIO[1]:
        return [Finding("time-ratio", "warning", f"FAST took {ratio:.2f} of the time of SOC; 0.3 to 0.9 is usual.")]
    return []
