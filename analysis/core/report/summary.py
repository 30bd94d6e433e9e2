"""The first page: what was read, which way the numbers point, and what the primary family says."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from analysis.core.families import Family, family_of, is_alone, primary_features
from analysis.core.plan import FIXED_SEQUENCE, PRIMARY_METHOD
from analysis.core.report.about import About
from analysis.core.report.document import Block, Bullets, Facts, Paragraph, table
from analysis.core.section_tables.table import PrintedTable
from analysis.core.sections import comparison_names, feature_names
from analysis.core.wording import interval, p_words, per_cent, plain

REASONS = {
    "skipped": "skipped",
    "not_assessable": "not assessable",
    "not_reached": "not reached",
    "technical": "technical",
    "": "no reason given",
}


def summary_blocks(results: Mapping[str, Any], about: About) -> Iterator[Block]:
    if about.participants:
        yield Paragraph(f"{about.participants.rstrip('.')}.")
    yield Paragraph(orientation(results, about.arm_names))
    yield Bullets(tuple(findings(results, about.arm_names)))
    if about.facts:
        yield Facts("The study", about.facts)
    yield numbers_of_each_level(results, about.arm_names)


def orientation(results: Mapping[str, Any], arm_names: Mapping[str, str]) -> str:
    plan = results["meta"]["plan"]
    names = ", ".join(comparison_names(plan, arm_names).values())
    middle = (plan["scale_points"] + 1) // 2
    return (
        f"Every number favours the first-named arm of its comparison ({names}) when it is above the middle of the "
        "scale, "
        f"{middle} of {plan['scale_points']} points, or above 0 where the middle is taken off. P values are two-sided."
    )


def findings(results: Mapping[str, Any], arm_names: Mapping[str, str]) -> Iterator[str]:
    """One sentence on the primary family, then one for each of its features that differs after correction."""
    plan = results["meta"]["plan"]
    comparisons = comparison_names(plan, arm_names)
    alone, labels = is_alone(plan), feature_names(plan)
    members = [
        (comparison, feature, labels[feature])
        for comparison in ([plan["primary_comparison"]] if alone else comparisons)
        for feature in (primary_features(plan) if alone else labels)
    ]
    differ = [one for one in members if (adjusted_p(results, one[0], one[1])[0] or 0) < plan["alpha"]]
    differ = [one for one in differ if results["cells"][one[0]][one[1]]["n_obs"]]
    many = f"{len(members)} feature{'s' if len(members) > 1 else ''}"
    what = f"{comparisons[plan['primary_comparison']]}, {many}" if alone else f"{len(members)} tests"
    rule = "tested in a fixed sequence" if plan["multiplicity"] == FIXED_SEQUENCE else "Holm's correction"
    if differ:
        rest = "For the others no difference was detected, which is no evidence of equivalence."
        count = f"{len(differ)} of {len(members)} differ after correction."
        said = count if len(differ) == len(members) else f"{count} {rest}"
    else:
        said = "no difference was detected after correction, which is no evidence of equivalence."
    yield f"Primary family ({what}, {rule}, α = {plan['alpha']:g}): {said}"
    for comparison, feature, label in differ:
        yield _finding(results, comparison, feature, f"{label}, {comparisons[comparison]}")


def adjusted_p(results: Mapping[str, Any], comparison: str, feature: str) -> tuple[float | None, Family]:
    """The primary P after the correction of its family."""
    family = family_of(results["meta"]["plan"], comparison, feature)
    return results["multiplicity"][PRIMARY_METHOD][family.key][f"{comparison}/{feature}"], family


def _finding(results: Mapping[str, Any], comparison: str, feature: str, what: str) -> str:
    cell = results["cells"][comparison][feature]
    mean, (p, family) = cell["mean_cluster"], adjusted_p(results, comparison, feature)
    words = {"win": "wins", "tie": "ties", "loss": "losses"}
    shares = ", ".join(f"{per_cent(cell['effects'][one]['p'])} % {word}" for one, word in words.items())
    points = f"mean preference {plain(mean['mean'], 2)} points (95 % CI {interval(mean['ci_cr2'], 2)})"
    return f"{what}: {points}; {shares}; {p_words(p)} ({family.rule} of {family.size})."


def numbers_of_each_level(results: Mapping[str, Any], arm_names: Mapping[str, str]) -> PrintedTable:
    """How many patients, image sets, readings and scores each comparison rests on, and why scores are missing."""
    rows = []
    for comparison, name in comparison_names(results["meta"]["plan"], arm_names).items():
        cells = list(results["cells"][comparison].values())
        reasons = missing_reasons(cells)
        rows.append(
            {
                "Comparison": name,
                "Patients": max((cell["n_patients"] for cell in cells), default=0),
                "Image sets": max((cell["n_image_sets"] for cell in cells), default=0),
                "Readers": len(results["meta"]["readers"]),
                "Readings": max((cell["n_expected"] for cell in cells), default=0),
                "Scores": sum(cell["n_obs"] for cell in cells),
                "Missing": sum(cell["n_missing"] for cell in cells),
                "Why missing": _reasons(reasons),
            }
        )
    caption = "First presentations; hidden repeats are counted under Agreement only. Missing scores are never imputed."
    return table("how_much", "How much was read", caption, rows)


def missing_reasons(cells: list[Mapping[str, Any]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for cell in cells:
        total.update(cell["missing_by_reason"])
    return total


def _reasons(reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{REASONS.get(reason, reason)} {n}" for reason, n in sorted(reasons.items())) or "none"
