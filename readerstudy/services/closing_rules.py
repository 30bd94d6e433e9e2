"""Edit who signs before a draft will be locked and unblinded; frozen with the seal, in whose audit event it stands."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from readerstudy import queries_closing
from readerstudy.core import lifecycle
from readerstudy.core.closing import Closing
from readerstudy.models import ClosingRules, Study, User
from readerstudy.services import audit
from readerstudy.services.rules import store_changes

CLOSING_RULES = ("lock_signatures", "unblind_signatures", "request_hours")
# What a study asks for that was sealed before there were such rules.
UNSEALED = {name: getattr(ClosingRules(), name) for name in CLOSING_RULES}


@transaction.atomic
def save_closing_rules(study: Study, *, actor: User, values: Mapping[str, Any]) -> ClosingRules:
    """Store the rules that `values` names. Raises BadInput (unknown rule), BadProtocol (out of range), WrongState."""
    study = Study.objects.select_for_update().get(pk=study.pk)
    lifecycle.require(study.status, lifecycle.Act.EDIT_PROTOCOL)
    rules = queries_closing.closing_rules_of(study)
    store_changes(rules, values, known=CLOSING_RULES, of="closing")
    audit.record(study, actor, "closing rules changed", **as_sealed(study))
    return rules


def as_sealed(study: Study) -> dict[str, int]:
    """The rules as the audit event of the seal holds them."""
    rules = queries_closing.closing_rules_of(study)
    return {name: getattr(rules, name) for name in CLOSING_RULES}


def closing_warnings(study: Study) -> list[str]:
    """What a coordinator should know before the seal: two signatures need two coordinators."""
    rules = queries_closing.closing_rules_of(study)
    acts = [act.value for act in Closing if rules.needed(act) > 1]
    if not acts or len(queries_closing.coordinators(study)) > 1:
        return []
    return [
        f"Two coordinators must sign to {' and to '.join(acts)} this study, and it has one. Invite another before then."
    ]
