"""Claim: no fault loses a score, doubles it or makes it wrong.

A simulated reader scores pairs in a real browser on the real product while, in an order drawn from a seed, servers are
killed, the network is cut, tabs are closed and crash, sessions end, disks are full. Everything that the page showed as
chosen is remembered; at the end the database must hold each answer once, with the last one current, and nothing else.

    benchmarks/score_faults.py [--quick] [--faults 200] [--seed 1] [--json]

What a kill comes too early for is not tested: a browser killed by SIGKILL within 0.1 s of a key. Tabs are closed, crash
and are loaded anew with no wait at all. The full disk is a small tmpfs where the system allows it (frail_server.py).
"""

import contextlib
import json
import math
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Error, Page, Route, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.cut_wire import CutWire, Wire  # noqa: E402
from benchmarks.fault_reader import STOPWATCH, Answer, Memory, ReaderInBrowser, tab  # noqa: E402
from benchmarks.frail_server import FrailServer  # noqa: E402
from benchmarks.report import Figure, parser, report  # noqa: E402
from benchmarks.stages import tell  # noqa: E402
from tests.browser.conftest import NAMES  # noqa: E402

CLAIM = "No fault loses, doubles or falsifies a score"
READER, OTHER = "one", "two"
SETS = 40  # image sets; three pairs each
QUICK_SETS = 4
EVERYTHING_EACH = 5
SEEN_AS_FULL_S = 10.0
MAKE_STUDY = """
from readerstudy.services import allocate
from tests.cast import PASSWORD, add_image_set, make_cast
cast = make_cast()
for number in range(1, {sets} + 1):
    add_image_set(cast.study, number)
allocate.seal_and_start(cast.study, actor=cast.coordinator, reason="to be disturbed", seed="5eed5eed5eed5eed")
print("PASSWORD", PASSWORD)
"""
WHAT_IS_KEPT = """
import json
from readerstudy import queries
from readerstudy.models import Allocation, Reading, ScoreSave
for one in Allocation.objects.select_related("reader__user").order_by("position"):
    reading = Reading.objects.filter(allocation=one).first()
    if reading is None: continue
    saves = ScoreSave.objects.filter(reading=reading).prefetch_related("scores", "saved_by")
    print("KEPT", json.dumps({
        "reader": one.reader.user.username, "position": one.position, "finished": reading.finished_at is not None,
        "current": queries.answers_of([reading]).get(reading.pk, {}),
        "saves": [[save.saved_by.username, {s.item: s.value for s in save.scores.all()}] for save in saves],
    }))
"""


@dataclass(frozen=True)
class Kept:
    """What the database holds of one reading."""

    reader: str
    position: int
    finished: bool
    current: dict[str, int]
    saves: list[tuple[str, dict[str, int]]]


@dataclass(frozen=True)
class Verdict:
    """What went wrong."""

    lost: list[Answer]
    doubled: int
    wrong: list[str]


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


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--faults", type=int, default=200, help="how many (200)")
    options.add_argument("--seed", type=int, default=1, help="of everything that is drawn (1)")
    options.add_argument(
        "--minutes", type=float, help="begin no fault after this time; the figures tell how many there were"
    )
    options.add_argument("--only", help="one kind of fault, to look for its cause")
    given = options.parse_args()
    program = next((path for name in NAMES if (path := shutil.which(name))), None)
    if program is None:
        sys.exit("Chromium is not installed (Debian: apt-get install chromium).")
    ends_at = time.monotonic() + 60 * given.minutes if given.minutes else math.inf
    kinds = schedule(0 if given.quick else given.faults, random.Random(given.seed), only=given.only)
    figures = run(program, kinds, seed=given.seed, sets=QUICK_SETS if given.quick else SETS, ends_at=ends_at)
    sys.exit(0 if report(CLAIM, figures, as_json=given.json, quick=given.quick) else 1)


def run(program: str, kinds: Sequence[str], *, seed: int, sets: int, ends_at: float) -> list[Figure]:
    rng, memory = random.Random(seed), Memory()
    with (
        FrailServer() as server, CutWire(server.port) as wire, sync_playwright() as playwright,
        tempfile.TemporaryDirectory(prefix="readerstudy-profile-", ignore_cleanup_errors=True) as profile,
    ):  # fmt: skip
        made = server.manage("shell", "-c", MAKE_STUDY.format(sets=sets))
        password = made.rsplit("PASSWORD ", 1)[1].strip()
        reader = ReaderInBrowser(playwright, program, Path(profile), wire.address, (READER, password), memory, rng)
        reader.open()
        disturbed = Disturbed(server, wire, reader, rng)
        done: list[str] = []
        for number, kind in enumerate(kinds, start=1):
            if time.monotonic() > ends_at:
                break
            disturb(disturbed, number, kind, of=len(kinds))
            done.append(kind)
        reader.settle()
        waiting = reader.waiting()
        reader.close()
        kept = kept_by(server)
    verdict = compare(memory, kept)
    return figures_of(done, memory, verdict, disturbed, waiting)


