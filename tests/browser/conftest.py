"""A headless Chromium for the browser tests: Debian's, since no browser can be downloaded here."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
# pytest-playwright's own fixtures would look for a downloaded browser; these take their place.


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium); browser tests need it.")
    # Django sees the event loop that Playwright's synchronous interface runs on.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(QUIET))
        yield browser
        browser.close()


class People:
    """One browser context a person, so that sessions do not mix; keeps what the pages complained about."""

    def __init__(self, browser: Browser, address: str, shots: Path | None) -> None:
        self._browser, self.address, self._shots = browser, address, shots
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def arrive(self, path: str = "/") -> Page:
        context = self._browser.new_context(
            viewport={"width": 1366, "height": 768}, base_url=self.address, accept_downloads=True
        )
        self._contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("console", lambda message: self._note(page, message.type, message.text))
        page.goto(path)
        return page

    def _note(self, page: Page, kind: str, text: str) -> None:
        if kind == "error":
            self.complaints.append(f"{page.url}: {text}")

    def leave(self) -> None:
        """Close everything; a failed test leaves pictures of what each person saw, where that is asked for."""
        for number, context in enumerate(self._contexts):
            for page in context.pages if self._shots else []:
                page.screenshot(path=str(self._shots / f"person-{number}.png"))
            context.close()
