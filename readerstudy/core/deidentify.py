"""De-identification of one instance by PS3.15 annex E, with the table of `deid_table`.

Everything that stays is written anew from checked values: file meta information, preamble and anything behind
the pixel data never pass. The report of changes names tags and actions, never values.
"""

from dataclasses import dataclass, field
from io import BytesIO

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian

from readerstudy.core.deid_table import Action, action_for
from readerstudy.core.deid_values import Person, new_value, person_of, replacement_uid
from readerstudy.core.dicom import SECONDARY_CAPTURES
from readerstudy.core.elements import quiet_headers, text, texts
from readerstudy.core.person import participant_pseudonym
from readerstudy.core.pixels import StoredPixels

IMPLEMENTATION_UID = UID("2.25.185063271947217643498471950731124862095")
METHOD = (
    "PS3.15 2024b Basic Application Confidentiality Profile",
    "Keyed UIDs; dates shifted per participant; times removed",
    "Serial number replaced by a keyed token; age capped at 90",
)
METHOD_CODES = {  # PS3.16 CID 7050
    "113100": "Basic Application Confidentiality Profile",
    "113107": "Retain Longitudinal Temporal Information Modified Dates Option",
    "113108": "Retain Patient Characteristics Option",
    "113109": "Retain Device Identity Option",
    "113105": "Clean Descriptors Option",
}
SHORTEST_KEY_BYTES = 16


@dataclass(frozen=True)
class Change:
    """One element and what was done to it; the parts of a nested path are joined by >."""

    tag: str
    action: str


@dataclass(frozen=True, eq=False)
class Deidentified:
    dataset: Dataset = field(repr=False)
    changes: tuple[Change, ...]


def deidentify(
    dataset: Dataset, *, key: bytes, participant_code: str, ours: frozenset[str] = frozenset()
) -> Deidentified:
    """Return a de-identified copy; the argument is not changed.

    Parameters
    ----------
    dataset : pydicom.Dataset
        From `read_instance`. Pixel data pass as they are: `with_native_pixels` rids them of hidden texts.
    key : bytes
        Secret of the study: the same key maps the same identifiers to the same replacements.
    participant_code : str
        Becomes patient name and id, and selects the shift of dates.
    ours : frozenset of str
        UIDs and dates that stay, because we put them in ourselves: of a series that was made elsewhere from one that we
        had de-identified.

    Raises
    ------
    ValueError
        When the key is shorter than 16 bytes.

    Source
    ------
    PS3.15 E.1 to E.3. Wrong to use where pixels show text: ask `burned_in_suspicion` first.
    """
    if len(key) < SHORTEST_KEY_BYTES:
        raise ValueError(f"the key must have at least {SHORTEST_KEY_BYTES} bytes")
    with quiet_headers():
        person = person_of(dataset, key=key, participant_code=participant_code, ours=ours)
        changes: list[Change] = []
        clean = _cleaned(dataset, person, "", changes)
        _add_person(clean, person)
        _add_markers(clean)
        clean.file_meta = _file_meta(dataset, clean)
    return Deidentified(clean, tuple(changes))


def burned_in_suspicion(dataset: Dataset) -> str | None:
    """Return why the pixels may show a name, or None; suspicious files wait for a person to look."""
    if text(dataset, "BurnedInAnnotation") == "YES":
        return "The file says that text is burned into the image. Look at it before it is used."
    if (text(dataset, "SOPClassUID") or "") in SECONDARY_CAPTURES or text(dataset, "ConversionType"):
        return "This is a screen capture, which may show a name. Look at it before it is used."
    if "SCREEN SAVE" in texts(dataset, "ImageType"):
        return "This is a saved screen, which may show a name. Look at it before it is used."
    return None


def with_native_pixels(dataset: Dataset, stored: StoredPixels) -> Dataset:
    """Return a copy with the decoded values as uncompressed pixel data.

    Nothing that hid in comments of the codestream, unused bits or padding is left. `stored` is (F, Y, X).
    """
    copy = Dataset()
    copy.update({element.tag: element for element in dataset})
    content = stored.astype(stored.dtype.newbyteorder("<")).tobytes()
    copy.add_new("PixelData", "OB" if stored.dtype.itemsize == 1 else "OW", content + b"\0" * (len(content) % 2))
    copy.file_meta = FileMetaDataset()
    copy.file_meta.update(dataset.file_meta)
    copy.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return copy


def instance_bytes(dataset: Dataset) -> bytes:
    """Return the Part 10 file of a data set that has its file meta information."""
    stream = BytesIO()
    with quiet_headers():
        dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def _cleaned(dataset: Dataset, person: Person, path: str, changes: list[Change]) -> Dataset:
    clean = Dataset()
    for element in dataset:
        where = f"{path}{element.tag}"
        action = action_for(element.tag, element.VR)
        if action is Action.SEARCH:
            clean.add_new(element.tag, "SQ", _cleaned_items(element, person, where, changes))
            continue
        value = new_value(element, action, person)
        if value is not None:
            clean.add_new(element.tag, element.VR, value)
        if action is not Action.KEEP:
            changes.append(Change(where, Action.REMOVE.value if value is None else action.value))
    return clean


def _cleaned_items(element: DataElement, person: Person, path: str, changes: list[Change]) -> Sequence:
    items = [_cleaned(item, person, f"{path}>", changes) for item in element.value or ()]
    return Sequence(items if any(len(item) for item in items) else [])


def _add_person(clean: Dataset, person: Person) -> None:
    """Name and id are type 2 everywhere; the age may have been computed from dates that are gone now."""
    clean.PatientName = clean.PatientID = person.code
    if person.age is not None:
        clean.PatientAge = person.age


def _add_markers(clean: Dataset) -> None:
    """PS3.15 E.1.1, steps 6 and 7; PS3.3 C.7.1.1 and C.12.1."""
    clean.PatientIdentityRemoved = "YES"
    clean.DeidentificationMethod = list(METHOD)
    clean.DeidentificationMethodCodeSequence = [_method_code(*code) for code in METHOD_CODES.items()]
    clean.LongitudinalTemporalInformationModified = "MODIFIED"


def _method_code(value: str, meaning: str) -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, "DCM", meaning
    return code


def _file_meta(source: Dataset, clean: Dataset) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = clean.SOPClassUID
    meta.MediaStorageSOPInstanceUID = clean.SOPInstanceUID
    meta.TransferSyntaxUID = source.file_meta.TransferSyntaxUID
    meta.ImplementationClassUID = IMPLEMENTATION_UID
    return meta


__all__ = [
    "Change",
    "Deidentified",
    "burned_in_suspicion",
    "deidentify",
    "instance_bytes",
    "participant_pseudonym",
    "replacement_uid",
    "with_native_pixels",
]
