"""A reader's work: open a pair, save scores as versions, finish. Nothing is overwritten, nothing twice."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from readerstudy import queries
from readerstudy.core import lifecycle, scoring
from readerstudy.core.answers import Given, PinFrame, from_stored, to_stored
from readerstudy.core.blinding import StackGeometry
from readerstudy.core.errors import BadInput, Signed, VersionConflict
from readerstudy.core.viewing import Seen
from readerstudy.core.wording import translatable
from readerstudy.models import Allocation, Membership, Reading, Score, ScoreSave, Study
from readerstudy.services import audit, training, viewing

GIVEN_BEFORE = "given before the pair was finished, sent later"  # the reason of an answer that waited in a browser
LONGEST_WAIT = timedelta(days=60)  # in a browser; an older time comes from a clock that is wrong
LONGEST_STEP_S = 600.0  # a browser reports active seconds between two saves; more than this is a pause


class ReasonNeeded(BadInput):
    """A finished reading is corrected with a reason."""


class Incomplete(BadInput):
    """A pair is finished when every required item has an answer."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(translatable("Items without an answer yet: {count}."), count=len(missing))
        self.missing = missing


@dataclass(frozen=True)
class ReadingState:
    """What the reading station shows when it opens or comes back."""

    version: int
    answers: dict[str, Given]
    finished: bool
    saved_at: datetime | None


@dataclass(frozen=True)
class Receipt:
    """Proof that a save is in the database.

    superseded : items of it that the reader had answered anew, elsewhere, before this save arrived.
    """

    version: int
    saved_at: datetime
    superseded: tuple[str, ...] = ()


def open_reading(allocation: Allocation) -> Reading:
    """The reading of an allocation, made when it is first opened. Raises WrongState, Signed, TrainingFirst."""
    reading = Reading.everything.filter(allocation=allocation).first()
    if reading is not None:
        return reading
    with transaction.atomic():
        require_open(allocation.study, allocation.reader)
        training.require_trained(allocation)
        reading, created = Reading.everything.get_or_create(
            allocation=allocation, defaults={"opened_at": timezone.now()}
        )
        if created:
            reader = allocation.reader
            audit.record(
                allocation.study,
                reader.user,
                "reading opened",
                reader=reader.code,
                **allocation.audited,
            )
    return reading


def reading_state(reading: Reading) -> ReadingState:
    last = reading.saves.order_by("-version").first()
    return ReadingState(
        version=reading.version,
        answers=queries.given_answers([reading]).get(reading.pk, {}),
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
    given_at: datetime | None = None,
) -> Receipt:
    """Store one version. The same key again returns the first receipt and changes nothing.

    given_at : when the reader gave the answers, None for now. The answer given last is the current one, in whatever
    order the answers arrive; what was given before the pair was finished needs no reason.

    Raises BadScore, ReasonNeeded (finished before), VersionConflict (another tab wrote), WrongState (closed), Signed.
    """
    reading = _locked(reading)
    if (earlier := reading.saves.filter(key=key).first()) is not None:
        return _receipt(earlier)
    study = reading.allocation.study
    require_open(study, reading.allocation.reader)
    checked = scoring.check_answers(queries.scoring_protocol(study), answers, frame=_frame(reading))
    if not checked:
        raise BadInput(translatable("There is no answer to save."))
    if base_version != reading.version:
        raise VersionConflict(
            translatable("This pair was changed in another window. Its newest answers are shown now.")
        )
    now = timezone.now()
    given_at = min(max(given_at or now, now - LONGEST_WAIT), now)
    if reading.finished_at and not reason.strip():
        if given_at >= reading.finished_at:
            raise ReasonNeeded(
                translatable("This pair was finished before: say in a few words why the answer changes.")
            )
        reason = GIVEN_BEFORE
    save = _write(
        reading, key=key, answers=checked, active_seconds=active_seconds, reason=reason, saved_at=now, given_at=given_at
    )
    _require_still_complete(reading)
    return _receipt(save)


