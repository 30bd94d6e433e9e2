"""Participants: a keyed pseudonym becomes a code; sex and capped age are all that is kept."""

import hashlib
import hmac

from django.conf import settings
from django.db import transaction

from readerstudy.core.parameters import SeriesParameters
from readerstudy.models import Participant, Study


def study_key(study: Study) -> bytes:
    """The study's own de-identification key: pseudonyms and UIDs of two studies cannot be linked."""
    return hmac.digest(settings.DEIDENTIFICATION_KEY.encode(), f"study|{study.uuid}".encode(), hashlib.sha256)


@transaction.atomic
def find_or_add(study: Study, pseudonym: str) -> Participant:
    found = Participant.objects.filter(study=study, pseudonym=pseudonym).first()
    if found is not None:
        return found
    Study.objects.select_for_update().get(pk=study.pk)
    number = study.participants.count() + 1
    return Participant.objects.create(study=study, pseudonym=pseudonym, code=f"P{number:03d}")


def note_characteristics(participant: Participant, parameters: SeriesParameters) -> None:
    """Fill in what was unknown so far; the first header that tells it is believed."""
    participant.sex = participant.sex or (parameters.sex or "")
    if participant.age_years is None:
        participant.age_years = parameters.age_years
    participant.save(update_fields=("sex", "age_years"))
