"""Scores are versions: saved once, never overwritten, never after the lock (design, invariants 6 and 7)."""

import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from readerstudy import queries
from readerstudy.core.errors import BadInput, VersionConflict, WrongState
from readerstudy.core.scoring import BadScore
from readerstudy.models import Score, ScoreSave
from readerstudy.services import close, score
from tests import tampering
from tests.conftest import complete_answers, read_pair


@pytest.fixture
def reading(sealed):
    return score.open_reading(sealed.allocations.first())


def save(reading, answers, *, version=0, key=None, reason=""):
    return score.save_scores(
        reading, key=key or uuid.uuid4(), base_version=version, answers=answers, reason=reason, active_seconds=3
    )


class TestSaveScores:
    def test_a_changed_answer_is_a_new_version_and_the_old_one_stays(self, reading):
        save(reading, {"feature:snr": 2})
        save(reading, {"feature:snr": 4}, version=1)

        assert score.reading_state(reading).answers == {"feature:snr": 4}
        assert list(Score.objects.order_by("pk").values_list("value", flat=True)) == [2, 4]

    def test_a_cleared_answer_is_a_version_too(self, reading):
        save(reading, {"feature:snr": 2})
        save(reading, {"feature:snr": None}, version=1)

        assert score.reading_state(reading).answers == {}
        assert Score.objects.count() == 2

    def test_the_same_key_twice_is_one_save_with_one_receipt(self, reading):
        key = uuid.uuid4()
        first = save(reading, {"feature:snr": 2}, key=key)

        second = save(reading, {"feature:snr": 2}, key=key)

        assert second == first
        assert ScoreSave.objects.count() == 1

    def test_a_second_tab_is_told_and_overwrites_nothing(self, reading):
        save(reading, {"feature:snr": 2})

        with pytest.raises(VersionConflict):
            save(reading, {"feature:snr": 5}, version=0)
        assert score.reading_state(reading).answers == {"feature:snr": 2}

    def test_it_refuses_a_bad_value_and_keeps_nothing_of_the_batch(self, reading):
        with pytest.raises(BadScore):
            save(reading, {"feature:snr": 2, "feature:artifacts": 9})
        assert Score.objects.count() == 0

    def test_a_finished_pair_is_corrected_with_a_reason_only(self, sealed):
        done = read_pair(sealed.allocations.first(), complete_answers(sealed))

        with pytest.raises(score.ReasonNeeded):
            save(done, {"feature:snr": 5}, version=1)
        save(done, {"feature:snr": 5}, version=1, reason="looked again")

        assert done.saves.last().reason == "looked again"

    def test_nothing_is_saved_after_the_lock(self, reading, sealed, cast):
        close.lock_study(sealed, actor=cast.coordinator, reason="all read")

        with pytest.raises(WrongState):
            save(reading, {"feature:snr": 2})
        assert Score.objects.count() == 0

    def test_each_save_is_one_audit_event(self, reading, sealed):
        save(reading, {"feature:snr": 2})

        event = sealed.audit_events.get(action="scores saved")
        assert event.detail["answers"] == {"feature:snr": 2}

    def test_a_long_pause_does_not_count_as_active_time(self, reading):
        score.save_scores(reading, key=uuid.uuid4(), base_version=0, answers={"feature:snr": 2}, active_seconds=90_000)
        reading.refresh_from_db()

        assert reading.active_seconds == score.LONGEST_STEP_S

    @pytest.mark.parametrize("statement", ["UPDATE readerstudy_score SET value = 5", "DELETE FROM readerstudy_score"])
    def test_the_database_itself_refuses_to_change_a_saved_score(self, reading, statement):
        save(reading, {"feature:snr": 2})

        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.fixture
def full(cast, sealed):
    """The sealed study with a protocol that allows everything."""
    cast.study.not_assessable_reasons.create(code="motion", label="Motion")
    cast.study.rest_no_difference = True
    cast.study.save(update_fields=["rest_no_difference"])
    return cast.study


PIN = {"slice": 1, "x": 10.0, "y": 12.5}


