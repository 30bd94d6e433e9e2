"""What a study keeps of a series' header: protocol, scanner, sex and age. Missing is None, never invented."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from readerstudy.core.elements import integer, items, number, numbers, quiet_headers, text, texts
from readerstudy.core.frames import ORIENTATION, PIXEL_SPACING, SPACING_BETWEEN, THICKNESS
from readerstudy.core.functional_groups import FrameAttributes, attribute
from readerstudy.core.person import capped_age_years, identity_tokens
from readerstudy.core.vocabulary import ENHANCEMENT_WORDS, clean_words, coded_region, region_of
from readerstudy.core.volume import SeriesVolume, plane_of
from readerstudy.core.weighting import weighting

TIMING = "MRTimingAndRelatedParametersSequence"
NUMBERS = {
    "tr_ms": attribute("RepetitionTime", (TIMING, "RepetitionTime")),
    "te_ms": attribute("EchoTime", ("MREchoSequence", "EffectiveEchoTime")),
    "flip_angle_deg": attribute("FlipAngle", (TIMING, "FlipAngle")),
    "slice_thickness_mm": THICKNESS,
    "spacing_between_slices_mm": SPACING_BETWEEN,
    "averages": attribute("NumberOfAverages", ("MRAveragesSequence", "NumberOfAverages")),
    "scan_time_s": attribute("AcquisitionDuration"),  # (0018,9073), in seconds: PS3.3 C.8.13.1
    "bandwidth_hz_px": attribute("PixelBandwidth", ("MRImagingModifierSequence", "PixelBandwidth")),
}
INVERSION_TIME = attribute("InversionTime", ("MRModifierSequence", "InversionTimes"))
ECHO_TRAIN = attribute("EchoTrainLength", (TIMING, "EchoTrainLength"))
RF_ECHO_TRAIN = attribute("RFEchoTrainLength", (TIMING, "RFEchoTrainLength"))
FREQUENCY_STEPS = attribute(
    "MRAcquisitionFrequencyEncodingSteps", ("MRFOVGeometrySequence", "MRAcquisitionFrequencyEncodingSteps")
)
PHASE_STEPS = attribute(
    "MRAcquisitionPhaseEncodingStepsInPlane",
    ("MRFOVGeometrySequence", "MRAcquisitionPhaseEncodingStepsInPlane"),
)
LATERALITY = attribute("Laterality", ("FrameAnatomySequence", "FrameLaterality"))
DESCRIPTORS = ("SeriesDescription", "ProtocolName", "StudyDescription", "BodyPartExamined", "SequenceName")
# Scanners of the 1990s gave the field in gauss (15000) although the standard asks for tesla.
GAUSS_PER_TESLA = 10_000
LARGEST_FIELD_T = 30
ENHANCED_SEQUENCES = {"SPIN": ("SE",), "GRADIENT": ("GR",), "BOTH": ("SE", "GR")}  # PS3.3 C.8.13.4.1
CODE = re.compile(r"[A-Z0-9_ ]{1,16}")  # PS3.5 6.2, CS
# Some scanners write (0018,9073) in milliseconds; no clinical sequence runs for two hours.
LONGEST_SCAN_S = 7200
SEXES = frozenset({"M", "F", "O"})


@dataclass(frozen=True)
class SeriesParameters:
    """One series in numbers and safe words; nothing here identifies a person."""

    manufacturer: str | None = None
    model: str | None = None
    field_strength_t: float | None = None
    software: str | None = None
    tr_ms: float | None = None
    te_ms: float | None = None
    ti_ms: float | None = None
    flip_angle_deg: float | None = None
    slice_thickness_mm: float | None = None
    spacing_between_slices_mm: float | None = None
    acquisition_matrix: tuple[int, int] | None = None  # frequency, phase
    rows: int | None = None
    columns: int | None = None
    pixel_spacing_mm: tuple[float, ...] | None = None  # between rows, between columns
    echo_train_length: int | None = None
    averages: float | None = None
    scan_time_s: float | None = None
    bandwidth_hz_px: float | None = None
    scanning_sequence: tuple[str, ...] = ()
    sequence_variant: tuple[str, ...] = ()
    scan_options: tuple[str, ...] = ()
    body_part: str | None = None
    sex: str | None = None
    age_years: int | None = None
    laterality: str | None = None
    n_slices: int | None = None
    transfer_syntax: str | None = None
    lossy: bool = False
    derived: bool = False
    enhanced_by_algorithm: bool = False
    source_series_uids: tuple[str, ...] = ()  # of a derived series: those that its header names as its sources
    plane: str = "unknown"
    sequence: str = "unknown"
    region: str = "unknown"
    words: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; tuples become lists."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in vars(self).items()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "SeriesParameters":
        """Restore what `to_json` gave; an unknown key fails, a missing one is None."""
        known = {field.name for field in fields(cls)}
        if unknown := set(data) - known:
            raise ValueError(f"unknown series parameters: {', '.join(sorted(unknown))}")
        plain: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in data.items()}
        return cls(**plain)


def extract_parameters(datasets: Sequence[Dataset], volume: SeriesVolume | None = None) -> SeriesParameters:
    """Read the parameters of one series.

    Parameters
    ----------
    datasets : sequence of pydicom.Dataset
        The instances of one series; the first one speaks for all. De-identified or not: nothing is returned
        that de-identification would remove.
    volume : SeriesVolume, optional
        Gives plane and number of slices; without it the first frame and the frames of the files do.
    """
    with quiet_headers():
        dataset = datasets[0]
        frame = FrameAttributes(dataset)
        return SeriesParameters(
            **_equipment(dataset),
            **_timing(dataset, frame),
            **_matrix(dataset, frame),
            **_stack(datasets, volume, frame),
            **_person(dataset),
            **_origin(dataset),
            laterality=_code(frame.text(LATERALITY)),
            scan_options=codes(dataset, "ScanOptions"),
            sequence_variant=codes(dataset, "SequenceVariant"),
            region=region_of(descriptor_words(dataset)) or coded_region(dataset) or "unknown",
        )


def descriptor_words(dataset: Dataset) -> tuple[str, ...]:
    """Return the safe words of all descriptors of an instance, each once."""
    person = identity_tokens(dataset)
    found = (clean_words(text(dataset, keyword) or "", forbidden=person) for keyword in DESCRIPTORS)
    return tuple(dict.fromkeys(word for words in found for word in words))


def _equipment(dataset: Dataset) -> dict[str, Any]:
    field_strength = _positive(number(dataset, "MagneticFieldStrength"))
    if field_strength is not None and field_strength > LARGEST_FIELD_T:
        field_strength = round(field_strength / GAUSS_PER_TESLA, 2)
    return {
        "manufacturer": text(dataset, "Manufacturer"),
        "model": text(dataset, "ManufacturerModelName"),
        "software": "\\".join(texts(dataset, "SoftwareVersions")) or None,
        "field_strength_t": field_strength,
    }


def _timing(dataset: Dataset, frame: FrameAttributes) -> dict[str, Any]:
    found: dict[str, Any] = {name: frame.number(place) for name, place in NUMBERS.items()}
    ti_ms = _positive(frame.number(INVERSION_TIME))
    scanning = _scanning_sequence(dataset)
    train = _positive(frame.number(RF_ECHO_TRAIN)) or _positive(frame.number(ECHO_TRAIN))
    if found["scan_time_s"] is not None and found["scan_time_s"] > LONGEST_SCAN_S:
        found["scan_time_s"] /= 1000
    sequence = weighting(
        tr_ms=found["tr_ms"],
        te_ms=found["te_ms"],
        ti_ms=ti_ms,
        scanning_sequence=scanning,
        words=descriptor_words(dataset),
    )
    return found | {
        "ti_ms": ti_ms,
        "scanning_sequence": scanning,
        "sequence": sequence,
        "echo_train_length": None if train is None else int(train),
    }


def _scanning_sequence(dataset: Dataset) -> tuple[str, ...]:
    """Return SE, GR, IR, EP of a classic object, or what an enhanced one says in other words."""
    classic = codes(dataset, "ScanningSequence")
    enhanced = ENHANCED_SEQUENCES.get(text(dataset, "EchoPulseSequence") or "", ())
    return classic or enhanced


def _matrix(dataset: Dataset, frame: FrameAttributes) -> dict[str, Any]:
    return {
        "rows": integer(dataset, "Rows"),
        "columns": integer(dataset, "Columns"),
        "pixel_spacing_mm": frame.numbers(PIXEL_SPACING, 2),
        "acquisition_matrix": _acquisition_matrix(dataset, frame),
    }


def _acquisition_matrix(dataset: Dataset, frame: FrameAttributes) -> tuple[int, int] | None:
    """Return frequency x phase steps; (0018,1310) has frequency rows and columns, then phase rows and columns."""
    classic = numbers(dataset, "AcquisitionMatrix", 4)
    if classic is not None:
        frequency, phase = max(classic[:2]), max(classic[2:])
        return (int(frequency), int(phase)) if frequency and phase else None
    steps = frame.number(FREQUENCY_STEPS), frame.number(PHASE_STEPS)
    return None if steps[0] is None or steps[1] is None else (int(steps[0]), int(steps[1]))


def _stack(datasets: Sequence[Dataset], volume: SeriesVolume | None, frame: FrameAttributes) -> dict[str, Any]:
    if volume is not None:
        return {"n_slices": volume.stored_zyx.shape[0], "plane": volume.geometry.plane}
    cosines = frame.numbers(ORIENTATION, 6)
    return {
        "n_slices": sum(integer(dataset, "NumberOfFrames") or 1 for dataset in datasets),
        "plane": "unknown" if cosines is None else plane_of(np.cross(cosines[:3], cosines[3:])),
    }


def _person(dataset: Dataset) -> dict[str, Any]:
    sex = text(dataset, "PatientSex")
    return {"sex": sex if sex in SEXES else None, "age_years": capped_age_years(dataset)}


def _origin(dataset: Dataset) -> dict[str, Any]:
    words = descriptor_words(dataset)
    derived = "DERIVED" in texts(dataset, "ImageType")[:1]
    algorithm = clean_words(text(dataset, "DerivationDescription") or "")
    return {
        "transfer_syntax": text(dataset.file_meta, "TransferSyntaxUID") if hasattr(dataset, "file_meta") else None,
        "lossy": text(dataset, "LossyImageCompression") == "01",
        "derived": derived,
        "source_series_uids": _source_series_uids(dataset) if derived else (),
        "enhanced_by_algorithm": derived and not ENHANCEMENT_WORDS.isdisjoint(words + algorithm),
        "body_part": " ".join(clean_words(text(dataset, "BodyPartExamined") or "")) or None,
        "words": words,
    }


def _source_series_uids(dataset: Dataset) -> tuple[str, ...]:
    """PS3.3 C.12.2 (Common Instance Reference) and Table 10-4, as enhanced objects list their evidence."""
    own = text(dataset, "SeriesInstanceUID")
    holders = [dataset, *items(dataset, "SourceImageEvidenceSequence")]
    named = [text(item, "SeriesInstanceUID") for one in holders for item in items(one, "ReferencedSeriesSequence")]
    return tuple(dict.fromkeys(uid for uid in named if uid is not None and uid != own))


def _positive(value: float | None) -> float | None:
    return value if value is not None and value > 0 else None


def _code(value: str | None) -> str | None:
    return value if value is not None and CODE.fullmatch(value) else None


def codes(dataset: Dataset, keyword: str) -> tuple[str, ...]:
    """Return the values of a coded string that look like codes."""
    return tuple(value for value in texts(dataset, keyword) if CODE.fullmatch(value))
