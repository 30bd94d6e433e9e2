"""An authenticator app beside the password; its secret is of no use to whoever reads the database."""

import pyrage
import pytest

from readerstudy.core.errors import IntegrityFailure, WrongState
from readerstudy.models import AuditEvent, RecoveryCode, SecondFactor
from readerstudy.services import second_factor
from tests.authenticator import Phone
from tests.cast import person


@pytest.fixture
def one(db):
    return person("one")


@pytest.fixture
def phone(one):
    return Phone(one)


class TestSetUp:
    def test_it_counts_only_once_a_first_code_was_right(self, one):
        second_factor.begin(one)
        assert not second_factor.is_on(one)

        with pytest.raises(second_factor.WrongCode):
            second_factor.confirm(one, "000000")

        assert not second_factor.is_on(one)
        assert not RecoveryCode.objects.exists()

    def test_beginning_again_makes_another_secret(self, one):
        first = second_factor.secret_of(second_factor.begin(one))

        assert second_factor.secret_of(second_factor.begin(one)) != first

    def test_one_that_is_on_is_not_replaced(self, one, phone):
        with pytest.raises(WrongState):
            second_factor.begin(one)
        with pytest.raises(WrongState):
            second_factor.confirm(one, phone.code(steps=1))

    def test_nothing_can_be_confirmed_that_was_not_begun(self, one):
        with pytest.raises(WrongState):
            second_factor.confirm(one, "123456")


class TestAccept:
    def test_a_code_of_the_app_works_once(self, one, phone):
        phone.wait()
        code = phone.code()

        assert second_factor.accept(one, code)
        assert not second_factor.accept(one, code)

    def test_the_code_that_switched_it_on_does_not_sign_in_too(self, one):
        secret = second_factor.secret_of(second_factor.begin(one))
        phone = Phone.__new__(Phone)
        phone.user, phone.secret = one, secret
        code = phone.code()
        second_factor.confirm(one, code)

        assert not second_factor.accept(one, code)

    @pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
    def test_a_phone_may_be_half_a_minute_off_and_no_more(self, one, phone, steps, taken):
        phone.wait()

        assert second_factor.accept(one, phone.code(steps=steps)) is taken

    def test_a_code_of_somebody_else_does_not_work(self, one, phone):
        other = Phone(person("two"))
        phone.wait()
        other.wait()

        assert not second_factor.accept(one, other.code())

    def test_without_a_second_factor_no_code_is_right(self, one):
        assert not second_factor.accept(one, "")
        assert not second_factor.accept(one, "123456")


class TestRecoveryCodes:
    def test_each_works_once_however_it_is_typed(self, one, phone):
        first, second = phone.recovery_codes[:2]

        assert second_factor.accept(one, first)
        assert not second_factor.accept(one, first)
        assert second_factor.accept(one, f" {second.upper().replace('-', ' ')} ")
        assert second_factor.recovery_codes_left(one) == 8

    def test_use_is_recorded_without_the_code(self, one, phone):
        second_factor.accept(one, phone.recovery_codes[0])

        event = AuditEvent.objects.get(action="recovery code used")
        assert event.detail == {"username": "one", "left": 9}

    def test_new_ones_replace_the_old_ones(self, one, phone):
        fresh = second_factor.renew_recovery_codes(one)

        assert not second_factor.accept(one, phone.recovery_codes[0])
        assert second_factor.accept(one, fresh[0])

    def test_somebody_elses_do_not_work(self, one, phone):
        other = Phone(person("two"))

        assert not second_factor.accept(one, other.recovery_codes[0])

    def test_there_are_none_without_a_second_factor(self, one):
        with pytest.raises(WrongState):
            second_factor.renew_recovery_codes(one)


class TestAtRest:
    def test_neither_secret_nor_codes_stand_in_the_database(self, one, phone):
        stored = str([*SecondFactor.objects.values(), *RecoveryCode.objects.values(), *AuditEvent.objects.values()])

        assert phone.secret not in stored
        assert not [code for code in phone.recovery_codes if code in stored or code.replace("-", "") in stored]

    def test_with_another_key_it_is_told_and_nobody_gets_in(self, one, phone, settings):
        settings.SECOND_FACTOR_KEY = str(pyrage.x25519.Identity.generate())

        with pytest.raises(IntegrityFailure, match="administrator can reset"):
            second_factor.accept(one, "123456")

    def test_a_secret_that_is_copied_to_another_account_is_noticed(self, one, phone):
        thief = person("thief")
        stored = SecondFactor.objects.get(user=one)
        SecondFactor.objects.create(
            user=thief, secret_encrypted=stored.secret_encrypted, confirmed_at=stored.confirmed_at
        )

        with pytest.raises(IntegrityFailure):
            second_factor.accept(thief, phone.code(steps=1))

    @pytest.mark.parametrize("rubbish", ["", "x", "bm8gYWdl"])
    def test_a_damaged_one_is_told(self, one, phone, rubbish):
        SecondFactor.objects.update(secret_encrypted=rubbish)

        with pytest.raises(IntegrityFailure):
            second_factor.accept(one, "123456")


class TestRequired:
    @pytest.mark.parametrize(
        ("groups", "who"),
        [
            (set(), set()),
            ({"coordinators"}, {"coordinator", "outsider"}),
            ({"administrators"}, {"boss"}),
            ({"coordinators", "administrators"}, {"coordinator", "outsider", "boss"}),
            ({"everybody"}, {"coordinator", "outsider", "boss", "one", "statistician"}),
        ],
    )
    def test_the_setting_says_of_whom(self, cast, settings, groups, who):
        settings.SECOND_FACTOR_FOR = frozenset(groups)
        people = [
            cast.coordinator,
            cast.outsider,
            person("boss", is_staff=True),
            cast.reader_one.user,
            cast.statistician,
        ]

        assert {user.username for user in people if second_factor.is_required(user)} == who

    def test_who_needs_it_cannot_switch_it_off(self, one, phone, settings):
        settings.SECOND_FACTOR_FOR = frozenset({"everybody"})

        with pytest.raises(WrongState):
            second_factor.switch_off(one)
        assert second_factor.is_on(one)


class TestTheWayOut:
    def test_who_may_do_without_switches_it_off_and_all_codes_go(self, one, phone):
        second_factor.switch_off(one)

        assert not second_factor.is_on(one)
        assert not RecoveryCode.objects.exists()
        assert not second_factor.accept(one, phone.recovery_codes[0])
        assert AuditEvent.objects.filter(action="second factor switched off", actor=one).exists()

    def test_an_administrator_resets_a_lost_one_and_it_is_recorded(self, one, phone):
        boss = person("boss")

        second_factor.reset(one, actor=boss)

        assert not second_factor.is_on(one)
        event = AuditEvent.objects.get(action="second factor reset")
        assert (event.actor, event.detail) == (boss, {"username": "one"})

    def test_there_is_nothing_to_reset_or_switch_off_where_there_is_none(self, one):
        with pytest.raises(WrongState):
            second_factor.reset(one, actor=person("boss"))
        with pytest.raises(WrongState):
            second_factor.switch_off(one)
