"""A plan in words: the names of its choices, and their values as a reader of the page would write them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import template

from analysis.core.plan import POST_HOC
from analysis.core.plan_words import NAMES, choice_name, choice_value

register = template.Library()
register.filter(choice_name)
register.filter(choice_value)


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
    return {
        "primary_comparison": arms.get(plan["primary_comparison"], ""),
        "features": ", ".join(labels.values()),
        "primary_features": ", ".join(labels[name] for name in plan.get("primary_features", ())) or "all",
    }
