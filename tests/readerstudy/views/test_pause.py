"""The pause: its page in place of a pair, the words in the work-list, and what stays possible."""

import pytest

from readerstudy.services import allocate, rules, score
from tests.cast import add_image_set
from tests.conftest import REASON, SEED, complete_answers, read_pair, without_csrf
from tests.tampering import exchange_sides


@pytest.fixture
def pairs(cast, request):
    """Reader one's pairs in their order, in a study that allows one a day (or what the test's parameter says)."""
    for number in (1, 2, 3):
        add_image_set(cast.study, number)
    changes = getattr(request, "param", {"pairs_a_day": 1})
    rules.save_rules(cast.study, actor=cast.coordinator, changes=changes)
    allocate.seal_and_start(cast.study, actor=cast.coordinator, reason=REASON, seed=SEED)
    return list(cast.reader_one.allocations.select_related("study", "reader").order_by("position"))


@pytest.fixture
def reader(pairs, cast, sign_in):
    return sign_in(cast.reader_one.user)


class TestStation:
    def test_the_first_pair_opens_and_is_not_to_be_kept_ahead(self, reader, pairs):
        response = reader.get(f"/read/{pairs[0].token}/")

        assert response.context["reading_config"]["opens_for_s"] == 0.0

    def test_the_next_one_is_a_page_that_says_when(self, reader, pairs):
        score.open_reading(pairs[0])

        response = reader.get(f"/read/{pairs[1].token}/")

        text = response.content.decode()
        assert response.status_code == 200
        assert "Enough for today" in text
        assert "data-reading-pause" in text
        assert 0 < response.context["seconds_left"] <= 25 * 60 * 60
        assert pairs[1].left_token not in text

    def test_a_pair_in_progress_opens_and_saves(self, reader, pairs):
        score.open_reading(pairs[0])

        page = reader.get(f"/read/{pairs[0].token}/")
        save = reader.post(
            f"/read/{pairs[0].token}/scores/",
            {"key": "3b1f8a70-9d0d-4f36-8f7e-5b7f86d9b4a1", "base_version": 0, "answers": {"feature:snr": 1}},
            content_type="application/json",
        )

        assert page.context["reading_config"]["opens_for_s"] is None
        assert save.status_code == 200

    def test_the_page_is_the_same_when_the_arms_are_exchanged(self, reader, pairs):
        score.open_reading(pairs[0])
        address = f"/read/{pairs[1].token}/"
        before = reader.get(address)
        exchange_sides(pairs[1])

        after = reader.get(address)

        assert _without_seconds(after.content) == _without_seconds(before.content)

    @pytest.mark.parametrize("pairs", [{"washout_days": 7}], indirect=True)
    def test_with_a_washout_it_leads_to_the_pair_that_comes_first(self, reader, pairs):
        text = reader.get(f"/read/{pairs[2].token}/").content.decode()

        assert "Another pair comes first" in text
        assert f"/read/{pairs[0].token}/" in text

    @pytest.mark.parametrize("pairs", [{"washout_days": 7}], indirect=True)
    def test_a_washout_does_not_say_that_images_come_again(self, reader, pairs):
        for pair in pairs[:3]:
            read_pair(pair, complete_answers(pair.study))

        text = reader.get(f"/read/{pairs[3].token}/").content.decode()

        assert "asks for some days" in text
        assert not {"again", "same", "repeat"} & set(text.lower().split())


def _without_seconds(content):
    text = without_csrf(content).decode()
    return [line for line in text.splitlines() if "data-seconds" not in line]


class TestWorklist:
    def test_it_says_when_reading_goes_on(self, reader, pairs):
        read_pair(pairs[0], complete_answers(pairs[0].study))

        text = reader.get("/read/").content.decode()

        assert "That was enough for today." in text
        assert "Go on with pair" not in text

    def test_a_pair_in_progress_is_offered(self, reader, pairs):
        score.open_reading(pairs[0])

        assert "pair 1" in reader.get("/read/").content.decode()


class TestProtocolPage:
    def test_the_coordinator_edits_the_rules(self, cast, sign_in):
        client = sign_in(cast.coordinator)
        address = f"/studies/{cast.study.slug}/protocol/"

        response = client.post(
            address,
            {"part": "rules", "session_minutes": "60", "break_minutes": "15", "time_zone": "Europe/Berlin",
             "pairs_a_day": "", "washout_days": "", "repeats": "0", "repeat_distance": "30", "training_pairs": "0"},
            follow=True,
        )  # fmt: skip

        assert "Saved: rules" in response.content.decode()
        cast.study.refresh_from_db()
        assert cast.study.reading_rules.session_minutes == 60

    def test_a_wrong_value_is_marked_and_not_saved(self, cast, sign_in):
        client = sign_in(cast.coordinator)

        response = client.post(
            f"/studies/{cast.study.slug}/protocol/",
            {"part": "rules", "session_minutes": "1", "break_minutes": "15", "time_zone": "UTC"},
        )

        assert "greater than or equal to 5" in response.content.decode()
        assert not hasattr(cast.study, "reading_rules")
