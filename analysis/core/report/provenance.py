"""From what the numbers were made: data, allocation and plan by their hashes, the plan in words, the software."""

from collections.abc import Iterator, Mapping
from typing import Any

from analysis.core.plan import POST_HOC
from analysis.core.plan_words import choice_name, choice_value
from analysis.core.report.about import About
from analysis.core.report.document import Block, Facts, Paragraph
from analysis.core.sections import comparison_names, feature_names


def provenance_blocks(results: Mapping[str, Any], about: About) -> Iterator[Block]:
    meta = results["meta"]
    yield Facts(
        "Hashes (SHA-256)",
        (
            (f"Scores, {meta['csv']}", meta["sha256"]),
            ("Allocation table", meta["allocation_sha256"]),
            ("Analysis plan", meta["plan_sha256"]),
            *about.hashes,
        ),
    )
    yield Facts("The analysis plan", tuple(_plan(meta["plan"], about)))
    used = [("Program", about.program)] if about.program else []
    used += [("Python", meta["python"]), *meta["packages"].items()]
    used += [("Images measured with", line) for line in about.measured_with]
    used += [(f"{package}, figures and pages", number) for package, number in about.printed_with.items()]
    yield Facts("Software", tuple(used))
    yield Paragraph(
        "Every number of this report is in results.json at full precision; the same files, plan and versions give "
        "the same "
        "results.json and the same report, byte for byte. The report carries no time of its own making for that "
        "reason.",
        "hint",
    )


def _plan(plan: Mapping[str, Any], about: About) -> Iterator[tuple[str, str]]:
    names = comparison_names(plan, about.arm_names)
    said = {
        "comparisons": ", ".join(names.values()),
        "primary_comparison": names[plan["primary_comparison"]],
        "features": ", ".join(feature_names(plan).values()),
        "primary_features": ", ".join(feature_names(plan)[name] for name in plan.get("primary_features", ())) or "all",
    }
    for name, value in sorted(plan.items()):
        if name != POST_HOC:
            yield choice_name(name), said.get(name) or choice_value(value)
    for name, value in sorted((plan.get(POST_HOC) or {}).items()):
        yield f"Post hoc: {name.replace('_', ' ')}", str(value)
