"""Which image set and which arm a series belongs to: a proposal that a coordinator confirms or corrects.

Nothing is guessed: where the parameters do not decide, the arm is None and the reason says what is missing.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from readerstudy.core.parameters import SeriesParameters

STANDARD, ACCELERATED = "SOC", "FAST"
ENHANCED_ARM = {STANDARD: "SOC-DL", ACCELERATED: "FAST-DL"}
# Scan times or numbers of averages nearer than this are the same protocol.
CLEAR_DIFFERENCE = 0.05


class ImageSetKey(NamedTuple):
    """`ordinal` counts the image sets of one kind of one participant, from 1."""

    participant: str
    region: str
    plane: str
    sequence: str
    ordinal: int


@dataclass(frozen=True)
class PairingItem:
    """One series as pairing sees it. `source_series_ids` are those that a derived one names as its sources."""

    series_id: int
    participant: str
    parameters: SeriesParameters
    declared_arm: str | None = None
    source_series_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Proposal:
    series_id: int
    image_set_key: ImageSetKey
    arm: str | None
    reason: str


Kind = tuple[str, str, str, str]
Matrix = tuple[object, ...]


def propose(items: Sequence[PairingItem]) -> list[Proposal]:
    """Propose a place for every series, in the order given.

    Acquired series of one participant, region, plane and sequence form one image set if there are at most
    two of them, or if their matrix tells the pairs apart. Of two, the longer scan is the standard of care;
    without scan times, the one with more averages. A derived series goes with the series that it names, or
    with the only image set of its kind. An arm that was declared is kept.
    """
    by_kind: dict[Kind, list[PairingItem]] = defaultdict(list)
    acquired = {item.series_id: item for item in items if not _is_enhanced(item)}
    for item in items:
        by_kind[_kind(_named_source(item, acquired) or item)].append(item)
    found = {proposal.series_id: proposal for kind in by_kind for proposal in _propose_kind(kind, by_kind[kind])}
    return [found[item.series_id] for item in items]


def _named_source(item: PairingItem, acquired: Mapping[int, PairingItem]) -> PairingItem | None:
    """The series that an enhanced one names: it decides the kind, whatever the words of the enhanced header are."""
    if not _is_enhanced(item):
        return None
    named = (acquired[pk] for pk in item.source_series_ids if pk in acquired)
    return next((one for one in named if one.participant == item.participant), None)


def _kind(item: PairingItem) -> Kind:
    parameters = item.parameters
    return item.participant, parameters.region, parameters.plane, parameters.sequence


def _is_enhanced(item: PairingItem) -> bool:
    if item.declared_arm is not None:
        return item.declared_arm in ENHANCED_ARM.values()
    return item.parameters.enhanced_by_algorithm


def _propose_kind(kind: Kind, items: list[PairingItem]) -> list[Proposal]:
    proposals: list[Proposal] = []
    matrix_of: dict[ImageSetKey, Matrix] = {}
    for ordinal, members in enumerate(_image_sets([i for i in items if not _is_enhanced(i)]), start=1):
        key = ImageSetKey(*kind, ordinal)
        matrix_of[key] = _matrix(members[0].parameters)
        proposals += _arms_of_set(key, members)
    for item in items:
        if _is_enhanced(item):
            proposals.append(_propose_enhanced(kind, item, proposals, matrix_of))
    return proposals


def _image_sets(items: list[PairingItem]) -> list[list[PairingItem]]:
    """Split the acquired series of one kind into image sets, in order of appearance."""
    if len(items) <= 2 and not _arms_repeat(items):
        return [items] if items else []
    by_matrix: dict[Matrix, list[PairingItem]] = defaultdict(list)
    for item in items:
        by_matrix[_matrix(item.parameters)].append(item)
    return [image_set for members in by_matrix.values() for image_set in _split_declared(members)]


def _arms_repeat(items: list[PairingItem]) -> bool:
    declared = [item.declared_arm for item in items if item.declared_arm is not None]
    return len(declared) != len(set(declared))


def _matrix(parameters: SeriesParameters) -> Matrix:
    spacing = parameters.pixel_spacing_mm
    return (
        parameters.rows,
        parameters.columns,
        parameters.n_slices,
        None if spacing is None else tuple(round(mm, 2) for mm in spacing),
        None if parameters.slice_thickness_mm is None else round(parameters.slice_thickness_mm, 1),
    )


def _split_declared(members: list[PairingItem]) -> list[list[PairingItem]]:
    """Where every arm was declared, the first of each arm make one image set, the second ones the next."""
    if any(item.declared_arm is None for item in members):
        return [members]
    sets: list[list[PairingItem]] = []
    for item in members:
        free = (s for s in sets if all(other.declared_arm != item.declared_arm for other in s))
        home = next(free, None)
        if home is None:
            sets.append([item])
        else:
            home.append(item)
    return sets


def _arms_of_set(key: ImageSetKey, members: list[PairingItem]) -> list[Proposal]:
    open_items = [item for item in members if item.declared_arm is None]
    declared = [
        Proposal(i.series_id, key, i.declared_arm, "The arm was given with the upload.")
        for i in members
        if i.declared_arm
    ]
    if len(members) == 1 and open_items:
        words = "It is the only series of its kind: nothing tells whether it is the standard or the accelerated scan."
        return [Proposal(members[0].series_id, key, None, words)]
    if len(members) > 2:
        words = f"There are {len(members)} series of this kind with one matrix. Say which belong together."
        return declared + [Proposal(item.series_id, key, None, words) for item in open_items]
    return declared + [_against_other(key, item, members) for item in open_items]


def _against_other(key: ImageSetKey, item: PairingItem, members: list[PairingItem]) -> Proposal:
    other = next(one for one in members if one is not item)
    longer, reason = _compare(item.parameters, other.parameters)
    if longer is None:
        return Proposal(item.series_id, key, None, reason)
    arm = STANDARD if longer else ACCELERATED
    if other.declared_arm == arm:
        words = f"By {reason} it would be {arm}, which the other series was declared to be. Check both."
        return Proposal(item.series_id, key, None, words)
    return Proposal(item.series_id, key, arm, f"Of the two series of this kind it has {reason}.")


def _compare(own: SeriesParameters, other: SeriesParameters) -> tuple[bool | None, str]:
    for a, b, words in (
        (own.scan_time_s, other.scan_time_s, "scan time"),
        (own.averages, other.averages, "number of averages"),
    ):
        if a is not None and b is not None and abs(a - b) > CLEAR_DIFFERENCE * max(a, b):
            return a > b, f"the {'larger' if a > b else 'smaller'} {words} ({a:g} against {b:g})"
    return None, "Scan time and averages are missing or equal, so the standard scan cannot be told from the other."


def _propose_enhanced(
    kind: Kind, item: PairingItem, proposals: list[Proposal], matrix_of: dict[ImageSetKey, Matrix]
) -> Proposal:
    source = next((one for one in proposals if one.series_id in item.source_series_ids), None)
    if item.declared_arm is not None:
        used = {one.image_set_key for one in proposals if one.arm == item.declared_arm}
        key = source.image_set_key if source else _free_set(kind, item, matrix_of, used)
        return Proposal(item.series_id, key, item.declared_arm, "The arm was given with the upload.")
    if source is None or source.arm not in ENHANCED_ARM:
        key = source.image_set_key if source else _free_set(kind, item, matrix_of, set())
        words = "An algorithm made it, but from which arm cannot be told from the header."
        return Proposal(item.series_id, key, None, words)
    words = f"An algorithm made it from the {source.arm} series."
    return Proposal(item.series_id, source.image_set_key, ENHANCED_ARM[source.arm], words)


def _free_set(
    kind: Kind, item: PairingItem, matrix_of: dict[ImageSetKey, Matrix], used: set[ImageSetKey]
) -> ImageSetKey:
    """Return the first image set of the kind that has the same matrix and lacks the arm; else the first of all."""
    same = [key for key, matrix in matrix_of.items() if matrix == _matrix(item.parameters) and key not in used]
    return min(same or matrix_of, default=ImageSetKey(*kind, 1))
