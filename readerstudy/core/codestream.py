"""The size that a compressed frame claims for itself, read from its header without decoding it.

A decoder allocates what the codestream says, not what the DICOM header says: compare the two first.
"""

import struct
from dataclasses import dataclass


@dataclass(frozen=True)
class CodestreamSize:
    rows: int
    columns: int
    components: int
    precision: int


# Frame headers of ISO 10918-1 table B.1 (DHT C4, JPG C8 and DAC CC are none) and JPEG-LS (ISO 14495-1 C.1.1).
JPEG_FRAME_MARKERS = frozenset((set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}) | {0xF7})
START_OF_CODESTREAM = b"\xff\x4f\xff\x51"  # ISO 15444-1 A.4.1 and A.5.1: SOC, then SIZ
JP2_SIGNATURE = b"\x00\x00\x00\x0cjP"  # ISO 15444-1 I.5.1; not allowed in DICOM, yet seen


def codestream_size(frame: bytes) -> CodestreamSize | None:
    """Return what the frame's own header says, or None where there is none to be read."""
    if frame.startswith(b"\xff\xd8"):
        return _size_of_jpeg(frame)
    if frame.startswith((START_OF_CODESTREAM, JP2_SIGNATURE)):
        return _size_of_jpeg_2000(frame, frame.find(START_OF_CODESTREAM))
    return None


def _size_of_jpeg_2000(frame: bytes, start: int) -> CodestreamSize | None:
    if start < 0 or len(frame) < start + 43:
        return None
    x1, y1, x0, y0 = struct.unpack_from(">4I", frame, start + 8)
    (components,) = struct.unpack_from(">H", frame, start + 40)
    return CodestreamSize(y1 - y0, x1 - x0, components, (frame[start + 42] & 0x7F) + 1)


def _size_of_jpeg(frame: bytes) -> CodestreamSize | None:
    position = 2
    while position + 9 < len(frame):
        if frame[position] != 0xFF:
            return None
        marker = frame[position + 1]
        if marker == 0xFF:  # fill byte
            position += 1
        elif marker in JPEG_FRAME_MARKERS:
            precision, rows, columns, components = struct.unpack_from(">BHHB", frame, position + 4)
            return CodestreamSize(rows, columns, components, precision)
        else:
            position += 2 + int(struct.unpack_from(">H", frame, position + 2)[0])
    return None
