"""When a reader may open another pair: session length, breaks, pairs a day, days between the same images. Pure.

A session is a row of moments of work (a pair opened, a score saved, a pair finished) without a break of
`break_minutes` between two of them. Only the opening of a pair that was never opened is ever put off; a pair
that is in progress can be scored and finished at any time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

# What came earlier is of no session and no day that still goes on (one day a year has 25 hours).
LOOKS_BACK = timedelta(hours=26)


class Reason(StrEnum):
    BREAK = "break"
    DAY = "day"
    WASHOUT = "washout"
    ORDER = "order"


@dataclass(frozen=True)
class PacingRules:
    """None: no such limit. The day begins at midnight in `time_zone`."""

    session_minutes: int | None = None
    break_minutes: int = 15
    pairs_a_day: int | None = None
    washout_days: int | None = None
    time_zone: str = "UTC"

    @property
    def any(self) -> bool:
        return any(limit is not None for limit in (self.session_minutes, self.pairs_a_day, self.washout_days))

    @property
    def keeps_order(self) -> bool:
        """With days between the same images, which pair is open would tell which images come again."""
        return self.washout_days is not None


@dataclass(frozen=True)
class Pause:
    """Why a pair cannot be opened yet, and until when; `until` is None where another pair comes first."""

    reason: Reason
    until: datetime | None


@dataclass(frozen=True)
class Work:
    """What a reader did lately: moments of work, openings; and the last work on the images of the pair asked for."""

    moments: tuple[datetime, ...] = ()
    openings: tuple[datetime, ...] = ()
    same_images: datetime | None = None


def pause_before(rules: PacingRules, work: Work, now: datetime) -> Pause | None:
    """The pause that has to pass before one more pair is opened; of several the longest. None: open it now."""
    pauses = [pause for pause in (_break(rules, work, now), _day(rules, work, now), _washout(rules, work)) if pause]
    pending = [pause for pause in pauses if pause.until and pause.until > now]
    return max(pending, key=lambda pause: (pause.until, pause.reason), default=None)


def session_start(moments: Iterable[datetime], now: datetime, break_minutes: int) -> datetime | None:
    """When the session that is still going on began; None where the last moment of work is a break ago."""
    start, later, gap = None, now, timedelta(minutes=break_minutes)
    for moment in sorted(moments, reverse=True):
        if later - moment >= gap:
            break
        start = later = moment
    return start


def seconds_to_open(rules: PacingRules, work: Work, now: datetime) -> float | None:
    """For how long a pair that may be opened now may still be opened without asking again; None: for ever.

    Nought for the last pair of a day, since the pair before it may be on its way to the server.
    """
    if rules.pairs_a_day is not None and rules.pairs_a_day - _opened_today(rules, work, now) <= 1:
        return 0.0
    if rules.session_minutes is None:
        return None
    start = session_start(work.moments, now, rules.break_minutes) or now
    return max(0.0, (start + timedelta(minutes=rules.session_minutes) - now).total_seconds())


def _break(rules: PacingRules, work: Work, now: datetime) -> Pause | None:
    start = session_start(work.moments, now, rules.break_minutes)
    if rules.session_minutes is None or start is None or now - start < timedelta(minutes=rules.session_minutes):
        return None
    return Pause(Reason.BREAK, max(work.moments) + timedelta(minutes=rules.break_minutes))


def _day(rules: PacingRules, work: Work, now: datetime) -> Pause | None:
    if rules.pairs_a_day is None or _opened_today(rules, work, now) < rules.pairs_a_day:
        return None
    return Pause(Reason.DAY, _midnight(rules, now, days=1))


def _opened_today(rules: PacingRules, work: Work, now: datetime) -> int:
    since = _midnight(rules, now)
    return sum(opening >= since for opening in work.openings)


def _midnight(rules: PacingRules, now: datetime, days: int = 0) -> datetime:
    zone = ZoneInfo(rules.time_zone)
    day = now.astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(day, time(), tzinfo=zone)


def _washout(rules: PacingRules, work: Work) -> Pause | None:
    if rules.washout_days is None or work.same_images is None:
        return None
    return Pause(Reason.WASHOUT, work.same_images + timedelta(days=rules.washout_days))
