"""The analysis plan of a study: chosen in the draft, fixed with the seal, amended only as a post hoc version."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from analysis.core.plan import POST_HOC, check_plan, default_plan, plan_sha256
from analysis.models import PlanDraft, PlanVersion
from readerstudy.core.errors import BadInput, BadPlan, IntegrityFailure, NotFound
from readerstudy.core.lifecycle import Act, Status, require
from readerstudy.models import AuditEvent, Study, User
from readerstudy.services import audit
from readerstudy.services.close import require_reason

AMENDED = "analysis plan amended"
SEALED = "allocation sealed"
# What follows from the protocol and is not chosen.
FROM_PROTOCOL = ("comparisons", "features", "scale_points")


@dataclass(frozen=True)
class Version:
    """One version of the plan. Number 1 is the sealed one; every other was made afterwards: post hoc."""

    number: int
    plan: Mapping[str, Any]
    sha256: str
    made_by: str
    made_at: datetime | None
    reason: str

    @property
    def post_hoc(self) -> bool:
        return self.number > 1

    @property
    def label(self) -> str:
        return f"Version {self.number}, post hoc" if self.post_hoc else "Version 1, as sealed"


def draft_plan(study: Study) -> dict[str, Any]:
    """The plan as it would be sealed now: what the protocol says, and what was chosen. It may be inconsistent."""
    plan = _plan_of_protocol(study)
    draft = PlanDraft.objects.filter(study=study).first()
    return plan | {name: value for name, value in (draft.choices if draft else {}).items() if name in plan}


def _plan_of_protocol(study: Study) -> dict[str, Any]:
    comparisons = {
        row.code: (row.arm_a.code.replace("-", ""), row.arm_b.code.replace("-", ""))
        for row in study.comparisons.select_related("arm_a", "arm_b")
    }
    features = dict(study.features.values_list("code", "label"))
    plan = default_plan(comparisons=comparisons, features=features)
    plan["features"] = [{"id": code, "label": label} for code, label in features.items()]
    plan["scale_points"] = study.scale.count()
    return plan


@transaction.atomic
def save_draft(study: Study, *, actor: User, choices: Mapping[str, Any]) -> None:
    """Keep what was chosen; the plan must be one that can be followed. Raises BadPlan."""
    study = Study.objects.select_for_update().get(pk=study.pk)
    require(study.status, Act.EDIT_PLAN)
    plan = _plan_of_protocol(study) | _chosen(choices)
    check_plan(plan)
    PlanDraft.objects.update_or_create(study=study, defaults={"choices": _chosen(choices)})
    audit.record(study, actor, "analysis plan drafted", plan_sha256=plan_sha256(plan), choices=_chosen(choices))


def _chosen(choices: Mapping[str, Any]) -> dict[str, Any]:
    known = default_plan().keys() - set(FROM_PROTOCOL)
    return {name: value for name, value in choices.items() if name in known}


def make_plan(study: Study) -> tuple[dict[str, Any], str]:
    """The plan for the protocol as it stands, with its SHA-256: called by the seal. Raises BadPlan."""
    plan = draft_plan(study)
    check_plan(plan)
    return plan, plan_sha256(plan)


def sealed_plan(study: Study) -> dict[str, Any]:
    """The plan as it was sealed. Raises IntegrityFailure where it was changed since."""
    event = _event(study, SEALED)
    if event is None or not plan_sha256(study.plan) == study.plan_sha256 == event.detail.get("plan_sha256"):
        raise IntegrityFailure("The analysis plan is not the one that was sealed with the allocation.")
    return study.plan


@transaction.atomic
def amend_plan(study: Study, *, actor: User, reason: str, choices: Mapping[str, Any]) -> PlanVersion:
    """A new version beside the sealed one, labelled post hoc in the plan itself. Raises BadPlan."""
    require_reason(reason)
    study = Study.objects.select_for_update().get(pk=study.pk)
    require(study.status, Act.AMEND_PLAN)
    versions = versions_of(study)
    number, now = versions[-1].number + 1, timezone.now()
    plan = dict(sealed_plan(study)) | _chosen(choices)
    _refuse_equal(plan, versions)
    plan[POST_HOC] = {
        "version": number,
        "made_by": actor.username,
        "made_at": now.astimezone(UTC).isoformat(timespec="seconds"),
        "reason": reason.strip(),
        "sealed_plan_sha256": study.plan_sha256,
    }
    check_plan(plan)
    version = PlanVersion.objects.create(
        study=study,
        number=number,
        plan=plan,
        plan_sha256=plan_sha256(plan),
        made_by=actor,
        made_at=now,
        reason=reason.strip()[:400],
    )
    audit.record(
        study,
        actor,
        AMENDED,
        version=number,
        post_hoc=True,
        reason=version.reason,
        plan_sha256=version.plan_sha256,
        sealed_plan_sha256=study.plan_sha256,
        status=study.status,
    )
    return version


def _refuse_equal(plan: Mapping[str, Any], versions: list[Version]) -> None:
    for version in versions:
        if {**version.plan, POST_HOC: None} == {**plan, POST_HOC: None}:
            raise BadInput(f"Nothing differs from version {version.number}: change what shall be done otherwise.")


def versions_of(study: Study) -> list[Version]:
    """The sealed plan, then the post hoc versions in their order; empty while the study is a draft."""
    if study.status == Status.DRAFT:
        return []
    rows = PlanVersion.objects.filter(study=study).select_related("made_by")
    later = [
        Version(row.number, row.plan, row.plan_sha256, row.made_by.username, row.made_at, row.reason) for row in rows
    ]
    event = _event(study, SEALED)
    who, why = (event.actor_name, event.detail.get("reason", "")) if event else ("", "")
    return [Version(1, study.plan, study.plan_sha256, who, study.sealed_at, why), *later]


def version_of(study: Study, number: int) -> Version:
    """One version, proved against the audit trail. Raises NotFound and IntegrityFailure."""
    version = next((one for one in versions_of(study) if one.number == number), None)
    if version is None:
        raise NotFound(f"The analysis plan has no version {number}.")
    if not version.post_hoc:
        sealed_plan(study)
        return version
    event = _event(study, AMENDED, version=number)
    if event is None or not plan_sha256(version.plan) == version.sha256 == event.detail.get("plan_sha256"):
        raise IntegrityFailure(f"Version {number} of the analysis plan is not the one that was recorded.")
    return version


def problems_of(plan: Mapping[str, Any]) -> list[str]:
    """Why a draft cannot be sealed as it is; the protocol may have changed under it."""
    try:
        check_plan(dict(plan))
    except BadPlan as error:
        return [str(error)]
    return []


@dataclass(frozen=True)
class Change:
    """One choice that a later version makes otherwise."""

    name: str
    before: Any
    after: Any


def changes(sealed: Mapping[str, Any], plan: Mapping[str, Any]) -> list[Change]:
    names = [name for name in plan if name != POST_HOC and plan[name] != sealed.get(name)]
    return [Change(name, sealed.get(name), plan[name]) for name in names]


def _event(study: Study, action: str, **detail: Any) -> AuditEvent | None:
    wanted = {f"detail__{name}": value for name, value in detail.items()}
    return study.audit_events.filter(action=action, **wanted).last()
