"""What happens to each attribute: PS3.15 table E.1-1 (2024b), the options chosen, and the rule for the rest.

Options claimed: Retain Longitudinal Temporal Information with Modified Dates, Retain Patient Characteristics
(sex and age only), Retain Device Identity (maker, model, software, field; the serial number as a keyed token,
so that one scanner stays recognisable as one), Clean Descriptors. Where the table leaves a choice (X/Z, Z/D,
X/Z/D) the value is emptied, which keeps type 2 attributes valid; X/D is removed.

Rule for what the table does not list: private elements, curves, overlays, group lengths and anything that is
not in the dictionary go. In the imaging groups numbers stay, coded strings of the list below stay, sequences
are searched, unique identifiers are replaced. All other text, names, dates, times and binary data go.
"""

from enum import Enum
from typing import Any

from dicomanonymizer.dicom_anonymization_databases import dicomfields_2024b as standard
from pydicom.datadict import dictionary_has_tag, dictionary_VR, keyword_for_tag, tag_for_keyword


class Action(Enum):
    """The last word of each is what the report of changes says."""

    KEEP = "kept"
    REMOVE = "removed"
    EMPTY = "emptied"
    DUMMY = "replaced by a dummy"
    UID = "replaced by a keyed identifier"
    SHIFT = "shifted"
    WORDS = "reduced to known words"
    CODE = "kept if coded"
    LABEL = "kept if a short number"
    TOKEN = "replaced by a keyed token"  # noqa: S105 - a word for the report, not a secret
    AGE = "capped"
    PARTICIPANT = "replaced by the participant code"
    REGION = "reduced to known codes"
    SEARCH = "searched"


def _actions(tags: list[Any], action: Action) -> dict[int, Action]:
    """Return the action by tag; the two entries with masks (curves, overlays) are covered by group."""
    return {(tag[0] << 16) | tag[1]: action for tag in tags if len(tag) == 2}


PROFILE: dict[int, Action] = {
    **_actions(standard.D_TAGS, Action.DUMMY),
    **_actions(standard.Z_TAGS, Action.EMPTY),
    **_actions(standard.X_TAGS, Action.REMOVE),
    **_actions(standard.U_TAGS, Action.UID),
    **_actions(standard.Z_D_TAGS, Action.EMPTY),
    **_actions(standard.X_Z_TAGS, Action.EMPTY),
    **_actions(standard.X_D_TAGS, Action.REMOVE),
    **_actions(standard.X_Z_D_TAGS, Action.EMPTY),
    **_actions(standard.X_Z_U_STAR_TAGS, Action.SEARCH),
}

OPTIONS_BY_KEYWORD: dict[str, Action] = {
    "PatientName": Action.PARTICIPANT,
    "PatientID": Action.PARTICIPANT,
    # E.3.4 Retain Patient Characteristics
    "PatientSex": Action.CODE,
    "PatientAge": Action.AGE,
    # E.3.6 Retain Longitudinal Temporal Information with Modified Dates: by whole days; times of day go
    "StudyDate": Action.SHIFT,
    "SeriesDate": Action.SHIFT,
    "AcquisitionDate": Action.SHIFT,
    "ContentDate": Action.SHIFT,
    "InstanceCreationDate": Action.SHIFT,
    "AcquisitionDateTime": Action.SHIFT,
    "FrameAcquisitionDateTime": Action.SHIFT,
    "FrameReferenceDateTime": Action.SHIFT,
    # E.3.3 Retain Device Identity
    "Manufacturer": Action.KEEP,
    "ManufacturerModelName": Action.KEEP,
    "SoftwareVersions": Action.KEEP,
    "DeviceSerialNumber": Action.TOKEN,
    # E.3.5 Clean Descriptors
    "SeriesDescription": Action.WORDS,
    "StudyDescription": Action.WORDS,
    "ProtocolName": Action.WORDS,
    "DerivationDescription": Action.WORDS,
    "BodyPartExamined": Action.WORDS,
    # What tells the stacks of one series apart
    "StackID": Action.LABEL,
    "AnatomicRegionSequence": Action.REGION,
    "SpecificCharacterSet": Action.REMOVE,  # all that stays is ASCII
    "SOPClassUID": Action.KEEP,
    "ReferencedSOPClassUID": Action.KEEP,
    "PixelData": Action.KEEP,
    "BurnedInAnnotation": Action.CODE,
    # Items that the table leaves to judgement and that only point at or describe other things
    "ContentSequence": Action.REMOVE,
    "AcquisitionContextSequence": Action.REMOVE,
    "IconImageSequence": Action.REMOVE,
}
OPTIONS: dict[int, Action] = {
    int(tag_for_keyword(keyword) or 0): action for keyword, action in OPTIONS_BY_KEYWORD.items()
}

