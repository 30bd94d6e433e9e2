"""Claim: the reading station is as quick as a bare viewer, and what it sends is small.

2 x 20 slices of 512 x 512 (the prototype's synthetic stacks), headless Chromium, the real stack on this machine. The
bare prototype of READERSTUDY_SHARED/viewer/prototype (or ../shared) is measured in the same run, at the same size of
canvas, in turns with the product.
"""

import importlib.util
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import numpy as np
from playwright.sync_api import Browser, Page, Response, StorageState, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.browserless import PASSWORD  # noqa: E402
from benchmarks.prototype_server import running_prototype  # noqa: E402
from benchmarks.report import Figure, arguments, report  # noqa: E402
from benchmarks.stages import tell  # noqa: E402
from readerstudy.core.display import encode_slice  # noqa: E402
from tests.browser.conftest import NAMES, QUIET  # noqa: E402
from tests.real_stack import Stack, running_stack  # noqa: E402

SHARED = Path(os.environ.get("READERSTUDY_SHARED") or ROOT.parent / "shared")
READER = "bench-reader"
CLAIM = "The reading station is as quick as a bare viewer"
PROBE = (Path(__file__).parent / "viewer_probe.js").read_text(encoding="utf-8")
SIZE = {"width": 1366, "height": 768}
SLICES = 20
ARMS = (("soc", 0, 18.0), ("fast", 1, 30.0))  # name, series of gen_data, noise: as the prototype's
WAIT_MS = 120_000
# Two medians of one thing differ by this much on a machine that others use.
NOISE = 1.05


def main() -> None:
    options = arguments(__doc__)
    prototype = SHARED / "viewer" / "prototype"
    if not prototype.is_dir():
        sys.exit(f"There is no prototype below {SHARED}; set READERSTUDY_SHARED.")
    chromium = next((path for name in NAMES if (path := shutil.which(name))), None)
    if chromium is None:
        sys.exit("Chromium is not installed (Debian: apt-get install chromium).")
    stacks = made_by(prototype / "gen_data.py")
    os.environ["DJANGO_SETTINGS_MODULE"] = "readerstudy.settings"
    with running_stack() as stack, running_prototype(prototype, stacks) as bare, sync_playwright() as playwright:
        make_study(stack, stacks, image_sets=6)
        browser = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        figures = Bench(stack, browser, bare, stacks, quick=options.quick).figures()
        browser.close()
    sys.exit(0 if report(CLAIM, figures, as_json=options.json, quick=options.quick) else 1)


def made_by(script: Path) -> dict[str, np.ndarray]:
    """The two stacks that the prototype's own script makes."""
    spec = importlib.util.spec_from_file_location("gen_data", script)
    assert spec is not None
    assert spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name: module.stack(series, noise) for name, series, noise in ARMS}


def make_study(
    stack: Stack, stacks: dict[str, np.ndarray], *, image_sets: int, readers: Sequence[str] = (READER,)
) -> None:
    with tempfile.NamedTemporaryFile(suffix=".npz") as file:
        np.savez(file, **stacks)
        file.flush()
        made = f"make({file.name!r}, {image_sets}, {tuple(readers)!r}, {PASSWORD!r})"
        stack.manage("shell", "-c", f"from benchmarks.viewer_study import make; {made}")


