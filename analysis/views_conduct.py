"""`…/monitor/checks/`: the quality of the reading, by reader and pooled, in every status of the study."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from analysis.access import STAFF
from analysis.services.conduct import conduct_figures
from readerstudy.models import Role
from readerstudy.views.gate import StudyRequest, study_page


@study_page(*STAFF)
@require_safe
def conduct_checks(request: StudyRequest) -> HttpResponse:
    """A page of its own, or the part of the monitor that loads after the rest."""
    safety = request.membership.role == Role.COORDINATOR
    context = {"study": request.study, "figures": conduct_figures(request.study, safety=safety), "safety": safety}
    template = "analysis/_conduct_checks.html" if request.htmx else "analysis/conduct_checks.html"
    return render(request, template, context)
