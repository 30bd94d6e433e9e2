"""Keep what was sent and not taken, for those who can put it right: the coordinator and the administrator."""

from django.db import transaction
from django.utils import timezone

from readerstudy.models import Refusal, Study, User, Way
from readerstudy.services import audit

ROWS_KEPT = 200  # for each study, and for what names none: whoever invents new titles all day fills no disk


@transaction.atomic
def note(study: Study | None, *, way: Way, sender: str, called: str, reason: str, count: int = 1) -> None:
    """Count a refusal. The same sender, title and reason again are the same row."""
    now = timezone.now()
    words = {"sender": _printable(sender)[:80], "called": _printable(called)[:40], "reason": _printable(reason)[:300]}
    row, _ = Refusal.objects.select_for_update().get_or_create(
        study=study, way=way, **words, defaults={"first_at": now, "last_at": now}
    )
    row.count, row.last_at = row.count + count, now
    row.save(update_fields=("count", "last_at"))
    kept = Refusal.objects.filter(study=study).values_list("pk", flat=True)[:ROWS_KEPT]
    Refusal.objects.filter(study=study).exclude(pk__in=list(kept)).delete()


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)


@transaction.atomic
def clear(study: Study, *, actor: User) -> int:
    """Empty the list of a study; returns how many rows there were."""
    count, _ = Refusal.objects.filter(study=study).delete()
    audit.record(study, actor, "refusals cleared", rows=count)
    return count
