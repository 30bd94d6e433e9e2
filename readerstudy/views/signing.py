"""`/read/<study>/review/`: the list of everything that a reader answered, and the signature under it."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from readerstudy import queries, queries_reading
from readerstudy.access import membership_of
from readerstudy.core import signing
from readerstudy.core.errors import NotFound
from readerstudy.core.lifecycle import Act, allows
from readerstudy.core.wording import translatable
from readerstudy.models import Membership, Role
from readerstudy.services import sign as service
from readerstudy.views.gate import signed_in, told


def _reader(request: HttpRequest, slug: str) -> Membership:
    """The person as a reader of this study; for whoever reads nothing in it there is no such page."""
    reader = membership_of(request.user, slug)
    if reader.role != Role.READER:
        raise NotFound(translatable("You read no pairs in this study."))
    return reader


@signed_in
@never_cache
@require_safe
def reading_review(request: HttpRequest, slug: str) -> HttpResponse:
    """Every pair with its answers, what is open first; the signature once nothing is."""
    reader = _reader(request, slug)
    context = {
        "study": reader.study,
        "reader": reader,
        "review": queries_reading.review_of(reader),
        "readable": allows(reader.study.status, Act.READ),
        "signature": queries.signature_of(reader),
        "content_sha256": service.content_sha256(reader),
        "meaning": gettext(signing.MEANING),
    }
    return render(request, "readerstudy/reading_review.html", context)


@sensitive_post_parameters("password")
@signed_in
@require_POST
def sign(request: HttpRequest, slug: str) -> HttpResponse:
    reader = _reader(request, slug)

    def act() -> str:
        signature = service.sign_readings(
            reader,
            password=request.POST.get("password", ""),
            printed_name=request.POST.get("printed_name", ""),
            reviewed_sha256=request.POST.get("content_sha256", ""),
            language=request.POST.get("language") or settings.LANGUAGE_CODE,
        )
        return gettext("Signed by {name}. Your scores are final. Thank you for your work.").format(
            name=signature.printed_name
        )

    return told(request, act, then=reverse("reading_review", args=(slug,)))
