"""A plan in words: the names of its choices, and their values as a reader of the page would write them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import template

from analysis.core.plan import POST_HOC

register = template.Library()
# In the order of the page; what is not named here is shown by its own name.
NAMES = {
    "primary_comparison": "Primary comparison",
    "primary_features": "Primary features",
    "features": "Features",
    "primary_method": "Primary test",
    "multiplicity": "Correction",
    "alpha": "Level α",
    "margin": "Margin (points)",
    "margin_net_benefit": "Margin (net benefit)",
    "sensitivity": "Sensitivity analyses",
    "bootstrap": "Bootstrap replicates",
    "seed": "Seed",
    "zero_rule": "Ties",
    "reproduction_method": "As published",
    "scale_points": "Points of the scale",
}
WORDS = {
    "cluster_flip_exact": "exact sign-flip test, patients as clusters",
    "pooled_signed_rank_nocc": "pooled signed-rank test, no continuity correction",
    "wilcox": "dropped by the test (Wilcoxon)",
    "holm": "Holm",
}


@dataclass(frozen=True)
class Fact:
    name: str
    value: str


@register.filter
def plan_facts(plan: Mapping[str, Any]) -> list[Fact]:
    """Every choice of a plan, one line each."""
    order = [*(name for name in NAMES if name in plan), *(name for name in plan if name not in NAMES)]
    known = _labels(plan)
    return [
        Fact(choice_name(name), known.get(name) or choice_value(plan[name]))
        for name in order
        if name not in (POST_HOC, "comparisons")
    ]


def _labels(plan: Mapping[str, Any]) -> dict[str, str]:
    """Codes of the protocol by the protocol's words."""
    arms = {one["id"]: f"{one['arm_a']} vs {one['arm_b']}" for one in plan["comparisons"]}
    labels = {one["id"]: one["label"] for one in plan["features"]}
    chosen = plan.get("primary_features", [])
    return {
        "primary_comparison": arms.get(plan["primary_comparison"], ""),
        "features": ", ".join(labels.values()),
        "primary_features": ", ".join(labels.get(code, code) for code in chosen),
    }


@register.filter
def choice_name(name: str) -> str:
    return NAMES.get(name) or name.replace("_", " ").capitalize()


@register.filter
def choice_value(value: Any) -> str:
    if value is None or value == "" or value == []:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(choice_value(part) for part in value)
    if isinstance(value, Mapping):
        return "; ".join(f"{choice_name(str(name))} {choice_value(part)}" for name, part in value.items())
    return WORDS.get(str(value), str(value).replace("_", " ") if isinstance(value, str) else str(value))
