"""The reading station's interface: every status of its contract, and no odd request that breaks it."""

import json
import uuid

import pytest
from django.db import connection
from django.test import Client

from readerstudy.models import ReaderKeys, Reading, ReadingConditions, Score, ScoreSave, ViewingBatch
from readerstudy.queries import viewings_of
from readerstudy.services import close
from tests.conftest import REASON, complete_answers, read_pair

JSON = {"Accept": "application/json"}


@pytest.fixture
def allocation(sealed):
    return sealed.allocations.select_related("reader__user").order_by("position").first()


@pytest.fixture
def reader(allocation, sign_in):
    return sign_in(allocation.reader.user)


@pytest.fixture
def post(reader, allocation):
    """POST JSON (or raw bytes) to one of the pair's addresses."""

    def post(what, body=None, *, client=reader, token=allocation.token):
        data = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        return client.post(f"/read/{token}/{what}/", data, content_type="application/json", headers=JSON)

    return post


def save_of(**changes):
    body = {"key": str(uuid.uuid4()), "base_version": 0, "answers": {"feature:snr": 2}, "active_seconds": 3.5}
    return {**body, **changes}


class TestState:
    def test_before_anything_was_done(self, reader, allocation):
        answer = reader.get(f"/read/{allocation.token}/state/").json()

        assert answer == {"version": 0, "answers": {}, "finished": False, "saved_at": None}

    def test_after_a_save(self, reader, allocation, post):
        saved_at = post("scores", save_of()).json()["saved_at"]

        answer = reader.get(f"/read/{allocation.token}/state/").json()

        assert answer == {"version": 1, "answers": {"feature:snr": 2}, "finished": False, "saved_at": saved_at}

    def test_a_look_makes_no_reading(self, reader, allocation):
        reader.get(f"/read/{allocation.token}/state/")

        assert not Reading.objects.exists()


class TestOpened:
    def test_it_starts_the_reading_once(self, post):
        assert post("opened").json() == post("opened").json()
        assert Reading.objects.count() == 1


