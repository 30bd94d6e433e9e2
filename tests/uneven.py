"""Image sets whose arms differ in all that acquisitions can differ in: slices, matrix, spacing, frame, noise."""

import numpy as np
from pydicom.dataset import Dataset
from scipy.ndimage import uniform_filter

from readerstudy.models import Participant, Series, Study
from readerstudy.services import archive, display
from tests.cast import add_series, instances, texture

PLACE = {"region": "lumbar", "plane": "sagittal", "sequence": "T2"}


def accelerated(seed: int, *, smooth: bool = False) -> list[Dataset]:
    """Two slices 5 mm apart of 20 x 26 pixels, in another frame of reference, instead of three slices of 24 x 24."""
    values = uniform_filter(texture(seed), (0, 3, 3)) if smooth else texture(seed)
    datasets = instances(np.pad(values, ((0, 0), (0, 0), (1, 1)), mode="edge")[:2, :20])
    for z, dataset in enumerate(datasets):
        dataset.PixelSpacing, dataset.FrameOfReferenceUID = [0.95, 0.75], "2.25.99"
        dataset.ImagePositionPatient = [1.5 + 5.0 * z, 0, 0]
    return datasets


def add_uneven_image_set(study: Study, number: int) -> None:
    who = Participant.objects.create(study=study, code=f"P{number:03d}", pseudonym=f"{number:064x}")
    image_set = study.image_sets.create(participant=who, code=f"S{number:03d}", **PLACE)
    for index, arm in enumerate(study.arms.all()):
        series = add_series(study, who, texture(100 * number + index), image_set=image_set, arm=arm)
        if arm.code.startswith("FAST"):
            datasets = accelerated(100 * number + index, smooth=arm.code == "FAST-DL")
            Series.objects.filter(pk=series.pk).update(archive=archive.store(study, datasets))
    display.build(image_set)
