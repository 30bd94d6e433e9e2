"""`…/plan/power/`: how many cases and readers the study needs, by simulation."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from analysis.access import STAFF
from analysis.core.planning import TEST_NAMES
from analysis.forms import PowerForm
from analysis.models import PowerRun
from analysis.services.power import KIND, request_power
from readerstudy.core.errors import BadInput, NotFound
from readerstudy.models import Task
from readerstudy.services.tasks import retry
from readerstudy.views.gate import StudyRequest, study_page, told


@study_page(*STAFF)
@require_http_methods(["GET", "POST"])
def power(request: StudyRequest) -> HttpResponse:
    """What is assumed, as a form; and the simulations made before."""
    form = PowerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            run = request_power(request.study, actor=request.user, design=form.design())
        except BadInput as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "The worker simulates. You can leave the page and come back.")
            return redirect("power_run", request.study.slug, run.pk)
    runs = PowerRun.objects.filter(study=request.study).select_related("made_by").defer("plot_svg")
    return render(request, "analysis/power.html", {"study": request.study, "form": form, "runs": runs})


@study_page(*STAFF)
@require_safe
def power_run(request: StudyRequest, pk: int) -> HttpResponse:
    """Progress while the worker simulates; then the table, the trade-off and its plot."""
    run = _run(request, pk)
    context = {
        "study": request.study,
        "run": run,
        "task": _task(run),
        "tests": [(name, run.results["tests"][key]) for key, name in TEST_NAMES.items()] if run.results else [],
        "grid": _grid(run) if run.results else None,
    }
    template = "analysis/_power_run.html" if request.htmx else "analysis/power_run.html"
    return render(request, template, context)


def _run(request: StudyRequest, pk: int) -> PowerRun:
    return get_object_or_404(PowerRun, pk=pk, study=request.study)


def _task(run: PowerRun) -> Task | None:
    return Task.objects.filter(study=run.study, kind=KIND, subject=run.pk).last()


def _grid(run: PowerRun) -> dict:
    """The trade-off as a table: a row for patients and image sets, a column for readers."""
    cells = run.results["trade_off"]
    readers = sorted({cell["readers"] for cell in cells})
    places = {(cell["patients"], cell["sets_factor"], cell["readers"]): cell for cell in cells}
    rows = sorted({(cell["sets_factor"], cell["patients"], cell["image_sets"]) for cell in cells})
    return {
        "readers": readers,
        "rows": [
            {
                "patients": patients,
                "image_sets": image_sets,
                "doubled": times > 1,
                "cells": [places.get((patients, times, n)) for n in readers],
            }
            for times, patients, image_sets in rows
        ],
    }


@study_page(*STAFF)
@require_safe
def power_plot(request: StudyRequest, pk: int) -> HttpResponse:
    run = _run(request, pk)
    if not run.plot_svg:
        raise NotFound("There is no plot before the simulation is done.")
    return HttpResponse(run.plot_svg, content_type="image/svg+xml")


@study_page(*STAFF)
@require_POST
def retry_run(request: StudyRequest, pk: int) -> HttpResponse:
    run = _run(request, pk)

    def act() -> str:
        task = _task(run)
        if task is None:
            raise NotFound("There is no such work.")
        retry(task, request.user)
        return "The worker simulates again."

    return told(request, act, then=reverse("power_run", args=(request.study.slug, pk)))
