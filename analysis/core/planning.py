"""What the planning page and its command tell of one design: power of every test, and what more cases would bring."""

import math
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from analysis.core.power import Power, PowerInputs, simulate_power, zero_event_n
from readerstudy.core.errors import BadSetting

Told = Callable[[int, int, str], None]
TEST_NAMES = {
    "flip": "Primary: exact sign-flip test, patients as clusters",
    "cr2": "Mean with cluster-robust t (CR2)",
    "ni": "Non-inferiority by the margin",
    "tost": "Equivalence by the margin (TOST)",
    "random_reader": "Random readers and patients (Obuchowski-Rockette)",
}
# What a worker simulates in minutes.
MOST_READINGS, FEWEST_SIMULATIONS, MOST_SIMULATIONS = 5_000, 100, 20_000
GRID_SIMULATIONS = 200
RATES = (0.01, 0.02, 0.05)


def sets_of(patients: int, image_sets: int) -> tuple[int, ...]:
    """`image_sets` spread over `patients` as evenly as whole numbers allow: 61 and 111 give 50 twos and 11 ones."""
    if patients < 2 or image_sets < patients:
        raise BadSetting(f"{image_sets} image sets cannot be those of {patients} patients: each needs one or more.")
    fewest, more = divmod(image_sets, patients)
    return (fewest + 1,) * more + (fewest,) * (patients - more)


def readings_of(inputs: PowerInputs) -> int:
    return sum(inputs.sets_per_patient) * inputs.readers


def check_size(inputs: PowerInputs) -> None:
    """Raise BadSetting where a simulation would say nothing, or never end."""
    if max(inputs.shares) >= 1:
        raise BadSetting("All readings in one category: without spread there is no test. Share them out.")
    if readings_of(inputs) > MOST_READINGS:
        raise BadSetting(f"{readings_of(inputs)} readings are too many to simulate: {MOST_READINGS} at most.")
    if not FEWEST_SIMULATIONS <= inputs.simulations <= MOST_SIMULATIONS:
        raise BadSetting(f"Simulate {FEWEST_SIMULATIONS} to {MOST_SIMULATIONS} studies, not {inputs.simulations}.")


def inputs_to_json(inputs: PowerInputs) -> dict[str, Any]:
    return {**asdict(inputs), "shares": list(inputs.shares), "sets_per_patient": list(inputs.sets_per_patient)}


def inputs_from_json(stored: dict[str, Any]) -> PowerInputs:
    lists = {name: tuple(stored[name]) for name in ("shares", "sets_per_patient")}
    return PowerInputs(**{**stored, **lists})


def plan_power(inputs: PowerInputs, *, told: Told) -> dict[str, Any]:
    """Everything for one design, ready for JSON; the same for the same inputs on every run. Raises BadSetting."""
    check_size(inputs)
    result = simulate_power(inputs, lambda done, total: told(done, total, "simulating studies of this design"))
    return {
        "inputs": inputs_to_json(inputs),
        "patients": len(inputs.sets_per_patient),
        "image_sets": sum(inputs.sets_per_patient),
        "readings": result.n_readings,
        "mean": result.mean,
        "sd": result.sd,
        "tests": {name: _told(getattr(result, name)) for name in TEST_NAMES},
        "closed_form": {"power": result.approximate, "design_effect": result.approximate_deff},
        "zero_event_patients": {str(rate): zero_event_n(rate) for rate in RATES},
        "trade_off": _trade_off(inputs, told),
    }


def _told(power: Power) -> dict[str, float]:
    return {"power": power.power, "error": power.half_width}


def _trade_off(inputs: PowerInputs, told: Told) -> list[dict[str, Any]]:
    """Power of the primary test with other numbers, one row each, by fewer simulations."""
    designs, rows = grid(inputs), []
    for number, (times, other) in enumerate(designs):
        patients = len(other.sets_per_patient)
        told(number, len(designs), f"trade-off: {patients} patients, {other.readers} readers")
        counts = {"patients": patients, "readers": other.readers, "sets_factor": times}
        sizes = {"image_sets": sum(other.sets_per_patient), "readings": readings_of(other)}
        rows.append({**counts, **sizes, **_told(simulate_power(other).flip)})
    return rows


def grid(inputs: PowerInputs) -> list[tuple[int, PowerInputs]]:
    """Designs with other numbers of patients and readers, and with twice the sets; what is too large is left out."""
    patients = sorted({max(2, round(len(inputs.sets_per_patient) * factor)) for factor in (0.5, 1, 1.5, 2)})
    readers = sorted({max(2, inputs.readers - 1), inputs.readers, inputs.readers + 2})
    varied = [(1, _varied(inputs, n, R, 1)) for n in patients for R in readers]
    varied += [(2, _varied(inputs, n, inputs.readers, 2)) for n in patients]
    return [(times, other) for times, other in varied if readings_of(other) <= MOST_READINGS]


def _varied(inputs: PowerInputs, patients: int, readers: int, times: int) -> PowerInputs:
    """The pattern of sets per patient is repeated or thinned out evenly, so that the mix stays."""
    pattern = inputs.sets_per_patient
    places = [math.floor(place * len(pattern) / patients) if patients < len(pattern) else place % len(pattern)
              for place in range(patients)]  # fmt: skip
    sets = tuple(times * pattern[place] for place in places)
    simulations = min(GRID_SIMULATIONS, inputs.simulations)
    return replace(inputs, sets_per_patient=sets, readers=readers, simulations=simulations)
