"""A study of small series in every geometry, made beside a running product, and what its pixels must look like.

    manage.py shell -c "from tests.browser.pixel_study import make; make()"

prints as its last line which arm stands where. The values are made from seeds, so that the test can make them again.
"""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from readerstudy.models import Participant, Role
from readerstudy.services import accounts, allocate, archive, display, studies
from readerstudy.services.conditions import save_conditions
from readerstudy.services.series import NewSeries, store_series
from tests.cast import instances, person

SLICES = 4
AXIAL, SAGITTAL = ([1, 0, 0, 0, 1, 0], [0, 1, 0, 0, 0, -1])
OBLIQUE = [0.8, 0.6, 0, 0, 0, -1]
DOUBLE_OBLIQUE = [0.8, 0.36, 0.48, 0, 0.8, -0.6]


@dataclass(frozen=True)
class Scan:
    """How an arm of an image set was acquired; `corner` is (down, right) of the first pixel's centre, mm."""

    shape: tuple[int, int] = (40, 48)
    spacing: tuple[float, float] = (0.8, 0.8)
    orientation: tuple[float, ...] = tuple(SAGITTAL)
    corner: tuple[float, float] = (0.0, 0.0)
    signed: bool = False
    photometric: str = "MONOCHROME2"
    frame: str = "2.25.2"


@dataclass(frozen=True)
class Case:
    """One image set; `letters` are the edges left, right, top, bottom."""

    standard: Scan
    fast: Scan
    letters: tuple[str, str, str, str]


def alike(letters: str, **scan: Any) -> Case:
    return Case(Scan(**scan), Scan(**scan), tuple(letters.split()))  # type: ignore[arg-type]


CASES = {
    "axial": alike("R L A P", orientation=tuple(AXIAL), shape=(48, 40)),
    "sagittal": alike("A P H F"),
    "oblique": alike("RA LP H F", orientation=tuple(OBLIQUE)),
    "double oblique": alike("RF LH AH PF", orientation=tuple(DOUBLE_OBLIQUE)),
    "not square": alike("A P H F", spacing=(1.3, 0.6), shape=(31, 53)),
    "signed": alike("A P H F", signed=True),
    "black is white": alike("A P H F", photometric="MONOCHROME1"),
    # A separate acquisition: another matrix, spacing, field of view, place and frame of reference.
    "other matrix": Case(
        Scan(shape=(40, 48)),
        Scan(shape=(33, 61), spacing=(1.0, 0.7), corner=(-1.5, 2.25), frame="2.25.9"),
        ("A", "P", "H", "F"),
    ),
}


def values_of(name: str, arm: str) -> np.ndarray:
    """(Z, Y, X) stored values: structure without any symmetry, sharp edges and noise; the arms differ."""
    case = CASES[name]
    scan = case.fast if arm.startswith("FAST") else case.standard
    rng = np.random.default_rng([list(CASES).index(name), len(arm)])
    y, x = np.mgrid[: scan.shape[0], : scan.shape[1]]
    smooth = [600 + 400 * np.sin(x / 5 + z) + 9 * y for z in range(SLICES)]
    stack = np.stack(smooth) + rng.normal(0, 60, (SLICES, *scan.shape))
    stack[:, 5:12, 8:20] = 2200
    stack[:, 20:29, 25:31] = 40
    stack += 300 * np.arange(SLICES)[:, None, None] - (900 if scan.signed else 0)
    return np.rint(np.clip(stack, -2000 if scan.signed else 0, 4000)).astype(np.int32)


def datasets_of(name: str, arm: str) -> list[Dataset]:
    case = CASES[name]
    scan = case.fast if arm.startswith("FAST") else case.standard
    found = instances(values_of(name, arm))
    row, column = np.array(scan.orientation[:3]), np.array(scan.orientation[3:])
    for z, dataset in enumerate(found):
        place = 4.0 * z * np.cross(row, column) + scan.corner[0] * column + scan.corner[1] * row
        dataset.ImageOrientationPatient = [f"{part:.6f}" for part in scan.orientation]
        dataset.ImagePositionPatient = [f"{part:.6f}" for part in place]
        dataset.PixelSpacing, dataset.FrameOfReferenceUID = list(scan.spacing), scan.frame
        dataset.PhotometricInterpretation = scan.photometric
        if scan.signed:
            dataset.PixelRepresentation = 1
            dataset.PixelData = values_of(name, arm)[z].astype("<i2").tobytes()
    return found


def make(**conditions: Any) -> None:
    """A sealed study with one reader, whose name and password are those of `tests.cast`; with reading conditions."""
    coordinator = person("pixel-coordinator")
    study = studies.create_study(actor=coordinator, title="Pixels")
    studies.update_details(study, coordinator, {"blink_comparison": True})
    save_conditions(study, actor=coordinator, values=conditions)
    accounts.add_member(study, person("pixel-reader"), Role.READER, actor=coordinator)
    for number, name in enumerate(CASES):
        who = Participant.objects.create(study=study, code=f"P{number}", pseudonym=f"{number:064x}")
        image_set = study.image_sets.create(participant=who, code=name.replace(" ", "-"), region="lumbar")
        for arm in study.arms.all():
            datasets = datasets_of(name, arm.code)
            place = {"participant": who, "image_set": image_set, "arm": arm}
            volume = archive.volume_of(datasets)
            store_series(study, NewSeries(
                series_uid=str(datasets[0].SeriesInstanceUID), datasets=datasets, volume=volume, parameters={}, **place,
            ))  # fmt: skip
        display.build(image_set)
    allocate.seal_and_start(study, actor=coordinator, reason="for this test", seed="5eed5eed5eed5eed")
    study.refresh_from_db()
    rows = study.allocations.select_related("pair__image_set").order_by("position")
    shown = {
        one.pair.image_set.code.replace("-", " "): {
            "token": one.token, "left": one.left_arm.code, "right": one.right_arm.code,
        }
        for one in rows
        if {one.left_arm.code, one.right_arm.code} == {"SOC", "FAST"}
    }  # fmt: skip
    print(json.dumps(shown))
