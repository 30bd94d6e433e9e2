"""The faults of `benchmarks/score_faults.py`: what is broken, when, and how it becomes whole again."""

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterator

from playwright.sync_api import Error, Page, Route

from benchmarks.cut_wire import CutWire, Wire
from benchmarks.fault_reader import STOPWATCH, ReaderInBrowser, tab
from benchmarks.fault_verdict import OTHER, READER
from benchmarks.frail_server import FrailServer

EVERYTHING_EACH = 5
SEEN_AS_FULL_S = 10.0


class Disturbed:
    """The reader, the server, and the faults between them. Each fault leaves everything whole behind it."""

    def __init__(self, server: FrailServer, wire: CutWire, reader: ReaderInBrowser, rng: random.Random) -> None:
        self.server, self.wire, self.reader, self.rng = server, wire, reader, rng
        self.kills = 0
        self.unseen: list[str] = []  # faults that the page should have told of and did not
        self.unhealed: list[str] = []  # faults after which reading did not go on by itself

    def answers(self, least: int = 1, most: int = 3, page: Page | None = None) -> None:
        for _ in range(self.rng.randint(least, most)):
            self.reader.answer(page)

    def go_on(self) -> None:
        """Finish the pair now and then; sometimes go back and correct an answer of the pair before."""
        if self.rng.random() < 0.35:
            self.reader.finish_pair()
            return
        if self.rng.random() < 0.15 and not self.reader.page.locator("[data-part=previous]").is_disabled():
            before = self.reader.look()["position"]
            self.reader.page.keyboard.press("Shift+ArrowLeft")
            self.reader.wait_until(lambda seen: seen["ready"] and seen["position"] != before, "the pair before")
            self.reader.answer()
            self.reader.page.keyboard.press("Shift+ArrowRight")
            self.reader.wait_until(lambda seen: seen["ready"] and seen["position"] == before, "the pair")

    def heal(self) -> None:
        """Whatever state a fault that went wrong left: all whole, and a new tab."""
        self.wire.become(Wire.WHOLE)
        if not self.server.is_up:
            self.server.start()
        self.server.free_disk()
        self.server.wait()
        self.reader.page.close()
        self.reader.page = self.reader.new_tab()
        self.reader.open()

    def server_killed(self) -> None:
        """Mostly the web server, which its supervisor starts again; every fifth time everything, as by a power cut."""
        self.kills += 1
        everything = self.kills % EVERYTHING_EACH == 0
        killer = threading.Timer(self.rng.random() * 0.1, self.server.kill if everything else self.server.kill_web)
        killer.start()
        self.answers(2, 4)
        killer.join()
        self.answers()
        if everything:
            self.server.start()
        self.server.wait()

    def network_cut(self) -> None:
        self.wire.become(self.rng.choice((Wire.REFUSES, Wire.LOSES_ANSWERS, Wire.STALLS)))
        self.answers(1, 4)
        if self.rng.random() < 0.4:
            self.reader.finish_pair()  # and on to the pair that is there already, without any network
        self.wire.become(Wire.WHOLE)

    def tab_closed(self) -> None:
        self.reader.answer_at_once()
        self.reader.page.close()
        self.reader.page = self.reader.new_tab()
        self.reader.open()

    def tab_crashed(self) -> None:
        """As a tab that the browser throws away for want of memory."""
        address = self.reader.page.url
        self.reader.answer_at_once()
        self.reader.kill_tab()
        self.reader.open(address)

    def browser_killed(self) -> None:
        self.reader.answer_at_once()
        self.reader.page.wait_for_timeout(100)
        address = self.reader.page.url
        self.reader.kill_browser()
        self.reader.open(address)

    def reloaded(self) -> None:
        self.reader.answer_at_once()
        self.reader.page.reload()
        self.reader.wait_until(lambda seen: seen["ready"], "the pair")
        self.reader.check_shown()

    def back(self) -> None:
        self.reader.answer_at_once()
        for way in ("back", "forward"):
            self.reader.page.evaluate(f"() => history.{way}()")
            self.reader.page.wait_for_timeout(self.rng.choice((0, 50, 300)))
        with contextlib.suppress(Error):
            self.reader.page.wait_for_load_state()
        self.reader.page.wait_for_timeout(300)
        if not self.reader.page.locator("[data-part=position]").count():
            self.reader.open()  # it led out of the station
        self.reader.wait_until(lambda seen: seen["ready"], "the pair")
        self.reader.check_shown()

    def sent_twice(self) -> None:
        """Every POST reaches the server twice, the second beside or after the first."""

        def twice(route: Route) -> None:
            with contextlib.suppress(Error):
                route.fetch()
            route.continue_()

        page = self.reader.page
        page.route("**/scores/", twice)
        page.route("**/finish/", twice)
        self.answers(2, 3)
        if self.rng.random() < 0.5:
            self.reader.finish_pair()
        self.reader.settle()
        page.unroute_all(behavior="wait")

    def two_tabs(self) -> None:
        """The same pair twice, neither knows what the other did."""
        here = self.reader.page
        with tab(self.reader, here.url) as there:
            one = self.reader.answer(here)
            self.reader.answer(there, item=one.item if self.rng.random() < 0.5 else None)
            for _ in range(self.rng.randint(1, 3)):
                self.reader.answer(self.rng.choice((here, there)))
            if self.rng.random() < 0.3:
                self.reader.finish_pair(there)  # what the first tab says now corrects a finished pair
                self.reader.answer(here)
            self.reader.settle(here)
        self.reader.wait_until(lambda seen: seen["ready"], "the pair", here)

    def session_ended(self) -> None:
        if self.rng.random() < 0.5:
            self.reader.context.clear_cookies()
        else:
            self.server.sql("DELETE FROM django_session")
        self.answers(1, 3)

    def another_reader(self) -> None:
        """Somebody else signs in on the same browser while answers of the first still wait."""
        self.wire.become(Wire.REFUSES)
        self.answers(1, 2)
        self.wire.become(Wire.WHOLE)
        self.reader.context.clear_cookies(name="sessionid")
        page = self.reader.new_tab()
        self.reader.sign_in(page, OTHER)
        page.goto("/read/")
        page.locator("a.button.go").click()  # his station looks for what waits, too
        self.reader.wait_until(lambda seen: seen["ready"], "the other reader's pair", page)
        page.close()
        self.answers(1, 2)

    def second_machine(self) -> None:
        """An answer waits on a machine without a network; another one, given elsewhere later, is the one that holds."""
        self.wire.become(Wire.REFUSES)
        first = self.reader.answer()
        path = self.reader.page.url.split("/read/")[1]
        with second_machine(self.reader, self.server) as elsewhere:
            elsewhere.goto(f"/read/{path}")
            self.reader.wait_until(lambda seen: seen["ready"], "the pair elsewhere", elsewhere)
            self.reader.answer(elsewhere, item=first.item if ":" in first.item else None)
            self.reader.settle(elsewhere)
        self.wire.become(Wire.WHOLE)
        self.reader.settle()
        self.reader.check_shown()

    def disk_full(self) -> None:
        self.server.fill_disk()
        self.answers(1, 3)
        deadline = time.monotonic() + SEEN_AS_FULL_S
        while (seen := self.reader.look())["kind"] != "cannotSave" and time.monotonic() < deadline:
            self.reader.page.wait_for_timeout(50)
        if seen["kind"] != "cannotSave":
            self.unseen.append(f"disk full: the page says '{seen['receipt']}'")
        self.answers(0, 1)
        self.server.free_disk()


FAULTS: dict[str, Callable[[Disturbed], None]] = {
    "server killed": Disturbed.server_killed,
    "network cut": Disturbed.network_cut,
    "tab closed": Disturbed.tab_closed,
    "tab crashed": Disturbed.tab_crashed,
    "browser killed": Disturbed.browser_killed,
    "page loaded anew": Disturbed.reloaded,
    "back and forward": Disturbed.back,
    "sent twice": Disturbed.sent_twice,
    "two tabs": Disturbed.two_tabs,
    "session ended": Disturbed.session_ended,
    "another reader signed in": Disturbed.another_reader,
    "second machine": Disturbed.second_machine,
    "disk full": Disturbed.disk_full,
}


@contextlib.contextmanager
def second_machine(reader: ReaderInBrowser, server: FrailServer) -> Iterator[Page]:
    """The same reader in a browser of its own, by a network of its own."""
    browser = reader.another_browser()
    context = browser.new_context(base_url=f"http://127.0.0.1:{server.port}")
    context.add_init_script(STOPWATCH)
    page = context.new_page()
    reader.sign_in(page, READER)
    yield page
    browser.close()
