"""What a denoiser took away from one slice, and what that looks like: noise leaves no structure, harm does.

There is no truth to compare with on a patient's image. What can be told is the residual, output less input: of pure
noise removal it has no mean, no edges, the colour of the input's own noise, and no smooth hill or dip. All figures are
of one slice, (Y, X) float32 in any unit; those of a series are made from them in `guard`.

Sources: Wang 2004 (SSIM); Buades 2005, Multiscale Modeling & Simulation 4:490 ("method noise": look at what was
removed); Immerkaer 1996 (noise from a high-pass in flat regions).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from enhancement.core.quality import SSIM_SIDE_PX

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

EDGE_SIGMA_PX = 1.0  # edges are found in the output after this much smoothing
STRONG_EDGES = 95.0  # percentile of the steepness in tissue
FLAT = 30.0
NOISE_SIGMA_PX = 2.0  # what is finer than this is told as noise where there is no edge
HILL_SIGMA_PX = 3.0  # the size of a small lesion
HILL_TILE_PX = 32
NEGLIGIBLE = 0.005  # of the tissue's signal: less than anybody sees
MIN_PIXELS = 200
LAGS = ((0, 1), (1, 0), (1, 1), (0, 2), (2, 0))
SSIM_SIGMA_PX, SSIM_K1, SSIM_K2 = 1.5, 0.01, 0.03


@dataclass(frozen=True)
class SliceFigures:
    """One slice. Sums are kept where a series wants its own mean; a slice without tissue has no figures.

    tissue_px : pixels of tissue.
    signal, signal_after : mean in tissue before and after, in the unit of the image.
    change : mean absolute residual in tissue, same unit.
    noise : standard deviation of the input's fine structure in homogeneous tissue, same unit.
    removed : that of the residual over `noise`; 1 is all of it.
    residual_level : root mean square of the residual in tissue over `noise`.
    ssim : of output to input, over the whole slice.
    edge_correlation : Pearson's, of the residual's size with the steepness of the output, in tissue; times
        `residual_level` where that is below 1, for what little is changed may well lie at edges.
    edge_energy : slope of the strong edges after over before.
    fine_detail : fine structure (standard deviation) at the strong edges after over before.
    colour : largest difference between the residual's and the noise's autocorrelation at lags of 1 and 2 pixels, times
        `removed`: where little of the fine structure was removed, little of it need be noise.
    hill : largest smooth deviation, in standard deviations of the residual's other smooth deviations.
    """

    tissue_px: int
    signal: float
    signal_after: float
    change: float
    noise: float
    removed: float
    residual_level: float
    ssim: float
    edge_correlation: float
    edge_energy: float
    fine_detail: float
    colour: float
    hill: float


def slice_figures(before_yx: Floats, after_yx: Floats, *, level: float, peak: float) -> SliceFigures | None:
    """The figures of one slice; None where too little of it is tissue.

    level : what smoothed signal is tissue; peak : the data range of SSIM. Both hold for the whole series.
    """
    tissue = _smooth(before_yx, NOISE_SIGMA_PX) > level
    count = int(tissue.sum())
    if count < MIN_PIXELS or min(before_yx.shape) < SSIM_SIDE_PX:
        return None
    residual = after_yx - before_yx
    # Of the output: the input's noise would choose the places where it adds to an edge, and seem lost there later.
    gy, gx = _slopes(_smooth(after_yx, EDGE_SIGMA_PX))
    steepness = np.hypot(gy, gx)
    inner = ndimage.binary_erosion(tissue, iterations=2)
    region = inner if inner.sum() >= MIN_PIXELS else tissue
    flattest, steepest = np.percentile(steepness[region], [FLAT, STRONG_EDGES])
    flat, edges = region & (steepness <= flattest), tissue & (steepness >= steepest)
    fine, fine_residual = _fine(before_yx), _fine(residual)
    signal = float(before_yx[tissue].mean())
    noise = max(float(fine[flat].std()), 1e-4 * signal)
    residual_level = float(np.sqrt(np.mean(residual[tissue] ** 2))) / noise
    removed = float(fine_residual[flat].std()) / noise
    return SliceFigures(
        tissue_px=count,
        signal=signal,
        signal_after=float(after_yx[tissue].mean()),
        change=float(np.abs(residual[tissue]).mean()),
        noise=noise,
        removed=removed,
        residual_level=residual_level,
        ssim=_ssim(before_yx, after_yx, peak=peak),
        edge_correlation=min(residual_level, 1.0) * _correlation(np.abs(residual[tissue]), steepness[tissue]),
        edge_energy=_edge_energy(before_yx, after_yx, gy, gx, steepness, edges),
        fine_detail=_ratio(float((fine + fine_residual)[edges].std()), float(fine[edges].std())),
        colour=min(removed, 1.0) * _colour(fine, fine_residual, flat, least=NEGLIGIBLE * signal),
        hill=_hill(residual, tissue, least=NEGLIGIBLE * signal),
    )


def _smooth(image: Floats, sigma_px: float) -> Floats:
    return np.asarray(ndimage.gaussian_filter(image, sigma_px, truncate=3.0))


def _slopes(image: Floats) -> list[Floats]:
    return list(np.gradient(image))


def _fine(image: Floats) -> Floats:
    return image - _smooth(image, NOISE_SIGMA_PX)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 1.0


def _correlation(first: Floats, second: Floats) -> float:
    """Pearson's; 0 where one of them does not vary."""
    a, b = first - first.mean(), second - second.mean()
    size = float(np.sqrt(np.mean(a**2) * np.mean(b**2)))
    return float(np.mean(a * b)) / size if size > 0 else 0.0


