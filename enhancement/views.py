"""`…/denoiser/`: what the denoiser is told and what it made; and the review of one series, held or not."""

import zipfile
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from enhancement import queries
from enhancement.core.strength import DEFAULT_STRENGTH
from enhancement.models import Enhancement, Sending, SendingState
from enhancement.services import external, review
from readerstudy.core.errors import BadSetting, NotFound
from readerstudy.core.lifecycle import Act, allows
from readerstudy.models import Role, Series, Study
from readerstudy.queries import failed_tasks
from readerstudy.services import files
from readerstudy.views.gate import StudyRequest, study_page, told


@study_page(Role.COORDINATOR)
@require_safe
def denoiser(request: StudyRequest) -> HttpResponse:
    """The strength, what is held, and every series that was made."""
    if request.htmx:
        return render(request, "enhancement/_sendings.html", {"study": request.study, **_sendings(request.study)})
    made = list(queries.enhancements(request.study))
    context = {
        "study": request.study,
        "strength": queries.strength_of(request.study),
        "default_strength": DEFAULT_STRENGTH,
        "editable": allows(request.study.status, Act.EDIT_PROTOCOL),
        "held": [one for one in made if one.result.review == Series.Review.HELD],
        "made": made,
        "working": request.study.tasks.filter(kind="enhance", state__in=("queued", "running")),
        "nodes": settings.ENHANCEMENT_NODES,
        **_sendings(request.study),
    }
    return render(request, "enhancement/denoiser.html", context)


@dataclass(frozen=True)
class SendingRow:
    """A series on its way to the node and back, and what went wrong."""

    sending: Sending
    error: str
    is_late: bool


def _sendings(study: Study) -> dict[str, Any]:
    failed = {task.subject: task.error for task in failed_tasks(study) if task.kind == "enhance"}
    rows = [
        SendingRow(
            one,
            error=failed.get(one.source_id, "") if one.state == SendingState.ASKED else "",
            is_late=external.is_late(one, now=timezone.now()),
        )
        for one in queries.sendings(study)
    ]
    return {
        "node": queries.node_of(study),
        "sendings": rows,
        "on_the_way": any(row.sending.state != SendingState.DONE for row in rows),
        "cases_editable": allows(study.status, Act.EDIT_CASES),
    }


@study_page(Role.COORDINATOR)
@require_POST
def set_engine(request: StudyRequest) -> HttpResponse:
    def act() -> str:
        node = request.POST.get("node", "")
        count = external.set_engine(request.study, actor=request.user, node=node)
        return f"{node or 'The denoiser of this server'} enhances now. Series that are made again: {count}."

    return told(request, act, then=reverse("denoiser", args=(request.study.slug,)))


@study_page(Role.COORDINATOR)
@require_POST
def send_again(request: StudyRequest, pk: int) -> HttpResponse:
    found = Sending.objects.select_related("source__study", "arm")
    sending = get_object_or_404(found, pk=pk, source__study=request.study)

    def act() -> str:
        external.send_again(sending, actor=request.user)
        return "It is sent again."

    return told(request, act, then=reverse("denoiser", args=(request.study.slug,)))


@study_page(Role.COORDINATOR)
@require_POST
def set_strength(request: StudyRequest) -> HttpResponse:
    def act() -> str:
        strength = _number(request.POST.get("strength", ""))
        count = review.set_strength(request.study, actor=request.user, strength=strength)
        return f"The strength is {strength:g}. Series that are made again: {count}."

    return told(request, act, then=reverse("denoiser", args=(request.study.slug,)))


def _number(words: str) -> float:
    try:
        return float(words)
    except ValueError as error:
        raise BadSetting(f"The strength must be a number between 0 and 1; got '{words[:20]}'.") from error


def _enhancement(request: StudyRequest, pk: int) -> Enhancement:
    return get_object_or_404(
        Enhancement.objects.select_related(
            "result__study", "result__arm", "result__image_set", "source__arm", "pictures", "decided_by"
        ),
        result=pk,
        result__study=request.study,
    )


@study_page(Role.COORDINATOR)
@require_safe
def review_page(request: StudyRequest, pk: int) -> HttpResponse:
    """Figures with their expected range, and input, output and change slice by slice; `pk` is the result's."""
    enhancement = _enhancement(request, pk)
    result = enhancement.result
    figures = enhancement.verdict.get("figures", [])
    context = {
        "study": request.study,
        "one": enhancement,
        "result": result,
        "figures": sorted(figures, key=lambda figure: figure["ok"]),  # what is outside comes first
        "outside": [figure for figure in figures if not figure["ok"]],
        "slices": _pictured(enhancement, figures),
        "strength": queries.strength_of(request.study),
        "may_decide": result.removed_at is None and review.may_decide(result),
        "next": _next_held(request, pk),
    }
    return render(request, "enhancement/review.html", context)


def _pictured(enhancement: Enhancement, figures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The pictured slices, from 1, each with the figures that are worst in it and outside their range."""
    if enhancement.pictures is None:
        return []
    with files.open_stored(enhancement.pictures) as stream, zipfile.ZipFile(stream) as pictures:
        numbers = sorted(int(name.removesuffix(".png")) for name in pictures.namelist())
    worst: dict[int, list[str]] = {}
    for figure in figures:
        if not figure["ok"] and figure["slice_index"] is not None:
            worst.setdefault(figure["slice_index"] + 1, []).append(figure["words"])
    return [{"number": number, "worst_for": worst.get(number, [])} for number in numbers]


def _next_held(request: StudyRequest, pk: int) -> Series | None:
    following = queries.held(request.study).exclude(result=pk).first()
    return following.result if following else None


@study_page(Role.COORDINATOR)
@require_safe
def picture(request: StudyRequest, pk: int, number: int) -> HttpResponse:
    """One slice: input, output and change side by side."""
    enhancement = _enhancement(request, pk)
    if enhancement.pictures is None:
        raise NotFound("There is no picture of this series.")
    with files.open_stored(enhancement.pictures) as stream, zipfile.ZipFile(stream) as pictures:
        try:
            content = pictures.read(f"{number:04d}.png")
        except KeyError as error:
            raise NotFound("There is no picture of this slice.") from error
    response = HttpResponse(content, content_type="image/png")
    response["Cache-Control"] = "private, max-age=86400"
    return response


ACTS = {
    "accept": (review.accept, "Series {} may be used now."),
    "reject": (review.reject, "Series {} will not be used. Make it again, or upload one for this arm."),
    "again": (review.make_again, "Series {} is being made again."),
}


@study_page(Role.COORDINATOR)
@require_POST
def decide(request: StudyRequest, pk: int, act: str) -> HttpResponse:
    """Accept, reject or make again, with the reason given."""
    enhancement = _enhancement(request, pk)
    if act not in ACTS:
        raise NotFound("There is no such decision.")
    service, words = ACTS[act]

    def carry_out() -> str:
        service(enhancement, actor=request.user, reason=request.POST.get("reason", ""))
        return words.format(pk)

    return told(request, carry_out, then=reverse("denoiser", args=(request.study.slug,)))
