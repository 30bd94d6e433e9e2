"""`…/display-check/`: the test pattern that a reader looks at before the first pair of a session or a day."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from readerstudy import queries
from readerstudy.core.display_check import BadMeasurement, answers_of, screen_of
from readerstudy.core.errors import WrongState
from readerstudy.core.lifecycle import Act, allows
from readerstudy.core.wording import translatable
from readerstudy.models import Allocation, Role
from readerstudy.services import sessions
from readerstudy.views.gate import StudyRequest, study_page
from readerstudy.views.workstation import browser_of, remember, workstation_of

LARGEST_BODY = 8 * 1024


@study_page(Role.READER)
@never_cache
@require_http_methods(["GET", "POST"])
def display_check(request: StudyRequest) -> HttpResponse:
    """The pattern with its questions; a POST of JSON records the measures and answers and says where to go on."""
    study = request.study
    if not request.membership.allocations.exists():
        raise WrongState(translatable("No pair was allocated to you, so there is nothing to check the display for."))
    if request.method == "POST":
        return _record(request)
    if not allows(study.status, Act.READ):
        return render(request, "readerstudy/reading_closed.html", {"study": study}, status=409)
    width, height = queries.conditions_of(study).minimum_px
    config = {"minimum": {"width": width, "height": height}, "login": reverse("sign_in")}
    return render(request, "readerstudy/display_check.html", {"study": study, "check_config": config})


def _record(request: StudyRequest) -> JsonResponse:
    body = _body(request)
    sessions.record_check(
        request.membership,
        workstation=workstation_of(request),
        browser=browser_of(request),
        screen=screen_of(body.get("screen")),
        answers=answers_of(body.get("answers")),
    )
    return remember(request, JsonResponse({"next": _where_to_go_on(request)}))  # type: ignore[return-value]


def _where_to_go_on(request: StudyRequest) -> str:
    """The pair that the reader came for; else the work-list."""
    wanted = request.GET.get("pair", "")
    own = Allocation.everything.filter(reader=request.membership, token=wanted).exists()
    return reverse("station", args=(wanted,)) if own else reverse("worklist")


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body) if len(request.body) <= LARGEST_BODY else None
    except (ValueError, RecursionError) as error:
        raise BadMeasurement(translatable("The request is not JSON.")) from error
    if not isinstance(body, dict):
        raise BadMeasurement(translatable("The request must be a small JSON object."))
    return body