def _edge_energy(before: Floats, after: Floats, gy: Floats, gx: Floats, steepness: Floats, edges: Mask) -> float:
    """Slopes are taken along the direction of the smoothed image's, so that the noise on them averages out."""
    uy, ux = gy[edges] / steepness[edges].clip(1e-12), gx[edges] / steepness[edges].clip(1e-12)
    slopes = []
    for image in (before, after):
        dy, dx = _slopes(image)
        slopes.append(float((dy[edges] * uy + dx[edges] * ux).sum()))
    return _ratio(slopes[1], slopes[0])


def _colour(fine: Floats, fine_residual: Floats, flat: Mask, *, least: float) -> float:
    """0 where hardly anything was removed: what is then left of it is rounding."""
    if float(fine_residual[flat].std()) < least:
        return 0.0
    pairs = [(_autocorrelation(fine, flat, lag), _autocorrelation(fine_residual, flat, lag)) for lag in LAGS]
    return max(abs(own - taken) for own, taken in pairs)


def _autocorrelation(image: Floats, mask: Mask, lag: tuple[int, int]) -> float:
    """Of neighbours that both lie in the mask; 0 where there are too few."""
    dy, dx = lag
    rows, columns = image.shape
    here, there = (slice(0, rows - dy), slice(0, columns - dx)), (slice(dy, rows), slice(dx, columns))
    both = mask[here] & mask[there]
    if both.sum() < MIN_PIXELS // 2:
        return 0.0
    return _correlation(image[here][both], image[there][both])


def _hill(residual: Floats, tissue: Mask, *, least: float) -> float:
    """The scale is the median of a tile and its neighbours: noise varies, and one hill hardly moves a median."""
    smooth = np.where(tissue, _smooth(residual, HILL_SIGMA_PX), 0).astype(np.float32)
    inside = smooth[tissue]
    centred = np.abs(np.where(tissue, smooth - np.median(inside), 0))
    overall = 1.4826 * float(np.median(centred[tissue]))
    scale = np.maximum(_tile_medians(centred, tissue, overall), 0.7 * overall)
    return float((centred[tissue] / np.maximum(scale[tissue], least)).max())


def _tile_medians(size: Floats, tissue: Mask, overall: float) -> Floats:
    """Of each tile's tissue, times 1.4826, on the grid of the image; `overall` where a tile has too little."""
    rows, columns = (-(-n // HILL_TILE_PX) for n in size.shape)
    medians = np.full((rows, columns), overall, np.float32)
    for row in range(rows):
        for column in range(columns):
            at = (_tile(row), _tile(column))
            found = size[at][tissue[at]]
            if found.size >= HILL_TILE_PX**2 // 4:
                medians[row, column] = 1.4826 * float(np.median(found))
    medians = ndimage.uniform_filter(medians, 3, mode="nearest")
    return np.repeat(np.repeat(medians, HILL_TILE_PX, 0), HILL_TILE_PX, 1)[: size.shape[0], : size.shape[1]]


def _tile(index: int) -> slice:
    return slice(index * HILL_TILE_PX, (index + 1) * HILL_TILE_PX)


def _ssim(first: Floats, second: Floats, *, peak: float) -> float:
    """As `quality.ssim`, in float32 and without the map: a third of the time, the same to four digits."""
    a, b = (image / np.float32(peak) for image in (first, second))
    mean_a, mean_b = _window(a), _window(b)
    variance_a, variance_b = _window(a * a) - mean_a**2, _window(b * b) - mean_b**2
    covariance = _window(a * b) - mean_a * mean_b
    c1, c2 = SSIM_K1**2, SSIM_K2**2
    top = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    bottom = (mean_a**2 + mean_b**2 + c1) * (variance_a + variance_b + c2)
    return float((top / bottom).mean())


def _window(image: Floats) -> Floats:
    return np.asarray(ndimage.gaussian_filter(image, SSIM_SIGMA_PX, truncate=3.5, mode="reflect"))
