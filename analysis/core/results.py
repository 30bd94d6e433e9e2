"""All results of a study as one nested structure."""

import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.core.blinding_index import blinding_index
from analysis.core.bootstrap import bootstrap_cells
from analysis.core.bootstrap_agreement import AGREEMENT_REPLICATES, bootstrap_agreement
from analysis.core.cells import analyse_cell, cell_of
from analysis.core.conduct import allocation_balance, drift, position_bias, reading_time, straight_lining
from analysis.core.consistency import consistency as consistency_results
from analysis.core.course import course
from analysis.core.dataset import (
    Allocation,
    Comparisons,
    Consistency,
    Guesses,
    ImageMetrics,
    Scores,
    orient,
    same_patients,
)
from analysis.core.image_metrics import image_metrics_summary
from analysis.core.image_metrics_preference import metric_preference
from analysis.core.models import models
from analysis.core.multiplicity import multiplicity
from analysis.core.plan import LABELS, comparisons_of, default_plan, plan_sha256, setting
from analysis.core.presentations import presentations
from analysis.core.reader_agreement import intra_reader, reader_agreement
from analysis.core.results_json import canonical
from analysis.core.subgroups import interactions, subgroups
from analysis.core.versions import NUMBERS, package_versions
from readerstudy.core.errors import BadPlan

CONVENTIONS = "d>0: first-named arm (A) preferred; replicate==1 only unless stated; p two-sided; alpha .05; 95% CI"


def analyse(
    scores: Scores,
    allocation: Allocation,
    *,
    comparisons: Comparisons,
    consistency: Consistency | None = None,
    image_metrics: ImageMetrics | None = None,
    guesses: Guesses | None = None,
    seed: int,
    plan: Mapping[str, Any] | None = None,
    replicates: int | None = None,
) -> dict[str, Any]:
    """
    Every statistic of the study, the same for the same input on every run.

    Parameters
    ----------
    comparisons
        comparison_id -> (arm A, arm B); results above the middle of the scale favour A.
    guesses
        What readers thought which side was enhanced; only with it there is a `blinding_index`.
    plan
        The stored plan; without one the reference choices for these comparisons and features.
    replicates
        Bootstrap replicates in place of the plan's; 0 for none.

    Returns
    -------
    Nested dicts of plain Python values, None for what is undefined; ready for `write_json`.

    Raises BadData, a subclass for each cause. Wrong to call before unblinding (see `dataset.orient`).
    """
    plan = plan or default_plan(comparisons=comparisons, features=_features_in(scores)) | {"seed": seed}
    _check_against(plan, scores, comparisons)
    for table in (consistency, image_metrics):
        if table:
            same_patients(table, scores)
    oriented = orient(scores, allocation, comparisons)
    first = oriented[oriented["replicate"] == 1]
    results = {
        "meta": _meta(scores, allocation, first, plan, seed),
        **_preferences(first, plan, comparisons),
        **_agreement(oriented, first, plan, seed),
        **_conduct(oriented, first, plan, comparisons),
        "bootstrap": _bootstrap(first, plan, seed, replicates),
        "consistency": consistency_results(orient(consistency, allocation, comparisons), comparisons)
        if consistency
        else None,
        "image_metrics": image_metrics_summary(image_metrics.frame) if image_metrics else None,
        "metric_preference": metric_preference(first, image_metrics.frame, comparisons) if image_metrics else None,
    }
    if guesses:
        results["blinding_index"] = blinding_index(orient(guesses, allocation, comparisons))
    return canonical(results)


def _features_in(scores: Scores) -> list[str]:
    """The features of the reference protocol in its order, then any others as the table has them."""
    found = list(dict.fromkeys(scores.frame["feature_id"]))
    return [code for code in LABELS if code in found] + [code for code in found if code not in LABELS]


def _check_against(plan: Mapping[str, Any], scores: Scores, comparisons: Comparisons) -> None:
    planned = {item["id"] for item in plan["features"]}
    unplanned = sorted(set(scores.frame["feature_id"]) - planned)
    if unplanned:
        raise BadPlan(f"{scores.name}, column feature_id: '{unplanned[0]}' is not in the plan.")
    if comparisons_of(plan) != dict(comparisons):
        raise BadPlan("The plan's comparisons are not those of the study.")
    if plan["scale_points"] != scores.scale_points:
        raise BadPlan(f"The plan's scale has {plan['scale_points']} points, the scores' {scores.scale_points}.")


