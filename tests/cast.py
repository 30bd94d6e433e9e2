"""The cast of the tests: two studies' worth of people, and a small study made by the product's own services."""

import uuid
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

from readerstudy.core.series import SeriesVolume
from readerstudy.models import ImageSet, Membership, Participant, Role, Series, Study, User
from readerstudy.services import accounts, archive, display, studies
from readerstudy.services.series import NewSeries, store_series

PASSWORD = "correct horse battery"
ROWS = COLUMNS = 24
SLICES = 3


@dataclass(frozen=True)
class Cast:
    """One draft study with its people, and an outsider who coordinates another study."""

    study: Study
    coordinator: User
    reader_one: Membership
    reader_two: Membership
    statistician: User
    outsider: User


def person(username: str, **flags: object) -> User:
    user = User(username=username, email=f"{username}@example.org", **flags)
    user.set_password(PASSWORD)
    user.save()
    return user


def make_cast() -> Cast:
    coordinator, outsider = person("coordinator"), person("outsider")
    study = studies.create_study(actor=coordinator, title="Spine study")
    studies.create_study(actor=outsider, title="Another study")
    readers = [accounts.add_member(study, person(name), Role.READER, actor=coordinator) for name in ("one", "two")]
    statistician = person("statistician")
    accounts.add_member(study, statistician, Role.STATISTICIAN, actor=coordinator)
    return Cast(study, coordinator, *readers, statistician, outsider)


def instances(values_zyx: np.ndarray, *, series_uid: str | None = None) -> list[Dataset]:
    """De-identified sagittal MR instances with these stored values."""
    series_uid = series_uid or f"2.25.{uuid.uuid4().int}"
    return [_instance(plane, z, series_uid) for z, plane in enumerate(values_zyx)]


def _instance(plane: np.ndarray, z: int, series_uid: str) -> Dataset:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = MRImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = f"2.25.{uuid.uuid4().int}"
    dataset.SeriesInstanceUID, dataset.StudyInstanceUID = series_uid, "2.25.1"
    dataset.FrameOfReferenceUID = "2.25.2"
    dataset.Modality, dataset.PatientID, dataset.PatientName = "MR", "P001", "P001"
    dataset.InstanceNumber = z + 1
    dataset.Rows, dataset.Columns = plane.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 0
    dataset.PixelSpacing, dataset.SliceThickness = [0.8, 0.8], 4
    dataset.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
    dataset.ImagePositionPatient = [4.0 * z, 0, 0]
    dataset.PixelData = plane.astype("<u2").tobytes()
    return dataset


def texture(seed: int) -> np.ndarray:
    """A small (Z, Y, X) stack with structure, so that windows and codecs have something to do."""
    rng = np.random.default_rng(seed)
    ramp = np.add.outer(np.arange(ROWS), np.arange(COLUMNS)) * 20
    return np.clip(ramp + rng.integers(0, 200, (SLICES, ROWS, COLUMNS)), 0, 4000)


def add_image_set(study: Study, number: int, *, participant: int | None = None) -> ImageSet:
    """One image set, complete in every arm and ready to be read."""
    who, _ = Participant.objects.get_or_create(
        study=study,
        code=f"P{participant or number:03d}",
        defaults={"pseudonym": f"{participant or number:064x}", "sex": "F", "age_years": 40 + number},
    )
    image_set = ImageSet.objects.create(
        study=study, participant=who, code=f"S{number:03d}", region="lumbar", plane="sagittal", sequence="T2"
    )
    for index, arm in enumerate(study.arms.all()):
        add_series(study, who, texture(100 * number + index), image_set=image_set, arm=arm)
    display.build(image_set)
    image_set.refresh_from_db()
    return image_set


def add_series(study: Study, participant: Participant, values_zyx: np.ndarray, **place: object) -> Series:
    datasets = instances(values_zyx)
    volume: SeriesVolume = archive.volume_of(datasets)
    new = NewSeries(
        participant=participant,
        series_uid=str(datasets[0].SeriesInstanceUID),
        datasets=datasets,
        volume=volume,
        parameters={},
        **place,
    )
    return store_series(study, new)
