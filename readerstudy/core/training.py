"""Training before the first scored pair: which pairs a reader trains on, and what is said about handling afterwards.

Nothing in here is about arms, other readers or a truth: what is said is how the station was used.

The draw can be repeated from the study's seed, as the allocation can. The pairs of the training image sets are ranked
by sha256("seed|training|reader|attempt|image set|comparison"). The first of each image set come first, then the second
ones, and so on, until there are enough. Arm A stands left where the first digit of
sha256("seed|training side|reader|attempt|image set|comparison") is even.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from readerstudy.core.allocation import PairToRead, text_sha256
from readerstudy.core.errors import BadInput
from readerstudy.core.scoring import SIDES
from readerstudy.core.viewing import in_ranges

# What a reader may try during training, in the order of the list that is ticked as it happens.
TASKS = ("slices", "window", "zoom", "link", "reset", "keyboard", "correct", "finding", "pin", "finish")
OF_FINDINGS = frozenset({"finding", "pin"})  # where the protocol has none, these cannot be tried
MOST_OPEN = 500  # items of a pair, by far


class BadHandling(BadInput):
    """A browser sent something about handling that cannot be."""


class TooFewPairs(BadInput):
    """The training image sets have fewer pairs than the protocol asks for."""


@dataclass(frozen=True)
class TrainingPlace:
    """One pair of a round of training: position counts from 1."""

    position: int
    image_set: str
    comparison: str
    left_arm: str
    right_arm: str


def draw(*, seed: str, reader: str, attempt: int, pairs: Sequence[PairToRead], count: int) -> list[TrainingPlace]:
    """The pairs of one round in their order. Raises TooFewPairs."""
    if count > len(pairs):
        raise TooFewPairs(f"There are {len(pairs)} pairs for training; {count} are asked for.")

    def rank(pair: PairToRead, what: str) -> str:
        return text_sha256("|".join((seed, what, reader, str(attempt), pair.image_set, pair.comparison)))

    ranked = sorted(pairs, key=lambda pair: rank(pair, "training"))
    seen: Counter[str] = Counter()
    rounds = []
    for pair in ranked:
        rounds.append(seen[pair.image_set])
        seen[pair.image_set] += 1
    spread = sorted(range(len(ranked)), key=lambda index: (rounds[index], index))
    places = []
    for position, pair in enumerate((ranked[index] for index in spread[:count]), start=1):
        a_is_left = int(rank(pair, "training side")[0], 16) % 2 == 0
        sides = (pair.arm_a, pair.arm_b) if a_is_left else (pair.arm_b, pair.arm_a)
        places.append(TrainingPlace(position, pair.image_set, pair.comparison, *sides))
    return places


@dataclass(frozen=True)
class Handling:
    """What a reader tried: codes of TASKS; and how many items of a pair were open when Finish was pressed, at most."""

    tasks: frozenset[str] = frozenset()
    open_at_finish: Mapping[int, int] | None = None

    def to_json(self) -> dict[str, Any]:
        counts = {str(position): items for position, items in sorted((self.open_at_finish or {}).items())}
        return {"tasks": [task for task in TASKS if task in self.tasks], "open_at_finish": counts}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Handling":
        counts = {int(position): items for position, items in stored.get("open_at_finish", {}).items()}
        return cls(frozenset(stored.get("tasks", ())), counts)

    def with_more(self, other: "Handling") -> "Handling":
        counts = dict(self.open_at_finish or {})
        for position, items in (other.open_at_finish or {}).items():
            counts[position] = max(items, counts.get(position, 0))
        return Handling(self.tasks | other.tasks, counts)


def handling_of(body: Mapping[str, object], *, position: int) -> Handling:
    """What a browser says about the pair at `position`: `tasks` and `open_at_finish`. Raises BadHandling."""
    tasks, items = body.get("tasks"), body.get("open_at_finish", 0)
    if not isinstance(tasks, list) or not all(isinstance(task, str) and task in TASKS for task in tasks):
        raise BadHandling(f"'tasks' must be a list of {', '.join(TASKS)}.")
    if isinstance(items, bool) or not isinstance(items, int) or not 0 <= items <= MOST_OPEN:
        raise BadHandling("'open_at_finish' must be the number of items that were open.")
    return Handling(frozenset(tasks), {position: items} if items else {})


def not_looked_at(seen: Mapping[str, Mapping[int, int]], *, slices: int) -> dict[str, str]:
    """Side -> the slices that were never on the screen, as readers count them: "1-3, 7"; empty where all were."""
    return {side: in_ranges([rung for rung in range(slices) if rung not in seen[side]]) for side in SIDES}
