"""`…/results/`: nothing before unblinding; then the tables, the plots and the files."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from analysis import queries
from analysis.services.bundle import bundle_zip
from analysis.services.compute import request_analysis
from readerstudy.core.errors import NotFound
from readerstudy.core.lifecycle import Act, allows, require
from readerstudy.models import Role
from readerstudy.views.gate import StudyRequest, study_page, told

STAFF = (Role.COORDINATOR, Role.STATISTICIAN)


@study_page(*STAFF)
@require_safe
def results(request: StudyRequest) -> HttpResponse:
    """The tables once computed; before unblinding only a word on why there is nothing to see.

    Context: `unblinded`; `task` (the latest 'analyse' Task or None: show its progress or its error with a retry);
    `analysis` (None until computed); `tables`: list of {"name", "title", "caption", "note", "columns": [str],
    "rows": [[str]]} for Table 1 to 4 in the paper's layout, with a CSV link `table_csv name`; `participants` (a
    sentence); `plots`: list of {"title", "svg_url"}; hashes and versions on `analysis`.
    """
    study = request.study
    unblinded = allows(study.status, Act.JOIN_ARMS)
    analysis = queries.latest_analysis(study) if unblinded else None
    context = {
        "study": study,
        "unblinded": unblinded,
        "task": study.tasks.filter(kind="analyse").last() if unblinded else None,
        "analysis": analysis,
        "tables": queries.shown_tables(analysis) if analysis else [],
        "participants": analysis.results["participants_line"] if analysis else "",
    }
    template = "analysis/_results_body.html" if request.htmx else "analysis/results.html"
    return render(request, template, context)


@study_page(*STAFF)
@require_POST
def compute(request: StudyRequest) -> HttpResponse:
    """Compute the tables again, by the same plan."""

    def act() -> str:
        request_analysis(request.study, actor=request.user)
        return "The worker computes the results."

    return told(request, act, then=reverse("results", args=(request.study.slug,)))


@study_page(*STAFF)
@require_safe
def table_csv(request: StudyRequest, name: str) -> HttpResponse:
    require(request.study.status, Act.JOIN_ARMS)
    content = queries.table_csv(request.study, name)
    if content is None:
        raise NotFound("There is no such table yet.")
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{request.study.slug}-{name}.csv"'
    return response


@study_page(*STAFF)
@require_safe
def bundle(request: StudyRequest) -> HttpResponse:
    """The analysis bundle as one zip."""
    require(request.study.status, Act.JOIN_ARMS)
    response = HttpResponse(bundle_zip(request.study), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{request.study.slug}-bundle.zip"'
    return response
