"""Which side was enhanced: asked at the end of a pair by keyboard, or after the last pair on one page."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import People
from tests.cast import PASSWORD
from tests.real_stack import WEB_ONLY, running_stack

SHOTS = os.environ.get("READERSTUDY_TEST_SHOTS")
STORED = (
    "from readerstudy.models import Score; "
    "print(list(Score.objects.filter(item='guess:enhanced').order_by('pk').values_list('value', flat=True)))"
)
# As if the protocol had asked after the last pair, and all pairs were read.
READ_ALL = """
from readerstudy.models import *
from tests.conftest import complete_answers, read_pair
study = Study.objects.get()
ReadingConditions.objects.update(guess="study")
for one in study.allocations.exclude(reading__finished_at__isnull=False):
    read_pair(one, complete_answers(study))
"""


@pytest.fixture(scope="module")
def stack():
    with running_stack(*WEB_ONLY) as running:
        running.manage("shell", "-c", "from tests.browser.pixel_study import make; make(guess='pair')")
        yield running


@pytest.fixture
def people(chromium, stack):
    people = People(chromium, stack.address, None)
    yield people
    people.leave()


def shoot(page: Page, name: str) -> None:
    if not SHOTS:
        return
    for width, height in ((1366, 768), (2560, 1440)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(400)
        page.screenshot(path=str(Path(SHOTS) / f"{name}-{width}.png"))
    page.set_viewport_size({"width": 1366, "height": 768})


class TestGuess:
    def test_it_is_asked_at_the_end_of_a_pair_and_on_one_page_after_the_last(self, people, stack):
        page = people.arrive("/sign-in/")
        page.get_by_label("Sign-in name").fill("pixel-reader")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.goto("/read/")
        page.locator("a.button.go").click()
        expect(page.locator("[data-rows=feature] input").first).to_be_enabled()
        for key in "33333333":
            page.keyboard.press(key)
        page.keyboard.press("y")
        page.keyboard.press("y")
        page.keyboard.press("Enter")  # leads to what is open
        expect(page.locator("[data-step='guess:enhanced']")).to_have_attribute("data-current", "")
        expect(page.locator("[data-step='guess:enhanced']")).to_be_in_viewport(ratio=1)
        expect(page.locator("[data-part=finish]")).to_be_in_viewport(ratio=1)
        shoot(page, "guess-pair")
        page.keyboard.press("1")
        page.keyboard.press("Enter")
        expect(page.locator("[data-part=position]")).to_contain_text("Pair 2 ")
        expect(page.locator("[data-part=receipt]")).to_contain_text("Saved")
        assert stack.manage("shell", "-c", STORED).strip().splitlines()[-1] == "[1]"

        stack.manage("shell", "-c", READ_ALL)
        page.goto("/read/")
        page.get_by_role("link", name="One last question").click()
        page.get_by_role("group", name=re.compile("^Pair 2 ")).get_by_label("Right").check()
        shoot(page, "guess-study")
        page.get_by_role("button", name="for the rest").click()
        expect(page.get_by_text("Saved. Answers stored: ")).to_be_visible()
        stored = stack.manage("shell", "-c", STORED).strip().splitlines()[-1]
        assert stored.startswith("[1, 3, 2, 2")
        assert people.complaints == []
