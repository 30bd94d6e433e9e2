"""Does a metric of the images go with what readers prefer? Spearman's rho over image sets; exploratory."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd

from analysis.core.correlation import spearman
from analysis.core.dataset import Comparisons
from analysis.core.metric_names import KINDS, metric_arm, metric_name

DECIMALS = 10  # of means that are ranked again (SPEC, section 0)
DIFFERENCE = "difference"
PAIR = "pair"


def metric_preference(
    first: pd.DataFrame, metrics: pd.DataFrame, comparisons: Comparisons
) -> dict[str, dict[str, dict[str, Any]]]:
    """
    Spearman's rho of each image metric with the readers' mean preference, one value an image set.

    Parameters
    ----------
    first
        Oriented scores of first readings: comparison_id, feature_id, image_set_id, pref (NaN where missing).
    metrics
        One row an image set: image_set_id and columns named as `metric_names` says.
    comparisons
        comparison_id -> (arm A, arm B). A metric of one series enters as A minus B, one of two series as it is,
        where it compares just these two arms.

    Returns
    -------
    comparison -> metric -> {"of": "difference" or "pair", "features": feature -> {n, rho, p_t, ci_bonett_wright}};
    rho None where it is undefined (fewer than 4 image sets, or one side constant). Image sets of one patient count
    as independent here: describe with it, do not test with it.
    """
    means = first.groupby(["comparison_id", "feature_id", "image_set_id"], sort=False)["pref"].mean().round(DECIMALS)
    by_set = metrics.set_index("image_set_id")
    return {
        name: {
            column: {"of": of, "features": _by_feature(means, name, values)}
            for column, (of, values) in _values_of(by_set, *arms).items()
        }
        for name, arms in comparisons.items()
    }


def _values_of(by_set: pd.DataFrame, arm_a: str, arm_b: str) -> Mapping[str, tuple[str, pd.Series]]:
    """The metrics that tell of these two arms: name -> (how, one value an image set)."""
    found: dict[str, tuple[str, pd.Series]] = {}
    for kind, one in KINDS.items():
        if one.arms == 1:
            a, b = metric_name(kind, arm_a), metric_name(kind, arm_b)
            if a in by_set and b in by_set:
                found[kind] = (DIFFERENCE, by_set[a] - by_set[b])
            continue
        for arms in ((arm_a, arm_b), (arm_b, arm_a)):
            if (column := metric_name(kind, *map(metric_arm, arms))) in by_set:
                found[column] = (PAIR, by_set[column])
    return found


def _by_feature(means: pd.Series, comparison: str, values: pd.Series) -> dict[str, dict[str, Any]]:
    if comparison not in means.index.get_level_values("comparison_id"):
        return {}
    own = means.xs(comparison, level="comparison_id")
    features = dict.fromkeys(own.index.get_level_values("feature_id"))
    return {feature: _rho(own.xs(feature, level="feature_id"), values) for feature in features}


def _rho(preference: pd.Series, values: pd.Series) -> dict[str, Any]:
    both = pd.concat([preference, values], axis=1, join="inner", keys=["pref", "metric"]).dropna()
    found = spearman(both["metric"].to_numpy(dtype=float), both["pref"].to_numpy(dtype=float))
    if found is None:
        return {"n": len(both), "rho": None, "p_t": None, "ci_bonett_wright": None}
    told = asdict(found)
    return {key: told[key] for key in ("n", "rho", "p_t", "ci_bonett_wright")}
