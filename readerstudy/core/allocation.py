"""The allocation: who reads which pair when, and which arm stands left.

The algorithm is documented so that anybody can repeat it from the recorded seed. Every choice is a rank by
SHA-256 of a line of text that starts with the seed; no library's shuffle takes part, so the result is the same
on every machine, Python and year.

Order.  The pairs of one reader are ranked by sha256("seed|order|reader|image set|comparison|repeat|attempt"). They
        are placed in that order, except that pairs of one participant stay at least `gap` places apart. The gap
        starts at `WANTED_GAP`; where `ATTEMPTS` rankings (attempt 0, 1, …) all end in a corner, it is one less.
Rounds. Where days must lie between two pairs of the same images (washout), the pairs are read in rounds, each with at
        most one pair of an image set: the pairs of an image set are ranked by sha256("seed|round|reader|image
        set|comparison|repeat"), the first goes into the first round, and so on. Each round is ordered as above;
        distances hold also across the border of two rounds, as far as they can.
Repeats. Some pairs are shown a second time (repeat 2), for the agreement of a reader with themselves. Of the pairs that
        have at least `repeat_distance` others after them, ranked by sha256("seed|repeat|reader|image
        set|comparison"), the first of each comparison are taken, then the second ones, until there are enough. In
        that order each is put into the list: of all slots at least `repeat_distance` other pairs after its first
        showing (with rounds: after all first showings), ranked by sha256("seed|slot|reader|image
        set|comparison|number of the slot"), the first that keeps the participant's pairs `gap` apart, where `gap`
        starts at `WANTED_GAP` and is one less where no slot does.
Sides.  Within reader, comparison and repeat the pairs are ranked by
        sha256("seed|side|reader|comparison|image set|repeat"). The first half shows arm A on the left, the rest
        on the right; an odd one goes left or right by the parity of
        sha256("seed|odd|reader|comparison|repeat").
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from readerstudy.core.errors import BadInput

WANTED_GAP = 8
ATTEMPTS = 20


class NothingToAllocate(BadInput):
    """There are no readers or no pairs."""


class CannotRepeat(BadInput):
    """There are fewer pairs that can be shown twice than the protocol asks for."""


@dataclass(frozen=True)
class PairToRead:
    participant: str
    image_set: str
    comparison: str
    arm_a: str
    arm_b: str
    repeat: int = 1


@dataclass(frozen=True)
class Design:
    """What the protocol asks of the order beyond a random one."""

    rounds: bool = False
    repeats: int = 0  # pairs that each reader is shown twice
    repeat_distance: int = 0  # other pairs between the two showings, at least


@dataclass(frozen=True)
class Place:
    """One row of the allocation: position counts from 1."""

    reader: str
    position: int
    participant: str
    image_set: str
    comparison: str
    repeat: int
    left_arm: str
    right_arm: str


@dataclass(frozen=True)
class Balance:
    """How evenly one reader sees arm A of one comparison on either side."""

    reader: str
    comparison: str
    a_left: int
    a_right: int


def text_sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _rank(*words: object) -> str:
    return text_sha256("|".join(str(word) for word in words))


def allocate(
    *, seed: str, readers: Sequence[str], pairs: Sequence[PairToRead], design: Design = Design()
) -> list[Place]:
    """The whole allocation, sorted by reader and position. Raises NothingToAllocate, CannotRepeat."""
    if not readers or not pairs:
        raise NothingToAllocate("An allocation needs at least one reader and one pair that is ready to be read.")
    places: list[Place] = []
    for reader in sorted(readers):
        ordered = _with_repeats(seed, reader, _in_order(seed, reader, pairs, design), design)
        a_is_left = _sides(seed, reader, ordered)
        for position, pair in enumerate(ordered, start=1):
            places.append(_place(reader, position, pair, a_is_left=a_is_left[pair]))
    return places


def _place(reader: str, position: int, pair: PairToRead, *, a_is_left: bool) -> Place:
    left, right = (pair.arm_a, pair.arm_b) if a_is_left else (pair.arm_b, pair.arm_a)
    return Place(reader, position, pair.participant, pair.image_set, pair.comparison, pair.repeat, left, right)


def _sides(seed: str, reader: str, pairs: Iterable[PairToRead]) -> dict[PairToRead, bool]:
    groups: dict[tuple[str, int], list[PairToRead]] = defaultdict(list)
    for pair in pairs:
        groups[pair.comparison, pair.repeat].append(pair)
    a_is_left: dict[PairToRead, bool] = {}
    for (comparison, repeat), group in groups.items():
        ranked = sorted(group, key=lambda pair: _rank(seed, "side", reader, comparison, pair.image_set, repeat))
        odd_goes_left = len(group) % 2 and int(_rank(seed, "odd", reader, comparison, repeat), 16) % 2
        n_left = len(group) // 2 + (1 if odd_goes_left else 0)
        a_is_left |= {pair: index < n_left for index, pair in enumerate(ranked)}
    return a_is_left


def _in_order(seed: str, reader: str, pairs: Sequence[PairToRead], design: Design) -> list[PairToRead]:
    ordered: list[PairToRead] = []
    for group in _rounds(seed, reader, pairs) if design.rounds else [pairs]:
        ordered += _order(seed, reader, group, ordered)
    return ordered


def _rounds(seed: str, reader: str, pairs: Sequence[PairToRead]) -> list[list[PairToRead]]:
    """The pairs by round, no image set twice in one."""
    of_set: dict[str, list[PairToRead]] = defaultdict(list)
    for pair in pairs:
        of_set[pair.image_set].append(pair)
    rounds: dict[int, list[PairToRead]] = defaultdict(list)
    for group in of_set.values():
        ranked = sorted(group, key=lambda p: _rank(seed, "round", reader, p.image_set, p.comparison, p.repeat))
        for number, pair in enumerate(ranked):
            rounds[number].append(pair)
    return [rounds[number] for number in sorted(rounds)]


def _order(seed: str, reader: str, pairs: Sequence[PairToRead], before: Sequence[PairToRead] = ()) -> list[PairToRead]:
    """The pairs in reading order, one participant's kept apart, also from the end of `before`."""
    for gap in range(WANTED_GAP, 0, -1):
        for attempt in range(ATTEMPTS):
            ordered = _keep_apart(_ranked(seed, reader, pairs, attempt), gap, before)
            if ordered is not None:
                return ordered
    return _ranked(seed, reader, pairs, 0)


