"""Small words for templates: durations, sizes, fallbacks."""

from django import template

register = template.Library()


@register.filter
def duration(seconds: float | None) -> str:
    """90 -> '1:30'; None -> '–'."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


@register.filter
def percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0


@register.filter
def get(mapping: dict, key: object) -> object:
    return mapping.get(key, "")
