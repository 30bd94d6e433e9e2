"""The training's page and addresses, and the gate before the first scored pair."""

import json
import re

import pytest
from django.test import Client

from readerstudy import queries_training
from readerstudy.models import Allocation, CheckEvery, Reading, ReadingConditions, TrainingRun
from readerstudy.services import close, training
from tests.conftest import REASON
from tests.training_study import prepare, seal, train

JSON = {"content_type": "application/json", "headers": {"Accept": "application/json"}}
PAGE = "/read/spine-study/training/"


@pytest.fixture
def drafted(cast):
    return prepare(cast)


@pytest.fixture
def asked(cast, drafted):
    return seal(cast)


@pytest.fixture
def reader(asked, cast, sign_in):
    return sign_in(cast.reader_one.user)


def text_of(response):
    return re.sub(r"\s+", " ", response.content.decode())


def scored(cast):
    return cast.reader_one.allocations.order_by("position").first()


def training_pair(cast, position=1):
    return queries_training.pairs_of(cast.reader_one.training_runs.last()).get(position=position)


class TestTheGate:
    def test_a_scored_pairs_page_says_kindly_what_comes_first(self, reader, cast):
        response = reader.get(f"/read/{scored(cast).token}/")

        assert response.status_code == 200
        assert "A short training comes first" in text_of(response)
        assert f'href="{PAGE}"' in text_of(response)
        assert "reading-config" not in text_of(response)
        assert "data-reading-pause" in text_of(response)  # what a page that fetches ahead looks for

    @pytest.mark.parametrize("below", ["opened", "scores", "finish", "viewing"])
    def test_no_address_of_a_scored_pair_takes_anything(self, reader, cast, below):
        body = json.dumps({"key": "6b9d2a5e-0000-4000-8000-000000000001", "base_version": 0, "answers": {}})

        response = reader.post(f"/read/{scored(cast).token}/{below}/", body, **JSON)

        assert response.status_code == 409
        assert "training comes first" in response.json()["message"]
        assert not Reading.everything.exists()

    def test_neither_its_state_nor_its_pixels_are_given(self, reader, cast):
        pair = scored(cast)
        train(cast.reader_one, pairs=2)  # all but the last

        for address in (
            f"/read/{pair.token}/state/", f"/pixels/{pair.left_token}/0", f"/pixels/{pair.right_token}/2",
            f"/pixels/{pair.left_token}/",
        ):  # fmt: skip
            assert reader.get(address).status_code == 409, address

    def test_all_of_them_open_when_training_is_complete(self, reader, cast):
        pair = scored(cast)
        train(cast.reader_one)

        for address in (f"/read/{pair.token}/", f"/read/{pair.token}/state/", f"/pixels/{pair.left_token}/0"):
            assert reader.get(address).status_code == 200, address
        assert "reading-config" in text_of(reader.get(f"/read/{pair.token}/"))

    def test_training_pixels_are_given_before(self, reader, cast):
        training.begin(cast.reader_one)
        pair = training_pair(cast)

        left, right = (reader.get(f"/pixels/{token}/0") for token in (pair.left_token, pair.right_token))

        assert left.status_code == right.status_code == 200
        assert len(left.content) == len(right.content)

    def test_the_work_list_leads_to_the_training_and_to_no_pair(self, reader, cast):
        page = text_of(reader.get("/read/"))

        assert "Before your first pair comes a short training of 3 pairs" in page
        assert f'href="{PAGE}"' in page
        assert scored(cast).token not in page

    def test_another_study_without_training_is_not_held_up(self, sealed, cast, sign_in):
        pair = scored(cast)

        assert "reading-config" in text_of(sign_in(cast.reader_one.user).get(f"/read/{pair.token}/"))


