"""`/read/`: the work-list, and the reading station with its small JSON interface."""

import json
import math
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from readerstudy import queries, queries_reading, queries_training
from readerstudy.core.blinding import StackGeometry
from readerstudy.core.errors import BadInput, NotFound, VersionConflict
from readerstudy.core.lifecycle import Act, allows
from readerstudy.core.viewing import Seen, Unseen, claimed_rungs, viewing_of
from readerstudy.core.wording import translatable
from readerstudy.models import Allocation, AskGuess, Membership, Reading, ReadingSession, Role, Study, User
from readerstudy.services import guesses, score, sessions, shortcuts, viewing
from readerstudy.services.training import TrainingFirst, require_trained
from readerstudy.standard_words import shown
from readerstudy.views.errors import in_words
from readerstudy.views.gate import signed_in
from readerstudy.views.training import training_config
from readerstudy.views.workstation import browser_of, remember, workstation_of

LARGEST_BODY = 64 * 1024
LONGEST_SECONDS = 24 * 60 * 60


def _own_allocation(user: User, token: str) -> Allocation:
    """The reader's own allocation behind a token; the same answer for a wrong and for a foreign one.

    Raises TrainingFirst for a scored pair before the training that the protocol asks for is complete.
    """
    allocation = (
        Allocation.everything.filter(token=token, reader__user=user)
        .select_related("study", "reader__user", "reader__signature", "pair__image_set", "pair__comparison")
        .select_related("training_run")
        .first()
    )
    if allocation is None:
        raise NotFound(translatable("There is no such pair in your work-list."))
    require_trained(allocation)
    return allocation


@signed_in
@require_safe
def worklist(request: HttpRequest) -> HttpResponse:
    """Everything that this person reads, study by study, with the place to go on."""
    readerships = Membership.objects.filter(user=request.user, role=Role.READER).select_related("study", "signature")
    studies = [_worklist_of(reader) for reader in readerships]
    return render(request, "readerstudy/worklist.html", {"studies": studies})


def _worklist_of(reader: Membership) -> dict[str, Any]:
    allocations = list(queries.worklist(reader).select_related("study", "reader"))
    finished = [one for one in allocations if _reading_of(one) and _reading_of(one).finished_at]
    open_ones = [one for one in allocations if one not in set(finished)]
    spent = sum(reading.active_seconds for one in allocations if (reading := _reading_of(one)))
    pace = spent / len(finished) if finished else None
    following = open_ones[0] if open_ones else None
    readable = allows(reader.study.status, Act.READ)
    return {
        "study": reader.study,
        "reader": reader,
        "allocations": allocations,
        "finished": len(finished),
        "total": len(allocations),
        "next": following,
        "pause": queries_reading.opening_of(following, timezone.now()).pause if following and readable else None,
        "seconds_a_pair": pace,
        "seconds_left": pace * len(open_ones) if pace else None,
        "readable": readable,
        "signature": queries.signature_of(reader),
        "guess": guesses.open_guesses(reader),
        "training": queries_training.standing_of(reader) if readable else None,
    }


def _reading_of(allocation: Allocation) -> Reading | None:
    return getattr(allocation, "reading", None)


@signed_in
@never_cache
@require_safe
def station(request: HttpRequest, token: str) -> HttpResponse:
    try:
        allocation = _own_allocation(request.user, token)
    except TrainingFirst as error:
        return render(request, "readerstudy/reading_training_first.html", {"study": error.study})
    if not allows(allocation.study.status, Act.READ):
        return render(request, "readerstudy/reading_closed.html", {"study": allocation.study}, status=409)
    if sessions.check_is_due(allocation.reader, workstation_of(request)):
        return redirect(f"{reverse('display_check', args=(allocation.study.slug,))}?pair={token}")
    opening = queries_reading.opening_of(allocation, now := timezone.now())
    if pause := opening.pause:
        seconds = max(1, math.ceil((pause.until - now).total_seconds())) if pause.until else None
        context = {"study": allocation.study, "pause": pause, "seconds_left": seconds, "first": opening.first}
        return render(request, "readerstudy/reading_pause.html", context)
    config = {**_config(allocation), "opens_for_s": opening.seconds}
    return render(
        request,
        "readerstudy/reading.html",
        {"study": allocation.study, "allocation": allocation, "reading_config": config},
    )


