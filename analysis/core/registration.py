"""Rigid registration in the plane of two acquisitions of one patient, by SimpleITK, and what it left over.

Only where the plan asks for it: interpolation changes what is compared, so its values carry names of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from analysis.core.image_metrics import BORDER, Volume, as_volume, ssim_map
from readerstudy.core.errors import BadVolume

SMOOTHING_MM = (3.0, 1.0)  # from coarse to fine
ITERATIONS = 100
SMALLEST_STEP_MM = 0.003
SAMPLES = 50_000  # pixels looked at in each step; all of them where there are fewer
LARGEST_SHIFT_MM, LARGEST_ROTATION_DEG = 25.0, 10.0  # more than patients move between two sequences of one session
RESIDUAL_STEPS = 20  # the residual is told to a twentieth of a pixel
FEWEST_SHARED = 0.5  # of all pixels

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rigid:
    """
    A turn about the centre of the plane, then a shift; the same for every slice.

    A point p of the reference (mm from the plane's centre) shows what lies at R(rotation) p + shift in the other
    series. `residual_mm` is how far the registered series still lies off, measured by another method (see `residual`).
    """

    rotation_deg: float
    shift_x_mm: float
    shift_y_mm: float
    residual_mm: float = float("nan")

    @property
    def shift_mm(self) -> float:
        return float(np.hypot(self.shift_x_mm, self.shift_y_mm))


def register_in_plane(reference_zyx: Volume, moving_zyx: Volume, *, spacing_mm: Sequence[float]) -> Rigid:
    """
    The rigid movement in the plane that brings `moving_zyx` onto the reference.

    Parameters
    ----------
    reference_zyx, moving_zyx
        (Z, Y, X) of equal shape; slices are taken to correspond and are not moved across the plane.
    spacing_mm
        (z, y, x).

    Maximises the normalised correlation, coarse to fine, on one thread: equal input gives equal output.
    Raises BadVolume for unequal shapes, or a movement that no patient makes (the optimiser went astray).
    """
    reference, moving = as_volume(reference_zyx), as_volume(moving_zyx)
    if reference.shape != moving.shape:
        raise BadVolume(f"Volumes of {reference.shape} and {moving.shape} cannot be registered slice by slice.")
    if not (np.ptp(reference) and np.ptp(moving)):
        raise BadVolume("A volume of one value cannot be registered.")
    found = (0.0, 0.0, 0.0)
    for smoothing_mm in SMOOTHING_MM:
        found = _optimise(reference, moving, spacing_mm, smoothing_mm, start=found)
    rigid = Rigid(float(np.degrees(found[0])), found[1], found[2])
    if rigid.shift_mm > LARGEST_SHIFT_MM or abs(rigid.rotation_deg) > LARGEST_ROTATION_DEG:
        raise BadVolume(
            f"Registration found a shift of {rigid.shift_mm:.0f} mm and {rigid.rotation_deg:.0f}°: not believable."
        )
    moved, shared = apply_rigid(moving, rigid, spacing_mm=spacing_mm)
    left_over = residual_mm(reference, moved, shared, spacing_mm=spacing_mm)
    return Rigid(rigid.rotation_deg, rigid.shift_x_mm, rigid.shift_y_mm, left_over)


def _optimise(
    reference: Floats, moving: Floats, spacing_mm: Sequence[float], smoothing_mm: float, *, start: Sequence[float]
) -> tuple[float, float, float]:
    """(rotation in radians, shift in x, shift in y in mm), improved from `start`."""
    # Imported here: only workers register.
    import SimpleITK as sitk  # noqa: N813 - the name in its own documents

    fixed, other = (_image(_smooth(volume, spacing_mm, smoothing_mm), spacing_mm) for volume in (reference, moving))
    transform = sitk.Euler3DTransform()
    transform.SetCenter((0.0, 0.0, 0.0))
    transform.SetParameters((0.0, 0.0, start[0], start[1], start[2], 0.0))
    method = sitk.ImageRegistrationMethod()
    method.SetNumberOfThreads(1)
    method.SetMetricAsCorrelation()
    # Central differences: the default filter demands four slices.
    method.SetMetricUseFixedImageGradientFilter(False)
    method.SetMetricUseMovingImageGradientFilter(False)
    if reference.size > SAMPLES:
        method.SetMetricSamplingStrategy(sitk.ImageRegistrationMethod.REGULAR)
        method.SetMetricSamplingPercentage(SAMPLES / reference.size, seed=1)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetInitialTransform(transform, inPlace=True)
    method.SetOptimizerAsRegularStepGradientDescent(
        learningRate=1.0, minStep=SMALLEST_STEP_MM, numberOfIterations=ITERATIONS, gradientMagnitudeTolerance=1e-8
    )
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetOptimizerWeights([0, 0, 1, 1, 1, 0])
    try:
        method.Execute(fixed, other)
    except RuntimeError as error:
        raise BadVolume("The two series could not be registered: they have too little in common.") from error
    _, _, rotation, shift_x, shift_y, _ = transform.GetParameters()
    return float(rotation), float(shift_x), float(shift_y)


def _smooth(volume: Floats, spacing_mm: Sequence[float], sigma_mm: float) -> Floats:
    return np.asarray(ndimage.gaussian_filter(volume, (0, sigma_mm / spacing_mm[1], sigma_mm / spacing_mm[2])))


def _image(volume: Floats, spacing_mm: Sequence[float]) -> Any:
    """A SimpleITK image with the origin of its coordinates in the middle of the plane."""
    import SimpleITK as sitk  # noqa: N813

    image = sitk.GetImageFromArray(volume.astype(np.float32))
    dz, dy, dx = (float(step) for step in spacing_mm)
    image.SetSpacing((dx, dy, dz))
    _, rows, columns = volume.shape
    image.SetOrigin((-(columns - 1) / 2 * dx, -(rows - 1) / 2 * dy, 0.0))
    return image


def apply_rigid(moving_zyx: Volume, rigid: Rigid, *, spacing_mm: Sequence[float]) -> tuple[Floats, NDArray[np.bool_]]:
    """
    The series on the reference's grid, and which of its pixels come from within the series; both (Z, Y, X).

    Each slice by itself, by a windowed sinc (Lanczos), which smooths least.
    """
    import SimpleITK as sitk  # noqa: N813

    moving = as_volume(moving_zyx)
    transform = sitk.Euler2DTransform()
    transform.SetAngle(float(np.radians(rigid.rotation_deg)))
    transform.SetTranslation((rigid.shift_x_mm, rigid.shift_y_mm))
    slices = [_resampled(plane, transform, spacing_mm, sitk.sitkLanczosWindowedSinc) for plane in moving]
    inside = _resampled(np.ones(moving.shape[1:]), transform, spacing_mm, sitk.sitkLinear) > 0.999
    return np.stack(slices), np.broadcast_to(inside, moving.shape)


def _resampled(plane_yx: Floats, transform: Any, spacing_mm: Sequence[float], interpolator: int) -> Floats:
    import SimpleITK as sitk  # noqa: N813

    image = sitk.GetImageFromArray(plane_yx)
    _, dy, dx = (float(step) for step in spacing_mm)
    image.SetSpacing((dx, dy))
    rows, columns = plane_yx.shape
    image.SetOrigin((-(columns - 1) / 2 * dx, -(rows - 1) / 2 * dy))
    return np.asarray(sitk.GetArrayFromImage(sitk.Resample(image, image, transform, interpolator, 0.0)))


def residual_mm(
    reference_zyx: Volume, other_zyx: Volume, shared_zyx: NDArray[np.bool_], *, spacing_mm: Sequence[float]
) -> float:
    """
    The median over slices of the shift that is left, by phase correlation of the slices, in mm.

    Another method than the one that registered, so that it is a check. Source: Guizar-Sicairos 2008 (Opt Lett 33:156).
    """
    from skimage.registration import phase_cross_correlation

    _, dy, dx = spacing_mm
    taper = np.outer(np.hanning(reference_zyx.shape[1]), np.hanning(reference_zyx.shape[2]))
    shifts = []
    for a, b, shared in zip(as_volume(reference_zyx), as_volume(other_zyx), shared_zyx, strict=True):
        one, two = ((np.where(shared, plane, 0.0) - plane[shared].mean()) * taper for plane in (a, b))
        if np.ptp(one) and np.ptp(two):
            (in_y, in_x), _, _ = phase_cross_correlation(one, two, upsample_factor=RESIDUAL_STEPS)
            shifts.append(float(np.hypot(in_y * dy, in_x * dx)))
    if not shifts:
        raise BadVolume("No slice has anything that a residual could be measured on.")
    return float(np.median(shifts))


def registered_metrics(
    reference_zyx: Volume, moved_zyx: Volume, shared_zyx: NDArray[np.bool_], *, data_range: float
) -> dict[str, float]:
    """SSIM and L1 over the pixels that both series have, and their share of all pixels."""
    reference, moved = as_volume(reference_zyx), as_volume(moved_zyx)
    overlap = float(shared_zyx.mean())
    if overlap < FEWEST_SHARED:
        raise BadVolume(f"After registration the two series share {overlap:.0%} of their pixels only.")
    # A window that reaches over the edge of the moved series would compare with nothing.
    whole = ndimage.binary_erosion(shared_zyx, np.ones((1, 2 * BORDER + 1, 2 * BORDER + 1)))
    whole = whole[:, BORDER:-BORDER, BORDER:-BORDER]
    similarity = ssim_map(reference, np.where(shared_zyx, moved, reference), data_range=data_range)
    return {
        "ssim_registered": float(np.mean([one[inside].mean() for one, inside in zip(similarity, whole, strict=True)])),
        "l1_registered": float(np.abs(reference - moved)[shared_zyx].mean()),
        "overlap": overlap,
    }
