"""Rules of reading: edited in a draft, frozen by the seal, and obeyed when a pair is opened."""

from datetime import timedelta

import pytest
from django.utils import timezone

from readerstudy.core.errors import BadInput, WrongState
from readerstudy.core.pacing import Reason
from readerstudy.models import Reading, ReadingRules, Study
from readerstudy.queries_reading import opening_of, rules_of
from readerstudy.services import allocate, rules, score
from readerstudy.services.studies import BadProtocol
from tests.cast import add_image_set
from tests.conftest import REASON, SEED, complete_answers, read_pair


@pytest.fixture
def sealed_with(cast):
    """Seal the study under some rules; returns the pairs of reader one in their order."""

    def sealed(image_sets=3, **changes):
        for number in range(1, image_sets + 1):
            add_image_set(cast.study, number)
        rules.save_rules(cast.study, actor=cast.coordinator, changes=changes)
        allocate.seal_and_start(cast.study, actor=cast.coordinator, reason=REASON, seed=SEED)
        cast.study.refresh_from_db()
        return list(cast.reader_one.allocations.select_related("study", "reader", "pair").order_by("position"))

    return sealed


def pause(allocation, after=timedelta()):
    return opening_of(allocation, timezone.now() + after).pause


class TestSaveRules:
    def test_they_are_kept_and_audited(self, study, cast):
        rules.save_rules(study, actor=cast.coordinator, changes={"session_minutes": 60, "pairs_a_day": 40})

        assert (rules_of(study).session_minutes, rules_of(study).pairs_a_day) == (60, 40)
        detail = study.audit_events.get(action="reading rules changed").detail
        assert detail["rules"]["session_minutes"] == 60

    def test_one_changes_and_the_others_stay(self, study, cast):
        rules.save_rules(study, actor=cast.coordinator, changes={"session_minutes": 60})
        rules.save_rules(study, actor=cast.coordinator, changes={"break_minutes": 20})

        assert (rules_of(study).session_minutes, rules_of(study).break_minutes) == (60, 20)

    @pytest.mark.parametrize(
        "changes",
        [{"session_minutes": 4}, {"break_minutes": 0}, {"pairs_a_day": 0}, {"washout_days": 366},
         {"time_zone": "Mars/Olympus"}, {"time_zone": "../etc/passwd"}],
        ids=str,
    )  # fmt: skip
    def test_a_value_out_of_range_is_refused(self, study, cast, changes):
        with pytest.raises(BadProtocol):
            rules.save_rules(study, actor=cast.coordinator, changes=changes)
        assert not ReadingRules.objects.exists()

    def test_an_unknown_rule_is_refused(self, study, cast):
        with pytest.raises(BadInput, match="no rule"):
            rules.save_rules(study, actor=cast.coordinator, changes={"study": 1})

    def test_the_seal_freezes_them(self, sealed, cast):
        with pytest.raises(WrongState):
            rules.save_rules(sealed, actor=cast.coordinator, changes={"pairs_a_day": 1})


class TestOpeningOf:
    def test_without_rules_every_pair_can_be_opened(self, sealed, cast):
        for allocation in cast.reader_one.allocations.all():
            assert pause(allocation) is None

    def test_after_the_pairs_of_a_day_the_next_waits_but_those_in_progress_do_not(self, sealed_with):
        first, second, third, *_ = sealed_with(pairs_a_day=2)
        read_pair(first, complete_answers(first.study))
        score.open_reading(second)

        assert pause(third).reason == Reason.DAY
        assert pause(Reading.objects.get(allocation=second).allocation) is None
        assert pause(Reading.objects.get(allocation=first).allocation) is None

    def test_a_pause_never_keeps_a_score_from_being_saved(self, sealed_with):
        first, second, *_ = sealed_with(pairs_a_day=1)
        score.open_reading(first)
        assert pause(second)

        read_pair(first, complete_answers(first.study))
        # It was on the screen, fetched ahead, when the pause began.
        read_pair(second, complete_answers(second.study))

    def test_the_other_reader_does_not_wait(self, sealed_with, cast):
        first, *_ = sealed_with(pairs_a_day=1)
        score.open_reading(first)

        assert pause(cast.reader_two.allocations.first()) is None

    def test_after_a_session_comes_a_break(self, sealed_with):
        first, second, *_ = sealed_with(session_minutes=30, break_minutes=10)
        reading = score.open_reading(first)
        Reading.objects.filter(pk=reading.pk).update(opened_at=timezone.now() - timedelta(minutes=9))
        read_pair(Reading.objects.get().allocation, complete_answers(first.study))

        assert pause(second) is None
        assert pause(second, timedelta(minutes=9)) is None  # within the session
        assert pause(second, timedelta(minutes=11)) is None  # after a break

        for number, minutes_ago in enumerate((27, 18)):
            other = score.open_reading(first.reader.allocations.get(position=5 + number))
            Reading.objects.filter(pk=other.pk).update(opened_at=timezone.now() - timedelta(minutes=minutes_ago))
        stopped = pause(second, timedelta(minutes=4))
        assert stopped.reason == Reason.BREAK
        assert timedelta(minutes=9) < stopped.until - timezone.now() <= timedelta(minutes=10)

    def test_with_a_washout_pairs_are_read_in_order_and_the_same_images_wait(self, sealed_with):
        pairs = sealed_with(washout_days=7)

        assert pause(pairs[1]).reason == Reason.ORDER
        for pair in pairs[:3]:
            assert pause(pair) is None
            read_pair(pair, complete_answers(pair.study))
        assert pause(pairs[3]).reason == Reason.WASHOUT
        assert pause(pairs[3], timedelta(days=7, minutes=1)) is None

    def test_the_allocation_of_a_washout_verifies(self, sealed_with):
        (first, *_) = sealed_with(washout_days=7)

        assert allocate.verify_allocation(Study.objects.get(pk=first.study_id)) == first.study.allocation_sha256
        assert first.study.allocation_sha256
