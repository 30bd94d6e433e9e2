"""Claim: a session of 101 pairs does not grow the browser's memory.

2 x 20 slices of 512 x 512 (the prototype's synthetic stacks), the real stack and headless Chromium on this machine. The
page reads by itself: every slice, every score, finish, the next pair, once on each rendering path. Nobody watches it
meanwhile, for the tools of developers, through which programs steer a browser too, keep a copy of everything that a
page receives. How much that is, is measured in a shorter session. Memory is that of all processes of the browser, pages
that they share counted once, after the garbage of the page was collected.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, Playwright, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import viewer  # noqa: E402
from benchmarks.browserless import PASSWORD  # noqa: E402
from benchmarks.memory import named_mib, tree_mib  # noqa: E402
from benchmarks.report import Figure, arguments, report  # noqa: E402
from benchmarks.stages import tell  # noqa: E402
from tests.browser.conftest import NAMES, QUIET  # noqa: E402
from tests.real_stack import WEB_ONLY, free_port, running_stack  # noqa: E402

CLAIM = "A session of 101 pairs does not grow the browser's memory"
BAR_MIB = 50
LOOK_EVERY = 10  # pairs
FIRST_LOOK = 2  # pairs: by then everything is loaded that a session needs
WATCHED_PAIRS = 31
STARTS_WITHIN_S = 60.0
PAIR_WITHIN_S = 120.0
LETS_GO_WITHIN_S = 15.0
# The page rests while memory is looked at; its title says how many pairs were read.
RESTS_MS = 4000
READ = """([pairs, first, every, rest]) => {
  const part = (name) => document.querySelector(`[data-part="${name}"]`);
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const until = async (holds) => { while (!holds()) await sleep(20); };
  const isThere = () => part("loaded").hidden && document.querySelectorAll("[data-painted]").length === 2
    && [...document.querySelectorAll("[data-step] input")].some((input) => !input.disabled);
  const press = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  const key = () => {
    const step = document.querySelector("[data-current]")?.dataset.step ?? "";
    return step.startsWith("feature") ? "3" : step.startsWith("diagnostic") ? "y" : "Enter";
  };
  const read = async () => {
    const before = part("position").textContent;
    press("Home");
    for (let slice = 1; slice < 20; slice++) {
      press("ArrowRight");
      await new Promise(requestAnimationFrame);
    }
    while (part("position").textContent === before) {
      press(key());
      await sleep(50);
    }
    await until(isThere);
  };
  (async () => {
    for (let count = 1; count <= pairs; count++) {
      await read();
      const looks = count === first || count % every === 0 || count === pairs;
      if (looks) await sleep(rest);
      globalThis.gc?.();
      document.title = `${count}`;
      if (looks) await sleep(rest);
    }
  })();
}"""


@dataclass(frozen=True)
class Memory:
    """MiB: of all processes of the browser, of those that draw pages, of the one that draws for them."""

    browser: float
    renderers: float
    graphics: float


@dataclass
class Program:
    """A Chromium with a profile of its own, which Playwright may come to and leave again."""

    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def memory(self) -> Memory:
        pid = self.process.pid
        return Memory(tree_mib(pid), named_mib(pid, "--type=renderer"), named_mib(pid, "--type=gpu-process"))

    def pairs_read(self) -> int:
        """By the page's title, which is told to whoever asks: nothing is attached to the page."""
        with urllib.request.urlopen(f"{self.address}/json/list") as answer:
            titles = [one["title"] for one in json.load(answer) if one["type"] == "page"]
        return next((int(title) for title in titles if title.isdigit()), 0)


