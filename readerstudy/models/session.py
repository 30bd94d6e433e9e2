"""Under which conditions a study is read, and the sessions in which it was read: when, where, on what screen."""

from django.db import models
from django.db.models import Q

from readerstudy.models.people import Membership
from readerstudy.models.reading import Reading
from readerstudy.models.study import Study


class CheckEvery(models.TextChoices):
    """When a reader checks the display before the first pair is shown."""

    NEVER = "never", "never"
    SESSION = "session", "at the start of each reading session"
    DAY = "day", "once a day on each workstation"


class AskGuess(models.TextChoices):
    """When a reader is asked which side was enhanced."""

    NEVER = "never", "never"
    PAIR = "pair", "at the end of each pair"
    STUDY = "study", "after the last pair, for all pairs on one page"


class ReadingConditions(models.Model):
    """What a protocol demands of a reader's screen and work; a study without a row demands nothing."""

    study = models.OneToOneField(Study, models.CASCADE, related_name="conditions")
    display_check = models.CharField(max_length=8, choices=CheckEvery.choices, default=CheckEvery.NEVER)
    # Device pixels of the whole screen.
    minimum_width_px = models.PositiveIntegerField("smallest screen width (pixels)", null=True, blank=True)
    minimum_height_px = models.PositiveIntegerField("smallest screen height (pixels)", null=True, blank=True)
    whole_stacks = models.BooleanField("a pair is finished only when every slice of both sides was seen", default=False)
    guess = models.CharField(
        "ask readers which side they think was enhanced", max_length=5, choices=AskGuess.choices, default=AskGuess.NEVER
    )

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(display_check__in=CheckEvery.values), name="check_every_is_known"),
            models.CheckConstraint(condition=Q(guess__in=AskGuess.values), name="ask_guess_is_known"),
        )

    def __str__(self) -> str:
        return f"reading conditions of {self.study}"

    @property
    def minimum_px(self) -> tuple[int, int]:
        """Smallest width and height of the screen; 0 where any will do."""
        return self.minimum_width_px or 0, self.minimum_height_px or 0


class ReadingSession(models.Model):
    """One reader's work at one workstation without a long pause.

    `workstation` is a random name that the browser keeps in a cookie: another browser is another workstation.
    """

    reader = models.ForeignKey(Membership, models.PROTECT, related_name="reading_sessions")
    number = models.PositiveIntegerField()
    workstation = models.CharField(max_length=32)
    browser = models.CharField(max_length=300, blank=True)  # as it names itself
    started_at = models.DateTimeField()
    last_active_at = models.DateTimeField()

    class Meta:
        ordering = ("reader", "number")
        constraints = (models.UniqueConstraint(fields=("reader", "number"), name="one_session_a_number"),)

    def __str__(self) -> str:
        return f"session {self.number} of {self.reader.code}"


class DisplayCheck(models.Model):
    """What was measured of a screen and what its reader saw on the test pattern. Append-only."""

    session = models.ForeignKey(ReadingSession, models.PROTECT, related_name="checks")
    checked_at = models.DateTimeField()
    # Device pixels: of the screen, and of the window's inside.
    screen_width_px = models.PositiveIntegerField()
    screen_height_px = models.PositiveIntegerField()
    window_width_px = models.PositiveIntegerField()
    window_height_px = models.PositiveIntegerField()
    pixel_ratio = models.FloatField()  # device pixels a CSS pixel
    colour_depth = models.PositiveSmallIntegerField()
    pixel_pitch_mm = models.FloatField(null=True, blank=True)  # None where the reader had no card at hand
    answers = models.JSONField(default=dict)  # question -> whether the reader said yes

    class Meta:
        ordering = ("session", "id")

    def __str__(self) -> str:
        return f"display check of {self.session}"


class ViewingBatch(models.Model):
    """What a reader looked at in about half a minute, as `core.viewing` describes it. Append-only."""

    reading = models.ForeignKey(Reading, models.PROTECT, related_name="viewing_batches")
    session = models.ForeignKey(ReadingSession, models.PROTECT, null=True, blank=True, related_name="viewing_batches")
    key = models.UUIDField()  # idempotency: the same key twice is the same batch
    received_at = models.DateTimeField()
    content = models.JSONField()

    class Meta:
        ordering = ("reading", "id")
        constraints = (models.UniqueConstraint(fields=("reading", "key"), name="one_viewing_batch_a_key"),)

    def __str__(self) -> str:
        return f"viewing of {self.reading}"
