"""The analysis plan: what is fixed before unblinding, and the hash that results carry."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from analysis.core.csv_text import read_bytes
from readerstudy.core.errors import BadPlan
from readerstudy.core.protocol import REFERENCE_PROTOCOL

SEED = 20211130
PRIMARY_METHOD = "cluster_flip_exact"
AS_PUBLISHED = "pooled_signed_rank_nocc"
# Only in plans made after the seal: which version, who, when, why, and the hash of the sealed plan.
POST_HOC = "post_hoc"
LABELS = {item.code: item.label for item in REFERENCE_PROTOCOL.features}

# Keys that plans sealed by earlier versions do not have; they are followed as if they had these values.
OPTIONAL: dict[str, Any] = {
    "ni_margin": None,  # points of the scale; None: no claim of non-inferiority or equivalence
    "net_benefit_margin": None,
    "image_registration": "none",
    "bootstrap": 4999,  # replicates; 0: none
    "family": "primary_comparison",  # whose features are adjusted together: that comparison's, or all cells
    "primary_features": [],  # of the primary comparison, in order, where not all are primary; one: a single endpoint
    "sensitivity": [
        "pooled_signed_rank_exact",
        "pratt_exact",
        "datta_satten",
        "patient_mean_signed_rank",
        "cr2_t",
        "random_reader",
    ],
}
MIRRORED = "mirrored_rank_sum"  # not a test: shown with its warning, and only where a plan asks for it
SENSITIVITY = (*OPTIONAL["sensitivity"], "pooled_signed_rank_nocc", "rgl_z", "sign_test", MIRRORED)
FAMILIES = ("primary_comparison", "all")
HOLM, FIXED_SEQUENCE = "holm", "fixed_sequence"
CORRECTIONS = (HOLM, FIXED_SEQUENCE)
MOST_REPLICATES = 100_000
MOST_POINTS = 101  # of a scale
# Whether acquisitions are compared as they are only, or also after rigid registration in the plane.
IMAGE_REGISTRATION = ("none", "rigid_in_plane")

# What this version can do; anything else in a plan is refused, so that no plan is followed by half.
_CHOICES = {
    "primary_method": (PRIMARY_METHOD,),
    "reproduction_method": (AS_PUBLISHED,),
    "zero_rule": ("wilcox",),
    "multiplicity": CORRECTIONS,
}


def default_plan(
    *, comparisons: Mapping[str, tuple[str, str]] | None = None, features: Iterable[str] | None = None
) -> dict[str, Any]:
    """
    The plan of the reference protocol, or the same choices for other comparisons and features.

    The primary comparison is the enhanced fast scan against the standard one where the study has it, else the
    first; its features are the primary family, all cells the secondary one.
    """
    if comparisons is None:
        comparisons = {item.code: (item.arm_a, item.arm_b) for item in REFERENCE_PROTOCOL.comparisons}
    codes = list(LABELS) if features is None else list(features)
    return {
        "comparisons": [{"id": name, "arm_a": a, "arm_b": b} for name, (a, b) in comparisons.items()],
        "primary_comparison": "FASTDL_SOC" if "FASTDL_SOC" in comparisons else next(iter(comparisons), None),
        "features": [{"id": code, "label": LABELS.get(code, code)} for code in codes],
        "primary_method": PRIMARY_METHOD,
        "reproduction_method": AS_PUBLISHED,
        "zero_rule": "wilcox",
        "multiplicity": HOLM,
        "alpha": 0.05,
        "scale_points": 5,
        "seed": SEED,
        **OPTIONAL,
        "sensitivity": list(OPTIONAL["sensitivity"]),
        "primary_features": [],
    }


def setting(plan: Mapping[str, Any], name: str) -> Any:
    """What a plan says of a key that older plans lack."""
    return plan.get(name, OPTIONAL[name])


def plan_sha256(plan: Mapping[str, Any]) -> str:
    """SHA-256 of the plan's canonical JSON: sorted keys, no blanks, UTF-8."""
    text = json.dumps(plan, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def comparisons_of(plan: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    return {item["id"]: (item["arm_a"], item["arm_b"]) for item in plan["comparisons"]}


def read_plan(path: Path) -> dict[str, Any]:
    """The plan in a JSON file. Raises UnreadableTable and BadPlan."""
    try:
        plan: dict[str, Any] = json.loads(read_bytes(path))
    except ValueError as error:
        raise BadPlan(f"{Path(path).name}: this is not JSON in UTF-8 ({error}).") from error
    try:
        check_plan(plan)
    except BadPlan as error:
        raise BadPlan(f"{Path(path).name}: {error}") from error
    return plan


def check_plan(plan: Any) -> None:
    """Raise BadPlan unless the plan has exactly the keys of `default_plan` with values that can be followed."""
    if not isinstance(plan, dict):
        raise BadPlan("The plan must be a JSON object.")
    keys = default_plan().keys()
    for name in [*plan, *keys]:
        if name not in {*keys, POST_HOC} or (name not in plan and name not in OPTIONAL):
            raise BadPlan(f"The plan's key '{name}' is {'missing' if name in keys else 'not known'}.")
    for name, choices in _CHOICES.items():
        _demand(plan[name] in choices, name, plan[name], f"one of {', '.join(choices)}")
    alpha, points, seed = plan["alpha"], plan["scale_points"], plan["seed"]
    _demand(isinstance(alpha, float) and 0 < alpha < 1, "alpha", alpha, "a number between 0 and 1")
    good = _is_whole(points) and 3 <= points <= MOST_POINTS and points % 2 == 1
    _demand(good, "scale_points", points, f"odd and from 3 to {MOST_POINTS}")
    _demand(_is_whole(seed) and seed >= 0, "seed", seed, "a whole number from 0")
    _check_names(plan)
    _check_optional(plan)
    if POST_HOC in plan:
        _check_label(plan[POST_HOC])


def _check_optional(plan: Mapping[str, Any]) -> None:
    for name in ("ni_margin", "net_benefit_margin"):
        margin = setting(plan, name)
        holds = margin is None or (
            isinstance(margin, int | float) and not isinstance(margin, bool) and 0 < margin <= MOST_POINTS
        )
        _demand(holds, name, margin, f"a number above 0 and at most {MOST_POINTS}, or null")
    replicates, family, wanted = (setting(plan, name) for name in ("bootstrap", "family", "sensitivity"))
    rule = f"a whole number from 0 to {MOST_REPLICATES}"
    _demand(_is_whole(replicates) and 0 <= replicates <= MOST_REPLICATES, "bootstrap", replicates, rule)
    registration = setting(plan, "image_registration")
    _demand(
        registration in IMAGE_REGISTRATION,
        "image_registration",
        registration,
        f"one of {', '.join(IMAGE_REGISTRATION)}",
    )
    _demand(family in FAMILIES, "family", family, f"one of {', '.join(FAMILIES)}")
    _check_family(plan, family)
    known = isinstance(wanted, list) and all(name in SENSITIVITY for name in wanted)
    _demand(known, "sensitivity", wanted, f"a list of {', '.join(SENSITIVITY)}")


def _check_family(plan: Mapping[str, Any], family: str) -> None:
    """A family of all cells has neither chosen features nor an order."""
    chosen, known = setting(plan, "primary_features"), [item["id"] for item in plan["features"]]
    good = isinstance(chosen, list) and all(name in known for name in chosen) and len(set(chosen)) == len(chosen)
    _demand(good, "primary_features", chosen, "a list of different features of the plan")
    everything = family != "all"
    _demand(everything or not chosen, "primary_features", chosen, "empty where the family is all cells")
    rule = plan["multiplicity"]
    _demand(everything or rule == HOLM, "multiplicity", rule, f"{HOLM} where the family is all cells")


def _check_label(label: Any) -> None:
    texts = {"made_by", "made_at", "reason", "sealed_plan_sha256"}
    good = isinstance(label, dict) and label.keys() == {"version", *texts} and _is_whole(label["version"])
    good = good and label["version"] >= 2 and all(isinstance(label[name], str) for name in texts)
    _demand(good, POST_HOC, label, f"an object with version (from 2), {', '.join(sorted(texts))}")


def _check_names(plan: Mapping[str, Any]) -> None:
    wanted = {"comparisons": {"id", "arm_a", "arm_b"}, "features": {"id", "label"}}
    for name, keys in wanted.items():
        good = isinstance(plan[name], list) and all(_has_texts(item, keys) for item in plan[name])
        good = good and len({item["id"] for item in plan[name]}) == len(plan[name]) > 0
        _demand(good, name, "…", f"a list of different objects with the keys {', '.join(sorted(keys))}")
    primary = plan["primary_comparison"]
    _demand(primary in list(comparisons_of(plan)), "primary_comparison", primary, "one of the comparisons")


def _has_texts(item: object, keys: set[str]) -> bool:
    return isinstance(item, dict) and item.keys() == keys and all(isinstance(value, str) for value in item.values())


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _demand(holds: bool, name: str, value: object, rule: str) -> None:
    if not holds:
        raise BadPlan(f"The plan's {name} must be {rule}, not '{value}'.")
