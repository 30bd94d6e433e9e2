"""The analysis plan of a study: made from its protocol, fixed with the seal."""

from typing import Any

from analysis.core.plan import default_plan, plan_sha256
from readerstudy.core.errors import IntegrityFailure
from readerstudy.models import Study


def sealed_plan(study: Study) -> dict[str, Any]:
    """The plan as it was sealed. Raises IntegrityFailure where it was changed since."""
    sealed = study.audit_events.filter(action="allocation sealed").values_list("detail", flat=True).last() or {}
    if not plan_sha256(study.plan) == study.plan_sha256 == sealed.get("plan_sha256"):
        raise IntegrityFailure("The analysis plan is not the one that was sealed with the allocation.")
    return study.plan


def make_plan(study: Study) -> tuple[dict[str, Any], str]:
    """The plan for the protocol as it stands, with its SHA-256. Called once, when the allocation is sealed."""
    comparisons = {
        row.code: (row.arm_a.code.replace("-", ""), row.arm_b.code.replace("-", ""))
        for row in study.comparisons.select_related("arm_a", "arm_b")
    }
    plan = default_plan(comparisons=comparisons, features=study.features.values_list("code", flat=True))
    labels = dict(study.features.values_list("code", "label"))
    plan["features"] = [{"id": item["id"], "label": labels[item["id"]]} for item in plan["features"]]
    plan["scale_points"] = study.scale.count()
    return plan, plan_sha256(plan)
