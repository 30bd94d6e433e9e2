"""A reader's own work as a list: every pair with its answers and what is still open. Nothing here writes."""

from collections.abc import Mapping
from dataclasses import dataclass

from readerstudy import queries
from readerstudy.core import scoring
from readerstudy.models import Allocation, Membership, Reading, Study


@dataclass(frozen=True)
class Answer:
    """One required item of a pair: its name, and the answer in the protocol's words; None while it is open."""

    label: str
    value: int | None
    word: str


@dataclass(frozen=True)
class ReviewedPair:
    """One line of the review list. Left and right are sides; no arm is known here."""

    allocation: Allocation
    reading: Reading | None
    preferences: tuple[Answer, ...]
    qualities: tuple[Answer, ...]
    findings: int

    @property
    def state(self) -> str:
        if self.reading is None:
            return "open"
        return "finished" if self.reading.finished_at else "begun"

    @property
    def unanswered(self) -> list[str]:
        return [one.label for one in (*self.preferences, *self.qualities) if one.value is None]


@dataclass(frozen=True)
class Review:
    pairs: tuple[ReviewedPair, ...]

    @property
    def to_do(self) -> list[ReviewedPair]:
        return [one for one in self.pairs if one.state != "finished"]

    @property
    def finished(self) -> int:
        return len(self.pairs) - len(self.to_do)

    @property
    def active_seconds(self) -> float:
        return sum(one.reading.active_seconds for one in self.pairs if one.reading)


def review_of(reader: Membership) -> Review:
    """All pairs of a reader in their order."""
    allocations = list(queries.worklist(reader))
    readings = {one.pk: getattr(one, "reading", None) for one in allocations}
    answers = queries.answers_of([one for one in readings.values() if one])
    items = _Items(reader.study)
    return Review(
        tuple(items.pair(one, reading, answers.get(reading.pk, {}) if reading else {})
              for one in allocations for reading in (readings[one.pk],))
    )  # fmt: skip


class _Items:
    """The protocol's items with their names, read once."""

    def __init__(self, study: Study) -> None:
        self.features = list(study.features.values_list("code", "label"))
        self.words = dict(study.scale.values_list("value", "label"))
        self.diagnostic = study.diagnostic_quality

    def pair(self, allocation: Allocation, reading: Reading | None, answers: Mapping[str, int]) -> ReviewedPair:
        preferences = tuple(
            Answer(label, value, self.words.get(value, "") if value else "")
            for code, label in self.features
            for value in (answers.get(f"feature:{code}"),)
        )
        qualities = tuple(self._quality(side, answers) for side in scoring.SIDES) if self.diagnostic else ()
        findings = sum(value for item, value in answers.items() if item.startswith("consistency:"))
        return ReviewedPair(allocation, reading, preferences, qualities, findings)

    @staticmethod
    def _quality(side: str, answers: Mapping[str, int]) -> Answer:
        value = answers.get(f"diagnostic:{side}")
        return Answer(f"Diagnostic quality, {side}", value, {None: "", 0: "no", 1: "yes"}[value])
