"""`/sign-in/again/`: the same person signs in again without leaving a page, so that nothing on it is lost."""

from django.contrib.auth import login
from django.http import HttpRequest, JsonResponse
from django.middleware.csrf import get_token
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from readerstudy.forms import SignInForm


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in_again(request: HttpRequest) -> JsonResponse:
    """GET: who is signed in, and a token for the POST. POST: name and password as on the page `sign_in`."""
    if request.method == "POST":
        form = SignInForm(request, request.POST)
        if not form.is_valid():
            message = " ".join(error for errors in form.errors.values() for error in errors)
            return JsonResponse({"error": "login", "message": message}, status=401)
        login(request, form.get_user())
    # The token changes with the session: what the page held before is worth nothing now.
    return JsonResponse({"username": request.user.get_username() or None, "csrf_token": get_token(request)})
