"""A statistician lays out a figure with mouse and keyboard in a real browser, reopens it and takes it for print."""

import io
import os
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import People
from tests.cast import PASSWORD

SECOND = 1000


@pytest.fixture
def people(chromium, live_server, unblinded):
    """The page needs no worker: the web server alone, over a study that was read and unblinded."""
    shots = os.environ.get("READERSTUDY_TEST_SHOTS")
    people = People(chromium, live_server.url, Path(shots) if shots else None)
    yield people
    people.leave()


def begin_figure(page: Page, slug: str) -> None:
    page.get_by_label("Sign-in name").fill("statistician")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"^(?!.*sign-in)"))
    page.goto(f"/studies/{slug}/results/")
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
    def test_it_is_laid_out_saved_reopened_and_exported(self, people, unblinded):
        page = people.arrive()
        begin_figure(page, unblinded.slug)

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
