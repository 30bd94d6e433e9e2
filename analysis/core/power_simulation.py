"""Simulated studies of one design, and which tests succeed on them (SPEC, section 12)."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from analysis.core.paired import signflip_exact
from analysis.core.planning import Design

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Told = Callable[[int, int, str], None]
TEST_NAMES = {
    "flip": "Primary: exact sign-flip test, patients as clusters",
    "cr2": "Mean with cluster-robust t (CR2)",
    "ni": "Non-inferiority by the margin",
    "tost": "Equivalence by the margin (TOST)",
    "random_reader": "Random readers and patients (Obuchowski-Rockette)",
}
BATCH = 50  # simulated studies at once; progress is told as often


@dataclass(frozen=True)
class Layout:
    """Whose each reading is: (N,) indices of patient, image set and reader."""

    patient: NDArray[np.intp]
    image_set: NDArray[np.intp]
    reader: NDArray[np.intp]

    @classmethod
    def of(cls, design: Design) -> "Layout":
        patient_of_set = np.repeat(np.arange(len(design.sets)), design.sets)
        image_set = np.repeat(np.arange(patient_of_set.size), design.readers)
        return cls(patient_of_set[image_set], image_set, np.tile(np.arange(design.readers), patient_of_set.size))

    @property
    def starts(self) -> NDArray[np.intp]:
        """Where each patient's readings begin; those of one patient lie together."""
        return np.flatnonzero(np.diff(self.patient, prepend=-1))


def draws(design: Design, layout: Layout, rng: np.random.Generator) -> Iterator[Floats]:
    """Preferences d of simulated studies, (B, N) at a time."""
    thresholds = special.ndtri(np.clip(np.cumsum(design.shares)[:-1], 0, 1))
    parts = (
        (design.rho_patient, len(design.sets), layout.patient),
        (design.rho_set, sum(design.sets), layout.image_set),
        (design.rho_reader, design.readers, layout.reader),
        (1 - design.rho_patient - design.rho_set - design.rho_reader, layout.patient.size, slice(None)),
    )
    for done in range(0, design.n_simulations, BATCH):
        B = min(BATCH, design.n_simulations - done)
        z = np.zeros((B, layout.patient.size))
        for share, size, index in parts:
            z += math.sqrt(share) * rng.standard_normal((B, size))[:, index]
        yield np.searchsorted(thresholds, z, side="right").astype(np.float64) - 2


def simulate(design: Design, *, told: Told) -> dict[str, Any]:
    """Share of simulated studies in which each test succeeds, with its Monte-Carlo error."""
    layout, hits, done = Layout.of(design), dict.fromkeys(TEST_NAMES, 0), 0
    for d in draws(design, layout, np.random.default_rng(design.seed)):
        told(done, design.n_simulations, "simulating studies of this design")
        for name, success in successes(d, layout, design).items():
            hits[name] += int(success.sum())
        done += len(d)
    return {name: share_of(count, design.n_simulations) for name, count in hits.items()}


def share_of(count: int, n: int) -> dict[str, float]:
    power = count / n
    return {"power": power, "error": 1.96 * math.sqrt(power * (1 - power) / n)}


def successes(d: Floats, layout: Layout, design: Design) -> dict[str, Flags]:
    """Which tests succeed on each of the simulated studies, (B,) a test. d: (B, N)."""
    means = robust_means(d, layout)
    return {
        "flip": flip_p(d, layout) <= design.alpha,
        "cr2": means.p <= design.alpha,
        "ni": means.mean - stats.t.ppf(1 - design.alpha / 2, means.df) * means.se > -design.margin,
        "tost": means.equivalence_p(design.margin) <= design.alpha,
        "random_reader": random_reader_p(d, layout, means) <= design.alpha,
    }


