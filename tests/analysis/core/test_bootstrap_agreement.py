"""Intervals of agreement: a replicate is what the coefficients say of the rows of the drawn patients together."""

import numpy as np
import pandas as pd
import pytest

from analysis.core.agreement import gwet, krippendorff, light_kappa, unit_counts
from analysis.core.bootstrap import draws
from analysis.core.bootstrap_agreement import (
    WITHIN_FEATURES,
    Resampled,
    ac2s,
    alphas,
    bootstrap_agreement,
    light_kappas,
)

POINTS, B = 5, 40


@pytest.fixture
def resampled():
    """Seven patients of one to three image sets, three readers, some scores missing, most of them in the middle."""
    rng = np.random.default_rng(5)
    patient = np.repeat(np.arange(7), [1, 2, 3, 1, 2, 1, 2])
    values = rng.choice([1.0, 2.0, 3.0, 4.0, np.nan], size=(patient.size, 3), p=[0.05, 0.15, 0.5, 0.2, 0.1])
    return Resampled(values, patient, draws(7, B, 11), POINTS)


def stacked(data, replicate):
    """The ratings of one replicate, every image set as often as its patient was drawn."""
    return np.repeat(data.values, data.times[replicate].astype(int)[data.patient], axis=0)


class TestReplicates:
    @pytest.mark.parametrize(
        ("all_at_once", "one"),
        [
            (alphas, lambda X: krippendorff(unit_counts(X, POINTS))["alpha"]),
            (ac2s, lambda X: gwet(unit_counts(X, POINTS), "quadratic")["coef"]),
            (light_kappas, lambda X: light_kappa(X, POINTS, "quadratic")),
        ],
    )
    def test_each_is_the_coefficient_of_the_drawn_rows(self, resampled, all_at_once, one):
        expected = [one(stacked(resampled, replicate)) for replicate in range(B)]

        assert None not in expected
        assert all_at_once(resampled) == pytest.approx(np.array(expected), rel=1e-10)

    def test_without_any_variation_only_what_counts_chance_of_all_scores_is_defined(self, resampled):
        same = Resampled(np.full((7, 2), 3.0), np.arange(7), draws(7, B, 1), POINTS)

        assert np.isnan(alphas(same)).all()
        assert np.isnan(light_kappas(same)).all()
        assert (ac2s(same) == 1).all()


def rows(scores, *, feature, reader):
    return pd.DataFrame(
        {
            "comparison_id": "SOC_FAST",
            "feature_id": feature,
            "image_set_id": [f"S{n}" for n in range(len(scores))],
            "patient_id": [f"P{n // 2}" for n in range(len(scores))],
            "reader_id": reader,
            "pref": scores,
            "raw_score": scores,
        }
    )


class TestWithinFeatures:
    def test_a_feature_of_ties_has_no_kappa_and_alpha_and_says_in_how_many_replicates(self):
        varied = [
            rows([2, 3, 4, 3, 4, 5], feature="snr", reader="R1"),
            rows([3, 3, 4, 2, 4, 4], feature="snr", reader="R2"),
        ]
        tied = [rows([3.0] * 6, feature="cord", reader=reader) for reader in ("R1", "R2")]

        found = bootstrap_agreement(pd.concat(varied + tied), readers=["R1", "R2"], points=POINTS, B=B, seed=3)[
            WITHIN_FEATURES
        ]

        assert found["cord"]["krippendorff_ordinal_ci"] is None
        assert found["cord"]["n_undefined"] == {"light_kappa_quadratic": B, "krippendorff_ordinal": B}
        assert found["cord"]["gwet_ac2_quadratic_ci"] == (1, 1)
        low, high = found["snr"]["light_kappa_quadratic_ci"]
        assert -1 <= low < high <= 1
        assert found["snr"]["n_patients"] == 3

    def test_patients_without_a_rating_of_the_feature_are_not_drawn(self):
        scores = [2, 3, np.nan, np.nan, 4, 5]
        both = [rows(scores, feature="snr", reader=reader) for reader in ("R1", "R2")]

        found = bootstrap_agreement(pd.concat(both), readers=["R1", "R2"], points=POINTS, B=B, seed=3)

        assert found[WITHIN_FEATURES]["snr"]["n_patients"] == 2
