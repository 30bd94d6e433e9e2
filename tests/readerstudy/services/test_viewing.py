"""Batches of what was looked at are kept once, bounded, and for good."""

import uuid

import pytest
from django.db import DatabaseError, connection, transaction

from readerstudy.core.viewing import Viewing
from readerstudy.models import ViewingBatch
from readerstudy.services import score, viewing

ONE = Viewing(((0, 1000),), {"left": {0: 900}, "right": {1: 900}}, ())


@pytest.fixture
def reading(sealed):
    return score.open_reading(sealed.allocations.first())


def record(reading, key=None):
    viewing.record_viewing(reading, key=key or uuid.uuid4(), viewing=ONE, session=None)


class TestRecordViewing:
    def test_each_batch_is_one_row_and_one_event(self, reading, sealed):
        key = uuid.uuid4()
        for _ in range(2):
            record(reading, key)
        record(reading)

        assert ViewingBatch.objects.count() == 2
        assert sealed.audit_events.filter(action="viewing recorded").count() == 2
        assert viewing.seen_of(reading) == {"left": {0: 1800}, "right": {1: 1800}}

    def test_a_flood_is_refused_and_the_scores_go_on(self, reading, monkeypatch):
        monkeypatch.setattr(viewing, "MOST_BATCHES", 1)
        record(reading)

        with pytest.raises(viewing.TooManyBatches):
            record(reading)
        score.save_scores(reading, key=uuid.uuid4(), base_version=0, answers={"feature:snr": 2})

    @pytest.mark.parametrize(
        "sql", ["UPDATE readerstudy_viewingbatch SET content = '{}'", "DELETE FROM readerstudy_viewingbatch"]
    )
    def test_the_database_refuses_to_change_it(self, reading, sql):
        record(reading)

        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql.format("readerstudy_viewingbatch"))
