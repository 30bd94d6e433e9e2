"""The question after the last pair: for each pair, which side the reader thinks was enhanced.

A guess is stored as any score is: a version of the reading, append-only, under the lock's checksum, blinded.
"""

import uuid
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from readerstudy import queries
from readerstudy.core.errors import WrongState
from readerstudy.core.scoring import GUESS, GUESSES, BadScore
from readerstudy.core.wording import translatable
from readerstudy.models import AskGuess, Membership, Reading, Score, ScoreSave, Study
from readerstudy.services import audit
from readerstudy.services.score import require_open


def guess_is_due(reader: Membership) -> bool:
    """Whether the protocol asks after the last pair, and this reader has finished all."""
    if queries.conditions_of(reader.study).guess != AskGuess.STUDY:
        return False
    allocations = reader.allocations
    return allocations.exists() and not allocations.exclude(reading__finished_at__isnull=False).exists()


def open_guesses(reader: Membership) -> int:
    """How many pairs still want a guess; 0 where the question is not due."""
    if not guess_is_due(reader):
        return 0
    answers = queries.answers_of(list(Reading.objects.filter(allocation__reader=reader)))
    return reader.allocations.count() - sum(GUESS in given for given in answers.values())


@transaction.atomic
def save_guesses(reader: Membership, guesses: Mapping[int, int]) -> int:
    """Store the guesses by position that differ from what is stored; returns how many. Raises BadScore, WrongState."""
    study = Study.objects.select_for_update().get(pk=reader.study_id)
    reader = Membership.objects.select_related("study", "user").get(pk=reader.pk)  # a signature may be new
    require_open(study, reader)
    if not guess_is_due(reader):
        raise WrongState(translatable("This question is asked when all your pairs are finished."))
    fresh = Reading.objects.select_for_update(of=("self",)).select_related("allocation")
    readings = {one.allocation.position: one for one in fresh.filter(allocation__reader=reader)}
    for position, guess in guesses.items():
        if position not in readings or guess not in GUESSES:
            raise BadScore(translatable("A guess is left, cannot tell or right, for one of your pairs."))
    known = queries.answers_of(readings.values())
    changed = {p: guess for p, guess in guesses.items() if known.get(readings[p].pk, {}).get(GUESS) != guess}
    for position, guess in sorted(changed.items()):
        _save(study, reader, readings[position], guess)
    return len(changed)


def _save(study: Study, reader: Membership, reading: Reading, guess: int) -> None:
    reading.version += 1
    reading.save(update_fields=("version",))
    save = ScoreSave.objects.create(
        reading=reading, version=reading.version, key=uuid.uuid4(), saved_by=reader.user, saved_at=timezone.now()
    )
    Score.objects.create(save_of=save, item=GUESS, value=guess)
    audit.record(
        study,
        reader.user,
        "guess saved",
        reader=reader.code,
        position=reading.allocation.position,
        version=save.version,
        answers={GUESS: guess},
    )