class TestScores:
    def test_a_save_is_answered_with_its_receipt(self, post):
        response = post("scores", save_of())

        assert response.status_code == 200
        assert response.json() == {"version": 1, "saved_at": ScoreSave.objects.get().saved_at.isoformat()}

    def test_the_same_key_again_has_the_same_receipt(self, post):
        body = save_of()

        assert post("scores", body).json() == post("scores", body).json()
        assert ScoreSave.objects.count() == 1

    def test_an_older_version_is_409_with_the_newest_state(self, post):
        post("scores", save_of())

        response = post("scores", save_of(answers={"feature:snr": 5}))

        assert response.status_code == 409
        answer = response.json()
        assert (answer["error"], answer["state"]["answers"]) == ("version", {"feature:snr": 2})

    def test_a_finished_pair_wants_a_reason(self, post, allocation, sealed):
        read_pair(allocation, complete_answers(sealed))

        without = post("scores", save_of(base_version=1))
        given = post("scores", save_of(base_version=1, reason="looked again"))

        assert (without.status_code, without.json()["error"], given.status_code) == (400, "reason", 200)

    def test_a_closed_study_is_409(self, post, sealed, cast):
        post("opened")
        close.lock_study(sealed, actor=cast.coordinator, reason=REASON)

        response = post("scores", save_of())

        assert (response.status_code, response.json()["error"]) == (409, "closed")

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"[]",
            b'"text"',
            b"\xff\xfe",
            b"[" * 60_000,
            b'{"key": 1' + b"0" * 5000 + b"}",
            b" " * 70_000 + b"{}",
        ],
        ids=["empty", "cut off", "a list", "a text", "not UTF-8", "nested deep", "a huge number", "too long"],
    )
    def test_garbage_is_400(self, post, body):
        response = post("scores", body)

        assert (response.status_code, response.json()["error"]) == (400, "bad_input")

    @pytest.mark.parametrize(
        "changes",
        [
            {"key": None},
            {"key": "abc"},
            {"base_version": None},
            {"base_version": "0"},
            {"base_version": True},
            {"base_version": -1},
            {"base_version": 0.0},
            {"answers": None},
            {"answers": [1]},
            {"answers": {}},
            {"answers": {"feature:unknown": 1}},
            {"answers": {"feature:snr": 6}},
            {"answers": {"feature:snr": 0}},
            {"answers": {"feature:snr": "2"}},
            {"answers": {"feature:snr": True}},
            {"answers": {"feature:snr": 2.0}},
            {"answers": {"feature:snr": [2]}},
            {"answers": {"diagnostic:left": 2}},
            {"answers": {"\ud800": 2}},
            {"active_seconds": "3"},
            {"active_seconds": -1},
            {"active_seconds": True},
            {"active_seconds": float("nan")},
            {"active_seconds": float("inf")},
            {"given_at": 5},
            {"given_at": "yesterday"},
            {"given_at": "2026-01-01T10:00:00"},
            {"reason": {"a": 1}},
            {"reason": "\ud800"},
        ],
        ids=str,
    )
    def test_a_wrong_type_or_value_is_400_and_nothing_is_kept(self, post, changes):
        response = post("scores", save_of(**changes))

        assert (response.status_code, response.json()["error"]) == (400, "bad_input")
        assert not Score.objects.exists()

    def test_a_number_of_seconds_that_no_float_holds_loses_no_score(self, post):
        assert post("scores", save_of(active_seconds=10**400)).status_code == 200
        assert Score.objects.count() == 1

    def test_a_reason_may_hold_any_character(self, post):
        assert post("scores", save_of(reason="Größe \0 🙂")).status_code == 200
        assert ScoreSave.objects.get().reason == "Größe  🙂"

    def test_a_late_answer_tells_which_items_were_answered_anew(self, post):
        post("scores", save_of())

        response = post("scores", save_of(base_version=1, answers={"feature:snr": 5}, given_at="2026-01-01T10:00:00Z"))

        assert response.json()["superseded"] == ["feature:snr"]

    @pytest.mark.parametrize("given_at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
    def test_no_clock_is_so_wrong_that_a_score_is_lost(self, post, given_at):
        assert post("scores", save_of(given_at=given_at)).status_code == 200

    def test_a_database_that_takes_nothing_is_507_and_nothing_is_kept(self, post):
        post("opened")
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only = ON")
            try:
                response = post("scores", save_of())
            finally:
                cursor.execute("PRAGMA query_only = OFF")

        assert (response.status_code, response.json()["error"]) == (507, "cannot_save")
        assert not Score.objects.exists()


class TestFinish:
    def test_it_names_what_is_missing(self, post):
        post("scores", save_of())

        response = post("finish", {"base_version": 1})

        assert (response.status_code, response.json()["error"]) == (400, "incomplete")
        assert "feature:artifacts" in response.json()["missing"]
        assert "feature:snr" not in response.json()["missing"]

    def test_it_leads_to_the_next_pair(self, post, sealed, allocation):
        post("scores", save_of(answers=complete_answers(sealed)))

        response = post("finish", {"base_version": 1})

        second = allocation.reader.allocations.get(position=2)
        assert response.json() == {"finished": True, "next": f"/read/{second.token}/"}

    def test_after_the_last_pair_there_is_no_next(self, post, sealed, allocation):
        for one in allocation.reader.allocations.exclude(pk=allocation.pk):
            read_pair(one, complete_answers(sealed))
        post("scores", save_of(answers=complete_answers(sealed)))

        assert post("finish", {"base_version": 1}).json() == {"finished": True, "next": None}

    def test_an_older_version_is_409(self, post, sealed):
        post("scores", save_of(answers=complete_answers(sealed)))

        response = post("finish", {"base_version": 0})

        assert (response.status_code, response.json()["error"]) == (409, "version")

    def test_garbage_is_400(self, post):
        assert post("finish", b"nothing").status_code == 400


def batch(**changes):
    return {
        "key": str(uuid.uuid4()),
        "intervals": [[1_700_000_000_000, 1_700_000_012_500]],
        "seen": {"left": {"0": 500, "1": 12_000}, "right": {"1": 12_000}},
        "looks": [[1_700_000_000_500, 100, 0, 0, 100, 100]],
        **changes,
    }


class TestViewing:
    def test_a_batch_is_kept_with_its_session_and_read_again_as_it_was(self, post, allocation):
        assert post("viewing", batch()).json() == {"kept": True}

        kept = ViewingBatch.objects.get()
        assert (kept.reading.allocation, kept.session.number) == (allocation, 1)
        assert viewings_of([kept.reading])[kept.reading.pk].seen["left"] == {0: 500, 1: 12_000}

    def test_the_same_key_again_is_kept_once(self, post):
        body = batch()

        assert post("viewing", body).status_code == post("viewing", body).status_code == 200
        assert ViewingBatch.objects.count() == 1

    @pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 60_000, b" " * 70_000 + b"{}"], ids=len)
    def test_garbage_is_400(self, post, body):
        assert post("viewing", body).status_code == 400

    @pytest.mark.parametrize(
        "changes",
        [
            {"key": "abc"},
            {"intervals": [[5, 4]]},
            {"seen": {"left": {"3": 1}, "right": {}}},
            {"seen": {"left": {"0": True}, "right": {}}},
            {"looks": [[0, 100, 0, 2, 100, 100]]},
        ],
        ids=str,
    )
    def test_what_cannot_be_is_400_and_nothing_is_kept(self, post, changes):
        assert post("viewing", batch(**changes)).status_code == 400
        assert not ViewingBatch.objects.exists()

    def test_after_the_lock_nothing_is_kept(self, post, sealed, cast):
        close.lock_study(sealed, actor=cast.coordinator, reason=REASON)

        assert post("viewing", batch()).status_code == 409
        assert not ViewingBatch.objects.exists()


