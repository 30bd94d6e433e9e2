"""A study whose protocol asks for training, and readers who train."""

import uuid

from readerstudy import queries_training
from readerstudy.models import ImageSet, Membership, Reading, Study, TrainingRun
from readerstudy.services import allocate, rules, score, training
from tests.cast import Cast, add_image_set
from tests.conftest import REASON, SEED, complete_answers

SCORED, FOR_TRAINING = (1, 2, 3), (8, 9)  # image sets by number
ASKED = 3


def prepare(cast: Cast, *, pairs: int = ASKED, **asked: object) -> Study:
    """A draft with three image sets to score and two to train on."""
    for number in (*SCORED, *FOR_TRAINING):
        add_image_set(cast.study, number)
    for image_set in ImageSet.objects.filter(study=cast.study, code__in=[f"S{n:03d}" for n in FOR_TRAINING]):
        training.mark(image_set, actor=cast.coordinator, training=True)
    rules.save_rules(cast.study, actor=cast.coordinator, changes={"training_pairs": pairs, **asked})
    return cast.study


def seal(cast: Cast) -> Study:
    allocate.seal_and_start(cast.study, actor=cast.coordinator, reason=REASON, seed=SEED)
    for held in (cast.study, cast.reader_one.study, cast.reader_two.study):
        held.refresh_from_db()
    return cast.study


def train(reader: Membership, *, value: int = 5, pairs: int | None = None) -> TrainingRun:
    """Begin a round, or go on with it, and finish its pairs, or `pairs` of them, with a finding in each."""
    run = training.begin(reader)
    open_pairs = queries_training.pairs_of(run).exclude(reading__finished_at__isnull=False)
    for allocation in open_pairs.select_related("study", "reader__user", "training_run")[:pairs]:
        answers = {**complete_answers(allocation.study, value=value), "consistency:loss_anatomy:left": 1}
        finish(score.open_reading(allocation), answers)
    run.refresh_from_db()
    return run


def finish(reading: Reading, answers: dict[str, int]) -> None:
    receipt = score.save_scores(
        reading, key=uuid.uuid4(), base_version=reading.version, answers=answers, active_seconds=33.0
    )
    score.finish_reading(reading, base_version=receipt.version)
