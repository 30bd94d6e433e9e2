"""What the page of an account says about browsers."""

from django import template

from readerstudy.core import browser_name

register = template.Library()


@register.filter
def browser_in_words(user_agent: str) -> str:
    return browser_name.browser_in_words(user_agent)
