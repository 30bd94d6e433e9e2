"""Sign: a reader closes their own work with their password; what is signed is bound by its hash."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext

from readerstudy import queries
from readerstudy.core import lifecycle, signing
from readerstudy.core.errors import BadInput, IntegrityFailure, Signed, VersionConflict, WrongState
from readerstudy.core.wording import translatable
from readerstudy.models import Membership, Reading, Signature, Study
from readerstudy.services import audit, guesses, signing_tries
from readerstudy.services.signing_tries import WrongPassword


class NotAllRead(WrongState):
    """A signature stands under finished pairs only."""


def content_sha256(reader: Membership) -> str:
    """SHA-256 of all that this reader has answered until now."""
    readings = list(
        Reading.objects.filter(allocation__reader=reader).select_related("allocation", "allocation__reader")
    )
    answers = queries.given_answers(readings)
    return signing.content_sha256(
        study=str(reader.study.uuid),
        allocation_sha256=reader.study.allocation_sha256,
        reader=reader.code,
        readings=[
            signing.SignedReading(one.allocation.presentation_id, one.version, answers.get(one.pk, {}))
            for one in readings
        ],
    )


def meaning_in(language: str) -> str:
    """The sentence that is signed, as the pages of that language show it. Raises BadInput for a language without."""
    if language not in dict(settings.LANGUAGES):
        raise BadInput(f"There are no pages in the language '{language[:20]}'.")
    with translation.override(language):
        return gettext(signing.MEANING)


def sign_readings(
    reader: Membership,
    *,
    password: str,
    printed_name: str,
    reviewed_sha256: str,
    language: str = settings.LANGUAGE_CODE,
) -> Signature:
    """Sign everything that `reader` has read; `reviewed_sha256` is of the list that was on the screen.

    The meaning is recorded as it was shown, in `language`; the hash of the scores knows no language.

    Raises WrongPassword (counted and audited), WrongState (too many of them, or reading is closed), NotAllRead,
    VersionConflict (a score changed since the list was shown), Signed, BadInput (no name).
    """
    # Outside of the transaction: the check is slow on purpose, and would keep everybody else's saves waiting.
    is_right = reader.user.check_password(password)
    with transaction.atomic():
        study = Study.objects.select_for_update().get(pk=reader.study_id)
        reader.study = study
        _require_signable(reader)
        if is_right:
            return _sign(reader, printed_name=printed_name.strip(), reviewed_sha256=reviewed_sha256, language=language)
        left = signing_tries.refuse(study, reader.user, reader=reader.code)
    raise WrongPassword(left)


def _require_signable(reader: Membership) -> None:
    lifecycle.require(reader.study.status, lifecycle.Act.READ)
    if Signature.objects.filter(reader=reader).exists():
        raise Signed(translatable("You have signed already."))
    signing_tries.require_no_wait(reader.study, reader.user)


def _sign(reader: Membership, *, printed_name: str, reviewed_sha256: str, language: str) -> Signature:
    if not printed_name:
        raise BadInput(translatable("Write your name as it should stand under the scores."))
    allocated = reader.allocations.count()
    open_pairs = allocated - reader.allocations.filter(reading__finished_at__isnull=False).count()
    if open_pairs or not allocated:
        raise NotAllRead(
            translatable("Pairs that are not finished yet: {count}. Finish them, then sign."), count=open_pairs
        )
    if guesses.open_guesses(reader):
        raise NotAllRead(
            translatable("One question about your pairs is still open: which side was enhanced. Answer it, then sign.")
        )
    if content_sha256(reader) != reviewed_sha256:
        raise VersionConflict(
            translatable("A score has changed since this list was shown. Look through it again, then sign.")
        )
    signature = Signature.objects.create(
        study=reader.study,
        reader=reader,
        printed_name=printed_name[:150],
        meaning=meaning_in(language),
        pairs=allocated,
        content_sha256=reviewed_sha256,
        signed_at=timezone.now(),
    )
    audit.record(
        reader.study,
        reader.user,
        "scores signed",
        reader=reader.code,
        printed_name=signature.printed_name,
        meaning=signature.meaning,
        language=language,
        pairs=allocated,
        content_sha256=reviewed_sha256,
    )
    return signature


def verify_signatures(study: Study) -> int:
    """Compare every signature with the scores under it and with the audit chain; returns how many there are."""
    signatures = list(study.signatures.select_related("reader__user", "reader__study"))
    recorded = {
        (detail["reader"], detail["content_sha256"])
        for detail in study.audit_events.filter(action="scores signed").values_list("detail", flat=True)
    }
    for signature in signatures:
        if content_sha256(signature.reader) != signature.content_sha256:
            raise IntegrityFailure(f"The scores of {signature.reader.code} are not those that were signed.")
        if (signature.reader.code, signature.content_sha256) not in recorded:
            raise IntegrityFailure(f"The signature of {signature.reader.code} is not the one in the audit chain.")
    return len(signatures)
