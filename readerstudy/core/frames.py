"""One frame of an instance with its geometry and value mapping (PS3.3 C.7.6.2 classic, C.7.6.16 enhanced)."""

from dataclasses import dataclass, field

from pydicom.dataset import Dataset

from readerstudy.core.elements import integer, text, texts
from readerstudy.core.errors import BadPixelHeader
from readerstudy.core.functional_groups import FrameAttributes, attribute
from readerstudy.core.pixels import StoredPixels

ORIENTATION = attribute("ImageOrientationPatient", ("PlaneOrientationSequence", "ImageOrientationPatient"))
POSITION = attribute("ImagePositionPatient", ("PlanePositionSequence", "ImagePositionPatient"))
PIXEL_SPACING = attribute("PixelSpacing", ("PixelMeasuresSequence", "PixelSpacing"))
THICKNESS = attribute("SliceThickness", ("PixelMeasuresSequence", "SliceThickness"))
SPACING_BETWEEN = attribute("SpacingBetweenSlices", ("PixelMeasuresSequence", "SpacingBetweenSlices"))
SLOPE = attribute("RescaleSlope", ("PixelValueTransformationSequence", "RescaleSlope"))
INTERCEPT = attribute("RescaleIntercept", ("PixelValueTransformationSequence", "RescaleIntercept"))
ECHO_TIME = attribute("EchoTime", ("MREchoSequence", "EffectiveEchoTime"))
COMPONENT = attribute("ComplexImageComponent", ("MRImageFrameTypeSequence", "ComplexImageComponent"))
FRAME_TYPE = attribute("ImageType", ("MRImageFrameTypeSequence", "FrameType"))
STACK = attribute("StackID", ("FrameContentSequence", "StackID"))
TIME_POINT = attribute("TemporalPositionIdentifier", ("FrameContentSequence", "TemporalPositionIndex"))
B_VALUE = attribute("DiffusionBValue", ("MRDiffusionSequence", "DiffusionBValue"))

COMPONENT_OF_LETTER = {"M": "MAGNITUDE", "P": "PHASE", "R": "REAL", "I": "IMAGINARY"}

Triple = tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Frame:
    """One image plane. Lengths in millimetres in the patient frame; None where the file does not say."""

    sop_instance_uid: str
    index: int
    stored: StoredPixels = field(repr=False)  # (Y, X)
    orientation: Triple | None  # row cosine, then column cosine
    position: Triple | None
    pixel_spacing_mm: Triple | None  # between rows, between columns
    thickness_mm: float | None
    spacing_between_mm: float | None
    slope: float
    intercept: float
    stack_key: tuple[object, ...]
    is_mosaic: bool
    instance_number: int
    photometric: str
    frame_of_reference_uid: str | None

    @property
    def shape(self) -> tuple[int, ...]:
        return self.stored.shape


def frames_of(dataset: Dataset, stored: StoredPixels) -> list[Frame]:
    """Return the frames of one instance in the order of the file; `stored` is (F, Y, X)."""
    return [_frame(dataset, stored, index) for index in range(stored.shape[0])]


def _frame(dataset: Dataset, stored: StoredPixels, index: int) -> Frame:
    attributes = FrameAttributes(dataset, index)
    shares_position = stored.shape[0] > 1 and not attributes.is_enhanced
    return Frame(
        sop_instance_uid=text(dataset, "SOPInstanceUID") or "",
        index=index,
        stored=stored[index],
        orientation=attributes.numbers(ORIENTATION, 6),
        # One position for many frames says where the first one is, and nothing about the others.
        position=None if shares_position else attributes.numbers(POSITION, 3),
        pixel_spacing_mm=_positive(attributes.numbers(PIXEL_SPACING, 2)),
        thickness_mm=attributes.number(THICKNESS),
        spacing_between_mm=attributes.number(SPACING_BETWEEN),
        slope=_slope(attributes),
        intercept=attributes.number(INTERCEPT) or 0.0,
        stack_key=_stack_key(attributes),
        is_mosaic="MOSAIC" in texts(dataset, "ImageType"),
        instance_number=integer(dataset, "InstanceNumber") or 0,
        photometric=text(dataset, "PhotometricInterpretation") or "MONOCHROME2",
        frame_of_reference_uid=text(dataset, "FrameOfReferenceUID"),
    )


def _positive(spacing: Triple | None) -> Triple | None:
    return spacing if spacing is not None and min(spacing) > 0 else None


def _slope(attributes: FrameAttributes) -> float:
    slope = attributes.number(SLOPE)
    if slope is None:
        return 1.0
    if slope == 0:
        raise BadPixelHeader("RescaleSlope is 0, which makes every pixel equal. Export the file again.")
    return slope


def _stack_key(attributes: FrameAttributes) -> tuple[object, ...]:
    """What tells stacks of one series UID apart although they have one shape and one orientation."""
    echo = attributes.number(ECHO_TIME)
    return (
        None if echo is None else round(echo, 1),
        _component(attributes),
        attributes.text(STACK),
        attributes.number(TIME_POINT),
        attributes.number(B_VALUE),
    )


def _component(attributes: FrameAttributes) -> str:
    declared = attributes.text(COMPONENT)
    if declared is not None:
        return declared
    letters = [word for word in attributes.texts(FRAME_TYPE)[2:] if word in COMPONENT_OF_LETTER]
    return COMPONENT_OF_LETTER[letters[0]] if letters else "MAGNITUDE"
