"""What a reader looked at and when: batches that a browser sends, proved here, and their sum.

Slices are rungs of the ladder that both sides share (`core.alignment`), windows are per cent of the pair's default one:
nothing in here can tell one arm from the other. Times are milliseconds since 1970 by the reader's clock.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from readerstudy.core.errors import BadInput
from readerstudy.core.scoring import SIDES
from readerstudy.core.wording import translatable

MOST_INTERVALS = 200  # of one batch, which covers half a minute
MOST_LOOKS = 200
LONGEST_MS = 24 * 60 * 60 * 1000
LATEST_MS = 4_102_444_800_000  # the year 2100
# What one look holds: column -> its least and greatest value, per cent but for `inverted`.
LOOK = {
    "window_width_percent": (0, 2000),
    "window_level_percent": (-1000, 1000),
    "inverted": (0, 1),
    "zoom_left_percent": (1, 10_000),
    "zoom_right_percent": (1, 10_000),
}
Interval = tuple[int, int]
Seen = dict[str, dict[int, int]]


class BadViewing(BadInput):
    """A browser sent something that cannot have been looked at."""


NOT_SEEN = {
    ("left",): translatable(
        "Please look at every slice of both stacks before finishing. Not yet seen: left {left}.",
    ),
    ("right",): translatable(
        "Please look at every slice of both stacks before finishing. Not yet seen: right {right}.",
    ),
    ("left", "right"): translatable(
        "Please look at every slice of both stacks before finishing. Not yet seen: left {left}; right {right}.",
    ),
}


class Unseen(BadInput):
    """The protocol demands that both stacks are seen in full, and slices are missing."""

    def __init__(self, missing: Mapping[str, Sequence[int]]) -> None:
        super().__init__(
            NOT_SEEN[tuple(side for side in SIDES if missing.get(side))],
            **{side: in_ranges(rungs) for side, rungs in missing.items()},
        )
        self.missing = {side: list(rungs) for side, rungs in missing.items()}


@dataclass(frozen=True)
class Viewing:
    """One batch, or the sum of all of a reading.

    intervals : times of activity, ms; seen : side -> rung -> ms on the screen while the reader was active;
    looks : (time, *LOOK), each as it stood from that time on.
    """

    intervals: tuple[Interval, ...]
    seen: Seen
    looks: tuple[tuple[int, ...], ...]

    @property
    def active_s(self) -> float:
        return sum(end - start for start, end in self.intervals) / 1000

    def to_json(self) -> dict[str, Any]:
        return {"intervals": self.intervals, "seen": self.seen, "looks": self.looks}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Viewing":
        """What `to_json` wrote: JSON's keys are texts and its tuples are lists."""
        return cls(
            intervals=tuple((start, end) for start, end in stored["intervals"]),
            seen={side: {int(rung): ms for rung, ms in stored["seen"][side].items()} for side in SIDES},
            looks=tuple(tuple(look) for look in stored["looks"]),
        )


def viewing_of(body: Mapping[str, object], *, slices: int) -> Viewing:
    """A batch as a browser sent it: `intervals`, `seen` and `looks`. Raises BadViewing naming the part."""
    return Viewing(
        intervals=_intervals(body.get("intervals")),
        seen=_seen(body.get("seen"), slices),
        looks=_looks(body.get("looks")),
    )


def _intervals(given: object) -> tuple[Interval, ...]:
    rows = _rows("intervals", given, width=2, most=MOST_INTERVALS)
    for start, end in rows:
        if not (_is_whole(start, 0, LATEST_MS) and _is_whole(end, start, start + LONGEST_MS)):
            raise BadViewing("Each of the 'intervals' must be two whole numbers of milliseconds, in order.")
    return tuple((start, end) for start, end in rows)


def _looks(given: object) -> tuple[tuple[int, ...], ...]:
    rows = _rows("looks", given, width=1 + len(LOOK), most=MOST_LOOKS)
    for at, *values in rows:
        ranges = zip(values, LOOK.values(), strict=True)
        if not (_is_whole(at, 0, LATEST_MS) and all(_is_whole(value, *limits) for value, limits in ranges)):
            raise BadViewing(f"Each of the 'looks' must be whole numbers: the time, {', '.join(LOOK)}.")
    return tuple(tuple(row) for row in rows)


def _rows(name: str, given: object, *, width: int, most: int) -> list[list[Any]]:
    if not isinstance(given, list) or len(given) > most:
        raise BadViewing(f"'{name}' must be a list of at most {most}.")
    if not all(isinstance(row, list) and len(row) == width for row in given):
        raise BadViewing(f"Each of '{name}' must be a list of {width}.")
    return given


def _seen(given: object, slices: int) -> Seen:
    if not isinstance(given, Mapping) or set(given) != set(SIDES):
        raise BadViewing("'seen' must have the sides left and right.")
    return {side: _rungs(given[side], slices) for side in SIDES}


def _rungs(given: object, slices: int) -> dict[int, int]:
    known = {str(rung) for rung in range(slices)}
    if not isinstance(given, Mapping) or not set(given) <= known:
        raise BadViewing(f"A slice must be a number from 0 to {slices - 1}.")
    if not all(_is_whole(ms, 0, LONGEST_MS) for ms in given.values()):
        raise BadViewing("The time on a slice must be a whole number of milliseconds.")
    return {int(rung): ms for rung, ms in given.items()}


def _is_whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def claimed_rungs(given: object, *, slices: int) -> Seen:
    """The slices that a finish says were seen, as side -> list of rungs; without times. Raises BadViewing."""
    if not isinstance(given, Mapping) or not all(isinstance(rungs, list) for rungs in given.values()):
        raise BadViewing("'seen' must map each side to a list of slices.")
    return _seen({side: {str(rung): 0 for rung in rungs} for side, rungs in given.items()}, slices)


def total_of(batches: Iterable[Viewing]) -> Viewing:
    """All batches of a reading together. Times in two windows at once count once."""
    batches = list(batches)
    seen: Seen = {side: {} for side in SIDES}
    for batch in batches:
        for side in SIDES:
            for rung, ms in batch.seen[side].items():
                seen[side][rung] = seen[side].get(rung, 0) + ms
    return Viewing(
        intervals=_united([interval for batch in batches for interval in batch.intervals]),
        seen={side: dict(sorted(seen[side].items())) for side in SIDES},
        looks=tuple(sorted(look for batch in batches for look in batch.looks)),
    )


def _united(intervals: Sequence[Interval]) -> tuple[Interval, ...]:
    united: list[Interval] = []
    for start, end in sorted(intervals):
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(united[-1][1], end))
        else:
            united.append((start, end))
    return tuple(united)


def unseen_rungs(seen: Seen, *, slices: int) -> dict[str, list[int]]:
    return {side: [rung for rung in range(slices) if rung not in seen[side]] for side in SIDES}


def in_ranges(rungs: Sequence[int]) -> str:
    """Slices as readers count them, from 1: "1–3, 7"."""
    parts: list[list[int]] = []
    for rung in sorted(rungs):
        if parts and rung == parts[-1][-1] + 1:
            parts[-1].append(rung)
        else:
            parts.append([rung])
    return ", ".join(f"{part[0] + 1}–{part[-1] + 1}" if len(part) > 1 else f"{part[0] + 1}" for part in parts)
