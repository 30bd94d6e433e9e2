"""The display check in a real browser: the pattern is exact to the pixel at every pixel ratio, and it opens the way."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.cast import PASSWORD
from tests.real_stack import WEB_ONLY, running_stack

SHOTS = os.environ.get("READERSTUDY_TEST_SHOTS")
MAKE = "from tests.browser.pixel_study import make; make(display_check='session', minimum_width_px={width})"
CHECKS = "from readerstudy.models import *; print([(c.screen_width_px, c.pixel_ratio, c.pixel_pitch_mm, c.answers)"
CHECKS += " for c in DisplayCheck.objects.all()])"


@pytest.fixture(scope="module")
def stack():
    with running_stack(*WEB_ONLY) as running:
        running.manage("shell", "-c", MAKE.format(width=1300))
        yield running


def arrive(browser: Browser, stack, size: tuple[int, int], ratio: float) -> Page:
    """A reader who signs in at a screen of this size and opens the next pair."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        screen={"width": size[0], "height": size[1]},
        device_scale_factor=ratio,
        base_url=stack.address,
    )
    page = context.new_page()
    page.complaints = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("console", lambda message: page.complaints.append(message.text) if message.type == "error" else None)
    page.goto("/sign-in/")
    page.get_by_label("Sign-in name").fill("pixel-reader")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto("/read/")
    page.locator("a.button.go").click()
    expect(page.get_by_role("heading", name="Display check")).to_be_visible()
    page.wait_for_load_state()  # the heading is there before the scripts that take the keys
    return page


def screen_pixels(page: Page, ratio: float) -> tuple[np.ndarray, int]:
    """The pattern as it stands on the screen, device pixel by device pixel, and its unit."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))")
    box = page.locator("[data-part=pattern]").bounding_box()
    shot = Image.open(io.BytesIO(page.screenshot())).convert("L")
    unit = int(page.locator("[data-part=pattern]").get_attribute("data-unit") or 0)
    left, top = round(box["x"] * ratio), round(box["y"] * ratio)
    return np.asarray(shot)[top : top + 12 * unit, left : left + 24 * unit].astype(int), unit


class TestPattern:
    @pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0])
    def test_it_is_exact_to_the_pixel_of_the_screen(self, chromium, stack, ratio):
        page = arrive(chromium, stack, (1366, 768), ratio)

        grey, u = screen_pixels(page, ratio)

        assert grey.shape == (12 * u, 24 * u)
        assert [grey[2 * u, (2 + 2 * i) * u] for i in range(11)] == [
            0, 26, 51, 77, 102, 128, 153, 179, 204, 230, 255,
        ]  # fmt: skip
        assert (grey[8 * u, 4 * u], grey[5 * u + 3, u + 3]) == (13, 0)
        assert (grey[8 * u, 20 * u], grey[5 * u + 3, 17 * u + 3]) == (242, 255)
        for number, line in enumerate((1, 2, 3)):
            length = 2 * u - (2 * u) % (2 * line)
            expected = np.where(np.arange(length) // line % 2, 0, 255)
            x = (8 + 3 * number) * u
            assert (grey[5 * u + 5, x : x + length] == expected).all(), f"upright lines of {line} pixels"
            assert (grey[8 * u : 8 * u + length, x + 5] == expected).all(), f"lying lines of {line} pixels"
        assert (grey[0] == 255).all()
        assert (grey[:, -1] == 255).all()
        page.context.close()


class TestTheWay:
    def test_it_is_done_by_keyboard_and_leads_to_the_pair(self, chromium, stack):
        page = arrive(chromium, stack, (1366, 768), 1.0)
        for key in ("y", "y", "n", "y"):
            page.keyboard.press(key)
        expect(page.get_by_text("Set the screen to sRGB")).to_be_visible()
        for _ in range(18):
            page.keyboard.press("ArrowRight")  # the card: 324 + 18 = 342 pixels
        expect(page.get_by_label("It fits")).to_be_checked()
        shoot(page, "display-check")
        page.keyboard.press("Enter")

        expect(page.locator("[data-part=position]")).to_contain_text("Pair 1 ")
        stored = stack.manage("shell", "-c", CHECKS).strip().splitlines()[-1]
        answers = {"dark_patch": True, "bright_patch": True, "grey_steps": False, "fine_bars": True}
        assert stored == str([(1366, 1.0, round(85.6 / 342, 5), answers)])
        page.goto("/read/")
        page.locator("a.button.go").click()
        expect(page.locator("[data-part=position]")).to_contain_text("Pair 1 ")
        assert page.complaints == []
        page.context.close()

    def test_what_is_open_is_said_and_a_small_screen_is_refused_kindly(self, chromium, stack):
        page = arrive(chromium, stack, (1280, 720), 1.0)
        expect(page.get_by_text("This screen has 1280 × 720 pixels.")).to_be_visible()
        expect(page.get_by_text("at least 1300")).to_be_visible()
        page.keyboard.press("Enter")
        expect(page.locator("[data-part=outcome]")).to_contain_text("4 questions are open")
        for key in ("y", "y", "y", "y", "Enter"):
            page.keyboard.press(key)

        expect(page.locator("[data-part=outcome]")).to_contain_text("1280 × 720 pixels")
        expect(page.locator("[data-part=outcome]")).to_contain_text("at least 1300 × any")
        expect(page.get_by_role("button", name="Record and go on")).to_be_in_viewport()
        shoot(page, "display-refused")
        page.context.close()


def shoot(page: Page, name: str) -> None:
    if not SHOTS:
        return
    for width, height in ((1366, 768), (2560, 1440)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(400)
        page.screenshot(path=str(Path(SHOTS) / f"{name}-{width}.png"))
    page.set_viewport_size({"width": 1366, "height": 768})
