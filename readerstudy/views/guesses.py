"""`…/guesses/`: the last question of a reader, for all pairs on one page, where it is asked after the last pair."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from readerstudy import queries
from readerstudy.core.errors import WrongState
from readerstudy.core.lifecycle import Act, allows
from readerstudy.core.scoring import GUESS, GUESS_LEFT, GUESS_RIGHT, GUESS_UNSURE
from readerstudy.core.wording import translatable
from readerstudy.models import Membership, Role
from readerstudy.services import guesses as service
from readerstudy.views.gate import StudyRequest, study_page, told

CHOICES = (
    (GUESS_LEFT, gettext_lazy("Left")),
    (GUESS_UNSURE, gettext_lazy("Cannot tell")),
    (GUESS_RIGHT, gettext_lazy("Right")),
)


@study_page(Role.READER)
@never_cache
@require_http_methods(["GET", "POST"])
def guesses(request: StudyRequest) -> HttpResponse:
    """One row a pair; what is left open can be answered later, until the study is locked."""
    study, reader = request.study, request.membership
    if request.method == "POST":
        return told(request, lambda: _save(request), then=reverse("worklist"))
    if not allows(study.status, Act.READ):
        return render(request, "readerstudy/reading_closed.html", {"study": study}, status=409)
    if not service.guess_is_due(reader):
        raise WrongState(
            translatable("There is no question here yet: it is asked when all your pairs are finished, if at all.")
        )
    rows = _rows(reader)
    context = {"study": study, "rows": rows, "choices": CHOICES, "open": sum(row["guess"] is None for row in rows)}
    return render(request, "readerstudy/guesses.html", context)


def _rows(reader: Membership) -> list[dict[str, Any]]:
    allocations = list(queries.worklist(reader))
    answers = queries.answers_of([one.reading for one in allocations])
    return [{"allocation": one, "guess": answers.get(one.reading.pk, {}).get(GUESS)} for one in allocations]


def _save(request: StudyRequest) -> str:
    count = service.save_guesses(request.membership, _posted(request))
    if not count:
        return gettext("Nothing was changed.")
    return gettext("Saved. Answers stored: {count}.").format(count=count)


def _posted(request: StudyRequest) -> dict[int, int]:
    """Position -> guess; with the button for the rest, what is open is answered by "cannot tell"."""
    named = {name.removeprefix("pair-"): value for name, value in request.POST.items() if name.startswith("pair-")}
    given = {int(position): int(value) for position, value in named.items() if _are_numbers(position, value)}
    if request.POST.get("rest") == "unsure":
        positions = request.membership.allocations.values_list("position", flat=True)
        return {position: given.get(position, GUESS_UNSURE) for position in positions}
    return given


def _are_numbers(*texts: str) -> bool:
    return all(text.isascii() and text.isdigit() and len(text) < 9 for text in texts)
