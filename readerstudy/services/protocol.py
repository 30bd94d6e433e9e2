"""Edit the protocol of a draft, part by part: every part is a list of rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError

from readerstudy.core import lifecycle
from readerstudy.models import (
    Arm,
    Comparison,
    ConsistencyItem,
    DisplayState,
    Feature,
    NotAssessableReason,
    ScaleChoice,
    Scanner,
    Site,
    Study,
    User,
)
from readerstudy.services import audit, cases
from readerstudy.services.studies import BadProtocol

PARTS: dict[str, tuple[type[models.Model], tuple[str, ...]]] = {
    "arms": (Arm, ("code", "label", "source", "shown", "position")),
    "comparisons": (Comparison, ("code", "arm_a", "arm_b", "position")),
    "features": (Feature, ("code", "label", "position")),
    "scale": (ScaleChoice, ("value", "label")),
    "reasons": (NotAssessableReason, ("code", "label", "position")),
    "consistency": (ConsistencyItem, ("code", "label", "category", "subject", "position")),
    "sites": (Site, ("code", "name", "location")),
    "scanners": (Scanner, ("code", "manufacturer", "model", "field_strength_t", "site")),
}

# What must be made from the images hangs on these parts: stacks, pairs, enhanced arms.
SHAPES_CASES = frozenset({"arms", "comparisons"})


@transaction.atomic
def save_part(study: Study, *, actor: User, part: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the rows of one part. A row has the part's fields, `id` (None: new) and `delete`."""
    study = Study.objects.select_for_update().get(pk=study.pk)
    lifecycle.require(study.status, lifecycle.Act.EDIT_PROTOCOL)
    model, fields = PARTS[part]
    before = list(model._default_manager.filter(study=study).values(*fields))
    try:
        with transaction.atomic():
            for row in rows:
                _save_row(study, model, fields, row)
    except ProtectedError as error:
        raise BadProtocol("A row that is used elsewhere (an arm in a comparison, say) cannot be deleted.") from error
    except IntegrityError as error:
        raise BadProtocol("Two rows have the same code, or a comparison names one arm twice.") from error
    except ValidationError as error:
        raise BadProtocol(" ".join(error.messages)) from error
    saved = list(model._default_manager.filter(study=study).values(*fields))
    audit.record(study, actor, f"{part} changed", rows=saved)
    if part in SHAPES_CASES and saved != before:
        # Windows and scale were made for the arms and comparisons as they stood.
        study.image_sets.update(display_state=DisplayState.INCOMPLETE)
        for image_set in study.image_sets.all():
            cases.refresh(image_set)


def _save_row(study: Study, model: type[models.Model], fields: Sequence[str], row: Mapping[str, Any]) -> None:
    manager = model._default_manager
    if row.get("id") is None:
        if not row.get("delete"):
            fresh = model(study=study, **{name: row[name] for name in fields})
            fresh.full_clean(validate_unique=False, validate_constraints=False)
            fresh.save()
        return
    existing = manager.filter(study=study, pk=row["id"])
    if row.get("delete"):
        for one in existing:
            one.delete()
        return
    for one in existing:
        for name in fields:
            setattr(one, name, row[name])
        one.full_clean(validate_unique=False, validate_constraints=False)
        one.save()
