"""Cells by reader, region, sequence, vendor and scanner: described everywhere, tested as interactions only.

Exploratory.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.core.clustered import cluster_mean
from analysis.core.multiplicity import adjusted
from analysis.core.regression import clustered_ols

FACTORS = ("reader_id", "region", "sequence", "vendor", "scanner_id")
WITHIN_PATIENT = ("reader_id", "sequence")  # one patient has several: no test on patient means
FEWEST_PATIENTS = 3
RULE = "levels with <3 patients are described, not tested"


def subgroups(first: pd.DataFrame, cells: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Every cell by every factor, named "comparison/feature/factor"; factors without values are left out."""
    scored = first[first["d"].notna()]
    groups = dict(iter(scored.groupby(["comparison_id", "feature_id"])))
    found = {}
    for cell in cells:
        rows = groups.get(cell, scored.iloc[:0])
        for factor in FACTORS:
            found["/".join((*cell, factor))] = by_level(rows[rows[factor] != ""], factor)
    return found


def interactions(blocks: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The interaction tests of all subgroups as one family, adjusted by Benjamini and Hochberg."""
    p = {name: block["wald_f_cr1s"]["p"] for name, block in blocks.items() if "wald_f_cr1s" in block}
    return {"p": p, "bh": adjusted(p, "bh"), "label": "exploratory"}


def by_level(rows: pd.DataFrame, factor: str) -> dict[str, Any]:
    """Each level described; the interaction of those with enough patients."""
    levels = {str(level): own for level, own in rows.groupby(factor)}
    tested = [level for level, own in levels.items() if own["patient_id"].nunique() >= FEWEST_PATIENTS]
    block = {
        "levels": {level: _level(own) for level, own in levels.items()},
        "levels_tested": tested,
        "rule": RULE,
    }
    return block | (_interaction(rows[rows[factor].isin(tested)], factor, tested) if len(tested) > 1 else {})


def _level(rows: pd.DataFrame) -> dict[str, Any]:
    d, patient = rows["d"].to_numpy(dtype=np.float64), rows["patient_id"].to_numpy()
    return {
        "n": d.size,
        "n_patients": rows["patient_id"].nunique(),
        "n_sets": rows["image_set_id"].nunique(),
        "mean": float(d.mean()),
        "sd": float(np.std(d, ddof=1)) if d.size > 1 else None,
        "ci_cr2": cluster_mean(d, patient).ci_cr2,
        "win": int((d > 0).sum()),
        "tie": int((d == 0).sum()),
        "loss": int((d < 0).sum()),
    }


def _interaction(rows: pd.DataFrame, factor: str, levels: list[str]) -> dict[str, Any]:
    d, patient = rows["d"].to_numpy(dtype=np.float64), rows["patient_id"].to_numpy()
    q, G = len(levels) - 1, np.unique(patient).size
    found: dict[str, Any] = {}
    if np.ptp(d) > 0 and q < G - 1:
        dummies = [(rows[factor] == level).to_numpy(dtype=np.float64) for level in levels[1:]]
        fit = clustered_ols(d, np.column_stack([np.ones(d.size), *dummies]), patient)
        V = fit.cr1s[1:, 1:] if fit else np.zeros((q, q))
        if fit and np.any(V) and 1 / np.linalg.cond(V, 1) > 1e-10:
            F = float(fit.beta[1:] @ np.linalg.solve(V, fit.beta[1:])) / q
            found["wald_f_cr1s"] = {"F": F, "df1": q, "df2": G - 1, "p": float(stats.f.sf(F, q, G - 1))}
    if factor not in WITHIN_PATIENT:
        found["kruskal_patient_means"] = _kruskal(rows, factor)
    return found


def _kruskal(rows: pd.DataFrame, factor: str) -> dict[str, Any]:
    """Kruskal and Wallis on one mean a patient and level, rounded so that equal means are tied."""
    means = rows.groupby(["patient_id", factor])["d"].mean().round(10)
    samples = [own.to_numpy() for _, own in means.groupby(level=factor)]
    if means.nunique() < 2:
        return {"chisq": None, "df": len(samples) - 1, "p": None}
    found = stats.kruskal(*samples)
    return {"chisq": float(found.statistic), "df": len(samples) - 1, "p": float(found.pvalue)}
