"""The cases: image sets with their arms, series without a place, and the work going on."""

from typing import Any

from django.db.models import Prefetch, Q
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from readerstudy import queries
from readerstudy.core.errors import BadInput, NotFound
from readerstudy.core.lifecycle import Act, allows
from readerstudy.models import ImageSet, Role, Series, Study, Task, TaskState
from readerstudy.services import cases as service
from readerstudy.services import files, tasks
from readerstudy.views.gate import StudyRequest, study_page, told


@study_page(Role.COORDINATOR)
@require_safe
def cases(request: StudyRequest) -> HttpResponse:
    template = "readerstudy/_cases_board.html" if request.htmx else "readerstudy/cases.html"
    return render(request, template, _board(request.study))


def _board(study: Study) -> dict[str, Any]:
    arms = list(study.arms.select_related("source"))
    current = Series.objects.filter(removed_at=None).select_related("arm", "participant")
    image_sets = study.image_sets.select_related("participant", "scanner").prefetch_related(
        Prefetch("series", queryset=current, to_attr="current")
    )
    rows = []
    for image_set in image_sets:
        by_arm = {series.arm_id: series for series in image_set.current}
        rows.append({"set": image_set, "cells": [{"arm": arm, "series": by_arm.get(arm.pk)} for arm in arms]})
    live = (TaskState.QUEUED, TaskState.RUNNING)
    return {
        "study": study,
        "arms": arms,
        "rows": rows,
        "unplaced": queries.current_series(study).filter(Q(image_set=None) | Q(arm=None)),
        "removed": study.series.exclude(removed_at=None).exclude(origin=Series.Origin.GENERATED),
        "uploads": study.uploads.select_related("arm", "arrival")[:10],
        "refused": study.refusals.count(),
        "working": study.tasks.filter(state__in=live),
        "failed": queries.failed_tasks(study),
        "counts": queries.case_counts(study),
        "editable": allows(study.status, Act.EDIT_CASES),
    }


def _series(request: StudyRequest, pk: int) -> Series:
    return get_object_or_404(
        Series.objects.select_related("study", "image_set", "arm", "participant"), pk=pk, study=request.study
    )


def _back(request: StudyRequest) -> str:
    return reverse("cases", args=(request.study.slug,))


def _by_code(rows: Any, code: str) -> Any:
    """The row of a code; None for an empty one. Raises BadInput for one that is not known."""
    if not code:
        return None
    found = rows.filter(code=code).first()
    if found is None:
        raise BadInput(f"The study has no '{code[:40]}'.")
    return found


@study_page(Role.COORDINATOR)
@require_POST
def assign(request: StudyRequest, pk: int) -> HttpResponse:
    """Move a series: `image_set` is a code, 'new' or empty; `arm` a code or empty."""
    series = _series(request, pk)

    def act() -> str:
        arm = _by_code(request.study.arms, request.POST.get("arm", ""))
        wanted = request.POST.get("image_set", "")
        if wanted == "new":
            image_set = service.new_image_set(series, actor=request.user)
        else:
            image_set = _by_code(request.study.image_sets, wanted)
        service.assign(series, actor=request.user, image_set=image_set, arm=arm)
        return f"Series {series.pk} is now {arm or 'without an arm'} of {image_set or 'no image set'}."

    return told(request, act, then=_back(request))


@study_page(Role.COORDINATOR)
@require_POST
def describe(request: StudyRequest, pk: int) -> HttpResponse:
    image_set = get_object_or_404(ImageSet, pk=pk, study=request.study)

    def act() -> str:
        words = {name: request.POST.get(name, "").strip()[:20] for name in ("region", "plane", "sequence")}
        service.describe_image_set(image_set, actor=request.user, **words)
        return f"{image_set.code} is described anew."

    return told(request, act, then=_back(request))


@study_page(Role.COORDINATOR)
@require_POST
def remove(request: StudyRequest, pk: int) -> HttpResponse:
    series = _series(request, pk)

    def act() -> str:
        service.remove(series, actor=request.user)
        return f"Series {series.pk} was removed. You can bring it back at the end of this page."

    return told(request, act, then=_back(request))


@study_page(Role.COORDINATOR)
@require_POST
def restore(request: StudyRequest, pk: int) -> HttpResponse:
    series = _series(request, pk)

    def act() -> str:
        service.restore(series, actor=request.user)
        return f"Series {series.pk} is back."

    return told(request, act, then=_back(request))


@study_page(Role.COORDINATOR)
@require_POST
def retry_task(request: StudyRequest, pk: int) -> HttpResponse:
    task = get_object_or_404(Task.objects.select_related("study"), pk=pk, study=request.study)

    def act() -> str:
        tasks.retry(task, request.user)
        return "The work is waiting to run again."

    return told(request, act, then=_back(request))


@study_page(Role.COORDINATOR)
@require_safe
def series_page(request: StudyRequest, pk: int) -> HttpResponse:
    """One series: its parameters, what de-identification did, what was noticed."""
    series = _series(request, pk)
    context = {
        "study": request.study,
        "series": series,
        "parameters": sorted(series.parameters.items()),
        # Written by a later app; a series that no denoiser made has none.
        "enhancement": getattr(series, "enhancement", None),
        "derived": series.derived.filter(removed_at=None).select_related("arm"),
        "sets": request.study.image_sets.filter(participant=series.participant),
        "arms": request.study.arms.all(),
        "editable": allows(request.study.status, Act.EDIT_CASES),
    }
    return render(request, "readerstudy/series.html", context)


@study_page(Role.COORDINATOR)
@require_safe
def thumbnail(request: StudyRequest, pk: int) -> FileResponse:
    """A small PNG of the middle slice, for coordinators only: readers never learn which series is which arm."""
    series = _series(request, pk)
    if series.thumbnail is None:
        raise NotFound("There is no thumbnail for this series.")
    response = FileResponse(files.open_stored(series.thumbnail), content_type="image/png")
    response["Cache-Control"] = "private, max-age=86400"
    return response