def _ranked(seed: str, reader: str, pairs: Sequence[PairToRead], attempt: int) -> list[PairToRead]:
    return sorted(
        pairs,
        key=lambda pair: _rank(seed, "order", reader, pair.image_set, pair.comparison, pair.repeat, attempt),
    )


def _keep_apart(ranked: Sequence[PairToRead], gap: int, before: Sequence[PairToRead] = ()) -> list[PairToRead] | None:
    """Greedy placement with at least `gap` other pairs between two of one participant; None if impossible."""
    remaining = list(ranked)
    left = Counter(pair.participant for pair in remaining)
    if any((m - 1) * (gap + 1) + 1 > len(remaining) for m in left.values()):
        return None
    ordered: list[PairToRead] = []
    while remaining:
        recent = {pair.participant for pair in [*before[-gap:], *ordered][-gap:]}
        # A participant with m pairs left needs (m - 1)(gap + 1) + 1 places: whoever is that tight goes first.
        tight = {who for who, m in left.items() if m and (m - 1) * (gap + 1) + 1 >= len(remaining)}
        candidates = [pair for pair in remaining if pair.participant not in recent]
        urgent = [pair for pair in candidates if pair.participant in tight]
        if not candidates or (tight and not urgent):
            return None
        chosen = (urgent or candidates)[0]
        remaining.remove(chosen)
        left[chosen.participant] -= 1
        ordered.append(chosen)
    return ordered


def most_repeats(pairs: int, repeat_distance: int) -> int:
    """How many of so many pairs can be shown a second time at that distance."""
    return max(0, pairs - repeat_distance)


