"""Simulated power against R's, and every vectorised statistic against the one that the results use."""

import json
import math

import numpy as np
import pytest

from analysis.core.clustered import cluster_mean, patient_sign_flip
from analysis.core.planning import Design
from analysis.core.power_simulation import Layout, draws, flip_p, random_reader_p, robust_means, simulate

N_SIMULATIONS = 1000


def design(**changes):
    values = {
        "shares": (0.02, 0.15, 0.5, 0.28, 0.05), "rho_patient": 0.25, "rho_set": 0.15, "rho_reader": 0.05,
        "sets": (1, 2) * 15, "readers": 3, "margin": 0.3, "n_simulations": N_SIMULATIONS, "seed": 5,
    }  # fmt: skip
    return Design(**{**values, **changes})


def quiet(done, total, step):
    """Progress that nobody watches."""


class TestSimulate:
    @pytest.mark.parametrize("name", ["A", "B", "C", "D"])
    def test_power_agrees_with_the_reference_within_its_tolerance(self, reference_folder, name):
        reference = json.loads((reference_folder / "power.json").read_text("utf-8"))
        scenario = reference["scenarios"][name]
        found = simulate(
            design(
                shares=tuple(scenario["pi"]), rho_patient=scenario["rho_patient"], rho_set=scenario["rho_set"],
                rho_reader=scenario["rho_reader"], sets=tuple(scenario["sets"]), readers=scenario["readers"],
                margin=scenario["delta"],
            ),
            told=quiet,
        )  # fmt: skip

        for test, expected in scenario["power"].items():
            p = found["random_reader" if test == "or" else test]["power"]
            # SPEC 12: 3 sqrt(p(1-p)(1/n1 + 1/n2)); p of both together, so that 0 and 1 have a tolerance too.
            pooled = (p * N_SIMULATIONS + expected * reference["nsim"]) / (N_SIMULATIONS + reference["nsim"])
            tolerance = 3 * math.sqrt(pooled * (1 - pooled) * (1 / N_SIMULATIONS + 1 / reference["nsim"]))
            assert abs(p - expected) <= tolerance, (name, test, p, expected)

    def test_the_same_seed_gives_the_same_digits_and_progress_is_told(self):
        told = []

        first = simulate(design(n_simulations=100), told=lambda *step: told.append(step))

        assert simulate(design(n_simulations=100), told=quiet) == first
        assert [done for done, _, _ in told] == [0, 50]

    def test_the_error_is_that_of_a_share(self):
        power = simulate(design(n_simulations=100), told=quiet)["flip"]

        p = power["power"]
        assert power["error"] == pytest.approx(1.96 * math.sqrt(p * (1 - p) / 100))

    def test_one_reader_never_generalises_to_readers(self):
        assert simulate(design(n_simulations=100, readers=1), told=quiet)["random_reader"]["power"] == 0


class TestDraws:
    def test_categories_come_in_the_shares_that_were_assumed(self):
        one = design(rho_patient=0, rho_set=0, rho_reader=0, n_simulations=400)
        d = np.concatenate(list(draws(one, Layout.of(one), np.random.default_rng(1))))

        shares = [(d == value).mean() for value in range(-2, 3)]
        assert shares == pytest.approx(one.shares, abs=4 * math.sqrt(0.25 / d.size))

    def test_a_category_without_share_never_comes(self):
        one = design(shares=(0.0, 0.1, 0.8, 0.1, 0.0), n_simulations=100)

        assert set(np.unique(np.concatenate(list(draws(one, Layout.of(one), np.random.default_rng(1)))))) == {-1, 0, 1}


class TestVectorised:
    @pytest.fixture
    def sample(self):
        one = design(n_simulations=100)
        layout = Layout.of(one)
        return layout, next(draws(one, layout, np.random.default_rng(3)))

    def test_flip_is_the_primary_test(self, sample):
        layout, d = sample

        expected = [patient_sign_flip(row, layout.patient).p_exact_flip for row in d[:20]]

        assert flip_p(d[:20], layout) == pytest.approx(expected, rel=1e-10)

    def test_its_normal_form_is_rosner_glynn_lee(self, sample):
        layout, d = sample

        expected = [patient_sign_flip(row, layout.patient).p for row in d[:20]]

        assert flip_p(d[:20], layout, exact=False) == pytest.approx(expected, rel=1e-9)

    def test_means_are_those_of_the_results(self, sample):
        layout, d = sample
        found = robust_means(d, layout)

        for number, row in enumerate(d[:20]):
            expected = cluster_mean(row, layout.patient)
            assert found.se[number] == pytest.approx(expected.se_cr2, rel=1e-10)
            assert found.df == pytest.approx(expected.df_satt, rel=1e-12)
            assert found.p[number] == pytest.approx(expected.p_cr2, rel=1e-9)

    def test_no_difference_at_all_rejects_nothing(self, sample):
        layout, d = sample
        none = np.zeros_like(d[:2])
        means = robust_means(none, layout)

        assert list(flip_p(none, layout)) == [1, 1]
        assert list(means.p) == list(random_reader_p(none, layout, means)) == [1, 1]
        assert list(means.equivalence_p(0.2)) == [1, 1]
