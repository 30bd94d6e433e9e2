"""`/`: my studies, by role; and opening a new one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from readerstudy import queries
from readerstudy.access import require_study_opener
from readerstudy.forms import NewStudyForm
from readerstudy.services.studies import create_study
from readerstudy.views.gate import signed_in


@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    memberships = list(queries.memberships_of(request.user))
    return render(request, "readerstudy/home.html", {"memberships": memberships})


@signed_in
@require_http_methods(["GET", "POST"])
def new_study(request: HttpRequest) -> HttpResponse:
    require_study_opener(request.user)
    form = NewStudyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        study = create_study(actor=request.user, title=form.cleaned_data["title"])
        return redirect("protocol", study.slug)
    return render(request, "readerstudy/new_study.html", {"form": form})