def _with_repeats(seed: str, reader: str, firsts: list[PairToRead], design: Design) -> list[PairToRead]:
    ordered = list(firsts)
    for pair in _to_repeat(seed, reader, firsts, design):
        lowest = ordered.index(pair) + 1 + design.repeat_distance
        slots = range(max(lowest, len(firsts) if design.rounds else 0), len(ordered) + 1)
        ranked = sorted(slots, key=lambda slot: _rank(seed, "slot", reader, pair.image_set, pair.comparison, slot))
        ordered.insert(_slot_apart(ranked, ordered, pair.participant), replace(pair, repeat=2))
    return ordered


def _to_repeat(seed: str, reader: str, firsts: list[PairToRead], design: Design) -> list[PairToRead]:
    """The pairs to be shown again: as many of one comparison as of the other, as far as there are."""
    early = firsts[: most_repeats(len(firsts), design.repeat_distance)]
    if design.repeats > len(early):
        raise CannotRepeat(
            f"{design.repeats} pairs cannot be read twice with {design.repeat_distance} others between: "
            f"of {len(firsts)} pairs at most {len(early)} can."
        )
    ranked = sorted(early, key=lambda pair: _rank(seed, "repeat", reader, pair.image_set, pair.comparison))
    seen: Counter[str] = Counter()
    turns: list[tuple[int, int]] = []
    for index, pair in enumerate(ranked):
        turns.append((seen[pair.comparison], index))
        seen[pair.comparison] += 1
    return [ranked[index] for _, index in sorted(turns)[: design.repeats]]


def _slot_apart(ranked: Sequence[int], ordered: Sequence[PairToRead], participant: str) -> int:
    """The first of the slots at which one more pair of the participant stands far from their others."""
    taken = [index for index, pair in enumerate(ordered) if pair.participant == participant]
    # Between a slot and an earlier pair lie slot - index - 1 others; a later one moves on by one place.
    between = {slot: min(slot - index - 1 if index < slot else index - slot for index in taken) for slot in ranked}
    for gap in range(WANTED_GAP, 0, -1):
        for slot in ranked:
            if between[slot] >= gap:
                return slot
    return ranked[0]


def smallest_repeat_distance(places: Iterable[Place]) -> int | None:
    """The fewest other pairs between the two showings of a pair to any reader; None without repeats."""
    firsts: dict[tuple[str, str, str], int] = {}
    distances: list[int] = []
    for place in sorted(places, key=lambda place: (place.reader, place.repeat)):
        shown = (place.reader, place.image_set, place.comparison)
        if shown in firsts:
            distances.append(place.position - firsts[shown] - 1)
        firsts.setdefault(shown, place.position)
    return min(distances, default=None)


def smallest_gap(places: Sequence[Place]) -> int | None:
    """The fewest other pairs between two pairs of one participant for any reader; None if none repeats."""
    last: dict[tuple[str, str], int] = {}
    gaps: list[int] = []
    for place in sorted(places, key=lambda place: (place.reader, place.position)):
        who = (place.reader, place.participant)
        if who in last:
            gaps.append(place.position - last[who] - 1)
        last[who] = place.position
    return min(gaps, default=None)


def balance(places: Iterable[Place], arm_a_of: dict[str, str]) -> list[Balance]:
    """Left-right balance by reader and comparison; `arm_a_of` maps a comparison to its first-named arm."""
    counts: Counter[tuple[str, str, bool]] = Counter(
        (place.reader, place.comparison, place.left_arm == arm_a_of[place.comparison]) for place in places
    )
    cells = sorted({(reader, comparison) for reader, comparison, _ in counts})
    return [Balance(*cell, a_left=counts[(*cell, True)], a_right=counts[(*cell, False)]) for cell in cells]


def seal(places: Iterable[Place], *, seed: str) -> str:
    """SHA-256 of the canonical text: one line a place, sorted by reader and position, fields by '|', LF.

    The first line is "seed|" and the seed, without which anybody could find the sides of a small study by trying them
    all against its seal. Seals of release 0.1 have no such line: `seed` is empty then.
    """
    ordered = sorted(places, key=lambda place: (place.reader, place.position))
    lines = (
        f"{p.reader}|{p.position}|{p.participant}|{p.image_set}|{p.comparison}|{p.repeat}|{p.left_arm}|{p.right_arm}\n"
        for p in ordered
    )
    return text_sha256((f"seed|{seed}\n" if seed else "") + "".join(lines))
