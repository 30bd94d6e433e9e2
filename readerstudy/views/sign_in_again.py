"""`/sign-in/again/`: the same person signs in again without leaving a page, so that nothing on it is lost."""

from django.http import HttpRequest, JsonResponse
from django.middleware.csrf import get_token
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from readerstudy.core.wording import translatable
from readerstudy.forms import SignInForm
from readerstudy.models import User
from readerstudy.services import lockout, second_factor
from readerstudy.services import sign_in as service
from readerstudy.views import session_limits
from readerstudy.views.errors import in_words
from readerstudy.views.visitor import address_of

CODE_NEEDED = translatable("Now the code that your authenticator app shows, or one of your recovery codes.")
TOO_MANY_REQUESTS = 429


@sensitive_post_parameters("password", "code")
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in_again(request: HttpRequest) -> JsonResponse:
    """GET: who is signed in, and a token for the POST.

    POST: name and password as on the page `sign_in`, and `code` for whoever has a second factor. A refusal is 401 with
    the error `login` or, where the password was right, `code`; 429 with `wait` after too many tries.
    """
    if request.method == "POST":
        form = SignInForm(request, request.POST)
        if not form.is_valid():
            message = " ".join(error for errors in form.errors.values() for error in errors)
            return _wait(message) if form.waits else _refused("login", message)
        if refusal := _enter(request, form.get_user()):
            return refusal
    # The token changes with the session: what the page held before is worth nothing now.
    return JsonResponse({"username": request.user.get_username() or None, "csrf_token": get_token(request)})


def _enter(request: HttpRequest, user: User) -> JsonResponse | None:
    """Open the session, or say what is missing."""
    has_factor = second_factor.is_on(user)
    if has_factor:
        code = request.POST.get("code", "").strip()
        if not code:
            return _refused("code", gettext(CODE_NEEDED))
        try:
            service.prove_code(user, code, address=address_of(request))
        except second_factor.WrongCode as refusal:
            return _refused("code", in_words(refusal))
        except lockout.TooManyTries as refusal:
            return _wait(in_words(refusal))
    session_limits.enter(request, user, with_factor=has_factor)
    return None


def _refused(error: str, message: str) -> JsonResponse:
    return JsonResponse({"error": error, "message": message}, status=401)


def _wait(message: str) -> JsonResponse:
    return JsonResponse({"error": "wait", "message": message}, status=TOO_MANY_REQUESTS)
