"""Lock and unblind: the two recorded acts after which no score changes and the key may be used."""

import csv
import hashlib
import io
import json

from django.db import transaction
from django.utils import timezone

from readerstudy import queries
from readerstudy.core import lifecycle
from readerstudy.core.answers import Given
from readerstudy.core.errors import BadInput, IntegrityFailure
from readerstudy.models import Reading, Study, User
from readerstudy.services import audit, tasks
from readerstudy.services.allocate import verify_allocation


@transaction.atomic
def lock_study(study: Study, *, actor: User, reason: str) -> Study:
    """Freeze all scores; their SHA-256 goes into the audit chain. Open readings stay as they are."""
    require_reason(reason)
    study = Study.objects.select_for_update().get(pk=study.pk)
    study.status = lifecycle.target_of(study.status, lifecycle.Act.LOCK)
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
    )
    return study


@transaction.atomic
def unblind_study(study: Study, *, actor: User, reason: str) -> Study:
    """Open the allocation key for the analysis; refused where the stored allocation does not match its seal."""
    require_reason(reason)
    study = Study.objects.select_for_update().get(pk=study.pk)
    target = lifecycle.target_of(study.status, lifecycle.Act.UNBLIND)
    verify_allocation(study)
    study.status = target
    study.unblinded_at = timezone.now()
    study.save(update_fields=("status", "unblinded_at"))
    audit.record(study, actor, "study unblinded", reason=reason, allocation_sha256=study.allocation_sha256)
    tasks.enqueue(study, "analyse", study.pk)
    return study


def require_reason(reason: str) -> None:
    if len(reason.strip()) < 5:
        raise BadInput("Say in a few words why this happens now; it is written into the audit trail.")


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