class TestPage:
    def test_it_says_what_comes_and_begins(self, reader, cast):
        assert "3 pairs that do not count" in text_of(reader.get(PAGE))

        response = reader.post(PAGE)

        assert response.status_code == 302
        assert response["Location"] == f"/read/{training_pair(cast).token}/"

    def test_looking_at_it_begins_nothing(self, reader):
        reader.get(PAGE)

        assert not TrainingRun.objects.exists()

    def test_it_goes_on_with_the_next_pair(self, reader, cast):
        train(cast.reader_one, pairs=1)

        assert "Go on with training pair 2" in text_of(reader.get(PAGE))
        assert reader.post(PAGE)["Location"] == f"/read/{training_pair(cast, 2).token}/"

    def test_at_the_end_it_speaks_of_handling_only(self, reader, cast):
        train(cast.reader_one)

        page = text_of(reader.get(PAGE))

        assert "Training complete" in page
        assert "Repeat the training" in page
        assert "Tried: 1 of 10" in page
        assert "It took you 0:33 of active work" in page
        assert "Slices not looked at on the left side: 1–3 of 3" in page
        assert "A pin says where" in page
        assert not re.search(r"SOC|FAST|agree|correct answer|other reader", page)

    def test_after_the_first_scored_pair_it_cannot_be_repeated(self, reader, cast):
        train(cast.reader_one)
        reader.post(f"/read/{scored(cast).token}/opened/")

        assert "Repeat the training" not in text_of(reader.get(PAGE))
        response = reader.post(PAGE, follow=True)
        assert "until your first scored pair is opened" in text_of(response)
        assert TrainingRun.objects.count() == 1

    def test_without_training_it_leads_to_the_work_list(self, sealed, cast, sign_in):
        assert sign_in(cast.reader_one.user).get(PAGE)["Location"] == "/read/"

    def test_when_the_study_is_locked_it_says_so(self, reader, asked, cast):
        close.lock_study(asked, actor=cast.coordinator, reason=REASON)

        assert reader.get(PAGE).status_code == 409

    @pytest.mark.parametrize(("who", "status"), [("outsider", 404), ("coordinator", 403), ("statistician", 403)])
    def test_it_is_for_readers_of_the_study(self, asked, cast, sign_in, who, status):
        assert sign_in(getattr(cast, who)).get(PAGE).status_code == status
        assert sign_in(getattr(cast, who)).post(PAGE).status_code == status

    def test_nobody_comes_in_without_signing_in(self, asked):
        assert Client().get(PAGE).status_code == 302


class TestStation:
    def test_it_says_that_nothing_counts_and_goes_on_within_the_training(self, reader, cast):
        training.begin(cast.reader_one)

        response = reader.get(f"/read/{training_pair(cast, 2).token}/")
        config = response.context["reading_config"]

        assert "Training pair <span data-training-position>2</span> of 3 — nothing here counts" in text_of(response)
        assert (config["position"], config["total"]) == (2, 3)
        assert config["urls"]["previous"] == f"/read/{training_pair(cast, 1).token}/"
        assert config["urls"]["next"] == f"/read/{training_pair(cast, 3).token}/"
        assert config["urls"]["review"] == PAGE
        assert config["opens_for_s"] is None

    def test_a_scored_pair_knows_nothing_of_it(self, reader, cast):
        train(cast.reader_one)

        response = reader.get(f"/read/{scored(cast).token}/")

        assert "training" not in response.content.decode().lower()
        assert response.context["reading_config"]["total"] == 9

    def test_the_display_check_comes_first_and_leads_back(self, reader, asked, cast):
        ReadingConditions.objects.create(study=asked, display_check=CheckEvery.SESSION)
        training.begin(cast.reader_one)
        token = training_pair(cast).token

        assert reader.get(f"/read/{token}/")["Location"].endswith(f"display-check/?pair={token}")

    def test_finishing_leads_to_the_next_training_pair_and_never_to_a_scored_one(self, reader, cast):
        train(cast.reader_one, pairs=2)
        finish = f"/read/{training_pair(cast, 2).token}/finish/"

        assert reader.post(finish, '{"base_version": 1}', **JSON).json()["next"] == (
            f"/read/{training_pair(cast, 3).token}/"
        )
        train(cast.reader_one)
        last = f"/read/{training_pair(cast, 3).token}/finish/"
        assert reader.post(last, '{"base_version": 1}', **JSON).json()["next"] is None

    def test_another_reader_does_not_get_it(self, asked, cast, sign_in):
        training.begin(cast.reader_one)

        other = sign_in(cast.reader_two.user)
        assert other.get(f"/read/{training_pair(cast).token}/").status_code == 404
        assert other.get(f"/pixels/{training_pair(cast).left_token}/0").status_code == 404


