"""The Type-I error of the tests, simulated again: `benchmarks/type_one_error.py SIM_TYPE1.json`.

Studies of the paper's size (61 patients, 111 image sets, 3 readers) are drawn without any preference from the latent
model of the planning, in which readings of one patient, image set and reader resemble, and go through the very
functions of the analysis. SIM_TYPE1.json holds the rates that R found: `{"nsim": …, "type1": {scenario: {test:
rate}}}`. A rate agrees when it differs from R's by at most three standard errors of the difference of two simulated
rates. Without the file the rates are told, and only the primary test is held to its level.
"""

import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from analysis.core.clustered import cluster_mean, datta_satten, patient_sign_flip
from analysis.core.paired import signed_rank_tests
from analysis.core.proportions import wilson
from analysis.core.random_reader import random_readers
from benchmarks.report import Figure, parser, report

CLAIM = "The Type-I error of the primary test, simulated again"
LEVEL = 0.05
SIMULATIONS, QUICK_SIMULATIONS = 5000, 200
SETS_OF_PATIENTS = np.repeat([1, 2, 3, 4], [27, 21, 10, 3])  # 61 patients, 111 image sets, as simulated for R
READERS = 3
PRIMARY = "cluster_flip_exact"

Ints, Codes = NDArray[np.int64], NDArray[np.str_]


@dataclass(frozen=True)
class Scenario:
    """Shares of d = -2 .. 2, and the shares of latent variance that patient, image set and reader have."""

    name: str
    shares: tuple[float, ...]
    rho_patient: float = 0.0
    rho_set: float = 0.0
    rho_reader: float = 0.0


HALF_TIES, MOST_TIES, NEARLY_ALL_TIES = (
    (0.05, 0.2, 0.5, 0.2, 0.05),
    (0.01, 0.04, 0.9, 0.04, 0.01),
    (0, 0.01, 0.98, 0.01, 0),
)
SCENARIOS = (
    Scenario("independent, 50% ties", HALF_TIES),
    Scenario("rho_patient .3 + rho_set .2, 50% ties", HALF_TIES, 0.3, 0.2),
    Scenario("rho_patient .3 + rho_set .2, 90% ties", MOST_TIES, 0.3, 0.2),
    Scenario("rho_patient .3 + rho_set .2, 98% ties (Table 2 facet cells)", NEARLY_ALL_TIES, 0.3, 0.2),
    Scenario("as row 2 + rho_reader .05 (readers differ systematically)", HALF_TIES, 0.3, 0.2, 0.05),
)  # fmt: skip


@dataclass(frozen=True)
class Readings:
    """Who read what: codes of the patient, image set and reader of every reading."""

    patient: NDArray[np.intp]
    image_set: NDArray[np.intp]
    reader: NDArray[np.intp]


def design() -> Readings:
    patient = np.repeat(np.arange(SETS_OF_PATIENTS.size), SETS_OF_PATIENTS)
    n_sets = patient.size
    return Readings(
        np.repeat(patient, READERS), np.repeat(np.arange(n_sets), READERS), np.tile(np.arange(READERS), n_sets)
    )


def draw(scenario: Scenario, readings: Readings, rng: np.random.Generator) -> Ints:
    """(readings,) preferences of one study in which no arm is better."""
    rest = 1 - scenario.rho_patient - scenario.rho_set - scenario.rho_reader
    z = math.sqrt(rest) * rng.standard_normal(readings.patient.size)
    for rho, code in ((scenario.rho_patient, readings.patient), (scenario.rho_set, readings.image_set),
                      (scenario.rho_reader, readings.reader)):  # fmt: skip
        z += math.sqrt(rho) * rng.standard_normal(int(code.max()) + 1)[code]
    return np.searchsorted(norm.ppf(np.cumsum(scenario.shares)[:-1]), z) - len(scenario.shares) // 2


def _random_reader(d: Ints, patient: Codes, reader: Codes) -> float | None:
    found = random_readers(d, reader, patient)
    return found["reported"]["p"] if found else None


# The names are those of the file of reference.
TESTS: Mapping[str, Callable[[Ints, Codes, Codes], float | None]] = {
    PRIMARY: lambda d, patient, reader: patient_sign_flip(d, patient).p_exact_flip,
    "rgl_z": lambda d, patient, reader: patient_sign_flip(d, patient).p,
    "datta_satten": lambda d, patient, reader: datta_satten(d, patient).p,
    "cr2_t": lambda d, patient, reader: cluster_mean(d, patient).p_cr2,
    "random_reader_OR": _random_reader,
    "pooled_signed_rank": lambda d, patient, reader: signed_rank_tests(d).wilcox.p_nocc,
}


