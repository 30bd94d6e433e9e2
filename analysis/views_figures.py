"""`…/results/figures/` and `…/results/images/`: figures for print, and what was measured series by series."""

import json
from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from analysis import queries_images as queries
from analysis.core.figures.layout import (
    COLOURS,
    MAX_ARROWS,
    MAX_ROWS,
    MAX_ZOOM,
    SCALE_BARS_MM,
    WIDTHS_MM,
    layout_of,
)
from analysis.core.figures.render import FORMATS
from analysis.services import figures as service
from readerstudy.core.errors import BadFigure, ReaderStudyError
from readerstudy.core.lifecycle import Act, allows, require
from readerstudy.models import Role
from readerstudy.views.gate import StudyRequest, study_page, told

STAFF = (Role.COORDINATOR, Role.STATISTICIAN)
PRESETS = (
    ("as_read", "As the readers began"),
    ("full", "Whole range"),
    ("soft", "Softer"),
    ("hard", "Harder"),
    ("own", "Set by hand"),
)


@study_page(*STAFF)
@never_cache
@require_safe
def image_metrics(request: StudyRequest) -> HttpResponse:
    """Every number that was measured on the images, by image set."""
    unblinded = allows(request.study.status, Act.JOIN_ARMS)
    tables = queries.metric_tables(request.study) if unblinded else []
    context = {"study": request.study, "unblinded": unblinded, "tables": tables}
    return render(request, "analysis/image_metrics.html", context)


@study_page(*STAFF)
@never_cache
@require_safe
def image_metrics_csv(request: StudyRequest) -> HttpResponse:
    response = HttpResponse(queries.metric_listing_csv(request.study), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{request.study.slug}-image-metrics-listing.csv"'
    return response


@study_page(*STAFF)
@never_cache
@require_safe
def figures(request: StudyRequest) -> HttpResponse:
    unblinded = allows(request.study.status, Act.JOIN_ARMS)
    plates = queries.plates(request.study) if unblinded else []
    return render(request, "analysis/figures.html", {"study": request.study, "unblinded": unblinded, "plates": plates})


@study_page(*STAFF)
@require_POST
def new_figure(request: StudyRequest) -> HttpResponse:
    try:
        plate = service.make_plate(request.study, actor=request.user, title=request.POST.get("title", ""))
    except BadFigure as error:
        messages.error(request, str(error))
        return redirect("figures", request.study.slug)
    return redirect("figure", request.study.slug, plate.pk)


@study_page(*STAFF)
@never_cache
@require_safe
def figure(request: StudyRequest, pk: int) -> HttpResponse:
    plate = queries.plate(request.study, pk)
    context = {"study": request.study, "plate": plate, "config": _config(request, plate), "formats": list(FORMATS)}
    return render(request, "analysis/figure.html", context)


def _config(request: StudyRequest, plate: Any) -> dict[str, Any]:
    """Everything that the page's script knows."""
    address = {name: reverse(name, args=(request.study.slug, plate.pk)) for name in ("preview_figure", "save_figure")}
    return {
        "urls": address,
        "title": plate.title,
        "version": plate.version,
        "layout": plate.layout,
        "arms": queries.figure_arms(request.study),
        "image_sets": queries.figure_image_sets(request.study),
        "presets": PRESETS,
        "colours": COLOURS,
        "scale_bars_mm": SCALE_BARS_MM,
        "widths_mm": WIDTHS_MM,
        "most": {"rows": MAX_ROWS, "arrows": MAX_ARROWS, "zoom": MAX_ZOOM},
    }


@study_page(*STAFF)
@never_cache
@require_POST
def preview_figure(request: StudyRequest, pk: int) -> HttpResponse:
    """The figure as it is laid out in the browser; nothing is changed by it."""
    queries.plate(request.study, pk)
    shown = service.preview(request.study, layout_of(_body(request).get("layout")))
    return JsonResponse({"image": shown.data_url, "panels": [asdict(panel) for panel in shown.panels]})


@study_page(*STAFF)
@require_POST
def save_figure(request: StudyRequest, pk: int) -> HttpResponse:
    plate, body = queries.plate(request.study, pk), _body(request)
    version = body.get("version")
    if not isinstance(version, int) or not isinstance(body.get("title"), str):
        raise BadFigure("The figure's title or version is missing. Load the page again.")
    plate = service.save_plate(
        plate,
        actor=request.user,
        title=body["title"],
        layout=body.get("layout"),
        base_version=version,
    )
    return JsonResponse({"version": plate.version, "title": plate.title})


def _body(request: StudyRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except ValueError as error:
        raise BadFigure("The figure did not arrive whole. Try again.") from error
    if not isinstance(body, dict):
        raise BadFigure("The figure did not arrive whole. Try again.")
    return body


@study_page(*STAFF)
@require_POST
def export_figure(request: StudyRequest, pk: int) -> HttpResponse:
    """The saved figure as a file for print."""
    plate, kind = queries.plate(request.study, pk), request.POST.get("format", "")
    try:
        content = service.export_plate(plate, actor=request.user, kind=kind)
    except ReaderStudyError as error:
        messages.error(request, str(error))
        return redirect("figure", request.study.slug, pk)
    response = HttpResponse(content, content_type=FORMATS[kind])
    response["Content-Disposition"] = f'attachment; filename="{request.study.slug}-figure-{pk}.{kind}"'
    response["Cache-Control"] = "private, no-store"
    return response


@study_page(*STAFF)
@require_POST
def remove_figure(request: StudyRequest, pk: int) -> HttpResponse:
    require(request.study.status, Act.JOIN_ARMS)
    plate = queries.plate(request.study, pk)

    def act() -> str:
        service.remove_plate(plate, actor=request.user)
        return "The figure is removed."

    return told(request, act, then=reverse("figures", args=(request.study.slug,)))
