"""Training: image sets are marked for it in a draft; a reader works through a round before the first scored pair.

The pairs of a round are allocations of their own, drawn from the study's seed when the round begins (`core.training`),
with tokens of their own. `Allocation.objects` and `Reading.objects` leave them out, and so does all that counts.
"""

from django.db import transaction
from django.utils import timezone

from readerstudy import queries, queries_training
from readerstudy.core import lifecycle, sides
from readerstudy.core import training as core
from readerstudy.core.allocation import PairToRead
from readerstudy.core.errors import IntegrityFailure, Signed, WrongState
from readerstudy.core.wording import translatable
from readerstudy.models import Allocation, ImageSet, Membership, Reading, Study, TrainingRun, User
from readerstudy.services import audit
from readerstudy.services.cases import editable
from readerstudy.services.fresh_sides import tokens_and_sides


class TrainingFirst(WrongState):
    """Scored pairs open when the reader has completed the training that the protocol asks for."""

    def __init__(self, study: Study) -> None:
        super().__init__(
            translatable("A short training comes first; your pairs open as soon as it is complete. See your work-list.")
        )
        self.study = study


@transaction.atomic
def mark(image_set: ImageSet, *, actor: User, training: bool) -> None:
    """Say whether readers train on an image set or score it. Raises WrongState once the study is sealed."""
    study = editable(image_set.study)
    if ImageSet.objects.filter(pk=image_set.pk, training=not training).update(training=training):
        audit.record(study, actor, "image set marked", image_set=image_set.code, training=training)


def training_problems(study: Study) -> list[str]:
    """What keeps a study with this training from being sealed."""
    asked, found = queries_training.pairs_asked(study), queries_training.training_pairs(study).count()
    if asked <= found:
        return []
    return [
        f"The protocol asks for {asked} training pairs; the training image sets that are ready have {found}. Mark more "
        "image sets for training on the cases page, or ask for fewer pairs in the protocol."
    ]


def training_warnings(study: Study) -> list[str]:
    marked = study.image_sets.filter(training=True).count()
    warnings = []
    if marked and not queries_training.pairs_asked(study):
        warnings.append(
            f"Image sets marked for training: {marked}. The protocol asks for no training pairs, so nobody sees them."
        )
    if both := queries_training.seen_in_both(study):
        warnings.append(
            f"Readers train on images of participants whose other images they score: {', '.join(both[:10])}"
            f"{' …' if len(both) > 10 else ''}."
        )
    return warnings


def require_trained(allocation: Allocation) -> None:
    """Raise TrainingFirst where a scored pair is asked for before the training is complete."""
    if allocation.training_run_id is None and queries_training.is_due(allocation.reader):
        raise TrainingFirst(allocation.study)


@transaction.atomic
def begin(reader: Membership) -> TrainingRun:
    """A round of training; the one in progress where there is one. Raises WrongState, Signed."""
    study = Study.objects.select_for_update().get(pk=reader.study_id)
    lifecycle.require(study.status, lifecycle.Act.READ)
    if queries.signature_of(reader) is not None:
        raise Signed(translatable("You have signed: your scores are final, and there is nothing left to train for."))
    standing = queries_training.standing_of(reader)
    if not standing.asked or not reader.allocations.exists():
        raise WrongState(translatable("This study has no training for you."))
    if standing.run and not standing.run.completed_at:
        return standing.run
    if standing.scored:
        raise WrongState(
            translatable("The training can be repeated until your first scored pair is opened, and it has been.")
        )
    return _begin(study, reader, attempt=standing.run.attempt + 1 if standing.run else 1)


def _begin(study: Study, reader: Membership, *, attempt: int) -> TrainingRun:
    run = TrainingRun.objects.create(reader=reader, attempt=attempt, started_at=timezone.now())
    pairs = {(pair.image_set.code, pair.comparison.code): pair for pair in queries_training.training_pairs(study)}
    key = sides.key_of(study.allocation_seed)
    places = _drawn(study, reader.code, attempt)
    Allocation.everything.bulk_create(
        Allocation(
            study=study,
            reader=reader,
            pair=pairs[place.image_set, place.comparison],
            position=place.position,
            training_run=run,
            **tokens_and_sides(key, left=place.left_arm, right=place.right_arm),
        )
        for place in places
    )
    audit.record(study, reader.user, "training begun", reader=reader.code, training=attempt, pairs=len(places))
    return run


def _drawn(study: Study, reader: str, attempt: int) -> list[core.TrainingPlace]:
    pairs = [
        PairToRead(
            participant=pair.image_set.participant.code,
            image_set=pair.image_set.code,
            comparison=pair.comparison.code,
            arm_a=pair.comparison.arm_a.code,
            arm_b=pair.comparison.arm_b.code,
        )
        for pair in queries_training.training_pairs(study)
    ]
    asked = queries_training.pairs_asked(study)
    return core.draw(seed=study.allocation_seed, reader=reader, attempt=attempt, pairs=pairs, count=asked)


@transaction.atomic
def note_handling(allocation: Allocation, handling: core.Handling) -> core.Handling:
    """Keep what the reader tried, beside all that was tried before; returns the whole."""
    if allocation.training_run_id is None:
        raise WrongState("This pair is scored; nothing is kept about how it is handled.")
    lifecycle.require(allocation.study.status, lifecycle.Act.READ)
    run = TrainingRun.objects.select_for_update().get(pk=allocation.training_run_id)
    known = core.Handling.from_json(run.handling)
    whole = known.with_more(handling)
    if whole.to_json() != run.handling:
        run.handling = whole.to_json()
        run.save(update_fields=("handling",))
    return whole


def note_finished(reading: Reading) -> None:
    """Called when a training pair is finished, in its transaction: the last one completes the round."""
    run = TrainingRun.objects.select_for_update().get(pk=reading.allocation.training_run_id)
    run.handling = core.Handling.from_json(run.handling).with_more(core.Handling(frozenset({"finish"}))).to_json()
    run.save(update_fields=("handling",))
    if run.completed_at or queries_training.pairs_of(run).exclude(reading__finished_at__isnull=False).exists():
        return
    run.completed_at = timezone.now()
    run.save(update_fields=("completed_at",))
    reader = reading.allocation.reader
    audit.record(reader.study, reader.user, "training completed", reader=reader.code, training=run.attempt)


def verify_training(study: Study) -> int:
    """Compare every round with the draw from the seed; returns how many there are. Raises IntegrityFailure."""
    runs = list(TrainingRun.objects.filter(reader__study=study).select_related("reader"))
    for run in runs:
        rows = queries_training.pairs_of(run).select_related("pair__image_set", *Allocation.OF_SIDES)
        stored = [
            core.TrainingPlace(
                row.position, row.pair.image_set.code, row.pair.comparison.code, *(arm.code for arm in row.arms)
            )
            for row in rows
        ]
        if stored != _drawn(study, run.reader.code, run.attempt):
            raise IntegrityFailure(f"The stored {run} is not the one that the recorded seed gives.")
    return len(runs)
