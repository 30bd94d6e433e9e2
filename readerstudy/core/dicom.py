"""Untrusted bytes to a checked DICOM data set of one MR image.

Every cause of refusal is a class of its own with a sentence on what to do. No message repeats a value or
a text of the header, and exceptions of the parser, which do, are never chained.
"""

import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset, read_partial
from pydicom.tag import BaseTag
from pydicom.uid import DeflatedExplicitVRLittleEndian

from readerstudy.core.elements import numbers, quiet_headers, text
from readerstudy.core.errors import (
    DicomDirectory,
    DicomTooLarge,
    MissingIdentifiers,
    MissingPixels,
    NoPreamble,
    NotDicom,
    NotMrImage,
    NoTransferSyntax,
    UnreadableDicom,
)

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What one file may cost. The defaults admit any clinical MR object and refuse a decompression bomb."""

    max_file_bytes: int = 1024 * MIB
    max_rows: int = 4096
    max_columns: int = 4096
    max_frames: int = 8192
    max_decoded_bytes: int = 2048 * MIB
    max_depth: int = 16


DEFAULT_LIMITS = Limits()

MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"
ENHANCED_MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4.1"
LEGACY_ENHANCED_MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4.4"
SECONDARY_CAPTURES = frozenset(
    f"1.2.840.10008.5.1.4.1.1.7{suffix}" for suffix in ("", ".1", ".2", ".3", ".4")
)  # PS3.4 B.5
MR_IMAGES = frozenset({MR_IMAGE, ENHANCED_MR_IMAGE, LEGACY_ENHANCED_MR_IMAGE})
PIXEL_DATA = 0x7FE00010
DIRECTORY = "1.2.840.10008.1.3.10"

REQUIRED_UIDS = {
    "SOPClassUID": "SOP class UID",
    "SOPInstanceUID": "SOP instance UID",
    "StudyInstanceUID": "study instance UID",
    "SeriesInstanceUID": "series instance UID",
}
# PS3.5 9.1; zero-padded components are wrong but common, and harmless.
UID_PATTERN = re.compile(r"[0-9]+(\.[0-9]+)+")

FOREIGN_MAGIC = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"PK\x03\x04", "a zip archive inside the upload: unpack it first"),
    (b"\x1f\x8b", "a gzip file: unpack it first"),
    (b"%PDF", "a PDF document"),
    (b"Rar!", "a RAR archive: unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it first"),
)
NUMERIC_STRINGS = frozenset({"DS", "IS"})
# Groups that describe the image itself: what cannot be read there is refused, never guessed.
IMAGE_GROUPS = frozenset({0x0020, 0x0028, 0x5200, 0x7FE0})


def read_instance(data: bytes, *, limits: Limits = DEFAULT_LIMITS) -> Dataset:
    """Parse one DICOM file from outside.

    Parameters
    ----------
    data : bytes
        The whole file, Part 10 format (PS3.10 7.1).
    limits : Limits

    Returns
    -------
    pydicom.Dataset
        With file meta information, every value converted; pixels not yet decoded. Elements outside the
        image groups whose values cannot be converted have been dropped.

    Raises
    ------
    BadDicom
        One subclass for each cause; see `errors.py`.
    """
    _refuse_foreign_bytes(data, limits)
    with quiet_headers():
        _check_file_meta(data, limits)
        dataset = _parse(data)
        _convert_values(dataset, limits.max_depth)
        _refuse_other_objects(dataset)
        _check_identifiers(dataset)
        if "PixelData" not in dataset:
            raise MissingPixels("There is no pixel data in this file. Export the images themselves.")
    return dataset


def _refuse_foreign_bytes(data: bytes, limits: Limits) -> None:
    if not data:
        raise NotDicom("The file is empty. Export it again.")
    if len(data) > limits.max_file_bytes:
        raise DicomTooLarge(f"The file has {len(data) // MIB} MiB; the limit is {limits.max_file_bytes // MIB} MiB.")
    if data[128:132] == b"DICM":
        return
    for magic, words in FOREIGN_MAGIC:
        if data.startswith(magic):
            raise NotDicom(f"This is {words}, not a DICOM file. Upload the original DICOM export.")
    if _looks_like_a_bare_data_set(data):
        raise NoPreamble("The DICOM preamble is missing. Export again as DICOM Part 10 files.")
    raise NotDicom("This is not a DICOM file. Upload the original DICOM export.")


def _looks_like_a_bare_data_set(data: bytes) -> bool:
    """Tell whether the first element is of group 0002 or 0008, in either byte order."""
    if len(data) < 8:
        return False
    return any(
        struct.unpack_from(f"{order}HH", data)[0] in (0x0002, 0x0008)
        and struct.unpack_from(f"{order}HH", data)[1] < 0x0100
        for order in "<>"
    )


def _check_file_meta(data: bytes, limits: Limits) -> None:
    """Refuse what must be refused before the data set is touched: no syntax, a directory, a deflate bomb."""
    stream = BytesIO(data)
    stream.seek(132)
    try:
        meta = read_dataset(stream, False, True, stop_when=lambda tag, vr, length: tag >> 16 != 2)
        syntax, media = text(meta, "TransferSyntaxUID"), text(meta, "MediaStorageSOPClassUID")
    except Exception:  # the parser raises whatever the bytes provoke
        raise UnreadableDicom("The file header is damaged. Export the file again.") from None
    if media == DIRECTORY:
        raise DicomDirectory("A DICOMDIR is only the index of a disc. Upload the image files beside it.")
    if syntax is None:
        raise NoTransferSyntax("The file does not say how it is encoded (transfer syntax). Export it again.")
    if syntax == DeflatedExplicitVRLittleEndian:
        _refuse_deflate_bomb(memoryview(data)[stream.tell() :], limits)


def _refuse_deflate_bomb(deflated: memoryview, limits: Limits) -> None:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        inflater.decompress(deflated, limits.max_file_bytes)
    except zlib.error:
        raise UnreadableDicom("The deflated data set is damaged. Export the file again.") from None
    if inflater.unconsumed_tail:
        raise DicomTooLarge("The deflated data set grows past the size limit. Export it uncompressed.")


def _after_pixel_data() -> Callable[[BaseTag, str | None, int], bool]:
    """Stop behind the pixel data: what follows is padding, signatures, or another file's elements."""
    seen = False

    def stop(tag: BaseTag, vr: str | None, length: int) -> bool:
        nonlocal seen
        if seen:
            return True
        seen = tag == PIXEL_DATA
        return False

    return stop


