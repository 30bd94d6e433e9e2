"""What a coordinator decides: the strength for a study, and about each series that the guard held. No torch here."""

from django.db import transaction
from django.utils import timezone

from enhancement import queries
from enhancement.core.strength import checked_strength
from enhancement.models import Enhancement, EnhancementSettings
from readerstudy.core import lifecycle
from readerstudy.core.errors import BadInput, WrongState
from readerstudy.models import ImageSet, Series, Study, User
from readerstudy.services import audit, cases


@transaction.atomic
def set_strength(study: Study, *, actor: User, strength: float) -> int:
    """Choose the strength; what was made with another one is made again. Returns how many series that are."""
    checked_strength(strength)
    study = Study.objects.select_for_update().get(pk=study.pk)
    lifecycle.require(study.status, lifecycle.Act.EDIT_PROTOCOL)
    before = queries.strength_of(study)
    if strength == before:
        return 0
    EnhancementSettings.objects.update_or_create(study=study, defaults={"strength": strength})
    outdated = [one for one in queries.enhancements(study) if one.settings.get("strength") != strength]
    audit.record(
        study, actor, "denoiser strength changed", before=before, after=strength, series_made_again=len(outdated)
    )
    _make_again(outdated)
    return len(outdated)


@transaction.atomic
def accept(enhancement: Enhancement, *, actor: User, reason: str) -> None:
    """Release a held or rejected series; what waits for it goes on."""
    _decide(enhancement, actor, Series.Review.ACCEPTED, reason, action="enhanced series accepted")


@transaction.atomic
def reject(enhancement: Enhancement, *, actor: User, reason: str) -> None:
    """Keep a series from being used; its image set stays incomplete until it is made again or uploaded."""
    _decide(enhancement, actor, Series.Review.REJECTED, reason, action="enhanced series rejected")


@transaction.atomic
def make_again(enhancement: Enhancement, *, actor: User, reason: str) -> None:
    """Remove the result and ask for a new one, with the study's strength of today."""
    result = _changeable(enhancement)
    words = _checked_reason(reason)
    audit.record(result.study, actor, "enhanced series made again", series=result.pk, reason=words)
    _make_again([enhancement])


def _decide(enhancement: Enhancement, actor: User, review: Series.Review, reason: str, *, action: str) -> None:
    result = _changeable(enhancement)
    words = _checked_reason(reason)
    if result.review == review:
        raise WrongState(f"Series {result.pk} is {result.get_review_display().lower()} already.")
    if not result.review and review == Series.Review.ACCEPTED:
        raise WrongState(f"Series {result.pk} was not held: all its figures are as expected.")
    result.review, result.display = review, None
    result.save(update_fields=("review", "display"))
    enhancement.decided_by, enhancement.decided_at, enhancement.decision_reason = actor, timezone.now(), words
    enhancement.save(update_fields=("decided_by", "decided_at", "decision_reason"))
    audit.record(
        result.study,
        actor,
        action,
        series=result.pk,
        image_set=result.image_set.code if result.image_set else None,
        arm=result.arm.code if result.arm else None,
        outside=[figure["name"] for figure in enhancement.verdict.get("figures", []) if not figure["ok"]],
        reason=words,
    )
    if result.image_set is not None:
        cases.refresh(result.image_set)


def may_decide(result: Series) -> bool:
    """Whether the study's status still allows a decision about this series."""
    try:
        _require_undecided_study(result)
    except WrongState:
        return False
    return True


def _require_undecided_study(result: Series) -> None:
    """What readers see is fixed by the seal; what is only measured, by unblinding."""
    if result.arm is None or result.arm.shown:
        lifecycle.require(result.study.status, lifecycle.Act.EDIT_CASES)
    elif lifecycle.allows(result.study.status, lifecycle.Act.JOIN_ARMS):
        raise WrongState("The study is unblinded: nothing that is measured can change any more.")


def _changeable(enhancement: Enhancement) -> Series:
    """The result, locked. Raises WrongState where it is gone, or where a decision could depend on what was read."""
    Study.objects.select_for_update().get(pk=enhancement.result.study_id)
    result = Series.objects.select_related("arm", "image_set", "study").get(pk=enhancement.result_id)
    if result.removed_at is not None:
        raise WrongState(f"Series {result.pk} was replaced or removed meanwhile.")
    _require_undecided_study(result)
    return result


def _checked_reason(reason: str) -> str:
    words = " ".join(reason.split())
    if not words:
        raise BadInput("Give a reason: it stands in the audit trail.")
    return words[:400]


def _make_again(enhancements: list[Enhancement]) -> None:
    """Removed results leave their arms empty, and refreshing an image set fills what is empty."""
    touched: dict[int, ImageSet] = {}
    for one in enhancements:
        Series.objects.filter(pk=one.result_id).update(removed_at=timezone.now())
        if one.result.image_set is not None:
            touched[one.result.image_set.pk] = one.result.image_set
    for image_set in touched.values():
        cases.refresh(image_set)
