"""`/read/<study>/training/`: the training before the first scored pair; what it notes of handling; its image sets."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from readerstudy import queries_training
from readerstudy.core.errors import BadInput, NotFound, ReaderStudyError
from readerstudy.core.lifecycle import Act, allows
from readerstudy.core.training import handling_of
from readerstudy.core.wording import translatable
from readerstudy.models import Allocation, ImageSet, Role
from readerstudy.services import shortcuts
from readerstudy.services import training as service
from readerstudy.views.gate import StudyRequest, signed_in, study_page, told

LARGEST_BODY = 4 * 1024


@study_page(Role.READER)
@never_cache
@require_http_methods(["GET", "POST"])
def training(request: StudyRequest) -> HttpResponse:
    """Where the reader stands, and the feedback on handling; a POST begins a round."""
    reader = request.membership
    if request.method == "POST":
        return _begin(request)
    standing = queries_training.standing_of(reader)
    if not standing.asked or not reader.allocations.exists():
        return redirect("worklist")
    if not allows(request.study.status, Act.READ):
        return render(request, "readerstudy/reading_closed.html", {"study": request.study}, status=409)
    context = {
        "study": request.study,
        "reader": reader,
        "training": standing,
        "feedback": queries_training.feedback_on(standing.run) if standing.run else None,
        "own_keys": shortcuts.keys_of(reader.user),
    }
    return render(request, "readerstudy/training.html", context)


def _begin(request: StudyRequest) -> HttpResponse:
    try:
        run = service.begin(request.membership)
    except ReaderStudyError as error:
        messages.error(request, str(error))
        return redirect("worklist")
    open_pairs = queries_training.pairs_of(run).exclude(reading__finished_at__isnull=False)
    following = open_pairs.first()
    return redirect("station", following.token) if following else redirect("training", request.study.slug)


def training_config(allocation: Allocation) -> dict[str, Any]:
    """What the station's page knows more when the pair is for training."""
    run = allocation.training_run
    if run is None:
        return {}
    told = reverse("reading_handling", args=(allocation.token,))
    return {"training": {"handling": told, "tasks": queries_training.tasks_of(run)}}


@signed_in
@require_POST
def handling(request: HttpRequest, token: str) -> JsonResponse:
    """What the reader tried at the station, in training only."""
    allocation = (
        Allocation.everything.filter(token=token, reader__user=request.user, training_run__isnull=False)
        .select_related("study", "training_run")
        .first()
    )
    if allocation is None:
        raise NotFound(translatable("There is no such pair in your training."))
    whole = service.note_handling(allocation, handling_of(_body(request), position=allocation.position))
    return JsonResponse({"tried": whole.to_json()["tasks"]})


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body) if len(request.body) <= LARGEST_BODY else None
    except (ValueError, RecursionError) as error:
        raise BadInput("The request is not JSON.") from error
    if not isinstance(body, dict):
        raise BadInput("The request must be a small JSON object.")
    return body


@study_page(Role.COORDINATOR)
@require_POST
def mark_training(request: StudyRequest, pk: int) -> HttpResponse:
    """An image set is for training, `training=1`, or for scoring, `training=0`."""
    image_set = get_object_or_404(ImageSet.objects.select_related("study"), pk=pk, study=request.study)

    def act() -> str:
        wanted = {"1": True, "0": False}.get(request.POST.get("training", ""))
        if wanted is None:
            raise BadInput("'training' must be 1 or 0.")
        service.mark(image_set, actor=request.user, training=wanted)
        return f"{image_set.code} is for {'training: it is never scored' if wanted else 'scoring'}."

    return told(request, act, then=reverse("cases", args=(request.study.slug,)))
