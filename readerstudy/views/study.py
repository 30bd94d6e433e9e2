"""A study's overview, its protocol, and its audit trail."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from readerstudy import queries, queries_closing, queries_reading
from readerstudy.access import membership_of
from readerstudy.core.errors import ReaderStudyError
from readerstudy.core.lifecycle import Act, Status, allows, require
from readerstudy.forms import ReadingConditionsForm, ReadingRulesForm, StudyDetailsForm, part_formset, rows_of
from readerstudy.forms_closing import ClosingRulesForm
from readerstudy.models import AuditEvent, Role, Study
from readerstudy.services import allocate, audit, closing_rules, conditions, protocol, rules, studies
from readerstudy.views.gate import StudyRequest, study_page

STAFF = (Role.COORDINATOR, Role.STATISTICIAN)
EVENTS_A_PAGE = 50


@study_page()
@require_safe
def overview(request: StudyRequest) -> HttpResponse:
    """Where the study stands and what to do next; readers go to their work-list."""
    if request.membership.role == Role.READER:
        return redirect("worklist")
    study = request.study
    asked = queries_closing.open_request(study) if request.membership.role == Role.COORDINATOR else None
    context = {
        "study": study,
        "asked": asked,
        "signed_by_me": asked is not None and any(one.signer_id == request.user.pk for one in asked.signatures.all()),
        "counts": queries.case_counts(study),
        "progress": queries.reader_progress(study),
        "readiness": allocate.readiness(study) if study.status == Status.DRAFT else None,
        "statuses": [status.value for status in Status],
    }
    return render(request, "readerstudy/overview.html", context)


@study_page(*STAFF)
@require_http_methods(["GET", "POST"])
def edit_protocol(request: StudyRequest) -> HttpResponse:
    """Details and the parts of the protocol: one form each, saved on its own."""
    study = request.study
    part = request.POST.get("part", "")
    editable = allows(study.status, Act.EDIT_PROTOCOL) and request.membership.role == Role.COORDINATOR
    if request.method == "POST":
        membership_of(request.user, study.slug, Role.COORDINATOR)
        require(study.status, Act.EDIT_PROTOCOL)
    details = StudyDetailsForm(request.POST if part == "details" else None, instance=study)
    pacing = ReadingRulesForm(request.POST if part == "rules" else None, instance=queries_reading.rules_of(study))
    reading = ReadingConditionsForm(
        request.POST if part == "conditions" else None, instance=queries.conditions_of(study), prefix="conditions"
    )
    closing = ClosingRulesForm(
        request.POST if part == "closing" else None, instance=queries_closing.closing_rules_of(study), prefix="closing"
    )
    formsets = {name: part_formset(study, name, request.POST if part == name else None) for name in protocol.PARTS}
    forms = {"details": details, "rules": pacing, "conditions": reading, "closing": closing, **formsets}
    if request.method == "POST" and _save(request, part, forms):
        return redirect(f"{reverse('protocol', args=(study.slug,))}#{part}")
    for form in forms.values():
        form.editable = editable
    context = {
        "study": study,
        "details": details,
        "rules": pacing,
        "conditions": reading,
        "closing": closing,
        "parts": formsets,
        "editable": editable,
        "problems": studies.protocol_problems(study),
    }
    return render(request, "readerstudy/protocol.html", context)


def _save(request: StudyRequest, part: str, forms: dict) -> bool:
    form = forms.get(part)
    if form is None or not form.is_valid():
        messages.error(request, "Not saved: see the marked fields.")
        return False
    try:
        if part == "details":
            studies.update_details(request.study, request.user, form.changes())
        elif part == "rules":
            rules.save_rules(request.study, actor=request.user, changes=form.changes())
        elif part == "conditions":
            conditions.save_conditions(request.study, actor=request.user, values=form.cleaned_data)
        elif part == "closing":
            closing_rules.save_closing_rules(request.study, actor=request.user, values=form.cleaned_data)
        else:
            protocol.save_part(request.study, actor=request.user, part=part, rows=rows_of(form))
    except ReaderStudyError as error:
        messages.error(request, str(error))
        return False
    messages.success(request, f"Saved: {part}.")
    return True


@study_page(*STAFF)
@require_safe
def audit_trail(request: StudyRequest) -> HttpResponse:
    """Every act, newest first, with the state of the chain."""
    # Staff see no single score before unblinding, not even by side (design, invariant 5).
    scores_shown = allows(request.study.status, Act.JOIN_ARMS)
    context = {"study": request.study, "scores_shown": scores_shown, **chain_page(request, request.study)}
    return render(request, "readerstudy/audit_trail.html", context)


def chain_page(request: HttpRequest, study: Study | None) -> dict[str, Any]:
    """One page of the events of a study, or of the installation, and whether the chain is whole."""
    events = AuditEvent.objects.filter(study=study).order_by("-number")
    page = Paginator(events, EVENTS_A_PAGE).get_page(request.GET.get("page"))
    try:
        chain = {"ok": True, "length": audit.verify_chain(study)}
    except ReaderStudyError as error:
        chain = {"ok": False, "message": str(error)}
    return {"page": page, "chain": chain}
