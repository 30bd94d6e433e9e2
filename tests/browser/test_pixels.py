"""The painted pixels are those of the reference, on both rendering paths, and the tools do what they say.

Every canvas is compared whole: window, interpolation, orientation and aspect, for axial, sagittal, oblique, non-square,
signed, inverted and separately acquired series.
"""

import base64
import json

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import People
from tests.browser.pixel_study import CASES, SLICES
from tests.browser.reference import Look, expected
from tests.cast import PASSWORD
from tests.real_stack import WEB_ONLY, running_stack

RENDERERS = ("2d", "webgl2")
PIXELS = """side => {
  const canvas = document.querySelector(`[data-pane="${side}"] canvas.image`);
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  let text = "";
  for (let i = 0; i < data.length; i += 4) text += String.fromCharCode(data[i]);
  return [canvas.width, canvas.height, btoa(text)];
}"""
# Rounding to whole grey levels, and 32-bit floats where the reference has 64.
TOLERANCE = 0.75
WHITE_GREY = 250


@pytest.fixture(scope="module")
def stack():
    with running_stack(*WEB_ONLY) as running:
        yield running


@pytest.fixture(scope="module")
def shown(stack):
    printed = stack.manage("shell", "-c", "from tests.browser.pixel_study import make; make()")
    return json.loads(printed.strip().splitlines()[-1])


@pytest.fixture(scope="module")
def people(chromium, stack):
    people = People(chromium, stack.address, None)
    yield people
    people.leave()


@pytest.fixture(scope="module")
def page(people, shown):
    page = people.arrive("/sign-in/")
    page.get_by_label("Sign-in name").fill("pixel-reader")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")
    return page


def open_pair(page: Page, shown: dict, name: str, renderer: str) -> dict:
    """Open a pair with all its slices; returns the page's configuration."""
    page.goto(f"/read/{shown[name]['token']}/?renderer={renderer}")
    expect(page.locator("body")).to_have_attribute("data-renderer", renderer)
    expect(page.locator("[data-part=loaded]")).to_be_hidden()
    wait_for_slice(page, 2, 2)
    return json.loads(page.locator("#reading-config").inner_text())


def wait_for_slice(page: Page, left: int, right: int) -> None:
    for side, slice_ in (("left", left), ("right", right)):
        expect(page.locator(f"[data-pane={side}]")).to_have_attribute("data-painted", str(slice_))