class Bench:
    """One browser, one reader, and the figures one after the other."""

    def __init__(
        self, stack: Stack, browser: Browser, bare: str, stacks: dict[str, np.ndarray], *, quick: bool
    ) -> None:
        self.stack, self.browser, self.bare, self.stacks = stack, browser, bare, stacks
        self.rounds = 3 if quick else 7
        self.steps = 10 if quick else 30
        self.state: StorageState = self._signed_in()

    def figures(self) -> list[Figure]:
        parts = (
            self.cold, self.weight, self.keys, self.next_pair,
            lambda: self.scrolling("2d"), lambda: self.scrolling("webgl2"),
        )  # fmt: skip
        found: list[Figure] = []
        for part in parts:
            for figure in part():
                tell(f"{figure.name}: {figure.value} {figure.unit}")
                found.append(figure)
        return found

    def _signed_in(self) -> StorageState:
        with self.page(state=None) as page:
            page.goto("/sign-in/")
            page.get_by_label("Sign-in name").fill(READER)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            page.goto("/read/")
            self.first = page.locator("a.button.go").get_attribute("href")
            return page.context.storage_state()

    @contextmanager
    def page(
        self, *, state: StorageState | None, size: dict[str, int] = SIZE, address: str | None = None
    ) -> Iterator[Page]:
        """A page of a fresh context: nothing is in its cache."""
        context = self.browser.new_context(viewport=size, base_url=address or self.stack.address, storage_state=state)
        context.add_init_script(PROBE)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        yield page
        context.close()

    @contextmanager
    def station(self, query: str = "") -> Iterator[Page]:
        """The first pair, with all its slices."""
        with self.page(state=self.state) as page:
            page.goto(f"{self.first}{query}")
            wait_until_loaded(page)
            yield page

    def cold(self) -> list[Figure]:
        first, every = [], []
        for _ in range(self.rounds):
            with self.station() as page:
                until(page, "() => 'all' in benchProbe.marks")
                marks = page.evaluate("benchProbe.marks")
                first.append(marks["first"])
                every.append(marks["all"])
        return [
            timed("cold first pair: first slice painted", first, 1000),
            timed("cold first pair: all 40 slices", every, 2000),
        ]

    def weight(self) -> list[Figure]:
        with self.page(state=self.state) as page:
            sizes: dict[str, int] = {}
            page.on("response", lambda answer: sizes.update({answer.url: length_of(answer)}))
            page.goto(self.first)
            wait_until_loaded(page)
            page.wait_for_load_state("networkidle")
            config = json.loads(page.locator("#reading-config").inner_text())
        own = [config["stacks"][side]["slice_url"] for side in ("left", "right")]
        sent = sum(size for url, size in sizes.items() if any(part in url for part in own))
        bare = sum(len(encode_slice(pixels)) for stack in self._arms_of_first_pair() for pixels in stack)
        page_bytes = sum(size for url, size in sizes.items() if url.endswith((".js", ".css")))
        over = round(100 * (sent / bare - 1), 2)
        return [
            Figure("bytes of a pair over sub.gz", over, "%", "<= 5", over <= 5, "the two stacks as sub.gz"),
            Figure("bytes of a pair", round(sent / 1e6, 3), "MB"),
            Figure("script and style, compressed", round(page_bytes / 1000, 2), "kB", "<= 40", page_bytes <= 40_000),
        ]

    def _arms_of_first_pair(self) -> list[np.ndarray]:
        words = (
            "from readerstudy.models import Allocation; one = Allocation.objects.get(position=1);"
            "print(one.left_arm.code, one.right_arm.code)"
        )
        codes = self.stack.manage("shell", "-c", words).strip().splitlines()[-1].split()
        return [self.stacks["fast" if code == "FAST" else "soc"] for code in codes]

    def keys(self) -> list[Figure]:
        """No difference in anything, by the keyboard alone, until the next pair is there."""
        with self.station() as page:
            expect(page.locator("[data-rows=feature] input").first).to_be_enabled()
            before, count = page.url, 0
            while page.url == before and count < 40:
                page.keyboard.press(key_for(page))
                count += 1
                page.wait_for_timeout(300)
        return [Figure("keys for a pair without any difference", count, "keys", "<= 12", count <= 12)]

    def next_pair(self) -> list[Figure]:
        times = []
        with self.counted() as (page, asked):
            for _ in range(self.rounds):
                wait_for_prefetch(page, asked)
                times.append(go_on(page))
        return [timed("Next: both images of the next pair", times, 150)]

    @contextmanager
    def counted(self) -> Iterator[tuple[Page, list[str]]]:
        """The first pair, and the slices that were ever received on that page."""
        with self.page(state=self.state) as page:
            asked: list[str] = []
            page.on("requestfinished", lambda request: asked.append(request.url) if "/pixels/" in request.url else None)
            page.goto(self.first)
            wait_until_loaded(page)
            yield page, asked

    def scrolling(self, renderer: str) -> list[Figure]:
        """Wheel to verified pixels in both panes, product and prototype in turns at one size of canvas."""
        query = {"2d": "?cpu=1", "webgl2": "?gl=webgl2"}[renderer] + "&codec=sub"
        with self.station(f"?renderer={renderer}") as page:
            (width, height), _ = page.evaluate("benchProbe.sizes()")
            size = {"width": 2 * width + 2, "height": height + 90}
            with self.page(state=None, size=size, address=self.bare) as bare:
                bare.goto(f"/{query}")
                until(bare, "() => benchProbe.shown() >= 0")
                _, shown = bare.evaluate("benchProbe.sizes()")[0]
                bare.set_viewport_size({**size, "height": size["height"] + height - shown})
                until(bare, "() => window.__probe?.marks.allReady")
                ours, theirs = step_times(page, bare, rounds=self.rounds, steps=self.steps)
            lost = notches_lost(page)
        p50, bare50 = statistics.median(ours), statistics.median(theirs)
        ratio = round(p50 / bare50, 3)
        path = f"scroll step, {renderer}"
        return [
            Figure(f"{path}: wheel to verified pixels, p50", round(p50, 1), "ms"),
            Figure(f"{path}: prototype, p50", round(bare50, 1), "ms"),
            Figure(f"{path}: ratio", ratio, "x", f"<= {NOISE}", ratio <= NOISE, "the bare prototype"),
            Figure(f"fast wheel, {renderer}: slices lost", lost, "slices", "= 0", lost == 0),
        ]


