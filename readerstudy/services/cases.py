"""Which series is which arm of which image set, and what has to be made from it next."""

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from readerstudy import queries
from readerstudy.core import lifecycle
from readerstudy.core.errors import WrongState
from readerstudy.models import Arm, DisplayState, ImageSet, Series, Study, User
from readerstudy.services import audit, tasks


class ArmTaken(WrongState):
    """The image set has a series for this arm already."""


@transaction.atomic
def assign(series: Series, *, actor: User, image_set: ImageSet | None, arm: Arm | None) -> None:
    """Put a series into an image set as an arm (None takes it out) and make what follows from it."""
    study = editable(series.study)
    _require_present(series)
    if series.origin == Series.Origin.GENERATED:
        raise WrongState("The denoiser made this series: it follows its source. Move that one, or remove this one.")
    before = series.image_set
    if image_set is not None and image_set.participant_id != series.participant_id:
        raise WrongState(f"Image set {image_set.code} belongs to another participant.")
    _place(series, image_set, arm)
    _drop_generated(series)
    audit.record(
        study,
        actor,
        "series assigned",
        series=series.pk,
        image_set=image_set.code if image_set else None,
        arm=arm.code if arm else None,
    )
    for touched in {one.pk: one for one in (before, image_set) if one is not None}.values():
        refresh(touched)


def editable(study: Study) -> Study:
    """The study, locked for this transaction; raises WrongState unless its cases may change."""
    study = Study.objects.select_for_update().get(pk=study.pk)
    lifecycle.require(study.status, lifecycle.Act.EDIT_CASES)
    return study


def _require_present(series: Series) -> None:
    if series.removed_at is not None:
        raise WrongState(f"Series {series.pk} was removed. Bring it back first.")


def _place(series: Series, image_set: ImageSet | None, arm: Arm | None) -> None:
    series.image_set, series.arm, series.display = image_set, arm, None
    series.origin = origin_in(arm)
    make_way(image_set, arm)
    try:
        with transaction.atomic():
            series.save(update_fields=("image_set", "arm", "display", "origin"))
    except IntegrityError as error:
        set_code, arm_code = (image_set.code if image_set else ""), (arm.code if arm else "")
        raise ArmTaken(f"Image set {set_code} has a series for {arm_code} already. Take that one out first.") from error


def origin_in(arm: Arm | None) -> str:
    """What a series from outside is in an arm: in an arm of the denoiser it was enhanced elsewhere."""
    return Series.Origin.UPLOADED if arm is not None and arm.source_id else Series.Origin.ACQUIRED


def make_way(image_set: ImageSet | None, arm: Arm | None) -> None:
    """What the denoiser made for an arm gives way to a series from outside."""
    if image_set is not None and arm is not None:
        made = image_set.series.filter(arm=arm, origin=Series.Origin.GENERATED, removed_at=None)
        made.update(removed_at=timezone.now())


def _drop_generated(series: Series) -> None:
    """What the denoiser made from a series no longer holds when the series moves."""
    series.derived.filter(origin=Series.Origin.GENERATED, removed_at=None).update(removed_at=timezone.now())


@transaction.atomic
def new_image_set(series: Series, *, actor: User) -> ImageSet:
    """An image set of its own for a series that was proposed for the wrong one."""
    study = editable(series.study)
    _require_present(series)
    template = series.image_set
    parameters = series.parameters
    image_set = ImageSet.objects.create(
        study=study,
        participant=series.participant,
        scanner=template.scanner if template else None,
        code=next_set_code(study),
        region=parameters.get("region") or "",
        plane=parameters.get("plane") or "",
        sequence=parameters.get("sequence") or "",
        ordinal=study.image_sets.filter(participant=series.participant).count() + 1,
    )
    audit.record(study, actor, "image set added", image_set=image_set.code)
    return image_set


def next_set_code(study: Study) -> str:
    numbers = [int(code[1:]) for code in study.image_sets.values_list("code", flat=True) if code[1:].isdigit()]
    return f"S{max(numbers, default=0) + 1:03d}"


