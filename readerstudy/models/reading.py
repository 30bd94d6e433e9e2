"""The allocation and what readers made of it. Scores are versions: nothing here is ever overwritten."""

from django.db import models
from django.db.models import Q

from readerstudy.core import sides
from readerstudy.models.cases import Pair
from readerstudy.models.people import Membership, User
from readerstudy.models.study import Arm, Study
from readerstudy.models.training import ScoredOnly, ScoredReadings, TrainingRun


class Allocation(models.Model):
    """Reader × pair × repeat: its place in the reader's order and, as a mark, which arm stands left.

    The three tokens are random and differ for every allocation and side, so that one series cannot be
    recognised from one pair to the next. An allocation with a training run counts for nothing: `objects` leaves it out.
    """

    study = models.ForeignKey(Study, models.CASCADE, related_name="allocations")
    reader = models.ForeignKey(Membership, models.PROTECT, related_name="allocations")
    pair = models.ForeignKey(Pair, models.PROTECT, related_name="allocations")
    repeat = models.PositiveSmallIntegerField(default=1)
    position = models.PositiveIntegerField()
    training_run = models.ForeignKey(TrainingRun, models.PROTECT, null=True, blank=True, related_name="+")
    sides = models.CharField(max_length=64)  # which arm stands left: a mark that needs the study's seed (core.sides)
    token = models.CharField(max_length=32, unique=True)
    left_token = models.CharField(max_length=32, unique=True)
    right_token = models.CharField(max_length=32, unique=True)

    # What to select beside it where sides are asked for, so that a row costs no query.
    OF_SIDES = ("study", "pair__comparison__arm_a", "pair__comparison__arm_b")

    objects = ScoredOnly()
    everything = models.Manager()

    class Meta:
        ordering = ("reader", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("reader", "pair", "repeat"), condition=Q(training_run=None), name="one_allocation_a_repeat"
            ),
            models.UniqueConstraint(
                fields=("reader", "position"), condition=Q(training_run=None), name="one_allocation_a_position"
            ),
            models.UniqueConstraint(fields=("training_run", "position"), name="one_training_pair_a_position"),
            models.UniqueConstraint(fields=("training_run", "pair"), name="one_training_pair_a_pair"),
        )

    def __str__(self) -> str:
        return self.presentation_id

    @property
    def arms(self) -> tuple[Arm, Arm]:
        """Left and right. Raises IntegrityFailure where mark, seed and installation's key do not fit together."""
        comparison = self.pair.comparison
        arm_a, arm_b = comparison.arm_a, comparison.arm_b
        key = sides.key_of(self.study.allocation_seed)
        if sides.a_is_left(self.sides, key=key, token=self.token, arm_a=arm_a.code, arm_b=arm_b.code):
            return arm_a, arm_b
        return arm_b, arm_a

    @property
    def left_arm(self) -> Arm:
        return self.arms[0]

    @property
    def right_arm(self) -> Arm:
        return self.arms[1]

    @property
    def presentation_id(self) -> str:
        """The name of this display in tables and exports: reader and place, never an arm."""
        if self.training_run is not None:
            return f"{self.reader.code}-T{self.training_run.attempt}-{self.position:02d}"
        return f"{self.reader.code}-{self.position:04d}"

    @property
    def audited(self) -> dict[str, int]:
        """How the audit trail names it: by its place, and which training it belongs to."""
        training = {"training": self.training_run.attempt} if self.training_run is not None else {}
        return {"position": self.position, **training}


class Reading(models.Model):
    """A reader's work on one allocation."""

    allocation = models.OneToOneField(Allocation, models.PROTECT, related_name="reading")
    opened_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    active_seconds = models.FloatField(default=0)
    version = models.PositiveIntegerField(default=0)

    objects = ScoredReadings()
    everything = models.Manager()

    def __str__(self) -> str:
        return f"reading of {self.allocation}"


class ScoreSave(models.Model):
    """One version of a reading: who changed what when, and why if it was finished before."""

    reading = models.ForeignKey(Reading, models.PROTECT, related_name="saves")
    version = models.PositiveIntegerField()
    key = models.UUIDField()  # idempotency: the same key twice is the same save
    saved_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()
    # When the reader gave it, which is earlier where it waited in a browser. Null: rows from before this was kept.
    given_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("version",)
        constraints = (
            models.UniqueConstraint(fields=("reading", "version"), name="one_save_a_version"),
            models.UniqueConstraint(fields=("reading", "key"), name="one_save_a_key"),
        )

    def __str__(self) -> str:
        return f"version {self.version}"


class Score(models.Model):
    """The answer to one item in one version; without value and detail where the reader cleared it.

    `detail` holds what is no number: a comment, a pin, why a feature is not assessable, or that the value was given
    by an act for several features (`core.answers`).
    """

    save_of = models.ForeignKey(ScoreSave, models.PROTECT, related_name="scores")
    item = models.CharField(max_length=64)
    value = models.PositiveSmallIntegerField(null=True)
    detail = models.JSONField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("save_of", "item"), name="one_score_an_item_and_version"),
            models.CheckConstraint(condition=Q(value__isnull=True) | Q(value__lte=9), name="score_in_range"),
        )

    def __str__(self) -> str:
        return self.item
