"""The gate of every page of a study: who may come in, and how the outcome of a POST is told."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from readerstudy.access import membership_of
from readerstudy.core.errors import ReaderStudyError
from readerstudy.models import Membership, Study, User
from readerstudy.views.errors import in_words, wants_json


class StudyRequest(HttpRequest):
    """A request that passed the gate."""

    user: User
    membership: Membership
    study: Study


View = Callable[..., HttpResponse]


def sign_in_first(request: HttpRequest) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"error": "login", "message": gettext("Sign in again.")}, status=401)
    if request.headers.get("HX-Request"):  # a part of a page: the page itself leads to the sign-in
        return HttpResponse(status=401, headers={"HX-Refresh": "true"})
    return redirect_to_login(request.get_full_path())


def signed_in(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return sign_in_first(request)
        return view(request, *args, **kwargs)

    return guarded


def study_page(*roles: str) -> Callable[[View], View]:
    """The view of a study's page: `request.study` and `request.membership` are set, others get 404 or 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: StudyRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return sign_in_first(request)
            request.membership = membership_of(request.user, slug, *roles)
            request.study = request.membership.study
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def told(request: HttpRequest, act: Callable[[], str], *, then: str) -> HttpResponse:
    """Do `act` and go on to `then`, saying what `act` returns; a refusal is said there too."""
    try:
        messages.success(request, act())
    except ReaderStudyError as error:
        messages.error(request, in_words(error))
    return redirect(then)
