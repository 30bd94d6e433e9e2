"""Every number of the reference data against ours; prints how many agree, and fails on any that is not there."""

import json
import math
from collections import Counter

import pytest

from analysis.core.dataset import infer_comparisons, read_allocation, read_consistency, read_image_metrics, read_scores
from analysis.core.results import analyse
from analysis.core.results_json import canonical

# Made by R packages for the record: not computed in Python by the SPEC (3.6, Appendix A 9), or of R itself.
R_ONLY = {"R", "packages", "calls", "package_checks", "package_discrepancies", "clmm", "lmm", "hl_R_nonzero"}
ROUNDING = 1e-13  # sums that cancel to 0 leave the last digit's rounding, different in every program


def compared(ours, reference, path=()):
    """(section, path, agrees) of every value of the reference."""
    if isinstance(reference, dict):
        for key, value in reference.items():
            if key not in R_ONLY:
                there = isinstance(ours, dict) and key in ours
                yield from compared(ours[key] if there else "missing", value, (*path, key))
    elif isinstance(reference, list) and isinstance(ours, list) and len(ours) == len(reference):
        for index, value in enumerate(reference):
            yield from compared(ours[index], value, (*path, index))
    else:
        yield path[0], "/".join(map(str, path)), agrees(ours, reference, path)


def agrees(ours, reference, path):
    if path[0] == "bootstrap":
        return bootstrap_agrees(ours, reference, path)
    if isinstance(reference, bool) or not isinstance(reference, int | float):
        return ours == reference
    if isinstance(ours, bool) or not isinstance(ours, int | float):
        return False
    tolerance = 1e-4 if path[0] == "models" else 1e-9
    return math.isclose(ours, reference, rel_tol=tolerance, abs_tol=0 if path[-1] in ("p", "p_exact") else ROUNDING)


def bootstrap_agrees(ours, reference, path):
    """SPEC 16: limits within 0.012, correlations 0.015; R gives one pair of readers without a list.

    Limits of rank-biserial are twice as free: the files' own `tolerance` says "wider for hard/tiny".
    """
    if path[-1] == "tolerance":
        return isinstance(ours, str)
    if path[-1] == "pairs":
        return ours == [reference]
    if isinstance(reference, str) or reference is None:
        return ours == reference
    if path[-2] == "rank_biserial_ci":
        return abs(ours - reference) <= 0.03
    wide = 0.012 if path[-2] in ("mean_ci", "net_benefit_ci") else 0.015
    return abs(ours - reference) <= wide


@pytest.mark.parametrize("name", ["tiny", "hard", "paper_like"])
def test_every_value_of_the_reference_is_reproduced(name, reference_folder, capsys):
    folder = reference_folder / "data"
    allocation, metrics = read_allocation(folder / f"{name}_allocation.csv"), folder / f"{name}_image_metrics.csv"
    results = analyse(
        read_scores(folder / f"{name}.csv"),
        allocation,
        comparisons=infer_comparisons(allocation),
        consistency=read_consistency(folder / f"{name}_consistency.csv"),
        image_metrics=read_image_metrics(metrics) if metrics.exists() else None,
        seed=20211130,
    )
    reference = json.loads((folder / f"{name}.json").read_text("utf-8"))

    found = list(compared(canonical(results), reference))

    total, good = Counter(part for part, _, _ in found), Counter(part for part, _, ok in found if ok)
    with capsys.disabled():
        print(f"\n{name}: {sum(good.values())} of {sum(total.values())} values agree")
        for part, n in total.items():
            print(f"  {part:20} {good[part]:6} of {n:6}")
    assert [path for _, path, ok in found if not ok] == []
