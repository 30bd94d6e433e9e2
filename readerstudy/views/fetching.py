"""`…/fetch/`: search in an archive, tick series, see them come. Patients' names are in the answer to a search only."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from readerstudy.core.errors import BadInput, ReaderStudyError
from readerstudy.core.found import Found
from readerstudy.core.lifecycle import Act, allows
from readerstudy.forms_fetching import FetchForm, SearchForm
from readerstudy.models import Fetch, FetchState, Role, Study, Task, TaskState
from readerstudy.services import fetching as service
from readerstudy.views.gate import StudyRequest, study_page, told

ROWS = 100


@dataclass(frozen=True)
class Row:
    """A series that was asked for, and the work on it."""

    fetch: Fetch
    task: Task | None

    @property
    def is_live(self) -> bool:
        return self.fetch.state == FetchState.ASKED and self.task is not None and not self.has_failed

    @property
    def has_failed(self) -> bool:
        return self.fetch.state == FetchState.ASKED and self.task is not None and self.task.state == TaskState.FAILED


@study_page(Role.COORDINATOR)
@never_cache
@require_http_methods(["GET", "POST"])
def fetching(request: StudyRequest) -> HttpResponse:
    """The page; after a POST also what a search found, in this one answer and nowhere else."""
    study = request.study
    if request.htmx:
        return render(request, "readerstudy/_fetches.html", {"study": study, **_fetches(study)})
    form = SearchForm(settings.ARCHIVES, request.POST or None)
    found, trouble = None, ""
    if request.method == "POST" and form.is_valid():
        try:
            found = _search(request, form)
        except ReaderStudyError as error:
            trouble = str(error)
    context = {
        "study": study,
        "editable": allows(study.status, Act.EDIT_CASES),
        "archives": settings.ARCHIVES,
        "form": form,
        "fetch_form": FetchForm(study, settings.ARCHIVES, initial={"archive": form.data.get("archive")}),
        "found": found,
        "trouble": trouble,
        **_fetches(study),
    }
    return render(request, "readerstudy/fetching.html", context)


def _search(request: StudyRequest, form: SearchForm) -> Found:
    archive = service.archive_named(form.cleaned_data["archive"])
    return service.search(request.study, actor=request.user, archive=archive, question=form.question())


def _fetches(study: Study) -> dict[str, Any]:
    fetches = list(study.fetches.select_related("arm", "upload")[:ROWS])
    tasks = study.tasks.filter(kind="fetch", subject__in=[one.pk for one in fetches])
    latest = {task.subject: task for task in tasks.order_by("id")}
    rows = [Row(one, latest.get(one.pk)) for one in fetches]
    return {"rows": rows, "working": any(row.is_live for row in rows), "shown": ROWS}


def _back(request: StudyRequest) -> str:
    return reverse("fetching", args=(request.study.slug,))


def _fetch(request: StudyRequest, pk: int) -> Fetch:
    return get_object_or_404(Fetch.objects.select_related("study"), pk=pk, study=request.study)


@study_page(Role.COORDINATOR)
@require_POST
def begin(request: StudyRequest) -> HttpResponse:
    """Have the ticked series fetched: `series` is STUDY/SERIES/NUMBER, once for each."""
    form = FetchForm(request.study, settings.ARCHIVES, request.POST)

    def act() -> str:
        if not form.is_valid():
            raise BadInput(" ".join(str(error) for errors in form.errors.values() for error in errors))
        archive = service.archive_named(form.cleaned_data["archive"])
        made = service.begin_in_the_worker(
            request.study, actor=request.user, archive=archive, places=form.places(), arm=form.cleaned_data["arm"]
        )
        return f"{len(made)} series will be fetched." if made else "All of these are on their way already."

    return told(request, act, then=_back(request))


@study_page(Role.COORDINATOR)
@require_POST
def cancel(request: StudyRequest, pk: int) -> HttpResponse:
    fetch = _fetch(request, pk)

    def act() -> str:
        service.cancel(fetch, actor=request.user)
        return "It is not fetched, and what came of it was thrown away."

    return told(request, act, then=_back(request))


@study_page(Role.COORDINATOR)
@require_POST
def retry(request: StudyRequest, pk: int) -> HttpResponse:
    fetch = _fetch(request, pk)

    def act() -> str:
        service.retry(fetch, actor=request.user)
        return "It is fetched again."

    return told(request, act, then=_back(request))
