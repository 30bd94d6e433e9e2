"""The rows of a part of the protocol as a form gives them."""

from typing import Any

from readerstudy.models import Study
from readerstudy.services.protocol import PARTS


def rows_of_part(study: Study, part: str) -> list[dict[str, Any]]:
    model, fields = PARTS[part]
    rows = model._default_manager.filter(study=study)
    return [{"id": row.pk, "delete": False, **{name: getattr(row, name) for name in fields}} for row in rows]
