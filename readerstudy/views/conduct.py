"""Conduct of a study: its readers, the allocation, the monitor."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from readerstudy import queries, queries_training
from readerstudy.core.lifecycle import Status
from readerstudy.forms import InvitationForm
from readerstudy.models import Invitation, Membership, Role
from readerstudy.services import accounts, allocate, close
from readerstudy.views.gate import StudyRequest, study_page, told


@study_page(Role.COORDINATOR)
@require_safe
def readers(request: StudyRequest) -> HttpResponse:
    """Everybody in the study, and the open invitations with their links."""
    study = request.study
    invitations = [
        {"invitation": invitation, "link": accounts.invitation_link(invitation)}
        for invitation in study.invitations.filter(accepted_at=None, revoked_at=None)
    ]
    context = {
        "study": study,
        "members": study.memberships.select_related("user"),
        "progress": queries.reader_progress(study),
        "training": queries_training.training_of_readers(study),
        "invitations": invitations,
        "form": InvitationForm(),
    }
    return render(request, "readerstudy/readers.html", context)


@study_page(Role.COORDINATOR)
@require_POST
def invite(request: StudyRequest) -> HttpResponse:
    form = InvitationForm(request.POST)

    def act() -> str:
        form.require_valid()
        invitation = accounts.invite(
            request.study,
            actor=request.user,
            email=form.cleaned_data["email"],
            role=form.cleaned_data["role"],
        )
        return f"Invitation for {invitation.email} made. Copy its link below if no e-mail arrives."

    return told(request, act, then=reverse("readers", args=(request.study.slug,)))


@study_page(Role.COORDINATOR)
@require_POST
def withdraw_invitation(request: StudyRequest, pk: int) -> HttpResponse:
    invitation = get_object_or_404(Invitation, pk=pk, study=request.study)

    def act() -> str:
        accounts.revoke(invitation, actor=request.user)
        return f"The invitation for {invitation.email} was withdrawn."

    return told(request, act, then=reverse("readers", args=(request.study.slug,)))


@study_page(Role.COORDINATOR)
@require_POST
def remove_member(request: StudyRequest, pk: int) -> HttpResponse:
    member = get_object_or_404(Membership, pk=pk, study=request.study)

    def act() -> str:
        accounts.remove_member(member, actor=request.user)
        return f"{member.user.name} is no longer in the study."

    return told(request, act, then=reverse("readers", args=(request.study.slug,)))


@study_page(Role.COORDINATOR, Role.STATISTICIAN)
@require_safe
def allocation(request: StudyRequest) -> HttpResponse:
    """Before: what is in the way. After: the balance and the seal, never a pair's sides."""
    study = request.study
    sealed = study.status != Status.DRAFT
    context = {
        "study": study,
        "sealed": sealed,
        "readiness": None if sealed else allocate.readiness(study),
        "report": allocate.balance_report(study) if sealed else None,
    }
    return render(request, "readerstudy/allocation.html", context)


@study_page(Role.COORDINATOR)
@require_POST
def seal(request: StudyRequest) -> HttpResponse:
    def act() -> str:
        close.require_reason(request.POST.get("reason", ""))
        allocate.seal_and_start(request.study, actor=request.user, reason=request.POST["reason"])
        return "The allocation is sealed. Readers can begin."

    return told(request, act, then=reverse("allocation", args=(request.study.slug,)))


@study_page(Role.COORDINATOR, Role.STATISTICIAN)
@require_safe
def monitor(request: StudyRequest) -> HttpResponse:
    """Completion and timing while arms are blinded."""
    progress = queries.reader_progress(request.study)
    context = {
        "study": request.study,
        "progress": progress,
        "total": sum(one.total for one in progress),
        "finished": sum(one.finished for one in progress),
        "checks": [] if request.htmx else queries.latest_checks(request.study),
        "training": [] if request.htmx else queries_training.training_of_readers(request.study),
    }
    template = "readerstudy/_monitor_table.html" if request.htmx else "readerstudy/monitor.html"
    return render(request, template, context)
