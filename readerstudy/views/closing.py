"""Close a study: lock and unblind, with a reason, and with signatures where the protocol asks for them."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from readerstudy import queries, queries_closing
from readerstudy.core.closing import MEANINGS, Closing
from readerstudy.models import ClosingRequest, Role
from readerstudy.services import close
from readerstudy.services import closing as service
from readerstudy.views.gate import StudyRequest, study_page, told

DONE = {
    Closing.LOCK: "The study is locked: no score can change any more.",
    Closing.UNBLIND: "The study is unblinded. The results are being computed.",
}

# What the question before the act says.
NOT_FINISHED = "{count} readings are not finished and count as missing. "
CANNOT_CHANGE = "No score can change any more. This cannot be undone."
ALL_CAN_SEE = (
    "From now on everybody of the study's staff can see which arm every score belongs to. This cannot be undone."
)


@study_page(Role.COORDINATOR, Role.STATISTICIAN)
@never_cache
@require_safe
def closing(request: StudyRequest) -> HttpResponse:
    """What stands in the way, what was done; and for coordinators the forms."""
    study = request.study
    progress = queries.reader_progress(study)
    open_pairs = sum(one.remaining for one in progress)
    context = {
        "study": study,
        "progress": progress,
        "open_pairs": open_pairs,
        "lock_warning": (NOT_FINISHED.format(count=open_pairs) if open_pairs else "") + CANNOT_CHANGE,
        "unblind_warning": ALL_CAN_SEE,
        "unsigned": [one.reader.code for one in progress if one.total and not one.signature],
        "may_close": request.membership.role == Role.COORDINATOR,
        "done_requests": study.closing_requests.filter(outcome="done").prefetch_related("signatures"),
        **_signing(request),
    }
    return render(request, "readerstudy/close.html", context)


def _signing(request: StudyRequest) -> dict[str, object]:
    """What the next act needs; empty where the protocol asks for no signature to it."""
    study, act = request.study, queries_closing.next_act(request.study)
    needed = queries_closing.closing_rules_of(study).needed(act) if act else 0
    if act is None or not needed:
        return {"needed": 0}
    asked = queries_closing.open_request(study)
    signed = list(asked.signatures.all()) if asked else []
    scores = study.scores_sha256 or close.scores_sha256(study)
    return {
        "act": act.value,
        "needed": needed,
        "asked": asked,
        "meaning": MEANINGS[act],
        "scores_sha256": scores,
        "is_outdated": any(one.content_sha256 != close.signed_content(asked, study).sha256 for one in signed),
        "signed_by_me": any(one.signer_id == request.user.pk for one in signed),
        "coordinators": len(queries_closing.coordinators(study)),
    }


@sensitive_post_parameters("password")
@study_page(Role.COORDINATOR)
@require_POST
def lock(request: StudyRequest) -> HttpResponse:
    return _close(request, Closing.LOCK, then="close")


@sensitive_post_parameters("password")
@study_page(Role.COORDINATOR)
@require_POST
def unblind(request: StudyRequest) -> HttpResponse:
    return _close(request, Closing.UNBLIND, then="results")


def _close(request: StudyRequest, act: Closing, *, then: str) -> HttpResponse:
    """Do the act; or, where it needs signatures, ask for it with the first one."""
    study, reason = request.study, request.POST.get("reason", "")
    needed = queries_closing.closing_rules_of(study).needed(act)

    def do() -> str:
        if not needed:
            service.DO[act](study, actor=request.user, reason=reason)
            return DONE[act]
        return _said(service.request_closing(study, act, signer=request.user, reason=reason, **_signature(request)))

    page = "close" if needed > 1 else then
    return told(request, do, then=reverse(page, args=(study.slug,)))


@sensitive_post_parameters("password")
@study_page(Role.COORDINATOR)
@require_POST
def sign_closing(request: StudyRequest, pk: int) -> HttpResponse:
    asked = get_object_or_404(ClosingRequest, pk=pk, study=request.study)

    def do() -> str:
        return _said(service.sign_closing(asked, signer=request.user, **_signature(request)))

    return told(request, do, then=reverse("close", args=(request.study.slug,)))


def _signature(request: StudyRequest) -> dict[str, str]:
    return {
        "printed_name": request.POST.get("printed_name", ""),
        "password": request.POST.get("password", ""),
        "reviewed_sha256": request.POST.get("scores_sha256", ""),
    }


def _said(asked: ClosingRequest) -> str:
    if asked.outcome == ClosingRequest.Outcome.DONE:
        return DONE[Closing(asked.act)]
    return f"Signed. To {asked.act} the study a second coordinator must sign too; it stands on their overview."


@study_page(Role.COORDINATOR)
@require_POST
def withdraw_closing(request: StudyRequest, pk: int) -> HttpResponse:
    asked = get_object_or_404(ClosingRequest, pk=pk, study=request.study)

    def do() -> str:
        service.withdraw(asked, actor=request.user, reason=request.POST.get("reason", ""))
        return f"The request to {asked.act} the study was withdrawn."

    return told(request, do, then=reverse("close", args=(request.study.slug,)))
