"""What the database must hold after the faults of `benchmarks/score_faults.py`, and what it does hold."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.fault_reader import Answer, Memory
from benchmarks.frail_server import FrailServer

READER, OTHER = "one", "two"
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
                around = [one.fault for one in memory.answers if (one.position, one.item) == (position, item)]
                values = f"{current.get(item)} for {wanted.get(item)}"
                wrong.append(f"pair {position}, {item}: {values}, given around faults {around}")
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
