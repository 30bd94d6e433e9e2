"""Whether a series is of the kind that the denoiser was made for. What is not is refused, with the reason.

The noise model is that of MR magnitudes of some resolution. The first test reads the header, the second the pixels; a
series passes both or is left as it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset

from readerstudy.core.dicom import MR_IMAGES
from readerstudy.core.elements import text, texts
from readerstudy.core.errors import Unsuitable
from readerstudy.core.frames import COMPONENT, FRAME_TYPE
from readerstudy.core.functional_groups import FrameAttributes
from readerstudy.core.slices import Slices, every_nth, pixel_count

MIN_SIDE_PX = 32  # below, a lesion of the size that must be kept is as large as the network's view of noise
MIN_BITS = 9  # 8-bit values were windowed for display
MIN_LEVELS = 64
SATURATED_SHARE = 0.02
EMPTY_SHARE = 0.5
NOT_MAGNITUDE = {"P": "phase", "R": "real part", "I": "imaginary part"}
COMPONENTS = {"PHASE": "phase", "REAL": "real part", "IMAGINARY": "imaginary part", "MIXED": "mixed"}
# PS3.3 C.8.3.1.1.1 and what vendors write in ImageType for maps that were computed from images
MAPS = frozenset({"ADC", "FA", "TRACEW", "T1 MAP", "T2 MAP", "R2 MAP", "T2_STAR_MAP", "CBF", "CBV", "MTT", "TTP"})


@dataclass(frozen=True)
class Observation:
    """Something about an input that the denoiser takes, but that whoever looks at the result should know."""

    message: str


def require_magnitudes(datasets: Sequence[Dataset]) -> None:
    """Raise Unsuitable where a header says that the pixels are no MR magnitudes.

    Multi-frame objects are judged by every frame as well as by their own image type.
    """
    for dataset in datasets:
        _require_mr(dataset)
        _require_grey(dataset)
        _require_magnitude(dataset)


def _require_mr(dataset: Dataset) -> None:
    modality, sop_class = text(dataset, "Modality"), text(dataset, "SOPClassUID")
    if modality not in (None, "MR"):
        raise Unsuitable(f"The denoiser is for MR images; the header says {modality}. Leave the series as it is.")
    if sop_class is not None and sop_class not in MR_IMAGES:
        raise Unsuitable("This is a secondary capture, not an acquired MR image. Send the original images.")


def _require_grey(dataset: Dataset) -> None:
    samples, photometric = dataset.get("SamplesPerPixel", 1), text(dataset, "PhotometricInterpretation")
    if samples != 1 or photometric not in (None, "MONOCHROME1", "MONOCHROME2"):
        raise Unsuitable("This is a colour image. The denoiser is for MR magnitudes.")
    if int(dataset.get("BitsStored", 16)) < MIN_BITS:
        raise Unsuitable(
            f"The pixels have {dataset.BitsStored} bits, as pictures made for a screen have. Send the original images."
        )


def _require_magnitude(dataset: Dataset) -> None:
    frames = [FrameAttributes(dataset, frame) for frame in range(int(dataset.get("NumberOfFrames") or 1))]
    components = {frame.text(COMPONENT) for frame in frames}
    component = next((one for one in sorted(filter(None, components)) if one in COMPONENTS), None)
    words = {*texts(dataset, "ImageType")[2:], *(word for frame in frames for word in frame.texts(FRAME_TYPE)[2:])}
    found = COMPONENTS.get(component or "") or next(
        (NOT_MAGNITUDE[w] for w in sorted(words) if w in NOT_MAGNITUDE), None
    )
    if found is not None:
        raise Unsuitable(
            f"The header says that the pixels are no magnitudes but {found}. The denoiser would harm them."
        )
    if computed := sorted(words & MAPS):
        raise Unsuitable(f"This is a computed map ({computed[0]}), not an acquired image. Leave it as it is.")


def require_usable(values_zyx: Slices) -> tuple[Observation, ...]:
    """Look at the pixels of a series, (Z, Y, X) after rescale; what is odd but can be denoised is returned in words.

    Raises
    ------
    Unsuitable
        Too small, without signal, saturated, negative in large part, or of very few grey levels.
    """
    slices, rows, columns = values_zyx.shape
    if min(rows, columns) < MIN_SIDE_PX:
        raise Unsuitable(f"The matrix is {rows} × {columns}; the denoiser needs {MIN_SIDE_PX} pixels a side.")
    lows, highs = (np.array(ends) for ends in zip(*_ends(values_zyx), strict=True))
    empty = int((lows == highs).sum())
    if empty > EMPTY_SHARE * slices:
        raise Unsuitable(f"{empty} of {slices} slices are one even grey. Export the images again.")
    top = highs.max()
    if top <= 0 or -lows.min() > 0.5 * top:
        raise Unsuitable("Large parts are negative, as in phase images or CT. The denoiser is for magnitudes.")
    _require_depth(values_zyx, top)
    return _observations(slices, empty)


def _ends(values_zyx: Slices) -> Iterator[tuple[np.floating, np.floating]]:
    for z in range(len(values_zyx)):
        plane = values_zyx[z]
        yield plane.min(), plane.max()


def _require_depth(values_zyx: Slices, top: np.floating) -> None:
    sample = every_nth(values_zyx, max(1, pixel_count(values_zyx) // 1_000_000))
    levels = len(np.unique(sample))
    if levels < MIN_LEVELS:
        raise Unsuitable(f"The image has {levels} grey levels only; {MIN_LEVELS} are needed.")
    saturated = float(np.mean(sample >= top))
    if saturated > SATURATED_SHARE:
        raise Unsuitable(f"{saturated:.0%} of the pixels have the largest value: the image is saturated.")


def _observations(slices: int, empty: int) -> tuple[Observation, ...]:
    found = []
    if empty:
        found.append(Observation(f"{empty} of {slices} slices are one even grey and stay as they are."))
    return tuple(found)
