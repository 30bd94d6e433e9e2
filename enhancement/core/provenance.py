"""Where derived pixels came from, in the words of the standard: type, sources, equipment and algorithm."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime

from pydicom.dataset import Dataset

# PS3.16 CID 7005, 7202, 7162 and Annex D
PROCESSING_EQUIPMENT = ("109102", "Processing Equipment")
SOURCE_IMAGE = ("121322", "Source image for image processing operation")
ADAPTIVE_FILTERING = ("123102", "Adaptive Filtering")
ARTIFICIAL_INTELLIGENCE = ("123110", "Artificial Intelligence")
MAKER = "readerstudy"


@dataclass(frozen=True)
class Derivation:
    description: str
    algorithm_name: str
    algorithm_version: str
    weights_sha256: str
    now: datetime

    @property
    def identity(self) -> tuple[str, ...]:
        """What makes the result another one; the time is not part of it."""
        return (self.description, self.algorithm_name, self.algorithm_version, self.weights_sha256)


# PS3.3 C.8.13.4, MR Pulse Sequence: how an ORIGINAL or MIXED image was acquired. A DERIVED one has none of them; its
# source, to which it refers, has.
PULSE_SEQUENCE = (
    "PulseSequenceName", "MRAcquisitionType", "EchoPulseSequence", "MultipleSpinEcho", "MultiPlanarExcitation",
    "PhaseContrast", "VelocityEncodingAcquisitionSequence", "TimeOfFlightContrast", "ArterialSpinLabelingContrast",
    "SteadyStatePulseSequence", "EchoPlanarPulseSequence", "SaturationRecovery", "SpectrallySelectedSuppression",
    "OversamplingPhase", "GeometryOfKSpaceTraversal", "RectilinearPhaseEncodeReordering",
    "SegmentedKSpaceTraversal", "CoverageOfKSpace", "NumberOfKSpaceTrajectories",
)  # fmt: skip


def description_of(strength: float) -> str:
    """DerivationDescription: ST, at most 1024 characters; the settings that make the result another one."""
    return f"Noise reduction by a neural network, strength {strength:g}"


def describe(derived: Dataset, source: Dataset, frames: Sequence[int], derivation: Derivation) -> None:
    """Write type, time, sources, equipment and algorithm into `derived`, which still has the source's elements."""
    _set_time(derived, derivation.now)
    derived.ContentQualification = "RESEARCH"  # PS3.3 C.8.13.2.1: not a product's output
    derived.ContributingEquipmentSequence = [
        *deepcopy(source.get("ContributingEquipmentSequence") or []),
        _equipment(derivation),
    ]
    derived.DerivationAlgorithmSequence = [_algorithm(derivation)]
    derived.ReferencedSeriesSequence = [_source_series(source)]
    if derived.get("PerFrameFunctionalGroupsSequence"):
        _describe_enhanced(derived, source, frames, derivation)
    else:
        _describe_classic(derived, source, derivation)


def _set_time(derived: Dataset, now: datetime) -> None:
    for event in ("InstanceCreation", "Content", "Series"):
        setattr(derived, f"{event}Date", now.strftime("%Y%m%d"))
        setattr(derived, f"{event}Time", now.strftime("%H%M%S.%f"))


def _describe_classic(derived: Dataset, source: Dataset, derivation: Derivation) -> None:
    """PS3.3 C.7.6.1 and C.8.3.1.1.1."""
    kept = list(source.get("ImageType") or [])[2:]
    derived.ImageType = ["DERIVED", "SECONDARY", *(kept or ["OTHER"])]
    derived.DerivationDescription = derivation.description
    derived.DerivationCodeSequence = [_code(*ADAPTIVE_FILTERING)]
    derived.SourceImageSequence = [_source_image(source, None)]


def _describe_enhanced(derived: Dataset, source: Dataset, frames: Sequence[int], derivation: Derivation) -> None:
    """PS3.3 C.8.16.1: in an enhanced object value 2 is PRIMARY for all images of a patient; value 4 says FILTERED."""
    for keyword in PULSE_SEQUENCE:
        if keyword in derived:
            delattr(derived, keyword)
    for holder in (derived, *_frame_type_items(derived)):
        keyword = "ImageType" if holder is derived else "FrameType"
        kept = [*list(holder.get(keyword) or []), "", "", ""][2]
        setattr(holder, keyword, ["DERIVED", "PRIMARY", kept or "OTHER", "FILTERED"])
    for group, frame in zip(derived.PerFrameFunctionalGroupsSequence, frames, strict=True):
        item = Dataset()
        item.DerivationDescription = derivation.description
        item.DerivationCodeSequence = [_code(*ADAPTIVE_FILTERING)]
        item.SourceImageSequence = [_source_image(source, frame)]
        group.DerivationImageSequence = [item]
    derived.SourceImageEvidenceSequence = [_evidence(source)]


def _frame_type_items(derived: Dataset) -> list[Dataset]:
    groups = [
        *(derived.get("SharedFunctionalGroupsSequence") or []),
        *(derived.get("PerFrameFunctionalGroupsSequence") or []),
    ]
    return [item for group in groups for item in group.get("MRImageFrameTypeSequence") or []]


def _equipment(derivation: Derivation) -> Dataset:
    """PS3.3 C.12.1.1: who contributed, and what."""
    item = Dataset()
    item.PurposeOfReferenceCodeSequence = [_code(*PROCESSING_EQUIPMENT)]
    item.Manufacturer = MAKER
    item.ManufacturerModelName = derivation.algorithm_name
    item.SoftwareVersions = derivation.algorithm_version
    item.ContributionDateTime = derivation.now.strftime("%Y%m%d%H%M%S.%f%z")
    item.ContributionDescription = "Noise reduction of magnitude images"
    return item


def _algorithm(derivation: Derivation) -> Dataset:
    """PS3.3 Table 10-19, Algorithm Identification Macro."""
    item = Dataset()
    item.AlgorithmFamilyCodeSequence = [_code(*ARTIFICIAL_INTELLIGENCE)]
    item.AlgorithmName = derivation.algorithm_name
    item.AlgorithmVersion = derivation.algorithm_version
    item.AlgorithmParameters = f"{derivation.description}; weights SHA-256 {derivation.weights_sha256}"
    item.AlgorithmSource = MAKER
    return item


def _source_image(source: Dataset, frame: int | None) -> Dataset:
    item = _reference(source)
    if frame is not None:
        item.ReferencedFrameNumber = frame + 1
    item.PurposeOfReferenceCodeSequence = [_code(*SOURCE_IMAGE)]
    item.SpatialLocationsPreserved = "YES"
    return item


def _source_series(source: Dataset) -> Dataset:
    """PS3.3 C.12.2, Common Instance Reference."""
    item = Dataset()
    item.SeriesInstanceUID = source.SeriesInstanceUID
    item.ReferencedInstanceSequence = [_reference(source)]
    return item


def _evidence(source: Dataset) -> Dataset:
    """PS3.3 Table 10-4: the same source once more, as enhanced objects list it."""
    series = Dataset()
    series.SeriesInstanceUID = source.SeriesInstanceUID
    series.ReferencedSOPSequence = [_reference(source)]
    item = Dataset()
    item.StudyInstanceUID = source.StudyInstanceUID
    item.ReferencedSeriesSequence = [series]
    return item


def _reference(source: Dataset) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = source.SOPClassUID
    item.ReferencedSOPInstanceUID = source.SOPInstanceUID
    return item


def _code(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue = value
    item.CodingSchemeDesignator = "DCM"
    item.CodeMeaning = meaning
    return item
