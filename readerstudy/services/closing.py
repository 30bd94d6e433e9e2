"""Signatures under the lock and the unblinding, where the protocol asks for them: one person's, or two persons'.

The first signs a request, a second person signs the same one, and with the last signature that is needed the act is
done in the same transaction. Everything happens under the lock of the study's row, so that two who sign at the same
moment come one after the other. `services.close` refuses by itself what is not signed.
"""

from datetime import UTC
from typing import Any

from django.db import transaction
from django.utils import timezone

from readerstudy import queries_closing
from readerstudy.core import lifecycle
from readerstudy.core.closing import Closing
from readerstudy.core.errors import BadInput, IntegrityFailure, NotAllowed, Signed, VersionConflict, WrongState
from readerstudy.models import ClosingRequest, ClosingSignature, Study, User
from readerstudy.services import audit, close, signing_tries
from readerstudy.services.closing_rules import UNSEALED, as_sealed
from readerstudy.services.signing_tries import WrongPassword

Outcome = ClosingRequest.Outcome
ACTS = {Closing.LOCK: lifecycle.Act.LOCK, Closing.UNBLIND: lifecycle.Act.UNBLIND}
DO = {Closing.LOCK: close.lock_study, Closing.UNBLIND: close.unblind_study}


def request_closing(
    study: Study,
    act: Closing,
    *,
    signer: User,
    reason: str,
    printed_name: str,
    password: str,
    reviewed_sha256: str,
) -> ClosingRequest:
    """Ask for `act` with the first signature; where the protocol asks for one only, the act is done with it.

    reviewed_sha256 : of the scores, as the page showed it.

    Raises BadInput (no reason, no name), WrongPassword (counted and audited), WrongState (another request is open, too
    many wrong passwords, not this study's turn), VersionConflict (scores changed since), NotAllowed.
    """
    close.require_reason(reason)
    # Outside of the transaction: the check is slow on purpose, and would keep everybody else's saves waiting.
    is_right = signer.check_password(password)
    with transaction.atomic():
        study = Study.objects.select_for_update().get(pk=study.pk)
        _require_may_sign(study, act, signer)
        if is_right:
            request = _open(study, act, signer=signer, reason=reason.strip()[:200])
            _sign(request, study, signer=signer, printed_name=printed_name, reviewed_sha256=reviewed_sha256)
            return request
        left = signing_tries.refuse(study, signer, act=act.value)
    raise WrongPassword(left)


def sign_closing(
    request: ClosingRequest, *, signer: User, printed_name: str, password: str, reviewed_sha256: str
) -> ClosingRequest:
    """The next signature under an open request; with the last one that is needed the act is done.

    Raises what `request_closing` raises, and Signed where this person has signed it.
    """
    is_right = signer.check_password(password)
    with transaction.atomic():
        study = Study.objects.select_for_update().get(pk=request.study_id)
        request = _still_open(request)
        _require_may_sign(study, Closing(request.act), signer)
        if is_right:
            _sign(request, study, signer=signer, printed_name=printed_name, reviewed_sha256=reviewed_sha256)
            return request
        left = signing_tries.refuse(study, signer, act=request.act, request=request.number)
    raise WrongPassword(left)


@transaction.atomic
def withdraw(request: ClosingRequest, *, actor: User, reason: str) -> None:
    """Take an open request back; its signatures stay on record and count for nothing."""
    close.require_reason(reason)
    study = Study.objects.select_for_update().get(pk=request.study_id)
    request = _still_open(request)
    _require_coordinator(study, actor)
    _end(request, Outcome.WITHDRAWN)
    audit.record(study, actor, "closing withdrawn", request=request.number, act=request.act, reason=reason.strip())


def _require_may_sign(study: Study, act: Closing, signer: User) -> None:
    lifecycle.require(study.status, ACTS[act])
    _require_coordinator(study, signer)
    signing_tries.require_no_wait(study, signer)


def _require_coordinator(study: Study, person: User) -> None:
    if person.pk not in queries_closing.coordinators(study):
        raise NotAllowed("Only a coordinator of the study signs here.")


def _open(study: Study, act: Closing, *, signer: User, reason: str) -> ClosingRequest:
    rules = queries_closing.closing_rules_of(study)
    if not rules.needed(act):
        raise WrongState(f"The protocol asks for no signature to {act} this study.")
    now = timezone.now()
    for old in study.closing_requests.filter(outcome=""):
        if old.expires_at > now:
            raise WrongState(f"Somebody has just asked to {old.act} this study. Look at that request, then sign it.")
        _end(old, Outcome.EXPIRED)
        audit.record(study, None, "closing request expired", request=old.number, act=old.act)
    request = ClosingRequest.objects.create(
        study=study,
        number=study.closing_requests.count() + 1,
        act=act.value,
        reason=reason,
        made_at=now,
        expires_at=now + rules.lifetime,
    )
    audit.record(
        study,
        signer,
        "closing requested",
        request=request.number,
        act=act.value,
        reason=reason,
        needed=rules.needed(act),
        expires_at=request.expires_at.isoformat(timespec="seconds"),
    )
    return request


