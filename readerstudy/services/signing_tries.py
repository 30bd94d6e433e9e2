"""The password at a signature: wrong ones are counted in the study's audit chain, and make signing wait."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from readerstudy.core import signing
from readerstudy.core.errors import BadInput, WrongState
from readerstudy.core.wording import translatable
from readerstudy.models import Study, User
from readerstudy.services import audit

REFUSED = "signature refused"  # the audit event by which wrong passwords are counted


class WrongPassword(BadInput):
    """The password at the signature is not the person's own."""

    def __init__(self, left: int) -> None:
        super().__init__(
            translatable("That is not your password. Tries left before signing waits: {left}."), left=max(0, left)
        )


def require_no_wait(study: Study, signer: User) -> None:
    """Raise WrongState while the person must wait after too many wrong passwords."""
    until = signing.signing_waits_until(_failures(study, signer), timezone.now())
    if until is not None:
        refusal = translatable("After {count} wrong passwords signing waits until {time} UTC.")
        raise WrongState(refusal, count=signing.MOST_FAILURES, time=f"{until:%H:%M}")


def refuse(study: Study, signer: User, **detail: Any) -> int:
    """Record a wrong password; returns how many tries are left before signing waits."""
    failures = len(_failures(study, signer)) + 1
    audit.record(study, signer, REFUSED, **detail, why="wrong password", failures=failures)
    return signing.MOST_FAILURES - failures


def _failures(study: Study, signer: User) -> list[datetime]:
    since = timezone.now() - signing.FAILURES_COUNT_FOR
    events = study.audit_events.filter(action=REFUSED, actor=signer, at__gt=since)
    return list(events.values_list("at", flat=True))
