"""Studies of odd shapes, drawn anew, against base R; skipped with a hint where R is not installed."""

import json

import pytest

from analysis.core.dataset import infer_comparisons, parse_allocation, parse_scores
from analysis.core.results import analyse, to_json
from benchmarks.against_r import HINT, compare, in_r, r_is_here, same
from tests.analysis.core.odd_studies import SHAPES, study

pytestmark = pytest.mark.skipif(not r_is_here(), reason=HINT)


def both(files, folder, *, replicates=0):
    """Our results as they are written, and R's numbers, from the same files."""
    (folder / "scores.csv").write_bytes(files.scores)
    (folder / "allocation.csv").write_bytes(files.allocation)
    scores, allocation = parse_scores(files.scores, name="s.csv"), parse_allocation(files.allocation, name="a.csv")
    ours = analyse(scores, allocation, comparisons=infer_comparisons(allocation), seed=1, replicates=replicates)
    theirs = in_r(folder / "scores.csv", folder / "allocation.csv", replicates=replicates, out=folder / "r.csv")
    return json.loads(to_json(ours)), theirs


class TestOddStudies:
    @pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
    def test_every_number_and_every_gap_is_that_of_r(self, shape, tmp_path):
        found = compare(*both(study(shape, seed=len(shape.name)), tmp_path))

        assert found.differences == ()
        assert found.n > 100 * len(shape.comparisons) * len(shape.features)

    def test_bootstrap_intervals_are_those_of_r_within_the_error_of_the_draws(self, tmp_path):
        ours, theirs = both(study(SHAPES[0], seed=7), tmp_path, replicates=4999)

        found = compare(ours, theirs)

        assert found.differences == ()
        assert sum(path.startswith("bootstrap|") for path in theirs) > 50

    def test_a_number_that_is_wrong_in_the_ninth_digit_is_found(self, tmp_path):
        ours, theirs = both(study(SHAPES[0], seed=7), tmp_path)
        cell = ours["cells"]["SOC_FAST"]["snr"]
        cell["mean_cluster"]["se_cr2"] *= 1 + 1e-8
        cell["effects"]["win_odds"] = None

        paths = [difference.split(":")[0] for difference in compare(ours, theirs).differences]

        assert paths == ["cells|SOC_FAST|snr|mean_cluster|se_cr2", "cells|SOC_FAST|snr|effects|win_odds"]


class TestSame:
    @pytest.mark.parametrize(
        ("own", "value", "agree"),
        [(None, None, True), (None, 1.0, False), (0.0, None, False), (True, 1.0, False), (2, 2.0, True),
         (1e-80, 1.1e-80, True), ("x", 1.0, False)],
    )  # fmt: skip
    def test_undefined_is_only_like_undefined(self, own, value, agree):
        assert same(own, value, "cells|c|f|sd") is agree

    @pytest.mark.parametrize("name", ["p", "p_exact", "rgl_p_exact_flip"])
    def test_a_small_p_agrees_only_in_its_digits(self, name):
        assert same(1e-80, 1e-80 * (1 + 1e-12), f"cells|c|f|{name}")
        assert not same(1e-80, 1.1e-80, f"cells|c|f|{name}")
