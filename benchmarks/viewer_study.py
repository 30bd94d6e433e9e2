"""The study of `benchmarks/viewer.py` and `session_memory.py`: 2 x 20 slices of 512 x 512 with the prototype's markers.

    manage.py shell -c "from benchmarks.viewer_study import make; make('STACKS.npz', 6, ['reader'], 'password')"

Every image set has the same two acquisitions: the browser cannot know, for tokens and bytes are asked for anew.
"""

import uuid
from collections.abc import Sequence

import numpy as np

from readerstudy.models import Arm, ImageSet, Participant, Role, Series, Study
from readerstudy.services import accounts, allocate, archive, display, studies
from readerstudy.services.series import NewSeries, store_series
from tests.cast import instances, person

SPACING_MM = 0.45  # as the prototype's


def make(path: str, image_sets: int, usernames: Sequence[str], password: str) -> None:
    stacks = np.load(path)
    coordinator = person("bench-coordinator")
    study = studies.create_study(actor=coordinator, title="Viewer")
    for username in usernames:
        reader = person(username)
        reader.set_password(password)
        reader.save()
        accounts.add_member(study, reader, Role.READER, actor=coordinator)
    first = _image_set(study, 0)
    for arm in study.arms.filter(shown=True):
        _add(study, first, arm, stacks["fast" if arm.code == "FAST" else "soc"])
    display.build(first)
    first.refresh_from_db()
    for number in range(1, image_sets):
        _again(study, first, _image_set(study, number))
    allocate.seal_and_start(study, actor=coordinator, reason="to measure", seed="5eed5eed5eed5eed")


def _image_set(study: Study, number: int) -> ImageSet:
    who = Participant.objects.create(study=study, code=f"P{number:03d}", pseudonym=f"{number:064x}")
    return ImageSet.objects.create(study=study, participant=who, code=f"S{number:03d}", region="lumbar")


def _add(study: Study, image_set: ImageSet, arm: Arm, stack: np.ndarray) -> None:
    datasets = instances(stack[::-1])  # their positions run against the normal: the first slice shall come first
    for dataset in datasets:
        dataset.PixelSpacing = [SPACING_MM, SPACING_MM]
    place = {"participant": image_set.participant, "image_set": image_set, "arm": arm}
    uid, volume = str(datasets[0].SeriesInstanceUID), archive.volume_of(datasets)
    store_series(study, NewSeries(series_uid=uid, datasets=datasets, volume=volume, parameters={}, **place))


def _again(study: Study, first: ImageSet, target: ImageSet) -> None:
    """The same images as another image set: rows, not bytes."""
    target.display_state, target.geometry = first.display_state, first.geometry
    target.save()
    for series in Series.objects.filter(image_set=first):
        series.pk, series.uuid, series.series_uid = None, uuid.uuid4(), f"2.25.{uuid.uuid4().int}"
        series.image_set, series.participant = target, target.participant
        series._state.adding = True
        series.save()
    for pair in first.pairs.all():
        pair.pk, pair.image_set = None, target
        pair._state.adding = True
        pair.save()
