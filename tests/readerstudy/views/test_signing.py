"""The review list, and signing by the page."""

import uuid

import pytest
from django.test import Client

from readerstudy.core.errors import Signed
from readerstudy.models import NotAssessableReason, ReadingConditions, Signature
from readerstudy.services import close, guesses, score
from readerstudy.services.sign import content_sha256
from tests.cast import PASSWORD
from tests.conftest import REASON, complete_answers, read_pair


@pytest.fixture
def reader(sealed, cast, sign_in):
    return sign_in(cast.reader_one.user)


@pytest.fixture
def address(sealed):
    return f"/read/{sealed.slug}/review/"


def read_all(cast, study):
    for allocation in cast.reader_one.allocations.all():
        read_pair(allocation, complete_answers(study))


def sign(client, address, password=PASSWORD):
    shown = client.get(address).context["content_sha256"]
    data = {"password": password, "printed_name": "Ada Example", "content_sha256": shown}
    return client.post(address.replace("review", "sign"), data, follow=True)


class TestReadingReview:
    def test_it_lists_every_pair_with_what_is_open(self, reader, address, sealed, cast):
        first, second, *_ = cast.reader_one.allocations.order_by("position")
        read_pair(first, complete_answers(sealed))
        answers = {"feature:snr": 2, "consistency:loss_anatomy:left": 1}
        score.save_scores(
            score.open_reading(second), key="3b1f8a70-9d0d-4f36-8f7e-5b7f86d9b4a1", base_version=0, answers=answers
        )

        response = reader.get(address)

        pairs = response.context["review"].pairs
        assert [one.state for one in pairs] == ["finished", "begun"] + ["open"] * 7
        assert [len(one.unanswered) for one in pairs] == [0, 9] + [10] * 7
        assert (pairs[1].preferences[0].word, pairs[1].findings) == ("Left mildly superior", ("left: Loss of anatomy",))
        assert "Perceived spatial resolution" in pairs[1].unanswered
        text = response.content.decode()
        assert "Still to do: 8 of 9 pairs" in text
        assert f"/read/{second.token}/" in text
        assert "Your password again" not in text

    def test_what_is_no_number_is_an_answer_too(self, reader, address, sealed, cast):
        NotAssessableReason.objects.create(study=sealed, code="motion", label="Motion")
        ReadingConditions.objects.create(study=sealed, guess="pair")
        first = cast.reader_one.allocations.order_by("position").first()
        said = {
            "feature:snr": {"not_assessable": "motion"},
            "consistency:loss_anatomy:left": 1,
            "comment:loss_anatomy:left": "nerve <root>",
            "guess:enhanced": 2,
        }
        score.save_scores(score.open_reading(first), key=uuid.uuid4(), base_version=0, answers=said)

        response = reader.get(address)

        pair = response.context["review"].pairs[0]
        assert (pair.preferences[0].shown, pair.preferences[0].word) == ("n/a", "not assessable, Motion")
        assert (len(pair.unanswered), pair.guess.word) == (9, "cannot tell")
        assert "Loss of anatomy (nerve &lt;root&gt;)" in response.content.decode()

    def test_before_the_allocation_it_is_empty_and_says_so(self, cast, sign_in):
        response = sign_in(cast.reader_one.user).get(f"/read/{cast.study.slug}/review/")

        assert "No pairs yet" in response.content.decode()

    def test_once_all_is_finished_it_can_be_signed(self, reader, address, sealed, cast):
        read_all(cast, sealed)

        assert "Your password again" in reader.get(address).content.decode()

    def test_it_is_no_page_for_anybody_else(self, address, cast):
        for user in (cast.coordinator, cast.statistician, cast.outsider):
            client = Client()
            client.force_login(user)
            assert client.get(address).status_code == 404

    def test_without_signing_in_it_leads_to_the_sign_in(self, address, client):
        assert "/sign-in/" in client.get(address).headers["Location"]


