"""Keys of the reading station as they are printed on a keyboard; `static/js/reading/ownkeys.js` does the same."""

from collections.abc import Mapping

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import pgettext_lazy

from readerstudy.core.shortcuts import KEYS

register = template.Library()

SHIFT = "Shift+"
NAMES = {
    " ": pgettext_lazy("key", "Space"),
    "PageUp": pgettext_lazy("key", "Page ↑"),
    "PageDown": pgettext_lazy("key", "Page ↓"),
    "Delete": pgettext_lazy("key", "Del"),
    "Insert": pgettext_lazy("key", "Ins"),
    "Home": pgettext_lazy("key", "Home"),
    "End": pgettext_lazy("key", "End"),
    "-": "−",
    "ArrowUp": "↑",
    "ArrowDown": "↓",
    "ArrowLeft": "←",
    "ArrowRight": "→",
}


def key_in_words(key: str) -> str:
    """As it is printed: 'Shift ←' for 'Shift+ArrowLeft'."""
    bare = key.removeprefix(SHIFT)
    name = NAMES.get(bare, bare.upper() if len(bare) == 1 else bare)
    return f"Shift {name}" if bare != key else str(name)


@register.simple_tag
def printed_keys(own: Mapping[str, str]) -> dict[str, SafeString]:
    """Action -> its key, the reader's own one where there is one; the station's page keeps it up to date."""
    shown = {action: key_in_words(own.get(action, keys[0])) for action, keys in KEYS.items()}
    return {action: format_html('<kbd data-own-key="{}">{}</kbd>', action, key) for action, key in shown.items()}
