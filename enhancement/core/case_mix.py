"""Which participants and image sets a simulated study has: the composition of Bash 2021, or a sample of it."""

from dataclasses import dataclass
from typing import TypeVar

Kind = TypeVar("Kind")

REGIONS = {"lumbar": 88, "cervical": 14, "thoracic": 9}
PARTICIPANTS = {"lumbar": 45, "cervical": 11, "thoracic": 5}
# The counts by region and by sequence are the paper's; how the 61 participants fall to the regions is not told there.
SEQUENCES = {
    ("sagittal", "T2"): 23,
    ("sagittal", "T1"): 21,
    ("axial", "T2"): 20,
    ("sagittal", "STIR"): 18,
    ("axial", "T1"): 17,
    ("sagittal", "PD"): 12,
}
PAPER_IMAGE_SETS = sum(REGIONS.values())


@dataclass(frozen=True)
class Case:
    """One image set to be simulated; `participant` and `number` count from 1."""

    number: int
    participant: int
    region: str
    plane: str
    sequence: str


def case_mix(image_sets: int) -> list[Case]:
    """The first image sets of an order in which every beginning has about the paper's composition.

    With all 111 the counts are exactly the paper's: 61 participants, and every region and sequence as often as
    there. Beyond that the list starts again with new participants.
    """
    regions, kinds = spread(REGIONS), spread(SEQUENCES)
    met = dict.fromkeys(REGIONS, 0)
    numbers: dict[tuple[int, str, int], int] = {}
    cases = []
    for index in range(image_sets):
        lap, place = divmod(index, PAPER_IMAGE_SETS)
        region, (plane, sequence) = regions[place], kinds[place]
        group = met[region] % REGIONS[region] * PARTICIPANTS[region] // REGIONS[region]
        met[region] += 1
        participant = numbers.setdefault((lap, region, group), len(numbers) + 1)
        cases.append(Case(index + 1, participant, region, plane, sequence))
    return cases


def spread(counts: dict[Kind, int]) -> list[Kind]:
    """Every kind as often as counted, evenly over the list."""
    places = [((k + 0.5) / count, kind) for kind, count in counts.items() for k in range(count)]
    return [kind for _, kind in sorted(places, key=lambda place: place[0])]
