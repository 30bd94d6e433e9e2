"""`/sign-in/`, `/sign-in/code/`, `/sign-out/` and the two ways to a new password."""

import time
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth import views as auth
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from readerstudy.forms import SignInForm
from readerstudy.forms_account import CodeForm
from readerstudy.models import User
from readerstudy.services import accounts, browser_sessions, lockout, second_factor
from readerstudy.services import sign_in as service
from readerstudy.views import session_limits
from readerstudy.views.errors import in_words
from readerstudy.views.gate import View
from readerstudy.views.visitor import address_of

TOO_MANY_REQUESTS = 429
# Who has given the password and not the code yet: kept in the session of nobody, for some minutes.
PENDING = "pending_sign_in"
PENDING_S = 5 * 60


class SignIn(auth.LoginView):
    """Name and password; on to the code where the person has a second factor."""

    template_name = "readerstudy/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: SignInForm) -> HttpResponse:
        user = form.get_user()
        if second_factor.is_on(user):
            _put_off(self.request, user, then=self.get_success_url())
            return redirect("sign_in_code")
        session_limits.enter(self.request, user)
        return HttpResponseRedirect(self.get_success_url())

    def form_invalid(self, form: SignInForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=_status(form))


def _status(form: SignInForm) -> int:
    return TOO_MANY_REQUESTS if form.waits else 200


def _put_off(request: HttpRequest, user: User, *, then: str) -> None:
    request.session.cycle_key()
    request.session[PENDING] = {"user": user.pk, "hash": user.get_session_auth_hash(), "at": time.time(), "then": then}


def _pending(request: HttpRequest) -> tuple[User, str] | None:
    """Who waits for the code, and where to go on; None once it took too long or the password was changed."""
    pending = request.session.get(PENDING)
    if pending is None or time.time() - pending["at"] > PENDING_S:
        return None
    user = User.objects.filter(pk=pending["user"], is_active=True).first()
    return (user, pending["then"]) if user and user.get_session_auth_hash() == pending["hash"] else None


def password_given(view: View) -> View:
    """The gate of the second step: for whoever has just given a right password."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        pending = None if request.user.is_authenticated else _pending(request)
        if pending is None:
            request.session.pop(PENDING, None)
            return redirect("sign_in")
        return view(request, *pending)

    return guarded


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "POST"])
@password_given
def sign_in_code(request: HttpRequest, user: User, then: str) -> HttpResponse:
    form = CodeForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            service.prove_code(user, form.cleaned_data["code"], address=address_of(request))
        except second_factor.WrongCode as refusal:
            form.add_error("code", in_words(refusal))
        except lockout.TooManyTries as refusal:
            form.add_error(None, in_words(refusal))
            status = TOO_MANY_REQUESTS
        else:
            request.session.pop(PENDING, None)
            session_limits.enter(request, user, with_factor=True)
            _warn_of_few_codes(request, user)
            return HttpResponseRedirect(then)
    return render(request, "readerstudy/sign_in_code.html", {"form": form, "person": user}, status=status)


def _warn_of_few_codes(request: HttpRequest, user: User) -> None:
    left = second_factor.recovery_codes_left(user)
    if left < 3:
        text = gettext("Recovery codes left: {left}. Make new ones on the page of your account.")
        messages.warning(request, text.format(left=left))


class SignOut(auth.LogoutView):
    """Ends the session and takes it off the list."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if (row := request.session.get(session_limits.ROW)) is not None:
            browser_sessions.forget(row)
        return super().post(request, *args, **kwargs)


class Password(auth.PasswordChangeView):
    """A new password; everybody else who is signed in as this person is out."""

    template_name = "readerstudy/password.html"
    success_url = reverse_lazy("password_changed")

    def form_valid(self, form: Form) -> HttpResponse:
        response = super().form_valid(form)
        session_limits.moved(self.request)
        accounts.password_changed(self.request.user, but=self.request.session.session_key)
        return response


class PasswordReset(auth.PasswordResetConfirmView):
    """A new password by the link of an administrator; whoever is signed in as this person is out."""

    template_name = "readerstudy/password_reset.html"
    success_url = reverse_lazy("sign_in")

    def form_valid(self, form: Form) -> HttpResponse:
        response = super().form_valid(form)
        accounts.password_changed(self.user, but=None)
        return response
