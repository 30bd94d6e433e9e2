"""JPEG Extended, 12 bit (1.2.840.10008.1.2.4.51): pydicom refuses it to gdcm, gdcm itself decodes it."""

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.dataset import FileMetaDataset as FileMeta
from pydicom.pixels.utils import pixel_array

IMAGE_KEYWORDS = (
    "SOPClassUID",
    "SOPInstanceUID",
    "Modality",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PixelData",
)


def decode_with_gdcm(dataset: Dataset) -> NDArray[np.integer]:
    """Decode through gdcm's own files; only image elements are written, no identity touches the disc."""
    import gdcm  # 44 MB that only this rare syntax needs

    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "source.dcm"), Path(folder, "target.dcm")
        _image_elements(dataset).save_as(source, enforce_file_format=True)
        reader = gdcm.ImageReader()
        reader.SetFileName(str(source))
        if not reader.Read():
            raise ValueError("gdcm cannot read the compressed image")
        change = gdcm.ImageChangeTransferSyntax()
        change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.ExplicitVRLittleEndian))
        change.SetInput(reader.GetImage())
        if not change.Change():
            raise ValueError("gdcm cannot decompress the image")
        writer = gdcm.ImageWriter()
        writer.SetFileName(str(target))
        writer.SetFile(reader.GetFile())
        writer.SetImage(change.GetOutput())
        if not writer.Write():
            raise ValueError("gdcm cannot write the decompressed image")
        return pixel_array(dcmread(target), raw=True)


def _image_elements(dataset: Dataset) -> Dataset:
    image = Dataset()
    for keyword in IMAGE_KEYWORDS:
        if keyword in dataset:
            image.add(dataset[keyword])
    image.file_meta = FileMeta()
    image.file_meta.TransferSyntaxUID = dataset.file_meta.TransferSyntaxUID
    return image
