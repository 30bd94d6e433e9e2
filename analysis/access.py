"""Who comes in with a token: the same person, by the same rules as on the pages."""

import hashlib
from dataclasses import dataclass

from django.utils import timezone

from analysis.models import ApiToken
from readerstudy.access import membership_of
from readerstudy.core.errors import NotAllowed, NotFound
from readerstudy.models import Membership, Role, Study

STAFF = (Role.COORDINATOR, Role.STATISTICIAN)


@dataclass(frozen=True)
class Bearer:
    """A request that brought a good token."""

    token: ApiToken
    membership: Membership

    @property
    def study(self) -> Study:
        return self.membership.study


def token_sha256(secret: str) -> str:
    """Secrets are 256 random bits, so that a plain hash of them cannot be searched."""
    return hashlib.sha256(secret.encode()).hexdigest()


def bearer_of(secret: str) -> Bearer | None:
    """Whoever stands behind a token; None where it is unknown, out of date, revoked, or its owner has no part."""
    tokens = ApiToken.objects.filter(sha256=token_sha256(secret), revoked_at=None, expires_at__gt=timezone.now())
    token = tokens.select_related("owner", "study").first()
    if token is None or not token.owner.is_active:
        return None
    try:
        return Bearer(token, membership_of(token.owner, token.study.slug, *STAFF))
    except (NotFound, NotAllowed):
        return None


def require_study(bearer: Bearer, slug: str) -> Study:
    """The study of the address, which must be the token's own."""
    if bearer.study.slug != slug:
        raise NotFound("There is no such study, or the token is for another one.")
    return bearer.study


def require_key(bearer: Bearer) -> None:
    if not bearer.token.may_read_key:
        raise NotAllowed("This token may not read the allocation key. Make one that may.")
