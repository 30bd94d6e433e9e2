"""Stored pixel values of one instance, exact, after its header was checked for sense and size."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.pixels.utils import pixel_array
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from readerstudy.core.codestream import codestream_size
from readerstudy.core.dicom import DEFAULT_LIMITS, MIB, Limits
from readerstudy.core.elements import integer, quiet_headers, text, values
from readerstudy.core.errors import (
    BadPixelHeader,
    CannotDecode,
    DicomTooLarge,
    MissingPixels,
    UnsupportedPixels,
)
from readerstudy.core.gdcm_fallback import decode_with_gdcm
from readerstudy.core.slices import Slices

StoredPixels = NDArray[np.integer]

NATIVE_SYNTAXES = frozenset(
    {ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian}
)
# One decoder for each syntax, so that every worker shows the same pixels. "direct" is ours, around gdcm.
PLUGIN_OF_SYNTAX = {
    RLELossless: "pydicom",
    JPEGBaseline8Bit: "gdcm",
    JPEGExtended12Bit: "direct",
    JPEGLossless: "gdcm",
    JPEGLosslessSV1: "gdcm",
    JPEGLSLossless: "gdcm",
    JPEGLSNearLossless: "gdcm",
    JPEG2000Lossless: "pylibjpeg",
    JPEG2000: "pylibjpeg",
    HTJ2KLossless: "pylibjpeg",
    HTJ2KLosslessRPCL: "pylibjpeg",
    HTJ2K: "pylibjpeg",
}
MONOCHROME = frozenset({"MONOCHROME1", "MONOCHROME2"})


@dataclass(frozen=True)
class PixelHeader:
    """The image pixel attributes of one instance, known to agree with each other (PS3.3 C.7.6.3)."""

    frames: int
    rows: int
    columns: int
    bits_allocated: int
    bits_stored: int
    signed: bool
    photometric: str

    @property
    def frame_bytes(self) -> int:
        return self.rows * self.columns * (self.bits_allocated // 8)

    @property
    def decoded_bytes(self) -> int:
        return self.frames * self.frame_bytes


def decode_stored(dataset: Dataset, *, limits: Limits = DEFAULT_LIMITS) -> StoredPixels:
    """Decode the stored values, before any rescaling.

    Parameters
    ----------
    dataset : pydicom.Dataset
        From `read_instance`.
    limits : Limits

    Returns
    -------
    (F, Y, X) int8, uint8, int16, uint16, int32 or uint32
        Native little-endian, C order, bits above Bits Stored cleared or sign-extended (PS3.5 8.1.1).

    Raises
    ------
    BadPixelHeader, MissingPixels, UnsupportedPixels, DicomTooLarge, CannotDecode
    """
    with quiet_headers():
        header = pixel_header(dataset, limits=limits)
        syntax = _transfer_syntax(dataset)
        if syntax in NATIVE_SYNTAXES:
            _check_native_length(dataset, header)
        else:
            _check_frames(dataset, header)
        array = _decode(dataset, header, syntax)
    return _exact(array, header)


def pixel_sha256(stored: Slices) -> str:
    """Return the SHA-256 in hex of the values in C order and little-endian bytes; slice by slice, without a copy."""
    digest = hashlib.sha256()
    for z in range(len(stored)):
        plane = stored[z]
        digest.update(np.ascontiguousarray(plane, dtype=plane.dtype.newbyteorder("<")).tobytes())
    return digest.hexdigest()


def pixel_header(dataset: Dataset, *, limits: Limits = DEFAULT_LIMITS) -> PixelHeader:
    """Read and check the image pixel attributes; nothing is decoded."""
    _refuse_other_pixels(dataset)
    allocated = _required(dataset, "BitsAllocated")
    header = PixelHeader(
        frames=_frame_count(dataset),
        rows=_required(dataset, "Rows"),
        columns=_required(dataset, "Columns"),
        bits_allocated=allocated,
        bits_stored=_required(dataset, "BitsStored"),
        signed=_required(dataset, "PixelRepresentation") == 1,
        photometric=text(dataset, "PhotometricInterpretation") or "",
    )
    _check_bits(dataset, header)
    _check_size(header, limits)
    return header


def _required(dataset: Dataset, keyword: str) -> int:
    value = integer(dataset, keyword)
    if value is None or value < 0:
        raise BadPixelHeader(f"{keyword} is missing or no whole number. Export the file again.")
    return value


def _frame_count(dataset: Dataset) -> int:
    if not values(dataset, "NumberOfFrames"):
        return 1
    return _required(dataset, "NumberOfFrames")


def _refuse_other_pixels(dataset: Dataset) -> None:
    if "PixelData" not in dataset:
        raise MissingPixels("There is no integer pixel data in this file. Export the images themselves.")
    photometric = text(dataset, "PhotometricInterpretation")
    if photometric is None:
        raise BadPixelHeader("PhotometricInterpretation is missing. Export the file again.")
    if photometric not in MONOCHROME or integer(dataset, "SamplesPerPixel") not in (None, 1):
        raise UnsupportedPixels("This is a colour picture. Upload the grey-scale images.")
    if "ModalityLUTSequence" in dataset:
        raise UnsupportedPixels("Modality look-up tables are not supported. Export with rescale slope.")


def _check_bits(dataset: Dataset, header: PixelHeader) -> None:
    if header.bits_allocated not in (8, 16, 32):
        raise BadPixelHeader(f"BitsAllocated is {header.bits_allocated}; 8, 16 or 32 can be read.")
    if not 1 <= header.bits_stored <= header.bits_allocated:
        raise BadPixelHeader(
            f"BitsStored {header.bits_stored} does not fit BitsAllocated {header.bits_allocated}."
            " The header is damaged; export the file again."
        )
    high_bit = integer(dataset, "HighBit")
    if high_bit is not None and high_bit != header.bits_stored - 1:  # PS3.5 8.1.1
        raise BadPixelHeader(f"HighBit {high_bit} does not go with BitsStored {header.bits_stored}.")
    if integer(dataset, "PixelRepresentation") not in (0, 1):
        raise BadPixelHeader("PixelRepresentation is neither 0 nor 1. Export the file again.")


def _check_size(header: PixelHeader, limits: Limits) -> None:
    if 0 in (header.frames, header.rows, header.columns):
        raise BadPixelHeader("The image has no rows, columns or frames. Export the file again.")
    for words, value, limit in (
        ("rows", header.rows, limits.max_rows),
        ("columns", header.columns, limits.max_columns),
        ("frames", header.frames, limits.max_frames),
        ("MiB decoded", header.decoded_bytes // MIB, limits.max_decoded_bytes // MIB),
    ):
        if value > limit:
            raise DicomTooLarge(f"The image has {value} {words}; the limit is {limit}.")


def _transfer_syntax(dataset: Dataset) -> UID:
    syntax = UID(text(dataset.file_meta, "TransferSyntaxUID") or "")
    if syntax not in NATIVE_SYNTAXES and syntax not in PLUGIN_OF_SYNTAX:
        raise UnsupportedPixels("This compression (video, newer codec) is unsupported. Export uncompressed.")
    return syntax


def _check_native_length(dataset: Dataset, header: PixelHeader) -> None:
    present = len(dataset.PixelData)
    if present < header.decoded_bytes:
        raise MissingPixels(
            f"{present} bytes of pixel data instead of {header.decoded_bytes}: the file is cut short"
            " or its size is wrong. Export it again."
        )


def _check_frames(dataset: Dataset, header: PixelHeader) -> None:
    """Compare the compressed frames with the header before a decoder allocates anything for them."""
    try:
        frames = list(generate_frames(dataset.PixelData, number_of_frames=header.frames))
    except Exception:  # the parser raises whatever the bytes provoke
        raise CannotDecode("The compressed frames cannot be told apart. Export the file again.") from None
    if len(frames) != header.frames:
        raise MissingPixels(f"{len(frames)} compressed frames instead of {header.frames}. Export it again.")
    for frame in frames:
        _check_frame(frame, header)


def _check_frame(frame: bytes, header: PixelHeader) -> None:
    size = codestream_size(frame)
    if size is not None and (size.rows, size.columns) != (header.rows, header.columns):
        raise BadPixelHeader(
            f"The compressed image is {size.rows} x {size.columns}, the header says"
            f" {header.rows} x {header.columns}. Export the file again."
        )
    if size is not None and size.components != 1:
        raise UnsupportedPixels("The compressed image is in colour. Upload the grey-scale images.")
    if len(frame) > 2 * header.frame_bytes + 64 * 1024:
        raise CannotDecode("A compressed frame is larger than the image itself. Export the file again.")


def _decode(dataset: Dataset, header: PixelHeader, syntax: UID) -> StoredPixels:
    plugin = PLUGIN_OF_SYNTAX.get(syntax, "")
    try:
        if plugin == "direct":
            return decode_with_gdcm(dataset)
        # Overlays of old scanners may sit above Bits Stored (PS3.5 8.1.1): that is no part of the value.
        return pixel_array(dataset, raw=True, decoding_plugin=plugin, correct_unused_bits=True)
    except MemoryError:
        raise DicomTooLarge("There is not enough memory to decode this image.") from None
    except Exception:  # decoders raise whatever the bytes provoke, and quote them
        raise CannotDecode("The compressed image is damaged. Export the file again.") from None


def _exact(array: StoredPixels, header: PixelHeader) -> StoredPixels:
    kind = np.dtype(f"{'i' if header.signed else 'u'}{header.bits_allocated // 8}")
    expected = header.frames * header.rows * header.columns
    if array.size != expected or array.dtype.kind not in "iu":
        raise CannotDecode(f"{array.size} values were decoded instead of {expected}. Export the file again.")
    return array.reshape(header.frames, header.rows, header.columns).astype(kind, order="C")
