"""Ordinal models of every cell, and all arms of a feature in one model with its test of transitivity."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.core.ordinal import FEWEST_CATEGORIES, FEWEST_READINGS, OrdinalFit, fit_ordinal

DESCRIPTIVE = "descriptive: naive to the clustering by patient"


def models(
    first: pd.DataFrame, *, comparisons: Mapping[str, tuple[str, str]], features: Sequence[str]
) -> dict[str, Any]:
    """Models named "comparison/feature" and "worth/feature"; a model that is refused has only a `reason`."""
    scored = first[first["d"].notna()]
    cells = dict(iter(scored.groupby(["comparison_id", "feature_id"])))
    by_feature = dict(iter(scored.groupby("feature_id")))
    nothing = scored.iloc[:0]
    found = {f"{c}/{f}": cell_model(cells.get((c, f), nothing)) for c in comparisons for f in features}
    arms = dict.fromkeys(arm for pair in comparisons.values() for arm in pair)
    if len(comparisons) > len(arms) - 1 >= 2:
        found |= {f"worth/{f}": worth_model(by_feature.get(f, nothing), comparisons) for f in features}
    return found


def cell_model(rows: pd.DataFrame) -> dict[str, Any]:
    """Agresti's cumulative-link model of the raw scores of a cell, and the test of no bias to a side."""
    reason = _refusal(rows)
    x, patient = rows["x"].to_numpy(dtype=np.float64)[:, None], rows["patient_id"].to_numpy()
    fit = None if reason else fit_ordinal(rows["raw_score"].to_numpy(), x, patient)
    if fit is None:
        return {"clm": None, "reason": reason or "the model did not converge"}
    names = np.unique(rows["raw_score"]).astype(int)
    thresholds = {f"{a}|{b}": float(t) for a, b, t in zip(names[:-1], names[1:], fit.thresholds, strict=True)}
    beta, se = float(fit.beta[0]), float(fit.se_cluster[0])
    clm = {
        "beta": beta,
        "se": float(fit.se[0]),
        "logLik": fit.log_likelihood,
        "thresholds": thresholds,
        "n": fit.n,
        "se_cluster_cr0": float(fit.se_cluster_cr0[0]),
        "se_cluster": se,
        "p_cluster": float(2 * stats.norm.sf(abs(beta) / se)) if se > 0 else None,
        "cum_odds_ratio": float(np.exp(beta)),
        "cum_odds_ratio_ci": tuple(float(np.exp(beta + z * se)) for z in (-1.959963984540054, 1.959963984540054)),
    }
    return {"clm": clm} | _side_bias(rows, x, patient, fit)


def _refusal(rows: pd.DataFrame) -> str | None:
    """Why a cell has no model: beta would be infinite or mean nothing."""
    if len(rows) < FEWEST_READINGS:
        return f"fewer than {FEWEST_READINGS} readings"
    if rows["raw_score"].nunique() < FEWEST_CATEGORIES:
        return f"fewer than {FEWEST_CATEGORIES} points of the scale were used"
    if not ((rows["d"] > 0).any() and (rows["d"] < 0).any()):
        return "no win or no loss at all: the effect is infinite"
    return None


def _side_bias(rows: pd.DataFrame, x: Any, patient: Any, fit: OrdinalFit) -> dict[str, Any]:
    """Likelihood ratio against thresholds symmetric about the middle; only where the whole scale was used."""
    m = fit.thresholds.size
    values = np.unique(rows["raw_score"])
    if m < 4 or m % 2 or values.size != int(values.max()):
        return {}
    even = fit_ordinal(rows["raw_score"].to_numpy(), x, patient, symmetric=True)
    if even is None:
        return {}
    lr = 2 * (fit.log_likelihood - even.log_likelihood)
    return {"position_bias_lrt": {"lr": lr, "df": m // 2, "p": float(stats.chi2.sf(lr, m // 2))}}


def worth_model(rows: pd.DataFrame, comparisons: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """A worth for each arm, the first comparison's second arm at 0, against a free effect for each comparison."""
    if len(rows) < FEWEST_READINGS:
        return {"worth": None, "reason": f"fewer than {FEWEST_READINGS} readings"}
    reference = next(iter(comparisons.values()))[1]
    arms = [arm for arm in dict.fromkeys(a for pair in comparisons.values() for a in pair) if arm != reference]
    right, left = rows["right_arm"], rows["left_arm"]
    W = np.column_stack([(right == arm).astype(float) - (left == arm).astype(float) for arm in arms])
    x = rows["x"].to_numpy(dtype=np.float64)
    Z = np.column_stack([x * (rows["comparison_id"] == name).to_numpy(dtype=np.float64) for name in comparisons])
    raw, patient = rows["raw_score"].to_numpy(), rows["patient_id"].to_numpy()
    full = np.linalg.matrix_rank(Z) == Z.shape[1] and np.unique(raw).size >= FEWEST_CATEGORIES
    worth, free = (fit_ordinal(raw, X, patient) if full else None for X in (W, Z))
    if worth is None or free is None:
        return {"worth": None, "reason": "the model did not converge: an arm won or lost always, or was not compared"}
    lr, df = 2 * (free.log_likelihood - worth.log_likelihood), Z.shape[1] - W.shape[1]
    return {
        "worth": {reference: 0} | dict(zip(arms, map(float, worth.beta), strict=True)),
        "free": dict(zip(comparisons, map(float, free.beta), strict=True)),
        "logLik_worth": worth.log_likelihood,
        "logLik_free": free.log_likelihood,
        "transitivity_lrt": {"lr": lr, "df": df, "p": float(stats.chi2.sf(lr, df))},
        "label": DESCRIPTIVE,
    }
