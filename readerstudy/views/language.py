"""In which language a page is answered: the reader's own on the readers' pages, English on all others.

The reader's language is the choice kept in a cookie (Django's view `set_language`), else what the browser asks for.
The pages of coordinators, statisticians and administrators, the downloads and the API are English whatever the choice:
their words are not translated, and no number in them may change its form with the language.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

# By the names of their addresses. What is not named here is English.
READERS_PAGES = frozenset(
    {
        "sign_in",
        "sign_in_again",
        "sign_in_code",
        "account",
        "end_session",
        "end_sessions",
        "second_factor",
        "begin_second_factor",
        "confirm_second_factor",
        "renew_recovery_codes",
        "second_factor_off",
        "sign_out",
        "password",
        "password_changed",
        "password_reset",
        "accept_invitation",
        "set_language",
        "home",
        "worklist",
        "display_check",
        "guesses",
        "station",
        "reader_keys",
        "reading_state",
        "reading_opened",
        "reading_scores",
        "reading_finish",
        "reading_viewing",
        "reading_handling",
        "training",
        "reading_review",
        "reading_sign",
        "stack",
        "pixel_slice",
    }
)


class ReadersLanguageMiddleware(LocaleMiddleware):
    """Django's own, and English where a page is not the readers'."""

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> None:
        match = request.resolver_match
        if match is not None and match.view_name in READERS_PAGES:
            request.offers_languages = True  # type: ignore[attr-defined]
            return
        translation.activate(settings.LANGUAGE_CODE)
        request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]
