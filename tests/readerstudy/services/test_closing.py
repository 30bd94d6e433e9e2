"""Two persons lock and unblind: both sign the same thing, one person never twice, and nobody gets round it."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connections, transaction
from django.utils import timezone

from readerstudy.core.closing import Closing
from readerstudy.core.errors import (
    BadInput,
    IntegrityFailure,
    NotAllowed,
    ReaderStudyError,
    Signed,
    VersionConflict,
    WrongState,
)
from readerstudy.core.lifecycle import Status
from readerstudy.models import ClosingRequest, ClosingSignature, Membership, Study
from readerstudy.services import allocate, close, closing, closing_rules, score
from readerstudy.services.signing_tries import WrongPassword
from tests.cast import add_image_set
from tests.closing import REASON, ask_two, request, sign
from tests.conftest import SEED, complete_answers, read_pair
from tests.tampering import without_triggers

LOCK, UNBLIND = Closing.LOCK, Closing.UNBLIND


@pytest.fixture
def second(cast):
    return ask_two(cast)


def seal(cast):
    add_image_set(cast.study, 1)
    allocate.seal_and_start(cast.study, actor=cast.coordinator, reason=REASON, seed=SEED)
    cast.study.refresh_from_db()
    read_pair(cast.study.allocations.first(), complete_answers(cast.study))
    return cast.study


@pytest.fixture
def read(cast, second):
    """Sealed with two signatures asked for, and read."""
    return seal(cast)


@pytest.fixture
def asked(read, cast):
    return request(read, LOCK, cast.coordinator)


def status_of(study):
    return Study.objects.get(pk=study.pk).status


def events(study):
    return list(study.audit_events.order_by("number").values_list("action", flat=True))


class TestRules:
    def test_they_stand_in_the_audit_event_of_the_seal(self, read):
        detail = read.audit_events.get(action="allocation sealed").detail

        assert detail["closing"] == {"lock_signatures": 2, "unblind_signatures": 2, "request_hours": 72}

    def test_after_the_seal_they_do_not_change(self, read, cast):
        with pytest.raises(WrongState):
            closing_rules.save_closing_rules(read, actor=cast.coordinator, values={"lock_signatures": 0})

    @pytest.mark.parametrize("values", [{"lock_signatures": 3}, {"request_hours": 0}, {"nonsense": 1}])
    def test_what_is_no_rule_is_refused(self, study, cast, values):
        with pytest.raises(BadInput):
            closing_rules.save_closing_rules(study, actor=cast.coordinator, values=values)

    def test_one_coordinator_alone_is_warned_before_the_seal(self, cast, second):
        assert closing_rules.closing_warnings(cast.study) == []
        Membership.objects.get(study=cast.study, user=second).delete()

        (warning,) = allocate.readiness(cast.study).warnings
        assert "Two coordinators must sign to lock and to unblind" in warning


class TestTwoPersons:
    def test_the_first_signature_does_nothing_yet(self, asked, read, cast):
        assert status_of(read) == Status.READING
        assert [one.signer for one in asked.signatures.all()] == [cast.coordinator]
        assert events(read)[-2:] == ["closing requested", "closing signed"]

    def test_the_second_locks_with_both_names_on_record(self, asked, read, second):
        sign(asked, second)

        locked = Study.objects.get(pk=read.pk)
        assert locked.status == Status.LOCKED
        event = read.audit_events.get(action="study locked")
        assert event.detail["signed_by"] == ["Ada Example", "Berta Beispiel"]
        assert event.detail["reason"] == REASON
        one, other = ClosingSignature.objects.all()
        assert one.content_sha256 == other.content_sha256
        assert one.content_sha256 == close.signed_content(asked, locked).sha256
        assert "final" in one.meaning

    def test_the_whole_way_verifies(self, asked, read, cast, second):
        sign(asked, second)
        sign(request(read, UNBLIND, second, printed_name="Berta Beispiel"), cast.coordinator)

        read.refresh_from_db()
        assert read.status == Status.UNBLINDED
        assert closing.verify_closings(read) == 4

    def test_one_person_who_signs_is_enough_where_the_protocol_says_so(self, cast):
        ask_two(cast, lock_signatures=1)
        study = seal(cast)

        done = request(study, LOCK, cast.coordinator)

        assert (done.outcome, status_of(study)) == ("done", Status.LOCKED)

    def test_no_command_and_no_script_gets_round_it(self, asked, read, cast, second):
        for act in (close.lock_study, close.unblind_study):
            with pytest.raises(WrongState, match="two coordinators sign"):
                act(Study.objects.get(pk=read.pk), actor=cast.coordinator, reason=REASON)
            if act is close.lock_study:
                sign(asked, second)

    def test_signatures_under_the_lock_do_not_unblind(self, asked, read, cast, second):
        sign(asked, second)

        with pytest.raises(WrongState, match="LOCKED"):
            request(read, LOCK, cast.coordinator)
        assert not read.closing_requests.filter(act="unblind").exists()


class TestOnePersonTwice:
    def test_the_same_person_does_not_sign_twice(self, asked, read, cast):
        with pytest.raises(Signed, match="another person"):
            sign(asked, cast.coordinator)
        assert (status_of(read), asked.signatures.count()) == (Status.READING, 1)

    def test_a_second_tab_does_not_ask_twice(self, asked, read, cast, second):
        for person in (cast.coordinator, second):
            with pytest.raises(WrongState, match="has just asked"):
                request(read, LOCK, person)
        assert read.closing_requests.count() == 1

    def test_what_is_done_is_not_signed_again(self, asked, read, cast, second):
        sign(asked, second)

        with pytest.raises(WrongState, match="signed by all"):
            sign(asked, second)

    def test_nobody_but_a_coordinator_of_the_study(self, asked, cast):
        for person in (cast.reader_one.user, cast.statistician, cast.outsider):
            with pytest.raises(NotAllowed):
                sign(asked, person)

    def test_who_is_no_coordinator_any_more_does_not_count(self, asked, read, cast, second):
        Membership.objects.filter(study=read, user=cast.coordinator).update(role="statistician")

        with pytest.raises(WrongState, match="Ada Example signed first, but coordinates this study no more"):
            sign(asked, second)
        assert status_of(read) == Status.READING


class TestWhatIsSigned:
    def change_a_score(self, study):
        reading = study.allocations.first().reading
        score.save_scores(
            reading, key=uuid.uuid4(), base_version=reading.version, answers={"feature:snr": 1}, reason="looked again"
        )

    def test_a_score_that_changes_makes_the_first_signature_void(self, asked, read, second):
        self.change_a_score(read)

        with pytest.raises(VersionConflict, match="withdraw the request"):
            sign(asked, second)
        assert status_of(read) == Status.READING

    def test_a_score_that_changes_before_the_first_signature_too(self, read, cast):
        before = close.scores_sha256(read)
        self.change_a_score(read)

        with pytest.raises(VersionConflict):
            request(read, LOCK, cast.coordinator, reviewed_sha256=before)
        assert not read.closing_requests.exists()

    def test_a_name_is_needed(self, asked, second):
        with pytest.raises(BadInput, match="name"):
            sign(asked, second, printed_name="  ")

    def test_the_database_refuses_to_change_a_signature(self, asked):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            ClosingSignature.objects.update(printed_name="Somebody else")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            ClosingSignature.objects.all().delete()


class TestWrongPassword:
    def test_it_is_counted_and_makes_signing_wait(self, asked, read, second):
        for left in (4, 3, 2, 1, 0):
            with pytest.raises(WrongPassword, match=f"waits: {left}"):
                sign(asked, second, password="wrong")

        with pytest.raises(WrongState, match="signing waits"):
            sign(asked, second)
        refused = read.audit_events.filter(action="signature refused")
        assert [one.detail["request"] for one in refused] == [1] * 5
        assert (asked.signatures.count(), status_of(read)) == (1, Status.READING)

    def test_the_first_signature_needs_it_too(self, read, cast):
        with pytest.raises(WrongPassword):
            request(read, LOCK, cast.coordinator, password="")
        assert not read.closing_requests.exists()


class TestEndOfARequest:
    def test_it_is_withdrawn_with_a_reason_by_either(self, asked, read, cast, second):
        closing.withdraw(asked, actor=second, reason="a reader is ill")

        assert events(read)[-1] == "closing withdrawn"
        with pytest.raises(WrongState, match="withdrawn"):
            sign(asked, second)
        assert request(read, LOCK, second).number == 2

    def test_it_needs_a_reason_and_a_coordinator(self, asked, cast):
        with pytest.raises(BadInput):
            closing.withdraw(asked, actor=cast.coordinator, reason="")
        with pytest.raises(NotAllowed):
            closing.withdraw(asked, actor=cast.statistician, reason=REASON)

    def test_too_old_it_does_not_count_and_does_not_stand_in_the_way(self, asked, read, cast, second):
        ClosingRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

        with pytest.raises(WrongState, match="Too much time"):
            sign(asked, second)
        again = request(read, LOCK, second)
        assert again.number == 2
        assert "closing request expired" in events(read)
        sign(again, cast.coordinator)
        assert status_of(read) == Status.LOCKED


class TestVerify:
    @pytest.fixture
    def locked(self, asked, read, second):
        sign(asked, second)
        return Study.objects.get(pk=read.pk)

    def test_it_names_changed_rules(self, locked):
        locked.closing_rules.delete()

        with pytest.raises(IntegrityFailure, match="not those that were sealed"):
            closing.verify_closings(Study.objects.get(pk=locked.pk))

    def test_it_names_a_signature_of_somebody_else(self, locked, cast):
        without_triggers(
            "closingsignature",
            "UPDATE readerstudy_closingsignature SET signer_id = %s WHERE printed_name = 'Berta Beispiel'",
            [cast.statistician.pk],
        )

        with pytest.raises(IntegrityFailure, match="Berta Beispiel"):
            closing.verify_closings(locked)

    def test_it_names_a_signature_that_is_gone(self, locked):
        without_triggers(
            "closingsignature", "DELETE FROM readerstudy_closingsignature WHERE printed_name LIKE 'Berta%%'", []
        )

        with pytest.raises(IntegrityFailure, match="fewer signatures"):
            closing.verify_closings(locked)

    def test_it_names_another_reason(self, locked):
        ClosingRequest.objects.update(reason="another one")

        with pytest.raises(IntegrityFailure, match="stands under something else"):
            closing.verify_closings(locked)

    def test_it_names_an_act_without_a_request(self, locked):
        ClosingRequest.objects.update(outcome="withdrawn")

        with pytest.raises(IntegrityFailure, match="no signed request"):
            closing.verify_closings(locked)


class TestAtTheSameMoment:
    @pytest.fixture
    def at_once(self, tmp_path):
        """Each act in a thread, with a connection of its own to one file: the error of each, or None."""
        main = connections["default"]
        own = {**main.settings_dict, "NAME": str(tmp_path / "copy.sqlite3")}

        def one(act):
            connections["default"] = type(main)(own, "default")
            try:
                act()
            except ReaderStudyError as error:
                return type(error)
            finally:
                connections["default"].close()
            return None

        def all_of(*acts):
            with ThreadPoolExecutor(len(acts)) as pool:
                return list(pool.map(one, acts))

        Path(own["NAME"]).write_bytes(main.connection.serialize())
        return all_of

    def test_two_who_ask_then_two_tabs_and_the_first_person_who_sign(self, read, cast, second, at_once):
        told = at_once(lambda: request(read, LOCK, cast.coordinator), lambda: request(read, LOCK, second))
        assert set(told) == {None, WrongState}
        asked, other = [], []

        def look():
            asked.append(read.closing_requests.get())
            first = asked[0].signatures.get().signer
            other.extend([first, second if first == cast.coordinator else cast.coordinator])

        at_once(look)
        told = at_once(*[lambda: sign(asked[0], other[1])] * 2, lambda: sign(asked[0], other[0]))
        assert told.count(None) == 1
        assert set(told) <= {None, WrongState, Signed}

        def judge():
            assert events(read).count("study locked") == 1
            assert events(read).count("closing signed") == 2
            assert closing.verify_closings(Study.objects.get(pk=read.pk)) == 2

        assert at_once(judge) == [None]
