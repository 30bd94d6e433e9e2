"""`…/plan/`: the analysis plan, made in the draft, frozen with the seal, amended only beside it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from analysis import queries
from analysis.access import STAFF
from analysis.forms import PlanForm
from analysis.services import plans
from analysis.services.compute import request_analysis
from readerstudy.core.errors import ReaderStudyError
from readerstudy.core.lifecycle import Act, allows, require
from readerstudy.views.gate import StudyRequest, study_page, told


@study_page(*STAFF)
@require_http_methods(["GET", "POST"])
def plan(request: StudyRequest) -> HttpResponse:
    """In the draft a form; then the sealed plan with whatever versions were made after it."""
    study = request.study
    editable = allows(study.status, Act.EDIT_PLAN)
    if request.method == "POST":
        require(study.status, Act.EDIT_PLAN)
    current = plans.draft_plan(study) if editable else study.plan
    form = PlanForm(request.POST or None, plan=current) if editable and current["comparisons"] else None
    if form is not None and form.is_valid() and _saved(request, form):
        return redirect("plan", study.slug)
    versions = plans.versions_of(study)
    context = {
        "study": study,
        "plan": current,
        "editable": editable,
        "form": form,
        "problems": plans.problems_of(current) if editable and current["comparisons"] else [],
        "versions": versions,
        "computed": queries.computed_versions(study) if allows(study.status, Act.JOIN_ARMS) else {},
        "sealed": versions[0] if versions else None,
    }
    return render(request, "analysis/plan.html", context)


def _saved(request: StudyRequest, form: PlanForm) -> bool:
    try:
        plans.save_draft(request.study, actor=request.user, choices=form.choices())
    except ReaderStudyError as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, "The plan is kept. It is frozen with the seal of the allocation.")
    return True


@study_page(*STAFF)
@require_http_methods(["GET", "POST"])
def new_version(request: StudyRequest) -> HttpResponse:
    """After the seal: another version beside the sealed plan, with who, when and why, labelled post hoc."""
    study = request.study
    require(study.status, Act.AMEND_PLAN)
    form = PlanForm(request.POST or None, plan=study.plan, post_hoc=True)
    if form.is_valid():
        try:
            made = plans.amend_plan(
                study, actor=request.user, reason=form.cleaned_data["reason"], choices=form.choices()
            )
        except ReaderStudyError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"Version {made.number} is kept beside the sealed plan, labelled post hoc.")
            return redirect("plan_version", study.slug, made.number)
    return render(request, "analysis/new_plan_version.html", {"study": study, "form": form})


@study_page(*STAFF)
@require_safe
def version(request: StudyRequest, number: int) -> HttpResponse:
    """One version with what it changes, and, for a post hoc one after unblinding, its results."""
    study = request.study
    shown = plans.version_of(study, number)
    unblinded = allows(study.status, Act.JOIN_ARMS)
    analysis = queries.latest_analysis(study, plan_version=number) if unblinded else None
    context = {
        "study": study,
        "version": shown,
        "plan": shown.plan,
        "changes": plans.changes(study.plan, shown.plan),
        "unblinded": unblinded,
        "analysis": analysis,
        "tables": queries.shown_tables(analysis) if analysis and shown.post_hoc else [],
        "task": _task(request, number) if unblinded and shown.post_hoc else None,
    }
    template = "analysis/_plan_results.html" if request.htmx else "analysis/plan_version.html"
    return render(request, template, context)


def _task(request: StudyRequest, number: int) -> Any:
    row = request.study.plan_versions.get(number=number)
    return request.study.tasks.filter(kind="analyse_post_hoc", subject=row.pk).last()


@study_page(*STAFF)
@require_POST
def compute_version(request: StudyRequest, number: int) -> HttpResponse:
    def act() -> str:
        request_analysis(request.study, actor=request.user, plan_version=number)
        return "The worker computes the results by this version."

    return told(request, act, then=reverse("plan_version", args=(request.study.slug, number)))
