"""Lock and unblind: recorded acts, in this order, with a reason."""

import csv
import io

import pytest

from readerstudy.core.errors import BadInput, IntegrityFailure, WrongState
from readerstudy.core.lifecycle import Status
from readerstudy.models import Task
from readerstudy.services import close
from tests.conftest import complete_answers, read_pair
from tests.tampering import exchange_sides


class TestLockStudy:
    def test_it_freezes_the_scores_under_a_checksum(self, sealed, cast):
        read_pair(sealed.allocations.first(), complete_answers(sealed))

        locked = close.lock_study(sealed, actor=cast.coordinator, reason="all read")

        assert locked.status == Status.LOCKED
        assert close.verify_scores(locked) == locked.scores_sha256
        assert locked.audit_events.get(action="study locked").detail["scores_sha256"] == locked.scores_sha256

    def test_it_refuses_a_second_lock(self, sealed, cast):
        close.lock_study(sealed, actor=cast.coordinator, reason="all read")

        with pytest.raises(WrongState):
            close.lock_study(sealed, actor=cast.coordinator, reason="all read")

    def test_it_needs_a_reason(self, sealed, cast):
        with pytest.raises(BadInput):
            close.lock_study(sealed, actor=cast.coordinator, reason=" ")


class TestUnblindStudy:
    def test_it_refuses_before_the_lock(self, sealed, cast):
        with pytest.raises(WrongState):
            close.unblind_study(sealed, actor=cast.coordinator, reason="curious")

    def test_it_opens_the_key_and_asks_for_the_analysis(self, sealed, cast):
        close.lock_study(sealed, actor=cast.coordinator, reason="all read")

        unblinded = close.unblind_study(sealed, actor=cast.coordinator, reason="analysis")

        assert unblinded.status == Status.UNBLINDED
        assert Task.objects.filter(study=sealed, kind="analyse").exists()

    def test_it_refuses_an_allocation_that_was_tampered_with(self, sealed, cast):
        close.lock_study(sealed, actor=cast.coordinator, reason="all read")
        row = sealed.allocations.first()
        exchange_sides(row)

        with pytest.raises(IntegrityFailure):
            close.unblind_study(sealed, actor=cast.coordinator, reason="analysis")
        sealed.refresh_from_db()
        assert sealed.status == Status.LOCKED


class TestBlindedCsv:
    def test_it_names_no_arm(self, sealed):
        read_pair(sealed.allocations.first(), complete_answers(sealed))

        text = close.blinded_csv(sealed)

        assert "feature:snr" in text
        assert "SOC" not in text
        assert "FAST" not in text

    def test_it_holds_what_is_no_number_too_so_that_the_seal_covers_it(self, sealed):
        allocation = sealed.allocations.first()
        pin = {"slice": 1, "x": 10.0, "y": 12.5}
        told = {"comment:loss_anatomy:left": "nerve root", "pin:loss_anatomy:left": pin}

        read_pair(allocation, {**complete_answers(sealed), **told})

        rows = list(csv.reader(io.StringIO(close.blinded_csv(sealed))))
        assert [allocation.presentation_id, "comment:loss_anatomy:left", '"nerve root"'] in rows
        assert [allocation.presentation_id, "pin:loss_anatomy:left", '{"slice":1,"x":10.0,"y":12.5}'] in rows
        assert [allocation.presentation_id, "feature:snr", "3"] in rows
