"""What the protocol demands of screens and of reading: edited in a draft, frozen with the seal."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from readerstudy import queries
from readerstudy.core import lifecycle
from readerstudy.models import CheckEvery, ReadingConditions, Study, User
from readerstudy.services import audit
from readerstudy.services.studies import BadProtocol

CONDITIONS = ("display_check", "minimum_width_px", "minimum_height_px", "whole_stacks", "guess")


@transaction.atomic
def save_conditions(study: Study, *, actor: User, values: Mapping[str, Any]) -> ReadingConditions:
    """Store the conditions that `values` names. Raises BadProtocol with what contradicts itself."""
    study = Study.objects.select_for_update().get(pk=study.pk)
    lifecycle.require(study.status, lifecycle.Act.EDIT_PROTOCOL)
    conditions = queries.conditions_of(study)
    for name, value in values.items():
        if name not in CONDITIONS:
            raise BadProtocol(f"There is no condition '{name}'.")
        setattr(conditions, name, value)
    if any(conditions.minimum_px) and conditions.display_check == CheckEvery.NEVER:
        raise BadProtocol("A smallest screen is measured in the display check: choose when readers check the display.")
    try:
        conditions.full_clean(exclude=("study",))
    except ValidationError as error:
        raise BadProtocol(" ".join(error.messages)) from error
    conditions.save()
    audit.record(study, actor, "reading conditions changed", **{name: getattr(conditions, name) for name in CONDITIONS})
    return conditions
