import pytest
from django.utils import translation

from readerstudy.templatetags.accounts import browser_in_words

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


class TestBrowserInWords:
    @pytest.mark.parametrize(
        ("language", "known", "unknown"),
        [
            ("en-gb", "Firefox 128 on Linux", "A browser without a name"),
            ("de", "Firefox 128 unter Linux", "Ein Browser ohne Namen"),
        ],
    )
    def test_it_speaks_the_language_of_the_page(self, language, known, unknown):
        with translation.override(language):
            assert browser_in_words(FIREFOX) == known
            assert browser_in_words("") == unknown

    def test_another_program_is_called_what_it_calls_itself(self):
        assert browser_in_words("python-requests/2.32") == "python-requests/2.32"
