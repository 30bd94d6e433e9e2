"""Let simulated readers work through a study, by the services that the reading station uses."""

import time
import uuid
from collections.abc import Callable

from enhancement.core.readers import Presentation, active_seconds, noise_of, simulate_answers
from enhancement.services.demo import coordinator_of, finish_work
from readerstudy import queries
from readerstudy.core.blinding import StackGeometry
from readerstudy.core.lifecycle import Status
from readerstudy.core.scoring import SIDES, ScoringProtocol
from readerstudy.models import Allocation, ImageSet, Study
from readerstudy.services import archive, close, score

REASON = "end of the demonstration"
NAMESPACE = uuid.UUID("6f1b9f0e-5d0b-4c39-9a3b-6b1f6f1d7a11")


def noise_levels(study: Study) -> dict[tuple[str, str], float]:
    """What the readers see of noise: by image set and arm, measured on the images that are shown."""
    levels = {}
    for image_set in ImageSet.objects.filter(study=study):
        for code, series in queries.arms_of_set(image_set).items():
            if series.arm is not None and series.arm.shown:
                levels[image_set.code, code] = noise_of(archive.load_volume(series).values_zyx)
    return levels


def read_everything(study: Study, *, seed: int, say: Callable[[str], None]) -> int:
    """Score and finish every pair that is not finished; returns how many."""
    noise, protocol = noise_levels(study), queries.scoring_protocol(study)
    count = 0
    for reader in queries.readers_of(study):
        say(f"{reader.code} is reading")
        open_pairs = queries.worklist(reader).filter(reading__finished_at=None)
        rows = open_pairs.select_related("reader__user", "pair__image_set__participant", *Allocation.OF_SIDES)
        for allocation in rows:
            _read(allocation, presentation_of(allocation, noise), protocol, seed=str(seed))
            count += 1
    return count


def presentation_of(allocation: Allocation, noise: dict[tuple[str, str], float]) -> Presentation:
    image_set = allocation.pair.image_set
    arms = dict(zip(SIDES, (arm.code for arm in allocation.arms), strict=True))
    return Presentation(
        reader=allocation.reader.code,
        participant=image_set.participant.code,
        image_set=image_set.code,
        repeat=allocation.repeat,
        noise={side: noise[image_set.code, arm] for side, arm in arms.items()},
        picture=arms,
        frame=StackGeometry.from_json(image_set.geometry).pin_frame(),
    )


def _read(allocation: Allocation, presentation: Presentation, protocol: ScoringProtocol, *, seed: str) -> None:
    reading = score.open_reading(allocation)
    receipt = score.save_scores(
        reading,
        key=uuid.uuid5(NAMESPACE, f"{allocation.token}|{reading.version}"),
        base_version=reading.version,
        answers=simulate_answers(presentation, protocol=protocol, seed=seed),
        active_seconds=active_seconds(presentation, seed=seed),
    )
    score.finish_reading(reading, base_version=receipt.version)


def close_study(study: Study) -> None:
    """Lock, unblind and analyse, as happens at the end of a study."""
    actor = coordinator_of(study)
    if study.status == Status.READING:
        study = close.lock_study(study, actor=actor, reason=REASON)
    if study.status == Status.LOCKED:
        close.unblind_study(study, actor=actor, reason=REASON)
    finish_work(study, ("analyse",), sleep=time.sleep)
