"""How long sign-in waits: not at first, then longer, never for ever."""

from datetime import timedelta

import pytest

from readerstudy.core.lockout import LONGEST_WAIT, wait_after


class TestWaitAfter:
    @pytest.mark.parametrize(
        ("failures", "minutes"), [(0, 0), (1, 0), (4, 0), (5, 1), (6, 2), (7, 4), (8, 8), (9, 15), (10, 15)]
    )
    def test_it_grows_from_try_to_try(self, failures, minutes):
        assert wait_after(failures, tries=5) == timedelta(minutes=minutes)

    def test_it_ends_also_after_a_million_tries(self):
        assert wait_after(10**6, tries=5) == LONGEST_WAIT

    def test_a_day_of_guessing_is_about_a_hundred_tries(self):
        tried, spent = 0, timedelta(0)
        while spent < timedelta(days=1):
            tried += 1
            spent += wait_after(tried, tries=5)

        assert 90 < tried < 110
