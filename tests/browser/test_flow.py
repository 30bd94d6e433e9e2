"""The flow of reading in a real browser: pauses that the protocol asks for, and from the last pair to the signature."""

import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import People
from tests.cast import PASSWORD
from tests.real_stack import WEB_ONLY, running_stack

ARRIVES_MS = 20_000  # a page, on a machine with much else to do
SHOTS = os.environ.get("READERSTUDY_TEST_SHOTS")


@pytest.fixture(scope="module")
def stack():
    with running_stack(*WEB_ONLY) as running:
        yield running


@pytest.fixture
def people(chromium, stack):
    people = People(chromium, stack.address, None)
    yield people
    people.leave()


@pytest.fixture
def reader_of(stack, people):
    """Make a study by keywords of `flow_study.make`; returns the page of its reader (or coordinator), signed in."""

    def made(title: str, *, role: str = "reader", path: str = "/read/", **what: object) -> Page:
        words = ", ".join(f"{name}={value!r}" for name, value in {"title": title, **what}.items())
        stack.manage("shell", "-c", f"from tests.browser.flow_study import make; make({words})")
        page = people.arrive("/sign-in/")
        page.get_by_label("Sign-in name").fill(f"{title.lower()}-{role}")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/")
        page.goto(path)
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
    expect(page.locator("[data-part=position]")).to_contain_text(f"Pair {position} ", timeout=ARRIVES_MS)
    expect(page.locator("[data-rows=feature] input").first).to_be_enabled(timeout=ARRIVES_MS)


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

        expect(page).to_have_url(re.compile(r"/read/signing/review/$"), timeout=ARRIVES_MS)
        expect(page.locator(".review tbody tr")).to_have_count(6)
        picture(page, "review-sign")
        for password, answer in (("a wrong one", "That is not your password"), (PASSWORD, "Your scores are final")):
            page.get_by_label("Your password again").fill(password)
            page.get_by_role("button", name="Sign 6 pairs").click()
            expect(page.locator(".message:visible")).to_contain_text(answer, timeout=ARRIVES_MS)
            picture(page, f"review-{'refused' if password != PASSWORD else 'signed'}")
        expect(page.get_by_role("heading", name="Signed")).to_be_visible()
        page.get_by_role("link", name="Pair 1", exact=True).click()
        expect(page.locator("[data-part=summary]")).to_contain_text("can no longer be changed")
        expect(page.locator("[data-rows=feature] input").first).to_be_disabled()
        page.goto("/read/")
        expect(page.locator(".worklist")).to_contain_text("Signed on")
        picture(page, "worklist-signed")
        assert people.complaints == []


class TestPauses:
    def test_the_coordinator_sets_them_in_the_protocol(self, reader_of, people):
        page = reader_of("Planning", role="coordinator", path="/studies/planning/protocol/", sealed=False, image_sets=0)
        page.get_by_text("Edit sessions and repeats").click()
        page.get_by_label("Longest session (minutes)").fill("45")
        page.get_by_label("Time zone of the readers").fill("Europe/Berlin")
        page.get_by_text("Sessions, pauses, repeats").scroll_into_view_if_needed()
        picture(page, "protocol-rules-edit")
        page.get_by_role("button", name="Save sessions and repeats").click()

        expect(page.get_by_text("Saved: rules")).to_be_visible()
        expect(page.locator("#rules .facts")).to_contain_text("Europe/Berlin")
        picture(page, "protocol-rules")
        assert people.complaints == []

    def test_after_the_pairs_of_a_day_comes_a_page_that_says_until_when(self, reader_of, people):
        # Where midnight is far, so that the day does not change under the test.
        zone = "UTC" if 1 <= datetime.now(UTC).hour < 22 else "Asia/Tokyo"
        page = reader_of("Pausing", pairs_a_day=2, time_zone=zone)
        page.locator("a.button.go").click()
        for position in (1, 2):
            read_by_keyboard(page, position)

        expect(page.get_by_role("heading", name="Enough for today")).to_be_visible(timeout=ARRIVES_MS)
        expect(page.locator("[data-left]")).to_contain_text("left")
        picture(page, "pause")
        page.goto("/read/")
        expect(page.locator(".worklist")).to_contain_text("2 of 6 pairs finished")
        expect(page.locator(".worklist")).to_contain_text("That was enough for today")
        picture(page, "worklist-pause")
        # A pair that was opened before stays open to corrections.
        page.get_by_role("link", name=re.compile("^Pair 2 ")).click()
        wait_for_pair(page, 2)
        assert people.complaints == []


