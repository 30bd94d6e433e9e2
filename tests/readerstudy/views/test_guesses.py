"""The page of the last question: for the reader who has finished, blinded, and forgiving."""

import pytest

from readerstudy.core.scoring import GUESS
from readerstudy.models import ReadingConditions, Score
from readerstudy.services import close
from tests.conftest import REASON, complete_answers, read_pair, without_csrf
from tests.tampering import exchange_sides


@pytest.fixture
def asked(sealed):
    ReadingConditions.objects.create(study=sealed, guess="study")
    return sealed


@pytest.fixture
def address(asked):
    return f"/studies/{asked.slug}/guesses/"


@pytest.fixture
def client_of(asked, cast, sign_in):
    for allocation in cast.reader_one.allocations.all():
        read_pair(allocation, complete_answers(asked))
    return sign_in(cast.reader_one.user)


class TestGuesses:
    def test_the_work_list_leads_to_it_when_all_is_finished(self, client_of, address):
        assert address in client_of.get("/read/").content.decode()

    def test_what_was_chosen_is_kept_and_shown_again(self, client_of, address):
        response = client_of.post(address, {"pair-1": "3", "pair-2": "1"}, follow=True)
        assert "Answers stored: 2" in response.content.decode()

        rows = client_of.get(address).context["rows"]
        assert [row["guess"] for row in rows[:3]] == [3, 1, None]

    def test_one_button_answers_the_rest(self, client_of, address, cast):
        client_of.post(address, {"pair-1": "3", "rest": "unsure"})

        rows = client_of.get(address).context["rows"]
        assert [row["guess"] for row in rows] == [3] + [2] * (len(rows) - 1)

    @pytest.mark.parametrize("form", [{"pair-1": "9"}, {"pair-999": "1"}, {"pair-0": "1"}])
    def test_a_strange_answer_is_told_and_not_kept(self, client_of, address, form):
        response = client_of.post(address, form, follow=True)

        assert "A guess is left, cannot tell or right" in response.content.decode()
        assert not Score.objects.filter(item=GUESS).exists()

    @pytest.mark.parametrize("form", [{"pair-": "1"}, {"pair-x": "1"}, {"pair-1": "-1"}, {"pair-¹": "1"}, {}])
    def test_what_is_no_number_is_no_answer(self, client_of, address, form):
        client_of.post(address, form)

        assert not Score.objects.filter(item=GUESS).exists()

    def test_it_is_the_same_when_the_arms_are_exchanged(self, client_of, address, asked):
        before = without_csrf(client_of.get(address).content)
        for one in asked.allocations.all():
            exchange_sides(one)

        assert without_csrf(client_of.get(address).content) == before


class TestWho:
    def test_a_reader_with_open_pairs_is_told_when(self, address, cast, sign_in):
        response = sign_in(cast.reader_two.user).get(address)

        assert response.status_code == 409
        assert "when all your pairs are finished" in response.content.decode()

    def test_others_are_not_let_in(self, address, cast, sign_in):
        assert sign_in(cast.outsider).get(address).status_code == 404
        assert sign_in(cast.coordinator).get(address).status_code == 403

    def test_after_the_lock_it_is_closed(self, client_of, address, asked, cast):
        close.lock_study(asked, actor=cast.coordinator, reason=REASON)

        assert client_of.get(address).status_code == 409
        client_of.post(address, {"pair-1": "1"})
        assert not Score.objects.filter(item=GUESS).exists()


class TestAtTheEndOfEachPair:
    def test_the_station_asks_and_a_pair_waits_for_it(self, sealed, cast, sign_in):
        ReadingConditions.objects.create(study=sealed, guess="pair")
        allocation = cast.reader_one.allocations.first()

        answers = complete_answers(sealed)

        assert answers[GUESS] == 3
        assert '"guess": true' in sign_in(cast.reader_one.user).get(f"/read/{allocation.token}/").content.decode()
        read_pair(allocation, answers)
        assert Score.objects.get(item=GUESS).value == 3
