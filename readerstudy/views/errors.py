"""Errors at the edge: each class of the error tree becomes one status, as a page or as JSON."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from readerstudy.core.errors import (
    BadInput,
    NotAllowed,
    NotFound,
    ReaderStudyError,
    Signed,
    VersionConflict,
    WrongState,
)

STATUS: tuple[tuple[type[ReaderStudyError], int, str], ...] = (
    (NotFound, 404, "not_found"),
    (NotAllowed, 403, "not_allowed"),
    (VersionConflict, 409, "version"),
    (Signed, 409, "signed"),
    (WrongState, 409, "closed"),
    (BadInput, 400, "bad_input"),
    (ReaderStudyError, 500, "failed"),
)


class ErrorMiddleware:
    """Turns a raised ReaderStudyError into its answer; anything else stays Django's 500."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, ReaderStudyError):
            return None
        status, code = next((status, code) for kind, status, code in STATUS if isinstance(exception, kind))
        if wants_json(request):
            return JsonResponse({"error": code, "message": str(exception)}, status=status)
        context = {"status": status, "message": str(exception)}
        return render(request, "readerstudy/error.html", context, status=status)


def wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "") or request.content_type == "application/json"


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    context = {"status": 404, "message": "There is no such page, or it is not yours to see."}
    return render(request, "readerstudy/error.html", context, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    context = {
        "status": 500,
        "message": "Something went wrong here. Nothing that was shown as saved is lost.",
    }
    return render(request, "readerstudy/error.html", context, status=500)
