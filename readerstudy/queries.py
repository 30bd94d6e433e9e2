"""Reading from the tables: what pages, services and commands need to know. Nothing here writes."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from readerstudy.core.answers import Given, from_stored, value_of
from readerstudy.core.scoring import ScoringProtocol
from readerstudy.core.viewing import Viewing, total_of
from readerstudy.models import (
    Allocation,
    AskGuess,
    DisplayCheck,
    DisplayState,
    ImageSet,
    Membership,
    Pair,
    Participant,
    Reading,
    ReadingConditions,
    ReadingSession,
    Role,
    Score,
    Series,
    Signature,
    Study,
    Task,
    TaskState,
    User,
    ViewingBatch,
)


def scoring_protocol(study: Study) -> ScoringProtocol:
    return ScoringProtocol(
        features=tuple(study.features.values_list("code", flat=True)),
        scale=tuple(study.scale.values_list("value", flat=True)),
        consistency=tuple(study.consistency_items.values_list("code", flat=True)),
        diagnostic_quality=study.diagnostic_quality,
        rest_no_difference=study.rest_no_difference,
        not_assessable=tuple(study.not_assessable_reasons.values_list("code", flat=True)),
        guess=conditions_of(study).guess == AskGuess.PAIR,
    )


def memberships_of(user: User) -> QuerySet[Membership]:
    return Membership.objects.filter(user=user).select_related("study").order_by("-study__created_at")


def readers_of(study: Study) -> QuerySet[Membership]:
    return study.memberships.filter(role=Role.READER).select_related("user").order_by("code")


def current_series(study: Study) -> QuerySet[Series]:
    """Every series that was not removed."""
    return study.series.filter(removed_at=None).select_related("participant", "image_set", "arm", "archive")


def pairs_to_read(study: Study) -> QuerySet[Pair]:
    """The pairs of all image sets that are ready to be shown, without those that readers train on."""
    return (
        Pair.objects.filter(
            image_set__study=study, image_set__training=False, image_set__display_state=DisplayState.READY
        )
        .select_related("image_set__participant", "comparison__arm_a", "comparison__arm_b")
        .order_by("image_set__code", "comparison__position")
    )


def scored_image_sets(study: Study) -> QuerySet[ImageSet]:
    """Those that readers score; the study's other image sets are for training and enter no figure."""
    return study.image_sets.filter(training=False)


def scored_participants(study: Study) -> QuerySet[Participant]:
    """All but those of whom there is nothing but training image sets."""
    own = ImageSet.objects.filter(participant=OuterRef("pk"))
    only_training = Exists(own.filter(training=True)) & ~Exists(own.filter(training=False))
    return study.participants.exclude(only_training)


@dataclass(frozen=True)
class ReaderProgress:
    reader: Membership
    total: int
    finished: int
    opened: int
    active_seconds: float
    signature: Signature | None = None

    @property
    def remaining(self) -> int:
        return self.total - self.finished

    @property
    def unfinished(self) -> int:
        """Opened, but not finished."""
        return self.opened - self.finished

    @property
    def seconds_a_pair(self) -> float | None:
        return self.active_seconds / self.finished if self.finished else None

    @property
    def seconds_left(self) -> float | None:
        """At the reader's own pace; None while there is none."""
        return None if self.seconds_a_pair is None else self.seconds_a_pair * self.remaining


def reader_progress(study: Study) -> list[ReaderProgress]:
    """Completion and time by reader: nothing that depends on an arm."""
    counts = {
        row["reader"]: row
        for row in study.allocations.values("reader").annotate(
            total=Count("id"),
            opened=Count("reading"),
            finished=Count("reading", filter=Q(reading__finished_at__isnull=False)),
        )
    }
    seconds: dict[int, float] = defaultdict(float)
    for reader, active in Reading.objects.filter(allocation__study=study).values_list(
        "allocation__reader", "active_seconds"
    ):
        seconds[reader] += active
    return [
        ReaderProgress(
            reader=reader,
            total=counts.get(reader.pk, {}).get("total", 0),
            finished=counts.get(reader.pk, {}).get("finished", 0),
            opened=counts.get(reader.pk, {}).get("opened", 0),
            active_seconds=seconds[reader.pk],
            signature=signature_of(reader),
        )
        for reader in readers_of(study).select_related("user", "signature")
    ]


def signature_of(reader: Membership) -> Signature | None:
    return getattr(reader, "signature", None)


def answers_of(readings: Iterable[Reading]) -> dict[int, dict[str, int]]:
    """The current numbers by reading: scores, ticks and diagnostic quality, without what is no number."""
    given = given_answers(readings)
    return {
        reading: {item: value for item, answer in items.items() if (value := value_of(answer)) is not None}
        for reading, items in given.items()
    }


