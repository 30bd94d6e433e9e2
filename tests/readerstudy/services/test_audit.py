"""The chain: every event holds the hash of the one before; a change anywhere is noticed (design, invariant 7)."""

import pytest
from django.db import DatabaseError, connection, transaction

from readerstudy.core.errors import IntegrityFailure
from readerstudy.models import AuditEvent
from readerstudy.services import audit
from tests.tampering import without_triggers


class TestRecord:
    def test_events_are_numbered_and_chained(self, cast):
        first = audit.record(cast.study, cast.coordinator, "one")
        second = audit.record(cast.study, cast.coordinator, "two")

        assert second.number == first.number + 1
        assert second.previous_sha256 == first.sha256

    def test_an_act_that_is_rolled_back_leaves_no_event(self, cast):
        before = cast.study.audit_events.count()

        def act_and_fail():
            with transaction.atomic():
                audit.record(cast.study, cast.coordinator, "one")
                raise RuntimeError

        with pytest.raises(RuntimeError):
            act_and_fail()
        assert cast.study.audit_events.count() == before
        assert audit.verify_chain(cast.study) == before


class TestVerifyChain:
    def test_it_accepts_an_untouched_chain(self, sealed):
        assert audit.verify_chain(sealed) == sealed.audit_events.count()

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE readerstudy_auditevent SET action = 'forged' WHERE number = 2",
            "UPDATE readerstudy_auditevent SET actor_name = 'somebody' WHERE number = 1",
            "DELETE FROM readerstudy_auditevent WHERE number = 2",
            "DELETE FROM readerstudy_auditevent WHERE number = (SELECT MAX(number) FROM readerstudy_auditevent)",
        ],
    )
    def test_it_notices_a_forged_or_missing_event(self, sealed, statement):
        without_triggers("auditevent", statement)

        with pytest.raises(IntegrityFailure):
            audit.verify_chain(sealed)


class TestAppendOnly:
    def test_django_refuses_to_change_or_delete_events(self, sealed):
        event = sealed.audit_events.first()

        for change in (event.save, event.delete, AuditEvent.objects.all().delete):
            with pytest.raises(IntegrityFailure):
                change()
        with pytest.raises(IntegrityFailure):
            AuditEvent.objects.update(action="forged")

    def test_the_database_refuses_too(self, sealed):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE readerstudy_auditevent SET action = 'forged'")
