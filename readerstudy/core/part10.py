"""The first bytes of a DICOM file: which object it says it is. Nothing behind the file meta information is looked at.

Written by hand and bounded, because the web process answers a sender by it and must never parse a data set.
"""

import re
import struct
from dataclasses import dataclass

from readerstudy.core.errors import NoPreamble, NotDicom, UnreadableDicom

PREAMBLE = 128
# PS3.10 7.1: explicit VR little endian; these have two reserved bytes and a length of four (PS3.5 7.1.2).
LONG_VRS = frozenset({b"OB", b"UN", b"UT", b"OW", b"SQ"})
MEDIA_STORAGE_SOP_CLASS, MEDIA_STORAGE_SOP_INSTANCE, TRANSFER_SYNTAX = 0x0002, 0x0003, 0x0010
HEAD_BYTES = 4096  # of a file are enough: the meta information is some hundred
UID = re.compile(r"[0-9]+(\.[0-9]+)+")  # PS3.5 9.1
LONGEST_UID = 64


@dataclass(frozen=True)
class FileMeta:
    """What the file meta information tells (PS3.10 7.1)."""

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str


def read_file_meta(head: bytes) -> FileMeta:
    """Read the first `HEAD_BYTES` of a file.

    Raises NoPreamble, NotDicom, or UnreadableDicom where one of the three UIDs is absent or malformed.
    """
    if head[PREAMBLE : PREAMBLE + 4] != b"DICM":
        kind = NotDicom if len(head) <= PREAMBLE else NoPreamble
        raise kind("The part is no DICOM file: the preamble is missing.")
    found = dict(_elements(head[PREAMBLE + 4 :]))
    return FileMeta(
        *(_uid(found, one) for one in (MEDIA_STORAGE_SOP_CLASS, MEDIA_STORAGE_SOP_INSTANCE, TRANSFER_SYNTAX))
    )


def _elements(data: bytes) -> list[tuple[int, bytes]]:
    """The elements of group 0002 that lie within the bytes; a damaged one ends the list."""
    found, at = [], 0
    while at + 8 <= len(data):
        group, element = struct.unpack_from("<HH", data, at)
        if group != 0x0002:
            break
        is_long = data[at + 4 : at + 6] in LONG_VRS
        if at + (12 if is_long else 8) > len(data):
            break
        length = struct.unpack_from("<I", data, at + 8)[0] if is_long else struct.unpack_from("<H", data, at + 6)[0]
        at += 12 if is_long else 8
        if at + length > len(data):
            break
        found.append((element, data[at : at + length]))
        at += length
    return found


def _uid(found: dict[int, bytes], element: int) -> str:
    value = found.get(element, b"").rstrip(b"\0 ").decode("ascii", "replace")
    if not is_uid(value):
        raise UnreadableDicom("The file meta information lacks a unique identifier, or has a malformed one.")
    return value


def is_uid(value: str) -> bool:
    return len(value) <= LONGEST_UID and UID.fullmatch(value) is not None
