"""Whatever a reader meets can be translated, and is: catalogue, templates, and the modules of words of the scripts."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from django.conf import settings
from django.urls import get_resolver
from django.utils import translation
from django.utils.translation import gettext

from readerstudy.views.language import READERS_PAGES
from scripts import texts
from tests.blinding.addresses import every_pattern
from tests.guards.source import ROOT
from tests.guards.visible_text import untranslated_words

SOURCE = settings.LANGUAGE_CODE.split("-")[0]
OTHERS = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
# Pages of coordinators, statisticians and administrators are English for now. A template that is not named here is one
# that readers meet.
OFFICE = {
    "_audit_detail", "_case_row", "_cases_board", "_cases_counts", "_cases_dialogs", "_cases_removed",
    "_cases_unplaced", "_cases_uploads", "_describe_fields", "_findings", "_monitor_displays", "_monitor_table",
    "_overview_draft", "_pages", "_parameters_brief", "_protocol_conditions", "_protocol_details", "_protocol_part",
    "_protocol_row", "_protocol_rules", "_protocol_settings", "_reader_bars", "_readiness", "_reason",
    "_series_actions", "_series_cell", "_series_place", "_task", "_training_mark",
    "_training_readers", "_upload_panel", "_upload_report", "_work",
    "allocation", "audit_trail", "cases", "close", "monitor", "new_study", "overview", "people", "protocol",
    "readers", "series", "study_base", "upload_report",
    "_arrivals", "_audit_table", "_cases_sending", "_refusals", "_sending_dicom", "_sending_web",
    "installation_audit", "receiver", "sending", "_status", "installation_status",
    "fetching", "_fetch_search", "_fetches", "_found",
    "_closing_asked", "_closing_form", "_closing_signature", "_closing_signed", "_protocol_closing",
}  # fmt: skip
FOR_PROGRAMS = {"healthz", "metrics", "readyz", "stow"}
TEMPLATES = sorted((ROOT / "templates" / "readerstudy").glob("*.html"))
READERS_TEMPLATES = [path for path in TEMPLATES if path.stem not in OFFICE]
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}|<[^>]+>")


def catalogue_of(language: str) -> Catalog:
    return texts.read(texts.LOCALE_DIR / language / "LC_MESSAGES" / "django.po")


def forms(value: str | tuple[str, ...] | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


@pytest.fixture(scope="module")
def collected() -> Catalog:
    return texts.collected(texts.all_texts())


@pytest.mark.parametrize("language", OTHERS)
class TestCatalogue:
    def test_it_has_every_text_translated_and_no_other(self, language: str, collected: Catalog):
        kept = catalogue_of(language)
        wanted = {(message.context, message.id) for message in collected if message.id}
        has = {(message.context, message.id) for message in kept if message.id and texts.is_translated(message)}

        assert wanted - has == set(), "run scripts/texts.py and translate these in locale/"
        assert {(message.context, message.id) for message in kept if message.id} - wanted == set(), (
            "run scripts/texts.py"
        )
        assert len(has) > 300

    def test_each_translation_has_the_places_and_the_markup_of_the_text(self, language: str):
        for message in catalogue_of(language):
            if not message.id:
                continue
            wanted = [sorted(PLACEHOLDER.findall(form)) for form in forms(message.id)]
            given = [sorted(PLACEHOLDER.findall(form)) for form in forms(message.string)]
            assert given == wanted, message.id
            assert all(
                form.count("%") == one.count("%")
                for form, one in zip(forms(message.id), forms(message.string), strict=True)
            )

    def test_it_has_all_plural_forms(self, language: str):
        kept = catalogue_of(language)
        counted = [message for message in kept if message.pluralizable]

        assert counted
        assert all(len(message.string) == kept.num_plurals and all(message.string) for message in counted)

    def test_the_keys_at_the_end_of_a_title_stay(self, language: str):
        """`ownkeys.js` puts a reader's own key in their place."""
        titled = [
            message for message in catalogue_of(language) if message.id and re.search(r"\(.{1,8}\)$", str(message.id))
        ]
        keyed = [message for message in titled if "templates/readerstudy/reading.html" in dict(message.locations)]

        assert len(keyed) > 20
        assert [message.id for message in keyed if not re.search(r"\([^()]+\)$", message.string)] == []

    def test_django_finds_them(self, language: str):
        with translation.override(language):
            found = gettext("Finish pair")

        assert found == catalogue_of(language).get("Finish pair").string != "Finish pair"


