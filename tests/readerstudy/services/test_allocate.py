"""Sealing a study: stored rows, tokens, the seal in the audit chain, and its verification."""

import pytest

from readerstudy.core.errors import IntegrityFailure, WrongState
from readerstudy.core.lifecycle import Status
from readerstudy.services import allocate, studies
from tests.cast import add_image_set
from tests.tampering import exchange_sides


class TestSealAndStart:
    def test_every_reader_gets_every_pair_once(self, sealed):
        for reader in sealed.memberships.filter(role="reader"):
            shown = reader.allocations.values_list("pair", flat=True)
            assert len(shown) == len(set(shown)) == 9

    def test_the_study_is_reading_and_the_seal_is_in_the_audit_chain(self, sealed):
        event = sealed.audit_events.get(action="allocation sealed")

        assert sealed.status == Status.READING
        assert event.detail["allocation_sha256"] == sealed.allocation_sha256
        assert event.detail["plan_sha256"] == sealed.plan_sha256 != ""

    def test_the_audit_trail_does_not_tell_the_seed(self, sealed):
        assert sealed.allocation_seed not in str(list(sealed.audit_events.values_list("detail", flat=True)))

    def test_tokens_differ_for_every_allocation_and_side(self, sealed):
        rows = sealed.allocations.values_list("token", "left_token", "right_token")

        tokens = [token for row in rows for token in row]
        assert len(tokens) == len(set(tokens)) == 3 * 18

    def test_a_second_seal_is_refused_and_changes_nothing(self, sealed, cast):
        before = list(sealed.allocations.values())

        with pytest.raises(WrongState):
            allocate.seal_and_start(sealed, actor=cast.coordinator, reason="again")
        assert list(sealed.allocations.values()) == before

    def test_it_refuses_a_study_without_pairs_in_words(self, cast):
        with pytest.raises(WrongState, match="No pair is ready"):
            allocate.seal_and_start(cast.study, actor=cast.coordinator, reason="too early")

    def test_it_refuses_a_comparison_of_a_hidden_arm(self, cast):
        add_image_set(cast.study, 1)
        cast.study.arms.filter(code="FAST").update(shown=False)

        assert any("never shown" in problem for problem in studies.protocol_problems(cast.study))
        with pytest.raises(WrongState):
            allocate.seal_and_start(cast.study, actor=cast.coordinator, reason="hidden arm")

    def test_names_of_uploaded_files_are_erased(self, cast):
        add_image_set(cast.study, 1)
        upload = cast.study.uploads.create(created_by=cast.coordinator)
        upload.files.create(name="DOE_JANE/1.dcm", status="refused")

        allocate.seal_and_start(cast.study, actor=cast.coordinator, reason="go")

        assert upload.files.get().name == ""


class TestVerifyAllocation:
    def test_it_accepts_what_was_sealed(self, sealed):
        assert allocate.verify_allocation(sealed) == sealed.allocation_sha256

    def test_it_notices_two_swapped_sides(self, sealed):
        row = sealed.allocations.first()
        exchange_sides(row)

        with pytest.raises(IntegrityFailure, match="seal"):
            allocate.verify_allocation(sealed)

    def test_it_notices_another_seed(self, sealed):
        sealed.keep_seed("another")
        sealed.save()

        with pytest.raises(IntegrityFailure, match="do not fit the seed"):
            allocate.verify_allocation(sealed)


class TestBalanceReport:
    def test_it_tells_counts_and_no_side(self, sealed):
        report = allocate.balance_report(sealed)

        assert (report.places, report.readers) == (18, 2)
        assert report.largest_imbalance <= 1
        assert "SOC" not in repr(report)
