"""Conduct figures: right against formulas and other libraries, and blind by construction."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from analysis.core import interim
from analysis.core.interim import COLUMNS, turn

KEY = b"a key of this test"


def frame_of(scores, *, replicate=1, points=5, a_on_left=lambda reader, pair: (reader + pair) % 2 == 0, seconds=20.0):
    """One feature; scores[reader][pair] as clicked, None where skipped. Sides differ between readers."""
    rows = []
    for reader, given_ in enumerate(scores):
        for pair, score in enumerate(given_):
            side = a_on_left(reader, pair)
            turned = math.nan if score is None else turn(score, a_on_left=side, points=points, key=KEY, pair=str(pair))
            rows.append(
                (f"R{reader}", f"R{reader}-{pair}-{replicate}", pair, replicate, str(pair), "snr",
                 math.nan if score is None else score, turned, "" if score is not None else "skipped", seconds, True)
            )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def clicked(preference, side):
    """The click of a reader who prefers arm A by so many points."""
    return 3 - preference if side else 3 + preference


class TestTurn:
    def test_readers_who_agree_on_the_arm_agree_after_turning(self):
        for pair in map(str, range(50)):
            left = turn(clicked(2, True), a_on_left=True, points=5, key=KEY, pair=pair)
            right = turn(clicked(2, False), a_on_left=False, points=5, key=KEY, pair=pair)
            assert left == right

    def test_the_direction_is_a_fair_coin_between_the_arms(self):
        # Arm A is preferred by 2 points in each of 2000 pairs: half are turned to 5, half to 1.
        turned = [turn(5, a_on_left=False, points=5, key=KEY, pair=str(pair)) for pair in range(2000)]

        assert set(turned) == {1, 5}
        assert abs(np.mean(turned) - 3) < 3 * 2 / math.sqrt(2000)

    def test_another_key_is_another_coin(self):
        turned = [[turn(5, a_on_left=False, points=5, key=key, pair=str(n)) for n in range(64)] for key in (b"a", b"b")]

        assert turned[0] != turned[1]


class TestBlindness:
    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.lists(st.integers(1, 5), min_size=24, max_size=24), min_size=2, max_size=3))
    def test_exchanging_the_arms_of_every_pair_changes_no_figure(self, scores):
        # All sides exchanged means: every preference for arm A becomes one for arm B.
        before = interim.interim(frame_of(scores), points=5)
        after = interim.interim(frame_of(scores, a_on_left=lambda reader, pair: (reader + pair) % 2 == 1), points=5)

        assert _rounded(before) == _rounded(after)

    def test_agreement_is_not_shown_for_fewer_than_twenty_pairs(self):
        few = interim.interim(frame_of([[3, 4] * 9 + [1]] * 2), points=5)
        enough = interim.interim(frame_of([[3, 4] * 10] * 2), points=5)

        assert few["agreement"] == {"pairs": 19, "fewest_pairs": 20, "n": None, "kappa": None, "ac2": None}
        assert few["spread"]["mean_square"] is None
        assert enough["agreement"]["kappa"] is not None

    def test_no_column_tells_an_arm_or_a_comparison(self):
        assert not {"comparison_id", "arm_a", "left_arm", "right_arm", "a_on_left"} & set(COLUMNS)


def _rounded(value):
    if isinstance(value, dict):
        return {name: _rounded(part) for name, part in value.items()}
    return round(value, 9) if isinstance(value, float) else value


class TestAgreement:
    def test_kappa_is_that_of_statsmodels_on_the_turned_scores(self):
        x, y = np.random.default_rng(1).integers(1, 6, (2, 200)).tolist()
        frame = frame_of([x, y])
        turned = frame.pivot(index="pair", columns="reader_id", values="turned").astype(int)
        table = np.zeros((5, 5))
        np.add.at(table, (turned["R0"] - 1, turned["R1"] - 1), 1)

        found = interim.blinded_agreement(frame, points=5)

        assert found["kappa"] == pytest.approx(cohens_kappa(table, wt="quadratic").kappa, rel=1e-9)

    @settings(max_examples=40, deadline=None)
    @given(
        st.sampled_from([3, 5, 7]),
        st.integers(2, 4),
        st.integers(0, 2**32 - 1),
    )
    def test_both_coefficients_are_the_textbook_ones_with_missing_scores(self, points, readers, seed):
        rng = np.random.default_rng(seed)
        scores = rng.integers(1, points + 1, (readers, 40)).tolist()
        for reader, pair in zip(rng.integers(0, readers, 20), rng.integers(0, 40, 20), strict=True):
            scores[reader][pair] = None
        frame = frame_of(scores, points=points)
        ratings = frame.pivot(index="pair", columns="reader_id", values="turned").to_numpy(dtype=float)

        found = interim.blinded_agreement(frame, points=points)

        assert found["kappa"] == pytest.approx(kappa_by_mean_squares(ratings), rel=1e-9, abs=1e-12)
        assert found["ac2"] == pytest.approx(ac2_unit_by_unit(ratings, points), rel=1e-9, abs=1e-12)

    def test_readers_who_never_differ_and_never_vary_have_no_kappa(self):
        found = interim.blinded_agreement(frame_of([[3] * 30] * 2), points=5)

        assert (found["kappa"], found["ac2"]) == (None, 1)

    def test_ac2_of_two_readers_by_hand(self):
        # Scale of 3, quadratic weights, units (1,1) (1,2) (3,3) (2,2): p_a = (1 + .75 + 1 + 1)/4 = .9375;
        # pi = (3/8, 3/8, 2/8); sum of weights 3 + 4*.75 = 6; p_e = 6/(3*2) * (1 - 22/64) = .65625.
        ratings = np.tile([[1, 1], [1, 2], [3, 3], [2, 2]], (5, 1))
        frame = frame_of(ratings.T.tolist(), points=3)
        frame["turned"] = frame["raw_score"]

        found = interim.blinded_agreement(frame, points=3)

        assert found["ac2"] == pytest.approx((0.9375 - 0.65625) / (1 - 0.65625), rel=1e-12)


def kappa_by_mean_squares(ratings):
    """Light's kappa, quadratic weights, as mean squared differences (Fleiss and Cohen 1973)."""
    kappas = []
    for a, b in itertools.combinations(range(ratings.shape[1]), 2):
        x, y = ratings[~np.isnan(ratings[:, [a, b]]).any(axis=1)][:, [a, b]].T
        expected = x.var() + y.var() + (x.mean() - y.mean()) ** 2
        if expected > 0:
            kappas.append(1 - ((x - y) ** 2).mean() / expected)
    return np.mean(kappas)