class TestSign:
    def test_a_comment_is_signed_too(self, reader, address, sealed, cast):
        read_all(cast, sealed)
        before = content_sha256(cast.reader_one)
        reading = cast.reader_one.allocations.first().reading
        words = {"comment:loss_anatomy:left": "nerve root"}
        score.save_scores(reading, key=uuid.uuid4(), base_version=reading.version, answers=words, reason="told later")
        about_that = content_sha256(cast.reader_one)
        words = {"comment:loss_anatomy:left": "another root"}
        reading.refresh_from_db()
        score.save_scores(reading, key=uuid.uuid4(), base_version=reading.version, answers=words, reason="told again")

        assert len({before, about_that, content_sha256(cast.reader_one)}) == 3

    def test_a_question_after_the_last_pair_comes_first(self, reader, address, sealed, cast):
        ReadingConditions.objects.create(study=sealed, guess="study")
        read_all(cast, sealed)

        assert "which side was enhanced" in sign(reader, address).content.decode()
        assert not Signature.objects.exists()

        positions = cast.reader_one.allocations.values_list("position", flat=True)
        guesses.save_guesses(cast.reader_one, dict.fromkeys(positions, 2))
        sign(reader, address)
        assert Signature.objects.get().reader == cast.reader_one
        with pytest.raises(Signed):
            guesses.save_guesses(cast.reader_one, {1: 1})

    def test_it_signs_and_the_pages_say_so(self, reader, address, sealed, cast):
        read_all(cast, sealed)

        response = sign(reader, address)

        assert "Your scores are final" in response.content.decode()
        assert Signature.objects.get().printed_name == "Ada Example"
        assert "Signed on" in reader.get("/read/").content.decode()

    def test_a_wrong_password_is_told_and_signs_nothing(self, reader, address, sealed, cast):
        read_all(cast, sealed)

        response = sign(reader, address, password="wrong")

        assert "That is not your password" in response.content.decode()
        assert not Signature.objects.exists()

    def test_afterwards_the_station_is_read_only_and_a_save_is_409(self, reader, address, sealed, cast):
        read_all(cast, sealed)
        sign(reader, address)
        token = cast.reader_one.allocations.first().token

        page = reader.get(f"/read/{token}/")
        save = reader.post(
            f"/read/{token}/scores/",
            {
                "key": "3b1f8a70-9d0d-4f36-8f7e-5b7f86d9b4a1",
                "base_version": 1,
                "answers": {"feature:snr": 1},
                "reason": "again",
            },
            content_type="application/json",
        )

        assert page.context["reading_config"]["editable"] is False
        assert (save.status_code, save.json()["error"]) == (409, "signed")
        assert "You have signed" in save.json()["message"]

    def test_without_the_csrf_token_it_is_403(self, address, sealed, cast):
        client = Client(enforce_csrf_checks=True)
        client.force_login(cast.reader_one.user)

        assert client.post(address.replace("review", "sign"), {"password": PASSWORD}).status_code == 403

    def test_a_visit_signs_nothing(self, reader, address):
        assert reader.get(address.replace("review", "sign")).status_code == 405


class TestCoordinator:
    def test_monitor_and_close_say_who_signed(self, address, sealed, cast, sign_in):
        read_all(cast, sealed)
        reader, office = Client(), Client()
        reader.force_login(cast.reader_one.user)
        office.force_login(cast.coordinator)
        before = office.get(f"/studies/{sealed.slug}/close/").content.decode()

        sign(reader, address)

        monitor = office.get(f"/studies/{sealed.slug}/monitor/").content.decode()
        after = office.get(f"/studies/{sealed.slug}/close/").content.decode()
        assert "as Ada Example" in monitor
        assert f"Not signed yet by {cast.reader_one.code}, {cast.reader_two.code}." in before
        assert f"Not signed yet by {cast.reader_two.code}." in after

    def test_a_locked_study_shows_the_answers_without_a_way_to_sign(self, address, sealed, cast, sign_in):
        read_all(cast, sealed)
        close.lock_study(sealed, actor=cast.coordinator, reason=REASON)

        text = sign_in(cast.reader_one.user).get(address).content.decode()

        assert "locked before they were signed" in text
        assert "Your password again" not in text
