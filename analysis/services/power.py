"""Power simulations of a study: asked for on a page, computed in the worker, kept with what was assumed."""

from django.db import transaction
from django.utils import timezone

from analysis.core.planning import inputs_from_json, inputs_to_json, plan_power
from analysis.core.power import PowerInputs
from analysis.core.power_plot import power_svg
from analysis.models import PowerRun
from readerstudy.models import Study, User
from readerstudy.services import audit, tasks
from readerstudy.services.tasks import Progress

KIND = "power"


@transaction.atomic
def request_power(study: Study, *, actor: User, design: PowerInputs) -> PowerRun:
    """Ask the worker for a simulation. It uses what was typed, and nothing of the study's data."""
    run = PowerRun.objects.create(study=study, made_by=actor, made_at=timezone.now(), inputs=inputs_to_json(design))
    audit.record(study, actor, "power simulation requested", run=run.pk, patients=len(design.sets_per_patient))
    tasks.enqueue(study, KIND, run.pk)
    return run


def simulate_run(run: PowerRun, progress: Progress) -> None:
    """Safe to run twice: the seed is among what was assumed, so the digits are the same."""
    results = plan_power(inputs_from_json(run.inputs), told=progress)
    plot = power_svg(results["trade_off"], title="More patients, readers or image sets")
    PowerRun.objects.filter(pk=run.pk).update(results=results, plot_svg=plot)
