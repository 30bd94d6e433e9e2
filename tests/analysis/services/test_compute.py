"""Results: by the sealed plan, from locked scores, every image measured once."""

import pytest

from analysis.models import Analysis, ImageMetric
from analysis.services import compute, measure
from readerstudy.core.errors import IntegrityFailure, WrongState
from readerstudy.models import Study, Task
from tests.readerstudy.management.commands.test_verify_study import change_a_score
from tests.readerstudy.services.sending import silent


class TestCompute:
    def test_the_four_tables_are_there_with_rows(self, unblinded):
        analysis = compute.compute(unblinded, silent)

        tables = {table["name"]: table for table in analysis.results["tables"]}
        assert list(tables)[:4] == ["table1", "table2", "table3", "table4"]
        assert all(table["rows"] and len(table["rows"][0]) == len(table["columns"]) for table in tables.values())

    def test_it_carries_the_hashes_of_the_sealed_plan_and_of_the_data(self, unblinded):
        analysis = compute.compute(unblinded, silent)

        sealed = unblinded.audit_events.get(action="allocation sealed").detail["plan_sha256"]
        assert analysis.plan_sha256 == analysis.results["results"]["meta"]["plan_sha256"] == sealed
        assert len(analysis.data_sha256) == 64
        assert analysis.versions["scipy"]
        assert unblinded.audit_events.last().detail["data_sha256"] == analysis.data_sha256

    def test_computed_again_it_has_the_same_numbers_and_measures_nothing_anew(self, unblinded, monkeypatch):
        first = compute.compute(unblinded, silent)
        measured = ImageMetric.objects.count()
        monkeypatch.setattr(measure, "OF_TWO", {})

        second = compute.compute(unblinded, silent)

        assert second.data_sha256 == first.data_sha256
        assert second.results["tables"] == first.results["tables"]
        assert ImageMetric.objects.count() == measured

    def test_the_participants_are_told_in_a_sentence(self, unblinded):
        assert "3" in compute.compute(unblinded, silent).results["participants_line"]

    def test_it_refuses_before_unblinding(self, sealed):
        with pytest.raises(WrongState):
            compute.compute(sealed, silent)
        assert not ImageMetric.objects.exists()

    def test_a_plan_that_was_changed_after_the_seal_is_refused(self, unblinded):
        unblinded.plan["alpha"] = 0.5
        Study.objects.filter(pk=unblinded.pk).update(plan=unblinded.plan)

        with pytest.raises(IntegrityFailure, match="plan"):
            compute.compute(unblinded, silent)

    def test_a_score_that_was_changed_after_the_lock_is_refused(self, unblinded):
        change_a_score(unblinded)

        with pytest.raises(IntegrityFailure, match="scores"):
            compute.compute(unblinded, silent)
        assert not Analysis.objects.exists()


class TestRequestAnalysis:
    def test_it_is_recorded_and_asked_for_once(self, unblinded, cast):
        compute.request_analysis(unblinded, actor=cast.statistician)

        assert Task.objects.filter(kind="analyse").count() == 1  # unblinding asked already
        assert unblinded.audit_events.last().action == "analysis requested"

    def test_it_refuses_before_unblinding(self, sealed, cast):
        with pytest.raises(WrongState):
            compute.request_analysis(sealed, actor=cast.statistician)
