"""The audit trail holds every score; staff see none of them before unblinding (design, invariant 5)."""

import pytest

from readerstudy.services import close
from tests.conftest import complete_answers, read_pair

CODE = "disc pathology: 2"


@pytest.fixture
def page(sealed, cast, sign_in):
    read_pair(sealed.allocations.first(), complete_answers(sealed, value=2))

    def as_coordinator() -> str:
        return sign_in(cast.coordinator).get(f"/studies/{sealed.slug}/audit/").content.decode()

    return as_coordinator


class TestAuditTrailPage:
    def test_it_tells_that_a_reader_saved_but_not_what(self, page):
        text = page()

        assert "scores saved" in text
        assert "10 answers, shown after unblinding" in text
        assert CODE not in text

    def test_locking_opens_nothing(self, page, sealed, cast):
        close.lock_study(sealed, actor=cast.coordinator, reason="all read")

        assert CODE not in page()

    def test_it_tells_the_answers_after_unblinding(self, page, sealed, cast):
        close.lock_study(sealed, actor=cast.coordinator, reason="all read")
        close.unblind_study(sealed, actor=cast.coordinator, reason="the analysis begins")

        assert CODE in page()