def rejections(scenario: Scenario, simulations: int, seed: int) -> dict[str, int]:
    """How many of the studies each test calls significant; an undefined p is not."""
    readings, rng = design(), np.random.default_rng(seed)
    patient, reader = (np.char.mod("%03d", code) for code in (readings.patient, readings.reader))
    found = dict.fromkeys(TESTS, 0)
    for _ in range(simulations):
        d = draw(scenario, readings, rng)
        for name, test in TESTS.items():
            p = test(d, patient, reader)
            found[name] += p is not None and p <= LEVEL
    return found


def agreement_within(p: float, q: float, n: int, m: int) -> float:
    """Three standard errors of the difference of two rates of n and m simulations that have one true rate."""
    pooled = (p * n + q * m) / (n + m)
    return 3 * math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))


@dataclass(frozen=True)
class Rate:
    """How often a test called a study significant, and how often R did, where that is known."""

    scenario: Scenario
    test: str
    rejected: int
    simulations: int
    in_r: float | None = None
    reach: float | None = None

    @property
    def value(self) -> float:
        return self.rejected / self.simulations

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.rejected, self.simulations)

    @property
    def agrees(self) -> bool | None:
        """With R; without R, whether the primary test holds its level. None where there is nothing to hold it to."""
        if self.in_r is not None and self.reach is not None:
            return abs(self.value - self.in_r) <= self.reach
        # Readers who differ are no null hypothesis for tests that take them as fixed.
        return self.interval[0] <= LEVEL if self.test == PRIMARY and not self.scenario.rho_reader else None


def rates(scenario: Scenario, simulations: int, seed: int, reference: Mapping[str, Any] | None) -> list[Rate]:
    found = rejections(scenario, simulations, seed)
    if not reference:
        return [Rate(scenario, test, n, simulations) for test, n in found.items()]
    in_r, nsim = reference["type1"][scenario.name], int(reference["nsim"])
    return [
        Rate(
            scenario, test, n, simulations, in_r[test], agreement_within(n / simulations, in_r[test], simulations, nsim)
        )
        for test, n in found.items()
    ]


def figure_of(rate: Rate) -> Figure:
    low, high = rate.interval
    bar = f"<= {LEVEL:g}" if rate.agrees is not None else None
    if rate.in_r is not None:
        bar = f"{rate.in_r:g} ± {rate.reach:.4f}"
    return Figure(
        f"{rate.scenario.name}: {rate.test}",
        rate.value,
        f"of studies, 95 % interval {low:.4f} to {high:.4f}",
        bar,
        rate.agrees,
        None if rate.in_r is None else "R",
    )


def read_reference(path: Path) -> dict[str, Any]:
    """R's rates; ends the program with one line where a scenario or a test is missing."""
    try:
        reference: dict[str, Any] = json.loads(path.read_text("utf-8"))
        missing = [
            f"{scenario.name}: {test}"
            for scenario in SCENARIOS
            for test in TESTS
            if not isinstance(reference["type1"].get(scenario.name, {}).get(test), int | float)
        ]
        if missing or int(reference["nsim"]) < 1:
            sys.exit(f"{path}: there is no rate for {missing[0] if missing else 'any simulation'}.")
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        sys.exit(f"{path}: these are no rates of R ({error}).")
    return reference


def print_table(found: Sequence[Rate]) -> None:
    words = {True: "yes", False: "NO", None: ""}
    print(f"{CLAIM}: {found[0].simulations} studies a scenario\n")
    verdict = "holds" if found[0].in_r is None else "agrees"
    print(f"{'':22}{'simulated':>10}{'95 % interval':>20}{'R':>9}{verdict:>9}")
    for scenario in SCENARIOS:
        print(scenario.name)
        for rate in (one for one in found if one.scenario is scenario):
            low, high = rate.interval
            in_r = "" if rate.in_r is None else f"{rate.in_r:.4f}"
            interval = f"{low:.4f} to {high:.4f}"
            print(f"  {rate.test:20}{rate.value:10.4f}{interval:>20}{in_r:>9}{words[rate.agrees]:>9}")


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("reference", nargs="?", type=Path, metavar="SIM_TYPE1.json", help="the rates that R found")
    arguments.add_argument("--simulations", type=int, help=f"studies a scenario (default {SIMULATIONS})")
    arguments.add_argument("--seed", type=int, default=20211130)
    options = arguments.parse_args()
    simulations = options.simulations or (QUICK_SIMULATIONS if options.quick else SIMULATIONS)
    reference = read_reference(options.reference) if options.reference else None
    found = [rate for scenario in SCENARIOS for rate in rates(scenario, simulations, options.seed, reference)]
    if options.json:
        report(CLAIM, [figure_of(rate) for rate in found], as_json=True, quick=options.quick)
    else:
        print_table(found)
    sys.exit(0 if all(rate.agrees is not False for rate in found) else 1)


if __name__ == "__main__":
    main()
