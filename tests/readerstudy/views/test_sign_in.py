"""Signing in: password, then code; what is refused looks the same whether the name exists or not."""

import re

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from readerstudy.models import AuditEvent, BrowserSession, SignInTries
from tests.authenticator import Phone
from tests.cast import PASSWORD, person
from tests.conftest import without_csrf

WRONG = "not the password"
NEW = {"new_password1": "another long sentence", "new_password2": "another long sentence"}


@pytest.fixture
def one(db):
    return person("one")


@pytest.fixture
def phone(one):
    phone = Phone(one)
    phone.wait()
    return phone


def give_password(client, username="one", password=PASSWORD, **more):
    return client.post("/sign-in/", {"username": username, "password": password, **more})


def give_code(client, code):
    return client.post("/sign-in/code/", {"code": code})


def who(client):
    return client.get("/sign-in/again/").json()["username"]


class TestPassword:
    def test_it_lets_in_and_is_recorded_without_it(self, client, one):
        assert give_password(client, next="/read/")["Location"] == "/read/"

        assert who(client) == "one"
        event = AuditEvent.objects.get(action="signed in")
        assert event.detail == {"address": "127.0.0.1", "second_factor": False}
        assert PASSWORD not in str(list(AuditEvent.objects.values()))

    def test_it_never_leads_to_another_site(self, client, one):
        assert give_password(client, next="https://elsewhere.example/")["Location"] == "/"

    def test_two_browsers_sign_in_at_once(self, one):
        first, second = Client(), Client()
        for client in (first, second):
            client.get("/sign-in/")
        for client in (first, second):
            give_password(client)

        assert [who(first), who(second)] == ["one", "one"]
        assert BrowserSession.objects.filter(user=one).count() == 2

    def test_the_session_has_another_name_than_before(self, client, one):
        session = client.session
        session["planted"] = True
        session.save()
        planted = client.cookies["sessionid"] = session.session_key

        give_password(client)

        assert client.cookies["sessionid"].value != planted


class TestNoEnumeration:
    """Somebody, nobody, and somebody who may not sign in any more."""

    def answers(self, tries):
        person("gone", is_active=False)
        found = {}
        for name in ("one", "nobody", "gone"):
            client = Client(REMOTE_ADDR=f"192.0.2.{len(found)}")
            for _ in range(tries):
                page = give_password(client, name, WRONG)
            json = client.post("/sign-in/again/", {"username": name, "password": WRONG})
            body = without_csrf(page.content).replace(f'value="{name}"'.encode(), b"")
            found[name] = (page.status_code, body, json.status_code, json.content, sorted(page.headers))
        return found

    @pytest.mark.parametrize("tries", [1, 5, 6])
    def test_all_are_told_the_same_with_the_same_status(self, one, tries):
        found = self.answers(tries)

        assert found["one"] == found["nobody"] == found["gone"]

    def test_each_asks_the_database_equally_often(self, one):
        person("gone", is_active=False)
        counts = {}
        for name in ("one", "nobody", "gone"):
            for _ in range(2):  # the second time all rows are there
                with CaptureQueriesContext(connection) as queries:
                    give_password(Client(), name, WRONG)
            counts[name] = len(queries)

        assert len(set(counts.values())) == 1, counts

    def test_each_computes_one_hash(self, one, monkeypatch):
        person("gone", is_active=False)
        hashed = []
        encode = MD5PasswordHasher.encode
        monkeypatch.setattr(MD5PasswordHasher, "encode", lambda self, *given: hashed.append(1) or encode(self, *given))
        counts = {}
        for name in ("one", "nobody", "gone"):
            hashed.clear()
            give_password(Client(), name, WRONG)
            counts[name] = len(hashed)

        assert set(counts.values()) == {1}

    def test_a_waiting_account_is_told_kindly_with_429(self, client, one):
        for _ in range(5):
            assert give_password(client, password=WRONG).status_code == 200

        answer = give_password(client)

        assert answer.status_code == 429
        assert "signing in waits. Minutes: 1. Nothing is lost." in answer.content.decode()
        assert who(client) is None


