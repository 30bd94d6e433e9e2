"""Give series their place: propose image set and arm, and make the image sets that are missing."""

import re
from collections.abc import Iterable

from django.db import transaction

from readerstudy import queries
from readerstudy.core.pairing import PairingItem, Proposal, propose
from readerstudy.core.parameters import SeriesParameters
from readerstudy.models import Arm, ImageSet, Scanner, Series, Study
from readerstudy.services import cases
from readerstudy.services.tasks import Progress


def place_series(study: Study, progress: Progress) -> None:
    """Place every series that has no place yet; those placed by hand stay where they are."""
    progress(0, 1, "finding the pairs")
    touched: dict[int, ImageSet] = {}
    with transaction.atomic():
        cases.editable(study)
        current = list(queries.current_series(study).exclude(origin=Series.Origin.GENERATED).order_by("pk"))
        waiting = {series.pk: series for series in current if series.image_set_id is None or series.arm_id is None}
        for proposal in propose([_item(series, current) for series in current]):
            if proposal.series_id in waiting:
                image_set = _apply(study, waiting[proposal.series_id], proposal)
                touched[image_set.pk] = image_set
        for image_set in touched.values():
            cases.refresh(image_set)


def _item(series: Series, current: Iterable[Series]) -> PairingItem:
    parameters = SeriesParameters.from_json(series.parameters)
    return PairingItem(
        series_id=series.pk,
        participant=series.participant.code,
        parameters=parameters,
        declared_arm=series.arm.code if series.arm else None,
        source_series_ids=tuple(
            one.pk for uid in parameters.source_series_uids for one in current if _is_called(one, uid)
        ),
    )


def _is_called(series: Series, uid: str) -> bool:
    """The stacks of one series have its UID and a number behind it."""
    return series.series_uid == uid or series.series_uid.startswith(f"{uid}.")


def _apply(study: Study, series: Series, proposal: Proposal) -> ImageSet:
    image_set = series.image_set or _image_set(study, series, proposal)
    arm = series.arm or _free_arm(study, image_set, proposal.arm)
    series.proposal = proposal.reason[:200]
    cases.make_way(image_set, arm)
    taken = arm is not None and _is_taken(image_set, arm, series)
    if taken:
        series.proposal = f"{image_set.code} has a series for {arm} already. {proposal.reason}"[:200]
    series.image_set, series.arm = image_set, None if taken else arm
    series.origin = cases.origin_in(series.arm)
    series.save(update_fields=("image_set", "arm", "proposal", "origin"))
    return image_set


def _free_arm(study: Study, image_set: ImageSet, code: str | None) -> Arm | None:
    return study.arms.filter(code=code).first() if code else None


def _is_taken(image_set: ImageSet, arm: Arm, series: Series) -> bool:
    return image_set.series.filter(arm=arm, removed_at=None).exclude(pk=series.pk).exists()


def _image_set(study: Study, series: Series, proposal: Proposal) -> ImageSet:
    _, region, plane, sequence, ordinal = proposal.image_set_key
    key = {"region": region or "", "plane": plane or "", "sequence": sequence or "", "ordinal": ordinal}
    # A coordinator's correction can make two image sets of one kind and ordinal: the first is meant.
    found = study.image_sets.filter(participant=series.participant, **key).order_by("pk").first()
    if found is not None:
        return found
    return ImageSet.objects.create(
        study=study,
        participant=series.participant,
        code=cases.next_set_code(study),
        scanner=_scanner(study, SeriesParameters.from_json(series.parameters)),
        **key,
    )


def _scanner(study: Study, parameters: SeriesParameters) -> Scanner | None:
    if not (parameters.manufacturer or parameters.model):
        return None
    names = {"manufacturer": parameters.manufacturer or "", "model": parameters.model or ""}
    known = study.scanners.filter(field_strength_t=parameters.field_strength_t, **names).first()
    if known is not None:
        return known
    code = _scanner_code(names.values(), study.scanners.values_list("code", flat=True))
    return Scanner.objects.create(study=study, code=code, field_strength_t=parameters.field_strength_t, **names)


def _scanner_code(names: Iterable[str], taken: Iterable[str]) -> str:
    base = re.sub(r"[^A-Za-z0-9]+", "-", " ".join(names)).strip("-")[:28] or "scanner"
    used = set(taken)
    return next(code for number in range(1, len(used) + 2) if (code := f"{base}-{number}") not in used)
