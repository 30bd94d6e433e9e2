"""A signature stands under finished pairs, by the reader's own password, and closes them for good."""

import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from readerstudy.core.errors import BadInput, IntegrityFailure, Signed, VersionConflict, WrongState
from readerstudy.models import AuditEvent, Reading, Signature
from readerstudy.services import close, score, sign
from tests.cast import PASSWORD
from tests.conftest import REASON, complete_answers, read_pair
from tests.tampering import without_triggers


@pytest.fixture
def reader(sealed, cast):
    """Reader one, all of whose pairs are finished."""
    for allocation in cast.reader_one.allocations.all():
        read_pair(allocation, complete_answers(sealed))
    cast.reader_one.study = sealed
    return cast.reader_one


def sign_as(reader, **changes):
    given = {"password": PASSWORD, "printed_name": "Ada Example", "reviewed_sha256": sign.content_sha256(reader)}
    return sign.sign_readings(reader, **{**given, **changes})


def correct(reader, reason="looked again"):
    reading = Reading.objects.filter(allocation__reader=reader).first()
    return score.save_scores(
        reading, key=uuid.uuid4(), base_version=reading.version, answers={"feature:snr": 1}, reason=reason
    )


class TestSignReadings:
    def test_it_records_name_time_meaning_and_what_was_signed(self, reader):
        before = timezone.now()

        signature = sign_as(reader, printed_name="  Ada Example ")

        assert (signature.printed_name, signature.pairs) == ("Ada Example", 9)
        assert signature.content_sha256 == sign.content_sha256(reader)
        assert before <= signature.signed_at <= timezone.now()
        detail = reader.study.audit_events.get(action="scores signed").detail
        assert detail["content_sha256"] == signature.content_sha256
        assert (detail["printed_name"], detail["meaning"]) == (signature.printed_name, signature.meaning)

    def test_it_refuses_while_a_pair_is_open(self, sealed, cast):
        for allocation in cast.reader_one.allocations.all()[1:]:
            read_pair(allocation, complete_answers(sealed))

        with pytest.raises(sign.NotAllRead, match="not finished yet: 1"):
            sign_as(cast.reader_one)
        assert not Signature.objects.exists()

    def test_it_refuses_when_a_score_changed_since_the_list_was_shown(self, reader):
        shown = sign.content_sha256(reader)
        correct(reader)

        with pytest.raises(VersionConflict):
            sign_as(reader, reviewed_sha256=shown)
        assert not Signature.objects.exists()

    def test_it_needs_a_name(self, reader):
        with pytest.raises(BadInput, match="name"):
            sign_as(reader, printed_name="  ")

    def test_a_second_signature_is_refused(self, reader):
        sign_as(reader)

        with pytest.raises(Signed):
            sign_as(reader)
        assert Signature.objects.count() == 1

    def test_it_is_refused_once_the_study_is_locked(self, reader, cast):
        close.lock_study(reader.study, actor=cast.coordinator, reason=REASON)

        with pytest.raises(WrongState, match="LOCKED"):
            sign_as(reader)

    def test_one_readers_signature_leaves_the_other_free(self, reader, sealed, cast):
        sign_as(reader)

        read_pair(cast.reader_two.allocations.first(), complete_answers(sealed))


class TestWrongPassword:
    def test_it_is_counted_and_audited_and_signs_nothing(self, reader):
        for expected in (1, 2):
            with pytest.raises(sign.WrongPassword, match=str(5 - expected)):
                sign_as(reader, password="wrong")
        events = reader.study.audit_events.filter(action="signature refused")
        assert [event.detail["failures"] for event in events] == [1, 2]
        assert "wrong" not in str([event.detail for event in events]).replace("wrong password", "")
        assert not Signature.objects.exists()

    def test_after_five_even_the_right_one_waits(self, reader):
        for _ in range(5):
            with pytest.raises(sign.WrongPassword):
                sign_as(reader, password="wrong")

        with pytest.raises(WrongState, match="signing waits until"):
            sign_as(reader)
        assert reader.study.audit_events.filter(action="signature refused").count() == 5

    def test_after_a_quarter_of_an_hour_it_is_possible_again(self, reader):
        for _ in range(5):
            with pytest.raises(sign.WrongPassword):
                sign_as(reader, password="wrong")
        earlier = timezone.now() - timedelta(minutes=16)
        without_triggers(
            "auditevent", "UPDATE readerstudy_auditevent SET at = %s WHERE action = 'signature refused'", [earlier]
        )

        assert sign_as(reader).pairs == 9

    def test_somebody_elses_failures_do_not_count(self, reader, cast):
        cast.reader_two.study = reader.study
        for _ in range(5):
            with pytest.raises(sign.WrongPassword):
                sign_as(cast.reader_two, password="wrong")

        assert sign_as(reader).pairs == 9


class TestAfterwards:
    def test_no_score_can_change(self, reader):
        sign_as(reader)

        with pytest.raises(Signed):
            correct(reader)

    def test_a_save_that_was_stored_before_has_its_receipt_again(self, reader):
        reading = Reading.objects.filter(allocation__reader=reader).first()
        key = reading.saves.get().key
        sign_as(reader)

        receipt = score.save_scores(reading, key=key, base_version=0, answers={"feature:snr": 3})

        assert receipt.version == 1

    def test_the_database_itself_refuses_to_change_or_delete_it(self, reader):
        sign_as(reader)

        for statement in ("UPDATE readerstudy_signature SET printed_name = 'X'", "DELETE FROM readerstudy_signature"):
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                connection.cursor().execute(statement)

    def test_the_lock_records_who_signed(self, reader, cast):
        sign_as(reader)

        close.lock_study(reader.study, actor=cast.coordinator, reason=REASON)

        assert AuditEvent.objects.get(action="study locked").detail["signed"] == [reader.code]


class TestVerifySignatures:
    def test_an_untouched_one_verifies(self, reader):
        sign_as(reader)

        assert sign.verify_signatures(reader.study) == 1

    def test_a_changed_score_is_noticed(self, reader):
        sign_as(reader)
        without_triggers("score", "UPDATE readerstudy_score SET value = 5 WHERE item = 'feature:snr'")

        with pytest.raises(IntegrityFailure, match="not those that were signed"):
            sign.verify_signatures(reader.study)

    def test_a_signature_of_another_content_is_noticed_by_the_audit_chain(self, reader):
        sign_as(reader)
        without_triggers("score", "UPDATE readerstudy_score SET value = 5 WHERE item = 'feature:snr'")
        without_triggers(
            "signature", "UPDATE readerstudy_signature SET content_sha256 = %s", [sign.content_sha256(reader)]
        )

        with pytest.raises(IntegrityFailure, match="audit chain"):
            sign.verify_signatures(reader.study)
