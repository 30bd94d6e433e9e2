"""Errors at the edge: each class of the error tree becomes one status, as a page or as JSON."""

import errno
import logging
from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext

from readerstudy.core.errors import (
    BadInput,
    NotAllowed,
    NotFound,
    ReaderStudyError,
    Signed,
    VersionConflict,
    WrongState,
)
from readerstudy.core.wording import Translatable, translatable

STATUS: tuple[tuple[type[ReaderStudyError], int, str], ...] = (
    (NotFound, 404, "not_found"),
    (NotAllowed, 403, "not_allowed"),
    (VersionConflict, 409, "version"),
    (Signed, 409, "signed"),
    (WrongState, 409, "closed"),
    (BadInput, 400, "bad_input"),
    (ReaderStudyError, 500, "failed"),
)
# A full or failing disk: nothing is wrong with what was sent, and it may be sent again.
NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO})
CANNOT_SAVE = translatable("The server cannot save at the moment: its disk or its database does not take anything.")
INSUFFICIENT_STORAGE = 507  # RFC 4918, 11.5
log = logging.getLogger(__name__)


class ErrorMiddleware:
    """Answers a raised ReaderStudyError, and a storage that takes nothing; the rest stays Django's 500."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if cannot_save(exception):
            log.error("Nothing can be saved: %s. Is the disk full?", exception)
            return _answer(request, INSUFFICIENT_STORAGE, "cannot_save", gettext(CANNOT_SAVE))
        if not isinstance(exception, ReaderStudyError):
            return None
        status, code = next((status, code) for kind, status, code in STATUS if isinstance(exception, kind))
        return _answer(request, status, code, in_words(exception))


def in_words(error: ReaderStudyError) -> str:
    """The message of an error in the language of the page."""
    values = {
        name: gettext(value) if isinstance(value, Translatable) else value for name, value in error.values.items()
    }
    text = gettext(error.text) if error.text else ""
    return text.format(**values) if values else text


def cannot_save(exception: Exception) -> bool:
    """The database or the disk took nothing, through no fault of the request."""
    return isinstance(exception, OperationalError) or (isinstance(exception, OSError) and exception.errno in NO_SPACE)


def _answer(request: HttpRequest, status: int, code: str, message: str) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"error": code, "message": message}, status=status)
    return render(request, "readerstudy/error.html", {"status": status, "message": message}, status=status)


def wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "") or request.content_type == "application/json"


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    context = {"status": 404, "message": gettext("There is no such page, or it is not yours to see.")}
    return render(request, "readerstudy/error.html", context, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    context = {
        "status": 500,
        "message": gettext("Something went wrong here. Nothing that was shown as saved is lost."),
    }
    return render(request, "readerstudy/error.html", context, status=500)