class TestCode:
    def test_the_password_alone_opens_nothing(self, client, one, phone):
        assert give_password(client)["Location"] == "/sign-in/code/"

        assert who(client) is None
        assert client.get("/read/").status_code == 302

    def test_the_code_opens_what_was_asked_for(self, client, one, phone):
        give_password(client, next="/read/")

        assert give_code(client, phone.code())["Location"] == "/read/"
        assert who(client) == "one"
        assert BrowserSession.objects.get(user=one).second_factor

    def test_a_code_works_once_also_in_another_browser(self, client, one, phone):
        code = phone.code()
        give_password(client)
        give_code(client, code)
        other = Client()
        give_password(other)

        answer = give_code(other, code)

        assert answer.status_code == 200
        assert "each works once" in answer.content.decode()
        assert who(other) is None

    def test_a_recovery_code_works_once_and_few_are_told(self, client, one, phone):
        for code in phone.recovery_codes[:7]:
            give_password(client)
            assert give_code(client, code).status_code == 302
            client.post("/sign-out/")
        give_password(client)
        answer = client.post("/sign-in/code/", {"code": phone.recovery_codes[7]}, follow=True)
        assert "Recovery codes left: 2." in answer.content.decode()
        client.post("/sign-out/")

        give_password(client)
        give_code(client, phone.recovery_codes[0])

        assert who(client) is None

    def test_guessing_codes_waits_although_the_password_is_known(self, client, one, phone):
        for number in range(5):
            give_password(client)
            give_code(client, f"00000{number}")

        give_password(client)
        assert give_password(client).status_code == 429
        assert SignInTries.objects.get(kind="account").failures == 5
        assert AuditEvent.objects.filter(action="sign-in refused", detail__why="code").count() == 5

    def test_without_the_password_there_is_nothing_to_give_a_code_for(self, client, one, phone):
        assert client.get("/sign-in/code/")["Location"] == "/sign-in/"
        assert give_code(client, phone.code())["Location"] == "/sign-in/"
        assert who(client) is None

    def test_it_must_come_within_five_minutes(self, client, one, phone):
        give_password(client)
        session = client.session
        session["pending_sign_in"] = {**session["pending_sign_in"], "at": session["pending_sign_in"]["at"] - 301}
        session.save()

        assert give_code(client, phone.code())["Location"] == "/sign-in/"
        assert who(client) is None

    def test_a_password_that_was_changed_meanwhile_opens_nothing(self, client, one, phone):
        give_password(client)
        one.set_password("another long sentence")
        one.save()

        give_code(client, phone.code())

        assert who(client) is None

    def test_the_page_is_never_cached(self, client, one, phone):
        give_password(client)

        assert "no-store" in client.get("/sign-in/code/")["Cache-Control"]


class TestNewPassword:
    def test_changing_it_ends_all_other_sessions_and_not_this_one(self, client, one):
        other = Client()
        for browser in (client, other):
            give_password(browser)

        client.post("/password/", {"old_password": PASSWORD, **NEW})

        assert (who(client), who(other)) == ("one", None)
        assert BrowserSession.objects.get(user=one).session_key == client.cookies["sessionid"].value
        assert AuditEvent.objects.filter(action="password changed").count() == 1

    def test_resetting_it_by_link_ends_all(self, client, one, sign_in):
        give_password(client)
        boss = Client()
        boss.force_login(person("boss", is_staff=True))
        page = boss.post(f"/people/{one.pk}/password-link/", follow=True).content.decode()
        link = re.search(r"http://[^/]+(/password/reset/[^\s<]+)", page)[1]
        visitor = Client()
        form = visitor.get(link, follow=True)

        visitor.post(form.redirect_chain[-1][0], NEW)

        assert who(client) is None
        assert not BrowserSession.objects.filter(user=one).exists()

    def test_a_reset_password_does_not_go_round_the_second_factor(self, client, one, phone):
        one.set_password("another long sentence")
        one.save()

        assert give_password(client, password="another long sentence")["Location"] == "/sign-in/code/"


class TestAddresses:
    @pytest.mark.parametrize(
        ("proxies", "forwarded", "counted"),
        [
            (0, "198.51.100.1", "192.0.2.9"),
            (1, "198.51.100.1", "198.51.100.1"),
            (1, "203.0.113.5, 198.51.100.1", "198.51.100.1"),
            (2, "203.0.113.5, 198.51.100.1, 198.51.100.2", "198.51.100.1"),
            (2, "198.51.100.1", "192.0.2.9"),
            (1, "<script>", "192.0.2.9"),
            (1, "", "192.0.2.9"),
            (1, "[2001:db8::1]", "2001:db8::1"),
        ],
    )
    def test_only_what_our_own_proxies_saw_counts(self, one, settings, proxies, forwarded, counted):
        settings.PROXIES = proxies

        give_password(Client(REMOTE_ADDR="192.0.2.9", HTTP_X_FORWARDED_FOR=forwarded))

        assert BrowserSession.objects.get(user=one).address == counted
