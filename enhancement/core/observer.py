"""A channelised Hotelling observer: how detectable a small lesion is to a reader of limited eyes.

The ideal observer gains nothing from processing an image. One that sees through a few channels, as people do, may
gain or lose: this is the published way to ask whether a denoiser helps or hides lesions.

Sources: Myers & Barrett 1987 (channels); Abbey & Barrett 2001, JOSA A 18:473 (dense differences of Gaussians);
Barrett & Myers 2004, Foundations of Image Science, section 13.2.12 (Hotelling observer, signal-to-noise ratio).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from readerstudy.core.errors import BadData

Floats = NDArray[np.floating]

CHANNELS, FIRST_WIDTH, WIDTH_RATIO, OUTER_RATIO = 10, 0.005, 1.4, 1.67  # cycles per pixel; Abbey & Barrett, dense
MIN_PATCHES = 4 * CHANNELS  # of each class: the covariance is estimated from half of them


@dataclass(frozen=True)
class Detectability:
    """d_prime : signal-to-noise ratio of the observer's decision variable. auc : its area under the ROC curve."""

    d_prime: float
    auc: float


def dog_channels(side_px: int) -> Floats:
    """(side * side, 10) radially symmetric, overlapping channels in the image domain, unit norm each."""
    frequency = np.hypot(np.fft.fftfreq(side_px)[:, None], np.fft.fftfreq(side_px)[None, :])
    widths = FIRST_WIDTH * WIDTH_RATIO ** np.arange(1, CHANNELS + 1)
    passed = [np.exp(-0.5 * (frequency / (OUTER_RATIO * w)) ** 2) - np.exp(-0.5 * (frequency / w) ** 2) for w in widths]
    images = [np.fft.fftshift(np.fft.ifft2(band).real).ravel() for band in passed]
    return np.stack([image / np.linalg.norm(image) for image in images], axis=1)


def responses(patches: Floats, channels: Floats) -> Floats:
    """(N, side, side) patches centred on the place in question -> (N, channels)."""
    return np.asarray(patches.reshape(len(patches), -1) @ channels)


def detectability(present: Floats, absent: Floats, *, internal_noise: float = 0.0) -> Detectability:
    """How well the observer tells `present` from `absent`, both (N, channels) responses of as many patches.

    Trained on every second patch and tested on the others, and the other way round, so that it is not flattered by
    its own training. `internal_noise` adds that share of each channel's variance without a lesion to the covariance,
    as a person's own uncertainty (Brankov 2013, Physics in Medicine and Biology 58:7159).
    Raises BadData when there are fewer than 40 patches of a class.
    """
    if min(len(present), len(absent)) < MIN_PATCHES:
        raise BadData(f"The observer needs {MIN_PATCHES} patches with and without lesion; got {len(present)}.")
    d_primes, aucs = [], []
    for start in (0, 1):
        template = hotelling_template(present[start::2], absent[start::2], internal_noise=internal_noise)
        with_lesion, without = present[1 - start :: 2] @ template, absent[1 - start :: 2] @ template
        spread = np.sqrt((with_lesion.var(ddof=1) + without.var(ddof=1)) / 2)
        d_primes.append((with_lesion.mean() - without.mean()) / max(float(spread), 1e-12))
        aucs.append(_area(with_lesion, without))
    return Detectability(float(np.mean(d_primes)), float(np.mean(aucs)))


def hotelling_template(present: Floats, absent: Floats, *, internal_noise: float = 0.0) -> Floats:
    """(channels,) S^-1 (mean present - mean absent), S the mean of the covariances."""
    covariance = (np.cov(present, rowvar=False) + np.cov(absent, rowvar=False)) / 2
    covariance = covariance + internal_noise * np.diag(np.var(absent, axis=0, ddof=1))
    ridge = 1e-6 * np.trace(covariance) / len(covariance)
    return np.asarray(np.linalg.solve(covariance + ridge * np.eye(len(covariance)), (present - absent).mean(0)))


def _area(with_lesion: Floats, without: Floats) -> float:
    """Mann-Whitney: the chance that a patch with a lesion scores higher than one without."""
    statistic = stats.mannwhitneyu(with_lesion, without, alternative="two-sided", method="asymptotic").statistic
    return float(statistic / (len(with_lesion) * len(without)))
