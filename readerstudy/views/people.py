"""Accounts: accepting an invitation, and the administrator's list of people."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from readerstudy.access import require_administrator
from readerstudy.core.errors import BadInput
from readerstudy.forms import NewAccountForm
from readerstudy.models import Invitation, Study, User
from readerstudy.services import accounts, browser_sessions, lockout, second_factor
from readerstudy.views import session_limits
from readerstudy.views.errors import in_words
from readerstudy.views.gate import signed_in, told
from readerstudy.views.study import chain_page


@require_http_methods(["GET", "POST"])
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Join with the account that is signed in, or make a new one."""
    invitation = accounts.find_invitation(token)
    form = NewAccountForm(None, initial={"email": invitation.email})
    if request.method == "POST":
        if request.user.is_authenticated:
            return told(
                request,
                lambda: _welcome(accounts.accept(invitation, request.user).study),
                then=reverse("home"),
            )
        form = NewAccountForm(request.POST)
        if form.is_valid() and (user := _join(invitation, form)) is not None:
            session_limits.enter(request, user)
            messages.success(request, _welcome(invitation.study))
            return redirect("home")
    return render(request, "readerstudy/accept_invitation.html", {"invitation": invitation, "form": form})


def _welcome(study: Study) -> str:
    return gettext("Welcome to {title}.").format(title=study.title)


def _join(invitation: Invitation, form: NewAccountForm) -> User | None:
    try:
        return accounts.join_with_new_account(invitation, **form.account()).user
    except BadInput as error:
        form.add_error(None, in_words(error))
        return None


@signed_in
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    require_administrator(request.user)
    everybody = User.objects.order_by("username").select_related("second_factor")
    return render(request, "readerstudy/people.html", {"people": everybody, "waiting": lockout.waiting(everybody)})


@signed_in
@require_safe
def installation_audit(request: HttpRequest) -> HttpResponse:
    """Who signed in from where, who was refused, what was changed in accounts."""
    require_administrator(request.user)
    return render(request, "readerstudy/installation_audit.html", chain_page(request, None))


@signed_in
@require_POST
def change_person(request: HttpRequest, pk: int) -> HttpResponse:
    require_administrator(request.user)
    person = get_object_or_404(User, pk=pk)

    def change() -> str:
        accounts.set_permissions(
            person,
            actor=request.user,
            may_create_studies="may_create_studies" in request.POST,
            is_staff="is_staff" in request.POST,
            is_active="is_active" in request.POST,
        )
        return f"{person.name} was changed."

    return told(request, change, then=reverse("people"))


@signed_in
@require_POST
def password_link(request: HttpRequest, pk: int) -> HttpResponse:
    """For whoever forgot: a link to hand over, since not every hospital lets this server send e-mail."""
    require_administrator(request.user)
    person = get_object_or_404(User, pk=pk)

    def act() -> str:
        link = accounts.password_link(person, actor=request.user)
        days = settings.PASSWORD_RESET_TIMEOUT // 86400
        return f"Hand this link to {person.name}; it works once, for {days} days: {link}"

    return told(request, act, then=reverse("people"))


@signed_in
@require_POST
def reset_second_factor(request: HttpRequest, pk: int) -> HttpResponse:
    """For whoever lost the phone and the recovery codes. The administrator has to know that it is this person."""
    require_administrator(request.user)
    person = get_object_or_404(User, pk=pk)

    def act() -> str:
        second_factor.reset(person, actor=request.user)
        browser_sessions.end_all(person, actor=request.user, why="second factor reset")
        return f"The second factor of {person.name} is off, and {person.name} is signed out everywhere."

    return told(request, act, then=reverse("people"))


@signed_in
@require_POST
def unlock(request: HttpRequest, pk: int) -> HttpResponse:
    require_administrator(request.user)
    person = get_object_or_404(User, pk=pk)

    def act() -> str:
        lockout.unlock(person, actor=request.user)
        return f"{person.name} can try again at once."

    return told(request, act, then=reverse("people"))