def _numbered(first: pd.DataFrame) -> pd.DataFrame:
    """Numbers in place of the codes of patients and image sets, in their order: the clusters of a large study as
    text take most of the time of an analysis."""
    return first.assign(**{name: pd.factorize(first[name], sort=True)[0] for name in ("patient_id", "image_set_id")})


def _preferences(first: pd.DataFrame, plan: Mapping[str, Any], comparisons: Comparisons) -> dict[str, Any]:
    """What each cell says, corrected for how many there are, and what it hangs on."""
    numbered = _numbered(first)
    cells = _cells(numbered, plan)
    exploratory = subgroups(numbered, _cell_names(plan))
    return {
        "cells": cells,
        "multiplicity": multiplicity(cells, plan),
        "subgroups": exploratory,
        "subgroup_interactions": interactions(exploratory),
        "models": models(numbered, comparisons=comparisons, features=_features(plan)),
    }


def _cells(first: pd.DataFrame, plan: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    readers, middle = _readers(first), (plan["scale_points"] + 1) // 2
    groups = dict(iter(first.groupby(["comparison_id", "feature_id"])))
    nothing = first.iloc[:0]
    margins = [margin for margin in (setting(plan, "ni_margin"),) if margin is not None]

    def cell(comparison: str, feature: str) -> dict[str, Any]:
        rows = groups.get((comparison, feature), nothing)
        return analyse_cell(
            cell_of(rows, middle=middle),
            readers=readers,
            alpha=plan["alpha"],
            margins=margins,
            net_benefit_margin=setting(plan, "net_benefit_margin"),
        )

    return {item["id"]: {code: cell(item["id"], code) for code in _features(plan)} for item in plan["comparisons"]}


def _agreement(oriented: pd.DataFrame, first: pd.DataFrame, plan: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """Of readers with each other, and with themselves."""
    points, readers = plan["scale_points"], _readers(first)
    return {
        "agreement": reader_agreement(first, readers=readers, cells=_cell_names(plan), points=points, seed=seed),
        "intra_reader": intra_reader(oriented, points=points),
    }


def _conduct(
    oriented: pd.DataFrame, first: pd.DataFrame, plan: Mapping[str, Any], comparisons: Comparisons
) -> dict[str, Any]:
    """How the reading went."""
    features, points = _features(plan), plan["scale_points"]
    shown = presentations(oriented, features=features, points=points)
    return {
        "allocation_balance": allocation_balance(first),
        "position_bias": position_bias(shown, list(comparisons)),
        "drift": drift(shown),
        "straight_lining": straight_lining(shown, oriented, features=features, points=points),
        "time": reading_time(shown),
        "course": course(shown),
    }


def _bootstrap(
    first: pd.DataFrame, plan: Mapping[str, Any], seed: int, replicates: int | None
) -> dict[str, Any] | None:
    """None where no replicates are wanted."""
    B, points = int(setting(plan, "bootstrap")) if replicates is None else replicates, plan["scale_points"]
    if not B:
        return None
    cells = bootstrap_cells(first, _cell_names(plan), points=points, B=B, seed=seed)
    pooled = min(B, AGREEMENT_REPLICATES)
    return cells | bootstrap_agreement(first, readers=_readers(first), points=points, B=pooled, seed=seed)


def _features(plan: Mapping[str, Any]) -> list[str]:
    return [item["id"] for item in plan["features"]]


def _cell_names(plan: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(comparison["id"], feature) for comparison in plan["comparisons"] for feature in _features(plan)]


def _readers(first: pd.DataFrame) -> list[str]:
    return sorted(str(reader) for reader in first["reader_id"].unique())


def _meta(
    scores: Scores, allocation: Allocation, first: pd.DataFrame, plan: Mapping[str, Any], seed: int
) -> dict[str, Any]:
    read = set(scores.frame["presentation_id"])
    return {
        "dataset": Path(scores.name).stem,
        "csv": scores.name,
        "sha256": scores.sha256,
        "allocation_sha256": allocation.sha256,
        "python": platform.python_version(),
        "packages": package_versions(NUMBERS),
        "n_rows": len(scores.frame),
        "n_missing": int(scores.frame["raw_score"].isna().sum()),
        "n_patients": first["patient_id"].nunique(),
        "n_image_sets": first["image_set_id"].nunique(),
        "n_presentations_without_scores": len(set(allocation.frame["presentation_id"]) - read),
        "readers": _readers(first),
        "conventions": CONVENTIONS,
        "plan": dict(plan),
        "plan_sha256": plan_sha256(plan),
        "seed": seed,
    }
