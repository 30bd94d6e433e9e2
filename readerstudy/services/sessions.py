"""Reading sessions and the check of the display at their start."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from readerstudy import queries
from readerstudy.core import lifecycle
from readerstudy.core.display_check import Screen, ScreenTooSmall, require_resolution
from readerstudy.models import CheckEvery, DisplayCheck, Membership, ReadingSession
from readerstudy.services import audit

PAUSE_ENDS_SESSION = timedelta(minutes=30)
TOLD_AGAIN_AFTER = timedelta(seconds=30)  # the last sign of a reader is not written more often than this


def check_is_due(reader: Membership, workstation: str) -> bool:
    """Whether the protocol wants the display checked before a pair is shown to this reader at this workstation."""
    every = queries.conditions_of(reader.study).display_check
    if every == CheckEvery.NEVER:
        return False
    checks = DisplayCheck.objects.filter(session__reader=reader, session__workstation=workstation)
    if every == CheckEvery.DAY:
        midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        return not checks.filter(checked_at__gte=midnight).exists()
    session = queries.current_session(reader, workstation, pause=PAUSE_ENDS_SESSION)
    return session is None or not checks.filter(session=session).exists()


@transaction.atomic
def continue_session(reader: Membership, *, workstation: str, browser: str) -> ReadingSession:
    """The session that the reader is in, or a new one: the reader works now."""
    Membership.objects.select_for_update().get(pk=reader.pk)  # two tabs begin one session
    lifecycle.require(reader.study.status, lifecycle.Act.READ)
    now = timezone.now()
    session = queries.current_session(reader, workstation, pause=PAUSE_ENDS_SESSION)
    if session is None:
        return _begin(reader, workstation, browser)
    if now - session.last_active_at > TOLD_AGAIN_AFTER:
        session.last_active_at = now
        session.save(update_fields=("last_active_at",))
    return session


def _begin(reader: Membership, workstation: str, browser: str) -> ReadingSession:
    last = reader.reading_sessions.aggregate(last=Max("number"))["last"] or 0
    now = timezone.now()
    session = ReadingSession.objects.create(
        reader=reader,
        number=last + 1,
        workstation=workstation,
        browser=browser,
        started_at=now,
        last_active_at=now,
    )
    audit.record(reader.study, reader.user, "reading session begun", reader=reader.code, session=session.number)
    return session


def record_check(
    reader: Membership, *, workstation: str, browser: str, screen: Screen, answers: dict[str, bool]
) -> DisplayCheck:
    """Keep what was measured and seen, and let the reader begin.

    Raises ScreenTooSmall where the protocol demands more pixels; that is in the audit trail too.
    """
    try:
        require_resolution(screen, queries.conditions_of(reader.study).minimum_px)
    except ScreenTooSmall:
        _record_refusal(reader, screen)
        raise
    return _store_check(reader, workstation=workstation, browser=browser, screen=screen, answers=answers)


@transaction.atomic
def _record_refusal(reader: Membership, screen: Screen) -> None:
    lifecycle.require(reader.study.status, lifecycle.Act.READ)
    audit.record(reader.study, reader.user, "display refused", reader=reader.code, **_audited(screen))


@transaction.atomic
def _store_check(
    reader: Membership, *, workstation: str, browser: str, screen: Screen, answers: dict[str, bool]
) -> DisplayCheck:
    session = continue_session(reader, workstation=workstation, browser=browser)
    check = DisplayCheck.objects.create(
        session=session,
        checked_at=timezone.now(),
        screen_width_px=screen.screen_width_px,
        screen_height_px=screen.screen_height_px,
        window_width_px=screen.window_width_px,
        window_height_px=screen.window_height_px,
        pixel_ratio=screen.pixel_ratio,
        colour_depth=screen.colour_depth,
        pixel_pitch_mm=screen.pixel_pitch_mm,
        answers=answers,
    )
    seen = {"session": session.number, **_audited(screen), "seen": answers}
    audit.record(reader.study, reader.user, "display checked", reader=reader.code, **seen)
    return check


def _audited(screen: Screen) -> dict[str, object]:
    return {"screen": f"{screen.screen_width_px} × {screen.screen_height_px}", "pixel_ratio": screen.pixel_ratio}