def _parse(data: bytes) -> Dataset:
    try:
        return read_partial(BytesIO(data), stop_when=_after_pixel_data())
    except Exception:  # as above
        raise UnreadableDicom("The data set is damaged. Export the file again.") from None


def _convert_values(dataset: Dataset, depth: int) -> None:
    """Convert every value now, so that no later access raises; drop what is unreadable and not needed."""
    if depth == 0:
        raise UnreadableDicom("Sequences are nested too deep for an MR image. Export the file again.")
    for tag in list(dataset.keys()):
        element = _readable(dataset, tag)
        if element is None and tag >> 16 in IMAGE_GROUPS:
            raise UnreadableDicom("An image element cannot be read. Export again.")
        if element is None:
            del dataset[tag]
        elif element.VR == "SQ":
            for item in element.value or ():
                _convert_values(item, depth - 1)


def _readable(dataset: Dataset, tag: BaseTag) -> DataElement | None:
    try:
        element = dataset[tag]
    except Exception:  # as above
        return None
    if element.VR in NUMERIC_STRINGS and not element.is_empty:
        found = [element.value] if element.VM <= 1 else element.value
        # pydicom leaves a number that it cannot read as text.
        return None if any(isinstance(value, str) and value.strip() for value in found) else element
    return element


def _refuse_other_objects(dataset: Dataset) -> None:
    sop_class, modality = text(dataset, "SOPClassUID"), text(dataset, "Modality")
    if modality is not None and modality != "MR":
        raise NotMrImage("This is not an MR image but another modality. Leave it out.")
    if sop_class is None or sop_class in MR_IMAGES:
        return
    if sop_class not in SECONDARY_CAPTURES:
        raise NotMrImage("This object holds no MR image (another SOP class). Leave it out.")
    if numbers(dataset, "ImageOrientationPatient", 6) is None:
        raise NotMrImage("This is a screen capture without MR geometry. Upload the acquired images.")


def _check_identifiers(dataset: Dataset) -> None:
    for keyword, words in REQUIRED_UIDS.items():
        uid = text(dataset, keyword)
        if uid is None:
            raise MissingIdentifiers(f"The {words} is missing. Export the file again from the archive.")
        if len(uid) > 64 or UID_PATTERN.fullmatch(uid) is None:
            raise MissingIdentifiers(f"The {words} is malformed. Export the file again from the archive.")