def schedule(count: int, rng: random.Random, *, only: str | None) -> list[str]:
    """Every kind at least once, all equally often, in a drawn order."""
    kinds = [only] if only else list(FAULTS)
    drawn = [kind for _ in range(max(1, count // len(kinds))) for kind in kinds]
    drawn += rng.sample(kinds, max(0, count - len(drawn)))
    rng.shuffle(drawn)
    return drawn


def disturb(disturbed: Disturbed, number: int, kind: str, *, of: int) -> None:
    """One fault between quiet work; afterwards everything must come to be saved by itself."""
    reader = disturbed.reader
    reader.memory.fault = number
    began = time.monotonic()
    tell(f"{number} of {of}: {kind}")
    try:
        disturbed.answers(0, 2)
        if disturbed.rng.random() < 0.5:  # else the fault meets answers that are on their way
            reader.settle()
            reader.memory.save_ms += reader.take_times()
        FAULTS[kind](disturbed)
        disturbed.answers(0, 2)
        reader.settle()
        disturbed.go_on()
        reader.settle()
        reader.take_times()
    except (Error, TimeoutError) as error:  # told, counted, and not the end of a long run
        disturbed.unhealed.append(f"fault {number}, {kind}: {str(error)[:400]}")
        disturbed.heal()
    tell(f"  whole again after {time.monotonic() - began:.1f} s, {len(reader.memory.answers)} answers")


def kept_by(server: FrailServer) -> list[Kept]:
    lines = [line[5:] for line in server.manage("shell", "-c", WHAT_IS_KEPT).splitlines() if line.startswith("KEPT ")]
    return [Kept(**{**one, "saves": [tuple(save) for save in one["saves"]]}) for one in map(json.loads, lines)]


def compare(memory: Memory, kept: Iterable[Kept]) -> Verdict:
    """Each answer is in the history once; the last one to each item is current; nothing else is there."""
    by_position = {one.position: one for one in kept if one.reader == READER}
    lost, doubled = history_of(memory.answers, by_position.values())
    wrong = [problem for one in kept for problem in strangers(one)]
    for position in {one.position for one in memory.answers}:
        current = by_position[position].current if position in by_position else {}
        wanted = memory.of_pair(position)
        for item in sorted(wanted.keys() | current.keys()):
            if current.get(item) != wanted.get(item):
                wrong.append(f"pair {position}, {item}: {current.get(item)} for {wanted.get(item)}")
    unfinished = [one for one in memory.finished if one not in by_position or not by_position[one].finished]
    wrong += [f"pair {position} is not finished" for position in sorted(unfinished)]
    return Verdict(lost, doubled, wrong)


def history_of(answers: Sequence[Answer], kept: Iterable[Kept]) -> tuple[list[Answer], int]:
    """The answers that no save holds, and how many saves hold one too often."""
    saved = Counter(
        (one.position, item, value) for one in kept for _, save in one.saves for item, value in save.items()
    )
    lost = []
    for answer in answers:
        place = (answer.position, answer.item, answer.value)
        if saved[place]:
            saved[place] -= 1
        else:
            lost.append(answer)
    return lost, saved.total()


def strangers(one: Kept) -> list[str]:
    """Saves by somebody else than the reader of the pair, and any save at all of the one who only signed in."""
    own = [who for who, _ in one.saves if who != one.reader or who == OTHER]
    return [f"pair {one.position} of {one.reader}: saved by {who}" for who in own]


def figures_of(
    kinds: Sequence[str], memory: Memory, verdict: Verdict, disturbed: Disturbed, waiting: int
) -> list[Figure]:
    unseen, unhealed = disturbed.unseen, disturbed.unhealed
    for problem in (*verdict.wrong, *memory.wrongly_shown, *unseen, *unhealed):
        tell(f"WRONG: {problem}")
    for answer in verdict.lost:
        place = f"pair {answer.position}, {answer.item} = {answer.value}"
        tell(f"LOST: {place}, around fault {answer.fault}, {kinds[answer.fault - 1]}")
    times = sorted(memory.save_ms) or [0.0]
    p95 = times[int(0.95 * (len(times) - 1))]
    counts = Counter(kinds)
    name = {"disk full": f"disk full ({disturbed.server.disk.kind})"}
    return [
        *(Figure(f"fault: {name.get(kind, kind)}", counts[kind], "faults") for kind in dict.fromkeys(sorted(kinds))),
        Figure("faults, all kinds", len(kinds), "faults"),
        Figure("answers given", len(memory.answers), "answers"),
        Figure("pairs finished", len(memory.finished), "pairs"),
        none("answers lost", len(verdict.lost)),
        none("answers doubled", verdict.doubled),
        none("answers wrong", len(verdict.wrong)),
        none("pages that showed something else", len(memory.wrongly_shown)),
        none("faults that the page did not tell of", len(unseen)),
        none("faults after which reading did not go on", len(unhealed)),
        none("left in the browser's database", waiting),
        Figure("from a key to 'Saved', between faults, p50", round(statistics.median(times)), "ms"),
        Figure("from a key to 'Saved', between faults, p95", round(p95), "ms"),
    ]


def none(name: str, count: int) -> Figure:
    return Figure(name, count, "", "= 0", count == 0)


if __name__ == "__main__":
    main()
