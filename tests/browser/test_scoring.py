"""Scoring in a real browser on the real stack: by the keyboard, what is shown, and what the server keeps."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import People
from tests.browser.test_language import LINES_OF_TOOLS
from tests.real_stack import WEB_ONLY, running_stack

SECOND = 1000


@pytest.fixture(scope="module")
def stack():
    with running_stack(*WEB_ONLY) as running:
        yield running


@pytest.fixture(scope="module")
def made(stack):
    printed = stack.manage("shell", "-c", "from tests.browser.scoring_study import make; make()")
    return json.loads(printed.strip().splitlines()[-1])


@pytest.fixture(scope="module")
def pairs(made):
    return made["pairs"]


@pytest.fixture(scope="module")
def people(chromium, stack):
    people = People(chromium, stack.address, None)
    yield people
    people.leave()


@pytest.fixture(scope="module")
def page(people, made):
    page = people.arrive("/sign-in/")
    page.get_by_label("Sign-in name").fill(made["reader"])
    page.get_by_label("Password").fill(made["password"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")
    yield page
    # A pair that is opened anew while an answer is on its way meets a conflict, and solves it.
    assert [one for one in people.complaints if "409 (Conflict)" not in one] == []


def open_pair(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("[data-rows=feature] input").first).to_be_enabled()
    expect(page.locator("[data-part=loaded]")).to_be_hidden()


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def answers(page: Page, address: str) -> dict[str, object]:
    """What the server has, once everything is saved."""
    expect(page.locator("[data-part=receipt]")).to_contain_text("Saved")
    return page.request.get(f"{address}state/").json()["answers"]


def eventually(page: Page, address: str, wanted: dict[str, object]) -> None:
    """The server has these answers within a second or two (beside others)."""
    for _ in range(30):
        has = answers(page, address)
        if {item: has.get(item) for item in wanted} == wanted:
            return
        page.wait_for_timeout(100)
    assert {item: has.get(item) for item in wanted} == wanted


class TestNoDifferenceForTheRest:
    def test_it_answers_what_is_open_in_one_act_and_says_so(self, page, pairs):
        address = pairs["everything"][0]
        open_pair(page, address)

        press(page, "2", "Shift+R")

        eventually(page, address, {
            "feature:snr": 2, "feature:resolution": {"value": 3, "by": "rest"},
            "feature:facet_ligament": {"value": 3, "by": "rest"},
        })  # fmt: skip
        expect(page.locator(".feature[data-by-rest]")).to_have_count(7)
        assert page.locator(".step[data-current]").get_attribute("data-step") == "diagnostic:left"

    def test_pressing_the_digit_later_makes_it_an_answer_of_its_own(self, page, pairs):
        address = pairs["everything"][0]
        open_pair(page, address)
        page.locator("[data-step='feature:resolution'] .step-name").click()

        press(page, "3")

        eventually(page, address, {"feature:resolution": 3})
        expect(page.locator(".feature[data-by-rest]")).to_have_count(6)

    def test_there_is_no_such_thing_where_the_protocol_does_not_allow_it(self, page, pairs):
        address = pairs["reference"][0]
        open_pair(page, address)

        press(page, "Shift+R", "Shift+N")

        expect(page.locator("[data-part=rest]")).to_be_hidden()
        expect(page.locator("[data-unassessed]")).to_have_count(0)
        assert page.request.get(f"{address}state/").json()["answers"] == {}


class TestNotAssessable:
    def test_a_digit_gives_the_reason_and_the_next_feature_is_asked(self, page, pairs):
        address = pairs["everything"][1]
        open_pair(page, address)

        press(page, "Shift+N")
        expect(page.locator("[data-why-not-dialog]")).to_be_visible()
        press(page, "2")

        eventually(page, address, {"feature:snr": {"not_assessable": "not_in_the_field_of_view"}})
        expect(page.locator("[data-unassessed='feature:snr']")).to_have_text("Not in the field of view")
        assert page.locator(".step[data-current]").get_attribute("data-step") == "feature:resolution"

    def test_it_counts_as_answered_and_stands_in_the_summary(self, page, pairs):
        address = pairs["everything"][1]
        open_pair(page, address)

        press(page, "Shift+R", "y", "y")

        expect(page.locator("[data-part=summary]")).to_have_text(
            "Left better 0 · no difference 7 · right better 0 · not assessable 1"
        )

    def test_a_score_takes_its_place(self, page, pairs):
        address = pairs["everything"][1]
        open_pair(page, address)
        page.locator("[data-step='feature:snr'] .step-name").click()

        press(page, "4")

        eventually(page, address, {"feature:snr": 4})
        expect(page.locator("[data-unassessed='feature:snr']")).to_have_attribute("aria-pressed", "false")

    def test_leaving_the_question_changes_nothing(self, page, pairs):
        address = pairs["everything"][1]
        open_pair(page, address)

        page.locator("[data-unassessed='feature:artifacts']").click()
        press(page, "Escape")

        expect(page.locator("[data-why-not-dialog]")).to_be_hidden()
        assert answers(page, address)["feature:artifacts"] == {"value": 3, "by": "rest"}


class TestFindings:
    def test_one_digit_ticks_side_category_and_subject(self, page, pairs):
        address = pairs["everything"][2]
        open_pair(page, address)

        press(page, "c", "2", "ArrowDown", "3")

        eventually(page, address, {"consistency:loss_pathology:left": 1, "consistency:corruption_anatomy:right": 1})
        names = page.locator("[data-finding-list] .finding-name").all_text_contents()
        assert names == ["1 Left: Loss of pathology", "2 Right: Corruption of anatomy"]

    def test_a_comment_is_saved_while_it_is_typed_and_by_leaving_the_field(self, page, pairs):
        address = pairs["everything"][2]
        open_pair(page, address)

        press(page, "Shift+C")
        page.keyboard.type("at L4")
        eventually(page, address, {"comment:corruption_anatomy:right": "at L4"})
        page.keyboard.type("/L5")
        press(page, "Enter", "ArrowUp")

        eventually(page, address, {"comment:corruption_anatomy:right": "at L4/L5"})
        assert page.evaluate("document.activeElement === document.body")

    def test_a_comment_never_goes_to_the_next_pair(self, page, pairs):
        here, there = pairs["everything"][2:4]
        open_pair(page, here)

        press(page, "Shift+C")
        page.keyboard.type(" too")
        page.locator("[data-part=next]").click()
        expect(page.locator("[data-part=position]")).to_contain_text("Pair 4 ")
        page.wait_for_timeout(SECOND)

        assert page.request.get(f"{there}state/").json()["answers"] == {}
        assert page.request.get(f"{here}state/").json()["answers"]["comment:corruption_anatomy:right"] == "at L4/L5 too"

    def test_a_pin_is_put_by_a_click_on_its_side_and_shown_on_its_slice(self, page, pairs):
        address = pairs["everything"][2]
        open_pair(page, address)
        press(page, "Home", "ArrowRight", "Shift+P")
        expect(page.locator("[data-part=notice-text]")).to_contain_text("right image")

        page.locator("[data-pane=left]").click(position={"x": 100, "y": 200})
        expect(page.locator("[data-part=notice-text]")).to_contain_text("This finding is on the right image")
        pane = page.locator("[data-pane=right]")
        box = pane.bounding_box()
        pane.click(position={"x": box["width"] / 2, "y": box["height"] / 2})

        middle = 160 / 2
        eventually(page, address, {"pin:corruption_anatomy:right": {"slice": 1, "x": middle, "y": middle}})
        expect(page.locator("[data-pane=right] svg .pin")).to_have_count(1)
        expect(page.locator("[data-pane=left] svg .pin")).to_have_count(0)
        assert page.locator("[data-action=windowTool]").get_attribute("aria-pressed") == "true"
        press(page, "ArrowRight")
        expect(page.locator("svg .pin")).to_have_count(0)

    def test_it_is_there_again_after_a_reload_and_the_list_leads_to_it(self, page, pairs):
        open_pair(page, pairs["everything"][2])
        press(page, "c")

        page.locator("[data-what=showPin]:visible").click()

        expect(page.locator("[data-pane=right] svg .pin")).to_have_count(1)
        expect(page.locator("[data-pane=right]")).to_have_attribute("data-painted", "1")

    def test_a_pin_can_be_removed_and_put_without_a_mouse(self, page, pairs):
        address = pairs["everything"][2]
        open_pair(page, address)
        press(page, "c", "Home")

        page.locator("[data-what=removePin]:visible").click()
        eventually(page, address, {"pin:corruption_anatomy:right": None})
        press(page, "Shift+P", "Shift+P")

        eventually(page, address, {"pin:corruption_anatomy:right": {"slice": 0, "x": 80.0, "y": 80.0}})

    def test_escape_leaves_the_question_for_the_place(self, page, pairs):
        open_pair(page, pairs["everything"][2])
        press(page, "c", "Shift+P", "Escape")

        expect(page.locator("[data-part=notice]")).to_be_hidden()
        assert page.locator("[data-pane=left]").get_attribute("data-tool") == "window"

    def test_unticking_takes_along_what_was_said(self, page, pairs):
        address = pairs["everything"][2]
        open_pair(page, address)

        press(page, "c", "ArrowDown", "3")

        eventually(page, address, {
            "consistency:corruption_anatomy:right": 0, "comment:corruption_anatomy:right": None,
            "pin:corruption_anatomy:right": None,
        })  # fmt: skip
        expect(page.locator("[data-finding-list] li")).to_have_count(1)


class TestLayout:
    @pytest.mark.parametrize("unfolded", [False, True])
    def test_all_features_and_the_end_are_seen_at_once_on_a_small_screen(self, page, pairs, unfolded):
        open_pair(page, pairs["everything"][4])
        if unfolded:
            press(page, "c", "1")
        for width, height in ((1920, 1080), (1366, 768)):
            page.set_viewport_size({"width": width, "height": height})

            for row in [*page.locator(".feature").all(), *page.locator(".diagnostic").all()]:
                expect(row).to_be_in_viewport(ratio=1)
            expect(page.locator("[data-part=finish]")).to_be_in_viewport(ratio=1)
            assert page.locator(".panel").evaluate("panel => panel.scrollHeight <= panel.clientHeight"), width

    def test_the_tools_take_two_lines_on_a_small_screen_whatever_the_protocol_allows(self, page, pairs):
        open_pair(page, pairs["everything"][4])
        page.set_viewport_size({"width": 1366, "height": 768})
        page.locator("[data-action=blink]").evaluate("button => { button.hidden = false; }")

        assert page.evaluate(LINES_OF_TOOLS) == 2

    def test_the_choices_lie_left_to_right_under_the_words_of_the_scale(self, page, pairs):
        open_pair(page, pairs["everything"][4])

        words = page.locator(".scale span")
        faces = page.locator("[data-step='feature:snr'] .choice-face")
        assert words.first.text_content() == "Left pronouncedly superior"
        assert words.last.text_content() == "Right significantly superior"
        rows = zip(words.all(), faces.all(), strict=True)
        places = [(word.bounding_box()["x"], face.bounding_box()["x"]) for word, face in rows]
        assert len(places) == 5
        assert places == sorted(places)
        assert all(abs(word - face) < 8 for word, face in places)

    def test_open_items_are_shown_and_the_first_is_asked(self, page, pairs):
        open_pair(page, pairs["everything"][5])

        press(page, "3", "3", "Enter")

        expect(page.locator(".step[data-open]")).to_have_count(8)
        expect(page.locator("[data-part=summary]")).to_have_text("8 items to answer")
        expect(page.locator("[data-part=notice]")).to_be_hidden()
        assert page.locator(".step[data-current]").get_attribute("data-step") == "feature:artifacts"


class TestOwnKeys:
    def choose(self, page: Page, action: str, key: str) -> None:
        page.locator(f"[data-key-of={action}]").click()
        page.keyboard.press(key)

    def test_a_key_is_changed_kept_and_used_after_a_reload(self, page, pairs):
        open_pair(page, pairs["everything"][4])
        press(page, "?")

        self.choose(page, "smooth", "#")

        expect(page.locator("[data-keys-said]")).to_contain_text("# is now: Smooth")
        open_pair(page, pairs["everything"][4])
        smooth = page.locator("[data-action=smooth]")
        assert smooth.get_attribute("title").endswith("(#)")
        press(page, "t")
        expect(smooth).to_have_attribute("aria-pressed", "true")
        press(page, "#")
        expect(smooth).to_have_attribute("aria-pressed", "false")

    def test_a_conflict_is_refused_in_words_and_nothing_changes(self, page, pairs):
        open_pair(page, pairs["everything"][4])
        press(page, "?")

        self.choose(page, "fit", "#")

        expect(page.locator("[data-keys-said]")).to_contain_text("# already is: Smooth")
        press(page, "F5")
        expect(page.locator("[data-keys-said]")).to_contain_text("needed for scores or by the browser")
        press(page, "Escape")
        expect(page.locator("[data-shortcut-sheet]")).to_be_visible()
        expect(page.locator("[data-key-of=fit]")).to_have_text("F")

    def test_all_keys_can_be_as_they_were(self, page, pairs):
        open_pair(page, pairs["everything"][4])
        press(page, "?")

        page.locator("[data-keys-reset]").click()

        expect(page.locator("[data-key-of=smooth]")).to_have_text("T")
        press(page, "?")
        expect(page.locator("[data-shortcut-sheet]")).to_be_hidden()
        press(page, "t")
        expect(page.locator("[data-action=smooth]")).to_have_attribute("aria-pressed", "false")