def _config(allocation: Allocation) -> dict[str, Any]:
    """Everything the page knows; nothing in it depends on which arm stands where."""
    study, position = allocation.study, allocation.position
    others = queries_training.pairs_with(allocation)
    neighbours = {one.position: one for one in others.filter(position__in=(position - 1, position + 1))}
    previous, following = neighbours.get(position - 1), neighbours.get(position + 1)
    reading = _reading_of(allocation)
    return {
        "reading": allocation.token,
        "urls": {
            **{name: reverse(f"reading_{name}", args=(allocation.token,)) for name in STATION_URLS},
            "previous": _station_url(previous),
            "next": _station_url(following),
            "worklist": reverse("worklist"),
            "review": reverse(_after_the_last_pair(allocation), args=(study.slug,)),
            "login": reverse("sign_in"),
            "keys": reverse("reader_keys"),
            "again": reverse("sign_in_again"),
        },
        "reader": allocation.reader.user.get_username(),
        "position": position,
        "total": others.count(),
        "study_title": study.title,
        "image_label": allocation.pair.image_set.label,
        **_pair_on_show(allocation),
        "protocol": _protocol(study),
        "keys": shortcuts.keys_of(allocation.reader.user),
        "editable": queries.signature_of(allocation.reader) is None,
        "finished": bool(reading and reading.finished_at),
        **training_config(allocation),
    }


def _after_the_last_pair(allocation: Allocation) -> str:
    return "reading_review" if allocation.training_run is None else "training"


STATION_URLS = ("state", "scores", "finish", "opened", "viewing")


def _station_url(allocation: Allocation | None) -> str | None:
    return reverse("station", args=(allocation.token,)) if allocation else None


def _pair_on_show(allocation: Allocation) -> dict[str, Any]:
    pair = allocation.pair
    geometry = StackGeometry.from_json(pair.image_set.geometry).to_json()
    sides = (("left", allocation.left_token), ("right", allocation.right_token))
    return {
        "stacks": {side: {"token": token, "slice_url": reverse("stack", args=(token,))} for side, token in sides},
        "geometry": {**geometry, "window": {"center": pair.window_center, "width": pair.window_width}},
    }


def _protocol(study: Study) -> dict[str, Any]:
    conditions = queries.conditions_of(study)
    return {
        "scale": _shown(study.scale.values("value", "label")),
        "features": _shown(study.features.values("code", "label")),
        "consistency": _shown(study.consistency_items.values("code", "label", "category", "subject")),
        "not_assessable": _shown(study.not_assessable_reasons.values("code", "label")),
        "diagnostic_quality": study.diagnostic_quality,
        "rest_no_difference": study.rest_no_difference,
        "blink_comparison": study.blink_comparison,
        "whole_stacks": conditions.whole_stacks,
        "guess": conditions.guess == AskGuess.PAIR,
        "instructions": study.instructions,
    }


