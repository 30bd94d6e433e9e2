"""How long a sign-in lasts: by signs of the person, not of the page; and who must set up a second factor first."""

import json
import uuid

import pytest
from django.test import Client

from readerstudy.models import BrowserSession
from readerstudy.services import score
from tests.authenticator import Phone
from tests.cast import PASSWORD, person

MINUTE = 60


@pytest.fixture
def here(cast):
    browser = Client()
    browser.post("/sign-in/", {"username": "one", "password": PASSWORD})
    return browser


def who(client):
    return client.get("/sign-in/again/").json()["username"]


def let_pass(client, seconds):
    """So much time goes by since the person was last seen, and since the session began."""
    session = client.session
    session["seen"] -= seconds
    session["since"] -= seconds
    session.save()


def seen(client):
    return client.session["seen"]


class TestIdle:
    def test_after_an_hour_without_the_person_the_session_is_over(self, here):
        let_pass(here, 61 * MINUTE)

        assert who(here) is None
        assert here.get("/read/")["Location"].startswith("/sign-in/")
        assert not BrowserSession.objects.exists()

    def test_before_that_it_goes_on_and_begins_anew(self, here):
        let_pass(here, 59 * MINUTE)
        here.get("/read/")
        let_pass(here, 59 * MINUTE)

        assert who(here) == "one"

    def test_the_setting_makes_it_shorter(self, here, settings):
        settings.SESSION_IDLE_S = 5 * MINUTE
        let_pass(here, 6 * MINUTE)

        assert who(here) is None

    def test_what_is_seen_is_written_down_every_half_minute_and_not_more_often(self, here):
        let_pass(here, 20)
        before = seen(here)
        here.get("/read/")
        assert seen(here) == before

        let_pass(here, 20)
        here.get("/read/")

        assert seen(here) > before
        row = BrowserSession.objects.get()
        assert row.last_seen_at.timestamp() == pytest.approx(seen(here), abs=0.01)


class TestParts:
    def test_a_part_of_a_page_that_renews_itself_sends_the_page_to_the_sign_in(self, cast):
        answer = Client().get(f"/studies/{cast.study.slug}/monitor/", headers={"HX-Request": "true"})

        assert (answer.status_code, answer["HX-Refresh"], answer.content) == (401, "true", b"")


class TestWhatCounts:
    """Requests that a page makes by itself do not keep a session alive."""

    @pytest.fixture
    def pair(self, sealed):
        return sealed.allocations.filter(reader__user__username="one").first()

    def counts(self, here, ask):
        let_pass(here, 10 * MINUTE)
        before = seen(here)
        ask()
        return seen(here) > before

    def test_pages_and_scores_do(self, pair, here):
        score.open_reading(pair)
        body = {"key": str(uuid.uuid4()), "base_version": 0, "answers": {"feature:snr": 3}, "active_seconds": 1}
        save = f"/read/{pair.token}/scores/"

        assert self.counts(here, lambda: here.get(f"/read/{pair.token}/"))
        assert self.counts(here, lambda: here.post(save, json.dumps(body), content_type="application/json"))

    def test_images_and_what_the_page_asks_by_itself_do_not(self, pair, here):
        assert not self.counts(here, lambda: here.get(f"/pixels/{pair.left_token}/0"))
        assert not self.counts(here, lambda: here.get(f"/read/{pair.token}/state/"))
        assert not self.counts(here, lambda: here.get("/sign-in/again/"))
        assert not self.counts(here, lambda: here.get("/read/", headers={"X-Asked-By-Page": "1"}))

    def test_a_save_that_is_refused_again_and_again_does_not(self, pair, here):
        save = f"/read/{pair.token}/scores/"

        assert not self.counts(here, lambda: here.post(save, "{}", content_type="application/json"))

    def test_a_reader_who_looks_without_scoring_does_and_an_empty_chair_does_not(self, pair, here):
        score.open_reading(pair)

        def look(intervals):
            body = {"key": str(uuid.uuid4()), "intervals": intervals, "seen": {"left": {}, "right": {}}, "looks": []}
            answer = here.post(f"/read/{pair.token}/viewing/", json.dumps(body), content_type="application/json")
            assert answer.status_code == 200, answer.content

        assert self.counts(here, lambda: look([[1_700_000_000_000, 1_700_000_009_000]]))
        assert not self.counts(here, lambda: look([]))