class TestAnswersThatAreNoNumbers:
    def test_they_come_back_as_they_were_given(self, full, reading):
        answers = {
            "feature:snr": {"value": 3, "by": "rest"},
            "feature:artifacts": {"not_assessable": "motion"},
            "consistency:loss_anatomy:left": 1,
            "comment:loss_anatomy:left": "nerve root L5",
            "pin:loss_anatomy:left": PIN,
        }
        save(reading, answers)

        assert score.reading_state(reading).answers == answers
        assert full.audit_events.get(action="scores saved").detail["answers"] == answers

    def test_a_pin_is_removed_by_a_version_and_the_old_one_stays(self, reading):
        save(reading, {"pin:loss_anatomy:left": PIN})
        save(reading, {"pin:loss_anatomy:left": None}, version=1)

        assert score.reading_state(reading).answers == {}
        assert list(Score.objects.order_by("pk").values_list("detail", flat=True)) == [PIN, None]

    def test_a_pin_outside_this_pair_is_refused(self, reading):
        with pytest.raises(BadScore, match="from 0 to 2"):
            save(reading, {"pin:loss_anatomy:left": {**PIN, "slice": 3}})
        assert not Score.objects.exists()

    def test_a_score_takes_the_place_of_a_reason_and_the_other_way_round(self, full, reading):
        save(reading, {"feature:snr": {"not_assessable": "motion"}})
        save(reading, {"feature:snr": 4}, version=1)
        assert queries.answers_of([reading])[reading.pk] == {"feature:snr": 4}

        save(reading, {"feature:snr": {"not_assessable": "motion"}}, version=2)
        assert queries.answers_of([reading]) == {reading.pk: {}}

    def test_a_pair_with_a_feature_that_is_not_assessable_can_be_finished(self, full, reading):
        save(reading, {**complete_answers(full), "feature:snr": {"not_assessable": "motion"}})

        assert score.finish_reading(reading, base_version=1).finished_at

    def test_a_protocol_that_does_not_allow_them_refuses(self, reading):
        for answer in ({"value": 3, "by": "rest"}, {"not_assessable": "motion"}):
            with pytest.raises(BadScore):
                save(reading, {"feature:snr": answer})
        assert not Score.objects.exists()


class TestFinishReading:
    def test_it_names_what_is_missing(self, reading):
        save(reading, {"feature:snr": 2})

        with pytest.raises(score.Incomplete) as refusal:
            score.finish_reading(reading, base_version=1)
        assert "feature:artifacts" in refusal.value.missing
        assert "feature:snr" not in refusal.value.missing

    def test_finishing_twice_is_finishing_once(self, sealed):
        done = read_pair(sealed.allocations.first(), complete_answers(sealed))

        again = score.finish_reading(done, base_version=0)

        assert again.finished_at == done.finished_at
        assert sealed.audit_events.filter(action="reading finished").count() == 1


class TestOpenReading:
    def test_opening_twice_is_opening_once(self, sealed):
        allocation = sealed.allocations.first()

        assert score.open_reading(allocation) == score.open_reading(allocation)
        assert sealed.audit_events.filter(action="reading opened").count() == 1


class TestAnswersThatWaited:
    """An answer may wait in the browser of a machine without a connection: the one given last is the current one."""

    @pytest.fixture
    def ago(self):
        now = timezone.now()
        return lambda minutes: now - timedelta(minutes=minutes)

    def late(self, reading, answers, given_at, **what):
        reading.refresh_from_db()
        return score.save_scores(
            reading, key=uuid.uuid4(), base_version=reading.version, answers=answers, given_at=given_at, **what
        )

    def test_an_older_answer_that_comes_later_is_kept_and_is_not_the_current_one(self, reading, ago):
        self.late(reading, {"feature:snr": 4}, ago(30))

        receipt = self.late(reading, {"feature:snr": 2, "feature:artifacts": 1}, ago(60))

        assert score.reading_state(reading).answers == {"feature:snr": 4, "feature:artifacts": 1}
        assert receipt.superseded == ("feature:snr",)
        assert Score.objects.count() == 3

    def test_a_newer_answer_is_current_as_ever(self, reading, ago):
        self.late(reading, {"feature:snr": 4}, ago(30))

        assert self.late(reading, {"feature:snr": 2}, ago(20)).superseded == ()
        assert score.reading_state(reading).answers == {"feature:snr": 2}

    def test_an_answer_of_an_older_release_has_the_time_of_its_save(self, reading, ago):
        save(reading, {"feature:snr": 4})
        tampering.without_triggers("scoresave", "UPDATE readerstudy_scoresave SET given_at = NULL")

        self.late(reading, {"feature:snr": 2}, ago(1))

        assert score.reading_state(reading).answers == {"feature:snr": 4}

    @pytest.mark.parametrize("days", [-400, 400])
    def test_a_clock_that_is_wrong_loses_nothing(self, reading, days):
        before = timezone.now()
        self.late(reading, {"feature:snr": 4}, before + timedelta(days=days))

        given_at = ScoreSave.objects.get().given_at
        assert before - score.LONGEST_WAIT <= given_at <= timezone.now()

    def test_what_was_given_before_the_pair_was_finished_needs_no_reason_of_the_reader(self, sealed, ago):
        done = read_pair(sealed.allocations.first(), complete_answers(sealed))

        self.late(done, {"consistency:loss_anatomy:left": 1}, ago(5))

        assert done.saves.last().reason == score.GIVEN_BEFORE
        assert score.reading_state(done).answers["consistency:loss_anatomy:left"] == 1

    def test_a_finished_pair_keeps_an_answer_to_every_item(self, sealed):
        done = read_pair(sealed.allocations.first(), complete_answers(sealed))

        with pytest.raises(BadInput, match="feature:snr"):
            save(done, {"feature:snr": None}, version=1, reason="cannot tell")
        assert score.reading_state(done).answers == complete_answers(sealed)