def timed(name: str, times: list[float], bar: int) -> Figure:
    value = round(statistics.median(times))
    return Figure(name, value, "ms", f"<= {bar}", value <= bar)


def until(page: Page, condition: str) -> None:
    """The page's policy forbids what `wait_for_function` does with a text."""
    for _ in range(WAIT_MS // 50):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise TimeoutError(condition)


def wait_until_loaded(page: Page) -> None:
    expect(page.locator("[data-part=loaded]")).to_be_hidden(timeout=WAIT_MS)
    expect(page.locator("[data-painted]")).to_have_count(2, timeout=WAIT_MS)


def wait_for_prefetch(page: Page, asked: list[str]) -> None:
    """All slices of whole pairs have come, and no more for a while."""
    count = -1
    while len(asked) != count or len(set(asked)) % (2 * SLICES):
        count = len(asked)
        page.wait_for_timeout(250)


def go_on(page: Page) -> float:
    page.evaluate("() => { benchProbe.waiting = benchProbe.next(); }")
    page.keyboard.press("Shift+ArrowRight")
    return float(page.evaluate("() => benchProbe.waiting"))


def key_for(page: Page) -> str:
    """What a reader who sees no difference presses next."""
    current = page.locator("[data-current]").first.get_attribute("data-step") or ""
    if current.startswith("feature"):
        return "3"
    return "y" if current.startswith("diagnostic") else "Enter"


def length_of(answer: Response) -> int:
    return int(answer.headers.get("content-length", 0))


def step_times(page: Page, bare: Page, *, rounds: int, steps: int) -> tuple[list[float], list[float]]:
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for each, found in zip((page, bare), times, strict=True):
            each.bring_to_front()
            found.extend(one_round(each, steps))
    return times


def one_round(page: Page, steps: int) -> list[float]:
    """From the first slice ten on and ten back, one notch a step; the first step of a round only wakes the page."""
    page.mouse.move(200, 300)
    page.keyboard.press("Home")
    until(page, "() => benchProbe.shown() === 0")
    found, here = [], 0
    for number in range(steps + 1):
        step = 1 if number % 20 < 10 else -1
        here += step
        page.evaluate("wanted => { benchProbe.waiting = benchProbe.step(wanted); }", here)
        page.mouse.wheel(0, 100 * step)
        found.append(float(page.evaluate("() => benchProbe.waiting")))
    return found[1:]


def notches_lost(page: Page) -> int:
    """Bursts of a wheel, faster than any frame: how far the last position is from where it must be."""
    lost = 0
    for burst in (7, 13, 19):
        page.keyboard.press("Home")
        until(page, "() => benchProbe.shown() === 0")
        page.evaluate(
            """count => {
              const pane = document.querySelector("[data-pane=left]");
              const notch = () => new WheelEvent("wheel", { deltaY: 100, cancelable: true });
              for (let i = 0; i < count; i++) pane.dispatchEvent(notch());
            }""",
            burst,
        )
        page.wait_for_timeout(600)
        lost += abs(burst - page.evaluate("benchProbe.shown()"))
    return lost


if __name__ == "__main__":
    main()
