"""Which browser a reader works in: a random name in a cookie, so that a screen is checked where it stands."""

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse

COOKIE = "workstation"
A_YEAR_S = 365 * 24 * 60 * 60
NAME_BYTES = 16


def workstation_of(request: HttpRequest) -> str:
    """The browser's name; a new one where it has none. The same one for the whole of a request."""
    if not hasattr(request, "workstation"):
        known = request.COOKIES.get(COOKIE, "")
        # 16 bytes are 22 letters of the URL-safe alphabet; anything else did not come from here.
        good = len(known) == 22 and known.replace("-", "a").replace("_", "a").isalnum() and known.isascii()
        request.workstation = known if good else secrets.token_urlsafe(NAME_BYTES)  # type: ignore[attr-defined]
    return request.workstation  # type: ignore[attr-defined]


def browser_of(request: HttpRequest) -> str:
    """How the browser names itself, without what no database takes."""
    return request.headers.get("User-Agent", "").replace("\0", "")[:300]


def remember(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Leave the browser its name."""
    response.set_cookie(
        COOKIE, workstation_of(request), max_age=A_YEAR_S, httponly=True, samesite="Lax", secure=settings.HTTPS
    )
    return response
