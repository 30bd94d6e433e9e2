"""MR instances made in memory, and where the shared vendor files lie when they are there."""

import os
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from readerstudy.core.dicom import ENHANCED_MR_IMAGE, MR_IMAGE, read_instance
from readerstudy.core.elements import quiet_headers
from readerstudy.core.pixels import decode_stored
from readerstudy.core.series import Instance

SHARED = Path(os.environ.get("READERSTUDY_SHARED") or Path(__file__).parents[4] / "shared")
VENDOR = SHARED / "data" / "dev"
needs_vendor_files = pytest.mark.skipif(
    not (VENDOR / "dicom_expected.json").exists(),
    reason="the shared vendor DICOM files are absent; set READERSTUDY_SHARED to their folder",
)
KEY = b"a secret of the study, long enough"

SAGITTAL = [0, 1, 0, 0, 0, -1]
AXIAL = [1, 0, 0, 0, 1, 0]


def ramp(rows=6, columns=8, start=0):
    return (np.arange(rows * columns, dtype=np.uint16) + start).reshape(rows, columns)


def mr_dataset(pixels=None, *, number=1, position=(0, 0, 0), orientation=AXIAL, series="1.2.3.4", **changes):
    """Return one classic MR instance; keywords change, or with None remove, an element."""
    pixels = ramp(start=number) if pixels is None else pixels
    dataset = Dataset()
    dataset.update(_identity(number, series))
    elements = {
        "ImageType": ["ORIGINAL", "PRIMARY", "M", "ND"],
        "Manufacturer": "GE MEDICAL SYSTEMS",
        "ManufacturerModelName": "Signa HDxt",
        "MagneticFieldStrength": "1.5",
        "ScanningSequence": "SE",
        "RepetitionTime": "3000",
        "EchoTime": "100",
        "NumberOfAverages": "2",
        "SliceThickness": "4",
        "PixelSpacing": [0.5, 0.75],
        "ImageOrientationPatient": list(orientation),
        "ImagePositionPatient": list(position),
        "SeriesDescription": "SAG T2 LUMBAR",
        "Rows": pixels.shape[-2],
        "Columns": pixels.shape[-1],
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": pixels.dtype.itemsize * 8,
        "BitsStored": pixels.dtype.itemsize * 8,
        "HighBit": pixels.dtype.itemsize * 8 - 1,
        "PixelRepresentation": int(pixels.dtype.kind == "i"),
    }
    if pixels.ndim == 3:
        elements["NumberOfFrames"] = pixels.shape[0]
    for keyword, value in (elements | changes).items():
        if value is not None:
            setattr(dataset, keyword, value)
        elif keyword in dataset:
            del dataset[keyword]
    if "PixelData" not in changes:
        dataset.add_new("PixelData", "OW", pixels.tobytes())
    return dataset


def _identity(number, series):
    identity = Dataset()
    identity.SOPClassUID = MR_IMAGE
    identity.SOPInstanceUID = f"{series}.{number}"
    identity.StudyInstanceUID = "1.2.3"
    identity.SeriesInstanceUID = series
    identity.Modality = "MR"
    identity.PatientName = "Quimby^Zelda"
    identity.PatientID = "HOSP-778899"
    identity.PatientBirthDate = "19500615"
    identity.PatientSex = "F"
    identity.StudyDate = "20200614"
    identity.InstanceNumber = number
    identity.FrameOfReferenceUID = "1.2.3.9"
    return identity


def enhanced_dataset(pixels, *, positions, orientation=SAGITTAL, slopes=None, stacks=None):
    """Return one enhanced MR instance with shared and per-frame functional groups; `pixels` is (F, Y, X)."""
    dataset = mr_dataset(
        pixels,
        SOPClassUID=ENHANCED_MR_IMAGE,
        ImageOrientationPatient=None,
        ImagePositionPatient=None,
        PixelSpacing=None,
        SliceThickness=None,
        RepetitionTime=None,
        EchoTime=None,
        NumberOfAverages=None,
        ScanningSequence=None,
        EchoPulseSequence="SPIN",
        AcquisitionDuration=123.5,
    )
    shared = Dataset()
    shared.PixelMeasuresSequence = [_item(PixelSpacing=[0.5, 0.75], SliceThickness=4)]
    shared.PlaneOrientationSequence = [_item(ImageOrientationPatient=list(orientation))]
    shared.MRTimingAndRelatedParametersSequence = [_item(RepetitionTime=600, FlipAngle=90, EchoTrainLength=3)]
    shared.MREchoSequence = [_item(EffectiveEchoTime=12.0)]
    shared.MRAveragesSequence = [_item(NumberOfAverages=4)]
    dataset.SharedFunctionalGroupsSequence = [shared]
    dataset.PerFrameFunctionalGroupsSequence = [
        _frame_groups(index, positions, slopes, stacks) for index in range(len(positions))
    ]
    return dataset


def _item(**elements):
    item = Dataset()
    for keyword, value in elements.items():
        setattr(item, keyword, value)
    return item


def _frame_groups(index, positions, slopes, stacks):
    groups = Dataset()
    groups.PlanePositionSequence = [_item(ImagePositionPatient=list(positions[index]))]
    slope = 1.0 if slopes is None else slopes[index]
    groups.PixelValueTransformationSequence = [_item(RescaleSlope=slope, RescaleIntercept=index)]
    if stacks is not None:
        groups.FrameContentSequence = [_item(StackID=stacks[index])]
    return groups


def file_bytes(dataset, syntax=ExplicitVRLittleEndian):
    """Return the Part 10 file of a data set."""
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    stream = BytesIO()
    with quiet_headers():
        dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def instance(dataset, name="a.dcm"):
    """Return what ingest makes of a data set: written, read and decoded again."""
    read = read_instance(file_bytes(dataset))
    return Instance(name, read, decode_stored(read))


def stack_of(count=4, *, step=(0, 0, 5), series="1.2.3.4", **changes):
    """Return `count` instances whose positions advance by `step`."""
    return [
        instance(mr_dataset(number=n + 1, position=[n * part for part in step], series=series, **changes), f"{n}.dcm")
        for n in range(count)
    ]


def vendor_bytes(path):
    return (VENDOR / path).read_bytes()
