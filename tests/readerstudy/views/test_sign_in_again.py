"""Signing in again from a page that stays: who it is, a fresh token, and a session for the right password only."""

import pytest
from django.test import Client

from tests.cast import PASSWORD

ADDRESS = "/sign-in/again/"


@pytest.fixture
def browser() -> Client:
    return Client(enforce_csrf_checks=True)


def sign_in(browser: Client, username: str, password: str):
    token = browser.get(ADDRESS).json()["csrf_token"]
    return browser.post(ADDRESS, {"username": username, "password": password}, headers={"X-CSRFToken": token})


class TestWho:
    def test_nobody_is_signed_in(self, browser, cast):
        assert browser.get(ADDRESS).json()["username"] is None

    def test_somebody_is(self, browser, cast):
        browser.force_login(cast.reader_one.user)

        assert browser.get(ADDRESS).json()["username"] == "one"

    def test_the_answer_is_never_cached(self, browser, cast):
        assert "no-store" in browser.get(ADDRESS)["Cache-Control"]


class TestSignIn:
    def test_the_right_password_opens_a_session_and_its_token_is_good_at_once(self, browser, cast):
        answer = sign_in(browser, "one", PASSWORD)

        assert (answer.status_code, answer.json()["username"]) == (200, "one")
        saved = browser.post("/sign-out/", headers={"X-CSRFToken": answer.json()["csrf_token"]})
        assert saved.status_code == 302

    def test_a_wrong_password_is_told_and_opens_nothing(self, browser, cast):
        answer = sign_in(browser, "one", "not the password")

        assert (answer.status_code, answer.json()["error"]) == (401, "login")
        assert "do not go together" in answer.json()["message"]
        assert browser.get(ADDRESS).json()["username"] is None

    def test_a_person_without_sign_in_stays_out(self, browser, cast):
        cast.reader_one.user.is_active = False
        cast.reader_one.user.save()

        assert sign_in(browser, "one", PASSWORD).status_code == 401

    def test_without_the_token_it_is_refused(self, browser, cast):
        assert browser.post(ADDRESS, {"username": "one", "password": PASSWORD}).status_code == 403
