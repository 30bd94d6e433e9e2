import numpy as np
import pytest

from analysis.core.blinded import blinded_agreement, hidden_sign
from analysis.core.dataset import orient

COMPARISON = {"SOC_FAST": ("SOC", "FAST")}


class TestBlindedAgreement:
    def test_the_direction_of_the_arms_does_not_matter(self, score_rows, small_study):
        d = list(np.random.default_rng(1).integers(-2, 3, 30))
        frames = [
            orient(*small_study(score_rows(one) + score_rows(one, reader="R2")), COMPARISON)
            for one in (d, [-value for value in d])
        ]
        one, other = (blinded_agreement(frame, key=b"k", points=5) for frame in frames)

        assert one == pytest.approx(other)
        assert one["krippendorff_ordinal"] == pytest.approx(1)

    def test_few_units_give_nothing(self, score_rows, small_study):
        frame = orient(*small_study(score_rows([1] * 19) + score_rows([1] * 19, reader="R2")), COMPARISON)
        assert blinded_agreement(frame, key=b"k", points=5).keys() == {"n_units", "reason"}


class TestHiddenSign:
    def test_it_is_even_and_depends_on_the_key(self):
        signs = [[hidden_sign(key, f"S{i}", "A_B") for i in range(400)] for key in (b"a", b"b")]
        assert abs(sum(signs[0])) < 60
        assert signs[0] != signs[1]
