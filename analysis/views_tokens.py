"""`…/api/`: the tokens of a study, and how a script uses them."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from analysis.access import STAFF
from analysis.api import api
from analysis.forms import TokenForm
from analysis.models import ApiToken
from analysis.services.tokens import make_token, revoke_token
from readerstudy.models import Role
from readerstudy.views.gate import StudyRequest, study_page, told


@dataclass(frozen=True)
class Address:
    """One address of the API, from the same document that programs read."""

    path: str
    title: str
    about: str


@study_page(*STAFF)
@never_cache
@require_http_methods(["GET", "POST"])
def tokens(request: StudyRequest) -> HttpResponse:
    """The list; after a POST also the secret of the new token, in this one answer and nowhere else."""
    form = TokenForm(request.POST or None)
    secret = ""
    if request.method == "POST" and form.is_valid():
        values = form.values()
        _, secret = make_token(request.study, actor=request.user, **values)
        form = TokenForm()
    return render(request, "analysis/api_access.html", {**_context(request), "form": form, "secret": secret})


def _context(request: StudyRequest) -> dict[str, Any]:
    slug = request.study.slug
    return {
        "study": request.study,
        "tokens": ApiToken.objects.filter(study=request.study).select_related("owner"),
        "now": timezone.now(),
        "may_revoke_all": request.membership.role == Role.COORDINATOR,
        "addresses": addresses(slug),
        "base": f"{settings.PUBLIC_URL}{reverse('api:api_study', args=(slug,))}",
        "limit": settings.API_REQUESTS_A_MINUTE,
    }


def addresses(slug: str) -> list[Address]:
    """What the OpenAPI document says, for people and with the study's own name in it."""
    schema = api.get_openapi_schema()
    return [
        Address(path.replace("{slug}", slug), operation["summary"], operation["description"])
        for path, methods in schema["paths"].items()
        for operation in methods.values()
    ]


@study_page(*STAFF)
@require_POST
def revoke(request: StudyRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken, pk=pk, study=request.study)

    def act() -> str:
        revoke_token(token, by=request.membership)
        return f"The token '{token.name}' opens nothing any more."

    return told(request, act, then=reverse("api_access", args=(request.study.slug,)))
