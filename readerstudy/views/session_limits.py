"""How long a sign-in lasts: an idle and an absolute limit, and who must set up a second factor before anything else.

What counts as a sign of the person is what the person causes. A page that asks by itself (a table that renews itself,
images that are fetched ahead, what is sent late) keeps no session alive; a reader who looks at a pair without scoring
does, by the times of activity that the station sends.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from django.conf import settings
from django.contrib.auth import SESSION_KEY, login
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from readerstudy.models import User
from readerstudy.services import browser_sessions, second_factor
from readerstudy.views.errors import wants_json
from readerstudy.views.visitor import address_of
from readerstudy.views.workstation import browser_of

# In the session's data: seconds since 1970, the key of its row, and whether a second factor was given in it.
SINCE, SEEN, ROW, FACTOR = "since", "seen", "browser_session", "second_factor"
BACKEND = "django.contrib.auth.backends.ModelBackend"
NOTED_EVERY_S = 30
# Asked for by a page and not by a person. A view can say otherwise for one request: `request.is_activity`.
BY_THE_PAGE = {"stack", "pixel_slice", "thumbnail", "reading_state", "reading_viewing", "sign_in_again"}
BY_ITSELF = "X-Asked-By-Page"  # static/js/office/main.js sends it with what is asked on a timer
# What somebody without the second factor that they need can still do.
WITHOUT_FACTOR = {
    "account", "second_factor", "begin_second_factor", "confirm_second_factor", "end_session", "end_sessions",
    "sign_in", "sign_in_again", "sign_in_code", "sign_out", "password", "password_changed", "accept_invitation",
}  # fmt: skip


class SessionLimitsMiddleware:
    """After AuthenticationMiddleware: ends a session that is over, notes signs of the person in one that is not."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Without a cookie the session is not even looked at, so that no answer varies by it.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return self.get_response(request)
        if SESSION_KEY in request.session:
            _look(request)
        response = self.get_response(request)
        if _is_activity(request, response):
            _note_activity(request.session)
        return response

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        match = request.resolver_match
        if not settings.SECOND_FACTOR_FOR or (match and match.url_name in WITHOUT_FACTOR):
            return None
        if not _lacks_factor(request):
            return None
        if wants_json(request):
            message = "Set up a second factor first, on the page of your account."
            return JsonResponse({"error": "second_factor", "message": message}, status=403)
        return redirect("second_factor")


def _look(request: HttpRequest) -> None:
    session, now = request.session, time.time()
    if SEEN not in session:
        if isinstance(request.user, User):  # signed in by other means than our pages
            begin(request, request.user)
    elif now - session[SEEN] > settings.SESSION_IDLE_S or now - session[SINCE] > settings.SESSION_COOKIE_AGE:
        browser_sessions.forget(session[ROW])
        session.flush()


def _is_activity(request: HttpRequest, response: HttpResponse) -> bool:
    if response.status_code >= 400 or BY_ITSELF in request.headers:
        return False
    match = request.resolver_match
    by_person = match is not None and match.url_name not in BY_THE_PAGE
    return bool(getattr(request, "is_activity", by_person))


def _note_activity(session: SessionBase) -> None:
    """The person is there. Written down every half minute at most."""
    now = time.time()
    if SEEN in session and now - session[SEEN] >= NOTED_EVERY_S:
        session[SEEN] = now
        browser_sessions.seen(session[ROW], at=datetime.fromtimestamp(now, UTC))


def _lacks_factor(request: HttpRequest) -> bool:
    """Whether this person must set up a second factor. One who has it gave its code when this session began."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or request.session.get(FACTOR):
        return False
    user = request.user
    return isinstance(user, User) and second_factor.is_required(user) and not second_factor.is_on(user)


def enter(request: HttpRequest, user: User, *, with_factor: bool = False) -> None:
    """Open a session of this person in this browser; one that was open in it ends."""
    if (row := request.session.get(ROW)) is not None:
        browser_sessions.forget(row)
    for name in (SINCE, SEEN, ROW, FACTOR):
        request.session.pop(name, None)
    login(request, user, backend=BACKEND)
    begin(request, user, with_factor=with_factor)


def begin(request: HttpRequest, user: User, *, with_factor: bool = False) -> None:
    """Put the session on the person's list, with its times."""
    session = request.session
    session.save()  # only now it has its key
    row = browser_sessions.begin(
        user,
        session_key=str(session.session_key),
        address=address_of(request),
        browser=browser_of(request),
        second_factor=with_factor,
    )
    now = row.since.timestamp()
    session.update({SINCE: now, SEEN: now, ROW: row.pk, FACTOR: with_factor})


def mark_factor(request: HttpRequest, *, given: bool) -> None:
    """The second factor was switched on or off in this session."""
    request.session[FACTOR] = given
    if (row := request.session.get(ROW)) is not None:
        browser_sessions.mark_factor(row, given=given)


def moved(request: HttpRequest) -> None:
    """The session has a new key."""
    if (row := request.session.get(ROW)) is not None:
        request.session.save()
        browser_sessions.moved(row, session_key=str(request.session.session_key))
