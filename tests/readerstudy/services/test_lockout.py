"""Wrong tries are counted for each account and each address; who exists cannot be told from it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from readerstudy.core.errors import WrongState
from readerstudy.models import AuditEvent, SignInTries
from readerstudy.services import lockout
from tests.cast import person

HERE, THERE = "192.0.2.1", "198.51.100.7"


@pytest.fixture
def one(db):
    return person("one")


def fail(username, times=1, address=HERE):
    for _ in range(times):
        lockout.begin_try(username, address)
        lockout.failed(username, address, why="password")


def wait(minutes):
    """So much time goes by."""
    ago = timedelta(minutes=minutes)
    for row in SignInTries.objects.all():
        row.last_at -= ago
        row.waits_until = row.waits_until and row.waits_until - ago
        row.save()


def refusal(username="one", address=HERE):
    with pytest.raises(lockout.TooManyTries) as caught:
        lockout.begin_try(username, address)
    return caught.value


class TestAccount:
    def test_after_five_wrong_tries_it_waits_a_minute_then_longer(self, one):
        fail("one", 5)
        assert "Minutes: 1." in str(refusal())
        wait(1)
        fail("one")
        assert "Minutes: 2." in str(refusal())
        wait(2)
        fail("one")
        assert "Minutes: 4." in str(refusal())

    def test_trying_while_it_waits_makes_it_no_longer(self, one):
        fail("one", 5)
        first = refusal().until

        for _ in range(10):
            refusal()

        assert refusal().until == first

    def test_the_same_account_waits_from_everywhere(self, one):
        fail("one", 5)

        assert refusal(address=THERE)

    @pytest.mark.parametrize("typed", ["ONE", " one ", "One"])
    def test_other_letters_are_the_same_name(self, one, typed):
        fail("one", 5)

        assert refusal(username=typed)

    def test_others_go_on(self, one):
        fail("one", 5)

        lockout.begin_try("two", HERE)

    def test_signing_in_forgives(self, one):
        fail("one", 4)
        lockout.begin_try("one", HERE)
        lockout.succeeded("one", HERE)

        fail("one", 4)
        lockout.begin_try("one", HERE)

    def test_a_right_password_without_its_code_forgives_nothing(self, one):
        for _ in range(4):
            lockout.begin_try("one", HERE)
            lockout.take_back("one", HERE)
            fail("one")
        lockout.begin_try("one", HERE)
        lockout.take_back("one", HERE)
        fail("one")

        assert refusal()

    def test_a_day_without_a_wrong_try_forgives_too(self, one):
        fail("one", 4)
        wait(24 * 60 + 1)
        fail("one", 4)

        lockout.begin_try("one", HERE)


class TestAddress:
    def test_an_address_that_tries_many_names_waits(self, db):
        for number in range(50):
            fail(f"name{number}")

        assert refusal(username="somebody")
        lockout.begin_try("somebody", THERE)

    def test_fifty_people_who_sign_in_from_one_clinic_do_not(self, db):
        for number in range(60):
            lockout.begin_try(f"name{number}", HERE)
            lockout.succeeded(f"name{number}", HERE)

        lockout.begin_try("one more", HERE)

    def test_all_addresses_of_one_ipv6_network_are_one(self, db):
        for number in range(50):
            fail(f"name{number}", address=f"2001:db8:1:2::{number:x}")

        assert refusal(address="2001:db8:1:2:ffff::1")
        lockout.begin_try("one", "2001:db8:1:3::1")


class TestRecord:
    def test_it_tells_name_and_address_and_when_it_waits(self, one):
        fail("one", 5)

        events = list(AuditEvent.objects.filter(action="sign-in refused"))
        assert [event.detail["failures"] for event in events] == [1, 2, 3, 4, 5]
        assert {event.detail["username"] for event in events} == {"one"}
        assert {event.detail["address"] for event in events} == {HERE}
        assert ["waits_until" in event.detail for event in events] == [False] * 4 + [True]

    def test_a_password_that_was_typed_as_the_name_is_written_nowhere(self, one):
        fail("my secret sentence")

        assert "my secret sentence" not in str(list(AuditEvent.objects.values()))
        assert "my secret sentence" not in str(list(SignInTries.objects.values()))

    def test_what_is_refused_while_it_waits_fills_no_disk(self, one):
        fail("one", 5)
        before = AuditEvent.objects.count()

        refusal()

        assert AuditEvent.objects.count() == before


class TestUnlock:
    def test_an_administrator_lets_in_at_once_and_it_is_recorded(self, one):
        fail("one", 6 - 1)
        assert lockout.waiting([one]) == {one.pk: refusal().until}

        lockout.unlock(one, actor=person("boss"))

        lockout.begin_try("one", HERE)
        assert AuditEvent.objects.get(action="sign-in unlocked").detail == {"username": "one"}
        assert lockout.waiting([one]) == {}

    def test_there_is_nothing_to_unlock_where_nothing_was_wrong(self, one):
        with pytest.raises(WrongState):
            lockout.unlock(one, actor=person("boss"))

    def test_it_ends_by_itself(self, one):
        fail("one", 5)
        wait(1)

        assert lockout.waiting([one]) == {}
        lockout.begin_try("one", HERE)
        assert SignInTries.objects.get(kind="account").waits_until > timezone.now()  # a sixth wrong one waits longer
