"""A reader's work: open a pair, save scores as versions, finish. Nothing is overwritten, nothing twice."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from readerstudy import queries
from readerstudy.core import lifecycle, scoring
from readerstudy.core.errors import BadInput, VersionConflict
from readerstudy.core.viewing import Seen
from readerstudy.models import Allocation, Reading, Score, ScoreSave, Study
from readerstudy.services import audit, viewing

LONGEST_STEP_S = 600.0  # a browser reports active seconds between two saves; more than this is a pause


class ReasonNeeded(BadInput):
    """A finished reading is corrected with a reason."""


class Incomplete(BadInput):
    """A pair is finished when every required item has an answer."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(f"{len(missing)} items have no answer yet.")
        self.missing = missing


@dataclass(frozen=True)
class ReadingState:
    """What the reading station shows when it opens or comes back."""

    version: int
    answers: dict[str, int]
    finished: bool
    saved_at: datetime | None


@dataclass(frozen=True)
class Receipt:
    """Proof that a save is in the database."""

    version: int
    saved_at: datetime


def open_reading(allocation: Allocation) -> Reading:
    """The reading of an allocation, made when it is first opened."""
    reading = Reading.objects.filter(allocation=allocation).first()
    if reading is not None:
        return reading
    with transaction.atomic():
        lifecycle.require(allocation.study.status, lifecycle.Act.READ)
        reading, created = Reading.objects.get_or_create(allocation=allocation, defaults={"opened_at": timezone.now()})
        if created:
            reader = allocation.reader
            audit.record(
                allocation.study,
                reader.user,
                "reading opened",
                reader=reader.code,
                position=allocation.position,
            )
    return reading


def reading_state(reading: Reading) -> ReadingState:
    last = reading.saves.order_by("-version").first()
    return ReadingState(
        version=reading.version,
        answers=queries.answers_of([reading]).get(reading.pk, {}),
        finished=reading.finished_at is not None,
        saved_at=last.saved_at if last else None,
    )


@transaction.atomic
def save_scores(
    reading: Reading,
    *,
    key: uuid.UUID,
    base_version: int,
    answers: Mapping[str, object],
    active_seconds: float = 0.0,
    reason: str = "",
) -> Receipt:
    """Store one version. The same key again returns the first receipt and changes nothing.

    Raises BadScore, ReasonNeeded (finished before), VersionConflict (another tab wrote), WrongState (closed).
    """
    reading = _locked(reading)
    if (earlier := reading.saves.filter(key=key).first()) is not None:
        return Receipt(earlier.version, earlier.saved_at)
    study = reading.allocation.study
    lifecycle.require(study.status, lifecycle.Act.READ)
    checked = scoring.check_answers(queries.scoring_protocol(study), answers)
    if not checked:
        raise BadInput("There is no answer to save.")
    if base_version != reading.version:
        raise VersionConflict("This pair was changed in another window. Its newest answers are shown now.")
    if reading.finished_at and not reason.strip():
        raise ReasonNeeded("This pair was finished before: say in a few words why the answer changes.")
    return _write(reading, key=key, answers=checked, active_seconds=active_seconds, reason=reason)


def _locked(reading: Reading) -> Reading:
    """The reading, locked for this transaction, and its study locked against a closing in between."""
    fresh = (
        Reading.objects.select_for_update(of=("self",))
        .select_related("allocation__reader__user", "allocation__study")
        .get(pk=reading.pk)
    )
    fresh.allocation.study = Study.objects.select_for_update().get(pk=fresh.allocation.study_id)
    return fresh


def _write(
    reading: Reading, *, key: uuid.UUID, answers: Mapping[str, int | None], active_seconds: float, reason: str
) -> Receipt:
    reader = reading.allocation.reader
    reading.version += 1
    reading.active_seconds += _counted(active_seconds)
    reading.save(update_fields=("version", "active_seconds"))
    save = ScoreSave.objects.create(
        reading=reading,
        version=reading.version,
        key=key,
        saved_by=reader.user,
        saved_at=timezone.now(),
        reason=reason.strip()[:200],
    )
    Score.objects.bulk_create(Score(save_of=save, item=item, value=value) for item, value in answers.items())
    audit.record(
        reading.allocation.study,
        reader.user,
        "scores corrected" if reading.finished_at else "scores saved",
        reader=reader.code,
        position=reading.allocation.position,
        version=save.version,
        answers=dict(answers),
        reason=save.reason,
    )
    return Receipt(save.version, save.saved_at)


def _counted(active_seconds: float) -> float:
    return min(max(active_seconds, 0.0), LONGEST_STEP_S)


@transaction.atomic
def finish_reading(
    reading: Reading, *, base_version: int, active_seconds: float = 0.0, seen: Seen | None = None
) -> Reading:
    """Mark a pair as read; raises Incomplete with the open items, Unseen with the slices that the protocol demands.

    Finishing twice is finishing once. `seen` are slices whose telemetry may not have come yet.
    """
    reading = _locked(reading)
    if reading.finished_at:
        return reading
    study = reading.allocation.study
    lifecycle.require(study.status, lifecycle.Act.READ)
    if base_version != reading.version:
        raise VersionConflict("This pair was changed in another window. Its newest answers are shown now.")
    answers = queries.answers_of([reading]).get(reading.pk, {})
    if missing := scoring.missing_items(queries.scoring_protocol(study), answers):
        raise Incomplete(missing)
    viewing.require_whole_stacks(reading, seen)
    reading.finished_at = timezone.now()
    reading.active_seconds += _counted(active_seconds)
    reading.save(update_fields=("finished_at", "active_seconds"))
    reader = reading.allocation.reader
    audit.record(study, reader.user, "reading finished", reader=reader.code, position=reading.allocation.position)
    return reading
