"""The choices of a plan in words: their names, and their values as a reader of a page would write them."""

from collections.abc import Mapping
from typing import Any

# In the order of the page; what is not named here is shown by its own name.
NAMES = {
    "primary_comparison": "Primary comparison",
    "family": "Primary family",
    "primary_features": "Primary features",
    "features": "Features",
    "primary_method": "Primary test",
    "multiplicity": "Correction",
    "alpha": "Level α",
    "ni_margin": "Margin (points)",
    "net_benefit_margin": "Margin (net benefit)",
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
    "fixed_sequence": "fixed sequence: each only if all before it were significant",
    "primary_comparison": "all features of the primary comparison",
    "all": "all features of all comparisons",
    "pooled_signed_rank_exact": "pooled signed-rank test, exact",
    "pratt_exact": "pooled signed-rank test, zeros ranked (Pratt), exact",
    "datta_satten": "Datta-Satten test, each patient weighs the same",
    "patient_mean_signed_rank": "signed-rank test of patient means",
    "cr2_t": "cluster-robust t (CR2)",
    "random_reader": "random readers (Obuchowski-Rockette)",
    "rgl_z": "large-sample form of the primary test",
    "sign_test": "exact sign test",
    "mirrored_rank_sum": "rank-sum test of scores against mirrored scores (invalid: counts every score twice)",
}


def choice_name(name: str) -> str:
    return NAMES.get(name) or name.replace("_", " ").capitalize()


def choice_value(value: Any) -> str:
    if value is None or value == "" or value == []:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return "; ".join(choice_value(part) for part in value)
    if isinstance(value, Mapping):
        return "; ".join(f"{choice_name(str(name))} {choice_value(part)}" for name, part in value.items())
    return WORDS.get(str(value), str(value).replace("_", " ") if isinstance(value, str) else str(value))
