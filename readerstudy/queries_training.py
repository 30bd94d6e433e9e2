"""Where readers stand with their training. Nothing here writes."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from readerstudy import queries
from readerstudy.core.training import OF_FINDINGS, TASKS, Handling, not_looked_at
from readerstudy.models import (
    Allocation,
    DisplayState,
    Membership,
    Pair,
    Participant,
    Reading,
    ReadingRules,
    Study,
    TrainingRun,
)


def training_pairs(study: Study) -> QuerySet[Pair]:
    """The pairs of the training image sets that are ready to be shown; none of them is ever scored."""
    return (
        Pair.objects.filter(
            image_set__study=study, image_set__training=True, image_set__display_state=DisplayState.READY
        )
        .select_related("image_set__participant", "comparison__arm_a", "comparison__arm_b")
        .order_by("image_set__code", "comparison__position")
    )


def pairs_asked(study: Study) -> int:
    """How many training pairs the protocol asks of each reader; 0 for no training."""
    asked = ReadingRules.objects.filter(study=study).values_list("training_pairs", flat=True).first()
    return asked or 0


def is_due(reader: Membership) -> bool:
    """Whether the protocol asks for training that this reader has not completed."""
    return pairs_asked(reader.study) > 0 and not reader.training_runs.filter(completed_at__isnull=False).exists()


def due_of_reader() -> Q:
    """`is_due` as a condition on allocations, for the addresses that must answer with one query."""
    asked = ReadingRules.objects.filter(study=OuterRef("study"), training_pairs__gt=0)
    done = TrainingRun.objects.filter(reader=OuterRef("reader"), completed_at__isnull=False)
    return Q(Exists(asked)) & ~Q(Exists(done))


def pairs_with(allocation: Allocation) -> QuerySet[Allocation]:
    """The pairs among which a reader goes on and back from this one: those of its training, or all scored ones."""
    return allocation.reader.allocations.all() if allocation.training_run is None else pairs_of(allocation.training_run)


def pairs_of(run: TrainingRun) -> QuerySet[Allocation]:
    return Allocation.everything.filter(training_run=run).order_by("position")


@dataclass(frozen=True)
class Standing:
    """A reader's training: the newest round, how far it is, and what may be done now."""

    asked: int
    run: TrainingRun | None
    finished: int
    following: Allocation | None  # the pair to go on with in a round that is not complete
    completed: bool  # a round was, the newest or one before
    scored: bool  # a scored pair was opened: from then on nobody trains

    @property
    def due(self) -> bool:
        return self.asked > 0 and not self.completed

    @property
    def may_repeat(self) -> bool:
        return self.completed and not self.scored and self.following is None


def standing_of(reader: Membership) -> Standing:
    asked = pairs_asked(reader.study)
    if not asked:
        return Standing(0, None, 0, None, completed=False, scored=False)
    runs = list(reader.training_runs.order_by("attempt"))
    run = runs[-1] if runs else None
    open_pairs = pairs_of(run).exclude(reading__finished_at__isnull=False) if run else Allocation.everything.none()
    total = pairs_of(run).count() if run else 0
    return Standing(
        asked=asked,
        run=run,
        finished=total - open_pairs.count(),
        following=open_pairs.first(),
        completed=any(one.completed_at for one in runs),
        scored=Reading.objects.filter(allocation__reader=reader).exists(),
    )


@dataclass(frozen=True)
class PairFeedback:
    """How one training pair was handled. Nothing about arms, other readers or a truth."""

    position: int
    finished: bool
    active_seconds: float
    slices: int
    unseen: dict[str, str]  # side -> slices that were never on the screen, as "1-3, 7"
    open_at_finish: int  # items that were open when Finish was pressed first
    findings: int
    pins: int

    @property
    def all_seen(self) -> bool:
        return not any(self.unseen.values())


@dataclass(frozen=True)
class Feedback:
    """What is said about handling: each task with whether it was tried, and the pairs one by one."""

    tasks: tuple[tuple[str, bool], ...]
    pairs: tuple[PairFeedback, ...]

    @property
    def tried(self) -> int:
        return sum(done for _, done in self.tasks)


def tasks_of(run: TrainingRun) -> tuple[tuple[str, bool], ...]:
    """What this protocol lets a reader try at the station, each with whether it was tried."""
    tried = Handling.from_json(run.handling).tasks
    has_findings = run.reader.study.consistency_items.exists()
    return tuple((task, task in tried) for task in TASKS if has_findings or task not in OF_FINDINGS)


def feedback_on(run: TrainingRun) -> Feedback:
    handling = Handling.from_json(run.handling)
    allocations = list(pairs_of(run).select_related("reading", "pair__image_set"))
    readings = [one.reading for one in allocations if hasattr(one, "reading")]
    answers, viewings = queries.given_answers(readings), queries.viewings_of(readings)
    return Feedback(
        tasks=tasks_of(run),
        pairs=tuple(_feedback_on(one, handling, answers, viewings) for one in allocations),
    )


def _feedback_on(allocation: Allocation, handling: Handling, answers: dict, viewings: dict) -> PairFeedback:
    reading = getattr(allocation, "reading", None)
    given = answers.get(reading.pk, {}) if reading else {}
    viewing = viewings.get(reading.pk) if reading else None
    slices = int(allocation.pair.image_set.geometry["slices"])
    return PairFeedback(
        position=allocation.position,
        finished=bool(reading and reading.finished_at),
        active_seconds=reading.active_seconds if reading else 0.0,
        slices=slices,
        unseen=not_looked_at(viewing.seen if viewing else {"left": {}, "right": {}}, slices=slices),
        open_at_finish=(handling.open_at_finish or {}).get(allocation.position, 0),
        findings=sum(item.startswith("consistency:") and answer == 1 for item, answer in given.items()),
        pins=sum(item.startswith("pin:") for item in given),
    )


@dataclass(frozen=True)
class ReaderTraining:
    """One line for the coordinator."""

    reader: Membership
    rounds: int
    completed: TrainingRun | None  # the first round that was completed


def training_of_readers(study: Study) -> list[ReaderTraining]:
    """The readers in their order; nobody where the protocol asks for no training."""
    if not pairs_asked(study):
        return []
    runs: dict[int, list[TrainingRun]] = defaultdict(list)
    for run in TrainingRun.objects.filter(reader__study=study).order_by("attempt"):
        runs[run.reader_id].append(run)
    return [_training_of(reader, runs[reader.pk]) for reader in queries.readers_of(study)]


def _training_of(reader: Membership, runs: list[TrainingRun]) -> ReaderTraining:
    return ReaderTraining(reader, len(runs), next((run for run in runs if run.completed_at), None))


def seen_in_both(study: Study) -> list[str]:
    """Participants of whom readers would train on one image set and score another."""
    shared = Participant.objects.filter(study=study, image_sets__training=True)
    return list(shared.filter(image_sets__training=False).distinct().values_list("code", flat=True))