def settle(page: Page) -> None:
    """Two frames: whatever a key asked for is painted."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
    settle(page)


def painted(page: Page, side: str) -> np.ndarray:
    width, height, text = page.evaluate(PIXELS, side)
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width).astype(float)


def largest_error(page: Page, shown: dict, name: str, z: int, look: Look) -> float:
    errors = []
    for side in ("left", "right"):
        got = painted(page, side)
        assert got.max() > got.min(), "the canvas is even"
        errors.append(np.abs(got - expected(name, shown[name][side], z, canvas=got.shape, look=look)).max())
    return float(max(errors))


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=5)
    page.mouse.up()
    settle(page)


def middle(page: Page, side: str) -> tuple[float, float]:
    box = page.locator(f"[data-pane={side}]").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.parametrize("renderer", RENDERERS)
class TestPaintedPixels:
    @pytest.mark.parametrize("name", CASES)
    def test_they_are_those_of_the_reference(self, page, shown, name, renderer):
        window = open_pair(page, shown, name, renderer)["geometry"]["window"]

        assert largest_error(page, shown, name, 2, Look(**window)) <= TOLERANCE
        letters = [page.locator(f"[data-pane=left] [data-part=edge-{edge}]").inner_text() for edge in
                   ("left", "right", "top", "bottom")]  # fmt: skip
        assert tuple(letters) == CASES[name].letters

    @pytest.mark.parametrize("name", ["not square", "signed", "other matrix"])
    def test_zoom_window_inversion_and_bare_pixels_too(self, page, shown, name, renderer):
        window = open_pair(page, shown, name, renderer)["geometry"]["window"]
        press(page, "+", "+", "+", "i", "ArrowLeft")
        look = Look(**window, zoom=1.25**3, inverted=True)
        wait_for_slice(page, 1, 1)
        assert largest_error(page, shown, name, 1, look) <= TOLERANCE

        press(page, "t")
        assert (
            largest_error(page, shown, name, 1, Look(**window, zoom=1.25**3, inverted=True, smooth=False)) <= TOLERANCE
        )

        press(page, "t", "r", "b", "End")
        darker = Look(window["center"] - 0.1 * window["width"], window["width"])
        assert largest_error(page, shown, name, SLICES - 1, darker) <= TOLERANCE


class TestBothPaths:
    def test_they_paint_the_same(self, page, shown):
        canvases = []
        for renderer in RENDERERS:
            open_pair(page, shown, "oblique", renderer)
            canvases.append(painted(page, "left"))

        assert np.abs(canvases[0] - canvases[1]).max() <= 1


class TestTools:
    def test_the_window_stays_while_scrolling_and_is_one_for_both(self, page, shown):
        window = open_pair(page, shown, "sagittal", "2d")["geometry"]["window"]
        x, y = middle(page, "right")
        drag(page, (x, y), (x + 50, y - 25))

        press(page, "Home")

        # 500 CSS pixels are one width of the default window.
        look = Look(window["center"] - 0.05 * window["width"], window["width"] * 1.1)
        assert largest_error(page, shown, "sagittal", 0, look) <= TOLERANCE
        press(page, "u")
        assert largest_error(page, shown, "sagittal", 0, Look(**window)) <= TOLERANCE

    def test_a_length_is_in_mm_can_be_changed_and_removed(self, page, shown):
        open_pair(page, shown, "not square", "2d")
        x, y = middle(page, "left")
        per_mm = scale_of(page)
        press(page, "m")

        drag(page, (x - 60, y), (x + 60, y))
        label = page.locator("[data-pane=left] .overlay text")
        assert abs(float(label.text_content().removesuffix(" mm")) - 120 / per_mm) <= 0.15
        drag(page, (x + 60, y), (x - 60, y + 90))
        assert abs(float(label.text_content().removesuffix(" mm")) - 90 / per_mm) <= 0.15

        press(page, "ArrowRight")
        expect(label).to_have_count(0)
        press(page, "ArrowLeft")
        expect(label).to_have_count(1)
        press(page, "Delete")
        expect(label).to_have_count(0)

    def test_an_angle_is_in_degrees_of_the_body(self, page, shown):
        open_pair(page, shown, "not square", "2d")
        x, y = middle(page, "right")
        press(page, "a")

        drag(page, (x + 90, y), (x, y))
        drag(page, (x + 30, y - 30), (x + 60, y - 60))

        assert abs(float(page.locator("[data-pane=right] .overlay text").text_content()[:-1]) - 45) <= 0.2

    def test_the_point_shows_the_same_place_on_the_other_side(self, page, shown):
        open_pair(page, shown, "other matrix", "2d")
        press(page, "x")
        x, y = middle(page, "left")
        drag(page, (x + 30, y - 40), (x + 33, y - 41))

        marks = [page.locator(f"[data-pane={side}] .point .line").get_attribute("d") for side in ("left", "right")]
        assert marks[0] == marks[1]

    def test_the_magnifier_is_on_both_sides_while_the_button_is_down(self, page, shown):
        open_pair(page, shown, "axial", "2d")
        press(page, "g")
        page.mouse.move(*middle(page, "left"))
        page.mouse.down()
        settle(page)
        expect(page.locator("canvas.lens:visible")).to_have_count(2)

        page.mouse.up()
        settle(page)

        expect(page.locator("canvas.lens:visible")).to_have_count(0)

    def test_stacks_can_be_nudged_unlinked_and_joined_by_place_again(self, page, shown):
        open_pair(page, shown, "axial", "2d")
        press(page, ".")
        wait_for_slice(page, 2, 3)
        press(page, "Home")
        wait_for_slice(page, 0, 1)
        press(page, "j")
        wait_for_slice(page, 0, 0)
        press(page, "l", "ArrowRight")
        wait_for_slice(page, 1, 0)

    def test_a_fast_wheel_loses_no_notch(self, page, shown):
        open_pair(page, shown, "axial", "2d")
        press(page, "Home")
        page.mouse.move(*middle(page, "left"))
        for _ in range(SLICES - 1):
            page.mouse.wheel(0, 100)

        wait_for_slice(page, SLICES - 1, SLICES - 1)

    def test_cine_runs_until_it_is_stopped(self, page, shown):
        open_pair(page, shown, "axial", "2d")
        press(page, " ")
        expect(page.locator("[data-action=cine]")).to_have_attribute("aria-pressed", "true")
        wait_for_slice(page, 0, 0)

        press(page, "ArrowRight")

        expect(page.locator("[data-action=cine]")).to_have_attribute("aria-pressed", "false")

    def test_one_side_alone_has_twice_the_width_and_the_same_look(self, page, shown):
        window = open_pair(page, shown, "sagittal", "2d")["geometry"]["window"]
        before = painted(page, "left").shape
        press(page, "e")
        page.wait_for_timeout(200)

        assert painted(page, "right").shape[1] >= 2 * before[1]
        expect(page.locator("[data-pane=left]")).to_be_hidden()
        assert largest_error(page, shown, "sagittal", 2, Look(**window)) <= TOLERANCE

    def test_blink_shows_both_sides_in_turn_where_the_protocol_allows_it(self, page, shown):
        open_pair(page, shown, "sagittal", "2d")
        expect(page.get_by_role("button", name="Blink")).to_be_visible()
        press(page, "v")

        expect(page.locator("[data-pane=right]")).to_be_hidden()
        expect(page.locator("[data-pane=left]")).to_be_hidden()
        press(page, "v")
        expect(page.locator("[data-pane]:visible")).to_have_count(2)

    def test_a_finger_scrolls_and_two_zoom(self, page, shown):
        open_pair(page, shown, "axial", "2d")
        x, y = middle(page, "left")

        touch(page, [[(x, y)], [(x, y + 20)], [(x, y + 40)]])
        wait_for_slice(page, 3, 3)
        spread = [[(x - d, y), (x + d, y)] for d in (40, 50, 60, 70, 80)]
        touch(page, spread)

        zoom = page.locator("[data-pane=right] [data-part=looks]").inner_text()
        assert abs(int(zoom.split()[1]) - 200) <= 2

    def test_a_drag_with_the_scroll_tool_runs_through_the_slices_and_leaves_the_window(self, page, shown):
        open_pair(page, shown, "axial", "2d")
        looks = page.locator("[data-pane=left] [data-part=looks]")
        before = looks.inner_text()
        x, y = middle(page, "left")
        press(page, "s")

        drag(page, (x, y), (x + 40, y - 200))
        wait_for_slice(page, 0, 0)
        drag(page, (x, y), (x, y + 300))
        wait_for_slice(page, SLICES - 1, SLICES - 1)

        assert looks.inner_text() == before

    def test_the_whole_screen_by_a_key_and_back(self, page, shown):
        open_pair(page, shown, "axial", "2d")
        button = page.locator("[data-action=fullScreen]")
        for pressed in ("true", "false"):
            press(page, "*")
            expect(button).to_have_attribute("aria-pressed", pressed)
            assert page.evaluate("() => String(Boolean(document.fullscreenElement))") == pressed

    def test_in_a_window_over_two_screens_the_images_meet_where_the_screens_do(self, page, people, shown):
        context = page.context.browser.new_context(
            viewport={"width": 2732, "height": 768}, screen={"width": 1366, "height": 768},
            base_url=people.address, storage_state=page.context.storage_state(),
        )  # fmt: skip
        wide = context.new_page()
        window = open_pair(wide, shown, "sagittal", "2d")["geometry"]["window"]
        left, right = (wide.locator(f"[data-pane={side}]").bounding_box() for side in ("left", "right"))

        assert left["x"] + left["width"] <= 1366 <= right["x"]
        assert right["x"] - (left["x"] + left["width"]) <= 2
        assert left["width"] == right["width"]
        assert largest_error(wide, shown, "sagittal", 2, Look(**window)) <= TOLERANCE
        context.close()

    def test_nothing_was_complained_about(self, page, people):
        assert people.complaints == []


def touch(page: Page, steps: list[list[tuple[float, float]]]) -> None:
    """Fingers at these places, one step after the other, then lifted."""
    session = page.context.new_cdp_session(page)
    for number, fingers in enumerate(steps):
        points = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(fingers)]
        kind = "touchMove" if number else "touchStart"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    session.detach()
    settle(page)


def scale_of(page: Page) -> float:
    """CSS pixels a mm, as the scale bar tells."""
    bar = page.locator("[data-pane=left] [data-part=bar]")
    amount, unit = page.locator("[data-pane=left] [data-part=bar-length]").inner_text().split()
    return bar.bounding_box()["width"] / (float(amount) * (10 if unit == "cm" else 1))
