"""The page of an account: sessions that can be ended, the second factor on and off, an administrator's help."""

import re

import pyotp
import pyrage
import pytest
from django.test import Client

from readerstudy.models import AuditEvent, BrowserSession, SecondFactor, SignInTries
from readerstudy.services import second_factor
from tests.authenticator import Phone
from tests.cast import PASSWORD, person

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


@pytest.fixture
def one(db):
    return person("one")


def browser_of(user, code=None, agent=FIREFOX):
    browser = Client(HTTP_USER_AGENT=agent)
    browser.post("/sign-in/", {"username": user.username, "password": PASSWORD})
    if code:
        browser.post("/sign-in/code/", {"code": code})
    return browser


def who(client):
    return client.get("/sign-in/again/").json()["username"]


class TestSessions:
    def test_each_browser_is_listed_by_name_and_address_and_this_one_is_marked(self, one):
        here, _ = browser_of(one), browser_of(one, agent="python-requests/2.32")

        page = here.get("/account/").content.decode()

        assert "Firefox 128 on Linux" in page
        assert "python-requests/2.32" in page
        assert page.count("127.0.0.1") == 2
        assert page.count("here, now") == 1

    def test_one_can_be_ended(self, one):
        here, there = browser_of(one), browser_of(one)
        row = BrowserSession.objects.get(session_key=there.cookies["sessionid"].value)

        here.post(f"/account/sessions/{row.pk}/end/")

        assert (who(here), who(there)) == ("one", None)
        assert not BrowserSession.objects.filter(pk=row.pk).exists()
        assert AuditEvent.objects.filter(action="session ended", actor=one).exists()

    def test_ending_the_one_that_asks_is_signing_out(self, one):
        here = browser_of(one)
        row = BrowserSession.objects.get()

        assert here.post(f"/account/sessions/{row.pk}/end/")["Location"] == "/sign-in/"

        assert who(here) is None

    def test_all_but_this_one_can_be_ended_at_once(self, one):
        here, *others = (browser_of(one) for _ in range(3))

        here.post("/account/sessions/end/")

        assert [who(here), *map(who, others)] == ["one", None, None]

    def test_another_persons_cannot(self, one):
        here, there = browser_of(one), browser_of(person("two"))
        row = BrowserSession.objects.get(user__username="two")

        answer = here.post(f"/account/sessions/{row.pk}/end/", follow=True)

        assert "has ended already" in answer.content.decode()
        assert who(there) == "two"

    def test_one_that_signed_out_is_gone_from_the_list(self, one):
        here, there = browser_of(one), browser_of(one)
        there.post("/sign-out/")

        assert here.get("/account/").content.decode().count("127.0.0.1") == 1

    def test_a_session_that_began_by_other_means_is_listed_too(self, one, client):
        client.force_login(one)

        assert "127.0.0.1" in client.get("/account/").content.decode()

    def test_an_account_that_is_closed_is_signed_out_at_once(self, one, client):
        here = browser_of(one)
        client.force_login(person("boss", is_staff=True))

        client.post(f"/people/{one.pk}/", {})

        assert who(here) is None
        assert not BrowserSession.objects.filter(user=one).exists()


class TestSwitchingOn:
    def begin(self, client):
        client.post("/account/second-factor/begin/", {"password": PASSWORD})
        page = client.get("/account/second-factor/").content.decode()
        return re.search(r'class="secret">([A-Z2-7 ]+)<', page)[1].replace(" ", ""), page

    def test_from_the_picture_to_the_recovery_codes(self, one):
        here = browser_of(one)
        secret, page = self.begin(here)
        assert 'src="data:image/svg+xml' in page

        answer = here.post("/account/second-factor/confirm/", {"code": pyotp.TOTP(secret).now()})

        codes = re.findall(r"<li>([a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4})</li>", answer.content.decode())
        assert len(set(codes)) == 10
        assert "no-store" in answer["Cache-Control"]
        assert second_factor.accept(one, codes[0])

    def test_it_ends_the_other_sessions_that_came_in_without(self, one):
        here, there = browser_of(one), browser_of(one)
        secret, _ = self.begin(here)

        here.post("/account/second-factor/confirm/", {"code": pyotp.TOTP(secret).now()})

        assert (who(here), who(there)) == ("one", None)

    def test_a_wrong_first_code_is_told_and_the_picture_stays(self, one):
        here = browser_of(one)
        secret, _ = self.begin(here)

        answer = here.post("/account/second-factor/confirm/", {"code": "000000"})

        assert answer.status_code == 400
        assert "does not fit" in answer.content.decode()
        assert secret[:4] in answer.content.decode()
        assert not second_factor.is_on(one)

    def test_without_the_password_nothing_begins(self, one):
        here = browser_of(one)

        answer = here.post("/account/second-factor/begin/", {"password": "wrong"})

        assert answer.status_code == 400
        assert "not your password" in answer.content.decode()
        assert not SecondFactor.objects.exists()

    def test_passwords_cannot_be_guessed_here_either(self, one):
        here = browser_of(one)
        for _ in range(5):
            here.post("/account/second-factor/begin/", {"password": "wrong"})

        answer = here.post("/account/second-factor/begin/", {"password": PASSWORD})

        assert "signing in waits" in answer.content.decode()
        assert not SecondFactor.objects.exists()

    def test_a_visit_changes_nothing(self, one):
        browser_of(one).get("/account/second-factor/")

        assert not SecondFactor.objects.exists()


