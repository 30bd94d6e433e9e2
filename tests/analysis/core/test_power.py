from dataclasses import replace

import pytest

from analysis.core.power import PowerInputs, approximate_power, simulate_power, trade_off, zero_event_n
from readerstudy.core.errors import BadPlan

# statistics/power.json, made by R 4.2.2 (power.R, 2000 simulations, seed 77).
A = PowerInputs((0.02, 0.15, 0.50, 0.28, 0.05), (1, 2) * 15, 3, 0.25, 0.15, margin=0.3, simulations=400)
B = PowerInputs((0.01, 0.10, 0.76, 0.12, 0.01), (1,) * 40, 4, 0.3, 0.0, margin=0.15, simulations=400)
C = replace(A, rho_reader=0.05)
D = PowerInputs((0.0, 0.02, 0.96, 0.02, 0.0), (2,) * 61, 3, 0.3, 0.2, margin=0.1, simulations=400)
TESTS = ("flip", "cr2", "ni", "tost", "random_reader")
REFERENCE = {
    "A": (A, (0.411, 0.4225, 0.9925, 0.2725, 0.3595)),
    "B": (B, (0.058, 0.065, 0.849, 0.66, 0.048)),
    "C": (C, (0.4625, 0.4755, 0.9755, 0.3, 0.2335)),
    "D": (D, (0.0265, 0.044, 1.0, 1.0, 0.025)),
}


class TestSimulatePower:
    @pytest.mark.parametrize("scenario", REFERENCE)
    def test_it_agrees_with_r_within_monte_carlo_error(self, scenario):
        inputs, powers = REFERENCE[scenario]
        result = simulate_power(inputs)

        for name, p in zip(TESTS, powers, strict=True):
            tolerance = 3 * (p * (1 - p) * (1 / 2000 + 1 / inputs.simulations)) ** 0.5
            assert abs(getattr(result, name).power - p) <= max(tolerance, 0.005), name

    def test_it_is_the_same_on_every_run_and_counts_its_progress(self):
        inputs, seen = replace(B, simulations=150), []
        one, two = simulate_power(inputs), simulate_power(inputs, lambda done, total: seen.append((done, total)))

        assert one == two
        assert seen == [(100, 150), (150, 150)]

    def test_mean_and_spread_are_those_of_the_shares(self):
        result = simulate_power(replace(A, simulations=1))
        assert (result.mean, result.sd) == pytest.approx((0.19, 0.82091412461962188))  # power.json

    def test_one_reader_has_no_power_beyond_itself(self):
        assert simulate_power(replace(A, readers=1, simulations=20)).random_reader.power == 0

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("shares", (0.5, 0.5)),
            ("shares", (0.5, 0.1, 0.1)),
            ("sets_per_patient", (3,)),
            ("sets_per_patient", (3, 0)),
            ("readers", 0),
            ("rho_patient", 0.9),
            ("margin", 0),
            ("alpha", 1),
            ("simulations", 0),
        ],
    )
    def test_it_refuses_what_cannot_be_simulated_by_name(self, field, value):
        with pytest.raises(BadPlan, match=field):
            replace(A, **{field: value})


class TestTradeOff:
    def test_it_has_one_result_a_number_of_patients_and_readers(self):
        grid = trade_off(replace(A, simulations=5), patients=[4, 8], readers=[2, 3])
        assert [(len(r.inputs.sets_per_patient), r.inputs.readers) for r in grid] == [(4, 2), (4, 3), (8, 2), (8, 3)]


class TestApproximatePower:
    @pytest.mark.parametrize(
        ("mean", "sd", "n", "deff", "power"),
        [
            (0.2, 0.8, 333, 1, 0.99536736535908898),  # power.json, approx_power
            (0.2, 0.8, 333, 3, 0.74982827514258865),
            (0.1, 0.5, 180, 2, 0.4750435545323467),
        ],
    )
    def test_it_agrees_with_r(self, mean, sd, n, deff, power):
        assert approximate_power(mean, sd, n, deff) == pytest.approx(power, rel=1e-12)


class TestZeroEventN:
    @pytest.mark.parametrize(
        ("rate", "confidence", "n"), [(0.01, 0.95, 299), (0.05, 0.95, 59), (0.005, 0.95, 598), (0.01, 0.975, 368)]
    )
    def test_it_agrees_with_r(self, rate, confidence, n):  # power.json, zero_event_n
        assert zero_event_n(rate, confidence=confidence) == n
