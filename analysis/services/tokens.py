"""Make and revoke the keys of scripts."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from analysis.access import token_sha256
from analysis.models import ApiToken
from readerstudy.core.errors import BadInput, NotAllowed, WrongState
from readerstudy.models import Membership, Role, Study, User
from readerstudy.services import audit

PREFIX = "rst_"  # lets scanners for leaked secrets recognise one
SECRET_BYTES = 32
LONGEST_DAYS = 366


@transaction.atomic
def make_token(study: Study, *, actor: User, name: str, days: int, may_read_key: bool = False) -> tuple[ApiToken, str]:
    """A new key for the actor's scripts, and its secret, which is stored nowhere."""
    name = name.strip()
    if not name:
        raise BadInput("Give the token a name that says what it is for.")
    if not 1 <= days <= LONGEST_DAYS:
        raise BadInput(f"A token lives for 1 to {LONGEST_DAYS} days, not {days}.")
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    now = timezone.now()
    token = ApiToken.objects.create(
        study=study,
        owner=actor,
        name=name[:80],
        sha256=token_sha256(secret),
        may_read_key=may_read_key,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    audit.record(study, actor, "API token made", name=token.name, days=days, may_read_key=may_read_key)
    return token, secret


@transaction.atomic
def revoke_token(token: ApiToken, *, by: Membership) -> None:
    """One's own at any time; a coordinator also those of others in the study."""
    if by.user_id != token.owner_id and by.role != Role.COORDINATOR:
        raise NotAllowed("Only its owner or a coordinator can revoke a token.")
    if not ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        raise WrongState("This token was revoked before.")
    audit.record(token.study, by.user, "API token revoked", name=token.name, owner=token.owner.username)
