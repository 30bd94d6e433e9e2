"""`…/sending/`: how scanners and archives send to this study, what has arrived, what was refused and why."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from readerstudy.core.errors import BadInput
from readerstudy.core.lifecycle import Act, allows
from readerstudy.forms_sending import SendingTokenForm, TitleForm
from readerstudy.models import Arrival, FileStatus, ReceivingTitle, Role, SendingToken
from readerstudy.services import receiving, refusals, sending_tokens
from readerstudy.views.gate import StudyRequest, study_page, told

ROWS = 50


@study_page(Role.COORDINATOR)
@never_cache
@require_http_methods(["GET", "POST"])
def sending(request: StudyRequest) -> HttpResponse:
    """The page; after a POST also the secret of the new token, in this one answer and nowhere else."""
    if request.htmx:
        return render(request, "readerstudy/_arrivals.html", {"study": request.study, **_arrived(request)})
    form = SendingTokenForm(request.study, request.POST or None)
    secret = ""
    if request.method == "POST" and form.is_valid():
        _, secret = sending_tokens.make(request.study, actor=request.user, **form.cleaned_data)
        form = SendingTokenForm(request.study)
    context = {**_context(request), **_arrived(request), "token_form": form, "secret": secret}
    return render(request, "readerstudy/sending.html", context)


def _context(request: StudyRequest) -> dict[str, Any]:
    study = request.study
    return {
        "study": study,
        "editable": allows(study.status, Act.EDIT_CASES),
        "host": urlsplit(settings.PUBLIC_URL).hostname,
        "port": settings.DICOM_PORT,
        "our_title": settings.DICOM_AE_TITLE,
        "peers": settings.DICOM_PEERS.peers,
        "idle_s": settings.ARRIVAL_IDLE_S,
        "stow_url": f"{settings.PUBLIC_URL}{reverse('stow', args=(study.slug,))}",
        "titles": study.receiving_titles.select_related("arm"),
        "tokens": study.sending_tokens.select_related("arm", "owner"),
        "now": timezone.now(),
        "title_form": TitleForm(study),
    }


def _arrived(request: StudyRequest) -> dict[str, Any]:
    arrivals = Arrival.objects.filter(upload__study=request.study).select_related("upload", "title", "token")
    return {
        "arrivals": arrivals.annotate(
            files=Count("upload__files"),
            held=Count("upload__files", filter=Q(upload__files__status=FileStatus.HELD)),
            refused=Count("upload__files", filter=Q(upload__files__status=FileStatus.REFUSED)),
        ).order_by("-last_at")[:ROWS],
        "refusals": request.study.refusals.all()[:ROWS],
        "rows": ROWS,
    }


def _back(request: StudyRequest) -> str:
    return reverse("sending", args=(request.study.slug,))


@study_page(Role.COORDINATOR)
@require_POST
def add_title(request: StudyRequest) -> HttpResponse:
    def act() -> str:
        form = TitleForm(request.study, request.POST)
        if not form.is_valid():
            raise BadInput(" ".join(str(error) for errors in form.errors.values() for error in errors))
        title = receiving.add_title(request.study, actor=request.user, **form.cleaned_data)
        return f"What is sent to {title} comes into this study now."

    return told(request, act, then=_back(request))


def _title(request: StudyRequest, pk: int) -> ReceivingTitle:
    return get_object_or_404(ReceivingTitle.objects.select_related("study"), pk=pk, study=request.study)


@study_page(Role.COORDINATOR)
@require_POST
def close_title(request: StudyRequest, pk: int) -> HttpResponse:
    title = _title(request, pk)

    def act() -> str:
        receiving.close_title(title, actor=request.user)
        return f"{title} takes nothing any more."

    return told(request, act, then=_back(request))


@study_page(Role.COORDINATOR)
@require_POST
def open_title(request: StudyRequest, pk: int) -> HttpResponse:
    title = _title(request, pk)

    def act() -> str:
        receiving.open_title(title, actor=request.user)
        return f"{title} takes images again."

    return told(request, act, then=_back(request))


@study_page(Role.COORDINATOR)
@require_POST
def revoke_token(request: StudyRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(SendingToken.objects.select_related("study"), pk=pk, study=request.study)

    def act() -> str:
        sending_tokens.revoke(token, actor=request.user)
        return f"The token '{token.name}' opens nothing any more."

    return told(request, act, then=_back(request))


@study_page(Role.COORDINATOR)
@require_POST
def close_arrival(request: StudyRequest, pk: int) -> HttpResponse:
    """Do not wait for more of it."""
    found = Arrival.objects.select_related("upload__study", "title", "token")
    arrival = get_object_or_404(found, pk=pk, upload__study=request.study)

    def act() -> str:
        receiving.close(arrival, actor=request.user)
        return "The worker reads these images now."

    return told(request, act, then=_back(request))


@study_page(Role.COORDINATOR)
@require_POST
def clear_refusals(request: StudyRequest) -> HttpResponse:
    def act() -> str:
        refusals.clear(request.study, actor=request.user)
        return "The list of what was refused is empty."

    return told(request, act, then=_back(request))
