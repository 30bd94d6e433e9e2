"""Planning a study: power by simulation of the latent normal model, and the closed forms beside it.

Ordinal preferences come from z = sqrt(rho_patient) U_p + sqrt(rho_set) V_i + sqrt(rho_reader) W_r + noise, cut so
that the shares of the scale's points are those expected (SPEC, section 12).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.core.paired import signflip_exact
from readerstudy.core.errors import BadPlan

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]

SIMULATIONS = 2000
CHUNK = 100  # simulations drawn at a time: part of the algorithm, because it orders the random numbers
TESTS = ("flip", "cr2", "ni", "tost", "random_reader")
MOST_READINGS = 200_000


@dataclass(frozen=True)
class PowerInputs:
    """
    What is assumed.

    `shares`: expected shares of the scale's points from "A much worse" to "A much better", an odd number that sums
    to 1; `sets_per_patient`: image sets of each patient; `rho_*`: latent variance shares; `margin`: in points.
    """

    shares: tuple[float, ...]
    sets_per_patient: tuple[int, ...]
    readers: int
    rho_patient: float
    rho_set: float
    rho_reader: float = 0.0
    margin: float = 0.5
    alpha: float = 0.05
    simulations: int = SIMULATIONS
    seed: int = 20211130

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True)
class Power:
    """A simulated power with 1.96 Monte-Carlo standard errors."""

    power: float
    half_width: float


@dataclass(frozen=True)
class PowerResult:
    """Power of the primary test, the CR2 t test, non-inferiority, equivalence, and with random readers."""

    inputs: PowerInputs
    n_readings: int
    mean: float
    sd: float
    flip: Power
    cr2: Power
    ni: Power
    tost: Power
    random_reader: Power
    approximate: float
    approximate_deff: float


def _check(inputs: PowerInputs) -> None:
    shares, rhos = inputs.shares, (inputs.rho_patient, inputs.rho_set, inputs.rho_reader)
    rules = (
        (len(shares) >= 3 and len(shares) % 2 == 1, "shares", "an odd number of shares, at least 3"),
        (all(0 <= share <= 1 for share in shares), "shares", "numbers from 0 to 1"),
        (abs(sum(shares) - 1) < 1e-6, "shares", "shares that sum to 1"),
        (len(inputs.sets_per_patient) >= 2, "sets_per_patient", "at least two patients"),
        (all(sets >= 1 for sets in inputs.sets_per_patient), "sets_per_patient", "whole numbers from 1"),
        (inputs.readers >= 1, "readers", "at least one"),
        (sum(inputs.sets_per_patient) * inputs.readers <= MOST_READINGS, "sets_per_patient", "a smaller study"),
        (all(rho >= 0 for rho in rhos) and sum(rhos) <= 1, "rho_patient", "shares of variance that sum to at most 1"),
        (inputs.margin > 0, "margin", "more than 0"),
        (0 < inputs.alpha < 1, "alpha", "between 0 and 1"),
        (1 <= inputs.simulations <= 100_000, "simulations", "from 1 to 100000"),
        (inputs.seed >= 0, "seed", "a whole number from 0"),
    )
    for holds, name, rule in rules:
        if not holds:
            raise BadPlan(f"The planned {name} must be {rule}, not '{str(getattr(inputs, name))[:60]}'.")


def simulate_power(inputs: PowerInputs, progress: Progress = lambda done, total: None) -> PowerResult:
    """The power of every test, the same for the same inputs on every run; `progress(done, total)` after each chunk."""
    design, rng = _Design(inputs), np.random.default_rng(inputs.seed)
    rejected = dict.fromkeys(TESTS, 0)
    for done in range(0, inputs.simulations, CHUNK):
        n = min(CHUNK, inputs.simulations - done)
        for name, found in design.tests(design.draw(rng, n)).items():
            rejected[name] += int(found.sum())
        progress(done + n, inputs.simulations)
    steps = np.arange(len(inputs.shares)) - len(inputs.shares) // 2
    mean = float(np.dot(steps, inputs.shares))
    sd = math.sqrt(max(0.0, float(np.dot(steps**2, inputs.shares)) - mean**2))
    deff = design_effect(inputs)
    return PowerResult(
        inputs,
        design.n_readings,
        mean,
        sd,
        **{name: _power(n, inputs.simulations) for name, n in rejected.items()},
        approximate=approximate_power(mean, sd, design.n_readings, deff, alpha=inputs.alpha),
        approximate_deff=deff,
    )


def trade_off(
    inputs: PowerInputs,
    *,
    patients: Sequence[int],
    readers: Sequence[int],
    progress: Progress = lambda done, total: None,
) -> list[PowerResult]:
    """One result a number of patients and readers; the pattern of sets per patient is repeated or cut."""
    grid = [(n, R) for n in patients for R in readers]
    results = []
    for done, (n, R) in enumerate(grid):
        sets = tuple(inputs.sets_per_patient[i % len(inputs.sets_per_patient)] for i in range(n))
        results.append(simulate_power(replace(inputs, sets_per_patient=sets, readers=R)))
        progress(done + 1, len(grid))
    return results


def _power(rejected: int, simulations: int) -> Power:
    p = rejected / simulations
    return Power(p, 1.96 * math.sqrt(p * (1 - p) / simulations))


def approximate_power(mean: float, sd: float, n: int, deff: float, *, alpha: float = 0.05) -> float:
    """Normal approximation of the power of a mean of n readings with a design effect."""
    if sd == 0:
        return 1.0 if mean else 0.0
    return float(stats.norm.cdf(abs(mean) / (sd * math.sqrt(deff / n)) - stats.norm.ppf(1 - alpha / 2)))


def design_effect(inputs: PowerInputs) -> float:
    """1 + (R m - 1) rho with m the mean sets a patient and rho the mean latent correlation of two of its readings."""
    m, R = float(np.mean(inputs.sets_per_patient)), inputs.readers
    same_set = (R - 1) / (R * m - 1) if R * m > 1 else 0.0
    return max(1.0, 1 + (R * m - 1) * (inputs.rho_patient + inputs.rho_set * same_set))


def zero_event_n(rate: float, *, confidence: float = 0.95) -> int:
    """How many patients without one event show, at `confidence`, that the rate of the event is below `rate`."""
    return math.ceil(math.log(1 - confidence) / math.log(1 - rate))


class _Design:
    """Who reads what, with everything that does not change from one simulation to the next."""

    def __init__(self, inputs: PowerInputs) -> None:
        self.inputs, R = inputs, inputs.readers
        self.set_patient = np.repeat(np.arange(len(inputs.sets_per_patient)), inputs.sets_per_patient)
        self.n_readings = self.set_patient.size * R
        self.starts = np.concatenate([[0], np.cumsum(inputs.sets_per_patient)[:-1]])
        self.n_p = np.asarray(inputs.sets_per_patient, dtype=np.float64) * R  # (P,)
        self.a = 1 / (1 - self.n_p / self.n_readings)
        b, N = self.a * self.n_p**2, self.n_readings
        self.df = N**2 / (float(np.sum(self.n_p**2)) + float(b.sum() ** 2 - np.sum(b**2)) / N**2)
        with np.errstate(divide="ignore"):
            self.cuts = stats.norm.ppf(np.minimum(np.cumsum(inputs.shares)[:-1], 1.0))

    def draw(self, rng: np.random.Generator, n: int) -> NDArray[np.int64]:
        """(n, S, R) preferences d of n simulated studies."""
        inputs, S, R = self.inputs, self.set_patient.size, self.inputs.readers
        patient = rng.standard_normal((n, self.n_p.size))[:, self.set_patient, None]
        image_set, reader = rng.standard_normal((n, S, 1)), rng.standard_normal((n, 1, R))
        noise = rng.standard_normal((n, S, R))
        rest = max(0.0, 1 - inputs.rho_patient - inputs.rho_set - inputs.rho_reader)
        z = math.sqrt(inputs.rho_patient) * patient + math.sqrt(inputs.rho_set) * image_set
        z = z + math.sqrt(inputs.rho_reader) * reader + math.sqrt(rest) * noise
        return np.searchsorted(self.cuts, z, side="right") - len(inputs.shares) // 2

    def tests(self, d: NDArray[np.int64]) -> dict[str, NDArray[np.bool_]]:
        """Which of the simulated studies each test rejects."""
        alpha, margin = self.inputs.alpha, self.inputs.margin
        mean, se = self._mean(d)
        with np.errstate(divide="ignore", invalid="ignore"):
            cr2 = 2 * stats.t.sf(np.abs(mean) / se, self.df) <= alpha
            lower = stats.t.sf((mean + margin) / se, self.df)
            upper = stats.t.cdf((mean - margin) / se, self.df)
        quantile = stats.t.ppf(1 - alpha / 2, self.df)
        return {
            "flip": self._flip(d) <= alpha,
            "cr2": cr2 & (se > 0),
            "ni": mean - quantile * se > -margin,
            "tost": np.where(se > 0, np.maximum(lower, upper) <= alpha, np.abs(mean) < margin),
            "random_reader": self._random_reader(d, se) <= alpha,
        }

    def _mean(self, d: NDArray[np.int64]) -> tuple[Floats, Floats]:
        N = self.n_readings
        sums = np.add.reduceat(d.sum(axis=2), self.starts, axis=1)  # (n, P)
        total = sums.sum(axis=1)
        e = (N * sums - self.n_p * total[:, None]) / N
        return total / N, np.sqrt(np.sum(self.a * e**2, axis=1)) / N

    def _flip(self, d: NDArray[np.int64]) -> Floats:
        return np.array([self._flip_p(one) for one in d])

    def _flip_p(self, d: NDArray[np.int64]) -> float:
        """The primary test of one study; ranks come from counts, because there are few levels of |d|."""
        n = np.bincount(np.abs(d).ravel(), minlength=len(self.inputs.shares) // 2 + 1)[1:]
        doubled_rank = np.concatenate([[0], 2 * (np.cumsum(n) - n) + n + 1])
        S_p = np.add.reduceat((np.sign(d) * doubled_rank[np.abs(d)]).sum(axis=1), self.starts)
        return signflip_exact(np.abs(S_p), float(S_p.sum())).p

    def _random_reader(self, d: NDArray[np.int64], se: Floats) -> Floats:
        """(n,) p with random readers and patients; 1 where it is undefined (see `random_readers`)."""
        R, P, S = self.inputs.readers, self.n_p.size, self.set_patient.size
        if R < 2:
            return np.ones(len(d))
        sums, sets = np.add.reduceat(d, self.starts, axis=1), self.n_p / R  # (n, P, R), (P,)
        total = sums.sum(axis=1)
        theta = total / S  # (n, R)
        left_out = (total[:, None, :] - sums) / (S - sets)[None, :, None]
        left_out = left_out - left_out.mean(axis=1, keepdims=True)
        row = left_out.sum(axis=2)
        off_diagonal = (np.sum(row**2, axis=1) - np.sum(left_out**2, axis=(1, 2))) / (R * (R - 1))
        cov2 = np.maximum((P - 1) / P * off_diagonal, 0)
        msr = theta.var(axis=1, ddof=1)
        v = msr + R * cov2
        with np.errstate(divide="ignore", invalid="ignore"):
            df = np.where(msr > 0, v**2 / (msr**2 / (R - 1)), np.inf)
            wider = np.sqrt(v / R) >= se
            used = np.where(wider, np.sqrt(v / R), se)
            p = 2 * stats.t.sf(np.abs(theta.mean(axis=1)) / used, np.where(wider, np.minimum(df, P - 1), self.df))
        return np.where(used > 0, p, 1.0)
