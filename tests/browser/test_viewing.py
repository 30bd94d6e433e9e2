"""What a reader looks at reaches the server, survives a cut line and a reload, and can be demanded: in a browser."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import People
from tests.browser.pixel_study import SLICES
from tests.cast import PASSWORD
from tests.real_stack import WEB_ONLY, running_stack

STORED = """
from readerstudy.models import Reading
from readerstudy.queries import viewings_of
import json
first = Reading.objects.get(allocation__position=1)
print(json.dumps(viewings_of([first]).get(first.pk).to_json()))
"""


@pytest.fixture(scope="module")
def stack():
    with running_stack(*WEB_ONLY) as running:
        running.manage("shell", "-c", "from tests.browser.pixel_study import make; make(whole_stacks=True)")
        yield running


@pytest.fixture
def people(chromium, stack):
    people = People(chromium, stack.address, None)
    yield people
    people.leave()


@pytest.fixture
def page(people) -> Page:
    page = people.arrive("/sign-in/")
    page.get_by_label("Sign-in name").fill("pixel-reader")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto("/read/")
    page.locator("a.button.go").click()
    expect(page.locator("[data-rows=feature] input").first).to_be_enabled()
    expect(page.locator("[data-pane=right]")).to_have_attribute("data-painted", str(SLICES // 2))
    return page


def kept_names(page: Page) -> list[str]:
    return page.evaluate("() => Object.keys(localStorage).filter(name => name.startsWith('viewing:'))")


class TestWholeStacks:
    def test_it_is_kept_through_a_cut_line_and_a_reload_and_demanded_at_the_end(self, page, people, stack):
        page.route(re.compile("/viewing/$"), lambda route: route.abort())
        page.keyboard.press("ArrowRight")
        expect(page.locator("[data-pane=left]")).to_have_attribute("data-painted", "3")
        page.wait_for_timeout(300)
        page.reload()  # what was looked at is in the browser's storage now
        assert kept_names(page)
        page.unroute(re.compile("/viewing/$"))
        with page.expect_response(re.compile("/viewing/$")) as answer:
            page.reload()
        assert answer.value.ok
        expect(page.locator("[data-rows=feature] input").first).to_be_enabled()

        for _ in range(8):
            page.keyboard.press("3")
        page.keyboard.press("y")
        page.keyboard.press("y")
        page.keyboard.press("Enter")
        notice = page.locator("[data-part=notice-text]")
        expect(notice).to_have_text(re.compile(r"Still to see: left 1–2; right 1–2\.$"))
        page.keyboard.press("Home")
        expect(page.locator("[data-pane=left]")).to_have_attribute("data-painted", "0")
        page.keyboard.press("ArrowRight")
        expect(page.locator("[data-pane=left]")).to_have_attribute("data-painted", "1")
        page.keyboard.press("i")
        page.wait_for_timeout(700)  # held long enough to be kept
        page.keyboard.press("Enter")

        expect(page.locator("[data-part=position]")).to_contain_text("Pair 2 ")
        page.wait_for_function("() => !Object.keys(localStorage).some(name => name.startsWith('viewing:'))")
        self.check_stored(json.loads(stack.manage("shell", "-c", STORED).strip().splitlines()[-1]))
        strange = [one for one in people.complaints if "ERR_FAILED" not in one]
        assert strange == []

    @staticmethod
    def check_stored(viewing: dict) -> None:
        every = {str(slice_) for slice_ in range(SLICES)}
        assert set(viewing["seen"]["left"]) == set(viewing["seen"]["right"]) == every
        assert viewing["seen"]["left"] == viewing["seen"]["right"]
        active_ms = sum(end - start for start, end in viewing["intervals"])
        assert 700 <= active_ms <= 120_000
        assert sum(viewing["seen"]["left"].values()) <= active_ms + 5 * len(viewing["intervals"]) + 5
        assert [100, 0, 1, 100, 100] in [look[1:] for look in viewing["looks"]]
