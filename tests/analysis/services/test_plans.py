"""The plan: chosen in the draft, sealed with the allocation, amended only as a version that says post hoc."""

import pytest
from django.db import DatabaseError, connection, transaction

from analysis.core.plan import plan_sha256
from analysis.models import Analysis, PlanDraft, PlanVersion
from analysis.services import plans
from analysis.services.compute import compute, request_analysis
from readerstudy.core.errors import BadInput, BadPlan, IntegrityFailure, NotFound, WrongState
from readerstudy.models import Task
from readerstudy.services import allocate, tasks
from readerstudy.services.protocol import save_part
from tests.cast import add_image_set
from tests.readerstudy.services.sending import silent

CHOICES = {"primary_comparison": "SOC_FAST", "alpha": 0.01, "seed": 7}


def seal(cast):
    add_image_set(cast.study, 1)
    allocate.seal_and_start(cast.study, actor=cast.coordinator, reason="ready to read")
    cast.study.refresh_from_db()
    return cast.study


class TestDraft:
    def test_what_was_chosen_is_sealed(self, cast):
        plans.save_draft(cast.study, actor=cast.statistician, choices=CHOICES)

        study = seal(cast)

        assert {name: study.plan[name] for name in CHOICES} == CHOICES
        assert study.plan_sha256 == plan_sha256(study.plan)
        assert plans.sealed_plan(study) == study.plan

    def test_without_a_choice_the_reference_choices_are_sealed(self, cast):
        assert seal(cast).plan["primary_comparison"] == "FASTDL_SOC"

    def test_every_change_is_an_event(self, cast):
        plans.save_draft(cast.study, actor=cast.statistician, choices=CHOICES)

        event = cast.study.audit_events.last()
        assert (event.action, event.actor) == ("analysis plan drafted", cast.statistician)
        assert event.detail["choices"] == CHOICES

    @pytest.mark.parametrize("choices", [{"alpha": 2.0}, {"primary_comparison": "A_B"}, {"seed": -1}])
    def test_what_cannot_be_followed_is_refused_and_nothing_kept(self, cast, choices):
        with pytest.raises(BadPlan):
            plans.save_draft(cast.study, actor=cast.statistician, choices=choices)
        assert not PlanDraft.objects.exists()

    def test_the_protocol_is_not_chosen_here(self, cast):
        plans.save_draft(cast.study, actor=cast.statistician, choices={"features": [], "scale_points": 9, "seed": 7})

        plan = plans.draft_plan(cast.study)
        assert (len(plan["features"]), plan["scale_points"], plan["seed"]) == (8, 5, 7)

    def test_after_the_seal_there_is_no_draft(self, cast, sealed):
        with pytest.raises(WrongState):
            plans.save_draft(sealed, actor=cast.statistician, choices=CHOICES)

    def test_a_comparison_that_the_protocol_lost_stands_in_the_way_of_the_seal(self, cast):
        study = cast.study
        plans.save_draft(study, actor=cast.statistician, choices={"primary_comparison": "SOC_FAST"})
        lost = study.comparisons.get(code="SOC_FAST")
        save_part(study, actor=cast.coordinator, part="comparisons", rows=[{"id": lost.pk, "delete": True}])
        add_image_set(study, 1)

        (problem,) = allocate.readiness(study).problems

        assert "'SOC_FAST'" in problem
        assert "plan page" in problem
        with pytest.raises(WrongState):
            allocate.seal_and_start(study, actor=cast.coordinator, reason="ready to read")


