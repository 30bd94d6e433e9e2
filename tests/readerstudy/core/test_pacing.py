"""When one more pair may be opened: sessions and breaks, pairs a day, days between the same images."""

from datetime import UTC, datetime, timedelta

import pytest

from readerstudy.core.pacing import PacingRules, Pause, Reason, Work, pause_before, seconds_to_open, session_start

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)


def ago(minutes):
    return NOW - timedelta(minutes=minutes)


def every_five_minutes(first, last=0):
    """Moments of work from `first` to `last` minutes ago."""
    return tuple(ago(minutes) for minutes in range(first, last - 1, -5))


class TestWithoutRules:
    def test_nothing_is_ever_put_off(self):
        work = Work(every_five_minutes(600), every_five_minutes(600), ago(1))

        assert pause_before(PacingRules(), work, NOW) is None
        assert seconds_to_open(PacingRules(), work, NOW) is None
        assert not PacingRules().any


class TestSessionStart:
    @pytest.mark.parametrize(
        ("minutes_ago", "start"),
        [
            ([], None),
            ([0], 0),
            ([14], 14),
            ([15], None),
            ([40, 28, 14], 40),
            ([60, 28, 14], 28),
            ([14, 60, 28], 28),
        ],
    )
    def test_it_goes_back_to_the_last_break(self, minutes_ago, start):
        found = session_start([ago(minutes) for minutes in minutes_ago], NOW, 15)

        assert found == (None if start is None else ago(start))


class TestBreak:
    RULES = PacingRules(session_minutes=60, break_minutes=15)

    @pytest.mark.parametrize("minutes", [5, 55, 59])
    def test_a_session_within_its_length_goes_on(self, minutes):
        assert pause_before(self.RULES, Work((ago(minutes), *every_five_minutes(minutes - minutes % 5))), NOW) is None

    @pytest.mark.parametrize("minutes", [60, 65, 300])
    def test_a_longer_one_ends_with_a_break_after_the_last_score(self, minutes):
        pause = pause_before(self.RULES, Work(every_five_minutes(minutes, 5)), NOW)

        assert pause == Pause(Reason.BREAK, ago(5) + timedelta(minutes=15))

    def test_after_the_break_a_new_session_begins(self):
        assert pause_before(self.RULES, Work(every_five_minutes(300, 15)), NOW) is None

    @pytest.mark.parametrize(("minutes", "left"), [(0, 60), (20, 40), (59, 1)])
    def test_it_tells_how_long_the_next_pair_stays_open(self, minutes, left):
        moments = (ago(minutes), *every_five_minutes(minutes - minutes % 5))

        assert seconds_to_open(self.RULES, Work(moments), NOW) == left * 60


class TestPairsADay:
    RULES = PacingRules(pairs_a_day=3)

    def test_one_more_is_opened_below_the_limit(self):
        assert pause_before(self.RULES, Work((), (ago(1), ago(2))), NOW) is None

    def test_at_the_limit_reading_waits_for_midnight(self):
        pause = pause_before(self.RULES, Work((), (ago(1), ago(2), ago(3))), NOW)

        assert pause == Pause(Reason.DAY, datetime(2026, 5, 5, tzinfo=UTC))

    def test_yesterdays_do_not_count(self):
        assert pause_before(self.RULES, Work((), (ago(1), ago(2), ago(601))), NOW) is None

    def test_the_day_begins_where_the_readers_are(self):
        # 10:00 UTC is 19:00 in Tokyo, whose 4 May began at 15:00 UTC on the 3rd and ends at 15:00 UTC.
        rules = PacingRules(pairs_a_day=3, time_zone="Asia/Tokyo")

        pause = pause_before(rules, Work((), (ago(1), ago(2), ago(18 * 60))), NOW)

        assert pause.until == datetime(2026, 5, 4, 15, tzinfo=UTC)
        assert pause_before(rules, Work((), (ago(1), ago(2), ago(20 * 60))), NOW) is None

    @pytest.mark.parametrize(("opened", "seconds"), [(1, None), (2, 0.0)])
    def test_the_last_pair_of_the_day_is_asked_for_anew(self, opened, seconds):
        assert seconds_to_open(self.RULES, Work((), (ago(1),) * opened), NOW) == seconds


class TestWashout:
    RULES = PacingRules(washout_days=14)

    def test_the_same_images_wait(self):
        assert pause_before(self.RULES, Work(same_images=ago(60)), NOW) == Pause(
            Reason.WASHOUT, ago(60) + timedelta(days=14)
        )

    def test_after_the_days_they_come_again(self):
        assert pause_before(self.RULES, Work(same_images=NOW - timedelta(days=14)), NOW) is None

    def test_images_never_seen_do_not_wait(self):
        assert pause_before(self.RULES, Work(), NOW) is None

    def test_the_order_is_kept(self):
        assert self.RULES.keeps_order
        assert not PacingRules(pairs_a_day=3).keeps_order


class TestSeveral:
    def test_the_longest_pause_counts(self):
        rules = PacingRules(session_minutes=30, pairs_a_day=2, washout_days=1)
        work = Work(every_five_minutes(60), (ago(1), ago(2)), ago(120))

        assert pause_before(rules, work, NOW).reason == Reason.WASHOUT
        assert pause_before(rules, Work(work.moments, work.openings), NOW).reason == Reason.DAY
        assert pause_before(rules, Work(work.moments), NOW).reason == Reason.BREAK