def main() -> None:
    options = arguments(__doc__)
    prototype = viewer.SHARED / "viewer" / "prototype"
    if not prototype.is_dir():
        sys.exit(f"There is no prototype below {viewer.SHARED}; set READERSTUDY_SHARED.")
    chromium = next((path for name in NAMES if (path := shutil.which(name))), None)
    if chromium is None:
        sys.exit("Chromium is not installed (Debian: apt-get install chromium).")
    pairs, watched = (21, 11) if options.quick else (101, WATCHED_PAIRS)
    os.environ["DJANGO_SETTINGS_MODULE"] = "readerstudy.settings"
    readers = ("memory-2d", "memory-webgl2", "memory-watched")
    figures: list[Figure] = []
    with running_stack(*WEB_ONLY) as stack, sync_playwright() as playwright:
        stacks = viewer.made_by(prototype / "gen_data.py")
        viewer.make_study(stack, stacks, image_sets=pairs // 3 + 2, readers=readers)
        for path in ("2d", "webgl2"):
            with running(chromium) as program:
                figures += alone(playwright, program, stack.address, path, pairs)
        with running(chromium) as program:
            figures += watched_by_tools(playwright, program, stack.address, watched)
    sys.exit(0 if report(CLAIM, figures, as_json=options.json, quick=options.quick) else 1)


@contextlib.contextmanager
def running(chromium: str) -> Iterator[Program]:
    with tempfile.TemporaryDirectory(prefix="readerstudy-profile-", ignore_cleanup_errors=True) as profile:
        port = free_port()
        words = [
            chromium, "--headless=new", f"--remote-debugging-port={port}", f"--user-data-dir={profile}", *QUIET,
            "--js-flags=--expose-gc", "--window-size=1366,768", "about:blank",
        ]  # fmt: skip
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        program = Program(port, process)
        try:
            wait_for(program.pairs_read, STARTS_WITHIN_S, "Chromium")
            yield program
        finally:
            process.terminate()
            process.wait()


def wait_for(look: Callable[[], int], within_s: float, what: str, *, at_least: int = 0) -> int:
    """Ask until the answer is large enough. Raises TimeoutError."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if (found := look()) >= at_least:
                return found
        time.sleep(0.2)
    raise TimeoutError(f"{what} did not come within {within_s:.0f} s.")


def begin(playwright: Playwright, program: Program, address: str, path: str, pairs: int) -> Page:
    """Sign in, open the first pair, and let the page read."""
    page = playwright.chromium.connect_over_cdp(program.address).contexts[0].pages[0]
    page.set_default_timeout(viewer.WAIT_MS)
    page.goto(f"{address}/sign-in/")
    page.get_by_label("Sign-in name").fill(f"memory-{path}")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{address}/read/")
    first = page.locator("a.button.go").get_attribute("href")
    page.goto(f"{address}{first}?renderer={'webgl2' if path == 'webgl2' else '2d'}")
    viewer.wait_until_loaded(page)
    page.evaluate(READ, [pairs, FIRST_LOOK, LOOK_EVERY, RESTS_MS])
    return page


def let_go(page: Page) -> None:
    """The browser goes on; Playwright leaves it."""
    assert page.context.browser is not None
    page.context.browser.close()


def looks(program: Program, pairs: int, name: str) -> dict[int, Memory]:
    """The memory after so many pairs."""
    found = {}
    for count in sorted({FIRST_LOOK, *range(LOOK_EVERY, pairs, LOOK_EVERY), pairs}):
        wait_for(program.pairs_read, PAIR_WITHIN_S * LOOK_EVERY, f"pair {count}", at_least=count)
        found[count] = program.memory()
        tell(f"{name}, after {count} pairs: {found[count]}")
    return found


def alone(playwright: Playwright, program: Program, address: str, path: str, pairs: int) -> list[Figure]:
    let_go(begin(playwright, program, address, path, pairs))
    found = looks(program, pairs, path)
    first, last = found[FIRST_LOOK], found[pairs]
    growth = round(last.browser - first.browser, 1)
    most = round(max(one.browser for one in found.values()) - first.browser, 1)
    return [
        Figure(f"{path}: the browser after {FIRST_LOOK} pairs", round(first.browser, 1), "MiB"),
        Figure(f"{path}: growth until pair {pairs}", growth, "MiB", f"< {BAR_MIB}", growth < BAR_MIB),
        Figure(f"{path}: largest growth on the way", most, "MiB", f"< {BAR_MIB}", most < BAR_MIB),
        Figure(f"{path}: growth of the processes that draw pages", round(last.renderers - first.renderers, 1), "MiB"),
        Figure(f"{path}: growth of the graphics process", round(last.graphics - first.graphics, 1), "MiB"),
    ]


def watched_by_tools(playwright: Playwright, program: Program, address: str, pairs: int) -> list[Figure]:
    page = begin(playwright, program, address, "watched", pairs)
    found = looks(program, pairs, "watched")
    before = found[FIRST_LOOK].renderers
    let_go(page)
    time.sleep(LETS_GO_WITHIN_S)
    after = program.memory().renderers
    against = "nobody watches"
    return [
        Figure(
            f"watched by developer tools: growth until pair {pairs}, pages", round(found[pairs].renderers - before, 1),
            "MiB", against=against,
        ),
        Figure("the same when they have let go", round(after - before, 1), "MiB", against=against),
    ]  # fmt: skip


if __name__ == "__main__":
    main()
