"""Nothing on the wire but the pixels tells the arms apart: a classifier that tries finds no more than chance.

A running product, a study whose arms differ in matrix, slices, spacing and noise, sides at random as the allocation
puts them, and readers who ask for everything that a browser asks for: the page of a pair, its state, every slice of
both sides. Of each response all is kept but the pixels (`wire_judge`). Each family of features is judged by itself, and
then once more with a small leak planted into it, which the judge must find: a header in every other answer, one byte
more, twice the time for arm A. `--quick` asks in this process for a small study's responses of one reader.
"""

import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.report import Figure, parser, report
from benchmarks.wire_judge import FAMILIES, Answer, judge, with_a_leak

SEED = 20261128
READERS = ("wire-reader-1", "wire-reader-2", "wire-reader-3")
WANTED = 2000
# status, headers, content, seconds
Response = tuple[int, tuple[tuple[str, str], ...], bytes, float]


def main() -> None:
    options = parser(__doc__).parse_args()
    answers = collected(image_sets=6 if options.quick else 32, readers=READERS[: 2 if options.quick else 3])
    figures = [Figure("responses", len(answers), "", f">= {WANTED}", options.quick or len(answers) >= WANTED)]
    figures += list(judged(answers))
    claim = "Nothing on the wire but the pixels tells the arms apart"
    raise SystemExit(not report(claim, figures, as_json=options.json, quick=options.quick))


def collected(*, image_sets: int, readers: Sequence[str]) -> list[Answer]:
    """All answers of a running product to these readers."""
    from benchmarks.browserless import PASSWORD, Visitor
    from tests.real_stack import WEB_ONLY, running_stack

    with running_stack(*WEB_ONLY) as stack:
        made = f"from benchmarks.wire_study import make; make({image_sets}, {tuple(readers)!r}, {PASSWORD!r})"
        stack.manage("shell", "-v0", "-c", made)
        told = stack.manage("shell", "-v0", "-c", "from benchmarks.wire_study import print_places; print_places()")
        places = json.loads(told.strip().splitlines()[-1])
        answers: list[Answer] = []
        for name in readers:
            visitor = Visitor(stack.address).sign_in(name)
            own = [place for place in places if place["reader"] == name]
            answers += answers_of(lambda path, visitor=visitor: _asked(visitor, path), own, seed=SEED)
        return answers


def _asked(visitor: Any, path: str) -> Response:
    begun = time.perf_counter()
    got = visitor.session.get(visitor.address + path, timeout=60)
    seconds = time.perf_counter() - begun
    return got.status_code, tuple(got.headers.items()), got.content, seconds


def answers_of(ask: Callable[[str], Response], places: Sequence[dict[str, Any]], *, seed: int) -> Iterator[Answer]:
    """Everything that a browser asks for of these pairs; slices in an order that favours no side."""
    order = random.Random(seed)
    for place in places:
        page = f"/read/{place['token']}/"
        a_is_left = place["a_is_left"]
        asked = [("page", page, a_is_left), ("state", f"{page}state/", a_is_left)]
        slices = [
            ("slice", f"/pixels/{token}/{z}", (side == 0) == a_is_left)
            for side, token in enumerate(place["sides"])
            for z in range(place["slices"])
        ]
        order.shuffle(slices)
        for number, (kind, path, arm_a) in enumerate([*asked, *slices]):
            status, headers, content, seconds = ask(path)
            kept = b"" if kind == "slice" else content
            yield Answer(place["pair"], arm_a, kind, number, status, headers, kept, len(content), seconds)


def judged(answers: Sequence[Answer], **how: Any) -> Iterator[Figure]:
    """`how`: confidence and resamples of `judge`."""
    for name, family in FAMILIES.items():
        found = judge(answers, family, seed=SEED, **how)
        interval = f"0.5 in {found.low:.3f}-{found.high:.3f}"
        yield Figure(f"AUC by {name}", round(found.auc, 4), "", interval, found.is_chance)
        leak = judge(with_a_leak(answers, name), family, seed=SEED, **how)
        interval = f"0.5 not in {leak.low:.3f}-{leak.high:.3f}"
        yield Figure(f"AUC by {name}, with a leak planted", round(leak.auc, 4), "", interval, leak.low > 0.5)


if __name__ == "__main__":
    main()