class TestWholeStacks:
    @pytest.fixture
    def demanded(self, sealed, post):
        ReadingConditions.objects.create(study=sealed, whole_stacks=True)
        post("scores", save_of(answers=complete_answers(sealed)))

    def test_a_finish_names_the_slices_that_are_missing(self, post, demanded):
        post("viewing", batch())

        response = post("finish", {"base_version": 1})

        answer = response.json()
        assert (response.status_code, answer["error"]) == (400, "unseen")
        assert answer["missing"] == {"left": [2], "right": [0, 2]}
        assert "left 3; right 1, 3" in answer["message"]

    def test_what_the_finish_itself_says_counts_and_is_kept(self, post, demanded, allocation, reader):
        post("viewing", batch())

        response = post("finish", {"base_version": 1, "seen": {"left": [0, 1, 2], "right": [2, 1, 0]}})

        assert response.status_code == 200
        state = reader.get(f"/read/{allocation.token}/state/").json()
        assert state["seen"] == {"left": [0, 1, 2], "right": [0, 1, 2]}

    @pytest.mark.parametrize("seen", [None, [], {"left": [0]}, {"left": [9], "right": []}, {"left": [[]], "right": []}])
    def test_a_strange_claim_is_400(self, post, demanded, seen):
        assert post("finish", {"base_version": 1, "seen": seen}).status_code == 400

    def test_where_it_is_not_demanded_nothing_is_asked_or_told(self, post, sealed, allocation, reader):
        post("scores", save_of(answers=complete_answers(sealed)))

        assert post("finish", {"base_version": 1}).status_code == 200
        assert "seen" not in reader.get(f"/read/{allocation.token}/state/").json()


@pytest.mark.parametrize("what", ["opened", "scores", "finish", "viewing"])
class TestWho:
    def test_without_the_csrf_token_it_is_403_and_nothing_happens(self, post, allocation, what):
        client = Client(enforce_csrf_checks=True)
        client.force_login(allocation.reader.user)

        assert post(what, save_of(), client=client).status_code == 403
        assert not Reading.objects.exists()

    def test_another_readers_pair_is_404(self, post, allocation, sealed, what):
        client = Client()
        client.force_login(sealed.memberships.filter(role="reader").exclude(pk=allocation.reader_id).get().user)

        assert post(what, save_of(), client=client).status_code == 404
        assert not Reading.objects.exists()

    def test_the_coordinator_is_404(self, post, cast, what):
        client = Client()
        client.force_login(cast.coordinator)

        assert post(what, save_of(), client=client).status_code == 404

    def test_an_unknown_token_is_404(self, post, what):
        assert post(what, save_of(), token="nobody-has-this").status_code == 404

    def test_without_signing_in_it_is_401(self, post, what):
        response = post(what, save_of(), client=Client())

        assert (response.status_code, response.json()["error"]) == (401, "login")

    def test_a_visit_changes_nothing(self, reader, allocation, what):
        assert reader.get(f"/read/{allocation.token}/{what}/").status_code == 405
        assert not Reading.objects.exists()


class TestStation:
    def test_a_closed_study_shows_no_pair(self, reader, allocation, sealed, cast):
        close.lock_study(sealed, actor=cast.coordinator, reason=REASON)

        assert reader.get(f"/read/{allocation.token}/").status_code == 409

    def test_it_is_never_cached(self, reader, allocation):
        assert "no-store" in reader.get(f"/read/{allocation.token}/")["Cache-Control"]


class TestWorklist:
    def test_it_leads_to_the_first_unfinished_pair(self, reader, allocation, sealed):
        read_pair(allocation, complete_answers(sealed))

        (study,) = reader.get("/read/").context["studies"]

        assert (study["finished"], study["total"], study["next"].position) == (1, 9, 2)


class TestKeys:
    def put(self, client, keys):
        body = json.dumps({"keys": keys})
        return client.post("/read/keys/", body, content_type="application/json", headers=JSON)

    def test_they_are_kept_for_the_person_and_come_with_every_pair(self, reader, allocation):
        assert self.put(reader, {"smooth": "#"}).json() == {"keys": {"smooth": "#"}}

        page = reader.get(f"/read/{allocation.token}/")

        assert page.context["reading_config"]["keys"] == {"smooth": "#"}

    def test_an_empty_map_brings_back_our_own(self, reader, allocation):
        self.put(reader, {"smooth": "#"})
        self.put(reader, {})

        assert reader.get(f"/read/{allocation.token}/").context["reading_config"]["keys"] == {}

    def test_a_conflict_is_refused_in_words_and_nothing_changes(self, reader, allocation):
        self.put(reader, {"smooth": "#"})

        response = self.put(reader, {"smooth": "f"})

        assert response.status_code == 400
        assert "'f' is the key of" in response.json()["message"]
        assert reader.get(f"/read/{allocation.token}/").context["reading_config"]["keys"] == {"smooth": "#"}

    def test_another_person_has_their_own(self, reader, sealed, sign_in):
        self.put(reader, {"smooth": "#"})
        other = sealed.allocations.exclude(reader__user=reader.get("/read/").wsgi_request.user).first()

        page = sign_in(other.reader.user).get(f"/read/{other.token}/")

        assert page.context["reading_config"]["keys"] == {}

    def test_it_needs_a_sign_in(self, db):
        response = self.put(Client(), {"smooth": "#"})

        assert response.status_code in (302, 401)
        assert not ReaderKeys.objects.exists()
