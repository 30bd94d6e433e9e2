"""Wins, ties and losses first, then how much, how sure, and what other tests say: one set of tables a comparison."""

from collections.abc import Iterator, Mapping
from typing import Any

from analysis.core.plan import AS_PUBLISHED, PRIMARY_METHOD, setting
from analysis.core.report.document import Block, Table, table
from analysis.core.sections import comparison_names, feature_names
from analysis.core.tables import family_of
from analysis.core.wording import NOTHING, format_p, interval, notes, per_cent, plain

Results = Mapping[str, Any]
# Headings of columns; in full under Methods.
SHORT = {
    PRIMARY_METHOD: "Primary",
    AS_PUBLISHED: "As published",
    "pooled_signed_rank_exact": "Pooled, exact",
    "pratt_exact": "Pratt, exact",
    "datta_satten": "Datta-Satten",
    "patient_mean_signed_rank": "Patient means",
    "cr2_t": "CR2 t",
    "random_reader": "Random readers",
    "rgl_z": "Primary, normal",
    "sign_test": "Sign test",
}


def preference_blocks(results: Results, arm_names: Mapping[str, str]) -> Iterator[Block]:
    """The primary comparison first."""
    plan = results["meta"]["plan"]
    names = comparison_names(plan, arm_names)
    primary = plan["primary_comparison"]
    for comparison in sorted(names, key=lambda one: one != primary):
        label = "primary comparison" if comparison == primary else "secondary"
        title = f"{names[comparison]} ({label})"
        yield _outcomes(results, comparison, title)
        yield _sizes(results, comparison, title)
        yield _tests(results, comparison, title)
        yield from _margins(results, comparison, title)


def adjusted_p(results: Results, comparison: str, feature: str) -> tuple[float | None, int]:
    """The primary P after Holm's correction, and the size of its family: that comparison's features, or all cells."""
    family, size = family_of(results["meta"]["plan"], comparison)
    return results["multiplicity"][PRIMARY_METHOD][family][f"{comparison}/{feature}"], size


def share_and_interval(share: Mapping[str, Any] | None) -> str:
    """'40.2 (30.1 to 51.0)' in per cent, at the effective sample size."""
    if not share or share["p"] is None:
        return NOTHING
    low, high = share.get("wilson_deff") or (None, None)
    return per_cent(share["p"]) if low is None else f"{per_cent(share['p'])} ({per_cent(low)} to {per_cent(high)})"


def with_interval(value: float | None, ci: Any, decimals: int) -> str:
    """'0.41 (0.29 to 0.52)'."""
    if value is None:
        return NOTHING
    limits = interval(ci, decimals)
    return plain(value, decimals) if limits == NOTHING else f"{plain(value, decimals)} ({limits})"


