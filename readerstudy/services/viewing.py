"""What readers looked at: batches from their browsers are kept as they come, each once."""

import uuid

from django.db import transaction
from django.utils import timezone

from readerstudy import queries
from readerstudy.core import lifecycle
from readerstudy.core.viewing import BadViewing, Seen, Unseen, Viewing, unseen_rungs
from readerstudy.core.wording import translatable
from readerstudy.models import Reading, ReadingSession, Study, ViewingBatch
from readerstudy.services import audit

MOST_BATCHES = 2000  # of one reading: a batch each half minute for a day and more


class TooManyBatches(BadViewing):
    """More was sent about one reading than a person can have looked."""


@transaction.atomic
def record_viewing(reading: Reading, *, key: uuid.UUID, viewing: Viewing, session: ReadingSession | None) -> None:
    """Keep one batch; the same key again changes nothing. Raises TooManyBatches, WrongState (closed)."""
    reading = (
        Reading.everything.select_for_update(of=("self",))
        .select_related("allocation__reader__user", "allocation__training_run")
        .get(pk=reading.pk)
    )
    study = Study.objects.select_for_update().get(pk=reading.allocation.study_id)
    lifecycle.require(study.status, lifecycle.Act.READ)
    if reading.viewing_batches.filter(key=key).exists():
        return
    if reading.viewing_batches.count() >= MOST_BATCHES:
        raise TooManyBatches(
            translatable("Too much was sent about this pair; nothing more of what was looked at is kept.")
        )
    _store(reading, key, viewing, session)
    reader = reading.allocation.reader
    audit.record(
        study,
        reader.user,
        "viewing recorded",
        reader=reader.code,
        **reading.allocation.audited,
        batch=str(key),
        active_s=viewing.active_s,
    )


def _store(reading: Reading, key: uuid.UUID, viewing: Viewing, session: ReadingSession | None) -> None:
    ViewingBatch.objects.create(
        reading=reading, session=session, key=key, received_at=timezone.now(), content=viewing.to_json()
    )


def seen_of(reading: Reading) -> Seen:
    empty: Seen = {"left": {}, "right": {}}
    viewing = queries.viewings_of([reading]).get(reading.pk)
    return viewing.seen if viewing else empty


def require_whole_stacks(reading: Reading, claimed: Seen | None) -> None:
    """Raise Unseen where the protocol demands whole stacks and slices are missing. Call inside the finish.

    `claimed` is what the finish itself says was seen: its telemetry may still be on its way. It is kept too, also of a
    training pair, whose feedback is shown at once.
    """
    allocation = reading.allocation
    demanded = queries.conditions_of(allocation.study).whole_stacks
    if not demanded and (allocation.training_run_id is None or not claimed):
        return
    slices = int(allocation.pair.image_set.geometry["slices"])
    seen = seen_of(reading)
    if claimed:
        fresh = {side: {rung: 0 for rung in claimed[side] if rung not in seen[side]} for side in seen}
        seen = {side: {**seen[side], **fresh[side]} for side in seen}
    missing = unseen_rungs(seen, slices=slices)
    if demanded and any(missing.values()):
        raise Unseen(missing)
    if claimed and any(fresh.values()):
        _store(reading, uuid.uuid4(), Viewing((), fresh, ()), None)