@pytest.fixture
def elapse(stack):
    """Let time pass in the server's database by a function of `flow_study`."""

    def moved(call: str) -> None:
        stack.manage("shell", "-c", f"from tests.browser.flow_study import *; {call}")

    return moved


def open_pairs(page: Page) -> list[str]:
    """The addresses of the pairs that were never opened, in their order."""
    page.goto("/read/")
    return [link.get_attribute("href") for link in page.locator(".pairs a.pair:not(.finished, .begun)").all()]


def stands_closed(page: Page, address: str, heading: str) -> None:
    """Neither the reader who writes the address nor a page that fetches ahead gets anything of the pair."""
    page.goto(address)
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    fetched = page.request.get(address).text()
    assert "reading-config" not in fetched
    assert "/pixels/" not in fetched


class TestAfterAPause:
    def test_a_break_is_asked_for_kindly_cannot_be_got_round_and_passes(self, reader_of, elapse, people):
        page = reader_of("Resting", session_minutes=5, break_minutes=10)
        page.locator("a.button.go").click()
        read_by_keyboard(page, 1)
        wait_for_pair(page, 2)
        page.wait_for_load_state("networkidle")
        elapse("begin_earlier('Resting', minutes=6)")
        page.reload()  # as after a look elsewhere: the third pair is not on the machine yet
        read_by_keyboard(page, 2)

        expect(page.get_by_role("heading", name="Time for a break")).to_be_visible(timeout=ARRIVES_MS)
        expect(page.locator("main")).to_contain_text("Rested eyes see more")
        expect(page.locator("main")).to_contain_text("Everything that was shown as saved is kept")
        expect(page.locator("[data-left]")).to_contain_text("left")
        picture(page, "pause-break")
        addresses = open_pairs(page)
        assert len(addresses) == 4
        for address in (addresses[0], addresses[-1]):
            stands_closed(page, address, "Time for a break")
        page.goto("/read/")
        expect(page.locator(".worklist")).to_contain_text("2 of 6 pairs finished")
        elapse("let_pass('Resting', minutes=11)")
        page.goto("/read/")
        page.locator("a.button.go").click()
        read_by_keyboard(page, 3)
        wait_for_pair(page, 4)
        assert people.complaints == []

    def test_a_washout_keeps_the_order_says_until_when_and_passes(self, reader_of, elapse, people):
        page = reader_of("Washing", washout_days=2)
        page.locator("a.button.go").click()
        for position in (1, 2):
            read_by_keyboard(page, position)

        expect(page.get_by_role("heading", name="Reading pauses here")).to_be_visible(timeout=ARRIVES_MS)
        expect(page.locator("main")).to_contain_text("some days before you read on")
        assert not re.search("same images|washout|again", page.locator("main").inner_text(), re.IGNORECASE)
        picture(page, "pause-washout")
        third, *others = open_pairs(page)
        stands_closed(page, third, "Reading pauses here")
        for address in others:
            stands_closed(page, address, "Another pair comes first")
        elapse("let_pass('Washing', days=2)")
        page.goto(third)
        read_by_keyboard(page, 3)
        read_by_keyboard(page, 4)
        expect(page.get_by_role("heading", name="Reading pauses here")).to_be_visible(timeout=ARRIVES_MS)
        assert people.complaints == []

    def test_the_next_day_reading_goes_on(self, reader_of, elapse, people):
        page = reader_of("Morning", pairs_a_day=1)
        page.locator("a.button.go").click()
        read_by_keyboard(page, 1)
        expect(page.get_by_role("heading", name="Enough for today")).to_be_visible(timeout=ARRIVES_MS)
        for address in open_pairs(page):
            stands_closed(page, address, "Enough for today")

        elapse("let_pass('Morning', days=1)")
        page.goto("/read/")
        page.locator("a.button.go").click()
        wait_for_pair(page, 2)
        expect(page.locator("[data-part=receipt]")).to_be_visible()
        assert people.complaints == []


class TestRepeats:
    def test_a_reader_reads_them_like_any_other_pair(self, reader_of, people):
        page = reader_of("Again", image_sets=1, repeats=1, repeat_distance=1)
        page.locator("a.button.go").click()
        for position in (1, 2, 3, 4):
            read_by_keyboard(page, position)

        expect(page.locator(".review tbody tr")).to_have_count(4, timeout=ARRIVES_MS)
        expect(page.get_by_role("button", name="Sign 4 pairs")).to_be_visible()
        assert not re.search("repeat|twice", page.content(), re.IGNORECASE)
        assert people.complaints == []