def ac2_unit_by_unit(ratings, points):
    """Gwet's AC2, quadratic weights, of the units with two ratings or more, by loops over their ratings."""
    weight = lambda a, b: 1 - ((a - b) / (points - 1)) ** 2  # noqa: E731
    units = [[x for x in unit if not np.isnan(x)] for unit in ratings]
    units = [unit for unit in units if len(unit) >= 2]
    observed = np.mean([np.mean([weight(a, b) for a, b in itertools.permutations(unit, 2)]) for unit in units])
    scale = range(1, points + 1)
    share = [np.mean([unit.count(k) / len(unit) for unit in units]) for k in scale]
    total = sum(weight(a, b) for a in scale for b in scale)
    chance = total / (points * (points - 1)) * sum(p * (1 - p) for p in share)
    return (observed - chance) / (1 - chance)


class TestRepeats:
    def test_shares_of_equal_near_and_reversed_answers(self):
        first = frame_of([[3, 4, 1, 5]])
        second = frame_of([[3, 5, 5, 3]], replicate=2)

        found = interim.repeats(pd.concat([first, second]), points=5)

        assert found == {"n": 4, "exact": 0.25, "within_one": 0.5, "reversals": 0.25}

    def test_without_any_there_is_nothing_to_say(self):
        assert interim.repeats(frame_of([[3, 4]]), points=5)["n"] == 0


class TestReaders:
    def test_sides_missing_scores_and_times(self):
        figures = interim.interim(frame_of([[1, 2, 3, 5, None]]), points=5)["readers"]["R0"]

        assert figures["sides"] == {"left": 2, "none": 1, "right": 1, "p_binom": 1.0}
        assert figures["missing"] == {"skipped": 1}
        assert figures["duration_s"]["median"] == 20.0

    def test_a_reader_who_is_three_times_as_fast_as_the_others_is_marked(self):
        slow = frame_of([[3] * 5] * 3)
        slow.loc[slow["reader_id"] == "R2", "duration_s"] = 6.0

        readers = interim.interim(slow, points=5)["readers"]

        assert [one["duration_s"]["much_faster_than_others"] for one in readers.values()] == [False, False, True]

    def test_answers_that_are_all_alike_are_counted_and_the_middle_apart(self):
        features = [frame_of([[3, 5, 4]]).assign(feature_id=code) for code in ("snr", "resolution")]
        features[1].loc[2, "raw_score"] = 2

        found = interim.straight_lining(pd.concat(features), points=5)

        assert (found["n"], found["identical"], found["identical_not_middle"]) == (3, 2, 1)