class TestAmendPlan:
    @pytest.fixture
    def amended(self, sealed, cast):
        return plans.amend_plan(sealed, actor=cast.statistician, reason="a reviewer asked", choices={"alpha": 0.01})

    def test_it_stands_beside_the_sealed_plan_and_says_post_hoc_in_itself(self, sealed, amended, cast):
        before = dict(sealed.plan)
        sealed.refresh_from_db()

        assert sealed.plan == before
        assert plans.sealed_plan(sealed) == before
        assert amended.plan["alpha"] == 0.01
        label = amended.plan["post_hoc"]
        assert (label["version"], label["made_by"], label["reason"]) == (2, "statistician", "a reviewer asked")
        assert label["sealed_plan_sha256"] == sealed.plan_sha256
        assert [(v.number, v.post_hoc) for v in plans.versions_of(sealed)] == [(1, False), (2, True)]

    def test_it_is_an_event_with_who_when_and_why(self, sealed, amended):
        event = sealed.audit_events.last()

        assert event.action == "analysis plan amended"
        assert event.detail["post_hoc"] is True
        assert (event.detail["version"], event.detail["reason"]) == (2, "a reviewer asked")
        assert event.detail["plan_sha256"] == amended.plan_sha256

    def test_the_next_one_is_version_3(self, sealed, amended, cast):
        third = plans.amend_plan(sealed, actor=cast.coordinator, reason="another seed", choices={"seed": 3})

        assert third.number == 3
        assert third.plan["alpha"] == 0.05  # each starts from the sealed plan

    def test_without_a_difference_or_a_reason_there_is_none(self, sealed, amended, cast):
        with pytest.raises(BadInput, match="version 2"):
            plans.amend_plan(sealed, actor=cast.statistician, reason="once more", choices={"alpha": 0.01})
        with pytest.raises(BadInput, match="version 1"):
            plans.amend_plan(sealed, actor=cast.statistician, reason="once more", choices={})
        with pytest.raises(BadInput, match="few words"):
            plans.amend_plan(sealed, actor=cast.statistician, reason=" ", choices={"seed": 1})

    def test_in_the_draft_there_is_nothing_to_amend(self, cast):
        with pytest.raises(WrongState):
            plans.amend_plan(cast.study, actor=cast.statistician, reason="too early", choices={"seed": 1})

    @pytest.mark.parametrize(
        "change", ["UPDATE analysis_planversion SET reason = 'x'", "DELETE FROM analysis_planversion"]
    )
    def test_the_database_refuses_to_change_one(self, amended, change):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)

    def test_one_that_was_changed_all_the_same_is_found(self, sealed, amended):
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER analysis_planversion_no_update")
        PlanVersion.objects.update(plan={**amended.plan, "alpha": 0.5})

        with pytest.raises(IntegrityFailure, match="Version 2"):
            plans.version_of(sealed, 2)

    def test_a_version_that_is_not_there_is_not_found(self, sealed):
        with pytest.raises(NotFound):
            plans.version_of(sealed, 2)


class TestResultsByVersion:
    @pytest.fixture
    def both(self, unblinded, cast):
        compute(unblinded, silent)
        plans.amend_plan(unblinded, actor=cast.statistician, reason="a stricter level", choices={"seed": 3})
        request_analysis(unblinded, actor=cast.statistician, plan_version=2)
        tasks.work_off(unblinded, ["analyse_post_hoc"])
        return {one.plan_version: one for one in Analysis.objects.filter(study=unblinded)}

    def test_they_name_the_version_that_they_follow_and_never_replace_the_sealed_ones(self, unblinded, both):
        assert set(both) == {1, 2}
        sealed, later = both[1].results, both[2].results
        assert sealed["plan_line"].startswith("By the analysis plan that was sealed")
        assert later["plan_line"].startswith("Post hoc: by version 2")
        assert "a stricter level" in later["plan_line"]
        assert all(table["caption"].startswith("Post hoc, plan version 2: ") for table in later["tables"])
        assert not any("Post hoc" in table["caption"] for table in sealed["tables"])
        assert later["results"]["meta"]["plan"]["post_hoc"]["version"] == 2
        assert both[2].plan_sha256 == unblinded.plan_versions.get().plan_sha256 != both[1].plan_sha256

    def test_the_event_says_post_hoc(self, unblinded, both):
        event = unblinded.audit_events.filter(action="analysis computed").last()

        assert (event.detail["plan_version"], event.detail["post_hoc"]) == (2, True)

    def test_a_second_request_while_the_first_waits_is_the_same_work(self, unblinded, both, cast):
        for _ in range(2):
            request_analysis(unblinded, actor=cast.statistician, plan_version=2)

        assert Task.objects.filter(kind="analyse_post_hoc", state="queued").count() == 1
