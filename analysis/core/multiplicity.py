"""Adjustment for many tests within families that were declared beforehand."""

from collections.abc import Mapping
from typing import Any

from statsmodels.stats.multitest import multipletests

# The p of a cell for each method that is adjusted.
METHODS = {
    "pooled_signed_rank_nocc": lambda cell: cell["wsr"]["wilcox"]["p_nocc"],
    "pooled_signed_rank_exact": lambda cell: cell["wsr"]["wilcox"]["p_exact"],
    "cluster_flip_exact": lambda cell: cell["clustered"]["p_exact_flip"],
}
_RULES = {"holm_all": "holm", "bh_all": "fdr_bh", "by_all": "fdr_by"}


def adjusted(p: Mapping[str, float | None], rule: str) -> dict[str, float]:
    """
    The adjusted p of each member of a family, by statsmodels' rule: holm, fdr_bh or fdr_by.

    An undefined p enters as 1, so that the size of the family is fixed by the design and not by the data.
    """
    filled = [1.0 if value is None else value for value in p.values()]
    return dict(zip(p, map(float, multipletests(filled, method=rule)[1]), strict=True)) if filled else {}


def multiplicity(cells: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """All families over cells[comparison][feature], the members named "comparison/feature"."""
    return {method: _families(cells, method) for method in METHODS}


def _families(cells: Mapping[str, Mapping[str, Mapping[str, Any]]], method: str) -> dict[str, Any]:
    by_comparison = {
        comparison: {f"{comparison}/{feature}": _p(cell, method) for feature, cell in row.items()}
        for comparison, row in cells.items()
    }
    every = {name: p for family in by_comparison.values() for name, p in family.items()}
    within = [adjusted(family, "holm") for family in by_comparison.values()]
    families = {name: adjusted(every, rule) for name, rule in _RULES.items()}
    joined = {name: p for family in within for name, p in family.items()}
    return {"p": every, **families, "holm_within_comparison": joined}


def _p(cell: Mapping[str, Any], method: str) -> float | None:
    return None if cell["status"] == "no_data" else float(METHODS[method](cell))
