"""Make a study and edit its protocol while it is a draft."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from readerstudy.core import lifecycle
from readerstudy.core.errors import BadInput
from readerstudy.core.protocol import REFERENCE_PROTOCOL, ProtocolDefinition
from readerstudy.models import (
    Arm,
    Comparison,
    ConsistencyItem,
    Feature,
    Membership,
    Role,
    ScaleChoice,
    Study,
    User,
)
from readerstudy.services import audit

DETAILS = (
    "title", "sponsor", "ethics_approval", "description", "instructions", "diagnostic_quality",
    "rest_no_difference", "blink_comparison",
)  # fmt: skip


class BadProtocol(BadInput):
    """The protocol would not make a study that can be read."""


@transaction.atomic
def create_study(
    *, actor: User, title: str, slug: str = "", protocol: ProtocolDefinition = REFERENCE_PROTOCOL
) -> Study:
    """A new draft with the reference protocol; its maker, if a person, becomes its coordinator."""
    if not title.strip():
        raise BadInput("A study needs a title.")
    study = Study.objects.create(
        title=title.strip(), slug=_free_slug(slug or title), diagnostic_quality=protocol.diagnostic_quality
    )
    if actor is not None:
        Membership.objects.create(study=study, user=actor, role=Role.COORDINATOR)
    _write_protocol(study, protocol)
    audit.record(study, actor, "study created", title=study.title)
    return study


def _free_slug(wanted: str) -> str:
    base = slugify(wanted)[:50] or "study"
    taken = set(Study.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    candidates = [base, *(f"{base}-{number}" for number in range(2, len(taken) + 3))]
    return next(candidate for candidate in candidates if candidate not in taken)


def _write_protocol(study: Study, protocol: ProtocolDefinition) -> None:
    arms: dict[str, Arm] = {}
    for position, arm in enumerate(protocol.arms):
        source = arms[arm.source] if arm.source else None
        arms[arm.code] = Arm.objects.create(
            study=study, code=arm.code, label=arm.label, source=source, shown=arm.shown, position=position
        )
    for position, comparison in enumerate(protocol.comparisons):
        Comparison.objects.create(
            study=study,
            code=comparison.code,
            arm_a=arms[comparison.arm_a],
            arm_b=arms[comparison.arm_b],
            position=position,
        )
    for model, items in ((Feature, protocol.features), (ConsistencyItem, protocol.consistency)):
        for position, item in enumerate(items):
            model.objects.create(study=study, position=position, **asdict(item))
    for choice in protocol.scale:
        ScaleChoice.objects.create(study=study, value=choice.value, label=choice.label)


@transaction.atomic
def update_details(study: Study, actor: User, details: Mapping[str, Any]) -> None:
    """Change title, sponsor, ethics approval and the like; `details` holds only those that change."""
    study = Study.objects.select_for_update().get(pk=study.pk)
    lifecycle.require(study.status, lifecycle.Act.EDIT_PROTOCOL)
    for name, value in details.items():
        if name not in DETAILS:
            raise BadInput(f"A study has no detail '{name}'.")
        setattr(study, name, value)
    study.save(update_fields=tuple(details))
    audit.record(study, actor, "study details changed", details={name: str(v) for name, v in details.items()})


def protocol_problems(study: Study) -> list[str]:
    """What keeps the protocol from being read, in words; empty when it can be."""
    problems = []
    arms = list(study.arms.all())
    hidden = {arm.pk for arm in arms if not arm.shown}
    comparisons = list(study.comparisons.select_related("arm_a", "arm_b"))
    if not comparisons:
        problems.append("The protocol has no comparison.")
    problems += [
        f"Comparison {comparison.code} shows an arm that is marked as never shown to readers."
        for comparison in comparisons
        if {comparison.arm_a_id, comparison.arm_b_id} & hidden
    ]
    if not study.features.exists():
        problems.append("The protocol has no feature to score.")
    values = list(study.scale.values_list("value", flat=True))
    # SPEC of the statistics, section 0: the scale is 1..K with K odd, so that the mid-point is "no difference".
    if len(values) < 3 or len(values) % 2 == 0 or values != list(range(1, len(values) + 1)):
        problems.append("The scale must have an odd number of words, numbered from 1 without a gap.")
    return problems