@dataclass(frozen=True)
class RobustMeans:
    """Means of many studies with standard errors robust to clustering (SPEC 3.4); all have one layout and one df."""

    mean: Floats
    se: Floats
    df: float

    @property
    def p(self) -> Floats:
        """Two-sided; 1 where there is no spread, which rejects nothing."""
        return _two_sided_t(self.mean, self.se, self.df)

    def equivalence_p(self, margin: float) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            lower = stats.t.sf((self.mean + margin) / self.se, self.df)
            upper = stats.t.cdf((self.mean - margin) / self.se, self.df)
        return np.where(self.se > 0, np.maximum(lower, upper), 1.0)


def _two_sided_t(mean: Floats, se: Floats, df: float | Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * stats.t.sf(np.abs(mean) / se, df)
    return np.where(se > 0, p, 1.0)


def robust_means(d: Floats, layout: Layout) -> RobustMeans:
    """`clustered.cluster_mean` for many studies at once. d: (B, N)."""
    N = layout.patient.size
    n_p = np.bincount(layout.patient).astype(np.float64)
    # Multiplied out before the division, so that no spread between patients is exactly 0.
    e = (N * np.add.reduceat(d, layout.starts, axis=1) - n_p * d.sum(axis=1, keepdims=True)) / N  # (B, P)
    a = 1 / (1 - n_p / N)
    b = a * n_p**2
    df = N**2 / (float(np.sum(n_p**2)) + float(b.sum() ** 2 - np.sum(b**2)) / N**2)
    return RobustMeans(d.mean(axis=1), np.sqrt((a * e**2).sum(axis=1)) / N, df)


def flip_p(d: Floats, layout: Layout, *, exact: bool = True) -> Floats:
    """The primary test, (B,), as `clustered.patient_sign_flip`, for |d| of 0, 1, 2; or its normal form. d: (B, N)."""
    size = np.abs(d)
    ones, twos = ((size == level).sum(axis=1, keepdims=True) for level in (1, 2))
    ranks = np.where(size == 1, (ones + 1) / 2, np.where(size == 2, ones + (twos + 1) / 2, 0.0))
    S_p = np.add.reduceat(np.sign(d) * ranks, layout.starts, axis=1)  # (B, P)
    if not exact:
        T, V = S_p.sum(axis=1), (S_p**2).sum(axis=1)
        return np.asarray(2 * special.ndtr(-np.abs(T) / np.sqrt(np.where(V > 0, V, 1.0))))
    return np.array([signflip_exact(2 * np.abs(sums), 2 * float(sums.sum())).p for sums in S_p])


def random_reader_p(d: Floats, layout: Layout, fixed: RobustMeans) -> Floats:
    """
    Two-sided p for readers and patients both drawn at random (SPEC 3.5), (B,); 1 with one reader. d: (B, N).

    Source: Obuchowski and Rockette 1995 for one modality, patient jackknife, degrees of freedom of Hillis 2007.
    """
    R, P = int(layout.reader.max()) + 1, int(layout.patient.max()) + 1
    if R < 2:
        return np.ones(len(d))
    counts = np.bincount(layout.patient[layout.reader == 0]).astype(np.float64)[:, None]  # (P, 1): sets
    sums = np.add.reduceat(d.reshape(len(d), -1, R), layout.starts // R, axis=1)  # (B, P, R)
    theta = sums.sum(axis=1) / counts.sum()  # (B, R)
    without = (sums.sum(axis=1, keepdims=True) - sums) / (counts.sum() - counts)
    deviations = without - without.mean(axis=1, keepdims=True)
    covariance = (P - 1) / P * np.einsum("bpr,bps->brs", deviations, deviations)
    cov2 = np.maximum(covariance[:, *np.triu_indices(R, 1)].mean(axis=1), 0)
    msr = theta.var(axis=1, ddof=1)
    se = np.sqrt((msr + R * cov2) / R)
    with np.errstate(divide="ignore", invalid="ignore"):
        df = np.where(msr > 0, (msr + R * cov2) ** 2 / (msr**2 / (R - 1)), np.inf)
    wider = se >= fixed.se
    return _two_sided_t(
        theta.mean(axis=1), np.where(wider, se, fixed.se), np.where(wider, np.minimum(df, P - 1), fixed.df)
    )
