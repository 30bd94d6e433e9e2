"""One image set as two scans of one patient: the standard and the accelerated acquisition, as DICOM."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from enhancement.core.case_mix import Case
from enhancement.core.noise import acquire
from enhancement.core.phantom import Patient, Sequence, SpinePhantom, draw_patient, make_spine_phantom, render
from enhancement.core.scan_protocols import ScanProtocol, scan_protocol
from enhancement.core.scanner import SCANNERS, AcquisitionHeader, FakePerson, ScannerModel, new_uid, to_dicom

# Foreground signal over noise of the accelerated scan; the standard one has more by the root of its averages.
FAST_SNR = (7.5, 14.0)
MOTION_MM = 0.12  # between the two scans, each way
FIRST_DAY = date(2020, 1, 6)


@dataclass(frozen=True)
class Size:
    """Displayed rows and columns, and slices."""

    matrix: int = 320
    slices: int = 12


@dataclass(frozen=True)
class Visit:
    """One participant on one scanner: what all of the participant's image sets share."""

    person: FakePerson
    patient: Patient
    scanner: ScannerModel
    study_uid: str
    frame_of_reference_uid: str
    started_at: datetime


def draw_visit(case: Case, *, seed: int) -> Visit:
    """The participant of a case; the same for all of this participant's cases."""
    rng = np.random.default_rng([seed, 1, case.participant])
    day = FIRST_DAY + timedelta(days=int(rng.integers(0, 300)))
    started_at = datetime(day.year, day.month, day.day, 8) + timedelta(minutes=int(rng.integers(0, 540)))
    return Visit(
        person=_person(case.participant, rng, day),
        patient=draw_patient(case.region, rng),
        scanner=SCANNERS[(case.participant - 1) % len(SCANNERS)],
        study_uid=new_uid(rng),
        frame_of_reference_uid=new_uid(rng),
        started_at=started_at,
    )


def _person(number: int, rng: np.random.Generator, day: date) -> FakePerson:
    age_days = int(np.clip(rng.normal(57, 15), 19, 93) * 365.25)
    sex = "F" if rng.random() < 0.55 else "M"
    name = f"Phantom{number:03d}^Invented"
    weight = float(np.clip(rng.normal(78, 14), 45, 130))
    return FakePerson(name, f"SIM{number:05d}", day - timedelta(days=age_days), sex, weight)


def simulate_case(
    case: Case, *, seed: int, size: Size, phantom: SpinePhantom | None = None
) -> dict[str, list[Dataset]]:
    """The DICOM series of one image set, by arm: SOC and FAST.

    Both are scans of one patient with their own noise, and with a little motion in between. A given `phantom` is
    scanned in place of the participant's own: making that takes most of the time.
    """
    visit = draw_visit(case, seed=seed)
    rng = np.random.default_rng([seed, 2, case.number])
    protocol = scan_protocol(case.sequence, case.plane, field_t=visit.scanner.field_t)
    phantom = phantom or _draw_phantom(case, visit, size, rng)
    once = float(rng.uniform(*FAST_SNR)) / np.sqrt(protocol.fast_nex)  # SNR of a single average
    series = {}
    for arm in ("SOC", "FAST"):
        header = _header(visit, case, protocol, phantom, accelerated=arm == "FAST")
        values = _scan(phantom, header, snr=once, rng=rng)
        series[arm] = to_dicom(values, header=header, rng=rng)
    return series


def draw_phantom(case: Case, *, seed: int, size: Size) -> SpinePhantom:
    """The anatomy of an image set, as `simulate_case` scans it."""
    rng = np.random.default_rng([seed, 2, case.number])
    return _draw_phantom(case, draw_visit(case, seed=seed), size, rng)


def _draw_phantom(case: Case, visit: Visit, size: Size, rng: np.random.Generator) -> SpinePhantom:
    return make_spine_phantom(
        region=case.region,
        plane=case.plane,
        rng=rng,
        matrix=(size.matrix, size.matrix),
        slices=size.slices,
        patient=visit.patient,
    )


def _header(
    visit: Visit, case: Case, protocol: ScanProtocol, phantom: SpinePhantom, *, accelerated: bool
) -> AcquisitionHeader:
    return AcquisitionHeader(
        person=visit.person,
        scanner=visit.scanner,
        protocol=protocol,
        accelerated=accelerated,
        region=case.region,
        origins_mm=phantom.geometry.lps_origins_mm,
        cosines=phantom.geometry.lps_cosines,
        spacing_mm=phantom.spacing_mm,
        study_uid=visit.study_uid,
        frame_of_reference_uid=visit.frame_of_reference_uid,
        series_number=2 * case.number + int(accelerated),
        started_at=visit.started_at + timedelta(minutes=8 * (case.number % 7) + 4 * int(accelerated)),
    )


def _scan(
    phantom: SpinePhantom, header: AcquisitionHeader, *, snr: float, rng: np.random.Generator
) -> NDArray[np.floating]:
    protocol, scanner = header.protocol, header.scanner
    clean = render(
        phantom,
        sequence=Sequence(protocol.tr_ms, protocol.te_ms, protocol.ti_ms),
        field_t=scanner.field_t,
        shift_mm=(rng.normal(0, MOTION_MM), rng.normal(0, MOTION_MM)),
    )
    frequency, phase = protocol.matrix
    return acquire(
        clean,
        rng=rng,
        snr=snr,
        averages=header.averages,
        zero_fill=max(1.0, clean.shape[-1] / frequency),
        phase_fraction=phase / frequency,
        window="tukey" if scanner.manufacturer.startswith("GE") else "elliptical",
        g_max=1.0 if scanner.field_t < 2 else 1.4,
    )
