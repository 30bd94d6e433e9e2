"""Adjustment for many tests within families that were declared beforehand."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.core.families import PRIMARY, fixed_sequence, is_own, primary_features
from analysis.core.plan import FIXED_SEQUENCE

Floats = NDArray[np.float64]

# The p of a cell for each method that is adjusted.
METHODS = {
    "pooled_signed_rank_nocc": lambda cell: cell["wsr"]["wilcox"]["p_nocc"],
    "pooled_signed_rank_exact": lambda cell: cell["wsr"]["wilcox"]["p_exact"],
    "cluster_flip_exact": lambda cell: cell["clustered"]["p_exact_flip"],
}


def holm(p: Floats) -> Floats:
    """
    Holm 1979: the i-th smallest of m times m - i + 1, never falling, at most 1.

    Equals statsmodels' multipletests, which collects all garbage of the process at every call.
    """
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    adjusted_p = np.empty_like(p)
    adjusted_p[order] = np.minimum(stepped, 1)
    return adjusted_p


RULES: dict[str, Callable[[Floats], Floats]] = {
    "holm": holm,
    "bh": lambda p: stats.false_discovery_control(p, method="bh"),
    "by": lambda p: stats.false_discovery_control(p, method="by"),
}


def adjusted(p: Mapping[str, float | None], rule: str) -> dict[str, float]:
    """
    The adjusted p of each member of a family, by a rule of `RULES`.

    An undefined p enters as 1, so that the size of the family is fixed by the design and not by the data.
    """
    filled = np.array([1.0 if value is None else value for value in p.values()])
    return dict(zip(p, map(float, RULES[rule](filled)), strict=True)) if filled.size else {}


def multiplicity(
    cells: Mapping[str, Mapping[str, Mapping[str, Any]]], plan: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """All families over cells[comparison][feature], the members named "comparison/feature"; where the plan declares a
    primary family of its own, that one too."""
    found = {method: _families(cells, method) for method in METHODS}
    if plan is not None and is_own(plan):
        for families in found.values():
            families[PRIMARY] = _primary(families["p"], plan)
    return found


def _primary(p: Mapping[str, float | None], plan: Mapping[str, Any]) -> dict[str, float]:
    names = [f"{plan['primary_comparison']}/{feature}" for feature in primary_features(plan)]
    own = {name: p[name] for name in names}
    if plan["multiplicity"] != FIXED_SEQUENCE:
        return adjusted(own, "holm")
    values = [1.0 if value is None else value for value in own.values()]
    return dict(zip(names, fixed_sequence(values), strict=True))


def _families(cells: Mapping[str, Mapping[str, Mapping[str, Any]]], method: str) -> dict[str, Any]:
    by_comparison = {
        comparison: {f"{comparison}/{feature}": _p(cell, method) for feature, cell in row.items()}
        for comparison, row in cells.items()
    }
    every = {name: p for family in by_comparison.values() for name, p in family.items()}
    within = [adjusted(family, "holm") for family in by_comparison.values()]
    families = {f"{rule}_all": adjusted(every, rule) for rule in RULES}
    joined = {name: p for family in within for name, p in family.items()}
    return {"p": every, **families, "holm_within_comparison": joined}


def _p(cell: Mapping[str, Any], method: str) -> float | None:
    return None if cell["status"] == "no_data" else float(METHODS[method](cell))
