"""Sessions begin after a pause, checks are due when the protocol says so and are kept for good."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from readerstudy.core.display_check import QUESTIONS, ScreenTooSmall, screen_of
from readerstudy.core.errors import WrongState
from readerstudy.models import DisplayCheck, ReadingConditions, ReadingSession
from readerstudy.services import close, sessions
from tests.conftest import REASON
from tests.readerstudy.core.test_display_check import MEASURED

DESK, OTHER_DESK = "a" * 22, "b" * 22
ALL_YES = dict.fromkeys(QUESTIONS, True)


@pytest.fixture
def reader(sealed, cast):
    return cast.reader_one


@pytest.fixture
def wanted(sealed):
    """Set what the protocol demands, though it is sealed."""

    def conditions(**values):
        ReadingConditions.objects.update_or_create(study=sealed, defaults=values)

    return conditions


def check(reader, workstation=DESK, **changes):
    screen = screen_of({**MEASURED, **changes})
    return sessions.record_check(reader, workstation=workstation, browser="B/1", screen=screen, answers=ALL_YES)


def work(reader, workstation=DESK):
    return sessions.continue_session(reader, workstation=workstation, browser="B/1")


def let_pass(session, **time):
    """As if the session had been this much earlier."""
    earlier = timedelta(**time)
    ReadingSession.objects.filter(pk=session.pk).update(
        started_at=session.started_at - earlier, last_active_at=session.last_active_at - earlier
    )


class TestContinueSession:
    def test_work_without_a_long_pause_is_one_session(self, reader):
        first = work(reader)
        let_pass(first, minutes=29)

        assert work(reader) == first
        first.refresh_from_db()
        assert timezone.now() - first.last_active_at < timedelta(minutes=1)

    def test_after_a_pause_the_next_one_begins(self, reader):
        let_pass(work(reader), minutes=31)

        assert work(reader).number == 2

    def test_another_browser_is_another_session_and_both_go_on(self, reader):
        here, there = work(reader), work(reader, OTHER_DESK)

        assert (here.number, there.number) == (1, 2)
        assert (work(reader), work(reader, OTHER_DESK)) == (here, there)

    def test_its_beginning_is_one_audit_event(self, reader, sealed):
        work(reader)
        work(reader)

        assert sealed.audit_events.filter(action="reading session begun").count() == 1

    def test_there_is_none_after_the_lock(self, reader, sealed, cast):
        close.lock_study(sealed, actor=cast.coordinator, reason=REASON)
        reader.refresh_from_db()

        with pytest.raises(WrongState):
            work(reader)


class TestCheckIsDue:
    def test_never_where_the_protocol_does_not_want_it(self, reader):
        assert not sessions.check_is_due(reader, DESK)

    def test_once_a_session(self, reader, wanted):
        wanted(display_check="session")
        assert sessions.check_is_due(reader, DESK)

        session = check(reader).session
        assert not sessions.check_is_due(reader, DESK)
        assert sessions.check_is_due(reader, OTHER_DESK)

        let_pass(session, minutes=31)
        assert sessions.check_is_due(reader, DESK)

    def test_a_session_that_began_without_a_check_is_checked_too(self, reader, wanted):
        wanted(display_check="session")
        session = work(reader)
        assert sessions.check_is_due(reader, DESK)

        assert check(reader).session == session
        assert not sessions.check_is_due(reader, DESK)

    def test_once_a_day(self, reader, wanted, monkeypatch):
        wanted(display_check="day")
        let_pass(check(reader).session, minutes=31)
        assert not sessions.check_is_due(reader, DESK)

        tomorrow = timezone.localtime() + timedelta(days=1)
        monkeypatch.setattr(sessions.timezone, "localtime", lambda: tomorrow)
        assert sessions.check_is_due(reader, DESK)


class TestRecordCheck:
    def test_it_is_kept_with_the_session_and_told_in_the_trail(self, reader, sealed):
        kept = check(reader)

        assert (kept.session.number, kept.session.browser, kept.answers) == (1, "B/1", ALL_YES)
        event = sealed.audit_events.get(action="display checked")
        assert (event.detail["screen"], event.detail["seen"]) == ("1920 × 1080", ALL_YES)

    def test_a_screen_that_is_too_small_is_refused_and_that_is_in_the_trail(self, reader, sealed, wanted):
        wanted(display_check="session", minimum_width_px=2560, minimum_height_px=1440)

        with pytest.raises(ScreenTooSmall):
            check(reader)

        assert not DisplayCheck.objects.exists()
        assert sealed.audit_events.get(action="display refused").detail["screen"] == "1920 × 1080"
        assert sessions.check_is_due(reader, DESK)

    @pytest.mark.parametrize(
        "sql", ["UPDATE readerstudy_displaycheck SET pixel_ratio = 9", "DELETE FROM readerstudy_displaycheck"]
    )
    def test_the_database_refuses_to_change_it(self, reader, sql):
        check(reader)

        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
