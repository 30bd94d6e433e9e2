"""The texts that readers meet, collected for the translators: `.venv/bin/python scripts/texts.py` renews `locale/`.

What is collected: calls of gettext and of `translatable` in the Python files, the translate tags of the templates, and
the product's own words in a study's data. The words of the scripts are modules of their own, `static/js/…/texts.de.js`
and the like. docs/architecture.md says how a language is added.
"""

import io
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
APPS = ("readerstudy", "enhancement", "analysis")
LOCALE_DIR = ROOT / "locale"
KEYWORDS = {
    "gettext": None,
    "gettext_lazy": None,
    "_": None,
    "translatable": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}


EMPTY_HEADERS = tuple(
    f'"{name}:'
    for name in (
        "Report-Msgid-Bugs-To",
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Last-Translator",
        "Language-Team",
        "Generated-By",
    )
)


@dataclass(frozen=True)
class Text:
    """One entry of the catalogue; `plural` and `context` are None for most."""

    singular: str
    plural: str | None
    context: str | None
    place: str

    @property
    def message_id(self) -> "str | tuple[str, str]":
        return (self.singular, self.plural) if self.plural else self.singular


def python_texts(files: "list[Path] | None" = None) -> Iterator[Text]:
    """What the Python files hand to gettext, or mark by `translatable`."""
    for path in files or [path for app in APPS for path in sorted((ROOT / app).rglob("*.py"))]:
        with path.open("rb") as source:
            for _, message, _, context in extract("python", source, keywords=KEYWORDS):
                singular, plural = (message[0], message[1]) if isinstance(message, tuple) else (message, None)
                yield Text(singular, plural, context, _place(path))


def template_texts(files: "list[Path] | None" = None) -> Iterator[Text]:
    """What stands in the translate tags of the templates, as Django looks it up (with `%` doubled)."""
    from django.template import engines
    from django.templatetags.i18n import BlockTranslateNode, TranslateNode

    for path in files or sorted((ROOT / "templates").rglob("*.html")):
        compiled = engines["django"].from_string(path.read_text(encoding="utf-8")).template
        for node in compiled.nodelist.get_nodes_by_type((TranslateNode, BlockTranslateNode)):
            context = node.message_context.var if node.message_context else None
            if isinstance(node, TranslateNode):
                yield Text(str(node.filter_expression.var.literal).replace("%", "%%"), None, context, _place(path))
            else:
                plural = node.render_token_list(node.plural)[0] if node.plural else None
                yield Text(node.render_token_list(node.singular)[0], plural, context, _place(path))


def standard_texts() -> Iterator[Text]:
    """The reference protocol's labels and the words of an image set's name."""
    from readerstudy.standard_words import CONTEXT, standard_words

    return (Text(word, None, CONTEXT, "readerstudy/standard_words.py") for word in standard_words())


def all_texts() -> list[Text]:
    return [*python_texts(), *template_texts(), *standard_texts()]


def _place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name


def collected(texts: "list[Text]") -> Catalog:
    """A catalogue without translations. Places are files: line numbers would change with every commit."""
    catalogue = Catalog(project="readerstudy", charset="utf-8")
    for text in texts:
        catalogue.add(text.message_id, locations=[(text.place, None)], context=text.context)
    return catalogue


def catalogues() -> "list[Path]":
    return sorted(LOCALE_DIR.glob("*/LC_MESSAGES/django.po"))


def read(path: Path) -> Catalog:
    with path.open("rb") as source:
        return read_po(source)


def renew(path: Path, template: Catalog) -> int:
    """Take new texts into a catalogue and old ones out of it; returns how many are not translated."""
    catalogue = read(path)
    catalogue.update(template, no_fuzzy_matching=True, keep_user_comments=True, update_creation_date=False)
    catalogue.obsolete.clear()
    write(path, catalogue)
    return sum(not is_translated(message) for message in catalogue if message.id)


def is_translated(message: Message) -> bool:
    forms = message.string if message.pluralizable else [message.string]
    return bool(forms) and all(forms) and not message.fuzzy


def write(path: Path, catalogue: Catalog) -> None:
    """Without the lines of the header that nobody fills, or that change by themselves."""
    text = io.BytesIO()
    write_po(text, catalogue, width=116, sort_output=True, ignore_obsolete=True)
    kept = [line for line in text.getvalue().decode().splitlines(keepends=True) if not line.startswith(EMPTY_HEADERS)]
    path.write_text("".join(kept), encoding="utf-8")


def set_up_django() -> None:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readerstudy.settings")
    import django

    django.setup()


def main() -> None:
    set_up_django()
    template = collected(all_texts())
    for path in catalogues():
        print(f"{path.relative_to(ROOT)}: {len(template)} texts, {renew(path, template)} of them not translated.")


if __name__ == "__main__":
    main()