def _rows(results: Results, comparison: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for feature, label in feature_names(results["meta"]["plan"]).items():
        yield feature, label, results["cells"][comparison][feature]


def _outcomes(results: Results, comparison: str, title: str) -> Table:
    rows = []
    for feature, label, cell in _rows(results, comparison):
        effects, mean = cell["effects"] or {}, cell["mean_cluster"] or {}
        p, size = adjusted_p(results, comparison, feature)
        rows.append(
            {
                "Feature": label,
                "n": cell["n_obs"],
                "Missing": cell["n_missing"],
                "Win %": share_and_interval(effects.get("win")),
                "Tie %": share_and_interval(effects.get("tie")),
                "Loss %": share_and_interval(effects.get("loss")),
                "Mean, points": with_interval(mean.get("mean"), mean.get("ci_cr2"), 2),
                "P": format_p(results["multiplicity"][PRIMARY_METHOD]["p"][f"{comparison}/{feature}"]),
                f"P, Holm of {size}": format_p(p),
                "Finding": _finding(cell),
            }
        )
    caption = (
        "Share of readings that preferred the first-named arm (win), neither (tie) or the second (loss); mean "
        "preference, "
        "0 = no difference, positive = the first-named arm preferred. P: exact sign-flip test, patients as clusters."
    )
    note = (
        "In brackets 95 % intervals: of shares Wilson at the effective sample size, of means CR2 with Satterthwaite's "
        "degrees of freedom. The finding is that of the single test, before correction."
    )
    return table(title, caption, rows, note=note)


def _finding(cell: Mapping[str, Any]) -> str:
    said = [cell.get("verdict") or "", notes(cell["status"], cell["flags"])]
    return "; ".join(part for part in said if part)


def _sizes(results: Results, comparison: str, title: str) -> Table:
    rows = []
    for feature, label, cell in _rows(results, comparison):
        effects, mean = cell["effects"] or {}, cell["mean_cluster"] or {}
        boot = (results["bootstrap"] or {}).get(f"{comparison}/{feature}") or {}
        chance, net = effects.get("win_prob") or {}, effects.get("net_benefit") or {}
        rows.append(
            {
                "Feature": label,
                "Win probability": with_interval(chance.get("est"), chance.get("ci"), 3),
                "Net benefit": with_interval(net.get("est"), net.get("ci"), 3),
                "Win odds": with_interval(effects.get("win_odds"), boot.get("win_odds_ci"), 2),
                "Win ratio": plain(effects.get("win_ratio"), 2),
                "Rank-biserial": with_interval(effects.get("rank_biserial"), boot.get("rank_biserial_ci"), 2),
                "Median": plain(effects.get("median"), 1),
                "Hodges-Lehmann": with_interval(effects.get("hodges_lehmann"), boot.get("hodges_lehmann_ci"), 1),
                "d_z": plain(effects.get("cohen_dz"), 2),
                "Design effect": plain(mean.get("deff_cr2"), 2),
            }
        )
    return table(
        f"{title}: effect sizes",
        "Win probability and net benefit with CR2 intervals; win odds, rank-biserial correlation and Hodges-Lehmann "
        "estimate with percentile intervals from resampling patients. Most answers tie: then the last is 0 and says "
        "little.",
        rows,
    )


def _tests(results: Results, comparison: str, title: str) -> Table:
    wanted = [PRIMARY_METHOD, *setting(results["meta"]["plan"], "sensitivity")]
    methods = list(dict.fromkeys([*wanted, AS_PUBLISHED]))
    rows = []
    for _, label, cell in _rows(results, comparison):
        p = cell.get("sensitivity") or {}
        random = (cell.get("random_reader") or {}).get("reported") or {}
        estimate = (cell.get("random_reader") or {}).get("estimate")
        rows.append(
            {"Feature": label}
            | {SHORT[method]: format_p(p.get(method)) for method in methods}
            | {"Mean, random readers": with_interval(estimate, random.get("ci"), 2)}
        )
    return table(
        f"{title}: sensitivity",
        "Two-sided P of the primary test and of the others that the plan names; as published: readings pooled as if "
        "they "
        "were independent, which they are not.",
        rows,
        note=_few_readers(len(results["meta"]["readers"])),
    )


def _few_readers(n: int) -> str:
    if n < 2:
        return "One reader: nothing can be said of other readers."
    return f"{n} readers: reader variance is poorly estimated." if n < 6 else ""


def _margins(results: Results, comparison: str, title: str) -> Iterator[Table]:
    """Only with a margin of the plan: no claim of equivalence without one."""
    plan = results["meta"]["plan"]
    margins = {"points": setting(plan, "ni_margin"), "net benefit": setting(plan, "net_benefit_margin")}
    for unit, margin in margins.items():
        if margin is not None:
            key = "tost_net_benefit" if unit == "net benefit" else f"tost_{margin:g}"
            rows = [_margin_row(label, cell.get(key) or {}) for _, label, cell in _rows(results, comparison)]
            yield table(
                f"{title}: non-inferiority and equivalence",
                f"Margin {margin:g} ({unit}), fixed in the plan. Non-inferior: the lower 97.5 % one-sided limit lies "
                "above "
                "the margin below 0; equivalent: the 90 % interval lies within the margins (two one-sided tests).",
                rows,
            )


def _margin_row(label: str, test: Mapping[str, Any]) -> dict[str, str]:
    low = test.get("noninferior_lower_975")
    return {
        "Feature": label,
        "Lower limit, 97.5 %": plain(low, 3),
        "P, non-inferiority": format_p(test.get("noninferior_p", test.get("p_lower"))),
        "90 % CI": interval(test.get("ci90"), 3),
        "P, equivalence": format_p(test.get("p_tost")),
        "Verdict": test.get("verdict") or NOTHING,
    }
