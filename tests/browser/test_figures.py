"""A statistician lays out a figure with mouse and keyboard on the real stack, reopens it and takes it for print."""

import io
import json
import os
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import People
from tests.real_stack import running_stack

SECOND = 1000


@pytest.fixture(scope="module")
def demo():
    """A demo study that was read and unblinded, with its stack and passwords."""
    with running_stack() as stack:
        small = ("--image-sets", "3", "--slices", "3", "--matrix", "160", "--unblind")
        made = json.loads(stack.manage("make_demo_study", "--json", "--slug", "shown", *small))
        yield stack, {one["username"]: one["password"] for one in made["sign_ins"]}


@pytest.fixture
def people(chromium, demo):
    shots = os.environ.get("READERSTUDY_TEST_SHOTS")
    people = People(chromium, demo[0].address, Path(shots) if shots else None)
    yield people
    people.leave()


def begin_figure(page: Page, password: str) -> None:
    page.get_by_label("Sign-in name").fill("shown-statistician")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"^(?!.*sign-in)"))
    page.goto("/studies/shown/results/")
    page.get_by_role("link", name="Figures for print").click()
    page.get_by_label("Title").fill("Fig. 1 Consistency across datasets")
    page.get_by_role("button", name="Begin").click()
    wait_for_drawing(page)


def wait_for_drawing(page: Page) -> None:
    preview = page.locator("[data-part=preview]")
    expect(page.locator("[data-part=image]")).to_have_attribute(
        "src", re.compile("^data:image/png"), timeout=60 * SECOND
    )
    expect(preview).to_have_attribute("aria-busy", "false", timeout=60 * SECOND)


def number_of(page: Page, arrow: int, name: str) -> float:
    return float(page.locator(f"[data-arrow='{arrow}'] [data-name={name}]").input_value())


def place_arrow_by_mouse(page: Page) -> None:
    """In the middle of the picture: the second of three arms."""
    page.locator("[data-part=image]").click()
    expect(page.locator("[data-arrow='0'] [data-name=arm]")).to_have_value("FAST")
    assert number_of(page, 0, "x") == pytest.approx(50, abs=3)


def move_it_by_keyboard(page: Page) -> None:
    page.locator("[data-part=preview]").focus()
    before = number_of(page, 0, "x")
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowLeft", "]"):
        page.keyboard.press(key)
    assert number_of(page, 0, "x") == pytest.approx(before - 4, abs=0.11)
    assert number_of(page, 0, "angle") == 240
    page.keyboard.press("Control+z")
    assert number_of(page, 0, "x") == pytest.approx(before, abs=0.11)
    page.keyboard.press("Control+y")


class TestFigureBuilder:
    def test_it_is_laid_out_saved_reopened_and_exported(self, people, demo):
        page = people.arrive()
        begin_figure(page, demo[1]["shown-statistician"])

        place_arrow_by_mouse(page)
        move_it_by_keyboard(page)
        page.get_by_role("button", name="Add a row").click()
        expect(page.locator("[data-row='1']")).to_be_visible()
        page.locator("[data-row='0'] [data-name=preset]").select_option("soft")
        expect(page.get_by_role("button", name="TIFF")).to_be_disabled()
        page.get_by_role("button", name="Save").click()
        expect(page.locator("[data-part=state]")).to_have_text("Saved")
        angle = number_of(page, 0, "angle")
        wait_for_drawing(page)

        page.reload()
        wait_for_drawing(page)
        assert number_of(page, 0, "angle") == angle
        expect(page.locator("[data-row='0'] [data-name=preset]")).to_have_value("soft")
        with page.expect_download() as download:
            page.get_by_role("button", name="TIFF").click()
        image = Image.open(io.BytesIO(Path(download.value.path()).read_bytes()))
        assert (image.format, round(image.info["dpi"][0])) == ("TIFF", 300)
        assert image.height > image.width / 3  # two rows of three
        assert people.complaints == []
