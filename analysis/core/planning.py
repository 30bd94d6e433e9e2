"""Planning a study: power by simulation, closed forms, and what more cases or readers would bring (SPEC, section 12).

z = sqrt(rho_p) U_p + sqrt(rho_s) V_i + sqrt(rho_r) W_r + sqrt(rest) e, and a reading's d in -2..2 is the category of z
between the normal quantiles of the cumulative shares.
"""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import special

from readerstudy.core.errors import BadSetting

D = np.arange(-2, 3)
MOST_READINGS, MOST_SIMULATIONS, FEWEST_SIMULATIONS = 5_000, 20_000, 100


@dataclass(frozen=True)
class Design:
    """What is assumed. `shares` are those of d = -2..2 (B pronounced .. A pronounced); `sets` those of each patient."""

    shares: tuple[float, float, float, float, float]
    rho_patient: float
    rho_set: float
    rho_reader: float
    sets: tuple[int, ...]
    readers: int
    margin: float
    n_simulations: int = 2000
    seed: int = 20211130
    alpha: float = 0.05

    def __post_init__(self) -> None:
        rest = 1 - self.rho_patient - self.rho_set - self.rho_reader
        for holds, name, value, rule in (
            (len(self.shares) == 5 and min(self.shares) >= 0, "shares", self.shares, "five numbers from 0"),
            (abs(math.fsum(self.shares) - 1) < 1e-6, "shares", self.shares, "numbers that add up to 1"),
            (max(self.shares) < 1, "shares", self.shares, "more than one category: without spread there is no test"),
            (min(self.rho_patient, self.rho_set, self.rho_reader) >= 0, "correlations", "one below 0", "0 or more"),
            (rest > 0, "correlations", f"a sum of {1 - rest:g}", "less than 1 together"),
            (len(self.sets) >= 2 and min(self.sets) >= 1, "sets", self.sets[:5], "1 or more of 2 patients or more"),
            (self.readers >= 1, "readers", self.readers, "1 or more"),
            (self.margin > 0, "margin", self.margin, "above 0"),
            (0 < self.alpha < 1, "alpha", self.alpha, "between 0 and 1"),
            (self.seed >= 0, "seed", self.seed, "0 or more"),
            (self.n_readings <= MOST_READINGS, "readings", self.n_readings, f"{MOST_READINGS} at most"),
            (FEWEST_SIMULATIONS <= self.n_simulations <= MOST_SIMULATIONS, "simulations", self.n_simulations,
             f"{FEWEST_SIMULATIONS} to {MOST_SIMULATIONS}"),
        ):  # fmt: skip
            if not holds:
                raise BadSetting(f"The {name} must be {rule}, not {value}.")

    @property
    def n_readings(self) -> int:
        return sum(self.sets) * self.readers

    @property
    def mean(self) -> float:
        return float(np.dot(self.shares, D))

    @property
    def sd(self) -> float:
        return math.sqrt(float(np.dot(self.shares, D**2)) - self.mean**2)

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "shares": list(self.shares), "sets": list(self.sets)}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Design":
        return cls(**{**stored, "shares": tuple(stored["shares"]), "sets": tuple(stored["sets"])})


def sets_of(patients: int, image_sets: int) -> tuple[int, ...]:
    """`image_sets` spread over `patients` as evenly as whole numbers allow: 61 and 111 give 50 twos and 11 ones."""
    if patients < 2 or image_sets < patients:
        raise BadSetting(f"{image_sets} image sets cannot be those of {patients} patients: each needs one or more.")
    fewest, more = divmod(image_sets, patients)
    return (fewest + 1,) * more + (fewest,) * (patients - more)


def approximate_power(*, mean: float, sd: float, n: float, deff: float, alpha: float = 0.05) -> float:
    """The closed form: Phi(|mu| / (sigma sqrt(deff / N)) - z)."""
    return float(special.ndtr(abs(mean) / (sd * math.sqrt(deff / n)) - special.ndtri(1 - alpha / 2)))


def design_effect(design: Design) -> float:
    """1 + (R m - 1) rho, with rho the mean latent correlation of two readings of one patient."""
    m, R = sum(design.sets) / len(design.sets), design.readers
    others = R * m - 1
    if others <= 0:
        return 1.0
    same_set = (R - 1) * (design.rho_patient + design.rho_set)
    other_set = R * (m - 1) * design.rho_patient
    return 1 + same_set + other_set


def patients_without_event(rate: float, *, confidence: float = 0.95) -> int:
    """How many patients without an event bound its rate: ceil(ln(1 - conf) / ln(1 - p0))."""
    if not 0 < rate < 1 or not 0 < confidence < 1:
        raise BadSetting(f"Rate and confidence must lie between 0 and 1, not {rate} and {confidence}.")
    return math.ceil(math.log(1 - confidence) / math.log(1 - rate))
