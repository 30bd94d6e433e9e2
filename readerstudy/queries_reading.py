"""A reader's own work: all pairs with their answers, and when reading can go on. Nothing here writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext, gettext_lazy

from readerstudy import queries
from readerstudy.core import pacing, scoring
from readerstudy.core.answers import Given, value_of
from readerstudy.models import Allocation, AskGuess, Membership, Reading, ReadingRules, ScoreSave, Study
from readerstudy.standard_words import shown


@dataclass(frozen=True)
class Answer:
    """One required item of a pair: its name, the answer as a list shows it, and in the protocol's words.

    Both are empty while it is open.
    """

    label: str
    shown: str
    word: str


@dataclass(frozen=True)
class ReviewedPair:
    """One line of the review list. Left and right are sides; no arm is known here."""

    allocation: Allocation
    reading: Reading | None
    preferences: tuple[Answer, ...]
    qualities: tuple[Answer, ...]
    guess: Answer | None  # which side was enhanced, where the protocol asks it
    findings: tuple[str, ...]

    @property
    def state(self) -> str:
        if self.reading is None:
            return "open"
        return "finished" if self.reading.finished_at else "begun"

    @property
    def unanswered(self) -> list[str]:
        required = (*self.preferences, *self.qualities, *([self.guess] if self.guess else []))
        return [one.label for one in required if not one.shown]


@dataclass(frozen=True)
class Review:
    pairs: tuple[ReviewedPair, ...]
    asks_guess: bool

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
    answers = queries.given_answers([one for one in readings.values() if one])
    items = _Items(reader.study)
    pairs = (
        items.pair(one, reading, answers.get(reading.pk, {}) if reading else {})
        for one in allocations
        for reading in (readings[one.pk],)
    )
    return Review(tuple(pairs), items.asks_guess)


Answers = Mapping[str, Given]
SIDE_WORDS = {"left": gettext_lazy("left"), "right": gettext_lazy("right")}
GUESSES = {
    scoring.GUESS_LEFT: SIDE_WORDS["left"],
    scoring.GUESS_UNSURE: gettext_lazy("cannot tell"),
    scoring.GUESS_RIGHT: SIDE_WORDS["right"],
}
YES_NO = {0: gettext_lazy("no"), 1: gettext_lazy("yes")}


class _Items:
    """The protocol's items with their names, read once."""

    def __init__(self, study: Study) -> None:
        self.features = [(code, shown(label)) for code, label in study.features.values_list("code", "label")]
        self.words = {value: shown(label) for value, label in study.scale.values_list("value", "label")}
        reasons = study.not_assessable_reasons.values_list("code", "label")
        self.reasons = {code: shown(label) for code, label in reasons}
        findings = study.consistency_items.values_list("code", "label")
        self.findings = {code: shown(label) for code, label in findings}
        self.diagnostic = study.diagnostic_quality
        self.asks_guess = queries.conditions_of(study).guess == AskGuess.PAIR

    def pair(self, allocation: Allocation, reading: Reading | None, answers: Answers) -> ReviewedPair:
        return ReviewedPair(
            allocation,
            reading,
            preferences=tuple(self._preference(label, answers.get(f"feature:{code}")) for code, label in self.features),
            qualities=tuple(self._quality(side, answers) for side in scoring.SIDES) if self.diagnostic else (),
            guess=self._guess(answers) if self.asks_guess else None,
            findings=tuple(
                f"{SIDE_WORDS[side]}: {label}"
                + (f" ({comment})" if (comment := answers.get(f"comment:{code}:{side}")) else "")
                for side in scoring.SIDES
                for code, label in self.findings.items()
                if answers.get(f"consistency:{code}:{side}")
            ),
        )

    def _preference(self, label: str, answer: Given | None) -> Answer:
        if isinstance(answer, Mapping) and "not_assessable" in answer:
            reason = str(answer["not_assessable"])
            words = gettext("not assessable, {reason}").format(reason=self.reasons.get(reason, reason))
            return Answer(label, gettext("n/a"), words)
        value = value_of(answer)
        return Answer(label, "", "") if value is None else Answer(label, str(value), self.words.get(value, ""))

    @staticmethod
    def _quality(side: str, answers: Answers) -> Answer:
        word = str(YES_NO.get(value_of(answers.get(f"diagnostic:{side}")), ""))
        return Answer(gettext("Diagnostic quality, {side}").format(side=SIDE_WORDS[side]), word, word)

    @staticmethod
    def _guess(answers: Answers) -> Answer:
        word = str(GUESSES.get(value_of(answers.get(scoring.GUESS)), ""))
        return Answer(gettext("Which side was enhanced"), word, word)


def rules_of(study: Study) -> ReadingRules:
    """The study's rules of reading; a new row without limits where it has none."""
    return ReadingRules.objects.filter(study=study).first() or ReadingRules(study=study)


@dataclass(frozen=True)
class Opening:
    """Whether a pair that was never opened may be opened now."""

    pause: pacing.Pause | None = None
    seconds: float | None = None  # for how long it may be opened without asking again; None: for ever
    first: Allocation | None = None  # the pair that comes first, where the order is kept


def opening_of(allocation: Allocation, now: datetime) -> Opening:
    """A pair in progress, or finished, can always be opened again; so can a training pair, which counts for nothing."""
    if allocation.training_run_id is not None or getattr(allocation, "reading", None) is not None:
        return Opening()
    rules = pacing_rules(allocation.study)
    if not rules.any:
        return Opening()
    if rules.keeps_order:
        first = first_unopened(allocation.reader)
        if first and first.pk != allocation.pk:
            return Opening(pacing.Pause(pacing.Reason.ORDER, None), first=first)
    work = _work_before(allocation, now)
    return Opening(pacing.pause_before(rules, work, now), pacing.seconds_to_open(rules, work, now))


def pacing_rules(study: Study) -> pacing.PacingRules:
    rules = rules_of(study)
    return pacing.PacingRules(
        session_minutes=rules.session_minutes,
        break_minutes=rules.break_minutes,
        pairs_a_day=rules.pairs_a_day,
        washout_days=rules.washout_days,
        time_zone=rules.time_zone,
    )


def first_unopened(reader: Membership) -> Allocation | None:
    return reader.allocations.filter(reading=None).order_by("position").first()


def _work_before(allocation: Allocation, now: datetime) -> pacing.Work:
    since = now - pacing.LOOKS_BACK
    readings = Reading.objects.filter(allocation__reader=allocation.reader)
    openings = tuple(readings.filter(opened_at__gte=since).values_list("opened_at", flat=True))
    saves = ScoreSave.objects.filter(reading__in=readings, saved_at__gte=since)
    moments = (
        *openings,
        *readings.filter(finished_at__gte=since).values_list("finished_at", flat=True),
        *saves.values_list("saved_at", flat=True),
    )
    same = readings.filter(allocation__pair__image_set=allocation.pair.image_set_id)
    seen = [at for row in same.values_list("opened_at", "finished_at") for at in row if at]
    return pacing.Work(moments, openings, max(seen, default=None))
