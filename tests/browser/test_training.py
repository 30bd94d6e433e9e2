"""Training in a real browser: from the work-list over the training pairs to the first scored one."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import People
from tests.browser.test_flow import ARRIVES_MS, picture, read_by_keyboard, wait_for_pair
from tests.browser.test_flow import reader_of as reader_of  # fixtures; `people` and `stack` are this module's own
from tests.real_stack import Stack, running_stack

TRYING = (
    ("slices", ("Home", "End")), ("window", ("d",)), ("zoom", ("+",)), ("link", ("l", "l")), ("reset", ("r",)),
    ("keyboard", ("3",)), ("correct", ("ArrowUp", "4")),
)  # fmt: skip


@pytest.fixture(scope="module")
def stack():
    with running_stack() as running:
        yield running


@pytest.fixture
def people(chromium, stack):
    people = People(chromium, stack.address, None)
    yield people
    people.leave()


def in_database(stack: Stack, expression: str) -> object:
    """What the server has, by its own models."""
    words = f"import json; from readerstudy.models import *; print(json.dumps({expression}))"
    return json.loads(stack.manage("shell", "-c", words).strip().splitlines()[-1])


def is_dark(page: Page) -> bool:
    """As the reading room is, so that nobody's eyes have to get used to it again."""
    return page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(0, 0, 0)"


def task(page: Page, name: str):
    return page.locator(f"[data-task={name}]")


def try_everything(page: Page) -> None:
    """Each thing on the list is ticked when it happens, and not before."""
    for name, keys in TRYING:
        expect(task(page, name)).not_to_have_attribute("data-done", "")
        for key in keys:
            page.keyboard.press(key)
            page.wait_for_timeout(150)
        expect(task(page, name)).to_have_attribute("data-done", "")


def answer_with_a_finding(page: Page) -> None:
    for key in [*"3333333", "y", "y", "c", "2"]:
        page.keyboard.press(key)
    expect(task(page, "finding")).to_have_attribute("data-done", "")
    page.keyboard.press("Shift+P")
    page.locator("[data-pane=left]").click(position={"x": 200, "y": 200})
    page.locator("[data-pane=right]").click(position={"x": 200, "y": 200})
    expect(task(page, "pin")).to_have_attribute("data-done", "")
    picture(page, "training-ticked")


