"""Claim: no fault loses a score, doubles it or makes it wrong.

A simulated reader scores pairs in a real browser on the real product while, in an order drawn from a seed, servers are
killed, the network is cut, tabs are closed and crash, sessions end, disks are full. Everything that the page showed as
chosen is remembered; at the end the database must hold each answer once, with the last one current, and nothing else.

    benchmarks/score_faults.py [--quick] [--faults 200] [--seed 1] [--json]

What a kill comes too early for is not tested: a browser killed by SIGKILL within 0.1 s of a key. Tabs are closed, crash
and are loaded anew with no wait at all. The full disk is a small tmpfs where the system allows it (frail_server.py).
"""

import math
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.cut_wire import CutWire  # noqa: E402
from benchmarks.fault_reader import Memory, ReaderInBrowser  # noqa: E402
from benchmarks.fault_verdict import READER, Verdict, compare, kept_by  # noqa: E402
from benchmarks.faults import FAULTS, Disturbed  # noqa: E402
from benchmarks.frail_server import FrailServer  # noqa: E402
from benchmarks.report import Figure, parser, report  # noqa: E402
from benchmarks.stages import tell  # noqa: E402
from tests.browser.conftest import NAMES  # noqa: E402

CLAIM = "No fault loses, doubles or falsifies a score"
SETS = 40  # image sets; three pairs each
QUICK_SETS = 4
MAKE_STUDY = """
from readerstudy.services import allocate
from tests.cast import PASSWORD, add_image_set, make_cast
cast = make_cast()
for number in range(1, {sets} + 1):
    add_image_set(cast.study, number)
allocate.seal_and_start(cast.study, actor=cast.coordinator, reason="to be disturbed", seed="5eed5eed5eed5eed")
print("PASSWORD", PASSWORD)
"""


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
