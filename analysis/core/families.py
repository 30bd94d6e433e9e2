"""Which tests are corrected together, and by which rule, as the plan declares it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.core.plan import FIXED_SEQUENCE, setting

PRIMARY = "primary_family"  # its key in `multiplicity`, where it is not simply the features of one comparison by Holm
Plan = Mapping[str, Any]


@dataclass(frozen=True)
class Family:
    """`key` of the adjusted P values in `multiplicity`; how many tests there are; `rule` in words of a heading."""

    key: str
    size: int
    rule: str = "Holm"


def primary_features(plan: Plan) -> list[str]:
    """The features of the primary family, in their order: those that the plan names, else all."""
    return list(setting(plan, "primary_features")) or [item["id"] for item in plan["features"]]


def is_alone(plan: Plan) -> bool:
    """Whether features of the primary comparison are corrected by themselves, and the rest over all cells."""
    return bool(setting(plan, "family") != "all")


def is_own(plan: Plan) -> bool:
    """Whether the primary family needs adjusted values of its own: some features only, or another rule than Holm's."""
    return is_alone(plan) and (bool(setting(plan, "primary_features")) or plan["multiplicity"] == FIXED_SEQUENCE)


def family_of(plan: Plan, comparison: str, feature: str) -> Family:
    """The family in which a cell is corrected: the primary one, else all cells."""
    features = primary_features(plan)
    if is_alone(plan) and comparison == plan["primary_comparison"] and feature in features:
        if plan["multiplicity"] == FIXED_SEQUENCE:
            return Family(PRIMARY, len(features), "fixed sequence")
        return Family(PRIMARY if is_own(plan) else "holm_within_comparison", len(features))
    return Family("holm_all", len(plan["features"]) * len(plan["comparisons"]))


def fixed_sequence(p: Sequence[float]) -> list[float]:
    """
    Adjusted P of tests in a fixed order: the largest P so far.

    Each is tested at the full level while all before it were rejected (Maurer, Hothorn and Lehmacher 1995).
    """
    return [max(p[: place + 1]) for place in range(len(p))]