def given_answers(readings: Iterable[Reading]) -> dict[int, dict[str, Given]]:
    """The current answers by reading: what the reader gave last for every item, cleared ones left out.

    Given, not saved: an answer that waited in the browser of a machine without a connection may be saved after a newer
    one. It is a version like all others, but it is not the reader's last word.
    """
    answers: dict[int, dict[str, Given]] = defaultdict(dict)
    scores = (
        Score.objects.filter(save_of__reading__in=[reading.pk for reading in readings])
        .order_by("save_of__reading", Coalesce("save_of__given_at", "save_of__saved_at"), "save_of__version")
        .values_list("save_of__reading", "item", "value", "detail")
    )
    for reading, item, value, detail in scores:
        answer = from_stored(value, detail)
        if answer is None:
            answers[reading].pop(item, None)
        else:
            answers[reading][item] = answer
    return answers


def worklist(reader: Membership) -> QuerySet[Allocation]:
    return reader.allocations.select_related("pair__image_set", "reading").order_by("position")


def conditions_of(study: Study) -> ReadingConditions:
    """What the protocol demands of reading; a row that is not stored yet where it demands nothing."""
    return ReadingConditions.objects.filter(study=study).first() or ReadingConditions(study=study)


def current_session(reader: Membership, workstation: str, *, pause: timedelta) -> ReadingSession | None:
    """The reader's last session at this workstation, where the last sign of work is not longer ago than `pause`."""
    since = timezone.now() - pause
    sessions = reader.reading_sessions.filter(workstation=workstation, last_active_at__gte=since)
    return sessions.order_by("-number").first()


def latest_checks(study: Study) -> list[DisplayCheck]:
    """The last display check of every reader at every workstation, newest first."""
    checks = DisplayCheck.objects.filter(session__reader__study=study).select_related("session__reader__user")
    latest: dict[tuple[int, str], DisplayCheck] = {}
    for check in checks.order_by("-pk"):
        latest.setdefault((check.session.reader_id, check.session.workstation), check)
    return list(latest.values())


def viewings_of(readings: Iterable[Reading]) -> dict[int, Viewing]:
    """Everything that was looked at, by reading."""
    batches: dict[int, list[Viewing]] = defaultdict(list)
    stored = ViewingBatch.objects.filter(reading__in=[reading.pk for reading in readings]).order_by("pk")
    for reading, content in stored.values_list("reading", "content"):
        batches[reading].append(Viewing.from_json(content))
    return {reading: total_of(found) for reading, found in batches.items()}


def session_numbers(study: Study) -> dict[int, int]:
    """Reading -> the number of the session in which it was first looked at."""
    batches = ViewingBatch.objects.filter(reading__in=Reading.objects.filter(allocation__study=study))
    batches = batches.filter(session__isnull=False).order_by("-pk")
    return dict(batches.values_list("reading", "session__number"))


@dataclass(frozen=True)
class CaseCounts:
    """What the cases page and the overview say in one line."""

    participants: int
    image_sets: int
    ready: int
    blocked: int
    unassigned: int
    held: int
    tasks_live: int
    tasks_failed: int
    training: int = 0  # image sets for training, which none of the numbers above count


def case_counts(study: Study) -> CaseCounts:
    sets = scored_image_sets(study).aggregate(
        total=Count("id"),
        ready=Count("id", filter=Q(display_state=DisplayState.READY)),
        blocked=Count("id", filter=Q(display_state=DisplayState.BLOCKED)),
    )
    live = (TaskState.QUEUED, TaskState.RUNNING)
    return CaseCounts(
        participants=scored_participants(study).count(),
        image_sets=sets["total"],
        ready=sets["ready"],
        blocked=sets["blocked"],
        unassigned=current_series(study).filter(Q(image_set=None) | Q(arm=None)).count(),
        held=current_series(study).filter(review=Series.Review.HELD).count(),
        tasks_live=study.tasks.filter(state__in=live).count(),
        tasks_failed=len(failed_tasks(study)),
        training=study.image_sets.filter(training=True).count(),
    )


def failed_tasks(study: Study) -> list[Task]:
    """Tasks that failed and that no later task of the same kind and subject made good."""
    latest: dict[tuple[str, int], Task] = {}
    for task in study.tasks.order_by("id"):
        latest[task.kind, task.subject] = task
    return [task for task in latest.values() if task.state == TaskState.FAILED]


def arms_of_set(image_set: ImageSet) -> dict[str, Series]:
    """The current series of an image set by arm code that may be used; those held for review are not among them."""
    return {code: one for code, one in all_arms_of_set(image_set).items() if one.is_usable}


def all_arms_of_set(image_set: ImageSet) -> dict[str, Series]:
    """The current series of an image set by arm code, also those that wait for a review or did not pass it."""
    series = image_set.series.filter(removed_at=None, arm__isnull=False).select_related("arm", "archive")
    return {one.arm.code: one for one in series if one.arm}
