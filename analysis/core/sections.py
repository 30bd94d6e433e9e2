"""The sections of the results, in the order in which they are to be read; and who compares with whom, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Section:
    """One results page and one chapter of the report."""

    code: str
    title: str
    lead: str
    needs: str  # the key of the results that it shows
    optional: bool = False  # not every study has it


SECTIONS = (
    Section("preferences", "Preferences", "How often each arm was preferred, how much, and how sure that is.", "cells"),
    Section("paper", "Tables 1–4", "The tables of the paper in its own layout.", "cells"),
    Section("subgroups", "Subgroups", "By reader, region, sequence and scanner. Exploratory.", "subgroups"),
    Section("agreement", "Agreement", "All coefficients together, beside what chance alone gives.", "agreement"),
    Section("conduct", "Conduct", "Sides, drift, time and straight-lining: how the reading went.", "position_bias"),
    Section("consistency", "Consistency", "Findings ticked by readers, with exact upper limits.", "consistency"),
    Section("images", "Image metrics", "SSIM and L1 of the series, measured on the pixels.", "image_metrics"),
    Section("transitivity", "Transitivity", "Whether one scale of worth explains all comparisons.", "models"),
    Section("blinding", "Blinding", "Which side readers thought was enhanced.", "blinding_index", optional=True),
)
BY_CODE = {section.code: section for section in SECTIONS}


def comparison_names(plan: Mapping[str, Any], arm_names: Mapping[str, str]) -> dict[str, str]:
    """comparison id -> "SOC vs FAST"; above the middle of the scale the first-named arm was preferred."""
    return {
        item["id"]: f"{arm_names.get(item['arm_a'], item['arm_a'])} vs {arm_names.get(item['arm_b'], item['arm_b'])}"
        for item in plan["comparisons"]
    }


def feature_names(plan: Mapping[str, Any]) -> dict[str, str]:
    return {item["id"]: item["label"] for item in plan["features"]}
