"""In which browsers a person is signed in: listed, and ended one by one or all at once.

The session itself is Django's, in the database; ending one deletes it, so that its cookie opens nothing from then on.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from readerstudy.core.errors import NotFound
from readerstudy.core.wording import translatable
from readerstudy.models import BrowserSession, User
from readerstudy.services import audit


@transaction.atomic
def begin(user: User, *, session_key: str, address: str, browser: str, second_factor: bool) -> BrowserSession:
    """A person has signed in; two requests may say so at once. What is left of sessions that are over goes."""
    now = timezone.now()
    oldest = now - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    BrowserSession.objects.filter(user=user, since__lt=oldest).delete()
    one, is_new = BrowserSession.objects.get_or_create(
        session_key=session_key,
        defaults={
            "user": user,
            "address": address[:45],
            "browser": browser,
            "second_factor": second_factor,
            "since": now,
            "last_seen_at": now,
        },
    )
    if is_new:
        audit.record(None, user, "signed in", address=address, second_factor=second_factor)
    return one


def seen(pk: int, *, at: datetime) -> None:
    BrowserSession.objects.filter(pk=pk).update(last_seen_at=at)


def moved(pk: int, *, session_key: str) -> None:
    """The session goes on under another key, as it does when the password is changed in it."""
    BrowserSession.objects.filter(pk=pk).update(session_key=session_key)


def mark_factor(pk: int, *, given: bool) -> None:
    BrowserSession.objects.filter(pk=pk).update(second_factor=given)


def forget(pk: int) -> None:
    """The session ended by itself or by signing out."""
    BrowserSession.objects.filter(pk=pk).delete()


def live(user: User) -> QuerySet[BrowserSession]:
    """Where this person is signed in now, last seen first."""
    now = timezone.now()
    return BrowserSession.objects.filter(
        user=user,
        session_key__in=Session.objects.filter(expire_date__gt=now).values("session_key"),
        since__gt=now - timedelta(seconds=settings.SESSION_COOKIE_AGE),
        last_seen_at__gt=now - timedelta(seconds=settings.SESSION_IDLE_S),
    )


@transaction.atomic
def end(user: User, pk: int) -> BrowserSession:
    """End one of a person's own sessions. Raises NotFound for another person's, and for one that ended already."""
    one = BrowserSession.objects.select_for_update().filter(user=user, pk=pk).first()
    if one is None:
        raise NotFound(translatable("This session has ended already."))
    _delete([one])
    audit.record(None, user, "session ended", username=user.username, address=one.address)
    return one


@transaction.atomic
def end_all(user: User, *, actor: User, why: str, but: str | None = None) -> int:
    """End all sessions of a person but the one with the key `but`; returns how many."""
    rows = list(BrowserSession.objects.select_for_update().filter(user=user).exclude(session_key=but))
    _delete(rows)
    audit.record(None, actor, "sessions ended", username=user.username, why=why, sessions=len(rows))
    return len(rows)


def _delete(rows: list[BrowserSession]) -> None:
    Session.objects.filter(session_key__in=[one.session_key for one in rows]).delete()
    BrowserSession.objects.filter(pk__in=[one.pk for one in rows]).delete()
