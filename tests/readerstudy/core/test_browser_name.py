"""How a browser is called on the page of an account."""

import pytest

from readerstudy.core.browser_name import BrowserName, browser_name

MOZILLA = "Mozilla/5.0"
KNOWN = {
    "Firefox 128 on Linux": f"{MOZILLA} (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Chrome 126 on Windows": f"{MOZILLA} (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36",
    "Edge 126 on Windows": f"{MOZILLA} (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
    "Safari 17 on macOS": f"{MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.4 Safari/605.1.15",
    "Safari 17 on iPad": f"{MOZILLA} (iPad; CPU OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.4 Mobile/15E148 Safari/604.1",
    "Chrome 126 on Android": f"{MOZILLA} (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Mobile Safari/537.36",
}


class TestBrowserName:
    @pytest.mark.parametrize(("words", "header"), KNOWN.items())
    def test_it_names_browser_and_system(self, words, header):
        assert browser_name(header) == BrowserName(*words.split(" on "))

    @pytest.mark.parametrize("header", ["python-requests/2.32", ""])
    def test_another_program_is_called_what_it_calls_itself(self, header):
        assert browser_name(header) == BrowserName(header, "")

    def test_a_long_name_is_cut(self):
        assert len(browser_name("x" * 300).browser) == 60
