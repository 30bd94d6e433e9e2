import pytest

from analysis.core.planning import inputs_from_json
from analysis.core.power import PowerInputs
from analysis.models import PowerRun
from analysis.services.power import request_power
from readerstudy.models import Task
from readerstudy.services import tasks

DESIGN = PowerInputs(
    shares=(0.02, 0.15, 0.5, 0.28, 0.05), rho_patient=0.2, rho_set=0.1, rho_reader=0.0, sets_per_patient=(1,) * 12,
    readers=2, margin=0.3, simulations=100, seed=1,
)  # fmt: skip


@pytest.fixture
def run(cast):
    return request_power(cast.study, actor=cast.statistician, design=DESIGN)


class TestRequestPower:
    def test_it_is_recorded_and_waits_for_the_worker(self, run, cast):
        assert Task.objects.get(kind="power", subject=run.pk).state == "queued"
        assert cast.study.audit_events.last().action == "power simulation requested"
        assert inputs_from_json(PowerRun.objects.get(pk=run.pk).inputs) == DESIGN


class TestSimulateRun:
    def test_the_worker_keeps_the_numbers_and_the_plot(self, run, cast):
        assert tasks.work_off(cast.study, ["power"]) == 1

        run.refresh_from_db()
        task = Task.objects.get(kind="power", subject=run.pk)
        assert (task.state, task.error) == ("done", "")
        assert task.total > 0
        assert 0 < run.results["tests"]["flip"]["power"] < 1
        assert run.plot_svg.startswith("<?xml")

    def test_done_twice_it_has_the_same_digits(self, run, cast):
        tasks.work_off(cast.study, ["power"])
        run.refresh_from_db()
        first = run.results
        again = request_power(cast.study, actor=cast.statistician, design=DESIGN)
        tasks.work_off(cast.study, ["power"])
        again.refresh_from_db()

        assert again.results == first
