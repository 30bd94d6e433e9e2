"""Wrong tries at the door: counted for each account and each address, so that guessing becomes slow.

A try is counted before it is judged, so that many at the same moment cannot pass together. A name that nobody has is
counted, made to wait and told in the same way as any other: nothing says which names exist.
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from readerstudy.core.errors import WrongState
from readerstudy.core.lockout import ADDRESS_FACTOR, FORGOTTEN_AFTER, wait_after
from readerstudy.core.wording import translatable
from readerstudy.models import SignInTries, User
from readerstudy.services import audit

ACCOUNT, ADDRESS = SignInTries.Kind.ACCOUNT, SignInTries.Kind.ADDRESS


class TooManyTries(WrongState):
    """Signing in waits: too many wrong tries for this name, or from this address."""

    def __init__(self, until: datetime, now: datetime) -> None:
        minutes = -(-(until - now) // timedelta(minutes=1))
        super().__init__(
            translatable(
                "After several wrong tries signing in waits. Minutes: {minutes}. Nothing is lost. An administrator can "
                "let you in sooner."
            ),
            minutes=minutes,
        )
        self.until = until


def begin_try(username: str, address: str) -> None:
    """Count a try that is about to be judged. Raises TooManyTries where it must not be judged yet."""
    now = timezone.now()
    with transaction.atomic():
        counts = [_locked(ACCOUNT, username, now), _locked(ADDRESS, address, now)]
        waits = [one.waits_until for one in counts if one.waits_until and one.waits_until > now]
        if not waits:
            for one in counts:
                _count(one, now)
    if waits:
        raise TooManyTries(max(waits), now)


def _locked(kind: str, value: str, now: datetime) -> SignInTries:
    SignInTries.objects.get_or_create(kind=kind, key=_key(kind, value), defaults={"last_at": now})
    return SignInTries.objects.select_for_update().get(kind=kind, key=_key(kind, value))


def _count(one: SignInTries, now: datetime) -> None:
    if one.last_at < now - FORGOTTEN_AFTER[one.kind]:
        one.failures = 0
    one.failures, one.last_at = one.failures + 1, now
    wait = wait_after(one.failures, tries=_tries(one.kind))
    one.waits_until = now + wait if wait else None
    one.save(update_fields=("failures", "last_at", "waits_until"))


def _tries(kind: str) -> int:
    return int(settings.SIGN_IN_TRIES) * (ADDRESS_FACTOR if kind == ADDRESS else 1)


@transaction.atomic
def take_back(username: str, address: str) -> None:
    """The try was right, but is not all that is asked for: it was none of the wrong ones, and forgives none."""
    for kind, value in ((ACCOUNT, username), (ADDRESS, address)):
        _uncount(kind, value)


@transaction.atomic
def succeeded(username: str, address: str) -> None:
    """The person is in: the account begins anew, the address gets back this one try."""
    SignInTries.objects.filter(kind=ACCOUNT, key=_key(ACCOUNT, username)).delete()
    _uncount(ADDRESS, address)


def _uncount(kind: str, value: str) -> None:
    one = SignInTries.objects.select_for_update().filter(kind=kind, key=_key(kind, value)).first()
    if one is None or not one.failures:
        return
    # A wait that others ran into meanwhile stays; one that this very try began does not.
    one.failures -= 1
    if not wait_after(one.failures, tries=_tries(kind)):
        one.waits_until = None
    one.save(update_fields=("failures", "waits_until"))


@transaction.atomic
def failed(username: str, address: str, *, why: str) -> None:
    """Record a wrong try. A name that nobody has may be a password in the wrong field, and is not written down."""
    user = User.objects.filter(username__iexact=username).first()
    count = SignInTries.objects.filter(kind=ACCOUNT, key=_key(ACCOUNT, username)).first()
    waits = count.waits_until.isoformat(timespec="seconds") if count and count.waits_until else None
    audit.record(
        None,
        None,
        "sign-in refused",
        username=user.username if user else "(a name that nobody has)",
        why=why,
        address=address,
        failures=count.failures if count else 1,
        **({"waits_until": waits} if waits else {}),
    )


@transaction.atomic
def unlock(user: User, *, actor: User) -> None:
    """Let a person try again at once. Raises WrongState where nothing waits."""
    deleted, _ = SignInTries.objects.filter(kind=ACCOUNT, key=_key(ACCOUNT, user.username)).delete()
    if not deleted:
        raise WrongState(f"{user.name} need not wait: there were no wrong tries lately.")
    audit.record(None, actor, "sign-in unlocked", username=user.username)


def waiting(people: Iterable[User]) -> dict[int, datetime]:
    """Primary key -> until when sign-in waits, for those who must wait."""
    keys = {_key(ACCOUNT, user.username): user.pk for user in people}
    rows = SignInTries.objects.filter(kind=ACCOUNT, waits_until__gt=timezone.now())
    return {keys[row.key]: row.waits_until for row in rows if row.key in keys and row.waits_until}


def _key(kind: str, value: str) -> str:
    text = value.strip().casefold() if kind == ACCOUNT else _network(value)
    return hmac.new(settings.SECRET_KEY.encode(), f"{kind}:{text}".encode(), hashlib.sha256).hexdigest()


def _network(address: str) -> str:
    """An IPv6 network of 64 bits counts as one: who has one address of it has them all."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((ip, 64), strict=False)) if ip.version == 6 else address
