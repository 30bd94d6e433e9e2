"""A simulated reader in a real browser, who remembers every answer that the page showed as chosen.

What it remembers is what the database must hold at the end, each answer once, in whatever order things broke.
"""

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright

from benchmarks.frail_server import below, words_of
from tests.browser.conftest import QUIET

WAIT_S = 60.0
CLICK_MS = 5000
TRIES = 5
DIALOG_MS = 5000
Holds = Callable[[dict[str, Any]], bool]
LOOK = """() => {
  const part = (name) => document.querySelector(`[data-part="${name}"]`);
  const inputs = [...document.querySelectorAll("[data-step] input")];
  return {
    position: parseInt(part("position")?.textContent.match(/\\d+/)?.[0] ?? "0"),
    ready: inputs.some((input) => !input.disabled),
    finished: Boolean(part("finish")?.disabled) && inputs.some((input) => !input.disabled),
    chosen: Object.fromEntries(inputs.filter((input) => input.checked).map((input) => [input.name, +input.value])),
    boxes: inputs.filter((input) => input.type === "checkbox").map((input) => input.name),
    scales: inputs.filter((input) => input.type === "radio").map((input) => [input.name, +input.value]),
    kind: part("receipt")?.dataset.kind ?? "",
    receipt: part("receipt")?.textContent ?? "",
    dialog: document.querySelector("dialog[open]")?.getAttributeNames().find((name) => name.startsWith("data-")) ?? "",
  };
}"""
# Kept beside the page: it may be left for another between the click and the question.
REACHED = """() => [
  Number(localStorage.reached ?? 0), Number(localStorage.reachedPair ?? 0),
  Boolean(document.querySelector("dialog[open]")),
]"""
WAITING = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open("readerstudy");
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const database = opening.result;
    if (!database.objectStoreNames.contains("changes")) return resolve(0);
    const count = database.transaction("changes").objectStore("changes").count();
    count.onsuccess = () => { database.close(); resolve(count.result); };
  };
})"""
# From a key or a click to "Saved at ..." on the page, in milliseconds.
STOPWATCH = """(() => {
  window.saveTimes = [];
  let begun = null;
  const start = () => { begun = performance.now(); };
  for (const kind of ["keydown", "click"]) addEventListener(kind, start, true);
  // What got through to the pair: no dialog that opened just then swallowed it, and the pair takes answers already.
  const isAnswer = ({ type, target, key }) =>
    type === "click" ? target.closest("[data-step] label") : /^[0-9]$/.test(key);
  // What another tab had given, and was shown here just before: the same again is no answer.
  const inputOf = ({ type, target, key }) => type === "click" ? target.closest("label").querySelector("input")
    : document.querySelector(`[data-step][data-current] input[data-digit="${key}"]`);
  const isOld = (input) => input?.type === "radio" && input.checked;
  const takes = () => [...document.querySelectorAll("[data-step] input")].some((input) => !input.disabled);
  const note = (event) => {
    if (event.target.closest("dialog") || !isAnswer(event) || !takes() || isOld(inputOf(event))) return;
    localStorage.reached = Number(localStorage.reached ?? 0) + 1;
    // The pair on the screen then: Enter may just have led to the next one.
    const position = document.querySelector("[data-part=position]")?.textContent;
    localStorage.reachedPair = parseInt(position?.match(/\\d+/)?.[0] ?? "0");
  };
  for (const kind of ["keydown", "click"]) addEventListener(kind, note, true);
  addEventListener("DOMContentLoaded", () => {
    const receipt = document.querySelector("[data-part=receipt]");
    if (!receipt) return;
    new MutationObserver(() => {
      if (begun !== null && receipt.dataset.kind === "saved") window.saveTimes.push(performance.now() - begun);
      if (receipt.dataset.kind === "saved") begun = null;
    }).observe(receipt, { attributes: true, attributeFilter: ["data-kind"] });
  });
})()"""


@dataclass(frozen=True)
class Answer:
    """One answer as the page showed it."""

    position: int
    item: str
    value: int
    fault: int  # the number of the fault around which it was given


@dataclass
class Memory:
    """All that the reader did, over all windows and machines."""

    answers: list[Answer] = field(default_factory=list)
    finished: set[int] = field(default_factory=set)
    save_ms: list[float] = field(default_factory=list)
    wrongly_shown: list[str] = field(default_factory=list)
    fault: int = 0

    def of_pair(self, position: int) -> dict[str, int]:
        """The last answer to each item."""
        return {one.item: one.value for one in self.answers if one.position == position}


class ReaderInBrowser:
    """One browser with its own profile on disk, which may be killed and started again."""

    def __init__(
        self,
        playwright: Playwright,
        program: str,
        profile: Path,
        address: str,
        person: tuple[str, str],
        memory: Memory,
        rng: random.Random,
    ) -> None:
        self._playwright, self._program, self._profile = playwright, program, profile
        self.address, self.username, self._password = address, person[0], person[1]
        self.memory, self.rng = memory, rng
        self.context: BrowserContext = self._launch()
        self.page: Page = self.new_tab()

    def _launch(self) -> BrowserContext:
        context = self._playwright.chromium.launch_persistent_context(
            str(self._profile),
            executable_path=self._program,
            headless=True,
            args=[*QUIET, "--hide-crash-restore-bubble"],
            viewport={"width": 1366, "height": 768},
            base_url=self.address,
        )
        context.set_default_timeout(WAIT_S * 1000)
        context.add_init_script(STOPWATCH)
        return context

    def close(self) -> None:
        self.context.close()

    def kill_tab(self) -> None:
        """SIGKILL to the processes that draw pages, as a system short of memory does; a new tab takes their place."""
        for pid in below(self._browser_pid()):
            if "--type=renderer" in words_of(pid):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(Error):
            self.page.close()
        self.page = self._tab_after_crash()

    def _tab_after_crash(self) -> Page:
        """One of those killed may be the process that Chromium holds ready for the next tab: then that is dead, too."""
        for _ in range(TRIES):
            with contextlib.suppress(Error):
                return self.new_tab()
            time.sleep(0.2)
        return self.new_tab()

    def _browser_pid(self) -> int:
        own = f"--user-data-dir={self._profile}"
        for pid in below(os.getpid()):
            words = words_of(pid)
            if own in words and not any(word.startswith("--type=") for word in words):
                return pid
        raise RuntimeError("the browser has no process")

    def kill_browser(self) -> None:
        """SIGKILL, and start again with the same profile."""
        os.kill(self._browser_pid(), signal.SIGKILL)
        with contextlib.suppress(Error):
            self.context.close()
        (self._profile / "SingletonLock").unlink(missing_ok=True)
        self.context = self._launch()
        self.page = self.new_tab()

    def new_tab(self) -> Page:
        page = self.context.new_page()
        page.on("dialog", lambda dialog: dialog.accept())  # "leave this page?"
        return page

    def open(self, path: str = "/read/", page: Page | None = None) -> None:
        """Go there, through the sign-in page if need be, from the work-list on to the pair that is next."""
        page = page or self.page
        page.goto(path)
        if "/sign-in/" in page.url:
            self.sign_in(page, self.username)
            page.goto(path)
        if page.url.rstrip("/").endswith("/read"):
            page.locator("a.button.go").click()
            page.wait_for_url(lambda url: not url.rstrip("/").endswith("/read"))
        self.wait_until(lambda seen: seen["ready"], "a pair that can be scored", page)
        self.check_shown(page)

    def sign_in(self, page: Page, username: str) -> None:
        """All people of the small study have one password."""
        page.goto("/sign-in/")
        page.get_by_label("Sign-in name").fill(username)
        page.get_by_label("Password").fill(self._password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/sign-in/" not in url)

    def another_browser(self) -> Browser:
        """As on another machine: it shares nothing with this one."""
        return self._playwright.chromium.launch(executable_path=self._program, args=list(QUIET))

    def look(self, page: Page | None = None) -> dict[str, Any]:
        return dict((page or self.page).evaluate(LOOK))

    def wait_until(self, holds: Holds, what: str, page: Page | None = None) -> dict[str, Any]:
        page = page or self.page
        deadline = time.monotonic() + WAIT_S
        seen: dict[str, Any] = {}
        while time.monotonic() < deadline:
            with contextlib.suppress(Error):
                seen = self.look(page)
                if seen["dialog"]:
                    self.answer_dialog(page)
                elif holds(seen):
                    return seen
            page.wait_for_timeout(50)
        raise TimeoutError(f"{what} did not come: {page.url}, {seen}")

    def check_shown(self, page: Page | None = None) -> None:
        """The page shows what this reader gave, and nothing else."""
        for _ in range(40):  # it may be on its way
            seen = self.look(page)
            given = self.memory.of_pair(seen["position"])
            wanted = {item: value for item, value in given.items() if not _is_empty_box(item, value)}
            if seen["chosen"] == wanted:
                return
            (page or self.page).wait_for_timeout(50)
        problem = f"around fault {self.memory.fault}, pair {seen['position']}: {seen['chosen']} for {wanted}"
        self.memory.wrongly_shown.append(problem)

    def answer(self, page: Page | None = None, *, item: str | None = None) -> Answer:
        """Give one new answer, by mouse or by key, and remember it once the page shows it."""
        page = page or self.page
        for _ in range(TRIES):
            seen = self.wait_until(lambda seen: seen["ready"], "a pair that can be scored", page)
            name, value = self._choose(seen, item)
            before, _, _ = self._reached(page)
            with contextlib.suppress(Error):
                self._give(page, seen, name, value)
            reached, position, _ = self._reached(page)
            if reached == before:
                continue  # a dialog that opened just now swallowed it: nothing was given
            self._wait_until_shown(page, position, name, value)
            return self._remember(position, name, value)
        raise TimeoutError(f"no answer could be given: {page.url}, {self.look(page)}")

    def _wait_until_shown(self, page: Page, position: int, item: str, value: int) -> None:
        """Until the page shows the answer as chosen, through whatever dialogs open. Raises TimeoutError."""
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            with contextlib.suppress(Error):
                seen = self.look(page)
                none = 0 if item in seen["boxes"] else None
                if seen["position"] == position and seen["chosen"].get(item, none) == value:
                    return
                if seen["dialog"]:
                    self.answer_dialog(page)
            page.wait_for_timeout(50)
        raise TimeoutError(f"pair {position} never showed {item} = {value}: {page.url}")

    def answer_at_once(self) -> Answer:
        """The same without waiting until the page shows it: the tab is about to die."""
        for _ in range(TRIES):
            seen = self.wait_until(lambda seen: seen["ready"], "a pair that can be scored")
            item, value = self._choose(seen, None)
            before, _, _ = self._reached(self.page)
            with contextlib.suppress(Error):
                self._give(self.page, seen, item, value)
            reached, position, asked = self._reached(self.page)
            if reached > before and asked:  # a finished pair wants a reason first: until then nothing is given
                self._wait_until_shown(self.page, position, item, value)
            if reached > before:
                return self._remember(position, item, value)
        raise TimeoutError(f"no answer could be given: {self.page.url}, {self.look()}")

    def _reached(self, page: Page) -> tuple[int, int, bool]:
        """How many answers got through to a pair, which pair that was, and whether a dialog is open."""
        for _ in range(TRIES):
            with contextlib.suppress(Error):  # between two pages there is nothing to ask
                reached, position, asked = page.evaluate(REACHED)
                return int(reached), int(position), bool(asked)
            page.wait_for_timeout(50)
        raise TimeoutError(f"the page cannot be asked: {page.url}")

    def _choose(self, seen: dict[str, Any], item: str | None) -> tuple[str, int]:
        """Something other than what is chosen: the same again is no answer."""
        options = [(name, value) for name, value in seen["scales"] if seen["chosen"].get(name) != value]
        options = [option for option in options if option[0] == item] or options
        if seen["boxes"] and item is None and self.rng.random() < 0.15:
            box = self.rng.choice(seen["boxes"])
            return box, 0 if box in seen["chosen"] else 1
        return self.rng.choice(options)

    def _give(self, page: Page, seen: dict[str, Any], item: str, value: int) -> None:
        target = f'input[name="{item}"]' + ("" if item in seen["boxes"] else f'[value="{value}"]')
        choice = page.locator("label", has=page.locator(target))
        if not choice.is_visible():
            page.locator("[data-part=findings-toggle]").click(timeout=CLICK_MS)
        if item in seen["boxes"] or self.rng.random() < 0.5:
            choice.click(timeout=CLICK_MS)
        else:
            digit = page.locator(target).get_attribute("data-digit")
            page.locator("[data-step]", has=page.locator(target)).locator(".step-name").click(timeout=CLICK_MS)
            page.keyboard.press(digit or "1")

    def _remember(self, position: int, item: str, value: int) -> Answer:
        given = Answer(position, item, value, self.memory.fault)
        self.memory.answers.append(given)
        return given

    def answer_dialog(self, page: Page) -> None:
        """Sign in again, or say why a finished pair is changed."""
        dialog = page.locator("dialog[open]")
        for field_name, words in (("input[type=password]", self._password), ("input[name=reason]", "looked again")):
            if dialog.locator(field_name).count():
                dialog.locator(field_name).fill(words, timeout=DIALOG_MS)
        dialog.locator("button.finish").click(timeout=DIALOG_MS)
        dialog.wait_for(state="hidden", timeout=DIALOG_MS)

    def finish_pair(self, page: Page | None = None) -> None:
        """Answer what is open and go on to the next pair."""
        page = page or self.page
        seen = self.wait_until(lambda seen: seen["ready"], "a pair that can be scored", page)
        for name in dict.fromkeys(name for name, _ in seen["scales"]):
            if name not in seen["chosen"]:
                self.answer(page, item=name)
        page.locator("[data-pane=left]").focus()
        page.keyboard.press("Enter")
        self.memory.finished.add(seen["position"])
        if self.rng.random() < 0.3:
            page.keyboard.press("Enter")

    def settle(self, page: Page | None = None) -> None:
        """Until the page says that everything is saved."""
        self.wait_until(lambda seen: seen["kind"] in ("saved", "idle"), "'saved'", page)

    def take_times(self) -> list[float]:
        """How long the saves took since the last call."""
        with contextlib.suppress(Error):
            return list(self.page.evaluate("() => (window.saveTimes ?? []).splice(0)"))
        return []

    def waiting(self) -> int:
        """Changes in the browser's own database, of whichever reader."""
        return int(self.page.evaluate(WAITING))


def _is_empty_box(item: str, value: int) -> bool:
    return item.startswith("consistency:") and not value


@contextlib.contextmanager
def tab(reader: ReaderInBrowser, path: str) -> Iterator[Page]:
    """A second tab of the same browser on the same pair."""
    page = reader.new_tab()
    reader.open(path, page)
    yield page
    page.close()
