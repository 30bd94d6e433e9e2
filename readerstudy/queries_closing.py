"""Where a study stands on its way to be locked or unblinded: rules, open request, signatures. Nothing here writes."""

from django.utils import timezone

from readerstudy.core.closing import Closing
from readerstudy.core.lifecycle import Status
from readerstudy.models import ClosingRequest, ClosingRules, Membership, Role, Study

# Which act comes next in which status.
NEXT = {Status.READING: Closing.LOCK, Status.LOCKED: Closing.UNBLIND}


def closing_rules_of(study: Study) -> ClosingRules:
    """The study's rules; a row that is not stored yet, and asks for no signature, where it has none."""
    return ClosingRules.objects.filter(study=study).first() or ClosingRules(study=study)


def next_act(study: Study) -> Closing | None:
    return NEXT.get(Status(study.status))


def open_request(study: Study) -> ClosingRequest | None:
    """The request that waits for one more signature, if it is not too old."""
    waiting = study.closing_requests.filter(outcome="", expires_at__gt=timezone.now())
    return waiting.prefetch_related("signatures__signer").first()


def coordinators(study: Study) -> set[int]:
    """Primary keys of the users who may close the study."""
    members = Membership.objects.filter(study=study, role=Role.COORDINATOR, user__is_active=True)
    return set(members.values_list("user", flat=True))