def _receipt(save: ScoreSave) -> Receipt:
    """Items of the save that hold another answer now, of another save."""
    current = queries.given_answers([save.reading]).get(save.reading_id, {})
    saved = save.scores.values_list("item", "value", "detail")
    changed = (item for item, value, detail in saved if current.get(item) != from_stored(value, detail))
    return Receipt(save.version, save.saved_at, tuple(changed))


def _require_still_complete(reading: Reading) -> None:
    """An answer to a finished pair may be changed, but not taken away."""
    if reading.finished_at is None:
        return
    answers = queries.given_answers([reading]).get(reading.pk, {})
    if missing := scoring.missing_items(queries.scoring_protocol(reading.allocation.study), answers):
        refusal = translatable("A finished pair keeps an answer to every item; '{item}' would have none.")
        raise BadInput(refusal, item=missing[0])


def _locked(reading: Reading) -> Reading:
    """The reading, locked for this transaction, and its study locked against a closing in between."""
    fresh = (
        Reading.everything.select_for_update(of=("self",))
        .select_related(
            "allocation__training_run",
            "allocation__reader__user",
            "allocation__reader__signature",
            "allocation__study",
            "allocation__pair__image_set",
        )
        .get(pk=reading.pk)
    )
    fresh.allocation.study = Study.objects.select_for_update().get(pk=fresh.allocation.study_id)
    return fresh


def _frame(reading: Reading) -> PinFrame:
    """Where the pins of this pair may stand."""
    geometry = StackGeometry.from_json(reading.allocation.pair.image_set.geometry)
    return geometry.pin_frame()


def require_open(study: Study, reader: Membership) -> None:
    """Raise WrongState where the study is not read, Signed where the reader's work is closed."""
    lifecycle.require(study.status, lifecycle.Act.READ)
    if queries.signature_of(reader) is not None:
        raise Signed(translatable("You have signed: your scores are final and can only be looked at."))


def _write(
    reading: Reading,
    *,
    key: uuid.UUID,
    answers: Mapping[str, Given | None],
    active_seconds: float,
    reason: str,
    saved_at: datetime,
    given_at: datetime,
) -> ScoreSave:
    reader = reading.allocation.reader
    reading.version += 1
    reading.active_seconds += _counted(active_seconds)
    reading.save(update_fields=("version", "active_seconds"))
    save = ScoreSave.objects.create(
        reading=reading,
        version=reading.version,
        key=key,
        saved_by=reader.user,
        saved_at=saved_at,
        given_at=given_at,
        reason=reason.strip()[:200],
    )
    stored = ((item, *to_stored(answer)) for item, answer in answers.items())
    Score.objects.bulk_create(
        Score(save_of=save, item=item, value=value, detail=detail) for item, value, detail in stored
    )
    audit.record(
        reading.allocation.study,
        reader.user,
        "scores corrected" if reading.finished_at else "scores saved",
        reader=reader.code,
        **reading.allocation.audited,
        version=save.version,
        answers=dict(answers),
        given_at=given_at.isoformat(),
        reason=save.reason,
    )
    return save


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
    require_open(study, reading.allocation.reader)
    if base_version != reading.version:
        raise VersionConflict(
            translatable("This pair was changed in another window. Its newest answers are shown now.")
        )
    answers = queries.given_answers([reading]).get(reading.pk, {})
    if missing := scoring.missing_items(queries.scoring_protocol(study), answers):
        raise Incomplete(missing)
    viewing.require_whole_stacks(reading, seen)
    reading.finished_at = timezone.now()
    reading.active_seconds += _counted(active_seconds)
    reading.save(update_fields=("finished_at", "active_seconds"))
    reader = reading.allocation.reader
    audit.record(study, reader.user, "reading finished", reader=reader.code, **reading.allocation.audited)
    if reading.allocation.training_run_id is not None:
        training.note_finished(reading)
    return reading
