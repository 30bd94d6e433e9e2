"""`/account/`: where a person is signed in, and the second factor."""

from collections.abc import Callable

import segno
from django.contrib.auth import logout
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from readerstudy.core import totp
from readerstudy.core.errors import IntegrityFailure, ReaderStudyError
from readerstudy.forms_account import FirstCodeForm, PasswordAgainForm, PasswordAndCodeForm
from readerstudy.models import SecondFactor
from readerstudy.services import browser_sessions
from readerstudy.services import second_factor as factors
from readerstudy.services import sign_in as service
from readerstudy.views import session_limits
from readerstudy.views.errors import in_words
from readerstudy.views.gate import signed_in, told
from readerstudy.views.visitor import address_of


@signed_in
@never_cache
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    context = {
        "sessions": browser_sessions.live(request.user),
        "this_session": request.session.get(session_limits.ROW),
        "factor": SecondFactor.objects.filter(user=request.user, confirmed_at__isnull=False).first(),
        "required": factors.is_required(request.user),
        "codes_left": factors.recovery_codes_left(request.user),
    }
    return render(request, "readerstudy/account.html", context)


@signed_in
@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """One of the person's own; the one that asks is signed out by it."""
    if pk == request.session.get(session_limits.ROW):
        browser_sessions.end(request.user, pk)
        logout(request)
        return redirect("sign_in")

    def act() -> str:
        browser_sessions.end(request.user, pk)
        return gettext("That session has ended. Whoever uses that browser has to sign in.")

    return told(request, act, then=reverse("account"))


@signed_in
@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    def act() -> str:
        key = request.session.session_key
        ended = browser_sessions.end_all(request.user, actor=request.user, why="by the person", but=key)
        return gettext("Ended: {ended}. You are signed in here and nowhere else.").format(ended=ended)

    return told(request, act, then=reverse("account"))


@signed_in
@never_cache
@require_safe
def second_factor(request: HttpRequest) -> HttpResponse:
    """What it is; the code to scan once the set-up has begun; new codes and the way out once it is on."""
    return _page(request)


def _page(request: HttpRequest, *, status: int = 200, **forms: Form) -> HttpResponse:
    factor = SecondFactor.objects.filter(user=request.user).first()
    context = {
        "factor": factor,
        "required": factors.is_required(request.user),
        "codes_left": factors.recovery_codes_left(request.user),
        "begin_form": PasswordAgainForm(auto_id="begin-%s"),
        "confirm_form": FirstCodeForm(auto_id="confirm-%s"),
        "codes_form": PasswordAgainForm(auto_id="codes-%s"),
        "off_form": PasswordAndCodeForm(auto_id="off-%s"),
        **forms,
    }
    if factor and not factor.confirmed_at:
        try:
            context |= _to_scan(factor, request.user.username)
        except IntegrityFailure:  # begun with another key of the installation: worth nothing
            context["factor"] = None
    return render(request, "readerstudy/second_factor.html", context, status=status)


def _to_scan(factor: SecondFactor, username: str) -> dict[str, str]:
    secret = factors.secret_of(factor)
    picture = segno.make(totp.address_of(secret, username), error="m", micro=False)
    return {"secret": totp.in_groups(secret), "qr_code": picture.svg_data_uri(scale=5, border=4, light="#fff")}


def _attempt(form: Form, act: Callable[[dict[str, str]], None]) -> bool:
    """Do `act` with what was typed; a refusal is told at the form."""
    if not form.is_valid():
        return False
    try:
        act(form.cleaned_data)
    except ReaderStudyError as refusal:
        form.add_error(None, in_words(refusal))
        return False
    return True


@sensitive_post_parameters("password")
@signed_in
@never_cache
@require_POST
def begin_second_factor(request: HttpRequest) -> HttpResponse:
    form = PasswordAgainForm(request.POST, auto_id="begin-%s")

    def act(given: dict[str, str]) -> None:
        service.prove_again(request.user, given["password"], address=address_of(request))
        factors.begin(request.user)

    return redirect("second_factor") if _attempt(form, act) else _page(request, status=400, begin_form=form)


@sensitive_post_parameters("code")
@signed_in
@never_cache
@require_POST
def confirm_second_factor(request: HttpRequest) -> HttpResponse:
    """Switches it on and shows the recovery codes: this once, and on no page that could be loaded again."""
    form = FirstCodeForm(request.POST, auto_id="confirm-%s")
    codes: list[str] = []

    def act(given: dict[str, str]) -> None:
        codes.extend(factors.confirm(request.user, given["code"]))

    if not _attempt(form, act):
        return _page(request, status=400, confirm_form=form)
    session_limits.mark_factor(request, given=True)
    _end_others(request, "second factor switched on")
    return render(request, "readerstudy/recovery_codes.html", {"codes": codes, "first": True})


@sensitive_post_parameters("password")
@signed_in
@never_cache
@require_POST
def renew_recovery_codes(request: HttpRequest) -> HttpResponse:
    form = PasswordAgainForm(request.POST, auto_id="codes-%s")
    codes: list[str] = []

    def act(given: dict[str, str]) -> None:
        service.prove_again(request.user, given["password"], address=address_of(request))
        codes.extend(factors.renew_recovery_codes(request.user))

    if not _attempt(form, act):
        return _page(request, status=400, codes_form=form)
    return render(request, "readerstudy/recovery_codes.html", {"codes": codes, "first": False})


@sensitive_post_parameters("password", "code")
@signed_in
@never_cache
@require_POST
def second_factor_off(request: HttpRequest) -> HttpResponse:
    """With password and code: an unlocked browser that somebody left is not enough."""
    form = PasswordAndCodeForm(request.POST, auto_id="off-%s")

    def act(given: dict[str, str]) -> None:
        factors.require_optional(request.user)  # before a code is used up for nothing
        service.prove_again(request.user, given["password"], address=address_of(request))
        service.prove_code(request.user, given["code"], address=address_of(request))
        factors.switch_off(request.user)

    if not _attempt(form, act):
        return _page(request, status=400, off_form=form)
    session_limits.mark_factor(request, given=False)
    _end_others(request, "second factor switched off")
    return told(request, lambda: gettext("Your second factor is off."), then=reverse("account"))


def _end_others(request: HttpRequest, why: str) -> None:
    key = request.session.session_key
    browser_sessions.end_all(request.user, actor=request.user, why=why, but=key)
