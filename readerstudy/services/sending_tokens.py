"""Make, revoke and recognise the keys by which other systems send images over the web."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from readerstudy.access import membership_of
from readerstudy.core import lifecycle
from readerstudy.core.errors import BadInput, NotAllowed, NotFound, WrongState
from readerstudy.models import Arm, Role, SendingToken, Study, User
from readerstudy.services import audit

PREFIX = "rss_"  # lets scanners for leaked secrets recognise one; those of the statistics begin with rst_
SECRET_BYTES = 32
LONGEST_DAYS = 366


@transaction.atomic
def make(study: Study, *, actor: User, name: str, days: int, arm: Arm | None = None) -> tuple[SendingToken, str]:
    """A new key, and its secret, which is stored nowhere."""
    lifecycle.require(study.status, lifecycle.Act.EDIT_CASES)
    name = name.strip()
    if not name or not name.isprintable():
        raise BadInput("Give the token a name that says what sends with it.")
    if not 1 <= days <= LONGEST_DAYS:
        raise BadInput(f"A token lives for 1 to {LONGEST_DAYS} days, not {days}.")
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    now = timezone.now()
    token = SendingToken.objects.create(
        study=study,
        arm=arm,
        owner=actor,
        name=name[:40],
        sha256=_sha256(secret),
        made_at=now,
        expires_at=now + timedelta(days=days),
    )
    audit.record(study, actor, "sending token made", name=token.name, days=days, arm=arm.code if arm else None)
    return token, secret


@transaction.atomic
def revoke(token: SendingToken, *, actor: User) -> None:
    if not SendingToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        raise WrongState("This token was revoked before.")
    audit.record(token.study, actor, "sending token revoked", name=token.name)


def token_of(secret: str) -> SendingToken | None:
    """The key behind a secret; None where it is unknown, out of date, revoked, or its owner coordinates no more."""
    found = SendingToken.objects.filter(sha256=_sha256(secret)).select_related("owner", "study", "arm").first()
    if found is None or not found.is_open(timezone.now()) or not found.owner.is_active:
        return None
    try:
        membership_of(found.owner, found.study.slug, Role.COORDINATOR)
    except (NotFound, NotAllowed):
        return None
    return found


def _sha256(secret: str) -> str:
    """Secrets are 256 random bits, so that a plain hash of them cannot be searched."""
    return hashlib.sha256(secret.encode()).hexdigest()
