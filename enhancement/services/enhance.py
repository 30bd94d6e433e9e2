"""Make the enhanced arms of a series: denoise, write a derived DICOM series, have the guard look, place or hold it."""

import hashlib
import hmac
import time
from dataclasses import asdict, dataclass, field
from typing import IO

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from enhancement.core.denoise import DenoisedSlices, Denoiser, DenoiseReport
from enhancement.core.derived import derive_series
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
from readerstudy.core.packed import PackedInstances, PackedVolume, pack
from readerstudy.core.series import SeriesVolume
from readerstudy.core.slices import Slices
from readerstudy.models import Arm, Series, StoredFile, Study
from readerstudy.services import archive, audit, cases, files
from readerstudy.services.series import NewSeries, store_series
from readerstudy.services.tasks import Progress

FEW_PICTURES = 3
MOVED = "The series was moved, removed or replaced meanwhile; there is nothing to enhance."


@dataclass(frozen=True)
class Made:
    """What came out: the report, the derived instances, and the volume as it is read back from them.

    clipped : how many values did not fit the stored range.
    """

    report: DenoiseReport
    datasets: PackedInstances = field(repr=False)
    volume: PackedVolume = field(repr=False)
    observations: tuple[Observation, ...]
    clipped: int


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
    """The input is held once, as it is stored; the output goes slice by slice into a file and is read back from it."""
    started = time.monotonic()
    with archive.opened(source) as instances, archive.scratch() as output:
        volume = archive.volume_of(instances, wanted_sha256=source.pixel_sha256)
        made = _make(source, arm, instances, volume, output, denoiser=denoiser, progress=progress)
        count = len(volume.stored_slices)
        progress(count, count, f"{arm.code} of {source.image_set}, checking")
        before, after = volume.value_slices, made.volume.value_slices
        verdict = judge(before, after, clipped=made.clipped)
        with transaction.atomic():
            _require_wanted(source, arm, made.report.strength)
            series = store_series(source.study, _new_series(source, arm, made, verdict))
            pictures = _store_pictures(source, before, after, verdict)
            _record(source, series, made, verdict, pictures, seconds=time.monotonic() - started)
            cases.refresh(source.image_set)
    return series


def _make(
    source: Series,
    arm: Arm,
    instances: PackedInstances,
    volume: SeriesVolume,
    output: IO[bytes],
    *,
    denoiser: Denoiser,
    progress: Progress,
) -> Made:
    require_magnitudes(instances)
    observations = require_usable(volume.value_slices)
    denoised = DenoisedSlices(
        volume.value_slices,
        denoiser=denoiser,
        strength=strength_of(source.study),
        progress=lambda done, total: progress(done, total, f"{arm.code} of {source.image_set}, slices"),
    )
    derived = derive_series(
        instances,
        denoised,
        uid_key=_uid_key(source, arm),
        description=description_of(denoised.strength),
        algorithm_name=ALGORITHM_NAME,
        algorithm_version=ALGORITHM_VERSION,
        weights_sha256=denoiser.weights_sha256,
        now=timezone.now(),
        order=list(zip(volume.sop_instance_uids, volume.frame_indices, strict=True)),
    )
    pack(derived, output)
    results = PackedInstances(output)
    return Made(denoised.report, results, archive.packed_volume_of(results), observations, derived.clipped)


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


def _store_pictures(source: Series, before: Slices, after: Slices, verdict: Verdict) -> StoredFile:
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
