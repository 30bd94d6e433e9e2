import pytest

from analysis.forms import PowerForm
from analysis.models import PowerRun
from readerstudy.models import Task
from readerstudy.services import tasks


@pytest.fixture
def page(cast):
    return f"/studies/{cast.study.slug}/plan/power/"


def assumed(**changes):
    form = PowerForm()
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return values | {"patients": 12, "image_sets": 12, "simulations": 100} | changes


class TestPowerPage:
    def test_a_simulation_is_asked_for_and_its_page_shows_progress(self, cast, sign_in, page):
        client = sign_in(cast.statistician)

        response = client.post(page, assumed(), follow=True)

        text = response.content.decode()
        assert "The worker simulates" in text
        assert 'hx-trigger="every 1s"' in text

    def test_the_finished_one_has_table_grid_and_plot(self, cast, sign_in, page):
        client = sign_in(cast.statistician)
        client.post(page, assumed())
        run = PowerRun.objects.get()
        Task.objects.filter(kind="power").update(state="running", done=3, total=24, step="trade-off: 6 patients")
        assert "trade-off: 6 patients" in client.get(f"{page}{run.pk}/").content.decode()
        Task.objects.filter(kind="power").update(state="queued")
        tasks.work_off(cast.study, ["power"])

        response = client.get(f"{page}{run.pk}/")

        text = response.content.decode()
        assert "Power of this design" in text
        assert "every 1s" not in text
        assert [row["patients"] for row in response.context["grid"]["rows"]] == [6, 12, 18, 24] * 2
        assert client.get(f"{page}{run.pk}/plot.svg")["Content-Type"] == "image/svg+xml"
        assert "12 patients, 3 readers" in client.get(page).content.decode()

    def test_numbers_that_contradict_each_other_are_told(self, cast, sign_in, page):
        client = sign_in(cast.statistician)

        shares = client.post(page, assumed(none=10)).content.decode()
        sets = client.post(page, assumed(image_sets=6)).content.decode()

        assert "sum to 1" in shares
        assert "each needs one or more" in sets
        assert not PowerRun.objects.exists()

    def test_a_failure_is_told_and_can_be_tried_again(self, cast, sign_in, page, monkeypatch):
        client = sign_in(cast.statistician)
        client.post(page, assumed())
        run = PowerRun.objects.get()
        monkeypatch.setattr("analysis.services.power.plan_power", None)
        tasks.work_off(cast.study, ["power"])
        assert "The simulation failed" in client.get(f"{page}{run.pk}/").content.decode()

        client.post(f"{page}{run.pk}/retry/")

        assert Task.objects.get(kind="power").state == "queued"

    def test_no_plot_before_it_is_done(self, cast, sign_in, page):
        client = sign_in(cast.statistician)
        client.post(page, assumed())

        assert client.get(f"{page}{PowerRun.objects.get().pk}/plot.svg").status_code == 404

    def test_a_run_of_another_study_is_not_found(self, cast, sign_in, page):
        other = cast.outsider.memberships.get().study
        sign_in(cast.outsider).post(f"/studies/{other.slug}/plan/power/", assumed())

        assert sign_in(cast.statistician).get(f"{page}{PowerRun.objects.get().pk}/").status_code == 404