@transaction.atomic
def describe_image_set(image_set: ImageSet, *, actor: User, region: str, plane: str, sequence: str) -> None:
    """Correct what a header did not tell."""
    editable(image_set.study)
    image_set.region, image_set.plane, image_set.sequence = region, plane, sequence
    image_set.save(update_fields=("region", "plane", "sequence"))
    audit.record(
        image_set.study, actor, "image set described", image_set=image_set.code, region=region, plane=plane,
        sequence=sequence,
    )  # fmt: skip


@transaction.atomic
def remove(series: Series, *, actor: User) -> None:
    """Take a series out of the study; its files stay until the study is deleted, so that it can come back."""
    study = editable(series.study)
    _require_present(series)
    image_set = series.image_set
    series.removed_at = timezone.now()
    series.save(update_fields=("removed_at",))
    _drop_generated(series)
    audit.record(study, actor, "series removed", series=series.pk)
    if image_set is not None:
        refresh(image_set)


@transaction.atomic
def restore(series: Series, *, actor: User) -> None:
    """Undo a removal; the series comes back without a place where its place was taken meanwhile."""
    study = editable(series.study)
    if series.removed_at is None:
        raise WrongState(f"Series {series.pk} is in the study; there is nothing to bring back.")
    current = study.series.filter(removed_at=None)
    if current.filter(series_uid=series.series_uid).exists():
        raise WrongState(f"Series {series.pk} came in again meanwhile. Remove that one first.")
    if series.arm is not None and current.filter(image_set=series.image_set, arm=series.arm).exists():
        series.image_set, series.arm = None, None
    series.removed_at, series.display = None, None
    series.save(update_fields=("removed_at", "image_set", "arm", "display"))
    audit.record(study, actor, "series restored", series=series.pk)
    if series.image_set is not None:
        refresh(series.image_set)


def _drop_orphans(image_set: ImageSet) -> None:
    """What the denoiser made goes when its source left the image set or the protocol names another source."""
    made = image_set.series.filter(origin=Series.Origin.GENERATED, removed_at=None)
    made.exclude(
        derived_from__image_set=image_set, derived_from__removed_at=None, derived_from__arm=F("arm__source")
    ).update(removed_at=timezone.now())


def refresh(image_set: ImageSet) -> None:
    """Ask for the work that an image set needs now: missing enhanced arms first, then the display stacks.

    Does nothing once the study is sealed: what readers see must not change under them.
    """
    if not lifecycle.allows(Study.objects.get(pk=image_set.study_id).status, lifecycle.Act.EDIT_CASES):
        return
    _drop_orphans(image_set)
    arms, present = queries.arms_of_set(image_set), queries.all_arms_of_set(image_set)
    generated = image_set.study.arms.filter(source__isnull=False).select_related("source")
    lacking = [arm for arm in generated if arm.source and arm.source.code in arms and arm.code not in present]
    for source in sorted({arm.source.code for arm in lacking if arm.source}):
        tasks.enqueue(image_set.study, "enhance", arms[source].pk)
    comparisons = image_set.study.comparisons.values_list("arm_a__code", "arm_b__code")
    shown = {code for pair in comparisons for code in pair}
    complete = shown <= set(arms)
    if complete and _is_on_display(image_set, [arms[code] for code in shown], pairs=len(comparisons)):
        return
    state = DisplayState.QUEUED if complete else DisplayState.INCOMPLETE
    ImageSet.objects.filter(pk=image_set.pk).update(display_state=state)
    if complete:
        tasks.enqueue(image_set.study, "display", image_set.pk)


def _is_on_display(image_set: ImageSet, shown: list[Series], *, pairs: int) -> bool:
    """Whether the stacks of exactly these series were made together: a new arm that nobody is shown changes nothing.

    A series loses its stack whenever it moves or comes back, because stacks of one image set share one scale.
    """
    ready = ImageSet.objects.filter(pk=image_set.pk, display_state=DisplayState.READY).exists()
    return ready and all(series.display_id for series in shown) and image_set.pairs.count() == pairs
