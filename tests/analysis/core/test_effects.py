import pytest

from analysis.core.effects import effects

PATIENTS = list("aabbcc")


class TestEffects:
    def test_the_ratios_follow_from_wins_ties_and_losses(self):
        found = effects([1, 2, 0, 0, 1, -1], PATIENTS)  # 3 wins, 2 ties, 1 loss

        assert (found.win.x, found.tie.x, found.loss.x) == (3, 2, 1)
        assert found.win_odds == (3 + 1) / (1 + 1)
        assert found.win_ratio == 3
        assert found.pref_share_nonties == 3 / 4
        assert found.win_prob.est == pytest.approx(4 / 6)
        assert found.net_benefit.est == pytest.approx(2 / 6)

    def test_ratios_without_a_denominator_are_none(self):
        found = effects([1, 1, 1, 1, 1, 1], PATIENTS)
        assert (found.win_odds, found.win_ratio, found.cohen_dz) == (None, None, None)

    def test_all_ties_have_no_direction(self):
        found = effects([0] * 6, PATIENTS)

        assert (found.rank_biserial, found.pref_share_nonties, found.win_ratio) == (None, None, None)
        assert (found.win_odds, found.hodges_lehmann, found.net_benefit.ci) == (1, 0, (0, 0))

    @pytest.mark.parametrize("seed", range(5))
    def test_turning_all_preferences_round_exchanges_win_and_loss(self, preferences, seed):
        d, patient = preferences(seed)

        ab, ba = effects(d, patient), effects(-d, patient)

        assert (ab.win, ab.tie, ab.loss) == (ba.loss, ba.tie, ba.win)
        assert ab.rank_biserial == -ba.rank_biserial
        assert ab.hodges_lehmann == -ba.hodges_lehmann
        assert ab.net_benefit.est == -ba.net_benefit.est
        assert ab.win_odds == pytest.approx(1 / ba.win_odds)
