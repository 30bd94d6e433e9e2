import pytest
from django.utils import translation

from readerstudy.core.shortcuts import KEYS
from readerstudy.templatetags.keys import key_in_words, printed_keys

KEYS_OF_ALL_KINDS = ("t", " ", "-", "Shift+R", "Shift+ArrowLeft", "PageDown", "Delete", "ä")


class TestKeyInWords:
    # The same as in tests/js/ownkeys.test.mjs and in shortcutwords.de.js.
    @pytest.mark.parametrize(
        ("language", "printed"),
        [
            ("en-gb", ["T", "Space", "−", "Shift R", "Shift ←", "Page ↓", "Del", "Ä"]),
            ("de", ["T", "Leertaste", "−", "Shift R", "Shift ←", "Bild ↓", "Entf", "Ä"]),
        ],
    )
    def test_it_writes_keys_as_they_are_printed(self, language, printed):
        with translation.override(language):
            assert [key_in_words(key) for key in KEYS_OF_ALL_KINDS] == printed


class TestPrintedKeys:
    def test_it_has_the_readers_own_key_in_place_of_ours(self):
        keys = printed_keys({"brighter": "<"})

        assert keys.keys() == KEYS.keys()
        assert keys["brighter"] == '<kbd data-own-key="brighter">&lt;</kbd>'
        assert keys["darker"] == '<kbd data-own-key="darker">D</kbd>'
