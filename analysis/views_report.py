"""`…/results/report/`: the report as a file, after unblinding."""

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from analysis.services.report import report_file
from readerstudy.models import Role
from readerstudy.views.gate import StudyRequest, study_page

STAFF = (Role.COORDINATOR, Role.STATISTICIAN)
MEDIA_TYPES = {"html": "text/html; charset=utf-8", "pdf": "application/pdf"}


@study_page(*STAFF)
@never_cache
@require_safe
def report(request: StudyRequest, number: int, kind: str) -> HttpResponse:
    """By version `number` of the plan. Never shown in place: it is a file to keep."""
    file = report_file(request.study, kind, plan_version=number)
    post_hoc = f"-plan-{number}" if number > 1 else ""
    response = HttpResponse(bytes(file.content), content_type=MEDIA_TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="{request.study.slug}-report{post_hoc}.{kind}"'
    return response