class TestAbsolute:
    def test_after_twelve_hours_it_is_over_however_busy_the_person_is(self, here):
        for _ in range(12):
            let_pass(here, 59 * MINUTE)
            assert who(here) == "one"
            here.get("/read/")
        let_pass(here, 13 * MINUTE)

        assert who(here) is None

    def test_signing_in_again_begins_anew(self, here):
        let_pass(here, 11 * 60 * MINUTE)
        here.post("/sign-in/again/", {"username": "one", "password": PASSWORD})
        let_pass(here, 30 * MINUTE)
        here.get("/read/")
        let_pass(here, 55 * MINUTE)

        assert who(here) == "one"
        assert BrowserSession.objects.count() == 1


class TestInPlace:
    def test_a_reader_with_a_second_factor_goes_on_where_he_is(self, sealed, here):
        user = BrowserSession.objects.get().user
        phone = Phone(user)
        phone.wait()
        let_pass(here, 61 * MINUTE)
        pair = sealed.allocations.filter(reader__user=user).first()
        assert here.get(f"/read/{pair.token}/state/", headers={"Accept": "application/json"}).status_code == 401

        first = here.post("/sign-in/again/", {"username": "one", "password": PASSWORD})
        wrong = here.post("/sign-in/again/", {"username": "one", "password": PASSWORD, "code": "000000"})
        right = here.post("/sign-in/again/", {"username": "one", "password": PASSWORD, "code": phone.code()})

        assert [answer.status_code for answer in (first, wrong, right)] == [401, 401, 200]
        assert [first.json()["error"], wrong.json()["error"]] == ["code", "code"]
        assert here.get(f"/read/{pair.token}/state/").status_code == 200


class TestRequiredFactor:
    @pytest.fixture(autouse=True)
    def required(self, settings):
        settings.SECOND_FACTOR_FOR = frozenset({"coordinators", "administrators"})

    def test_a_coordinator_without_one_is_led_to_the_set_up_from_everywhere(self, cast, sign_in):
        client = sign_in(cast.coordinator)

        for page in ("/", f"/studies/{cast.study.slug}/", f"/studies/{cast.study.slug}/cases/", "/studies/new/"):
            assert client.get(page)["Location"] == "/account/second-factor/", page
        assert client.post(f"/studies/{cast.study.slug}/allocation/seal/", {"reason": "x"}).status_code == 302
        assert client.get("/account/second-factor/").status_code == 200
        cast.study.refresh_from_db()
        assert cast.study.status == "draft"

    def test_what_asks_for_json_is_told_so(self, cast, sign_in):
        answer = sign_in(cast.coordinator).get("/", headers={"Accept": "application/json"})

        assert (answer.status_code, answer.json()["error"]) == (403, "second_factor")

    def test_readers_and_statisticians_go_on(self, cast, sign_in):
        assert sign_in(cast.reader_one.user).get("/read/").status_code == 200
        assert sign_in(cast.statistician).get(f"/studies/{cast.study.slug}/").status_code == 200

    def test_with_one_the_coordinator_goes_on(self, cast, sign_in):
        Phone(cast.coordinator)

        assert sign_in(cast.coordinator).get(f"/studies/{cast.study.slug}/").status_code == 200

    def test_an_administrator_needs_it_too(self, db, sign_in):
        assert sign_in(person("boss", is_staff=True)).get("/people/")["Location"] == "/account/second-factor/"
