"""`…/results/`: nothing before unblinding; then a page for each section, with tables, figures and files."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from analysis import queries, queries_results
from analysis.core.section_tables.collection import NOTHING_HERE, section_tables
from analysis.core.sections import BY_CODE, SECTIONS, Section
from analysis.models import Analysis
from analysis.services.bundle import bundle_zip
from analysis.services.compute import request_analysis
from analysis.services.plots import request_figures
from readerstudy.core.errors import NotFound, WrongState
from readerstudy.core.lifecycle import Act, allows, require
from readerstudy.models import Role, Study, Task
from readerstudy.services.tasks import LIVE
from readerstudy.views.gate import StudyRequest, study_page, told

STAFF = (Role.COORDINATOR, Role.STATISTICIAN)


@study_page(*STAFF)
@never_cache
@require_safe
def results(request: StudyRequest) -> HttpResponse:
    """The first section once computed; before unblinding only a word on why there is nothing to see."""
    return _page(request, SECTIONS[0])


@study_page(*STAFF)
@never_cache
@require_safe
def results_section(request: StudyRequest, section: str) -> HttpResponse:
    """Any section. `?plan_version=2`: by a post hoc version of the plan; `?comparison=`: whose subgroups are listed."""
    if section not in BY_CODE:
        raise NotFound("The results have no such section.")
    return _page(request, BY_CODE[section])


@dataclass(frozen=True)
class Works:
    """The tasks behind the results, each None until asked for."""

    computing: Task | None
    drawing: Task | None

    @property
    def live(self) -> bool:
        return any(task is not None and task.state in LIVE for task in (self.computing, self.drawing))


def _page(request: StudyRequest, section: Section) -> HttpResponse:
    study, number = request.study, _plan_version(request)
    unblinded = allows(study.status, Act.JOIN_ARMS)
    analysis = queries.latest_analysis(study, plan_version=number) if unblinded else None
    works = _works(study, number, analysis) if unblinded else Works(None, None)
    version = f"plan_version={number}" if number != 1 else ""
    context: dict[str, Any] = {
        "study": study,
        "unblinded": unblinded,
        "section": section,
        "analysis": analysis,
        "works": works,
        "version": version,
        "here": f"{request.path}?{version}",
    }
    if request.htmx:
        # The part that tells how far the work is; the page is loaded anew once there is something else to show.
        seen = str(analysis.pk if analysis else "")
        if not works.live or request.GET.get("shown", "") != seen:
            return HttpResponseClientRefresh()
        return render(request, "analysis/_results_state.html", context)
    if analysis:
        context |= _shown(request, section, analysis)
    return render(request, "analysis/results.html", context)


def _plan_version(request: HttpRequest) -> int:
    """1, the sealed plan, unless the address names another."""
    given = request.GET.get("plan_version", "1")
    if not given.isascii() or not given.isdigit() or len(given) > 4:
        raise NotFound("There is no such version of the plan.")
    return int(given)


def _works(study: Study, number: int, analysis: Analysis | None) -> Works:
    if number == 1:
        computing = study.tasks.filter(kind="analyse").last()
    else:
        version = study.plan_versions.filter(number=number).first()
        if version is None:
            raise NotFound("There is no such version of the plan.")
        computing = study.tasks.filter(kind="analyse_post_hoc", subject=version.pk).last()
    drawing = study.tasks.filter(kind="draw_results", subject=analysis.pk).last() if analysis else None
    return Works(computing, drawing)


def _shown(request: HttpRequest, section: Section, analysis: Analysis) -> dict[str, Any]:
    stored = queries_results.stored(analysis)
    comparisons = stored.view.comparisons
    comparison = request.GET.get("comparison", stored.view.plan["primary_comparison"])
    if comparison not in comparisons:
        raise NotFound("There is no such comparison.")
    tables = section_tables(stored, section.code, comparison)
    return {
        "sections": [one for one in SECTIONS if one == section or not one.optional or stored.view.at(one.needs)],
        "tables": [table for table in tables if not table.folded],
        "folded": [table for table in tables if table.folded],
        "figures": queries_results.figures(analysis, section, comparison),
        "has_figures": analysis.files.exists(),
        "nothing": NOTHING_HERE.get(section.code, "") if not tables else "",
        "outdated": queries_results.outdated(analysis, section),
        "participants": analysis.results["participants_line"],
        "comparisons": comparisons if section.code == "subgroups" else {},
        "comparison": comparison,
    }


@study_page(*STAFF)
@require_POST
def compute(request: StudyRequest) -> HttpResponse:
    """Compute the results again, by the same plan."""
    number = _plan_version(request)

    def act() -> str:
        request_analysis(request.study, actor=request.user, plan_version=number)
        return "The worker computes the results."

    return told(request, act, then=_results_address(request, number))


@study_page(*STAFF)
@require_POST
def draw_figures(request: StudyRequest) -> HttpResponse:
    """Draw the figures of the results that are stored; no number changes by it."""
    number = _plan_version(request)

    def act() -> str:
        request_figures(_analysis(request, number), actor=request.user)
        return "The worker draws the figures."

    return told(request, act, then=_results_address(request, number))


def _results_address(request: StudyRequest, number: int) -> str:
    address = reverse("results", args=(request.study.slug,))
    return address if number == 1 else f"{address}?plan_version={number}"


def _analysis(request: StudyRequest, number: int) -> Analysis:
    require(request.study.status, Act.JOIN_ARMS)
    analysis = queries.latest_analysis(request.study, plan_version=number)
    if analysis is None:
        raise WrongState("The results are not computed yet.")
    return analysis


@study_page(*STAFF)
@never_cache
@require_safe
def table_csv(request: StudyRequest, name: str) -> HttpResponse:
    """A table of any section as it is printed."""
    number = _plan_version(request)
    content = queries_results.table_csv(_analysis(request, number), name)
    return _file(content, "text/csv; charset=utf-8", f"{_stem(request, number)}-{name}.csv")


@study_page(*STAFF)
@never_cache
@require_safe
def result_figure(request: StudyRequest, name: str) -> HttpResponse:
    """A figure as SVG or PNG, or its data as CSV: shown by the page, or saved by a link that downloads."""
    number = _plan_version(request)
    file = queries_results.figure_file(_analysis(request, number), name)
    kind = queries_results.MEDIA_TYPES[name.rsplit(".", 1)[1]]
    return _file(bytes(file.content), kind, f"{_stem(request, number)}-{name}", disposition="inline")


def _stem(request: StudyRequest, number: int) -> str:
    """Files of a post hoc version say which in their name."""
    return request.study.slug if number == 1 else f"{request.study.slug}-post-hoc-plan{number}"


@study_page(*STAFF)
@require_safe
def bundle(request: StudyRequest) -> HttpResponse:
    """The analysis bundle as one zip."""
    require(request.study.status, Act.JOIN_ARMS)
    return _file(bundle_zip(request.study), "application/zip", f"{request.study.slug}-bundle.zip")


def _file(content: str | bytes, kind: str, name: str, *, disposition: str = "attachment") -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'{disposition}; filename="{name}"'
    return response
