"""Training: marked in a draft, drawn from the seed, worked through before the first scored pair, and then over."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from readerstudy import queries, queries_training
from readerstudy.core.errors import IntegrityFailure, Signed, WrongState
from readerstudy.core.pacing import Reason
from readerstudy.core.training import Handling
from readerstudy.core.viewing import Viewing
from readerstudy.models import Allocation, ImageSet, Reading, ReadingSession, Signature, TrainingRun
from readerstudy.queries_reading import opening_of
from readerstudy.services import allocate, cases, close, rules, score, sign, training, viewing
from tests.cast import PASSWORD, add_image_set
from tests.conftest import REASON, complete_answers, read_pair
from tests.tampering import exchange_sides
from tests.training_study import ASKED, FOR_TRAINING, prepare, seal, train


@pytest.fixture
def drafted(cast):
    return prepare(cast)


@pytest.fixture
def asked(cast, drafted):
    """Sealed; each reader owes three training pairs."""
    return seal(cast)


@pytest.fixture
def reader(asked, cast):
    return cast.reader_one


def codes(pairs):
    return {pair.image_set.code for pair in pairs}


def first_scored(reader):
    return reader.allocations.select_related("study", "reader__user", "training_run").order_by("position").first()


class TestMark:
    def test_it_is_kept_and_audited_and_can_be_taken_back(self, drafted, cast):
        image_set = drafted.image_sets.get(code="S008")
        assert image_set.training

        training.mark(image_set, actor=cast.coordinator, training=False)

        image_set.refresh_from_db()
        assert not image_set.training
        events = drafted.audit_events.filter(action="image set marked").order_by("number")
        assert [event.detail["training"] for event in events] == [True, True, False]

    def test_marking_twice_is_marking_once(self, drafted, cast):
        training.mark(drafted.image_sets.get(code="S008"), actor=cast.coordinator, training=True)

        assert drafted.audit_events.filter(action="image set marked").count() == 2

    @pytest.mark.parametrize("wanted", [True, False])
    def test_the_seal_freezes_it(self, asked, cast, wanted):
        image_set = asked.image_sets.get(training=not wanted, code__in=("S001", "S008"))

        with pytest.raises(WrongState):
            training.mark(image_set, actor=cast.coordinator, training=wanted)
        image_set.refresh_from_db()
        assert image_set.training is not wanted


class TestReadiness:
    def test_marked_image_sets_are_not_to_be_read(self, drafted):
        assert codes(queries.pairs_to_read(drafted)) == {"S001", "S002", "S003"}
        assert codes(queries_training.training_pairs(drafted)) == {"S008", "S009"}
        ready = allocate.readiness(drafted)
        assert (ready.problems, ready.warnings, ready.pairs, ready.training_pairs) == ((), (), 9, ASKED)

    def test_fewer_training_pairs_than_asked_for_are_in_the_way(self, drafted, cast):
        rules.save_rules(drafted, actor=cast.coordinator, changes={"training_pairs": 7})

        (problem,) = allocate.readiness(drafted).problems
        assert "asks for 7 training pairs" in problem
        assert "have 6" in problem
        with pytest.raises(WrongState, match="7 training pairs"):
            seal(cast)

    def test_so_is_a_training_image_set_that_lost_a_series(self, drafted, cast):
        for image_set in drafted.image_sets.filter(training=True):
            cases.remove(image_set.series.filter(removed_at=None, arm__code="SOC").get(), actor=cast.coordinator)
        drafted.tasks.all().delete()

        assert "have 0" in allocate.readiness(drafted).problems[0]

    def test_marked_for_nothing_is_a_warning(self, drafted, cast):
        rules.save_rules(drafted, actor=cast.coordinator, changes={"training_pairs": 0})

        ready = allocate.readiness(drafted)
        assert ready.ready
        assert "marked for training: 2" in ready.warnings[0]

    def test_a_participant_of_both_kinds_is_a_warning(self, drafted):
        add_image_set(drafted, 10, participant=8)

        assert "P008" in allocate.readiness(drafted).warnings[0]

    def test_counts_of_cases_leave_them_out(self, drafted):
        counts = queries.case_counts(drafted)

        assert (counts.participants, counts.image_sets, counts.ready, counts.training) == (3, 3, 3, 2)

    def test_a_study_with_nothing_but_training_cannot_be_sealed(self, drafted, cast):
        for image_set in drafted.image_sets.all():
            training.mark(image_set, actor=cast.coordinator, training=True)

        assert any("No pair is ready" in problem for problem in allocate.readiness(drafted).problems)


class TestSeal:
    def test_no_training_image_set_is_allocated(self, asked):
        shown = {row.pair.image_set.code for row in Allocation.everything.select_related("pair__image_set")}

        assert shown == {"S001", "S002", "S003"}
        assert asked.allocations.count() == 2 * 9

    def test_it_verifies_before_and_after_training_and_unblinding_works(self, asked, cast):
        for reader in (cast.reader_one, cast.reader_two):
            train(reader)

        assert allocate.verify_allocation(asked) == asked.allocation_sha256
        assert training.verify_training(asked) == 2
        close.lock_study(asked, actor=cast.coordinator, reason=REASON)
        close.unblind_study(asked, actor=cast.coordinator, reason=REASON)

    def test_a_training_pair_with_its_sides_exchanged_is_noticed(self, asked, reader):
        run = train(reader)
        one = queries_training.pairs_of(run).first()
        exchange_sides(one)

        with pytest.raises(IntegrityFailure, match="training 1 of"):
            training.verify_training(asked)


class TestBegin:
    def test_a_round_has_as_many_pairs_as_asked_with_tokens_of_their_own(self, reader):
        run = training.begin(reader)

        pairs = list(queries_training.pairs_of(run))
        assert [one.position for one in pairs] == [1, 2, 3]
        assert codes(one.pair for one in pairs) == {f"S{n:03d}" for n in FOR_TRAINING}
        tokens = [token for one in pairs for token in (one.token, one.left_token, one.right_token)]
        assert len(set(tokens)) == 9
        assert pairs[0].presentation_id == f"{reader.code}-T1-01"
        assert reader.study.audit_events.get(action="training begun").detail["pairs"] == 3

    def test_beginning_again_goes_on_with_the_round_in_progress(self, reader):
        run = train(reader, pairs=1)

        assert training.begin(reader) == run
        assert queries_training.standing_of(reader).following.position == 2

    def test_the_last_pair_completes_it_and_the_audit_trail_says_so(self, reader):
        assert train(reader, pairs=2).completed_at is None

        run = train(reader)

        assert run.completed_at
        detail = reader.study.audit_events.get(action="training completed").detail
        assert detail == {"reader": reader.code, "training": 1}
        finished = reader.study.audit_events.filter(action="reading finished")
        assert [event.detail["training"] for event in finished] == [1, 1, 1]

    def test_it_can_be_repeated_with_fresh_tokens_until_a_scored_pair_is_opened(self, reader):
        first, second = train(reader), train(reader)

        assert (first.attempt, second.attempt) == (1, 2)
        assert {one.token for one in queries_training.pairs_of(first)}.isdisjoint(
            one.token for one in queries_training.pairs_of(second)
        )
        score.open_reading(first_scored(reader))
        with pytest.raises(WrongState, match="until your first scored pair"):
            training.begin(reader)

    def test_a_round_in_progress_can_be_ended_after_the_first_scored_pair(self, reader):
        train(reader)
        again = train(reader, pairs=1)
        score.open_reading(first_scored(reader))

        assert training.begin(reader) == again
        assert train(reader).completed_at

    def test_it_is_refused_where_the_protocol_asks_for_none(self, sealed, cast):
        with pytest.raises(WrongState, match="no training"):
            training.begin(cast.reader_one)

    def test_it_is_refused_when_reading_is_closed(self, asked, reader, cast):
        close.lock_study(asked, actor=cast.coordinator, reason=REASON)

        with pytest.raises(WrongState, match="LOCKED"):
            training.begin(reader)

    def test_it_is_refused_after_the_signature(self, asked, reader):
        train(reader)
        read_all_and_sign(reader)

        with pytest.raises(Signed):
            training.begin(reader)

    def test_two_rounds_of_one_number_cannot_be(self, reader):
        training.begin(reader)

        with pytest.raises(IntegrityError), transaction.atomic():
            TrainingRun.objects.create(reader=reader, attempt=1, started_at=timezone.now())


def read_all_and_sign(reader):
    for allocation in reader.allocations.select_related("study", "reader__user", "training_run"):
        read_pair(allocation, complete_answers(allocation.study))
    return sign.sign_readings(
        reader, password=PASSWORD, printed_name="Ada Example", reviewed_sha256=sign.content_sha256(reader)
    )


class TestRequireTrained:
    def test_no_scored_pair_is_opened_before(self, reader):
        with pytest.raises(training.TrainingFirst, match="training comes first"):
            score.open_reading(first_scored(reader))
        train(reader, pairs=2)
        with pytest.raises(training.TrainingFirst):
            score.open_reading(first_scored(reader))
        assert not Reading.objects.exists()

    def test_it_is_after(self, reader):
        train(reader)

        assert score.open_reading(first_scored(reader)).pk

    def test_one_readers_training_opens_nothing_for_another(self, reader, cast):
        train(reader)

        with pytest.raises(training.TrainingFirst):
            score.open_reading(first_scored(cast.reader_two))

    def test_a_repeated_training_that_is_not_finished_closes_nothing(self, reader):
        train(reader)
        train(reader, pairs=1)

        assert score.open_reading(first_scored(reader)).pk


class TestApart:
    def test_a_readers_scored_pairs_and_progress_are_as_before(self, asked, reader):
        before = (queries.reader_progress(asked), list(queries.worklist(reader)))

        train(reader)

        assert (queries.reader_progress(asked), list(queries.worklist(reader))) == before
        assert not Reading.objects.exists()
        assert Reading.everything.count() == ASKED

    def test_the_signature_counts_and_covers_scored_pairs_only(self, reader):
        before = sign.content_sha256(reader)
        train(reader)
        assert sign.content_sha256(reader) == before

        signature = read_all_and_sign(reader)

        assert (signature.pairs, Signature.objects.count()) == (9, 1)
        assert sign.verify_signatures(reader.study) == 1

    def test_training_is_no_work_of_a_session_or_a_day(self, cast):
        prepare(cast, session_minutes=5, break_minutes=60, pairs_a_day=1)
        seal(cast)
        reader = cast.reader_one
        run = train(reader)
        long_ago = timezone.now() - timedelta(minutes=30)
        Reading.everything.filter(allocation__training_run=run).update(opened_at=long_ago)

        first = first_scored(reader)
        assert opening_of(first, timezone.now()).pause is None
        score.open_reading(first)
        other = reader.allocations.select_related("study", "reader", "pair").get(position=2)
        assert opening_of(other, timezone.now()).pause.reason == Reason.DAY

    def test_no_pause_ever_closes_a_training_pair(self, cast):
        prepare(cast, pairs_a_day=1, washout_days=5)
        seal(cast)
        run = train(cast.reader_one, pairs=2)

        for allocation in queries_training.pairs_of(run).select_related("study", "reader", "pair"):
            assert opening_of(allocation, timezone.now()).pause is None

    def test_washout_does_not_begin_with_training(self, cast):
        prepare(cast, washout_days=5)
        seal(cast)
        train(cast.reader_one)

        assert opening_of(first_scored(cast.reader_one), timezone.now()).pause is None

    def test_answers_of_a_training_pair_are_versions_like_any(self, reader):
        run = train(reader, pairs=1)
        reading = Reading.everything.get(allocation__training_run=run)

        with pytest.raises(score.ReasonNeeded):
            score.save_scores(reading, key=uuid.uuid4(), base_version=1, answers={"feature:snr": 1})
        score.save_scores(reading, key=uuid.uuid4(), base_version=1, answers={"feature:snr": 1}, reason="looked again")

        assert score.reading_state(reading).answers["feature:snr"] == 1
        assert reading.saves.count() == 2


class TestNoteHandling:
    def test_it_is_kept_beside_what_was_tried_before(self, reader):
        run = training.begin(reader)
        first, second, _ = queries_training.pairs_of(run).select_related("study")

        training.note_handling(first, Handling(frozenset({"zoom"}), {1: 2}))
        training.note_handling(second, Handling(frozenset({"pin"}), {}))

        run.refresh_from_db()
        assert run.handling == {"tasks": ["zoom", "pin"], "open_at_finish": {"1": 2}}

    def test_nothing_is_kept_of_a_scored_pair(self, reader):
        with pytest.raises(WrongState):
            training.note_handling(first_scored(reader), Handling(frozenset({"zoom"})))


class TestFeedback:
    def test_it_is_about_handling(self, reader):
        run = training.begin(reader)
        one = queries_training.pairs_of(run).select_related("study", "reader__user", "training_run").first()
        seen = {"left": {0: 900}, "right": {0: 900, 1: 5, 2: 5}}
        viewing.record_viewing(score.open_reading(one), key=uuid.uuid4(), viewing=Viewing((), seen, ()), session=None)
        training.note_handling(one, Handling(frozenset({"zoom"}), {1: 4}))
        train(reader, pairs=1)

        feedback = queries_training.feedback_on(TrainingRun.objects.get(pk=run.pk))

        assert {task for task, tried in feedback.tasks if tried} == {"zoom", "finish"}
        assert feedback.tried == 2
        pair, other, _ = feedback.pairs
        assert (pair.finished, pair.active_seconds, pair.open_at_finish) == (True, 33.0, 4)
        assert pair.unseen == {"left": "2–3", "right": ""}
        assert (pair.findings, pair.pins) == (1, 0)
        assert not other.finished

    def test_what_a_finish_says_was_seen_counts_although_its_telemetry_is_on_its_way(self, reader):
        run = training.begin(reader)
        one = queries_training.pairs_of(run).select_related("study", "reader__user", "training_run").first()
        reading = score.open_reading(one)
        receipt = score.save_scores(reading, key=uuid.uuid4(), base_version=0, answers=complete_answers(one.study))
        seen = {side: dict.fromkeys(range(3), 0) for side in ("left", "right")}
        score.finish_reading(reading, base_version=receipt.version, seen=seen)

        assert queries_training.feedback_on(run).pairs[0].all_seen

    def test_without_findings_in_the_protocol_none_are_asked_for(self, reader):
        reader.study.consistency_items.all().delete()
        run = training.begin(reader)

        assert {"finding", "pin"}.isdisjoint(dict(queries_training.tasks_of(run)))


class TestTrainingOfReaders:
    def test_it_says_who_has_completed_it(self, asked, cast):
        train(cast.reader_one)
        train(cast.reader_two, pairs=1)

        one, two = queries_training.training_of_readers(asked)

        assert (one.completed is not None, one.rounds) == (True, 1)
        assert (two.completed, two.rounds) == (None, 1)

    def test_it_is_empty_without_training(self, sealed):
        assert queries_training.training_of_readers(sealed) == []


def test_no_session_of_reading_begins_by_training(reader):
    train(reader)

    assert not ReadingSession.objects.exists()
    assert ImageSet.objects.filter(training=True).count() == len(FOR_TRAINING)
