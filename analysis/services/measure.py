"""Measure the images of an unblinded study: similarity of the arms of each image set, once and for all."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from analysis.core import image_metrics as metrics
from analysis.models import ImageMetric
from analysis.queries import arm_id
from readerstudy.core.errors import BadVolume
from readerstudy.models import Arm, ImageSet, Series, Study
from readerstudy.queries import arms_of_set
from readerstudy.services import archive
from readerstudy.services.tasks import Progress


@dataclass(frozen=True)
class Contrast:
    """Two arms to compare pixel by pixel; SSIM only where both come from one acquisition (SPEC, section 10)."""

    reference: Arm
    other: Arm
    same_acquisition: bool

    def name(self, metric: str) -> str:
        return f"{metric}_{arm_id(self.reference.code).lower()}_{arm_id(self.other.code).lower()}"


def contrasts(study: Study) -> list[Contrast]:
    """Every source with what was made from it; and the first arm of the protocol with every other shown arm."""
    arms = list(study.arms.select_related("source"))
    made = [Contrast(arm.source, arm, True) for arm in arms if arm.source]
    reference = arms[0]
    others = [arm for arm in arms if arm.shown and arm != reference and arm.source_id != reference.pk]
    return made + [Contrast(reference, arm, False) for arm in others]


def measure_images(study: Study, progress: Progress) -> None:
    image_sets = list(study.image_sets.order_by("code"))
    wanted = contrasts(study)
    for number, image_set in enumerate(image_sets):
        progress(number, len(image_sets), f"comparing the images of {image_set.code}")
        _measure_set(image_set, wanted)


def _measure_set(image_set: ImageSet, wanted: list[Contrast]) -> None:
    series = arms_of_set(image_set)
    measured = set(image_set.image_metrics.values_list("name", flat=True))
    missing = [one for one in wanted if one.name("l1") not in measured and _both(one, series)]
    codes = {arm.code for one in missing for arm in (one.reference, one.other)}
    volumes = {code: archive.load_volume(series[code]).values_zyx for code in codes}
    for one in missing:
        try:
            values = _metrics_of(one, volumes[one.reference.code], volumes[one.other.code])
        except BadVolume:
            continue  # shapes differ: no value is given rather than a resampled one
        _store(image_set, one, series, values)


def _both(one: Contrast, series: dict[str, Series]) -> bool:
    return one.reference.code in series and one.other.code in series


def _metrics_of(one: Contrast, reference: Any, other: Any) -> dict[str, tuple[float, float | None]]:
    values: dict[str, tuple[float, float | None]] = {"l1": (metrics.l1_volume(reference, other), None)}
    if one.same_acquisition:
        data_range = metrics.data_range_of(reference)
        values["ssim"] = (metrics.ssim_volume(reference, other, data_range=data_range), data_range)
    return values


@transaction.atomic
def _store(
    image_set: ImageSet, one: Contrast, series: dict[str, Series], values: dict[str, tuple[float, float | None]]
) -> None:
    for metric, (value, data_range) in values.items():
        ImageMetric.objects.update_or_create(
            image_set=image_set,
            name=one.name(metric),
            defaults={
                "reference": series[one.reference.code],
                "other": series[one.other.code],
                "value": value,
                "data_range": data_range,
            },
        )