def _shown(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with our own words in the reader's language."""
    worded = ("label", "category")
    return [{name: shown(value) if name in worded else value for name, value in row.items()} for row in rows]


@signed_in
@never_cache
@require_safe
def state(request: HttpRequest, token: str) -> JsonResponse:
    return JsonResponse(_state(_own_allocation(request.user, token)))


def _state(allocation: Allocation) -> dict[str, Any]:
    reading = Reading.everything.filter(allocation=allocation).first()
    if reading is None:
        return {"version": 0, "answers": {}, "finished": False, "saved_at": None}
    demanded = queries.conditions_of(allocation.study).whole_stacks
    current = score.reading_state(reading)
    return {
        "version": current.version,
        "answers": current.answers,
        "finished": current.finished,
        "saved_at": current.saved_at.isoformat() if current.saved_at else None,
        **({"seen": _seen_rungs(reading)} if demanded else {}),
    }


def _seen_rungs(reading: Reading) -> dict[str, list[int]]:
    return {side: sorted(rungs) for side, rungs in viewing.seen_of(reading).items()}


@signed_in
@require_POST
def opened(request: HttpRequest, token: str) -> HttpResponse:
    """The images of a pair are on the screen for the first time."""
    allocation = _own_allocation(request.user, token)
    score.open_reading(allocation)
    if allocation.training_run is None:
        _session(request, allocation)
    return remember(request, JsonResponse(_state(allocation)))


def _session(request: HttpRequest, allocation: Allocation) -> ReadingSession:
    return sessions.continue_session(
        allocation.reader, workstation=workstation_of(request), browser=browser_of(request)
    )


@signed_in
@require_POST
def record_viewing(request: HttpRequest, token: str) -> HttpResponse:
    """What the reader looked at in the last half minute. Never in the way of a score: sent beside them."""
    allocation = _own_allocation(request.user, token)
    body = _body(request)
    batch = viewing_of(body, slices=_slices(allocation))
    # Sent on a timer: it keeps the session alive only where it tells of a reader who was there.
    request.is_activity = batch.active_s > 0  # type: ignore[attr-defined]
    key, reading = _key(body), score.open_reading(allocation)
    session = _session(request, allocation) if allocation.training_run is None else None
    viewing.record_viewing(reading, key=key, viewing=batch, session=session)
    return remember(request, JsonResponse({"kept": True}))


def _slices(allocation: Allocation) -> int:
    return StackGeometry.from_json(allocation.pair.image_set.geometry).slices


@signed_in
@require_POST
def save(request: HttpRequest, token: str) -> JsonResponse:
    allocation = _own_allocation(request.user, token)
    body = _body(request)
    reading = score.open_reading(allocation)
    try:
        receipt = score.save_scores(
            reading,
            key=_key(body),
            base_version=_base_version(body),
            answers=_answers(body),
            active_seconds=_seconds(body),
            reason=_reason(body),
            given_at=_given_at(body),
        )
    except VersionConflict as error:
        answer = {"error": "version", "message": in_words(error), "state": _state(allocation)}
        return JsonResponse(answer, status=409)
    except score.ReasonNeeded as error:
        return JsonResponse({"error": "reason", "message": in_words(error)}, status=400)
    late = {"superseded": list(receipt.superseded)} if receipt.superseded else {}
    return JsonResponse({"version": receipt.version, "saved_at": receipt.saved_at.isoformat(), **late})


@signed_in
@require_POST
def finish(request: HttpRequest, token: str) -> JsonResponse:
    allocation = _own_allocation(request.user, token)
    body = _body(request)
    try:
        score.finish_reading(
            score.open_reading(allocation),
            base_version=_base_version(body),
            active_seconds=_seconds(body),
            seen=_claimed(body, allocation),
        )
    except Unseen as error:
        return JsonResponse({"error": "unseen", "message": in_words(error), "missing": error.missing}, status=400)
    except score.Incomplete as error:
        answer = {"error": "incomplete", "message": in_words(error), "missing": error.missing}
        return JsonResponse(answer, status=400)
    except VersionConflict as error:
        return JsonResponse({"error": "version", "message": in_words(error), "state": _state(allocation)}, status=409)
    following = (
        queries_training.pairs_with(allocation)
        .exclude(reading__finished_at__isnull=False)
        .order_by("position")
        .filter(position__gt=allocation.position)
        .first()
    )
    return JsonResponse({"finished": True, "next": _station_url(following)})


@signed_in
@require_POST
def keys(request: HttpRequest) -> JsonResponse:
    """The keys that this person chose for the reading station."""
    return JsonResponse({"keys": shortcuts.keep_keys(request.user, _body(request).get("keys"))})


def _claimed(body: dict[str, Any], allocation: Allocation) -> Seen | None:
    return claimed_rungs(body["seen"], slices=_slices(allocation)) if "seen" in body else None


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        if len(request.body) > LARGEST_BODY:
            raise BadInput(translatable("The answers are too long."))
        body = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise BadInput(translatable("The request is not JSON.")) from error
    if not isinstance(body, dict):
        raise BadInput(translatable("The request must be a JSON object."))
    return body


def _key(body: dict[str, Any]) -> uuid.UUID:
    try:
        return uuid.UUID(str(body.get("key")))
    except ValueError as error:
        raise BadInput(translatable("'key' must be a UUID, fresh for every save.")) from error


def _base_version(body: dict[str, Any]) -> int:
    version = body.get("base_version")
    if isinstance(version, bool) or not isinstance(version, int) or version < 0:
        raise BadInput(translatable("'base_version' must be the version that the answers were made from."))
    return version


def _answers(body: dict[str, Any]) -> dict[str, object]:
    answers = body.get("answers")
    if not isinstance(answers, dict):
        raise BadInput(translatable("'answers' must map items to values."))
    return answers


def _seconds(body: dict[str, Any]) -> float:
    seconds = body.get("active_seconds", 0)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < float("inf"):
        raise BadInput(translatable("'active_seconds' must be a number that is not negative."))
    return float(min(seconds, LONGEST_SECONDS))  # a whole number in JSON may be too long for a float


def _given_at(body: dict[str, Any]) -> datetime | None:
    """By the server's clock, as the browser reckons it; absent means now."""
    given = body.get("given_at")
    if given is None:
        return None
    try:
        at = datetime.fromisoformat(given)
    except (TypeError, ValueError) as error:
        raise BadInput(translatable("'given_at' must be a time as ISO 8601.")) from error
    if at.tzinfo is None:
        raise BadInput(translatable("'given_at' must name its time zone."))
    return at


def _reason(body: dict[str, Any]) -> str:
    reason = body.get("reason") or ""
    # No database takes half a character (a lone surrogate) or a NUL.
    if not isinstance(reason, str) or reason != reason.encode(errors="ignore").decode():
        raise BadInput(translatable("'reason' must be a text."))
    return reason.replace("\0", "")