# Coded strings of the MR modules (PS3.3 C.7.3.1, C.7.6.1, C.7.6.3, C.8.3.1, C.8.13): defined terms, no free text.
CODED = frozenset(
    word
    for line in (
        "ImageType Modality FrameType PatientPosition Laterality ImageLaterality FrameLaterality",
        "PhotometricInterpretation LossyImageCompression LossyImageCompressionMethod PixelPresentation",
        "PresentationLUTShape VOILUTFunction ScanningSequence SequenceVariant ScanOptions MRAcquisitionType",
        "AngioFlag InPlanePhaseEncodingDirection VariableFlipAngleFlag ImagedNucleus ResonantNucleus",
        "VolumetricProperties VolumeBasedCalculationTechnique ComplexImageComponent AcquisitionContrast",
        "EchoPulseSequence MultipleSpinEcho MultiPlanarExcitation PhaseContrast TimeOfFlightContrast",
        "SteadyStatePulseSequence EchoPlanarPulseSequence SaturationRecovery SpectrallySelectedSuppression",
        "OversamplingPhase GeometryOfKSpaceTraversal SegmentedKSpaceTraversal RectilinearPhaseEncodeReordering",
        "CoverageOfKSpace KSpaceFiltering InversionRecovery FlowCompensation FlowCompensationDirection Spoiling",
        "T2Preparation SpectrallySelectedExcitation SpatialPresaturation PartialFourier PartialFourierDirection",
        "ParallelAcquisition ParallelAcquisitionTechnique MagnetizationTransfer BloodSignalNulling Tagging",
        "ReceiveCoilType QuadratureReceiveCoil TransmitCoilType MultiCoilElementUsed DiffusionDirectionality",
        "WaterReferencedPhaseCorrection GradientOutputType OperatingModeType OperatingMode",
        "SpecificAbsorptionRateDefinition RespiratoryMotionCompensationTechnique",
        "CardiacSynchronizationTechnique DimensionOrganizationType SpatialLocationsPreserved",
    )
    for word in line.split()
)
IMAGING_GROUPS = frozenset({0x0008, 0x0018, 0x0020, 0x0028, 0x5200})
# Commands, file meta information and directory records: they have no place in a data set.
FOREIGN_GROUPS = frozenset({0x0000, 0x0002, 0x0004})
NUMERIC_VRS = frozenset({"US", "SS", "UL", "SL", "UV", "SV", "FL", "FD", "DS", "IS", "AT"})


def action_for(tag: int, vr: str) -> Action:
    """Return what is to be done with an element, listed or not; sequences that stay are searched."""
    if tag >> 16 in FOREIGN_GROUPS or not dictionary_has_tag(tag):  # private ones are in no dictionary
        return Action.REMOVE
    action = OPTIONS.get(tag) or PROFILE.get(tag) or _unlisted(tag, vr)
    if vr == "SQ" and action in (Action.KEEP, Action.UID, Action.DUMMY):
        return Action.REMOVE if action is Action.DUMMY else Action.SEARCH
    return action


def _unlisted(tag: int, vr: str) -> Action:
    group, element = tag >> 16, tag & 0xFFFF
    if group not in IMAGING_GROUPS or element == 0:
        return Action.REMOVE
    if vr not in dictionary_VR(tag).split(" or "):  # an element that is not what its tag says
        return Action.REMOVE
    if vr == "SQ":
        return Action.SEARCH
    if vr == "UI":
        return Action.UID
    if vr == "CS":
        return Action.CODE if keyword_for_tag(tag) in CODED else Action.REMOVE
    return Action.KEEP if vr in NUMERIC_VRS else Action.REMOVE
