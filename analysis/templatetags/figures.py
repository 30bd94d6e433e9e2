"""Numbers on pages, as the printed tables write them."""

from django import template

from analysis.core.wording import NOTHING, format_p, per_cent, plain

register = template.Library()


@register.filter
def p_value(p: float | None) -> str:
    return format_p(p)


@register.filter
def per_cent_of_one(share: float | None) -> str:
    """0.254 -> '25.4 %'."""
    return NOTHING if share is None else f"{per_cent(share)} %"


@register.filter
def decimals(value: float | None, places: int) -> str:
    return plain(value, places)
