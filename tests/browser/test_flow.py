"""The flow of reading in a real browser: from the last pair to the signature."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import People
from tests.cast import PASSWORD
from tests.real_stack import running_stack

SHOTS = os.environ.get("READERSTUDY_TEST_SHOTS")


@pytest.fixture(scope="module")
def stack():
    with running_stack() as running:
        yield running


@pytest.fixture
def people(chromium, stack):
    people = People(chromium, stack.address, None)
    yield people
    people.leave()


@pytest.fixture
def reader_of(stack, people):
    """Make a study by keywords of `flow_study.make`; returns the page of its reader, who is signed in."""

    def made(title: str, **what: object) -> Page:
        words = ", ".join(f"{name}={value!r}" for name, value in {"title": title, **what}.items())
        stack.manage("shell", "-c", f"from tests.browser.flow_study import make; make({words})")
        page = people.arrive("/sign-in/")
        page.get_by_label("Sign-in name").fill(f"{title.lower()}-reader")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/")
        page.goto("/read/")
        return page

    return made


def picture(page: Page, name: str) -> None:
    """Where somebody wants to look: READERSTUDY_TEST_SHOTS names a folder."""
    for width, height in ((1366, 768), (2560, 1440)) if SHOTS else ():
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(300)
        page.screenshot(path=str(Path(SHOTS) / f"{name}-{width}.png"))
    page.set_viewport_size({"width": 1366, "height": 768})


def wait_for_pair(page: Page, position: int) -> None:
    expect(page.locator("[data-part=position]")).to_contain_text(f"Pair {position} ")
    expect(page.locator("[data-rows=feature] input").first).to_be_enabled()


def read_by_keyboard(page: Page, position: int) -> None:
    wait_for_pair(page, position)
    for key in [*"33333333", "y", "y", "Enter"]:
        page.keyboard.press(key)


class TestSignature:
    def test_the_last_pair_leads_to_the_list_and_the_list_to_a_signature(self, reader_of, people):
        page = reader_of("Signing", image_sets=2, read=4)
        page.get_by_role("link", name="All answers as a list").click()
        expect(page.get_by_role("heading", name="Still to do: 2 of 6 pairs")).to_be_visible()
        picture(page, "review-to-do")
        page.locator(".to-do").get_by_role("link", name="Pair 5").click()

        for position in (5, 6):
            read_by_keyboard(page, position)

        expect(page).to_have_url(re.compile(r"/read/signing/review/$"))
        expect(page.locator(".review tbody tr")).to_have_count(6)
        picture(page, "review-sign")
        for password, answer in (("a wrong one", "That is not your password"), (PASSWORD, "Your scores are final")):
            page.get_by_label("Your password again").fill(password)
            page.get_by_role("button", name="Sign 6 pairs").click()
            expect(page.locator(".message")).to_contain_text(answer)
            picture(page, f"review-{'refused' if password != PASSWORD else 'signed'}")
        expect(page.get_by_role("heading", name="Signed")).to_be_visible()
        page.get_by_role("link", name="Pair 1", exact=True).click()
        expect(page.locator("[data-part=summary]")).to_contain_text("can no longer be changed")
        expect(page.locator("[data-rows=feature] input").first).to_be_disabled()
        page.goto("/read/")
        expect(page.locator(".worklist")).to_contain_text("Signed on")
        picture(page, "worklist-signed")
        assert people.complaints == []