class TestFromTrainingToTheFirstScoredPair:
    def test_a_reader_trains_and_then_reads(self, reader_of, stack, people):
        page = reader_of("Novice", image_sets=1, training_sets=1, training_pairs=2)
        own = "Allocation.objects.filter(study__title='Novice').order_by('position')"
        scored = in_database(stack, f"list({own}.values('token', 'left_token'))")
        self.finds_the_scored_pair_closed(page, scored[0])
        self.begins(page)
        self.is_told_how_without_a_mouse(page)
        self.tries_the_station(page)
        self.goes_on_after_a_reload(page)
        self.is_told_about_handling(page)
        self.reads_the_first_scored_pair(page)
        assert in_database(stack, "Reading.objects.filter(finished_at__isnull=False).count()") == 1
        assert in_database(stack, "Reading.everything.filter(finished_at__isnull=False).count()") == 3
        noted = in_database(stack, "TrainingRun.objects.get().handling")
        assert len(noted["tasks"]) == 10
        assert noted["open_at_finish"] == {"1": 9}
        assert people.complaints == []

    def finds_the_scored_pair_closed(self, page: Page, pair: dict[str, str]) -> None:
        picture(page, "worklist-training")
        assert is_dark(page)
        expect(page.locator(".pairs a")).to_have_count(0)
        page.goto(f"/read/{pair['token']}/")
        expect(page.get_by_role("heading", name="A short training comes first")).to_be_visible()
        picture(page, "training-first")
        assert is_dark(page)
        assert page.request.get(f"/read/{pair['token']}/state/").status == 409
        assert page.request.get(f"/pixels/{pair['left_token']}/0").status == 409

    def begins(self, page: Page) -> None:
        page.get_by_role("link", name="Go to the training").click()
        expect(page.get_by_role("heading", name="2 pairs that do not count")).to_be_visible()
        picture(page, "training-begin")
        page.get_by_role("button", name="Begin the training").click()
        wait_for_pair(page, 1)
        expect(page.locator("[data-training] h2")).to_have_text("Training pair 1 of 2 — nothing here counts")
        picture(page, "training-station")

    def is_told_how_without_a_mouse(self, page: Page) -> None:
        """By the keyboard, with the reader's own key, until Esc; the keys still go to the pair."""
        page.locator("[data-task=window] button").focus()
        how = page.locator("#how-window")
        expect(how).to_have_text("Drag on an image, or press B for brighter, D for darker.")
        assert how.bounding_box()["height"] > 20
        picture(page, "training-how")
        page.keyboard.press("Escape")
        assert how.bounding_box()["height"] < 5
        page.keyboard.press("?")
        page.locator("button[data-key-of=brighter]").click()
        page.keyboard.press("#")
        expect(how.locator("kbd").first).to_have_text("#")
        page.keyboard.press("Escape")
        page.reload()
        wait_for_pair(page, 1)
        expect(how).to_have_text("Drag on an image, or press # for brighter, D for darker.")

    def tries_the_station(self, page: Page) -> None:
        try_everything(page)
        page.keyboard.press("Enter")  # with nine items open
        answer_with_a_finding(page)
        page.locator("[data-part=finish]").click()
        wait_for_pair(page, 2)
        expect(page.locator("[data-training] h2")).to_have_text("Training pair 2 of 2 — nothing here counts")

    def goes_on_after_a_reload(self, page: Page) -> None:
        for key in "3333":
            page.keyboard.press(key)
        expect(page.locator("[data-part=receipt]")).to_contain_text("Saved at")
        page.reload()
        wait_for_pair(page, 2)
        expect(page.locator("[data-rows=feature] input:checked")).to_have_count(4)
        expect(page.locator("[data-task][data-done]")).to_have_count(10)
        for key in [*"3333", "y", "y", "Enter"]:
            page.keyboard.press(key)

    def is_told_about_handling(self, page: Page) -> None:
        expect(page.get_by_role("heading", name="Training complete")).to_be_visible(timeout=ARRIVES_MS)
        main = page.locator("main")
        expect(main).to_contain_text("Tried: 10 of 10")
        expect(main).to_contain_text("press # for brighter")
        expect(main).to_contain_text("You looked at all 3 slices on both sides")
        expect(main).to_contain_text("9 items had no answer")
        expect(main).to_contain_text(re.compile("Slices not looked at on the left side: .* of 3"))
        picture(page, "training-complete")
        assert is_dark(page)

    def reads_the_first_scored_pair(self, page: Page) -> None:
        page.get_by_role("link", name="Go to my pairs").click()
        expect(page.locator(".worklist")).to_contain_text("0 of 3 pairs finished")
        picture(page, "worklist-trained")
        page.locator("a.button.go").click()
        wait_for_pair(page, 1)
        expect(page.locator("[data-training]")).to_have_count(0)
        read_by_keyboard(page, 1)
        wait_for_pair(page, 2)
        # The next pair was there already: it opens before the server has heard that the first one is finished.
        expect(page.locator("[data-part=receipt]")).to_contain_text("Saved at", timeout=ARRIVES_MS)
        page.goto("/read/")
        expect(page.locator(".worklist")).to_contain_text("1 of 3 pairs finished")
        page.goto("/read/novice/training/")
        expect(page.get_by_role("button", name="Repeat the training")).to_have_count(0)
        picture(page, "training-over")


class TestCoordinator:
    def test_marks_an_image_set_and_sees_who_has_trained(self, reader_of, people):
        page = reader_of("Marking", role="coordinator", path="/studies/marking/cases/", sealed=False, training_pairs=2)
        page.get_by_role("button", name="Use for training S002").click()
        expect(page.locator(".message.success")).to_contain_text("S002 is for training")
        expect(page.locator("#counts")).to_contain_text("1 for training")
        picture(page, "cases-training")
        page.goto("/studies/marking/protocol/")
        expect(page.locator("#rules .facts")).to_contain_text("Training pairs")
        page.locator("#rules").scroll_into_view_if_needed()
        picture(page, "protocol-training")
        page.goto("/studies/marking/allocation/")
        expect(page.locator(".figures")).to_contain_text("Training pairs before them")
        picture(page, "allocation-training")
        page.get_by_label("Why now?").fill("everything is in place")
        page.get_by_role("button", name="Seal the allocation").click()
        page.locator("dialog[open] button[value=yes]").click()
        expect(page.locator(".message.success")).to_be_visible()
        for path in ("readers", "monitor"):
            page.goto(f"/studies/marking/{path}/")
            expect(page.get_by_role("heading", name="Training", exact=True)).to_be_visible()
            picture(page, f"{path}-training")
        page.goto("/studies/marking/cases/")
        expect(page.get_by_role("button", name=re.compile("Use for"))).to_have_count(0)
        assert people.complaints == []