class TestHandling:
    def address(self, cast):
        return f"/read/{training_pair(cast).token}/handling/"

    def test_it_keeps_what_was_tried(self, reader, cast):
        training.begin(cast.reader_one)

        answer = reader.post(self.address(cast), '{"tasks": ["zoom"], "open_at_finish": 2}', **JSON)

        assert answer.json() == {"tried": ["zoom"]}
        assert TrainingRun.objects.get().handling == {"tasks": ["zoom"], "open_at_finish": {"1": 2}}

    @pytest.mark.parametrize(
        "body", ["", "[]", "{", '{"tasks": ["no such"]}', '{"tasks": 1}', "x" * 5000], ids=range(6)
    )
    def test_it_refuses_what_it_does_not_know(self, reader, cast, body):
        training.begin(cast.reader_one)

        assert reader.post(self.address(cast), body, **JSON).status_code == 400
        assert TrainingRun.objects.get().handling == {}

    def test_a_scored_pair_has_none(self, reader, cast):
        train(cast.reader_one)

        assert reader.post(f"/read/{scored(cast).token}/handling/", '{"tasks": []}', **JSON).status_code == 404

    def test_it_is_the_readers_own_and_takes_no_get(self, reader, cast, sign_in):
        training.begin(cast.reader_one)

        assert reader.get(self.address(cast)).status_code == 405
        assert sign_in(cast.reader_two.user).post(self.address(cast), '{"tasks": []}', **JSON).status_code == 404


class TestMarkTraining:
    def mark(self, client, study, code, value):
        image_set = study.image_sets.get(code=code)
        return client.post(
            f"/studies/{study.slug}/image-sets/{image_set.pk}/training/", {"training": value}, follow=True
        )

    def test_a_coordinator_marks_and_takes_back(self, drafted, cast, sign_in):
        client = sign_in(cast.coordinator)

        page = text_of(self.mark(client, drafted, "S001", "1"))
        assert "S001 is for training: it is never scored" in page
        assert drafted.image_sets.get(code="S001").training
        self.mark(client, drafted, "S001", "0")
        assert not drafted.image_sets.get(code="S001").training

    def test_nonsense_is_refused_in_words(self, drafted, cast, sign_in):
        assert "must be 1 or 0" in text_of(self.mark(sign_in(cast.coordinator), drafted, "S001", "maybe"))

    def test_after_the_seal_it_is_refused_and_not_offered(self, asked, cast, sign_in):
        client = sign_in(cast.coordinator)

        assert "Use for scoring" not in text_of(client.get(f"/studies/{asked.slug}/cases/"))
        assert "must be DRAFT" in text_of(self.mark(client, asked, "S008", "0"))
        assert asked.image_sets.get(code="S008").training

    @pytest.mark.parametrize("who", ["statistician", "outsider"])
    def test_nobody_else_may(self, drafted, cast, sign_in, who):
        assert self.mark(sign_in(getattr(cast, who)), drafted, "S001", "1").status_code in (403, 404)
        assert not drafted.image_sets.get(code="S001").training


class TestStaffPages:
    @pytest.mark.parametrize("page", ["readers/", "monitor/"])
    def test_they_say_who_has_trained(self, asked, cast, sign_in, page):
        train(cast.reader_one)

        text = text_of(sign_in(cast.coordinator).get(f"/studies/{asked.slug}/{page}"))

        assert "Training by reader" in text
        assert "not yet" in text

    def test_without_training_they_say_nothing_of_it(self, sealed, cast, sign_in):
        for page in ("readers/", "monitor/"):
            assert "Training by reader" not in text_of(sign_in(cast.coordinator).get(f"/studies/{sealed.slug}/{page}"))

    def test_the_audit_trail_names_the_training(self, asked, cast, sign_in):
        train(cast.reader_one)

        text = text_of(sign_in(cast.coordinator).get(f"/studies/{asked.slug}/audit/"))

        assert "training completed" in text
        assert Allocation.everything.filter(training_run__isnull=False).count() == 3
