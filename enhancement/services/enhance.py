"""Make the enhanced arms of a series: denoise, write a derived DICOM series, place it in the image set."""

import hashlib
import hmac
import time
from dataclasses import asdict

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from enhancement.core.denoise import Denoised, Denoiser, denoise_volume
from enhancement.core.derived import write_derived_series
from enhancement.core.weights import ALGORITHM_NAME, ALGORITHM_VERSION
from enhancement.models import Enhancement
from readerstudy.core import lifecycle
from readerstudy.core.errors import WrongState
from readerstudy.models import Arm, Series, Study
from readerstudy.services import archive, audit, cases
from readerstudy.services.series import NewSeries, store_series
from readerstudy.services.tasks import Progress

MOVED = "The series was moved, removed or replaced meanwhile; there is nothing to enhance."


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


def _require_wanted(source: Series, arm: Arm) -> None:
    """Raise WrongState where the source, the arm or the study changed while the denoiser worked."""
    study = Study.objects.select_for_update().get(pk=source.study_id)
    if arm.shown:
        lifecycle.require(study.status, lifecycle.Act.EDIT_CASES)
    present = study.series.filter(image_set=source.image_set, removed_at=None)
    if not present.filter(pk=source.pk, arm=source.arm).exists() or present.filter(arm=arm).exists():
        raise WrongState(MOVED)


def _enhance_as(source: Series, arm: Arm, *, denoiser: Denoiser, progress: Progress) -> Series:
    started = time.monotonic()
    datasets = archive.load_datasets(source)
    volume = archive.volume_of(datasets, wanted_sha256=source.pixel_sha256)
    denoised = denoise_volume(
        volume.values_zyx,
        denoiser=denoiser,
        progress=lambda done, total: progress(done, total, f"{arm.code} of {source.image_set}, slices"),
    )
    derived = write_derived_series(
        datasets,
        denoised.volume_zyx,
        uid_key=_uid_key(source, arm),
        description=f"{arm.code} {source.parameters.get('sequence') or ''}".strip(),
        algorithm_name=ALGORITHM_NAME,
        algorithm_version=ALGORITHM_VERSION,
        weights_sha256=denoised.report.weights_sha256,
        now=timezone.now(),
        order=list(zip(volume.sop_instance_uids, volume.frame_indices, strict=True)),
    )
    with transaction.atomic():
        _require_wanted(source, arm)
        series = store_series(source.study, _new_series(source, arm, derived))
        _record(source, series, denoised, seconds=time.monotonic() - started)
        cases.refresh(source.image_set)
    return series


def _uid_key(source: Series, arm: Arm) -> bytes:
    """A key for the new UIDs: the same source, arm and installation give the same UIDs again."""
    words = f"derived|{source.study.uuid}|{source.uuid}|{arm.code}"
    return hmac.digest(settings.DEIDENTIFICATION_KEY.encode(), words.encode(), hashlib.sha256)


def _new_series(source: Series, arm: Arm, derived: list) -> NewSeries:
    return NewSeries(
        participant=source.participant,
        series_uid=str(derived[0].SeriesInstanceUID),
        datasets=derived,
        volume=archive.volume_of(derived),
        parameters={**source.parameters, "derived": True, "enhanced_by_algorithm": True},
        origin=Series.Origin.GENERATED,
        image_set=source.image_set,
        arm=arm,
        derived_from=source,
    )


def _record(source: Series, result: Series, denoised: Denoised, *, seconds: float) -> None:
    report = asdict(denoised.report)
    Enhancement.objects.create(
        source=source,
        result=result,
        weights_sha256=denoised.report.weights_sha256,
        settings={"strength": denoised.report.strength},
        report=report,
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
        weights_sha256=denoised.report.weights_sha256,
    )