class TestCollecting:
    def test_it_finds_texts_in_a_python_file(self, tmp_path: Path):
        source = tmp_path / "one.py"
        source.write_text(
            'raise BadInput(translatable("Too {much}."), much=1)\ngettext("Well " "done.")\nf("not this")\n'
        )

        assert [one.message_id for one in texts.python_texts([source])] == ["Too {much}.", "Well done."]

    def test_it_finds_texts_in_a_template(self, tmp_path: Path):
        source = tmp_path / "one.html"
        source.write_text(
            '{% if a %}{% translate "50 %" %}{% endif %}{% block b %}'
            "{% blocktranslate trimmed with n=a.b count c=d %}\n"
            "  {{ n }} has\n  {{ c }} pair{% plural %}{{ n }} has {{ c }} pairs{% endblocktranslate %}{% endblock %}"
        )

        found = [one.message_id for one in texts.template_texts([source])]

        assert found == ["50 %%", ("%(n)s has %(c)s pair", "%(n)s has %(c)s pairs")]


class TestTemplates:
    @pytest.mark.parametrize("path", READERS_TEMPLATES, ids=lambda path: path.stem)
    def test_no_word_of_a_readers_page_stands_outside_of_the_translate_tags(self, path: Path):
        assert untranslated_words(path.read_text(encoding="utf-8")) == []

    def test_the_pages_that_are_called_the_offices_are_there(self):
        assert {path.stem for path in TEMPLATES} >= OFFICE

    @pytest.mark.parametrize(
        ("template", "word"),
        [
            ("<p>Saved</p>", "Saved"),
            ('<p>{% translate "Saved" %} at last</p>', "at last"),
            ('{% if a %}<b title="Zoom in">+</b>{% endif %}', "title: Zoom in"),
            ('<p aria-label="{{ name }} image"></p>', "aria-label:  image"),
            ('<input type="submit" value="Send">', "value: Send"),
            ("{% blocktranslate %}All{% endblocktranslate %} <i>pairs</i>", "pairs"),
        ],
    )
    def test_a_forgotten_word_is_found(self, template: str, word: str):
        assert untranslated_words(template) == [word]

    def test_what_needs_no_translation_is_let_pass(self):
        template = (
            '{# Why #}<p title="{% translate "Zoom" %}" class="of pairs">1:1 {{ label }} <kbd>Enter</kbd></p>'
            '{% translate "n" as n %}<input value="left"><script src="{% static "js/a.js" %}"></script>'
        )

        assert untranslated_words(template) == []


class TestWordsOfTheScripts:
    def test_each_module_of_words_is_there_in_every_language(self):
        folders = ROOT / "static" / "js"
        english = sorted(folders.rglob(f"*.{SOURCE}.js"))

        assert len(english) >= 5
        for path in english:
            for language in OTHERS:
                assert path.with_name(path.name.replace(f".{SOURCE}.", f".{language}.")).is_file(), path


class TestReadersPages:
    def test_every_name_is_that_of_an_address(self):
        assert get_resolver()
        assert {pattern.name for pattern in every_pattern()} >= READERS_PAGES

    def test_every_address_outside_of_the_office_is_decided(self):
        """What a reader can open is in the reader's language; a new address must say whether it is."""
        office = ("studies/", "people/", "api/", "receiver/")
        routes = {str(one.pattern): one for one in get_resolver().url_patterns}
        names = {
            pattern.name
            for route, one in routes.items()
            if not route.startswith(office)
            for pattern in every_pattern([one])
        }

        assert names - READERS_PAGES - FOR_PROGRAMS == set()
