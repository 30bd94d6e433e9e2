"""All that is told of one design: power of every test, closed forms, and what more patients or readers would bring."""

import math
from dataclasses import replace
from typing import Any

import numpy as np

from analysis.core.planning import MOST_READINGS, Design, approximate_power, design_effect, patients_without_event
from analysis.core.power_simulation import Layout, Told, draws, flip_p, share_of, simulate

GRID_SIMULATIONS = 400
# With so many patients the normal form decides as the exact test does, in a hundredth of the time.
NORMAL_FROM_PATIENTS = 40
RATES = (0.01, 0.02, 0.05)


def plan_power(design: Design, *, told: Told) -> dict[str, Any]:
    """Everything that the page and the command show for one design."""
    power = simulate(design, told=told)
    deff = design_effect(design)
    closed = approximate_power(mean=design.mean, sd=design.sd, n=design.n_readings, deff=deff, alpha=design.alpha)
    return {
        "inputs": design.to_json(),
        "patients": len(design.sets),
        "image_sets": sum(design.sets),
        "readings": design.n_readings,
        "mean": design.mean,
        "sd": design.sd,
        "tests": power,
        "closed_form": {"power": closed, "design_effect": deff},
        "zero_event_patients": {str(rate): patients_without_event(rate) for rate in RATES},
        "trade_off": trade_off(design, told=told),
    }


def grid_designs(design: Design) -> list[tuple[int, int, int, Design]]:
    """(patients, readers, sets factor, design): fewer and more patients and readers, and twice the sets."""
    patients = sorted({max(2, round(len(design.sets) * factor)) for factor in (0.5, 1, 1.5, 2)})
    readers = sorted({max(2, design.readers - 1), design.readers, design.readers + 2})
    return [
        (n_patients, n_readers, times, other)
        for times in (1, 2)
        for n_patients in patients
        for n_readers in readers
        if (other := _varied(design, n_patients, n_readers, times)) is not None
    ]


def _varied(design: Design, patients: int, readers: int, times: int) -> Design | None:
    """The design with other numbers; None where it would be too large to simulate."""
    sets = tuple(times * n for n in (design.sets * math.ceil(patients / len(design.sets)))[:patients])
    if sum(sets) * readers > MOST_READINGS:
        return None
    n = min(GRID_SIMULATIONS, design.n_simulations)
    return replace(design, sets=sets, readers=readers, n_simulations=n)


def trade_off(design: Design, *, told: Told) -> list[dict[str, Any]]:
    """Power of the primary test on other numbers of patients, readers and image sets, one row each."""
    designs, rows = grid_designs(design), []
    for number, (patients, readers, times, other) in enumerate(designs):
        told(number, len(designs), f"trade-off: {patients} patients, {readers} readers")
        rows.append({"patients": patients, "readers": readers, "sets_factor": times,
                     "image_sets": sum(other.sets), "readings": other.n_readings, **_flip_power(other)})  # fmt: skip
    return rows


def _flip_power(design: Design) -> dict[str, float]:
    layout = Layout.of(design)
    simulated = draws(design, layout, np.random.default_rng(design.seed))
    exact = len(design.sets) < NORMAL_FROM_PATIENTS
    hits = sum(int((flip_p(d, layout, exact=exact) <= design.alpha).sum()) for d in simulated)
    return share_of(hits, design.n_simulations)
