"""Everything about one cell of Table 2: one comparison and one feature, all readers."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.clustered import cluster_mean, datta_satten, patient_sign_flip
from analysis.core.comparators import (
    gee_exchangeable,
    gee_independence,
    rank_sums,
    sensitivity_p,
    t_naive,
    t_of_patient_means,
)
from analysis.core.effects import effects
from analysis.core.equivalence import equivalence, verdict_without_margin
from analysis.core.paired import SignedRankTests, sign_test_p, signed_rank_tests
from analysis.core.random_reader import random_readers

SMALL_N = 10
FEWEST_PATIENTS = 6  # with m informative patients no p is below 2 ** (1 - m): 5 patients cannot reach 0.05
LOW_DF = 5
SHOWN_MARGINS = (0.2, 0.5)  # the margins that the SPEC suggests; a margin of the plan is added

_DESCRIPTIVES = ("mean_pref", "sd_pref", "median_pref", "mean_dev_from3")
_TESTS = (
    "wsr", "sign_test_p", "ranksum_mirrored", "ranksum_const3", "t_naive", "clustered", "mean_cluster",
    "random_reader", "effects", "tost_0.2", "tost_0.5", "patient_mean_wsr", "patient_mean_t", "gee_independence",
    "gee_exchangeable", "sensitivity", "verdict",
)  # fmt: skip
_UNDEFINED = dict.fromkeys((*_DESCRIPTIVES, *_TESTS))


@dataclass(frozen=True)
class Cell:
    """The scored readings of a cell, sorted by patient, image set and reader; the arrays are (N,)."""

    n_expected: int
    n_image_sets: int
    middle: int
    d: NDArray[np.int64]
    patient: NDArray[Any]  # codes or numbers
    reader: NDArray[np.str_]
    all_patient: NDArray[Any]  # (n_expected,): of the missing readings too
    all_d: NDArray[np.float64]  # (n_expected,): NaN where missing
    missing_by_reason: Mapping[str, int]


def cell_of(rows: pd.DataFrame, *, middle: int) -> Cell:
    """The cell of oriented rows (`dataset.orient`), first readings only."""
    rows = rows.sort_values(["patient_id", "image_set_id", "reader_id"], kind="stable")
    scored, missing = rows[rows["d"].notna()], rows[rows["d"].isna()]
    reasons = missing["missing_reason"].replace("", "not_stated").value_counts()
    return Cell(
        n_expected=len(rows),
        n_image_sets=scored["image_set_id"].nunique(),
        middle=middle,
        d=scored["d"].to_numpy(dtype=np.int64),
        patient=scored["patient_id"].to_numpy(),
        reader=scored["reader_id"].to_numpy(dtype=np.str_),
        all_patient=rows["patient_id"].to_numpy(),
        all_d=rows["d"].to_numpy(dtype=np.float64),
        missing_by_reason={str(reason): int(n) for reason, n in sorted(reasons.items())},
    )


def analyse_cell(
    cell: Cell,
    *,
    readers: Sequence[str],
    alpha: float,
    margins: Sequence[float] = (),
    net_benefit_margin: float | None = None,
) -> dict[str, Any]:
    """All statistics of a cell; None for what is undefined, and `status` and `flags` that say why."""
    described = _described(cell)
    if not cell.d.size:
        by_reader = {reader: {"n": 0} for reader in readers}
        return described | _UNDEFINED | {"by_reader": by_reader, "status": "no_data", "flags": []}
    d, patient = cell.d, cell.patient
    means, mean = _patient_means(d, patient), cluster_mean(d, patient)
    result = described | {
        "mean_pref": cell.middle + float(d.mean()),
        "sd_pref": _sd(d),
        "median_pref": cell.middle + float(np.median(d)),
        "mean_dev_from3": float(d.mean()),
        "wsr": signed_rank_json(signed_rank_tests(d)),
        "sign_test_p": sign_test_p(d),
        "clustered": clustered_json(d, patient),
        "mean_cluster": asdict(mean),
        "random_reader": random_readers(d, cell.reader, patient),
        "effects": asdict(effects(d, patient)),
        "patient_mean_wsr": signed_rank_json(signed_rank_tests(means)),
        "patient_mean_t": t_of_patient_means(means),
        "by_reader": {reader: _one_reader(cell, reader) for reader in readers},
        **rank_sums(d.astype(np.float64), cell.middle),
        "t_naive": t_naive(d.astype(np.float64)),
        "gee_independence": gee_independence(mean),
        "gee_exchangeable": gee_exchangeable(d.astype(np.float64), patient),
    }
    for margin in dict.fromkeys((*SHOWN_MARGINS, *margins)):
        result[f"tost_{margin:g}"] = equivalence(d, patient, margin)
    if net_benefit_margin is not None:
        result["tost_net_benefit"] = equivalence(np.sign(d), patient, net_benefit_margin)
    result["sensitivity"] = sensitivity_p(result)
    result["verdict"] = verdict_without_margin(mean, result["clustered"]["p_exact_flip"], alpha)
    if cell.missing_by_reason:
        result["missing_sensitivity"] = _missing_sensitivity(cell)
    if len(readers) > 1:
        result["without_reader"] = {reader: _without(cell, reader) for reader in readers}
    status = "ok" if np.any(d != 0) else "all_ties"
    return result | {"status": status, "flags": _flags(result, alpha)}


def _described(cell: Cell) -> dict[str, Any]:
    return {
        "n_expected": cell.n_expected,
        "n_obs": cell.d.size,
        "n_missing": cell.n_expected - cell.d.size,
        "missing_by_reason": dict(cell.missing_by_reason),
        "n_patients": np.unique(cell.patient).size,
        "n_image_sets": cell.n_image_sets,
        "counts": _counts(cell.d, cell.middle),
    }


def _counts(d: NDArray[np.int64], middle: int) -> dict[str, int]:
    """How often each d was given: m2, m1, z0, p1, p2 on a scale of five points."""
    most = middle - 1
    signs = {step: f"{'z' if step == 0 else 'p' if step > 0 else 'm'}{abs(step)}" for step in range(-most, most + 1)}
    return {name: int(np.sum(d == step)) for step, name in signs.items()}


def _sd(d: NDArray[np.int64]) -> float | None:
    return float(np.std(d, ddof=1)) if d.size > 1 else None


def _patient_means(d: NDArray[np.int64], patient: NDArray[Any]) -> NDArray[np.float64]:
    _, index = np.unique(patient, return_inverse=True)
    # Rounded, so that equal means are tied when they are ranked again.
    return np.round(np.bincount(index, weights=d) / np.bincount(index), 10)


def signed_rank_json(tests: SignedRankTests) -> dict[str, Any]:
    """The tests as they are reported; `p_exact_is_exact` only where the p had to be normal."""
    result = asdict(tests)
    for zeros in ("wilcox", "pratt"):
        if result[zeros]["p_exact_is_exact"]:
            del result[zeros]["p_exact_is_exact"]
    return result


def clustered_json(d: NDArray[Any], patient: NDArray[Any]) -> dict[str, Any]:
    """The clustered tests as they are reported, the weighted version beside the primary one."""
    flip = asdict(patient_sign_flip(d, patient))
    weighted: dict[str, Any] = flip.pop("weighted")
    if flip["p_exact_flip_is_exact"]:
        del flip["p_exact_flip_is_exact"]
    return flip | weighted | {"ds": asdict(datta_satten(d, patient))}


def _one_reader(cell: Cell, reader: str) -> dict[str, Any]:
    own = cell.reader == reader
    d = cell.d[own]
    if not d.size:
        return {"n": 0}
    tests = signed_rank_tests(d)
    return {
        "n": d.size,
        "mean_pref": cell.middle + float(d.mean()),
        "sd_pref": _sd(d),
        "counts": _counts(d, cell.middle),
        "T_plus": tests.wilcox.T_plus,
        "T_minus": tests.wilcox.T_minus,
        "n_nonzero": tests.n_nonzero,
        "p_nocc": tests.wilcox.p_nocc,
        "p_cc": tests.wilcox.p_cc,
        "p_exact": tests.wilcox.p_exact,
        "pratt_p_nocc": tests.pratt.p_nocc,
        "pratt_p_exact": tests.pratt.p_exact,
        "rgl_p_exact_flip": patient_sign_flip(d, cell.patient[own]).p_exact_flip,
    }


def _without(cell: Cell, reader: str) -> dict[str, Any]:
    """The mean and the primary p by the other readers: to look at, nobody is excluded for how they read."""
    others = cell.reader != reader
    d, patient = cell.d[others], cell.patient[others]
    if not d.size:
        return {"n": 0}
    mean = cluster_mean(d, patient)
    p = patient_sign_flip(d, patient).p_exact_flip
    return {"n": d.size, "mean": mean.mean, "ci_cr2": mean.ci_cr2, "p_exact_flip": p}


def _missing_sensitivity(cell: Cell) -> dict[str, Any]:
    """The mean and the primary p if every missing score had been a tie, a full loss or a full win."""
    most = cell.middle - 1
    bounds = {}
    for name, value in (("as_tie", 0), ("all_loss", -most), ("all_win", most)):
        d = np.where(np.isnan(cell.all_d), value, cell.all_d)
        p = patient_sign_flip(d, cell.all_patient).p_exact_flip
        bounds[name] = {"mean_dev_from3": float(d.mean()), "p_exact_flip": p}
    return bounds


def _flags(result: Mapping[str, Any], alpha: float) -> list[str]:
    clustered, mean, wsr = result["clustered"], result["mean_cluster"], result["wsr"]
    significant = [p < alpha for p in (clustered["p_exact_flip"], clustered["ds"]["p"])]
    is_exact = [block.get("p_exact_is_exact", True) for block in (wsr["wilcox"], wsr["pratt"])]
    found = {
        "small_n": wsr["n_nonzero"] < SMALL_N,
        "cannot_reach_significance": clustered["n_informative_clusters"] < FEWEST_PATIENTS,
        "informative_cluster_size": significant[0] != significant[1],
        "single_patient": mean["n_clusters"] == 1,
        "zero_variance": mean["se_cr2"] == 0,
        "low_df": mean["df_satt"] is not None and mean["df_satt"] < LOW_DF,
        "normal_approximation": not all(is_exact) or "p_exact_flip_is_exact" in clustered,
    }
    return [name for name, holds in found.items() if holds]
