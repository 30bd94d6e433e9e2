"""The words that stand in a template outside of its translate tags: what nobody could translate."""

import re
from html.parser import HTMLParser

COMMENTS = re.compile(r"\{#.*?#\}|\{% comment .*?%\}.*?\{% endcomment %\}", re.S)
CLASSES = re.compile(r"\{% block \w+_class %\}.*?\{% endblock %\}", re.S)  # stand in an attribute of the base
TRANSLATED = re.compile(
    r"\{%-? *blocktrans(?:late)?\b.*?\{% *endblocktrans(?:late)? *%\}|\{% *trans(?:late)?\b.*?%\}", re.S
)
TAGS = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.S)
# A word of a language has two letters beside one another; `1:1`, `4/s` and `·` are the same in all.
WORD = re.compile(r"[^\W\d_]{2}")
SHOWN_ATTRIBUTES = {
    "title", "placeholder", "alt", "aria-label", "aria-description", "aria-roledescription", "aria-valuetext",
    "data-confirm", "data-confirm-text", "data-confirm-yes",
}  # fmt: skip
NOT_SHOWN = {"script", "style"}
PRINTED_ON_KEYS = "kbd"


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.inside: list[str] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in NOT_SHOWN or tag == PRINTED_ON_KEYS:
            self.inside.append(tag)
        self.found += [
            f"{name}: {value}" for name, value in attrs if name in SHOWN_ATTRIBUTES and WORD.search(value or "")
        ]
        self.found += [
            f"value: {value}" for name, value in attrs if self._is_face(tag, attrs, name) and WORD.search(value or "")
        ]

    @staticmethod
    def _is_face(tag: str, attrs: list[tuple[str, str | None]], name: str) -> bool:
        """The value of `<input type="submit">` is what it shows."""
        return tag == "input" and name == "value" and dict(attrs).get("type") in {"submit", "button", "reset"}

    def handle_endtag(self, tag: str) -> None:
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not self.inside and WORD.search(data):
            self.found.append(" ".join(data.split()))


def untranslated_words(template: str) -> list[str]:
    """Text, and attributes that are shown or spoken, outside of `translate` and `blocktranslate`."""
    parser = _Words()
    parser.feed(TAGS.sub("", TRANSLATED.sub("", CLASSES.sub("", COMMENTS.sub("", template)))))
    parser.close()
    return parser.found
