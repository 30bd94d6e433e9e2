"""Studies of odd shapes, drawn anew, against R; skipped with a hint where R is not installed."""

import json

import numpy as np
import pandas as pd
import pytest

from analysis.core.csv_text import parse_table, to_csv
from analysis.core.dataset import (
    infer_comparisons,
    parse_allocation,
    parse_scores,
    read_consistency,
    read_image_metrics,
)
from analysis.core.results import analyse
from analysis.core.results_json import to_json
from benchmarks.against_r import HINT, compare, in_r, others_in_r, r_is_here, same
from tests.analysis.core.odd_studies import ARMS, SHAPES, Shape, study

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


LARGER = Shape(
    "missing, ties, repeats, unequal clusters", sets_of_patients=(1, 4, 2, 3, 1, 4, 2, 2, 1, 3) * 2,
    reads=(1.0, 0.9, 0.8), ties=0.45, missing=0.1, repeats=0.2, features=("snr", "artifacts"), effect=0.15,
)  # fmt: skip


def tables_beside(files, seed):
    """Consistency boxes and image metrics of the same displays and image sets, as CSV."""
    rng, table = np.random.default_rng(seed), parse_table(files.scores, name="s.csv")
    shown = pd.DataFrame(table.rows, columns=list(table.columns)).drop_duplicates("presentation_id")
    facts = [
        "study_id", "reader_id", "presentation_id", "patient_id", "image_set_id", "comparison_id", "replicate",
        "left_arm", "right_arm",
    ]  # fmt: skip
    ticked = {side: rng.random((3, len(shown))) < share for side, share in (("left", 0.03), ("right", 0.05))}
    boxes = pd.concat(
        shown[facts].assign(item=item, **{f"flag_{side}": flags[k].astype(int) for side, flags in ticked.items()})
        for k, item in enumerate(("loss", "corruption", "creation"))
    )
    sets = shown.drop_duplicates("image_set_id")[["image_set_id", "patient_id"]]
    l1 = rng.normal(40, 8, len(sets)).round(3)
    nearer = rng.normal(0.8, 1, len(sets)).round(1)  # one decimal: some differences are equal, some are zero
    ssim = rng.uniform(0.9, 0.99, len(sets)).round(6)
    images = sets.assign(ssim_soc_socdl=ssim, l1_soc_fast=l1, l1_soc_fastdl=(l1 - nearer).round(6))
    return to_csv(boxes).encode(), to_csv(images).encode()


class TestTheOtherStatistics:
    def test_subgroups_conduct_consistency_images_and_models_are_those_of_r(self, tmp_path):
        files, seed = study(LARGER, seed=2), 2
        scores, boxes, images, out = (tmp_path / name for name in ("scores.csv", "boxes.csv", "images.csv", "r.csv"))
        for path, content in zip((scores, boxes, images), (files.scores, *tables_beside(files, seed)), strict=True):
            path.write_bytes(content)
        ours = analyse(
            parse_scores(files.scores, name="s.csv"),
            parse_allocation(files.allocation, name="a.csv"),
            comparisons=ARMS,
            consistency=read_consistency(boxes),
            image_metrics=read_image_metrics(images),
            seed=1,
            replicates=0,
        )

        found = compare(json.loads(to_json(ours)), others_in_r(scores, boxes, images, out=out))

        assert found.differences == ()
        assert found.n > 1000


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
