"""Participants: a keyed pseudonym becomes a code; sex and capped age are all that is kept."""

import hashlib
import hmac

from django.conf import settings
from django.db import transaction
from pydicom.dataset import Dataset

from readerstudy.core.deidentify import participant_pseudonym
from readerstudy.core.errors import NoPatientIdentity
from readerstudy.core.findings import Finding
from readerstudy.core.parameters import SeriesParameters
from readerstudy.models import Participant, Study


def study_key(study: Study) -> bytes:
    """The study's own de-identification key: pseudonyms and UIDs of two studies cannot be linked."""
    return hmac.digest(settings.DEIDENTIFICATION_KEY.encode(), f"study|{study.uuid}".encode(), hashlib.sha256)


def pseudonym_of(dataset: Dataset, *, key: bytes) -> tuple[str, list[Finding]]:
    """The pseudonym of a patient; where the header has no patient id, every study is a participant of its own."""
    try:
        return participant_pseudonym(dataset, key=key), []
    except NoPatientIdentity:
        words = "The header has no patient id: this examination counts as a participant of its own."
        uid = str(dataset.get("StudyInstanceUID", "") or dataset.SeriesInstanceUID)
        pseudonym = hmac.new(key, f"no patient id|{uid}".encode(), hashlib.sha256).hexdigest()
        return pseudonym, [Finding("no-patient-id", "warning", words)]


@transaction.atomic
def find_or_add(study: Study, pseudonym: str) -> Participant:
    Study.objects.select_for_update().get(pk=study.pk)  # two workers must not both find nobody
    found = Participant.objects.filter(study=study, pseudonym=pseudonym).first()
    if found is not None:
        return found
    number = study.participants.count() + 1
    return Participant.objects.create(study=study, pseudonym=pseudonym, code=f"P{number:03d}")


def note_characteristics(participant: Participant, parameters: SeriesParameters) -> None:
    """Fill in what was unknown so far; the first header that tells it is believed."""
    participant.sex = participant.sex or (parameters.sex or "")
    if participant.age_years is None:
        participant.age_years = parameters.age_years
    participant.save(update_fields=("sex", "age_years"))
