"""Measure the images of an unblinded study, series by series, once and for all.

Acquisitions are compared on the grid that they came on. Where the plan asks for registration, registered values are
measured beside these, never in their place.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import transaction

from analysis.core import image_metrics as metrics
from analysis.core import registration, series_quality
from analysis.core.metric_names import metric_name
from analysis.core.versions import IMAGES, in_words, package_versions
from analysis.models import ImageMetric
from readerstudy.core import checks
from readerstudy.core.errors import BadVolume
from readerstudy.core.lifecycle import Act, require
from readerstudy.core.parameters import SeriesParameters
from readerstudy.core.series import SeriesVolume
from readerstudy.models import Arm, ImageSet, Series, Study
from readerstudy.queries import arms_of_set, scored_image_sets
from readerstudy.services import archive
from readerstudy.services.tasks import Progress

RIGID = "rigid_in_plane"
# Of the findings that let two series be shown side by side, these still forbid comparing them pixel by pixel.
REFUSED = {"shapes-differ", "spacing-differs"}
SIMILARITY = ("l1", "foreground_l1", "nl1", "nrmse", "psnr", "data_range")
REGISTERED = ("ssim_registered", "l1_registered", "shift_mm", "rotation_deg", "residual_mm", "overlap")
NO_DIFFERENCE = "The two series do not differ."
NO_GEOMETRY = "The series has no geometry, so that no distance can be told."


@dataclass(frozen=True)
class Contrast:
    """Two arms to compare pixel by pixel; SSIM only where both come from one acquisition (SPEC, section 10)."""

    reference: Arm
    other: Arm
    same_acquisition: bool

    @property
    def codes(self) -> tuple[str, str]:
        return self.reference.code, self.other.code

    @property
    def acquired(self) -> str:
        """The arm whose acquisition moved against the reference: a denoised series lies where its source lies."""
        return (self.other.source or self.other).code

    def kinds(self, *, registered: bool) -> tuple[str, ...]:
        if self.same_acquisition:
            return ("ssim", *SIMILARITY)
        return (*SIMILARITY, *(REGISTERED if registered else ()))


def contrasts(study: Study) -> list[Contrast]:
    """Every source with what was made from it; and the first arm of the protocol with every other shown arm."""
    arms = list(study.arms.select_related("source"))
    made = [Contrast(arm.source, arm, True) for arm in arms if arm.source]
    reference = arms[0]
    others = [arm for arm in arms if arm.shown and arm != reference and arm.source_id != reference.pk]
    return made + [Contrast(reference, arm, False) for arm in others]


def measure_images(study: Study, progress: Progress, *, plan: Mapping[str, Any] | None = None) -> None:
    """What was measured before is not measured again. `plan`: the version to follow, by default the sealed one."""
    require(study.status, Act.JOIN_ARMS)
    registered = (plan or study.plan).get("image_registration") == RIGID
    image_sets = list(scored_image_sets(study).order_by("code"))
    wanted = contrasts(study)
    for number, image_set in enumerate(image_sets):
        progress(number, len(image_sets), f"measuring the images of {image_set.code}")
        _measure_set(image_set, wanted, registered=registered)


def _measure_set(image_set: ImageSet, wanted: Sequence[Contrast], *, registered: bool) -> None:
    work = _Work(image_set, arms_of_set(image_set))
    measured = set(image_set.image_metrics.values_list("name", flat=True))
    for code in work.series:
        missing = [kind for kind in OF_ONE if metric_name(kind, code) not in measured]
        _store(work, (code,), {kind: _told(OF_ONE[kind], work.volume(code)) for kind in missing})
    for one in wanted:
        if not work.series.keys() >= set(one.codes):
            continue
        kinds = one.kinds(registered=registered)
        missing = [kind for kind in kinds if metric_name(kind, *one.codes) not in measured]
        if missing:
            both = _Both(work, one)
            _store(work, one.codes, {kind: _told(OF_TWO[kind], both) for kind in missing}, both=both)


@dataclass
class _Work:
    """One image set; every volume and every registration is made once, and only when it is needed."""

    image_set: ImageSet
    series: dict[str, Series]
    _volumes: dict[str, SeriesVolume] = field(default_factory=dict)
    _moves: dict[tuple[str, str], registration.Rigid | BadVolume] = field(default_factory=dict)

    def volume(self, code: str) -> SeriesVolume:
        if code not in self._volumes:
            self._volumes[code] = archive.load_volume(self.series[code])
        return self._volumes[code]

    def move(self, reference: str, moving: str) -> registration.Rigid:
        """Raises BadVolume, the same one again, where the two cannot be registered."""
        key = reference, moving
        if key not in self._moves:
            try:
                self._moves[key] = self._register(*key)
            except BadVolume as error:
                self._moves[key] = error
        found = self._moves[key]
        if isinstance(found, BadVolume):
            raise found
        return found

    def _register(self, reference: str, moving: str) -> registration.Rigid:
        one, two = self.volume(reference), self.volume(moving)
        if not (one.has_geometry and two.has_geometry):
            raise BadVolume(NO_GEOMETRY)
        return registration.register_in_plane(one.values_zyx, two.values_zyx, spacing_mm=one.spacing_mm)

    def refusal(self, one: str, two: str) -> str:
        """Why these two may not be compared pixel by pixel; empty where they may."""
        arms = {
            code: (self.volume(code), SeriesParameters.from_json(self.series[code].parameters)) for code in (one, two)
        }
        found = [item for item in checks.set_findings(arms) if item.severity == "error" or item.code in REFUSED]
        return found[0].message if found else ""


@dataclass
class _Both:
    """The two series of a contrast."""

    work: _Work
    contrast: Contrast

    @cached_property
    def values(self) -> tuple[Any, Any]:
        """(Z, Y, X) of reference and other. Raises BadVolume where they must not be compared."""
        if refusal := self.work.refusal(*self.contrast.codes):
            raise BadVolume(refusal)
        one, two = (self.work.volume(code).values_zyx for code in self.contrast.codes)
        return one, two

    @cached_property
    def data_range(self) -> float:
        return metrics.data_range_of(self.values[0])

    @property
    def move(self) -> registration.Rigid:
        _ = self.values
        acquired = self.contrast.acquired
        moving = acquired if acquired in self.work.series else self.contrast.other.code
        return self.work.move(self.contrast.reference.code, moving)

    @cached_property
    def registered(self) -> dict[str, float]:
        reference, other = self.values
        spacing_mm = self.work.volume(self.contrast.reference.code).spacing_mm
        moved, shared = registration.apply_rigid(other, self.move, spacing_mm=spacing_mm)
        return registration.registered_metrics(reference, moved, shared, data_range=self.data_range)


def _edge_width(volume: SeriesVolume) -> float:
    if not volume.has_geometry:
        raise BadVolume(NO_GEOMETRY)
    return series_quality.edge_width_mm(volume.values_zyx, spacing_mm=volume.spacing_mm)


OF_ONE: dict[str, Callable[[SeriesVolume], float | None]] = {
    "noise": lambda volume: series_quality.noise_sigma(volume.values_zyx),
    "noise_percent": lambda volume: series_quality.noise_percent(volume.values_zyx),
    "edge_width_mm": _edge_width,
}
OF_TWO: dict[str, Callable[[_Both], float | None]] = {
    "ssim": lambda both: metrics.ssim_volume(*both.values, data_range=both.data_range),
    "data_range": lambda both: both.data_range,
    "l1": lambda both: metrics.l1_volume(*both.values),
    "foreground_l1": lambda both: metrics.foreground_l1(*both.values),
    "nl1": lambda both: metrics.normalised_l1(*both.values),
    "nrmse": lambda both: metrics.nrmse(*both.values),
    "psnr": lambda both: metrics.psnr(*both.values, data_range=both.data_range),
    "ssim_registered": lambda both: both.registered["ssim_registered"],
    "l1_registered": lambda both: both.registered["l1_registered"],
    "overlap": lambda both: both.registered["overlap"],
    "shift_mm": lambda both: both.move.shift_mm,
    "rotation_deg": lambda both: both.move.rotation_deg,
    "residual_mm": lambda both: both.move.residual_mm,
}
OF_RANGE = {"ssim", "psnr", "ssim_registered"}  # what depends on the data range
Told = tuple[float | None, str]


def _told(measure: Callable[[Any], float | None], subject: SeriesVolume | _Both) -> Told:
    """A value, or why there is none: nothing is resampled or made up to get one."""
    try:
        value = measure(subject)
    except BadVolume as error:
        return None, str(error)[:200]
    return value, "" if value is not None else NO_DIFFERENCE


@transaction.atomic
def _store(work: _Work, codes: Sequence[str], values: Mapping[str, Told], *, both: _Both | None = None) -> None:
    series = [work.series[code] for code in codes]
    for kind, (value, note) in values.items():
        ImageMetric.objects.update_or_create(
            image_set=work.image_set,
            name=metric_name(kind, *codes),
            defaults={
                "reference": series[0],
                "other": series[1] if len(series) > 1 else None,
                "value": value,
                "note": note,
                "data_range": both.data_range if both and kind in OF_RANGE and value is not None else None,
                "measured_with": in_words(package_versions(IMAGES)),
            },
        )
