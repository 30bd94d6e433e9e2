"""Lock and unblind: the two recorded acts after which no score changes and the key may be used.

Where the protocol asks for signatures (`services.closing`), neither is done without them, whoever calls.
"""

import csv
import hashlib
import io
import json

from django.db import transaction
from django.utils import timezone

from readerstudy import queries, queries_closing
from readerstudy.core import lifecycle
from readerstudy.core.answers import Given
from readerstudy.core.closing import Closing, SignedClosing
from readerstudy.core.errors import BadInput, IntegrityFailure, WrongState
from readerstudy.models import ClosingRequest, Reading, Study, User
from readerstudy.services import audit, tasks
from readerstudy.services.allocate import verify_allocation


@transaction.atomic
def lock_study(study: Study, *, actor: User, reason: str) -> Study:
    """Freeze all scores; their SHA-256 goes into the audit chain. Open readings stay as they are."""
    require_reason(reason)
    study = Study.objects.select_for_update().get(pk=study.pk)
    target = lifecycle.target_of(study.status, lifecycle.Act.LOCK)
    signatures = _signatures(study, Closing.LOCK)
    study.status = target
    study.locked_at = timezone.now()
    study.scores_sha256 = scores_sha256(study)
    study.save(update_fields=("status", "locked_at", "scores_sha256"))
    audit.record(
        study,
        actor,
        "study locked",
        reason=reason,
        scores_sha256=study.scores_sha256,
        finished=Reading.objects.filter(allocation__study=study, finished_at__isnull=False).count(),
        allocated=study.allocations.count(),
        signed=list(study.signatures.values_list("reader__code", flat=True)),
        **signatures,
    )
    return study


@transaction.atomic
def unblind_study(study: Study, *, actor: User, reason: str) -> Study:
    """Open the allocation key for the analysis; refused where the stored allocation does not match its seal."""
    require_reason(reason)
    study = Study.objects.select_for_update().get(pk=study.pk)
    target = lifecycle.target_of(study.status, lifecycle.Act.UNBLIND)
    signatures = _signatures(study, Closing.UNBLIND)
    verify_allocation(study)
    study.status = target
    study.unblinded_at = timezone.now()
    study.save(update_fields=("status", "unblinded_at"))
    audit.record(
        study, actor, "study unblinded", reason=reason, allocation_sha256=study.allocation_sha256, **signatures
    )
    tasks.enqueue(study, "analyse", study.pk)
    return study


def require_reason(reason: str) -> None:
    if len(reason.strip()) < 5:
        raise BadInput("Say in a few words why this happens now; it is written into the audit trail.")


def _signatures(study: Study, act: Closing) -> dict[str, list[str]]:
    """The names under the act, for its audit event. Raises WrongState where the protocol asks for more of them."""
    needed = queries_closing.closing_rules_of(study).needed(act)
    if not needed:
        return {}
    try:
        request = require_signed(study, act)
    except IntegrityFailure as error:
        who = "a coordinator signs" if needed == 1 else "two coordinators sign"
        raise WrongState(f"The protocol asks that {who} to {act} this study, on its page 'Close'.") from error
    return {"signed_by": [one.printed_name for one in request.signatures.all()]}


def require_signed(study: Study, act: Closing) -> ClosingRequest:
    """The request by which `act` may be done. Raises IntegrityFailure unless enough different persons signed it."""
    request = study.closing_requests.filter(act=act.value, outcome=ClosingRequest.Outcome.DONE).last()
    if request is None:
        raise IntegrityFailure(f"The protocol asks for signatures to {act} this study, and there is no signed request.")
    content = signed_content(request, study).sha256
    signers = {one.signer_id for one in request.signatures.all() if one.content_sha256 == content}
    if len(signers) != request.signatures.count():
        raise IntegrityFailure(f"A signature under request {request.number} to {act} stands under something else.")
    if len(signers) < queries_closing.closing_rules_of(study).needed(act):
        raise IntegrityFailure(f"Request {request.number} to {act} has fewer signatures than the protocol asks for.")
    return request


def signed_content(request: ClosingRequest, study: Study) -> SignedClosing:
    """What stands above the signatures of a request: as it is now, or once locked as it was locked."""
    return SignedClosing(
        study=str(study.uuid),
        act=Closing(request.act),
        number=request.number,
        reason=request.reason,
        allocation_sha256=study.allocation_sha256,
        plan_sha256=study.plan_sha256,
        scores_sha256=study.scores_sha256 or scores_sha256(study),
    )


def scores_sha256(study: Study) -> str:
    return hashlib.sha256(blinded_csv(study).encode()).hexdigest()


def verify_scores(study: Study) -> str:
    """Compare the scores with what was locked; returns their SHA-256 or raises IntegrityFailure."""
    if scores_sha256(study) != study.scores_sha256:
        raise IntegrityFailure("The scores are not those that were locked.")
    locked = study.audit_events.filter(action="study locked").values_list("detail", flat=True).last()
    if locked is None or locked.get("scores_sha256") != study.scores_sha256:
        raise IntegrityFailure("The checksum of the scores is not the one in the audit chain.")
    return study.scores_sha256


def blinded_csv(study: Study) -> str:
    """The canonical table of scores without any column that tells an arm (statistics SPEC, section 13).

    Sorted by presentation and item, LF, UTF-8, so that its SHA-256 is the same on every machine.
    """
    readings = list(Reading.objects.filter(allocation__study=study).select_related("allocation__reader", "allocation"))
    answers = queries.given_answers(readings)
    rows = sorted(
        (reading.allocation.presentation_id, item, _canonical(answer))
        for reading in readings
        for item, answer in answers.get(reading.pk, {}).items()
    )
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("presentation_id", "item", "value"))
    writer.writerows(rows)
    return text.getvalue()


def _canonical(answer: Given) -> str:
    """A number as its digits, anything else as JSON with sorted keys: one way to write each answer."""
    return json.dumps(answer, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
