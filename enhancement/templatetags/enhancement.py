"""The figures of the guard in words and digits."""

from typing import Any

from django import template

register = template.Library()


@register.filter
def figure(verdict: dict[str, Any], name: str) -> float | None:
    """The value of one figure; None for a series that has none."""
    return next((one["value"] for one in verdict.get("figures", []) if one["name"] == name), None)


@register.filter
def outside_names(verdict: dict[str, Any]) -> str:
    return "; ".join(one["words"] for one in verdict.get("figures", []) if not one["ok"])


@register.filter
def in_digits(value: float | None) -> str:
    """Three digits after the point, more of a small number; whole ones as they are; '–' where there is nothing."""
    if value is None:
        return "–"
    if value == int(value):
        return f"{int(value)}"
    if abs(value) < 0.01:
        return f"{value:.5f}".rstrip("0")
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


@register.filter
def in_percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.2f} %"


@register.filter
def expected_range(figure_: dict[str, Any]) -> str:
    """The range in words, as it held for this series."""
    low, high = figure_["low"], figure_["high"]
    if low is None and high is None:
        return "–"
    if low is None:
        return f"at most {in_digits(high)}"
    if high is None:
        return f"at least {in_digits(low)}"
    return f"{in_digits(low)} to {in_digits(high)}"


@register.filter
def unlocalized(value: float | None) -> str:
    """A number as an input field wants it, in every language."""
    return "–" if value is None else f"{value:g}"
