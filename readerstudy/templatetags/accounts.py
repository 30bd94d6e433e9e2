"""What the page of an account says about browsers."""

from django import template
from django.utils.translation import gettext

from readerstudy.core.browser_name import browser_name

register = template.Library()


@register.filter
def browser_in_words(user_agent: str) -> str:
    """'Firefox 128 on Linux', in the language of the page."""
    known = browser_name(user_agent)
    if not known.browser:
        return gettext("A browser without a name")
    if not known.system:
        return known.browser
    return gettext("{browser} on {system}").format(browser=known.browser, system=known.system)
