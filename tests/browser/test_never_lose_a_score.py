"""What a reader sees when something breaks, on the real product; and a short run of the random faults themselves."""

import json
import re
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import People
from tests.cast import PASSWORD
from tests.real_stack import ROOT, running_stack

MAKE_STUDY = """
from readerstudy.services import allocate
from tests.cast import add_image_set, make_cast
cast = make_cast()
for number in (1, 2):
    add_image_set(cast.study, number)
allocate.seal_and_start(cast.study, actor=cast.coordinator, reason="test")
"""
KEPT = """
import json
from readerstudy.models import Score
rows = Score.objects.order_by("pk").values_list(
    "save_of__reading__allocation__reader__user__username", "save_of__saved_by__username", "item", "value")
print("ROWS", json.dumps([list(row) for row in rows]))
"""
BROWSER_STORE = """() => new Promise((resolve) => {
  const opening = indexedDB.open("readerstudy");
  opening.onsuccess = () => {
    const all = opening.result.transaction("changes").objectStore("changes").getAll();
    all.onsuccess = () => { opening.result.close(); resolve(all.result); };
  };
})"""


@pytest.fixture(scope="module")
def stack():
    with running_stack() as running:
        running.manage("shell", "-c", MAKE_STUDY)
        yield running


@pytest.fixture
def people(chromium, stack):
    people = People(chromium, stack.address, None)
    yield people
    people.leave()


def sign_in(page: Page, username: str) -> None:
    page.get_by_label("Sign-in name").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in/" not in url)


def open_station(people: People, username: str) -> Page:
    """The reader's next pair, with the next but one there already."""
    page = people.arrive("/sign-in/")
    sign_in(page, username)
    page.goto("/read/")
    with page.expect_event("requestfinished", lambda request: request.url.endswith("/state/")):
        page.locator("a.button.go").click()
    expect(page.locator("[data-rows=feature] input").first).to_be_enabled()
    page.wait_for_load_state("networkidle")
    return page


def receipt(page: Page):
    return page.locator("[data-part=receipt]")


def choose(page: Page, item: str, value: int) -> None:
    page.locator("label", has=page.locator(f'input[name="{item}"][value="{value}"]')).click()


def kept(stack) -> list[list]:
    printed = stack.manage("shell", "-c", KEPT)
    return json.loads(printed.split("ROWS ")[1])


class TestOffline:
    def test_work_goes_on_with_the_pair_that_is_there_and_is_saved_later(self, people, stack):
        page = open_station(people, "one")
        position = page.locator("[data-part=position]")
        expect(position).to_have_text("Pair 1 of 6")
        page.context.set_offline(True)
        for key in "33333333yy":
            page.keyboard.press(key)
        expect(receipt(page)).to_have_text("Offline: 10 waiting")
        page.keyboard.press("Enter")

        expect(position).to_have_text("Pair 2 of 6")
        expect(page.locator("[data-painted]")).to_have_count(2)  # its images came before the network went
        choose(page, "feature:snr", 5)
        expect(receipt(page)).to_have_text("Offline: 12 waiting")
        left = []
        page.once("dialog", lambda dialog: (left.append(dialog.type), dialog.dismiss()))
        page.close(run_before_unload=True)
        page.wait_for_timeout(300)
        assert left == ["beforeunload"]

        page.context.set_offline(False)
        expect(receipt(page)).to_have_text(re.compile(r"Saved at \d\d:\d\d:\d\d"))
        own = [row[2:] for row in kept(stack) if row[0] == "one"]
        assert own == [
            *([item, 3] for item, _ in own[:8]),
            ["diagnostic:left", 1],
            ["diagnostic:right", 1],
            ["feature:snr", 5],
        ]
        assert page.evaluate(BROWSER_STORE) == []

    def test_what_waits_names_no_arm_and_belongs_to_its_reader(self, people):
        page = open_station(people, "one")
        page.context.set_offline(True)
        choose(page, "feature:artifacts", 2)
        expect(receipt(page)).to_have_text("Offline: 1 waiting")

        (record,) = page.evaluate(BROWSER_STORE)

        assert record["reader"] == "one"
        assert set(record) == {
            "id", "key", "reader", "reading", "label", "kind", "url", "baseVersion", "answers", "reason",
            "activeSeconds", "givenAt",
        }  # fmt: skip
        assert not re.search("SOC|FAST|arm", json.dumps(record))
        page.context.set_offline(False)
        expect(receipt(page)).to_contain_text("Saved at")


