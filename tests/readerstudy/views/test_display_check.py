"""The display check stands before the first pair where the protocol wants it, and lets everybody in who did it."""

import json

import pytest
from django.test import Client

from readerstudy.core.display_check import QUESTIONS
from readerstudy.models import DisplayCheck, ReadingConditions, ReadingSession
from readerstudy.services import close
from tests.conftest import REASON, without_csrf
from tests.readerstudy.core.test_display_check import MEASURED

JSON = {"Accept": "application/json", "User-Agent": "Browser/9 (test)"}


@pytest.fixture
def allocation(sealed):
    return sealed.allocations.select_related("reader__user").order_by("position").first()


@pytest.fixture
def reader(allocation, sign_in):
    return sign_in(allocation.reader.user)


@pytest.fixture
def conditions(sealed):
    return ReadingConditions.objects.create(study=sealed, display_check="session")


def address(study, pair=""):
    return f"/studies/{study.slug}/display-check/" + (f"?pair={pair}" if pair else "")


def send(client, study, pair="", **changes):
    body = {"screen": MEASURED, "answers": dict.fromkeys(QUESTIONS, True), **changes}
    return client.post(address(study, pair), json.dumps(body), content_type="application/json", headers=JSON)


class TestTheWayIn:
    def test_without_the_condition_the_pair_is_shown_at_once(self, reader, allocation):
        assert reader.get(f"/read/{allocation.token}/").status_code == 200

    def test_the_pair_waits_for_the_check_and_is_shown_after_it(self, reader, allocation, sealed, conditions):
        station = f"/read/{allocation.token}/"
        assert reader.get(station).headers["Location"] == address(sealed, allocation.token)

        assert send(reader, sealed, allocation.token).json() == {"next": station}
        assert reader.get(station).status_code == 200

    def test_a_no_keeps_nobody_out(self, reader, allocation, sealed, conditions):
        send(reader, sealed, answers=dict.fromkeys(QUESTIONS, False))

        assert reader.get(f"/read/{allocation.token}/").status_code == 200
        assert set(DisplayCheck.objects.get().answers.values()) == {False}

    def test_another_browser_is_checked_itself(self, reader, allocation, sealed, conditions):
        send(reader, sealed)
        del reader.cookies["workstation"]

        assert reader.get(f"/read/{allocation.token}/").status_code == 302

    def test_scores_never_wait_for_it(self, reader, allocation, conditions):
        body = {"key": "6b9d2a5e-0000-4000-8000-000000000001", "base_version": 0, "answers": {"feature:snr": 2}}
        kind = {"content_type": "application/json", "headers": JSON}

        assert reader.post(f"/read/{allocation.token}/scores/", json.dumps(body), **kind).status_code == 200

    def test_a_pair_of_somebody_else_leads_to_the_work_list(self, reader, sealed, allocation, conditions):
        other = sealed.allocations.exclude(reader=allocation.reader).first()

        assert send(reader, sealed, other.token).json() == {"next": "/read/"}


class TestRecord:
    def test_screen_browser_and_answers_are_kept_with_the_session(self, reader, sealed, conditions):
        response = send(reader, sealed)

        check = DisplayCheck.objects.get()
        assert (check.screen_width_px, check.pixel_ratio, check.pixel_pitch_mm) == (1920, 1.25, 0.2767)
        assert check.session.browser == "Browser/9 (test)"
        assert response.cookies["workstation"].value == check.session.workstation
        assert response.cookies["workstation"]["httponly"]

    def test_a_small_screen_is_refused_in_kind_words(self, reader, sealed, conditions):
        conditions.minimum_width_px = 2560
        conditions.save()

        response = send(reader, sealed)

        assert response.status_code == 400
        assert "1920 × 1080 pixels" in response.json()["message"]
        assert "2560" in response.json()["message"]

    @pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 6000, b" " * 9000 + b"{}"], ids=len)
    def test_garbage_is_400(self, reader, sealed, body):
        response = reader.post(address(sealed), body, content_type="application/json", headers=JSON)

        assert response.status_code == 400
        assert not ReadingSession.objects.exists()

    @pytest.mark.parametrize("cookie", ["", "short", "x" * 400, "a'; DROP TABLE--------", "ä" * 22])
    def test_a_strange_cookie_is_replaced(self, reader, sealed, cookie):
        reader.cookies["workstation"] = cookie

        assert send(reader, sealed).status_code == 200
        assert ReadingSession.objects.get().workstation not in ("", cookie)


class TestWho:
    def test_it_is_for_the_readers_of_the_study(self, sealed, cast, sign_in):
        client = sign_in(cast.outsider)
        assert client.get(address(sealed)).status_code == 404
        assert sign_in(cast.coordinator).get(address(sealed)).status_code == 403

    def test_after_the_lock_there_is_none(self, reader, sealed, cast):
        close.lock_study(sealed, actor=cast.coordinator, reason=REASON)

        assert reader.get(address(sealed)).status_code == 409
        assert send(reader, sealed).status_code == 409

    def test_a_reader_without_pairs_is_told_so(self, study, cast, sign_in):
        assert sign_in(cast.reader_one.user).get(address(study)).status_code == 409

    def test_the_page_is_the_same_for_all_readers_but_for_the_token(self, sealed, cast, sign_in):
        pages = {
            without_csrf(sign_in(who.user).get(address(sealed)).content) for who in (cast.reader_one, cast.reader_two)
        }

        assert len(pages) == 1


class TestMonitor:
    def test_the_coordinator_sees_the_last_check_of_each_reader(self, reader, sealed, conditions, cast):
        send(reader, sealed)
        send(reader, sealed, answers={**dict.fromkeys(QUESTIONS, True), "dark_patch": False})
        office = Client()
        office.force_login(cast.coordinator)

        html = office.get(f"/studies/{sealed.slug}/monitor/").content.decode()

        assert html.count("1920 × 1080") == 1
        assert html.count("not seen") == 1
        assert "0.277 mm" in html


class TestProtocolPage:
    def test_a_coordinator_sets_the_conditions_of_a_draft(self, study, cast, sign_in):
        client = sign_in(cast.coordinator)
        form = {
            "part": "conditions",
            "conditions-display_check": "day",
            "conditions-minimum_width_px": "1920",
            "conditions-minimum_height_px": "",
            "conditions-guess": "never",
        }

        response = client.post(f"/studies/{study.slug}/protocol/", form, follow=True)

        assert "Saved: conditions" in response.content.decode()
        assert "once a day on each workstation" in response.content.decode()
        assert ReadingConditions.objects.get().minimum_px == (1920, 0)

    def test_a_contradiction_is_told(self, study, cast, sign_in):
        form = {
            "part": "conditions",
            "conditions-display_check": "never",
            "conditions-minimum_width_px": "1920",
            "conditions-guess": "never",
        }

        response = sign_in(cast.coordinator).post(f"/studies/{study.slug}/protocol/", form)

        assert "choose when readers check the display" in response.content.decode()
        assert not ReadingConditions.objects.exists()
