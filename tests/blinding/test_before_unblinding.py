"""Before unblinding nobody learns anything by arm: no page, no export, no command (design, invariant 5)."""

import re

import pytest
from django.core.management import CommandError, call_command

from analysis import queries
from analysis.services.bundle import bundle_files
from readerstudy.core.errors import WrongState
from readerstudy.services import close
from tests.conftest import complete_answers, read_pair

STAFF_PAGES = ("", "readers/", "allocation/", "monitor/", "close/", "results/", "audit/")


@pytest.fixture(params=["reading", "locked"])
def blinded(request, sealed, cast):
    for allocation in sealed.allocations.all():
        read_pair(allocation, complete_answers(sealed, value=2))
    if request.param == "locked":
        close.lock_study(sealed, actor=cast.coordinator, reason="all read")
    sealed.refresh_from_db()
    return sealed


class TestTheOneJoin:
    @pytest.mark.parametrize(
        "question",
        [queries.scores_by_arm, queries.allocation_table, queries.consistency_by_arm, queries.diagnostic_quality],
    )
    def test_it_refuses(self, blinded, question):
        with pytest.raises(WrongState):
            question(blinded)

    def test_the_bundle_is_refused(self, blinded):
        with pytest.raises(WrongState):
            bundle_files(blinded)
        with pytest.raises(CommandError):
            call_command("export_study", blinded.slug, "/nonexistent/out")


class TestPages:
    @pytest.mark.parametrize("role", ["coordinator", "statistician"])
    def test_no_page_tells_a_side_of_an_arm_or_a_result(self, blinded, cast, sign_in, role):
        client = sign_in(getattr(cast, role))
        for page in STAFF_PAGES:
            response = client.get(f"/studies/{blinded.slug}/{page}")
            if response.status_code == 403:
                continue
            text = response.content.decode()
            assert not re.search(r"left_arm|right_arm|mean_pref|p-value|win %", text, re.IGNORECASE), page
            assert blinded.allocation_seed not in text

    @pytest.mark.parametrize("page", ["results/table2.csv", "results/bundle.zip"])
    def test_files_of_results_are_refused(self, blinded, cast, sign_in, page):
        assert sign_in(cast.statistician).get(f"/studies/{blinded.slug}/{page}").status_code == 409

    def test_a_reader_sees_no_office_page(self, blinded, cast, sign_in):
        client = sign_in(cast.reader_one.user)
        for page in ("cases/", *STAFF_PAGES[1:]):
            assert client.get(f"/studies/{blinded.slug}/{page}").status_code == 403
