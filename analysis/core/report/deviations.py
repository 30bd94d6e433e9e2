"""What was done otherwise than the sealed plan says, and what is missing: told, never smoothed over."""

from collections.abc import Iterator, Mapping
from typing import Any

from analysis.core.plan import POST_HOC, setting
from analysis.core.report.about import About
from analysis.core.report.document import Block, Bullets, Paragraph
from analysis.core.report.methods import bootstrap_replicates
from analysis.core.report.summary import REASONS, missing_reasons
from analysis.core.sections import comparison_names, feature_names

NONE = "None is recorded: the results follow the plan, and every reading that was allocated has all its scores."


def deviation_blocks(results: Mapping[str, Any], about: About) -> Iterator[Block]:
    if POST_HOC in results["meta"]["plan"]:
        yield Paragraph(_post_hoc(results["meta"]["plan"][POST_HOC]), "warning")
    found = (*about.deviations, *deviations(results, about))
    yield Bullets(found) if found else Paragraph(NONE)


def deviations(results: Mapping[str, Any], about: About) -> Iterator[str]:
    """What the results themselves tell."""
    yield from _bootstrap(results)
    unread = results["meta"]["n_presentations_without_scores"]
    if unread:
        yield f"Presentations that were allocated and have no row of scores: {unread:,}."
    yield from _missing(results, about)
    yield from _undefined(results, about)


def _post_hoc(label: Mapping[str, Any]) -> str:
    return (
        f"Post hoc. These results follow version {label['version']} of the analysis plan, made by {label['made_by']} "
        "on "
        f"{label['made_at']}, after the seal: {label['reason'].rstrip('.')}. The sealed plan has the SHA-256 "
        f"{label['sealed_plan_sha256']}; its results are in a report of their own."
    )


def _bootstrap(results: Mapping[str, Any]) -> Iterator[str]:
    planned, used = int(setting(results["meta"]["plan"], "bootstrap")), bootstrap_replicates(results)
    if used != planned:
        without = "no intervals were resampled" if not used else f"{used:,} were used"
        yield f"The plan names {planned:,} bootstrap replicates; {without}."


def _missing(results: Mapping[str, Any], about: About) -> Iterator[str]:
    names = comparison_names(results["meta"]["plan"], about.arm_names)
    for comparison, row in results["cells"].items():
        cells = list(row.values())
        missing, expected = sum(cell["n_missing"] for cell in cells), sum(cell["n_expected"] for cell in cells)
        if missing:
            reasons = sorted(missing_reasons(cells).items())
            why = ", ".join(f"{REASONS.get(reason, reason)} {n:,}" for reason, n in reasons)
            yield f"Missing answers, {names[comparison]}: {missing:,} of {expected:,} ({why}). They were not imputed."


def _undefined(results: Mapping[str, Any], about: About) -> Iterator[str]:
    plan = results["meta"]["plan"]
    names, features = comparison_names(plan, about.arm_names), feature_names(plan)
    empty = [
        f"{features[feature]} ({names[comparison]})"
        for comparison, row in results["cells"].items()
        for feature, cell in row.items()
        if not cell["n_obs"]
    ]
    if empty:
        yield (
            "No score at all, so that no test was possible; such a test enters its family with P = 1: "
            f"{', '.join(empty)}."
        )
