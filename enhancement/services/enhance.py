"""Make the enhanced arms of a series: denoise, write a derived DICOM series, have the guard look, place or hold it."""

import hashlib
import hmac
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from enhancement.core.denoise import Denoiser, DenoiseReport, denoise_volume
from enhancement.core.derived import count_clipped, write_derived_series
from enhancement.core.guard import Verdict, judge
from enhancement.core.pictures import MOST_SLICES, chosen_slices, picture_scale, picture_zip
from enhancement.core.provenance import description_of
from enhancement.core.suitability import Observation, require_magnitudes, require_usable
from enhancement.core.weights import ALGORITHM_NAME, ALGORITHM_VERSION
from enhancement.models import Enhancement
from enhancement.queries import strength_of
from readerstudy.core import lifecycle
from readerstudy.core.errors import WrongState
from readerstudy.core.findings import Finding
from readerstudy.core.series import SeriesVolume
from readerstudy.models import Arm, Series, StoredFile, Study
from readerstudy.services import archive, audit, cases, files
from readerstudy.services.series import NewSeries, store_series
from readerstudy.services.tasks import Progress

FEW_PICTURES = 3
MOVED = "The series was moved, removed or replaced meanwhile; there is nothing to enhance."


Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Made:
    """What came out: the report, the derived instances, and the volume as it will be read back from them."""

    report: DenoiseReport
    datasets: Sequence[Dataset] = field(repr=False)
    volume: SeriesVolume = field(repr=False)
    observations: tuple[Observation, ...]


def enhance(source: Series, *, denoiser: Denoiser, progress: Progress) -> list[Series]:
    """Every generated arm of this source that its image set lacks; run twice, the second run makes nothing."""
    return [_enhance_as(source, arm, denoiser=denoiser, progress=progress) for arm in _lacking_arms(source)]


def _lacking_arms(source: Series) -> list[Arm]:
    if source.removed_at or source.image_set is None or source.arm is None:
        raise WrongState(MOVED)
    present = source.image_set.series.filter(removed_at=None, arm__isnull=False).values("arm")
    lacking = source.arm.generated.exclude(pk__in=present)
    status = Study.objects.get(pk=source.study_id).status
    if not lifecycle.allows(status, lifecycle.Act.EDIT_CASES):
        # What readers see must not change under them; what they never see may still be made for the tables.
        lacking = lacking.filter(shown=False)
    return list(lacking)


def _require_wanted(source: Series, arm: Arm, strength: float) -> None:
    """Raise WrongState where the source, the arm, the study or its strength changed while the denoiser worked."""
    study = Study.objects.select_for_update().get(pk=source.study_id)
    if strength_of(study) != strength:
        raise WrongState("The strength was changed meanwhile. Try again.")
    if arm.shown:
        lifecycle.require(study.status, lifecycle.Act.EDIT_CASES)
    present = study.series.filter(image_set=source.image_set, removed_at=None)
    if not present.filter(pk=source.pk, arm=source.arm).exists() or present.filter(arm=arm).exists():
        raise WrongState(MOVED)


def _enhance_as(source: Series, arm: Arm, *, denoiser: Denoiser, progress: Progress) -> Series:
    started = time.monotonic()
    datasets = archive.load_datasets(source)
    require_magnitudes(datasets)
    volume = archive.volume_of(datasets, wanted_sha256=source.pixel_sha256)
    values = volume.values_zyx
    observations = require_usable(values)
    denoised = denoise_volume(
        values,
        denoiser=denoiser,
        strength=strength_of(source.study),
        progress=lambda done, total: progress(done, total, f"{arm.code} of {source.image_set}, slices"),
    )
    order = list(zip(volume.sop_instance_uids, volume.frame_indices, strict=True))
    derived = write_derived_series(
        datasets,
        denoised.volume_zyx,
        uid_key=_uid_key(source, arm),
        description=description_of(denoised.report.strength),
        algorithm_name=ALGORITHM_NAME,
        algorithm_version=ALGORITHM_VERSION,
        weights_sha256=denoised.report.weights_sha256,
        now=timezone.now(),
        order=order,
    )
    progress(volume.stored_zyx.shape[0], volume.stored_zyx.shape[0], f"{arm.code} of {source.image_set}, checking")
    clipped = count_clipped(datasets, denoised.volume_zyx, order=order)
    made = Made(denoised.report, derived, archive.volume_of(derived), observations)
    verdict = judge(values, made.volume.values_zyx, clipped=clipped)
    with transaction.atomic():
        _require_wanted(source, arm, denoised.report.strength)
        series = store_series(source.study, _new_series(source, arm, made, verdict))
        pictures = _store_pictures(source, values, made.volume.values_zyx, verdict)
        _record(source, series, made, verdict, pictures, seconds=time.monotonic() - started)
        cases.refresh(source.image_set)
    return series


def _uid_key(source: Series, arm: Arm) -> bytes:
    """A key for the new UIDs: the same source, arm and installation give the same UIDs again."""
    words = f"derived|{source.study.uuid}|{source.uuid}|{arm.code}"
    return hmac.digest(settings.DEIDENTIFICATION_KEY.encode(), words.encode(), hashlib.sha256)


def _new_series(source: Series, arm: Arm, made: Made, verdict: Verdict) -> NewSeries:
    return NewSeries(
        participant=source.participant,
        series_uid=str(made.datasets[0].SeriesInstanceUID),
        datasets=made.datasets,
        volume=made.volume,
        parameters={**source.parameters, "derived": True, "enhanced_by_algorithm": True},
        findings=[asdict(Finding("denoiser", "info", one.message)) for one in made.observations],
        origin=Series.Origin.GENERATED,
        image_set=source.image_set,
        arm=arm,
        derived_from=source,
        review="" if verdict.ok else Series.Review.HELD,
    )


def _store_pictures(source: Series, before: Floats, after: Floats, verdict: Verdict) -> StoredFile:
    """Of every slice where a person must look, of a few where nobody need."""
    most = FEW_PICTURES if verdict.ok else MOST_SLICES
    slices = chosen_slices(len(before), first=verdict.suspicious_slices, most=most)
    content = picture_zip(before, after, slices, picture_scale(before, after))
    return files.store(source.study, "review", content, suffix=".zip")


def _record(
    source: Series, result: Series, made: Made, verdict: Verdict, pictures: StoredFile, *, seconds: float
) -> None:
    report = made.report
    Enhancement.objects.create(
        source=source,
        result=result,
        weights_sha256=report.weights_sha256,
        settings={"strength": report.strength},
        report=asdict(report),
        verdict=verdict.to_json(),
        pictures=pictures,
        seconds=seconds,
        made_at=timezone.now(),
    )
    audit.record(
        source.study,
        None,
        "series enhanced",
        source=source.pk,
        result=result.pk,
        arm=result.arm.code if result.arm else None,
        weights_sha256=report.weights_sha256,
        strength=report.strength,
        held_for=[figure.name for figure in verdict.outside],
    )