def _still_open(request: ClosingRequest) -> ClosingRequest:
    """The row as it is now. Raises WrongState with what became of it where it is not open any more."""
    request = ClosingRequest.objects.select_for_update().get(pk=request.pk)
    if request.outcome == Outcome.DONE:
        raise WrongState("This request has been signed by all already, and is done.")
    if request.outcome == Outcome.WITHDRAWN:
        raise WrongState("This request was withdrawn. If it is still wanted, begin anew.")
    if request.outcome or request.expires_at <= timezone.now():
        raise WrongState("Too much time has passed since the first signature. Begin anew.")
    return request


def _end(request: ClosingRequest, outcome: str) -> None:
    request.outcome, request.ended_at = outcome, timezone.now()
    request.save(update_fields=("outcome", "ended_at"))


def _sign(request: ClosingRequest, study: Study, *, signer: User, printed_name: str, reviewed_sha256: str) -> None:
    printed_name = printed_name.strip()[:150]
    if not printed_name:
        raise BadInput("Write your name as it should stand under the signature.")
    before = list(request.signatures.select_related("signer"))
    if any(one.signer_id == signer.pk for one in before):
        raise Signed("You have signed this request already. The second signature must be another person's.")
    content = close.signed_content(request, study)
    if content.scores_sha256 != reviewed_sha256 or any(one.content_sha256 != content.sha256 for one in before):
        raise VersionConflict(
            "A score has changed since this was shown or signed. Look again; where somebody has signed, withdraw the "
            "request and begin anew."
        )
    signature = ClosingSignature.objects.create(
        request=request,
        signer=signer,
        printed_name=printed_name,
        meaning=request.meaning,
        content_sha256=content.sha256,
        signed_at=timezone.now(),
    )
    audit.record(study, signer, "closing signed", **_as_audited(signature))
    if len(before) + 1 >= queries_closing.closing_rules_of(study).needed(Closing(request.act)):
        _finish(request, study, actor=signer, before=before)


def _finish(request: ClosingRequest, study: Study, *, actor: User, before: list[ClosingSignature]) -> None:
    gone = [one.printed_name for one in before if one.signer_id not in queries_closing.coordinators(study)]
    if gone:
        raise WrongState(f"{gone[0]} signed first, but coordinates this study no more. Withdraw it and begin anew.")
    _end(request, Outcome.DONE)
    DO[Closing(request.act)](study, actor=actor, reason=request.reason)


def _as_audited(signature: ClosingSignature) -> dict[str, Any]:
    return {
        "request": signature.request.number,
        "act": signature.request.act,
        "reason": signature.request.reason,
        "printed_name": signature.printed_name,
        "meaning": signature.meaning,
        "content_sha256": signature.content_sha256,
        "signed_at": signature.signed_at.astimezone(UTC).isoformat(),
    }


def verify_closings(study: Study) -> int:
    """Compare rules and signatures with the seal, the audit chain and what was done; returns how many signatures.

    Raises IntegrityFailure: other rules than those that were sealed, an act without its signatures, a signature that is
    not in the audit chain or stands under something else, one person twice.
    """
    _require_rules_as_sealed(study)
    count = 0
    for act, at in ((Closing.LOCK, study.locked_at), (Closing.UNBLIND, study.unblinded_at)):
        if at is None or not queries_closing.closing_rules_of(study).needed(act):
            continue
        request = close.require_signed(study, act)
        count += _verify_recorded(request, list(request.signatures.select_related("signer")))
    return count


def _require_rules_as_sealed(study: Study) -> None:
    sealed = study.audit_events.filter(action="allocation sealed").values_list("detail", flat=True).last() or {}
    # A study that was sealed before there were such rules asks for nothing.
    if as_sealed(study) != sealed.get("closing", UNSEALED):
        raise IntegrityFailure("The rules of locking and unblinding are not those that were sealed.")


def _verify_recorded(request: ClosingRequest, signatures: list[ClosingSignature]) -> int:
    events = request.study.audit_events.filter(action="closing signed").values_list("actor_name", "detail")
    recorded = list(events)
    for one in signatures:
        if (one.signer.username, _as_audited(one)) not in recorded:
            raise IntegrityFailure(
                f"The signature of {one.printed_name} under request {request.number} is not the one in the audit chain."
            )
    return len(signatures)