class TestSessionEnds:
    def test_the_reader_signs_in_on_the_page_and_nothing_is_lost(self, people, stack):
        page = open_station(people, "two")
        address = page.url
        page.context.clear_cookies()
        choose(page, "feature:snr", 4)
        dialog = page.locator("[data-sign-in-dialog]")
        expect(dialog).to_be_visible()
        dialog.get_by_label("Password").fill("not the password")
        dialog.get_by_role("button", name="Sign in").click()
        expect(dialog.locator("[data-sign-in-problem]")).to_contain_text("do not go together")

        dialog.get_by_label("Password").fill(PASSWORD)
        dialog.get_by_role("button", name="Sign in").click()

        expect(dialog).to_be_hidden()
        expect(receipt(page)).to_contain_text("Saved at")
        assert page.url == address
        assert ["two", "two", "feature:snr", 4] in kept(stack)

    def test_another_reader_on_this_browser_never_sends_what_waits(self, people, stack):
        page = open_station(people, "one")
        page.context.set_offline(True)
        choose(page, "feature:cord_csf_contrast", 1)
        expect(receipt(page)).to_contain_text("Offline: 1")
        page.context.clear_cookies(name="sessionid")
        page.context.set_offline(False)
        before = kept(stack)
        other = page.context.new_page()
        other.goto("/sign-in/")
        sign_in(other, "two")
        other.goto("/read/")
        other.locator("a.button.go").click()
        expect(other.locator("[data-rows=feature] input").first).to_be_enabled()
        other.wait_for_load_state("networkidle")

        assert kept(stack) == before
        assert len(other.evaluate(BROWSER_STORE)) == 1
        dialog = page.locator("[data-sign-in-dialog]")
        expect(dialog).to_be_visible()
        dialog.get_by_label("Password").fill(PASSWORD)
        dialog.get_by_role("button", name="Sign in").click()
        expect(receipt(page)).to_contain_text("Saved at")
        assert kept(stack)[len(before) :][0][:2] == ["one", "one"]
        assert page.evaluate(BROWSER_STORE) == []


class TestSignOut:
    def test_what_is_not_saved_is_shown_and_stays(self, people, stack):
        page = open_station(people, "one")
        office = page.context.new_page()
        office.goto("/read/")
        page.context.set_offline(True)
        choose(page, "feature:resolution", 1)
        expect(receipt(page)).to_have_text("Offline: 1 waiting")
        office.locator("summary", has_text="one").click()
        office.get_by_role("button", name="Sign out").click()
        dialog = office.locator("dialog[data-waiting]")
        expect(dialog).to_contain_text("1 answer of yours could not be sent")
        dialog.get_by_role("button", name="Stay signed in").click()
        expect(office.locator("[data-waiting-line]")).to_contain_text("there is no connection")

        page.context.set_offline(False)

        expect(office.locator("[data-waiting-line]")).to_contain_text("are saved now")
        assert office.evaluate(BROWSER_STORE) == []


class TestSecondThoughts:
    def test_a_change_while_the_pair_is_being_finished_stays_with_that_pair(self, people, stack):
        page = open_station(people, "two")
        address = page.url
        position = page.locator("[data-part=position]")
        for step in page.locator("[data-step]").all():
            if step.locator("input[type=radio]").count():
                step.locator("label").first.click()
        # Without the next pair at hand the station waits for the server's word before it goes on.
        others = re.compile(rf"/read/(?!{address.split('/read/')[1]})")
        page.route(others, lambda route: route.abort())
        page.reload()
        expect(page.locator("[data-rows=feature] input").first).to_be_enabled()
        held = []
        page.route("**/finish/", lambda route: held.append(route))
        before = kept(stack)
        page.keyboard.press("Enter")
        choose(page, "feature:snr", 5)
        dialog = page.locator("[data-reason-dialog]")
        expect(dialog).to_be_visible()

        page.unroute(others)
        with page.expect_response("**/finish/"):
            held[0].continue_()
        page.wait_for_timeout(1000)  # the time in which it would have gone on
        page.unroute_all()
        dialog.get_by_label("Reason").fill("seen only now")
        dialog.get_by_role("button", name="Change the answer").click()

        expect(receipt(page)).to_contain_text("Saved at")
        expect(position).to_have_text("Pair 1 of 6")
        assert kept(stack)[len(before) :] == [["two", "two", "feature:snr", 5]]
        page.locator("[data-pane=left]").focus()
        page.keyboard.press("Enter")
        expect(position).to_have_text("Pair 2 of 6")
        expect(page.locator("[data-rows=feature] input:checked")).to_have_count(0)


class TestRandomFaults:
    def test_each_kind_of_fault_once_loses_doubles_and_falsifies_nothing(self):
        done = subprocess.run(
            [sys.executable, "benchmarks/score_faults.py", "--quick", "--json"],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )

        assert done.returncode == 0, done.stderr[-3000:] + done.stdout
        figures = {figure["name"]: figure["value"] for figure in json.loads(done.stdout)["figures"]}
        assert figures["faults, all kinds"] >= 13
        assert figures["answers given"] > figures["faults, all kinds"]
