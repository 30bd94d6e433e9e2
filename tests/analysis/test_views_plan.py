import pytest

from analysis.models import PlanVersion
from analysis.services import plans
from analysis.services.compute import compute
from readerstudy.services import tasks
from tests.readerstudy.services.sending import silent


def page(study, below=""):
    return f"/studies/{study.slug}/plan/{below}"


def filled(form, **changes):
    """What a browser sends of a form as it stands."""
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return {name: "" if value is None else value for name, value in values.items()} | changes


class TestPlanPage:
    @pytest.mark.parametrize("role", ["coordinator", "statistician"])
    def test_in_the_draft_a_form_keeps_the_choices(self, cast, sign_in, role):
        client = sign_in(getattr(cast, role))
        form = client.get(page(cast.study)).context["form"]

        response = client.post(page(cast.study), filled(form, alpha="0.01"), follow=True)

        assert "The plan is kept." in response.content.decode()
        assert plans.draft_plan(cast.study)["alpha"] == 0.01

    def test_a_level_that_is_none_is_said_at_its_field(self, cast, sign_in):
        client = sign_in(cast.statistician)
        form = client.get(page(cast.study)).context["form"]

        response = client.post(page(cast.study), filled(form, alpha="7"))

        assert response.context["form"].errors["alpha"]

    def test_without_comparisons_it_says_what_comes_first(self, cast, sign_in):
        cast.study.comparisons.all().delete()

        assert "First the protocol" in sign_in(cast.statistician).get(page(cast.study)).content.decode()

    def test_after_the_seal_it_shows_the_plan_with_its_hash_and_takes_nothing(self, sealed, cast, sign_in):
        client = sign_in(cast.statistician)
        text = client.get(page(sealed)).content.decode()

        assert sealed.plan_sha256 in text
        assert "FASTDL vs SOC" in text
        assert "None. The sealed plan stands alone." in text
        assert client.post(page(sealed), {"alpha": "0.01"}).status_code == 409


class TestNewVersion:
    def test_it_is_made_with_a_reason_and_shown_as_post_hoc(self, sealed, cast, sign_in):
        client = sign_in(cast.statistician)
        form = client.get(page(sealed, "versions/new/")).context["form"]

        response = client.post(
            page(sealed, "versions/new/"), filled(form, alpha="0.01", reason="a reviewer asked"), follow=True
        )

        text = response.content.decode()
        assert "Version 2, post hoc" in text
        assert "a reviewer asked" in text
        assert "instead of 0.05" in text

    def test_without_a_reason_nothing_is_made(self, sealed, cast, sign_in):
        client = sign_in(cast.statistician)
        form = client.get(page(sealed, "versions/new/")).context["form"]

        response = client.post(page(sealed, "versions/new/"), filled(form, alpha="0.01", reason=""))

        assert response.context["form"].errors["reason"]
        assert not PlanVersion.objects.exists()

    def test_in_the_draft_there_is_no_such_page(self, cast, sign_in):
        assert sign_in(cast.statistician).get(page(cast.study, "versions/new/")).status_code == 409


class TestVersionPage:
    @pytest.fixture
    def amended(self, unblinded, cast):
        compute(unblinded, silent)
        return plans.amend_plan(unblinded, actor=cast.statistician, reason="another seed", choices={"seed": 3})

    def test_its_results_stand_here_and_say_post_hoc(self, unblinded, amended, cast, sign_in):
        client = sign_in(cast.statistician)
        client.post(page(unblinded, "versions/2/compute/"))
        assert "being computed" in client.get(page(unblinded, "versions/2/")).content.decode()
        tasks.work_off(unblinded, ["analyse_post_hoc"])

        text = client.get(page(unblinded, "versions/2/")).content.decode()

        assert "Table 2, post hoc" in text
        assert "Post hoc, plan version 2: Preference by feature" in text
        assert "results computed" in client.get(page(unblinded)).content.decode()

    def test_the_results_page_keeps_the_sealed_ones(self, unblinded, amended, cast, sign_in):
        client = sign_in(cast.statistician)
        client.post(page(unblinded, "versions/2/compute/"))
        tasks.work_off(unblinded, ["analyse_post_hoc"])

        response = client.get(f"/studies/{unblinded.slug}/results/")

        assert response.context["analysis"].plan_version == 1

    def test_a_failure_is_told_and_can_be_tried_again(self, unblinded, amended, cast, sign_in, monkeypatch):
        client = sign_in(cast.statistician)
        client.post(page(unblinded, "versions/2/compute/"))
        monkeypatch.setattr("analysis.jobs.compute", None)
        tasks.work_off(unblinded, ["analyse_post_hoc"])

        text = client.get(page(unblinded, "versions/2/")).content.decode()

        assert "An unexpected problem" in text
        assert "Compute the results by this version" in text

    def test_before_unblinding_it_shows_the_plan_and_no_result(self, sealed, cast, sign_in):
        plans.amend_plan(sealed, actor=cast.statistician, reason="another seed", choices={"seed": 3})

        response = sign_in(cast.statistician).get(page(sealed, "versions/2/"))

        assert "once the study is unblinded" in response.content.decode()
        assert response.context["tables"] == []
