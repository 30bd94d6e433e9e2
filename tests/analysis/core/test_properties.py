"""What holds for any study: exchanged arms, rows in any order, other names, only ties, one patient, missing scores."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from analysis.core.csv_text import parse_table, to_csv
from analysis.core.dataset import parse_allocation, parse_scores
from analysis.core.results import analyse
from analysis.core.results_json import to_json
from tests.analysis.core.odd_studies import ARMS, Shape, study

SMALL = (
    Shape("plain", sets_of_patients=(1, 2, 1, 3, 1), features=("snr",)),
    Shape("missing", sets_of_patients=(1, 2, 1, 3, 1), missing=0.25),
    Shape("repeats and unequal readers", sets_of_patients=(2, 1, 1, 2), reads=(1.0, 0.5, 0.8), repeats=0.4),
    Shape("two readers", sets_of_patients=(1,) * 7, reads=(1.0, 1.0), comparisons=("SOC_FAST",)),
    Shape("many ties", sets_of_patients=(1, 2) * 5, ties=0.9, features=("snr",), comparisons=("FASTDL_SOC",)),
)  # fmt: skip
shapes, seeds = st.sampled_from(SMALL), st.integers(0, 10_000)
# A study takes a second to analyse: few are drawn, and a failing one is not made smaller, because its seed tells all.
few = settings(max_examples=4, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))


def tables(shape, seed):
    """Scores and allocation as frames of text, as in the files."""
    files = study(shape, seed=seed)
    raws = [parse_table(data, name="t.csv") for data in (files.scores, files.allocation)]
    return [pd.DataFrame(raw.rows, columns=list(raw.columns)) for raw in raws]


def results_of(scores, allocation, *, arms=ARMS, replicates=0):
    """The results as they are written, without what tells one file from another."""
    names = scores["comparison_id"].unique()
    found = analyse(
        parse_scores(to_csv(scores).encode(), name="scores.csv"),
        parse_allocation(to_csv(allocation).encode(), name="allocation.csv"),
        comparisons={name: pair for name, pair in arms.items() if name in names},
        seed=5,
        replicates=replicates,
    )
    del found["meta"]
    return json.loads(to_json(found))


def close(one, other, path=""):
    """Raise with the place of the first number that is not the same but for rounding."""
    if isinstance(one, dict) and isinstance(other, dict):
        assert one.keys() == other.keys(), path
        for key, value in one.items():
            close(value, other[key], f"{path}/{key}")
    elif isinstance(one, list) and isinstance(other, list):
        assert len(one) == len(other), path
        for index, value in enumerate(one):
            close(value, other[index], f"{path}/{index}")
    elif isinstance(one, int | float) and isinstance(other, int | float) and not isinstance(one, bool):
        assert one == pytest.approx(other, rel=1e-8, abs=1e-10), path
    else:
        assert one == other, path


def without(value, *keys):
    """The results without these keys, at any depth."""
    if isinstance(value, dict):
        return {key: without(part, *keys) for key, part in value.items() if key not in keys}
    return [without(part, *keys) for part in value] if isinstance(value, list) else value


# What becomes of a number when the arms of its comparison are exchanged; every other one must stay as it is.
NEGATED = {
    "mean_dev_from3", "z_nocc", "z_cc", "T", "z", "w_T", "w_z", "estimate", "est", "mean", "hodges_lehmann",
    "rank_biserial", "cohen_dz", "t",
}  # fmt: skip
MIRRORED = {"mean_pref", "median_pref"}  # about the middle of the scale
INTERVALS = {"ci", "ci_cr2", "ci_cr1", "ci90"}
EXCHANGED = {
    "T_plus": "T_minus", "win": "loss", "m2": "p2", "m1": "p1", "p_lower": "p_upper", "noninferior_lower_975":
    "noninferior_upper_975", "all_loss": "all_win",
}  # fmt: skip
EXCHANGED |= {b: a for a, b in EXCHANGED.items()}
# Claims in words, ratios, and what is one-sided by its nature; the ranks of a rank sum are counted from one side.
ONE_SIDED = {
    "verdict", "noninferior", "noninferior_p", "noninferior_lower_975", "noninferior_upper_975", "win_odds",
    "win_ratio", "pref_share_nonties", "win_prob", "U", "median",
}  # fmt: skip


def exchanged(value, key=""):
    """A cell as it must look with the arms exchanged."""
    if isinstance(value, dict) and key in ("ranksum_mirrored", "ranksum_const3"):
        return {name: -part if name == "z_nocc" else part for name, part in value.items() if name not in ONE_SIDED}
    if isinstance(value, dict) and key in ("wilcox", "pratt", "zsplit"):  # their mean is that of the null
        return exchanged({name: part for name, part in value.items() if name != "mean"}) | {"mean": value["mean"]}
    if isinstance(value, dict) and key == "reader_means":
        return {name: -part for name, part in value.items()}
    if isinstance(value, dict):
        return {EXCHANGED.get(n, n): exchanged(part, n) for n, part in value.items() if n not in ONE_SIDED}
    if isinstance(value, list) and key in INTERVALS:
        return [-limit for limit in reversed(value)]
    if value is None or isinstance(value, str):
        return value
    return -value if key in NEGATED else 6 - value if key in MIRRORED else value


class TestExchangedArms:
    @few
    @given(shapes, seeds)
    def test_every_statistic_of_a_cell_turns_round_and_every_p_stays(self, shape, seed):
        frames = tables(shape, seed)
        ab = results_of(*frames)
        ba = results_of(*frames, arms={name: (b, a) for name, (a, b) in ARMS.items()})

        for comparison, features in ab["cells"].items():
            for feature, cell in features.items():
                # A share of wins has its own interval: it changes places with that of losses and is not negated.
                close(exchanged(cell), without(ba["cells"][comparison][feature], *ONE_SIDED), f"{comparison}/{feature}")

    @few
    @given(shapes, seeds)
    def test_agreement_corrections_and_conduct_stay(self, shape, seed):
        frames = tables(shape, seed)
        ab = results_of(*frames)
        ba = results_of(*frames, arms={name: (b, a) for name, (a, b) in ARMS.items()})

        for section in ("multiplicity", "agreement", "drift", "straight_lining", "time"):
            close(without(ab[section], "permutation_baseline"), without(ba[section], "permutation_baseline"), section)

    def test_ratios_become_their_reciprocals(self):
        frames = tables(SMALL[0], 3)
        ab = results_of(*frames)["cells"]["SOC_FAST"]["snr"]["effects"]
        ba = results_of(*frames, arms={name: (b, a) for name, (a, b) in ARMS.items()})["cells"]["SOC_FAST"]["snr"][
            "effects"
        ]

        assert ab["win_odds"] == pytest.approx(1 / ba["win_odds"])
        assert ab["win_prob"]["est"] == pytest.approx(1 - ba["win_prob"]["est"])


class TestOrderOfRows:
    @few
    @given(shapes, seeds, st.integers(0, 100))
    def test_it_changes_no_number_of_any_section(self, shape, seed, shuffle):
        scores, allocation = tables(shape, seed)
        mixed = [frame.sample(frac=1, random_state=shuffle) for frame in (scores, allocation)]

        one, other = (results_of(*frames, replicates=99) for frames in ((scores, allocation), mixed))

        # Which display of equal times comes first is told by the order column, so only the order of keys may differ.
        close(one, other)


# Round in a circle: an order that is only turned about would hide pairs of readers that are exchanged.
TURNED = {"R1": "Z2", "R2": "Z3", "R3": "Z1"}


class TestOtherNames:
    @few
    @given(shapes, seeds)
    def test_readers_of_other_names_in_the_same_order_have_the_same_results(self, shape, seed):
        scores, allocation = tables(shape, seed)
        renamed = [
            frame.assign(reader_id=frame["reader_id"].str.replace("R", "READER.")) for frame in (scores, allocation)
        ]

        one, other = results_of(scores, allocation, replicates=99), results_of(*renamed, replicates=99)

        assert json.loads(json.dumps(other).replace("READER.", "R")) == one

    @few
    @given(shapes, seeds)
    def test_readers_in_another_order_have_the_same_statistics(self, shape, seed):
        scores, allocation = tables(shape, seed)
        turned = [frame.assign(reader_id=frame["reader_id"].map(TURNED)) for frame in (scores, allocation)]

        one, other = (without(results_of(*frames), "permutation_baseline") for frames in ((scores, allocation), turned))

        back = {new: old for old, new in TURNED.items()}
        text = re.sub(r"Z\d", lambda found: back[found[0]], json.dumps(other))
        back = json.loads(re.sub(r"(R\d)-(R\d)", lambda found: "-".join(sorted(found.groups())), text))
        for block in back["subgroups"].values():
            block["levels_tested"].sort()
        for section in ("cells", "multiplicity", "agreement", "models", "subgroups", "time", "straight_lining"):
            close(one[section], back[section], section)

    @few
    @given(shapes, seeds)
    def test_patients_and_image_sets_of_other_names_have_the_same_statistics(self, shape, seed):
        scores, allocation = tables(shape, seed)
        other = [
            frame.assign(**{name: frame[name].map(lambda code: f"Q{999 - int(code[1:])}")
                            for name in ("patient_id", "image_set_id") if name in frame})
            for frame in (scores, allocation)
        ]  # fmt: skip

        one, two = (without(results_of(*frames), "permutation_baseline") for frames in ((scores, allocation), other))

        close(one, two)


class TestOnlyTies:
    @few
    @given(st.sampled_from([(1,) * 6, (3, 1, 2), (4,)]), st.integers(1, 4), seeds)
    def test_every_p_is_one_and_what_needs_a_spread_is_undefined(self, sets, readers, seed):
        shape = Shape("ties", sets_of_patients=sets, reads=(1.0,) * readers, ties=1.0, features=("snr",))
        found = results_of(*tables(shape, seed))

        for features in found["cells"].values():
            cell = features["snr"]
            assert (cell["status"], cell["mean_pref"], cell["sd_pref"]) == ("all_ties", 3, 0)
            for block in cell["wsr"]["wilcox"], cell["wsr"]["pratt"]:
                assert [block[name] for name in ("T_plus", "T_minus", "z_nocc", "p_nocc", "p_cc", "p_exact")] == [
                    0,
                    0,
                    0,
                    1,
                    1,
                    1,
                ]
            assert [cell["clustered"][name] for name in ("T", "z", "p", "p_exact_flip")] == [0, 0, 1, 1]
            assert [cell["clustered"]["ds"][name] for name in ("T", "z", "p")] == [0, 0, 1]
            assert (cell["sign_test_p"], cell["effects"]["rank_biserial"], cell["effects"]["hodges_lehmann"]) == (
                1,
                None,
                0,
            )
            assert (cell["mean_cluster"]["ci_cr2"], cell["mean_cluster"]["p_cr2"]) == (
                [0, 0] if len(sets) > 1 else None,
                None,
            )
        for family in found["multiplicity"].values():
            assert {p for adjusted in family.values() for p in adjusted.values()} == {1}


class TestOnePatient:
    @few
    @given(st.integers(1, 8), st.integers(1, 4), seeds)
    def test_it_is_described_and_no_error_is_claimed(self, sets, readers, seed):
        shape = Shape("one", sets_of_patients=(sets,), reads=(1.0,) * readers, features=("snr",), ties=0.3)
        found = results_of(*tables(shape, seed), replicates=50)

        for comparison, features in found["cells"].items():
            cell = features["snr"]
            assert "single_patient" in cell["flags"]
            assert cell["mean_cluster"]["n_clusters"] == 1
            assert [cell["mean_cluster"][name] for name in ("se_cr0", "se_cr2", "ci_cr2", "p_cr2")] == [None] * 4
            assert cell["clustered"]["p_exact_flip"] == 1
            assert cell["random_reader"] is None
            assert cell["tost_0.2"] is None
            assert cell["effects"]["win"]["wilson_deff"] is None
            assert found["bootstrap"][f"{comparison}/snr"] == {"B": 50, "reason": "fewer than two patients"}


class TestMissingScores:
    @few
    @given(seeds)
    def test_a_missing_score_is_as_if_its_row_were_not_there_but_for_the_counts(self, seed):
        shape = Shape("missing", sets_of_patients=(1, 2, 1, 3, 1), missing=0.3, features=("snr", "sharpness"))
        scores, allocation = tables(shape, seed)

        one, other = results_of(scores, allocation), results_of(scores[scores["raw_score"] != ""], allocation)

        counts = ("n_expected", "n_missing", "missing_by_reason", "missing_sensitivity")
        close(without(one["cells"], *counts), without(other["cells"], *counts))
        for comparison, features in one["cells"].items():
            for feature, cell in features.items():
                empty = scores[(scores["comparison_id"] == comparison) & (scores["feature_id"] == feature)
                               & (scores["replicate"] == "1") & (scores["raw_score"] == "")]  # fmt: skip
                assert cell["n_missing"] == len(empty) == sum(cell["missing_by_reason"].values())
                assert cell["n_expected"] == cell["n_obs"] + cell["n_missing"]

    @few
    @given(seeds, st.integers(0, 30))
    def test_a_score_that_goes_missing_touches_no_other_cell(self, seed, which):
        scores, allocation = tables(Shape("whole", sets_of_patients=(2, 1, 2)), seed)
        row = scores.index[which]
        fewer = scores.copy()
        fewer.loc[row, ["raw_score", "missing_reason"]] = ["", "technical"]

        one, other = results_of(scores, allocation)["cells"], results_of(fewer, allocation)["cells"]

        own = scores.loc[row, ["comparison_id", "feature_id"]].tolist()
        for comparison, features in one.items():
            for feature, cell in features.items():
                assert (cell == other[comparison][feature]) is ([comparison, feature] != own)

    @few
    @given(seeds)
    def test_the_bounds_hold_whatever_the_missing_scores_were(self, seed):
        shape = Shape(
            "bounds", sets_of_patients=(1, 2, 1, 3), missing=0.3, features=("snr",), comparisons=("SOC_FAST",)
        )
        scores, allocation = tables(shape, seed)
        cell = results_of(scores, allocation)["cells"]["SOC_FAST"]["snr"]
        if not cell["n_missing"]:
            return
        absent = scores["raw_score"] == ""
        guesses = np.random.default_rng(seed).integers(1, 6, int(absent.sum())).astype(str)
        scores.loc[absent, "raw_score"], scores.loc[absent, "missing_reason"] = guesses, ""

        mean = results_of(scores, allocation)["cells"]["SOC_FAST"]["snr"]["mean_dev_from3"]

        bounds = cell["missing_sensitivity"]
        assert bounds["all_loss"]["mean_dev_from3"] <= mean <= bounds["all_win"]["mean_dev_from3"]