class TestSwitchingOff:
    @pytest.fixture
    def phone(self, one):
        phone = Phone(one)
        phone.wait()
        return phone

    @pytest.fixture
    def here(self, one, phone):
        here = browser_of(one, phone.code())
        phone.wait()
        return here

    def off(self, client, **given):
        return client.post("/account/second-factor/off/", given)

    def test_it_asks_for_password_and_code(self, one, phone, here):
        assert self.off(here, password=PASSWORD, code=phone.code())["Location"] == "/account/"

        assert not second_factor.is_on(one)
        assert who(here) == "one"

    def test_without_either_it_stays_on(self, one, phone, here):
        assert self.off(here, password="wrong", code=phone.code()).status_code == 400
        assert self.off(here, password=PASSWORD, code="000000").status_code == 400
        assert self.off(here, password=PASSWORD).status_code == 400
        assert second_factor.is_on(one)

    def test_who_needs_it_keeps_it_and_no_code_is_used_up(self, one, phone, here, settings):
        settings.SECOND_FACTOR_FOR = frozenset({"everybody"})
        left = second_factor.recovery_codes_left(one)

        answer = self.off(here, password=PASSWORD, code=phone.recovery_codes[0])

        assert answer.status_code == 400
        assert "so it stays on" in answer.content.decode()
        assert second_factor.recovery_codes_left(one) == left

    def test_recovery_codes_are_renewed_with_the_password(self, one, phone, here):
        answer = here.post("/account/second-factor/codes/", {"password": PASSWORD})

        assert len(re.findall(r"<li>[a-z0-9-]{14}</li>", answer.content.decode())) == 10
        assert not second_factor.accept(one, phone.recovery_codes[0])
        assert here.post("/account/second-factor/codes/", {"password": "wrong"}).status_code == 400

    def test_with_another_key_of_the_installation_it_is_told_in_words(self, one, phone, settings):
        settings.SECOND_FACTOR_KEY = str(pyrage.x25519.Identity.generate())
        visitor = Client(raise_request_exception=False)
        visitor.post("/sign-in/", {"username": "one", "password": PASSWORD})

        answer = visitor.post("/sign-in/code/", {"code": "123456"})

        assert answer.status_code == 500
        assert "administrator can reset it" in answer.content.decode()


class TestAdministrator:
    @pytest.fixture
    def boss(self, db, client):
        client.force_login(person("boss", is_staff=True))
        return client

    def test_a_lost_phone_is_reset_and_the_person_signed_out(self, one, boss):
        phone = Phone(one)
        phone.wait()
        here = browser_of(one, phone.code())
        assert "Reset" in boss.get("/people/").content.decode()

        boss.post(f"/people/{one.pk}/second-factor/reset/")

        assert who(here) is None
        assert who(browser_of(one)) == "one"
        assert AuditEvent.objects.get(action="second factor reset").actor.username == "boss"

    def test_a_waiting_person_is_let_in(self, one, boss):
        for _ in range(5):
            Client().post("/sign-in/", {"username": "one", "password": "wrong"})
        assert who(browser_of(one)) is None
        assert "Let in now" in boss.get("/people/").content.decode()

        boss.post(f"/people/{one.pk}/unlock/")

        assert who(browser_of(one)) == "one"
        assert "Let in now" not in boss.get("/people/").content.decode()

    def test_what_happened_at_the_door_is_shown_to_administrators_only(self, one, boss):
        Client(REMOTE_ADDR="192.0.2.77").post("/sign-in/", {"username": "one", "password": "wrong"})

        page = boss.get("/people/audit/").content.decode()

        assert "The chain is whole" in page
        assert "sign-in refused" in page
        assert "192.0.2.77" in page
        assert browser_of(one).get("/people/audit/").status_code == 404

    @pytest.mark.parametrize("act", ["second-factor/reset/", "unlock/"])
    def test_nobody_else_can(self, one, client, act):
        phone = Phone(one)
        for _ in range(5):
            Client().post("/sign-in/", {"username": "one", "password": "wrong"})
        client.force_login(person("two"))

        assert client.post(f"/people/{one.pk}/{act}").status_code == 404
        assert second_factor.is_on(one)
        assert SignInTries.objects.get(kind="account").waits_until
        assert phone.recovery_codes
