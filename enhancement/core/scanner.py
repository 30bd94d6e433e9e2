"""What a scanner writes: MR Image Storage objects with the headers of known vendors, from simulated magnitudes.

The persons are invented and look it. Their names, dates and numbers are there to be removed by de-identification.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, MRImageStorage

from enhancement.core.scan_protocols import ScanProtocol
from readerstudy.core.errors import BadVolume

PROTON_MHZ_PER_T = 42.577
FULL_SCALE_PERCENTILE = 99.9
IMPLEMENTATION_UID = "1.2.826.0.1.3680043.8.498.1"  # pydicom's root: these files are not a vendor's


@dataclass(frozen=True)
class ScannerModel:
    """One model and how it stores pixels. `levels` is what the brightest tissue is scaled to."""

    manufacturer: str
    model: str
    field_t: float
    software: str
    station: str
    institution: str
    bits_stored: int
    signed: bool
    levels: int
    rescale_slope: float | None = None


# The five scanners of Bash 2021: GE 1.5 T HDc, two HDxt, Siemens 3 T Skyra and Verio.
SCANNERS: tuple[ScannerModel, ...] = (
    ScannerModel("GE MEDICAL SYSTEMS", "Signa HDxt", 1.5, "15.0_M4A", "GEHDXT1", "North Simulated", 16, True, 2400),
    ScannerModel("SIEMENS", "Skyra", 3.0, "syngo MR E11", "MRC45001", "Lake Simulated", 12, False, 1500),
    ScannerModel("GE MEDICAL SYSTEMS", "Signa HDc", 1.5, "14.0_M5", "GEHDC1", "Hill Simulated", 16, True, 3100),
    ScannerModel("SIEMENS", "Verio", 3.0, "syngo MR B17", "MRC40771", "Shore Simulated", 12, False, 1100, 2.0),
    ScannerModel("GE MEDICAL SYSTEMS", "Signa HDxt", 1.5, "16.0_V02", "GEHDXT2", "Vale Simulated", 16, True, 2000),
)


@dataclass(frozen=True)
class FakePerson:
    """An invented patient; nothing of it but sex and age may survive de-identification."""

    name: str
    patient_id: str
    birth_date: date
    sex: str
    weight_kg: float


@dataclass(frozen=True)
class AcquisitionHeader:
    """What the header says beside the pixels.

    origins_mm : (Z, 3), Image Position (Patient) of each slice.
    cosines : six, Image Orientation (Patient).
    spacing_mm : z, y, x.
    """

    person: FakePerson
    scanner: ScannerModel
    protocol: ScanProtocol
    accelerated: bool
    region: str
    origins_mm: NDArray[np.float64]
    cosines: Sequence[float]
    spacing_mm: tuple[float, float, float]
    study_uid: str
    frame_of_reference_uid: str
    series_number: int
    started_at: datetime

    @property
    def averages(self) -> float:
        return self.protocol.fast_nex if self.accelerated else self.protocol.soc_nex

    @property
    def scan_time_s(self) -> float:
        return self.protocol.fast_seconds if self.accelerated else self.protocol.soc_seconds


def new_uid(rng: np.random.Generator) -> str:
    """A UID from a random UUID. PS3.5 B.2"""
    return f"2.25.{int.from_bytes(rng.bytes(16), 'big')}"


def to_dicom(values_zyx: NDArray[np.floating], *, header: AcquisitionHeader, rng: np.random.Generator) -> list[Dataset]:
    """One classic MR series.

    Parameters
    ----------
    values_zyx : (Z, Y, X) magnitudes, any unit.
    rng : draws the UIDs and the order in which the instances come, as an export may leave them.

    Returns
    -------
    One data set a slice, with file meta, explicit VR little endian, ready to be saved.

    Raises
    ------
    BadVolume
        There are not as many slices as positions.
    """
    if len(values_zyx) != len(header.origins_mm):
        raise BadVolume(f"{len(values_zyx)} slices and {len(header.origins_mm)} positions do not go together.")
    stored = to_stored(values_zyx, header.scanner)
    series_uid = new_uid(rng)
    instances = [_instance(header, stored[z], z, series_uid, new_uid(rng)) for z in range(len(stored))]
    return [instances[i] for i in rng.permutation(len(instances))]


def to_stored(values_zyx: NDArray[np.floating], scanner: ScannerModel) -> NDArray[np.int16] | NDArray[np.uint16]:
    """Scale to the grey levels that this model uses and round; what is brighter than its range is clipped."""
    bright = float(np.percentile(values_zyx, FULL_SCALE_PERCENTILE)) or 1.0
    largest = 2 ** (scanner.bits_stored - int(scanner.signed)) - 1
    levels = np.clip(np.rint(values_zyx * (scanner.levels / bright)), 0, largest)
    return levels.astype(np.int16 if scanner.signed else np.uint16)


def _instance(
    header: AcquisitionHeader, stored_yx: NDArray[np.integer], z: int, series_uid: str, instance_uid: str
) -> Dataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = MRImageStorage
    meta.MediaStorageSOPInstanceUID = UID(instance_uid)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = UID(IMPLEMENTATION_UID)
    dataset = Dataset()
    dataset.file_meta = meta
    dataset.SOPClassUID = MRImageStorage
    dataset.SOPInstanceUID = instance_uid
    dataset.SeriesInstanceUID = series_uid
    dataset.InstanceNumber = z + 1
    for part in (_person, _study, _equipment, _acquisition):
        dataset.update(part(header))
    dataset.update(_plane(header, z))
    dataset.update(_pixels(header.scanner, stored_yx))
    _add_private(dataset, header)
    return dataset


def _person(header: AcquisitionHeader) -> Dataset:
    person, part = header.person, Dataset()
    part.PatientName = person.name
    part.PatientID = person.patient_id
    part.IssuerOfPatientID = header.scanner.institution
    part.PatientBirthDate = person.birth_date.strftime("%Y%m%d")
    part.PatientSex = person.sex
    part.PatientAge = f"{_years(person.birth_date, header.started_at.date()):03d}Y"
    part.PatientWeight = f"{person.weight_kg:.0f}"
    part.PatientPosition = "HFS"
    return part


def _years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _study(header: AcquisitionHeader) -> Dataset:
    part, at = Dataset(), header.started_at
    end = at + timedelta(seconds=header.scan_time_s)
    part.SpecificCharacterSet = "ISO_IR 100"
    part.StudyInstanceUID = header.study_uid
    part.StudyID = str(1000 + header.started_at.toordinal() % 9000)
    part.StudyDate = part.SeriesDate = part.AcquisitionDate = part.ContentDate = at.strftime("%Y%m%d")
    part.StudyTime = at.strftime("%H0000")
    part.SeriesTime = part.AcquisitionTime = at.strftime("%H%M%S")
    part.ContentTime = end.strftime("%H%M%S")
    part.AccessionNumber = f"SIM{header.person.patient_id[-5:]}"
    part.ReferringPhysicianName = "Invented^Referrer"
    part.OperatorsName = "Invented^Operator"
    part.StudyDescription = f"MR {header.region.upper()} SPINE WITHOUT CONTRAST"
    part.SeriesNumber = header.series_number
    part.AcquisitionNumber = 1
    part.SeriesDescription = header.protocol.describe(header.region, accelerated=header.accelerated)
    part.ProtocolName = f"{header.region.upper()} SPINE"
    part.BodyPartExamined = {"cervical": "CSPINE", "thoracic": "TSPINE", "lumbar": "LSPINE"}[header.region]
    part.FrameOfReferenceUID = header.frame_of_reference_uid
    part.PositionReferenceIndicator = ""
    return part


def _equipment(header: AcquisitionHeader) -> Dataset:
    scanner, part = header.scanner, Dataset()
    part.Modality = "MR"
    part.Manufacturer = scanner.manufacturer
    part.ManufacturerModelName = scanner.model
    part.InstitutionName = f"{scanner.institution} Hospital"
    part.StationName = scanner.station
    part.DeviceSerialNumber = f"SIM-{scanner.station}"
    part.SoftwareVersions = scanner.software
    part.MagneticFieldStrength = f"{scanner.field_t:g}"
    part.ImagingFrequency = f"{scanner.field_t * PROTON_MHZ_PER_T:.4f}"
    part.ImagedNucleus = "1H"
    return part


def _acquisition(header: AcquisitionHeader) -> Dataset:
    protocol, part = header.protocol, Dataset()
    frequency, phase = protocol.matrix
    part.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND"] if header.scanner.manufacturer == "SIEMENS" else [
        "ORIGINAL", "PRIMARY", "OTHER"
    ]  # fmt: skip
    part.ScanningSequence = ["SE", "IR"] if protocol.ti_ms else "SE"
    part.SequenceVariant = "SK"
    part.ScanOptions = "SP" if protocol.plane == "sagittal" else ""  # spatial presaturation
    part.MRAcquisitionType = "2D"
    part.SequenceName = "tse2d1" if header.scanner.manufacturer == "SIEMENS" else "FSE-XL"
    part.AngioFlag = "N"
    part.RepetitionTime = f"{protocol.tr_ms:g}"
    part.EchoTime = f"{protocol.te_ms:g}"
    if protocol.ti_ms:
        part.InversionTime = f"{protocol.ti_ms:g}"
    part.EchoNumbers = 1
    part.EchoTrainLength = protocol.echo_train
    part.FlipAngle = "90" if header.scanner.field_t < 2 else "150"
    part.NumberOfAverages = f"{header.averages:g}"
    part.AcquisitionDuration = float(header.scan_time_s)
    part.NumberOfPhaseEncodingSteps = phase
    part.AcquisitionMatrix = [frequency, 0, 0, phase]
    part.InPlanePhaseEncodingDirection = "ROW"
    part.PercentSampling = f"{100 * phase / frequency:.4g}"
    part.PercentPhaseFieldOfView = "100"
    part.PixelBandwidth = f"{protocol.bandwidth_hz_px:g}"
    part.SAR = f"{0.6 * header.scanner.field_t:.3g}"
    part.ReceiveCoilName = "CTLBOT" if header.scanner.field_t < 2 else "Spine_32"
    return part


def _plane(header: AcquisitionHeader, z: int) -> Dataset:
    part, spacing = Dataset(), header.spacing_mm
    normal = np.cross(header.cosines[:3], header.cosines[3:])
    part.ImagePositionPatient = [_decimal(value) for value in header.origins_mm[z]]
    part.ImageOrientationPatient = [_decimal(value) for value in header.cosines]
    part.SliceLocation = _decimal(float(normal @ header.origins_mm[z]))
    part.PixelSpacing = [_decimal(spacing[1]), _decimal(spacing[2])]
    part.SliceThickness = f"{header.protocol.thickness_mm:g}"
    part.SpacingBetweenSlices = _decimal(spacing[0])
    return part


def _decimal(value: float) -> str:
    """A decimal string of at most 16 characters. PS3.5 6.2, DS"""
    return f"{value:.8f}".rstrip("0").rstrip(".")[:16] or "0"


def _pixels(scanner: ScannerModel, stored_yx: NDArray[np.integer]) -> Dataset:
    part = Dataset()
    part.SamplesPerPixel = 1
    part.PhotometricInterpretation = "MONOCHROME2"
    part.Rows, part.Columns = stored_yx.shape
    part.BitsAllocated = 16
    part.BitsStored = scanner.bits_stored
    part.HighBit = scanner.bits_stored - 1
    part.PixelRepresentation = int(scanner.signed)
    part.SmallestImagePixelValue = int(stored_yx.min())
    part.LargestImagePixelValue = int(stored_yx.max())
    part["SmallestImagePixelValue"].VR = part["LargestImagePixelValue"].VR = "SS" if scanner.signed else "US"
    part.WindowCenter = str(scanner.levels // 3)
    part.WindowWidth = str(2 * scanner.levels // 3)
    if scanner.rescale_slope is not None:
        part.RescaleIntercept = "0"
        part.RescaleSlope = f"{scanner.rescale_slope:g}"
        part.RescaleType = "US"
    part.PixelData = stored_yx.astype("<i2" if scanner.signed else "<u2").tobytes()
    part["PixelData"].VR = "OW"
    return part


def _add_private(dataset: Dataset, header: AcquisitionHeader) -> None:
    """Vendors hide names in private elements as well: one is there to be dropped."""
    if header.scanner.manufacturer == "SIEMENS":
        block = dataset.private_block(0x0051, "SIEMENS MR HEADER", create=True)
        block.add_new(0x0E, "LO", f"Sim {header.person.name}")
    else:
        block = dataset.private_block(0x0009, "GEMS_IDEN_01", create=True)
        block.add_new(0xE3, "UI", header.study_uid)
        block.add_new(0x02, "SH", header.person.patient_id[:16])
