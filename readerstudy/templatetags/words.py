"""Small words for templates: durations, sizes, fallbacks."""

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.translation import get_language, gettext_lazy

from readerstudy.core.lifecycle import Status

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


@register.simple_tag
def words_module(path: str) -> str:
    """The address of the script with the words of the page's language: `js/pause/words` -> `js/pause/words.de.js`."""
    language = (get_language() or settings.LANGUAGE_CODE).split("-")[0]
    return static(f"{path}.{language}.js")


STATUS_WORDS = {
    Status.DRAFT: gettext_lazy("DRAFT"),
    Status.READING: gettext_lazy("READING"),
    Status.LOCKED: gettext_lazy("LOCKED"),
    Status.UNBLINDED: gettext_lazy("UNBLINDED"),
}
STATE_WORDS = {"open": gettext_lazy("open"), "begun": gettext_lazy("begun"), "finished": gettext_lazy("finished")}


@register.filter
def status_word(status: str) -> str:
    """The status of a study as readers are told it."""
    return str(STATUS_WORDS[Status(status)])


@register.filter
def state_word(state: str) -> str:
    """The state of a pair: open, begun, finished."""
    return str(STATE_WORDS[state])
