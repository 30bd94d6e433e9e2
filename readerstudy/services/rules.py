"""Edit how a draft will be read: sessions, breaks, pairs a day, washout, hidden repeats, training."""

from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from readerstudy import queries_reading
from readerstudy.core import lifecycle
from readerstudy.core.errors import BadInput
from readerstudy.models import ReadingRules, Study, User
from readerstudy.services import audit
from readerstudy.services.studies import BadProtocol

RULES = (
    "session_minutes", "break_minutes", "pairs_a_day", "time_zone", "washout_days", "repeats", "repeat_distance",
    "training_pairs",
)  # fmt: skip


@transaction.atomic
def save_rules(study: Study, *, actor: User, changes: Mapping[str, Any]) -> ReadingRules:
    """Change those rules that `changes` names. Raises BadInput (unknown rule), BadProtocol (a value out of range)."""
    study = Study.objects.select_for_update().get(pk=study.pk)
    lifecycle.require(study.status, lifecycle.Act.EDIT_PROTOCOL)
    rules = queries_reading.rules_of(study)
    store_changes(rules, changes, known=RULES, of="reading")
    audit.record(study, actor, "reading rules changed", rules={name: getattr(rules, name) for name in RULES})
    return rules


def store_changes(rules: Any, changes: Mapping[str, Any], *, known: Collection[str], of: str) -> None:
    """Save a study's row of rules with these changes. Raises BadInput (unknown rule), BadProtocol (out of range)."""
    for name, value in changes.items():
        if name not in known:
            raise BadInput(f"There is no rule of {of} '{name}'.")
        setattr(rules, name, value)
    try:
        rules.full_clean(exclude=("study",))
    except ValidationError as error:
        raise BadProtocol(" ".join(error.messages)) from error
    rules.save()
